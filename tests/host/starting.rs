//! The gate before what an extension answers is started, on every version of the API.

use std::sync::Arc;

use annexe::{
    CallError, Extension,
    capability::{Capability, DeniedBy, Grants},
    types::{DebugTaskDefinition, ServerId, TaskTemplate},
};

use crate::{
    accesses::Accesses,
    guest::{self, Place, Project, VERSIONS, found, has},
};

/// What the guest answers: a program of its own work directory.
const LINE: &str = "PATH=/evil A=b /opt/server/bin/x --stdio";

/// What answers a program to start, and the version that brought it.
const EXPORTS: [(&str, &str); 5] = [
    ("language-server-command", "0.0.1"),
    ("context-server-command", "0.2.0"),
    ("get-dap-binary", "0.6.0"),
    ("run-dap-locator", "0.6.0"),
    ("dap-locator-create-scenario", "0.6.0"),
];

/// The program that an export answers, if it may be started.
async fn answered(extension: &Extension, place: &Place, export: &str) -> Result<(), CallError> {
    let start = format!("start:{LINE}");
    let task = TaskTemplate {
        label: "build".into(),
        command: "/opt/server/bin/x".into(),
        args: vec!["--stdio".into()],
        env: vec![("PATH".into(), "/evil".into()), ("A".into(), "b".into())],
        cwd: None,
    };
    match export {
        "language-server-command" => {
            let server = ServerId::new(start, "Rust");
            let answer = extension.language_server_command(server, place.worktree());
            let command = answer.await?;
            assert_eq!(command.command, "/opt/server/bin/x");
            assert_eq!(command.env[0], ("PATH".into(), "/evil".into()));
        }
        "context-server-command" => {
            let answer = extension.context_server_command(start, Arc::new(Project));
            assert_eq!(answer.await?.args, ["--stdio"]);
        }
        "get-dap-binary" => {
            let definition = DebugTaskDefinition {
                label: "l".into(),
                adapter: "a".into(),
                config: serde_json::json!({"request": "launch"}),
                tcp_connection: None,
            };
            let answer = extension.get_dap_binary(start, definition, None, place.worktree());
            assert_eq!(answer.await?.arguments, ["--stdio"]);
        }
        "run-dap-locator" => {
            extension.run_dap_locator("cargo".into(), task).await?;
        }
        _ => {
            let located =
                extension.dap_locator_create_scenario("cargo".into(), task, "l".into(), "a".into());
            assert!(located.await?.is_some());
        }
    }
    Ok(())
}

fn program() -> Capability {
    Capability::ProcessExec {
        command: "/opt/server/bin/x".into(),
        args: vec!["--stdio".into()],
    }
}

fn hook() -> Capability {
    Capability::ProcessEnv {
        name: "PATH".into(),
    }
}

#[tokio::test]
async fn what_is_answered_is_started_by_default_and_by_a_grant_in_strict() {
    let accesses = Arc::new(Accesses::default());
    for (grants, refused) in [
        (Grants::all(), None),
        (Grants::none(), Some(program())),
        (Grants::from(vec![program()]), Some(hook())),
        (Grants::from(vec![program(), hook()]), None),
        (Grants::all().without([program()]), Some(program())),
        (Grants::all().without([hook()]), Some(hook())),
    ] {
        let builder = guest::builder().grants(grants).observer(accesses.clone());
        let host = builder.build().unwrap();
        for version in VERSIONS {
            let place = Place::new();
            // The manifest has no say in it.
            let extension = guest::start(&host, version, &place).await;
            let exports = EXPORTS.iter().filter(|(_, since)| has(version, since));
            let mut calls = 1;
            for (export, _) in exports {
                let answer = answered(&extension, &place, export).await;
                calls += 1;
                // A debug adapter of the guest is told of the worktree's shell as well.
                let mut told = accesses.take();
                told.retain(|(request, ..)| request.kind() != Capability::ENV);
                let [(request, by, Some(execution))] = told.as_slice() else {
                    panic!("{version} {export}: {told:?}");
                };
                assert_eq!(execution.file.as_deref(), Some("/opt/server/bin/x"));
                assert_eq!(execution.answer_of.as_deref(), Some(*export));
                let path = &execution.variables[0];
                let value = (path.name.as_str(), path.value.as_deref());
                assert_eq!(value, ("PATH", Some("/evil")), "{version} {export}");
                assert_eq!(execution.variables[1].value, None);
                let Some(refused) = &refused else {
                    answer.unwrap();
                    assert_eq!((request, by), (&program(), &None), "{version} {export}");
                    continue;
                };
                let error = answer.unwrap_err();
                assert!(!error.is_fault());
                let CallError::NotStarted {
                    export: of,
                    problem,
                    hint,
                } = &error
                else {
                    panic!("{version} {export}: {error:?}");
                };
                assert_eq!(of, export, "{version}");
                assert!(problem.ends_with("is not granted"), "{version}: {problem}");
                assert!(problem.contains(refused.kind()), "{version}: {problem}");
                assert!(hint.as_ref().unwrap().contains(&refused.to_toml()));
                assert_eq!((request, by), (refused, &Some(DeniedBy::Grants)));
            }
            let count = found(&extension, &place, "count").await.unwrap();
            let once = extension.health().restarts;
            assert_eq!(once, 0, "{version}: the same instance");
            assert!(count[0].parse::<usize>().unwrap() <= calls, "{version}");
        }
    }
}

#[tokio::test]
async fn a_relative_program_is_the_work_directorys_and_no_name_is_the_machines() {
    let accesses = Arc::new(Accesses::default());
    let any_shell = Capability::ProcessExec {
        command: "sh".into(),
        args: vec!["**".into()],
    };
    let grants = Grants::from(vec![any_shell]);
    let builder = guest::builder().grants(grants).observer(accesses.clone());
    let host = builder.build().unwrap();
    for version in VERSIONS {
        let place = Place::new();
        let extension = guest::start(&host, version, &place).await;
        for (line, may) in [
            ("sh -c x", false),
            ("./sh -c x", false),
            ("/bin/sh -c x", true),
        ] {
            let server = ServerId::new(format!("start:{line}"), "Rust");
            let answer = extension
                .language_server_command(server, place.worktree())
                .await;
            assert_eq!(answer.is_ok(), may, "{version} {line}: {answer:?}");
            let told = accesses.take();
            let file = told[0].2.as_ref().unwrap().file.clone().unwrap();
            let work = std::fs::canonicalize(place.work_dir()).unwrap();
            assert_eq!(file.starts_with(&*work.to_string_lossy()), !may, "{file}");
        }
    }
}
