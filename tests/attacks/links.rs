//! Links in the work directory: to a program, out of the work directory, and put in the place of what was looked at.

use crate::{
    place::{HostOptions, Place, try_all, try_in},
    support::server::Server,
    table::row,
};

#[tokio::test]
async fn no_link_stands_for_a_granted_program_or_leads_outside() {
    let unlisted = |command: &str, name: &str| {
        format!("unlisted process:exec {command} --version as {{work}}/{name}")
    };
    let denied = "capability `process:exec`";
    try_all(&[
        row("0.0.1", "plant:planted"),
        row("0.0.1", "symlink:planted git"),
        row("0.0.1", "hard-link:planted hard"),
        row("0.3.0", "run:./git --version").fails(denied, &[&unlisted("./git", "git")]),
        row("0.3.0", "run:{work}/git --version").fails(denied, &[&unlisted("{work}/git", "git")]),
        row("0.3.0", "run:./hard --version").fails(denied, &[&unlisted("./hard", "hard")]),
        // The program itself is found where it was.
        row("0.3.0", "run:git --version").finds(
            "git version",
            &["allowed process:exec git --version as {git}"],
        ),
        // Out of the work directory.
        row("0.0.1", "symlink:/bin/sh absolute").fails("", &[]),
        row("0.0.1", "symlink:../../../outside out"),
        row("0.0.1", "write:out/new").fails("", &[]),
        row("0.0.1", "file:out/note").fails("", &[]),
        row("0.0.1", "list:out").fails("", &[]),
        row("0.0.1", "hard-link:out/note theirs").fails("", &[]),
        row("0.0.1", "rename:planted out/planted").fails("", &[]),
        row("0.0.1", "symlink:../../../outside/note note"),
        row("0.0.1", "append:note").fails("", &[]),
        row("0.0.1", "truncate:note").fails("", &[]),
        row("0.0.5", "executable:note").fails("", &[]),
        row("0.0.5", "executable:out/note").fails("", &[]),
    ])
    .await;
}

/// The work directory's own links are the host's to see through as well.
#[tokio::test]
async fn nothing_is_downloaded_through_a_link() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("file"), "content").unwrap();
    let server = Server::start(folder.path()).await;
    let address = format!("download:{}/file uncompressed", server.base);
    let audited = "allowed download_file 127.0.0.1/sub/file";
    let mut rows = vec![
        row("0.0.1", "symlink:../../../outside out"),
        row("0.0.1", "symlink:../../../outside/new new"),
        row("0.0.1", "symlink:../../../outside/note note"),
        row("0.0.1", format!("{address} own")).finds("own", &[audited]),
    ];
    for path in [
        "out/new",
        "out/note",
        "new",
        "note",
        "../new",
        "{outside}/new",
        "",
    ] {
        rows.push(row("0.0.1", format!("{address} {path}")).fails("", &[audited]));
    }
    let place = Place::new(HostOptions::by_default().online()).await;
    let wrong = try_in(&place, &rows, |row| row.by_default.clone()).await;
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// A link that is swapped in for a folder while others look: the outside stays as it was, whoever wins.
#[tokio::test]
async fn a_link_that_is_swapped_in_leads_nowhere() {
    let place = Place::new(HostOptions::by_default()).await;
    let attacker = place.start("0.7.0").await;
    let work_dir = attacker.work_dir.clone();
    let (folder, link) = (work_dir.join("folder"), work_dir.join("link"));
    std::fs::create_dir(&folder).unwrap();
    std::os::unix::fs::symlink(place.outside(), &link).unwrap();
    let swapping = std::thread::spawn({
        let aside = work_dir.join("aside");
        move || {
            for _ in 0..2000 {
                let _ = std::fs::rename(&folder, &aside);
                let _ = std::fs::rename(&link, &folder);
                let _ = std::fs::rename(&folder, &link);
                let _ = std::fs::rename(&aside, &folder);
            }
        }
    });
    while !swapping.is_finished() {
        // Each may come to something or to an error.
        for verb in [
            "write:folder/new",
            "truncate:folder/note",
            "file:folder/note",
            "executable:folder/note",
        ] {
            let found = attacker.ask(verb).await.unwrap_or_default();
            assert!(
                !found.concat().contains("of the machine"),
                "{verb}: {found:?}"
            );
        }
    }
    swapping.join().unwrap();
    let note = std::fs::read_to_string(place.outside().join("note")).unwrap();
    assert_eq!(note, "of the machine");
    assert!(!place.outside().join("new").exists());
}
