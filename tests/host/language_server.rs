//! The exports and imports of language servers, on every version.

use std::path::Path;

use annexe::{CallError, types::ServerId};

use crate::guest::{self, Place, VERSIONS};

#[tokio::test]
async fn every_version_answers_with_a_command() {
    let host = guest::host();
    for version in VERSIONS
        .iter()
        .filter(|version| annexe::api::inspect(&guest::wasm(version)).is_ok())
    {
        let place = Place::new();
        let extension = guest::start(&host, version, &place).await;
        assert_eq!(extension.api().to_string(), *version);
        let command = extension
            .language_server_command(ServerId::new("echo", "Rust"), place.worktree())
            .await
            .unwrap();
        // A relative program is joined to the work directory.
        assert_eq!(Path::new(&command.command), place.work_dir().join("echo"));
        assert_eq!(command.args[0], "echo");
        assert_eq!(command.env[0], ("NAME".into(), "value".into()));
    }
}

#[tokio::test]
async fn a_trap_is_named_and_the_next_call_starts_afresh() {
    let host = guest::host();
    let place = Place::new();
    let extension = guest::start(&host, "0.0.1", &place).await;
    let error = extension
        .language_server_command("trap".into(), place.worktree())
        .await
        .unwrap_err();
    assert!(matches!(error, CallError::Trap { .. }), "{error:?}");
    extension
        .language_server_command("echo".into(), place.worktree())
        .await
        .unwrap();
}
