//! What exports do beside their answers, which the matrix has: errors of the guest, traps, no answer.

use std::sync::Arc;

use annexe::{
    CallError, Hint as _,
    types::{ServerId, SlashCommand, SlashCommandOutput},
};

use crate::{
    guest::{self, Place, Project, VERSIONS, ask, has, words},
    matrix::exports::cases,
};

#[tokio::test]
async fn every_export_passes_the_guests_error_on() {
    let host = guest::host();
    for version in VERSIONS {
        let place = Place::new();
        let extension = guest::start(&host, version, &place).await;
        for case in cases().into_iter().filter(|case| has(version, case.since)) {
            let Some(failing) = case.failing else {
                continue;
            };
            let message = words(
                extension
                    .call_by_name(case.export, failing, &place.resources())
                    .await,
            );
            let expected = message.contains("broken") || message == "failed on purpose";
            assert!(expected, "{version} {}: {message}", case.export);
        }
    }
}

#[tokio::test]
async fn a_trap_in_any_export_is_named_and_the_next_call_starts_afresh() {
    let mut supervision = annexe::Supervision::default();
    supervision.faults = u32::MAX;
    let host = guest::builder().supervision(supervision).build().unwrap();
    for version in VERSIONS {
        let place = Place::new();
        let extension = guest::start(&host, version, &place).await;
        for case in cases().into_iter().filter(|case| has(version, case.since)) {
            let error = extension
                .call_by_name(case.export, case.trapping, &place.resources())
                .await
                .unwrap_err();
            let CallError::Trap {
                message, backtrace, ..
            } = &error
            else {
                panic!("{version} {}: {error:?}", case.export);
            };
            assert!(
                message.contains("unreachable") && !message.contains('\n'),
                "{message}"
            );
            assert!(!backtrace.is_empty());
            assert!(error.hint().is_some());
            assert_eq!(
                ask(&extension, &place, "count").await.unwrap(),
                ["1"],
                "{version} {}",
                case.export
            );
        }
    }
}

#[tokio::test]
async fn options_may_be_none_and_are_json_where_they_are_any_text_too() {
    let host = guest::host();
    for version in VERSIONS {
        let place = Place::new();
        let extension = guest::start(&host, version, &place).await;
        let options = |id: &'static str| {
            extension.language_server_initialization_options(id.into(), place.worktree())
        };
        assert_eq!(options("none").await.unwrap(), None, "{version}");
        let invalid = options("invalid").await;
        if has(version, "0.0.6") {
            assert_eq!(invalid.unwrap().unwrap()["id"], "invalid", "{version}");
        } else {
            let error = invalid.unwrap_err();
            let expected = CallError::Answer {
                export: "language-server-initialization-options",
                problem: "it is not JSON: key must be a string at line 1 column 3, in `{ not json`"
                    .into(),
            };
            assert_eq!(error, expected, "{version}");
            assert!(error.hint().is_some() && !error.is_fault());
            // It goes on.
            assert!(options("none").await.is_ok(), "{version}");
        }
        if has(version, "0.5.0") {
            let none = extension
                .context_server_configuration("none".into(), Arc::new(Project))
                .await;
            assert_eq!(none.unwrap(), None, "{version}");
            // The guest writes the id into the schema as it is.
            let error = extension
                .context_server_configuration("a\"b".into(), Arc::new(Project))
                .await
                .unwrap_err();
            let CallError::Answer { export, problem } = &error else {
                panic!("{version}: {error:?}")
            };
            assert_eq!(*export, "context-server-configuration");
            assert!(
                problem.starts_with("its `settings_schema` is not JSON: ")
                    && problem.ends_with(r#"in `{"title":"a"b","type":"object"}`"#),
                "{version}: {problem}"
            );
        }
    }
}

#[tokio::test]
async fn a_slash_command_may_run_without_a_worktree() {
    let host = guest::host();
    for version in guest::since("0.1.0") {
        let place = Place::new();
        let extension = guest::start(&host, version, &place).await;
        let command = SlashCommand {
            name: "tabs".into(),
            ..SlashCommand::default()
        };
        let SlashCommandOutput { text, sections } = extension
            .run_slash_command(command, vec!["ä, b".into(), String::new()], None)
            .await
            .unwrap();
        assert!(
            text.ends_with("arguments: ä, b, \nroot: none\n"),
            "{version}: {text}"
        );
        assert_eq!(sections.len(), 6);
        for section in sections {
            let line = &text[section.range.start as usize..section.range.end as usize];
            assert!(line.starts_with(&section.label), "{version}: {line}");
        }
    }
}

#[tokio::test]
async fn the_language_reaches_the_versions_that_ask_for_it() {
    let host = guest::host();
    for version in VERSIONS {
        let place = Place::new();
        let extension = guest::start(&host, version, &place).await;
        let command = extension
            .language_server_command(ServerId::new("echo:ü", "C#"), place.worktree())
            .await
            .unwrap();
        let expected: &[&str] = if has(version, "0.0.6") {
            &["echo:ü"]
        } else {
            &["echo:ü", "C#"]
        };
        assert_eq!(command.args, expected, "{version}");
    }
}
