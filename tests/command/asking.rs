//! Questions as a user meets them, on a terminal; and what others may do meanwhile.
#![cfg(target_os = "linux")]

use std::{
    fs,
    io::{BufRead as _, BufReader},
    process::{Child, Stdio},
};

use crate::{
    support::{
        place::{Place, Ran},
        server::background::Server,
    },
    terminal::Terminal,
};

/// A place with `echo` 1.0.0, which 2.0.0 would give more power, and `other`, which the lockfile does not have.
fn place() -> (Place, String) {
    let place = Place::new();
    let registry = place.registry(&[("other", "1.0.0"), ("third", "1.0.0")]);
    let powerless = place.extension("echo", "1.0.0");
    let manifest = powerless.join("extension.toml");
    let text = fs::read_to_string(&manifest).unwrap();
    let (without, _) = text.split_once("[[capabilities]]").unwrap();
    fs::write(&manifest, without).unwrap();
    place.publish(&registry, "echo", "1.0.0");
    place.ok(["install", "echo", "--registry", &registry]);
    place.ok(["lock", "--lockfile", "sync.lock"]);
    place.ok(["install", "other", "--registry", &registry]);
    place.extension("echo", "2.0.0");
    place.publish(&registry, "echo", "2.0.0");
    place.configure(&format!("[[registry]]\nlocation = {registry:?}\n"));
    (place, registry)
}

fn versions(place: &Place) -> Vec<String> {
    let list = place.json(["list"]);
    let all = list.as_array().unwrap().iter();
    let words = all.map(|it| {
        format!(
            "{} {}",
            it["id"].as_str().unwrap(),
            it["version"].as_str().unwrap()
        )
    });
    words.collect()
}

#[test]
fn what_was_typed_before_a_question_answers_none() {
    let (place, _) = place();
    for command in [&["update"][..], &["sync", "--lockfile", "sync.lock"]] {
        let before = versions(&place);
        let mut terminal = Terminal::start(&place, "y\ny\nyes\n", command);
        terminal.wait_for("[y/N]");
        terminal.type_line("n");
        let (code, seen) = terminal.end();
        assert_eq!(code, 1, "{seen}");
        assert!(seen.contains("nothing was changed"), "{seen}");
        assert_eq!(versions(&place), before, "{seen}");
    }
    let mut terminal = Terminal::start(&place, "n\nn\n", &["update"]);
    terminal.wait_for("[y/N]");
    terminal.type_line("y");
    let (code, seen) = terminal.end();
    assert_eq!(code, 0, "{seen}");
    assert_eq!(versions(&place), ["echo 2.0.0", "other 1.0.0"]);
    let mut terminal = Terminal::start(&place, "n\n", &["sync", "--lockfile", "sync.lock"]);
    terminal.wait_for("other 1.0.0 (to be removed)");
    terminal.wait_for("[y/N]");
    terminal.type_line("Yes");
    let (code, seen) = terminal.end();
    assert_eq!(code, 0, "{seen}");
    assert_eq!(versions(&place), ["echo 1.0.0"]);
}

