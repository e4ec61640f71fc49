//! `annexe lock` and `annexe sync`: one machine gets what another has.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde_json::json;

use crate::support::{
    files::{content, copy},
    place::{Place, text},
    server::background::Server,
};

fn registry_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("registry-index")
}

#[test]
fn an_empty_home_becomes_equal_to_a_lockfile_byte_for_byte_from_another_mirror() {
    let here = Place::new();
    let server = Server::start(&registry_folder(), false);
    let wanted = ["install", "markdown-server@=0.2.0", "dotenv", "paper-theme"];
    here.ok(wanted.into_iter().chain(["--registry", &server.address]));
    here.ok(["pin", "markdown-server"]);
    let locked = here.json(["lock"]);
    let lockfile = fs::read_to_string(here.path("annexe.lock")).unwrap();
    assert_eq!(lockfile.matches("\n[[extension]]\n").count(), 3);
    assert_eq!(lockfile.matches("\npinned = true\n").count(), 1);

    let there = Place::new();
    fs::write(there.path("annexe.lock"), &lockfile).unwrap();
    let mirrored = there.path("mirror");
    copy(&registry_folder(), &mirrored);
    // Where it comes from is told by the lockfile and the archives alone.
    fs::remove_dir_all(mirrored.join("index")).unwrap();
    let mirror = Server::start(&mirrored, false);
    let settings = there.path("config.toml");
    // Its own location is not there any more.
    let registry = json!(server.address);
    drop(server);
    let mirrors = json!([mirror.address]);
    let text = format!("[[registry]]\nlocation = {registry}\nmirrors = {mirrors}\n");
    fs::write(&settings, text).unwrap();
    let mut command = there.command();
    command
        .args(["sync", "--json"])
        .env("ANNEXE_CONFIG", &settings);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let synced: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(synced["digest"], locked["digest"]);
    assert_eq!(mirror.archives.try_iter().count(), 3);

    assert_eq!(there.json(["lock"])["digest"], locked["digest"]);
    assert_eq!(
        fs::read_to_string(there.path("annexe.lock")).unwrap(),
        lockfile
    );
    let trees = |place: &Place| content(&place.store().join("trees"));
    assert_eq!(trees(&here), trees(&there));
    assert_eq!(there.json(["list"])[1]["pinned"], true);
    there.ok(["verify"]);
    let again = there.json(["sync"]);
    assert_eq!(again["generation"], json!(null), "{again}");
}

#[test]
fn what_is_not_in_the_lockfile_goes_and_what_is_comes_back() {
    let place = Place::new();
    let registry = place.registry(&[("echo", "1.0.0"), ("other", "1.0.0"), ("echo", "1.1.0")]);
    let named = ["--registry", &registry];
    place.ok(["install", "echo@=1.0.0"].into_iter().chain(named));
    place.ok(["lock"]);
    let lockfile = || fs::read_to_string(place.path("annexe.lock")).unwrap();
    let first = lockfile();

    // Commands keep the lockfile true.
    place.ok(["update"].into_iter().chain(named));
    assert!(lockfile().contains("\"1.1.0\""));
    place.ok(["install", "other"].into_iter().chain(named));
    assert!(lockfile().contains("\"other\""));
    place.ok(["rollback"]);
    assert!(!lockfile().contains("\"other\""));
    place.ok(["rollback"]);
    assert_eq!(lockfile(), first);

    place.ok(["update"].into_iter().chain(named));
    place.ok(["install", "other"].into_iter().chain(named));
    fs::write(place.path("annexe.lock"), &first).unwrap();
    let shown = place.run(["sync", "--dry-run"].into_iter().chain(named));
    assert_eq!(shown.code, 0, "{shown:?}");
    assert_eq!(place.json(["list"])[0]["version"], "1.1.0");
    // All of it is on the disk: the registry may be gone.
    fs::remove_dir_all(place.path("registry/archives")).unwrap();
    let words = place.ok(["sync", "--yes"].into_iter().chain(named));
    assert!(
        words.starts_with(
            "echo 1.1.0 → 1.0.0\nremoved other 1.0.0\n1 extension, now equal to the lockfile: "
        ),
        "{words}"
    );
    assert_eq!(lockfile(), first);
    assert_eq!(place.json(["list"]).as_array().unwrap().len(), 1);
}

