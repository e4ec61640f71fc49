//! What an extension has started in its name, by answering it: a language server, a context server, a debug adapter. By
//! default it is let through and audited; strictly it needs a grant as what it runs itself does.

use serde_json::json;

use crate::{
    scene::{Attacker, Scene, Setting, VERSIONS, has},
    table::Outcome,
};

/// An answer, what is audited of it by default, and what strictly. Strictly it is an error, unless it is what is granted.
struct Answer {
    line: &'static str,
    by_default: &'static [&'static str],
    strictly: &'static [&'static str],
    /// The capability that is missing strictly; nothing where none is.
    missing: &'static str,
}

const ANSWERS: &[Answer] = &[
    Answer {
        line: "git --version",
        by_default: &["allowed process:exec git --version"],
        strictly: &["allowed process:exec git --version"],
        missing: "",
    },
    Answer {
        line: "./planted --stdio",
        by_default: &["allowed process:exec {work}/planted --stdio"],
        strictly: &["refused process:exec {work}/planted --stdio"],
        missing: "process:exec",
    },
    Answer {
        line: "/bin/sh -c true",
        by_default: &["allowed process:exec /bin/sh -c true"],
        strictly: &["refused process:exec /bin/sh -c true"],
        missing: "process:exec",
    },
    Answer {
        line: "LD_PRELOAD={work}/x git --version",
        by_default: &[
            "allowed process:env LD_PRELOAD",
            "allowed process:exec git --version",
        ],
        strictly: &["refused process:env LD_PRELOAD"],
        missing: "process:env",
    },
    Answer {
        line: "NODE_OPTIONS=--require=./x git --version",
        by_default: &[
            "allowed process:env NODE_OPTIONS",
            "allowed process:exec git --version",
        ],
        strictly: &["refused process:env NODE_OPTIONS"],
        missing: "process:env",
    },
];

/// What may be asked for a command, and the version that has it first.
const EXPORTS: [(&str, &str); 3] = [
    ("language-server-command", "0.0.1"),
    ("context-server-command", "0.2.0"),
    ("get-dap-binary", "0.6.0"),
];

async fn ask(attacker: &Attacker, export: &str, line: &str) -> Result<String, String> {
    let line = format!("start:{line}");
    let arguments = match export {
        "get-dap-binary" => json!([
            line,
            {"label": "l", "adapter": line, "config": "{\"request\":\"launch\"}", "tcp-connection": null},
            null
        ]),
        _ => json!([line]),
    };
    let mut lendable = attacker.lendable();
    lendable.project = Some(std::sync::Arc::new(Project));
    let asked = attacker
        .extension
        .call_by_name(export, arguments, &lendable);
    asked
        .await
        .map(|it| it.to_string())
        .map_err(|it| format!("{it:?} {it}"))
}

struct Project;

impl annexe::delegate::ProjectDelegate for Project {
    fn worktree_ids(&self) -> Vec<u64> {
        vec![1]
    }
}

#[tokio::test]
async fn what_an_extension_has_started_is_granted_and_audited() {
    let mut wrong = Vec::new();
    for (name, setting) in [
        ("default", Setting::by_default()),
        ("strict", Setting::strict()),
    ] {
        let scene = Scene::new(setting).await;
        for version in VERSIONS {
            let attacker = scene.start(version).await;
            attacker.ask("plant:planted").await.unwrap();
            let mut expected = Vec::new();
            for (export, _) in EXPORTS.iter().filter(|(_, since)| has(version, since)) {
                for answer in ANSWERS {
                    let fill =
                        |text: &str| text.replace("{work}", attacker.work_dir.to_str().unwrap());
                    let found = ask(&attacker, export, &fill(answer.line)).await;
                    let outcome = match name {
                        "default" => Outcome {
                            answer: Ok(String::new()),
                            audited: answer.by_default.iter().map(|it| fill(it)).collect(),
                        },
                        _ => Outcome {
                            answer: match answer.missing {
                                "" => Ok(String::new()),
                                missing => Err(missing.to_owned()),
                            },
                            audited: answer.strictly.iter().map(|it| fill(it)).collect(),
                        },
                    };
                    expected.extend(outcome.audited);
                    let is_expected = match (&found, &outcome.answer) {
                        (Ok(_), Ok(_)) => true,
                        (Err(words), Err(missing)) => words.contains(missing.as_str()),
                        _ => false,
                    };
                    if !is_expected {
                        wrong.push(format!(
                            "{name} {version} {export} {}: {found:?}",
                            answer.line
                        ));
                    }
                }
            }
            if attacker.work_dir.join("ran").exists() {
                wrong.push(format!("{name} {version}: a planted program ran"));
            }
            let Attacker { id, extension, .. } = attacker;
            drop(extension);
            let expected = crate::audit::expected(&expected);
            let audited = scene.audited(&id, &expected).await;
            if audited != expected {
                wrong.push(format!(
                    "{name} {version}: audited {audited:#?}, not {expected:#?}"
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
