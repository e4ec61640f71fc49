//! Mounts and variables: what a guest is given, under which names, and what cannot be given.

use annexe::{
    CallError, ExtensionOptions, Hint as _, HostError,
    sandbox::{Access, Mount, Sandbox, SandboxError},
};

use super::{CONTENT, Fixture, with_mounts};
use crate::guest::{self, VERSIONS, words};

#[tokio::test]
async fn a_folder_is_found_under_its_guest_name_and_no_other() {
    for version in VERSIONS {
        let fixture = Fixture::new();
        let sandbox = with_mounts([
            fixture.mount("/models", Access::ReadOnly),
            fixture.mount("given/here", Access::ReadOnly),
        ]);
        let extension = fixture.start(version, &sandbox).await;
        let work_dir = fixture.place.work_dir();
        for name in [
            "/models".into(),
            "given/here".into(),
            format!("{}/given/here", work_dir.display()),
        ] {
            let read = fixture.ask(&extension, &format!("file:{name}/file")).await;
            assert_eq!(read.unwrap(), [CONTENT], "{version} {name}");
            let listed = fixture.ask(&extension, &format!("list:{name}")).await;
            assert_eq!(listed.unwrap(), ["file", "folder"], "{version} {name}");
        }
        let own_name = format!("file:{}/file", fixture.data().display());
        words(fixture.ask(&extension, &own_name).await);
        assert!(fixture.ask(&extension, "list").await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn a_folder_may_be_given_to_be_written_to() {
    for version in VERSIONS {
        let fixture = Fixture::new();
        let sandbox = with_mounts([fixture.mount("/scratch", Access::ReadWrite)]);
        let extension = fixture.start(version, &sandbox).await;
        for verb in [
            "write:/scratch/new",
            "append:/scratch/new",
            "make-dir:/scratch/made",
            "rename:/scratch/new /scratch/made/new",
            "hard-link:/scratch/made/new /scratch/linked",
            "symlink:linked /scratch/followed",
            "set-times:/scratch/linked",
            "truncate:/scratch/file",
            "rename:/scratch/file out-of-it",
        ] {
            let done = fixture.ask(&extension, verb).await;
            assert!(done.is_ok(), "{version} {verb}: {done:?}");
        }
        let read = |name: &str| std::fs::read_to_string(fixture.data().join(name)).unwrap();
        assert_eq!(read("followed"), "written by the guest, and more");
        assert!(!fixture.data().join("file").exists());
    }
}

#[tokio::test]
async fn variables_are_given_by_name_beside_the_hosts_own() {
    for version in VERSIONS {
        let fixture = Fixture::new();
        let mut sandbox = Sandbox::default();
        let work_dir = format!("PWD={}", fixture.place.work_dir().display());
        for (name, value, expected) in [
            ("A", "b=c", ["RUST_BACKTRACE=1", "A=b=c"].as_slice()),
            ("RUST_BACKTRACE", "0", &["A=b=c", "RUST_BACKTRACE=0"]),
        ] {
            sandbox
                .environment
                .insert(name.parse().unwrap(), value.into());
            let extension = fixture.start(version, &sandbox).await;
            let found = fixture.ask(&extension, "environment").await.unwrap();
            let expected: Vec<&str> = [work_dir.as_str()]
                .into_iter()
                .chain(expected.iter().copied())
                .collect();
            assert_eq!(found, expected, "{version}");
        }
    }
}

#[tokio::test]
async fn one_extension_may_have_a_sandbox_of_its_own() {
    let fixture = Fixture::new();
    let mut own = ExtensionOptions::default();
    own.sandbox = with_mounts([fixture.mount("/models", Access::ReadOnly)]);
    let host = guest::builder()
        .options_of("guest".parse().unwrap(), own)
        .build()
        .unwrap();
    let component = host.compile(guest::wasm("0.7.0")).await.unwrap();
    for (id, may_read) in [("guest", true), ("other", false)] {
        let identity = fixture.place.identity(id);
        let extension = host.start(&component, identity).await.unwrap();
        let read = fixture.ask(&extension, "file:/models/file").await;
        assert_eq!(read.is_ok(), may_read, "{id}: {read:?}");
    }
}

/// The error of an extension that does not start for its sandbox.
async fn refused(fixture: &Fixture, sandbox: Sandbox) -> SandboxError {
    let host = guest::builder().sandbox(sandbox).build().unwrap();
    let component = host.compile(guest::wasm("0.7.0")).await.unwrap();
    let started = host
        .start(&component, fixture.place.identity("guest"))
        .await;
    let error = started.unwrap_err();
    assert!(error.hint().is_some_and(|hint| !hint.is_empty()));
    match error {
        HostError::Start(CallError::Sandbox(error)) => error,
        other => panic!("no error of the sandbox: {other:?}"),
    }
}

#[tokio::test]
async fn a_mount_that_cannot_be_made_is_an_error_that_names_it() {
    let fixture = Fixture::new();
    let data = fixture.data();
    let work_dir = fixture.place.work_dir();
    let mount = |host: &std::path::Path, guest: &str, access| {
        Mount::new(host, guest.parse().unwrap(), access)
    };
    let read_only = Access::ReadOnly;
    std::fs::create_dir_all(work_dir.join("inner")).unwrap();
    let table = [
        (
            vec![mount("data".as_ref(), "/a", read_only)],
            "is not absolute",
        ),
        (
            vec![mount(&data.join("missing"), "/a", read_only)],
            "cannot be opened: No such file",
        ),
        (
            vec![mount(&data.join("file"), "/a", read_only)],
            "is not a folder",
        ),
        (
            vec![mount(&data, work_dir.to_str().unwrap(), read_only)],
            "is that of the work directory",
        ),
        (
            vec![mount(&data, "/a", read_only), mount(&data, "/a", read_only)],
            "has the same name",
        ),
        (
            vec![mount(&data, "/a", read_only), mount(&data, "a", read_only)],
            "has the same name",
        ),
        (
            vec![
                mount(&data, "a/b", read_only),
                mount(&data, work_dir.join("a/b").to_str().unwrap(), read_only),
            ],
            "has the same name",
        ),
        // What can be written to under another name is not read-only.
        (
            vec![mount(&work_dir.join("inner"), "/a", read_only)],
            "which the extension may write to",
        ),
        (
            vec![
                mount(&data.join("folder"), "/a", read_only),
                mount(&data, "/b", Access::ReadWrite),
            ],
            "which the extension may write to",
        ),
    ];
    for (mounts, words) in table {
        let host = mounts[0].host.clone();
        let error = refused(&fixture, with_mounts(mounts)).await.to_string();
        assert!(error.contains(words), "{error}");
        assert!(error.contains(host.to_str().unwrap()), "{error}");
    }
}

#[tokio::test]
async fn a_folder_that_goes_away_is_missed_by_the_next_instance_and_no_fault() {
    let fixture = Fixture::new();
    let sandbox = with_mounts([fixture.mount("/models", Access::ReadOnly)]);
    let extension = fixture.start("0.7.0", &sandbox).await;
    std::fs::rename(fixture.data(), fixture.path("elsewhere")).unwrap();
    fixture.ask(&extension, "trap").await.unwrap_err();
    let faults = extension.health().faults;
    for _ in 0..10 {
        let error = fixture.ask(&extension, "count").await.unwrap_err();
        assert!(matches!(error, CallError::Sandbox(_)), "{error:?}");
        assert!(!error.is_fault());
    }
    assert_eq!(extension.health().faults, faults);
    std::fs::rename(fixture.path("elsewhere"), fixture.data()).unwrap();
    assert_eq!(
        fixture.ask(&extension, "file:/models/file").await.unwrap(),
        [CONTENT]
    );
}
