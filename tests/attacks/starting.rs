//! What an extension has started in its name, by answering it: a language server, a context server, a debug adapter. By
//! default it is let through and audited; strictly it needs a grant as what it runs itself does.

use serde_json::json;

use crate::place::{Attacker, HostOptions, Place, VERSIONS, fill, has};

/// An answer: a command as a shell's line, and what is audited of it after the outcome. Strictly it is an error, unless
/// it is what is granted.
struct Answer {
    line: &'static str,
    audited: &'static str,
    /// What is audited of it where it is refused, and the capability that is missing; the same and nothing where none is.
    refused: &'static str,
    missing: &'static str,
}

const ANSWERS: &[Answer] = &[
    Answer {
        line: "{git} --version",
        audited: "process:exec {git} --version as {git} for {export}",
        refused: "",
        missing: "",
    },
    Answer {
        line: "{work}/planted --stdio",
        audited: "process:exec {work}/planted --stdio as {work}/planted for {export}",
        refused: "process:exec {work}/planted --stdio as {work}/planted for {export}",
        missing: "process:exec",
    },
    Answer {
        line: "{sh} -c true",
        audited: "process:exec {sh} -c true as {sh} for {export}",
        refused: "process:exec {sh} -c true as {sh} for {export}",
        missing: "process:exec",
    },
    Answer {
        line: "LD_PRELOAD={work}/x {git} --version",
        audited: "process:exec {git} --version as {git} for {export} with LD_PRELOAD={work}/x",
        refused: "process:env LD_PRELOAD as {git} for {export} with LD_PRELOAD={work}/x",
        missing: "process:env",
    },
    Answer {
        line: "NODE_OPTIONS=--require=./x {git} --version",
        audited: "process:exec {git} --version as {git} for {export} with NODE_OPTIONS=--require=./x",
        refused: "process:env NODE_OPTIONS as {git} for {export} with NODE_OPTIONS=--require=./x",
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
            {"label": "l", "adapter": line, "config": {"request": "launch"}, "tcp-connection": null},
            null
        ]),
        _ => json!([line]),
    };
    let mut resources = attacker.resources();
    resources.project = Some(std::sync::Arc::new(Project));
    let asked = attacker
        .extension
        .call_by_name(export, arguments, &resources);
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
    for (name, options) in [
        ("default", HostOptions::by_default()),
        ("strict", HostOptions::strict()),
    ] {
        let place = Place::new(options).await;
        for version in VERSIONS {
            let attacker = place.start(version).await;
            attacker.ask("plant:planted").await.unwrap();
            let mut expected = Vec::new();
            for (export, _) in EXPORTS.iter().filter(|(_, since)| has(version, since)) {
                for answer in ANSWERS {
                    let fill = |text: &str| {
                        fill(text, &attacker.work_dir, &place.outside()).replace("{export}", export)
                    };
                    let is_refused = name == "strict" && !answer.missing.is_empty();
                    let (outcome, line) = match is_refused {
                        true => ("refused", answer.refused),
                        false => ("allowed", answer.audited),
                    };
                    expected.push(format!("{outcome} {}", fill(line)));
                    let found = ask(&attacker, export, &fill(answer.line)).await;
                    let is_expected = match &found {
                        Ok(_) => !is_refused,
                        Err(words) => is_refused && words.contains(answer.missing),
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
            let audited = place.audited(&id, &expected).await;
            if audited != expected {
                wrong.push(format!(
                    "{name} {version}: audited {audited:#?}, not {expected:#?}"
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
