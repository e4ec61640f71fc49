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

/// What lies in the way of a program, and its mode before and after a command has named it.
#[cfg(unix)]
#[tokio::test]
async fn a_program_in_the_work_directory_is_made_executable_for_versions_that_cannot_do_it() {
    use std::{
        fs,
        os::unix::fs::{PermissionsExt as _, symlink},
    };
    let write = |path: &Path, mode: u32| {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "#!/bin/sh\n").unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    };
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let host = guest::host();
    for (version, made) in [
        ("0.0.1", 0o755),
        ("0.0.4", 0o755),
        ("0.0.5", 0o644),
        ("0.7.0", 0o644),
    ] {
        let place = Place::new();
        let extension = guest::start(&host, version, &place).await;
        let (work, outside) = (place.work_dir(), place.worktree_dir());
        for (path, before) in [
            (work.join("bin/tool"), 0o644),
            (work.join("private"), 0o600),
            (work.join("own"), 0o700),
            (outside.join("tool"), 0o644),
            (work.join("real/tool"), 0o644),
        ] {
            write(&path, before);
        }
        symlink("../worktree/tool", work.join("link")).unwrap();
        symlink("bin/tool", work.join("inside")).unwrap();
        symlink("real", work.join("folder")).unwrap();
        let absolute = work.join("bin/tool");
        let elsewhere = outside.join("tool");
        for (command, file, after) in [
            ("inside", "bin/tool", 0o644),
            ("folder/tool", "real/tool", 0o644),
            ("link", "../worktree/tool", 0o644),
            ("../worktree/tool", "../worktree/tool", 0o644),
            (elsewhere.to_str().unwrap(), "../worktree/tool", 0o644),
            ("bin", "bin", 0o755),
            ("own", "own", 0o700),
            (
                "private",
                "private",
                if made == 0o755 { 0o755 } else { 0o600 },
            ),
            ("./bin/../bin/tool", "bin/tool", made),
            (absolute.to_str().unwrap(), "bin/tool", made),
            ("missing", "bin/tool", made),
        ] {
            let server = ServerId::new(format!("command:{command}"), "Rust");
            extension
                .language_server_command(server, place.worktree())
                .await
                .unwrap();
            assert_eq!(mode(&work.join(file)), after, "{version}: {command}");
        }
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_program_that_may_not_be_started_stays_as_it_is() {
    use annexe::capability::Grants;
    use std::{fs, os::unix::fs::PermissionsExt as _};
    let host = guest::builder().grants(Grants::none()).build();
    let host = host.unwrap();
    let place = Place::new();
    let extension = guest::start(&host, "0.0.1", &place).await;
    let tool = place.work_dir().join("tool");
    fs::create_dir_all(place.work_dir()).unwrap();
    fs::write(&tool, "").unwrap();
    fs::set_permissions(&tool, fs::Permissions::from_mode(0o644)).unwrap();
    let server = ServerId::new("command:tool", "Rust");
    let answer = extension.language_server_command(server, place.worktree());
    let error = answer.await.unwrap_err();
    assert!(matches!(error, CallError::NotStarted { .. }), "{error:?}");
    let mode = fs::metadata(&tool).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o644);
}