#[test]
fn an_archive_that_is_not_the_locked_one_is_refused_and_nothing_changes() {
    let place = Place::new();
    let registry = place.registry(&[("echo", "1.0.0"), ("paper", "1.0.0")]);
    let configure = |location: &str| {
        place.configure(&format!(
            "[[registry]]\nname = \"test\"\nlocation = \"{location}\"\n"
        ));
    };
    configure(&registry);
    place.ok(["install", "echo", "paper"]);
    place.ok(["lock"]);
    fs::rename(place.store(), place.path("old-store")).unwrap();
    place.ok(["install", "paper", "--lockfile", "other.lock"]);

    let archives = place.path("registry/archives/echo/1.0.0");
    let archive = fs::read_dir(archives).unwrap().next().unwrap().unwrap();
    let mut bytes = fs::read(archive.path()).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(archive.path(), bytes).unwrap();
    let server = Server::start(&place.path("registry"), false);
    for location in [registry.as_str(), &server.address] {
        configure(location);
        let error = place.error(1, ["sync", "--accept-location"]);
        let message = error["message"].as_str().unwrap();
        assert!(message.contains("has the sha256"), "{error}");
        assert!(error["hint"].is_string(), "{error}");
    }
    let list = place.json(["list"]);
    assert_eq!(
        (list[0]["id"].as_str(), list[1].is_null()),
        (Some("paper"), true)
    );
    assert_eq!(place.json(["history"]).as_array().unwrap().len(), 1);
}

#[test]
fn a_lockfile_that_cannot_be_read_is_named_with_a_way_out() {
    let place = Place::new();
    let error = place.error(1, ["sync"]);
    let message = error["message"].as_str().unwrap();
    assert_eq!(
        message,
        format!(
            "there is no lockfile `{}`",
            text(&place.path("annexe.lock"))
        )
    );
    assert!(error["hint"].as_str().unwrap().contains("annexe lock"));
    for content in ["<<<<<<< ours\nversion = 1\n", "version = 9\n", "\u{0}"] {
        fs::write(place.path("annexe.lock"), content).unwrap();
        for command in [&["sync"][..], &["update"], &["install", "dotenv"]] {
            let error = place.error(1, command.iter().copied());
            assert_eq!(
                error["message"],
                format!(
                    "the lockfile `{}` cannot be used",
                    text(&place.path("annexe.lock"))
                )
            );
            assert!(error["hint"].is_string(), "{error}");
            assert!(error["causes"][0].is_string(), "{error}");
        }
        assert_eq!(
            fs::read_to_string(place.path("annexe.lock")).unwrap(),
            content
        );
        assert_eq!(place.json(["list"]), json!([]));
        // Only a lockfile is written anew, and none that a later program has written.
        let ran = place.run(["lock"]);
        let is_broken = content.starts_with("<<<<<<<");
        assert_eq!(ran.code, i32::from(!is_broken), "{ran:?}");
        let now = fs::read_to_string(place.path("annexe.lock")).unwrap();
        assert_eq!(now == content, !is_broken);
    }
}

#[test]
fn nothing_but_a_lockfile_is_written_over() {
    let place = Place::new();
    let registry = place.registry(&[("echo", "1.0.0")]);
    place.ok(["install", "echo", "--registry", &registry]);
    for content in [
        "buy milk\n",
        "version = 1\nbuy milk\n",
        "version = 1\nrevision = 3\n\n[[package]]\nname = \"x\"\n",
        "# This file is automatically @generated by Cargo.\nversion = 4\n\n[[package]]\nname = \"x\"\n",
        "version = 1\n<<<<<<< ours\n[[package]]\n=======\n>>>>>>> theirs\n",
        "[package]\nname = \"x\"\nversion = \"1.0.0\"\n",
        "{}",
        "\u{0}\u{1}",
    ] {
        let path = place.path("notes.txt");
        fs::write(&path, content).unwrap();
        std::os::unix::fs::symlink("notes.txt", place.path("annexe.lock")).unwrap();
        let mut by_variable = place.command();
        by_variable.arg("lock").env("ANNEXE_LOCKFILE", &path);
        let ran = crate::support::place::Ran::of(by_variable);
        assert_eq!(ran.code, 1, "{content}: {ran:?}");
        for command in [
            &["lock", "--lockfile", "notes.txt"][..],
            &["lock"],
            &["pin", "echo", "--lockfile", "notes.txt"],
            &[
                "install",
                "echo",
                "--registry",
                &registry,
                "--lockfile",
                "notes.txt",
            ],
            &["update", "--lockfile", "notes.txt"],
            &["remove", "echo", "--lockfile", "notes.txt"],
            &["rollback", "--lockfile", "notes.txt"],
            &["sync", "--yes", "--lockfile", "notes.txt"],
        ] {
            let error = place.error(1, command.iter().copied());
            assert!(
                error["message"]
                    .as_str()
                    .unwrap()
                    .contains("cannot be used"),
                "{error}"
            );
            assert!(error["hint"].is_string(), "{command:?}: {error}");
        }
        assert_eq!(fs::read_to_string(&path).unwrap(), content);
        fs::remove_file(place.path("annexe.lock")).unwrap();
    }
    assert_ne!(place.json(["list"])[0]["pinned"], true);
    // One that is empty, or not there, holds nothing that could be lost.
    fs::write(place.path("empty.lock"), "").unwrap();
    for name in ["empty.lock", "new.lock"] {
        place.ok(["lock", "--lockfile", name]);
        assert!(
            fs::read_to_string(place.path(name))
                .unwrap()
                .contains("\"echo\"")
        );
    }
}

