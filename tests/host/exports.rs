//! What exports do beside their answers, which the matrix has: errors of the guest, traps, no answer.

use std::sync::Arc;

use annexe::{
    CallError, Hint as _,
    types::{ServerId, SlashCommand, SlashCommandOutput},
};
use serde_json::Value;

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
            let CallError::Trap { message, backtrace } = &error else {
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
async fn options_may_be_none_and_up_to_0_0_5_any_text() {
    let host = guest::host();
    for version in VERSIONS {
        let place = Place::new();
        let extension = guest::start(&host, version, &place).await;
        let options = |id: &'static str| {
            extension.language_server_initialization_options(id.into(), place.worktree())
        };
        assert_eq!(options("none").await.unwrap(), None, "{version}");
        let invalid = options("invalid").await.unwrap().unwrap();
        if has(version, "0.0.6") {
            let invalid: Value = serde_json::from_str(&invalid).unwrap();
            assert_eq!(invalid["id"], "invalid", "{version}");
        } else {
            assert_eq!(invalid, "{ not json", "{version}");
        }
        if has(version, "0.5.0") {
            let none = extension
                .context_server_configuration("none".into(), Arc::new(Project))
                .await;
            assert_eq!(none.unwrap(), None, "{version}");
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