#[test]
fn an_update_that_needs_a_yes_holds_no_other_back() {
    let (place, registry) = place();
    place.ok(["install", "third"]);
    for id in ["other", "third"] {
        place.extension(id, "1.1.0");
        place.publish(&registry, id, "1.1.0");
    }
    let before = ["echo 1.0.0", "other 1.0.0", "third 1.0.0"];
    let ran = place.run(["update", "--dry-run"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    for words in [
        "echo 1.0.0 → 2.0.0",
        "\n  may newly ",
        "other 1.0.0 → 1.1.0",
    ] {
        assert!(ran.stderr.contains(words), "{ran:?}");
    }
    for named in [&[][..], &["echo"]] {
        let dry = ["update", "--dry-run"].into_iter();
        let planned = place.json(dry.chain(named.iter().copied()));
        let added = &planned["receipts"][0]["added_permissions"]["capabilities"];
        assert!(
            added.as_array().is_some_and(|it| !it.is_empty()),
            "{planned}"
        );
    }
    assert_eq!(versions(&place), before);

    // What is named is changed as a whole or not at all.
    let ran = place.run(["update", "other", "echo"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.stderr.contains("nothing was changed"), "{ran:?}");
    assert_eq!(
        ran.stderr.matches("gem install").count(),
        1,
        "told once: {ran:?}"
    );
    assert_eq!(versions(&place), before);

    // A no on the terminal holds back that one alone.
    let mut terminal = Terminal::start(&place, "", &["update"]);
    terminal.wait_for("allow what `echo` may do newly? [y/N]");
    terminal.type_line("n");
    let (code, seen) = terminal.end();
    assert_eq!(code, 1, "{seen}");
    assert!(
        seen.contains("error: not allowed: update echo 1.0.0 to 2.0.0\r\n"),
        "{seen}"
    );
    let hint = "the rest was updated; allow this with `annexe update echo --accept-capabilities`";
    assert!(seen.contains(hint), "{seen}");
    assert_eq!(
        versions(&place),
        ["echo 1.0.0", "other 1.1.0", "third 1.1.0"]
    );

    place.ok(["rollback"]);
    let ran = place.run(["update", "--json"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    let answer: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    let receipts = answer["receipts"].as_array().unwrap().iter();
    let updated: Vec<_> = receipts.map(|it| &it["installed"]["id"]).collect();
    assert_eq!(updated, ["other", "third"]);
    assert_eq!(answer["skipped"][0]["id"], "echo");
    let last = ran.stderr.lines().last().unwrap_or_default();
    let error: serde_json::Value = serde_json::from_str(last).unwrap();
    assert_eq!(error["error"]["kind"], "refused", "{error}");
    assert!(
        error["error"]["hint"]
            .as_str()
            .unwrap()
            .contains("update echo"),
        "{error}"
    );
    place.ok(["update", "echo", "--accept-capabilities"]);
    assert_eq!(
        versions(&place),
        ["echo 2.0.0", "other 1.1.0", "third 1.1.0"]
    );
}

#[test]
fn the_store_is_not_held_while_a_question_stands() {
    let (place, _) = place();
    let mut terminal = Terminal::start(&place, "", &["update"]);
    terminal.wait_for("[y/N]");
    // Others read and change it, and leave alone what the first has prepared.
    assert_eq!(versions(&place), ["echo 1.0.0", "other 1.0.0"]);
    let ran = place.run(["install", "third"]);
    assert_eq!(
        (ran.code, ran.stderr.contains("waiting")),
        (0, false),
        "{ran:?}"
    );
    place.ok(["gc", "--keep", "1"]);
    terminal.type_line("y");
    // What was shown is as it was: nobody is asked again, and nothing of the others' is lost.
    let (code, seen) = terminal.end();
    assert_eq!(code, 0, "{seen}");
    assert_eq!(seen.matches("[y/N]").count(), 1, "{seen}");
    assert_eq!(
        versions(&place),
        ["echo 2.0.0", "other 1.0.0", "third 1.0.0"]
    );
    place.assert_clean();
    place.ok(["verify"]);
}

#[test]
fn what_has_changed_since_a_question_is_asked_about_again() {
    let (place, _) = place();
    let mut terminal = Terminal::start(&place, "", &["sync", "--lockfile", "sync.lock"]);
    terminal.wait_for("[y/N]");
    place.ok(["install", "third"]);
    terminal.type_line("y");
    terminal.wait_for("third 1.0.0 (to be removed)");
    terminal.wait_for("[y/N]");
    place.ok(["remove", "other"]);
    terminal.type_line("y");
    terminal.wait_for("[y/N]");
    terminal.type_line("n");
    let (code, seen) = terminal.end();
    assert_eq!(code, 1, "{seen}");
    assert_eq!(versions(&place), ["echo 1.0.0", "third 1.0.0"]);

    // A version that was blocked while the question stood is not installed.
    let registry = place.path("registry");
    let mut terminal = Terminal::start(&place, "", &["update", "echo"]);
    terminal.wait_for("[y/N]");
    place.ok([
        "registry",
        "block",
        registry.to_str().unwrap(),
        "echo@2.0.0",
    ]);
    assert_eq!(place.run(["install", "echo@=2.0.0"]).code, 1);
    terminal.type_line("y");
    let (code, seen) = terminal.end();
    assert_eq!(code, 1, "{seen}");
    assert!(seen.contains("blocked"), "{seen}");
    assert_eq!(versions(&place), ["echo 1.0.0", "third 1.0.0"]);
}

#[test]
fn a_lockfile_that_was_found_is_believed_after_a_yes() {
    let place = Place::new();
    let mine = place.registry(&[("echo", "1.0.0")]);
    let theirs = place.registry_called("theirs", "theirs", &[("echo", "3.0.0")]);
    place.ok([
        "install",
        "echo",
        "--registry",
        &theirs,
        "--lockfile",
        "annexe.lock",
    ]);
    fs::rename(place.store(), place.path("old-store")).unwrap();
    place.configure(&format!(
        "[[registry]]\nlocation = {mine:?}\n[[registry]]\nlocation = {theirs:?}\n"
    ));
    let install = ["install", "echo"];
    for (answer, version) in [("n", None), ("y", Some("3.0.0"))] {
        let mut terminal = Terminal::start(&place, "y\n", &install);
        terminal.wait_for("[y/N]");
        terminal.type_line(answer);
        let (code, seen) = terminal.end();
        assert_eq!(code, i32::from(version.is_none()), "{seen}");
        assert!(seen.contains("3.0.0"), "{seen}");
        assert_eq!(
            place.json(["list"])[0]["version"].as_str(),
            version,
            "{seen}"
        );
    }

    // A registry that the user does not have is none to come from.
    place.ok(["remove", "echo", "--lockfile", "other.lock"]);
    fs::remove_dir_all(place.store()).unwrap();
    place.configure(&format!("[[registry]]\nlocation = {mine:?}\n"));
    let mut terminal = Terminal::start(&place, "", &install);
    terminal.wait_for("[y/N]");
    terminal.type_line("y");
    let (code, seen) = terminal.end();
    assert_eq!(code, 1, "{seen}");
    assert_eq!(place.json(["list"]), serde_json::json!([]));
}

#[test]
fn a_sync_with_a_lockfile_that_was_found_asks_before_it_replaces_what_is_from_elsewhere() {
    let place = Place::new();
    let mine = place.registry(&[("echo", "1.0.0")]);
    let theirs = place.registry_called("theirs", "theirs", &[("echo", "3.0.0")]);
    let lock = ["--lockfile", "annexe.lock", "--registry", &theirs];
    place.ok(["install", "echo"].into_iter().chain(lock));
    place.configure(&format!(
        "[[registry]]\nlocation = {mine:?}\n[[registry]]\nlocation = {theirs:?}\n"
    ));
    let other = ["--lockfile", "mine.lock", "--registry", &mine];
    place.ok(["install", "echo"].into_iter().chain(other));
    for (answer, version) in [("n", "1.0.0"), ("y", "3.0.0")] {
        let mut terminal = Terminal::start(&place, "y\ny\n", &["sync"]);
        terminal.wait_for("where the one installed is from");
        terminal.wait_for("[y/N]");
        terminal.type_line(answer);
        let (code, seen) = terminal.end();
        assert_eq!(code, i32::from(version == "1.0.0"), "{seen}");
        assert_eq!(seen.matches("[y/N]").count(), 1, "{seen}");
        // What changes is shown as by an update.
        assert_eq!(seen.contains("echo 1.0.0 "), version == "3.0.0", "{seen}");
        assert_eq!(versions(&place), [format!("echo {version}")], "{seen}");
    }
}

#[test]
fn who_waits_is_told_for_whom_and_since_when() {
    let place = Place::new();
    let registry = place.registry(&[("echo", "1.0.0"), ("other", "1.0.0")]);
    place.ok(["install", "echo", "--registry", &registry]);
    let server = Server::start(&place.path("registry"), true);
    let mut holding = place.command();
    let mut holding = holding
        .args(["install", "other", "--registry", &server.address])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    server.archives.recv().unwrap();
    let mut waiting: Vec<Child> = Vec::new();
    for command in [&["pin", "echo"][..], &["pin", "echo", "--json"], &["gc"]] {
        let mut child = place
            .command()
            .args(command)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut stderr = BufReader::new(child.stderr.take().unwrap());
        stderr.read_line(&mut line).unwrap();
        let expected = format!(
            "waiting for process {} (annexe install), since ",
            holding.id()
        );
        assert!(line.contains(&expected), "{line}");
        assert!(line.contains(" UTC, which changes the store"), "{line}");
        if command.contains(&"--json") {
            let told: serde_json::Value = serde_json::from_str(&line).unwrap();
            assert!(told["note"].is_string(), "{line}");
        }
        waiting.push(child);
    }
    // What stands in the lock file is not believed of a process that is not there, and steers no terminal.
    let lock = place.store().join("store.lock");
    for (note, words) in [
        (
            r#"{"process":4194999,"doing":"\u001b[2J","since":1}"#.to_owned(),
            "another process",
        ),
        ("no JSON".to_owned(), "another process"),
        (
            format!(
                r#"{{"process":{},"doing":"\u001b[2J","since":1}}"#,
                std::process::id()
            ),
            "\\u{1b}[2J",
        ),
    ] {
        fs::write(&lock, note).unwrap();
        let mut child = place
            .command()
            .args(["pin", "echo"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut stderr = BufReader::new(child.stderr.take().unwrap());
        stderr.read_line(&mut line).unwrap();
        assert!(line.contains(words) && !line.contains('\u{1b}'), "{line}");
        waiting.push(child);
    }
    holding.kill().unwrap();
    holding.wait().unwrap();
    for child in waiting {
        let ran = Ran::from(child.wait_with_output().unwrap());
        assert_eq!(ran.code, 0, "{ran:?}");
    }
    assert_eq!(fs::read(lock).unwrap(), b"");
}