#[cfg(unix)]
#[test]
fn a_lockfile_that_is_no_plain_file_or_too_large_is_refused_before_it_is_read() {
    let place = Place::new();
    let path = place.path("annexe.lock");
    for kind in ["a pipe", "a device", "a folder", "too large"] {
        match kind {
            "a pipe" => {
                let made = std::process::Command::new("mkfifo").arg(&path).status();
                assert!(made.unwrap().success());
            }
            "a device" => std::os::unix::fs::symlink("/dev/zero", &path).unwrap(),
            "a folder" => fs::create_dir(&path).unwrap(),
            _ => {
                // It has no content on the disk, and would have all of it in memory.
                let file = fs::File::create(&path).unwrap();
                file.set_len(1 << 40).unwrap();
            }
        }
        for command in [
            &["lock"][..],
            &["sync"],
            &["install", "dotenv"],
            &["install", "dotenv", "--locked"],
            &["update"],
            &["remove", "dotenv"],
            &["explain", "dotenv"],
        ] {
            let error = place.error(1, command.iter().copied());
            let message = error["message"].as_str().unwrap();
            assert!(
                message.contains("annexe.lock` cannot be used"),
                "{kind}: {error}"
            );
            let causes = error["causes"].to_string();
            let words = if kind == "too large" {
                "more than"
            } else {
                "not a plain file"
            };
            assert!(causes.contains(words), "{kind}: {error}");
        }
        match kind {
            "a folder" => fs::remove_dir(&path).unwrap(),
            _ => fs::remove_file(&path).unwrap(),
        }
    }
    assert_eq!(place.json(["list"]), json!([]));
}

#[test]
fn nothing_is_removed_by_a_sync_without_a_yes() {
    let place = Place::new();
    let registry = place.registry(&[("echo", "1.0.0"), ("echo", "1.1.0"), ("other", "1.0.0")]);
    let named = ["--registry", &registry];
    place.ok(["install", "echo@=1.0.0"].into_iter().chain(named));
    place.ok(["lock"]);
    let more = [
        "install",
        "echo@=1.1.0",
        "other",
        "--lockfile",
        "other.lock",
    ];
    place.ok(more.into_iter().chain(named));
    let before = content(&place.store());
    let error = place.error(1, ["sync"].into_iter().chain(named));
    assert_eq!(
        error["message"],
        "not allowed: `other` 1.0.0 would be removed"
    );
    assert!(error["hint"].as_str().unwrap().contains("--yes"), "{error}");
    let ran = place.run(["sync"].into_iter().chain(named));
    assert_eq!((ran.code, ran.stdout.as_str()), (1, ""), "{ran:?}");
    assert!(ran.stderr.contains("`other` 1.0.0"), "{ran:?}");
    assert_eq!(content(&place.store()), before);
    // Where nothing goes, nobody has to say yes.
    place.ok(["remove", "other", "--lockfile", "other.lock"]);
    place.ok(["sync"].into_iter().chain(named));
    place.ok(["install", "other", "--lockfile", "other.lock"]
        .into_iter()
        .chain(named));
    let ran = place.run(["sync", "--yes"].into_iter().chain(named));
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(
        ran.stderr.contains("other 1.0.0 (to be removed)"),
        "{ran:?}"
    );
    assert_eq!(place.json(["list"]).as_array().unwrap().len(), 1);
}

#[test]
fn a_refusal_leaves_what_lies_beside_the_file_alone() {
    let place = Place::new();
    let registry = place.registry(&[("echo", "1.0.0")]);
    place.ok(["install", "echo", "--registry", &registry]);
    let beside = place.path(".tmp-notes.txt");
    fs::write(&beside, "a draft of the notes\n").unwrap();
    for content in [
        "buy milk\n",
        "version = 1\nbuy = \"milk\"\n",
        "version = 9\n",
    ] {
        fs::write(place.path("notes.txt"), content).unwrap();
        for command in [
            &["lock", "--lockfile", "notes.txt"][..],
            &["pin", "echo", "--lockfile", "notes.txt"],
        ] {
            assert_eq!(place.run(command.iter().copied()).code, 1, "{content}");
        }
        let draft = fs::read_to_string(&beside).unwrap();
        assert_eq!(draft, "a draft of the notes\n", "{content}");
    }
}
