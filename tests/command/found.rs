//! A lockfile that lies in the current folder and that nobody has named: it may be a stranger's.

use std::fs;

use serde_json::Value;

use crate::support::{
    place::{Place, Ran, text},
    server::background::Server,
};

/// A place whose lockfile has the older of two versions of `echo`, with nothing installed.
struct Found {
    place: Place,
    registry: String,
    /// The lockfile that is true.
    lockfile: String,
}

impl Found {
    fn new() -> Self {
        let place = Place::new();
        let registry = place.registry(&[("echo", "1.0.0"), ("echo", "1.1.0")]);
        let ahead = ["install", "echo@=1.0.0", "--registry", &registry];
        place.ok(ahead.into_iter().chain(["--lockfile", "annexe.lock"]));
        let lockfile = fs::read_to_string(place.path("annexe.lock")).unwrap();
        fs::rename(place.store(), place.path("old-store")).unwrap();
        Self {
            place,
            registry,
            lockfile,
        }
    }

    /// Writes a lockfile that has something else in a line than the true one.
    fn lock(&self, key: &str, line: &str) {
        let lines = self.lockfile.lines().map(|old| {
            let is_it = old.starts_with(&format!("{key} = ")) && old != "version = 1";
            if is_it { line } else { old }
        });
        let text: Vec<&str> = lines.collect();
        let text = text.join("\n") + "\n";
        fs::write(self.place.path("annexe.lock"), text).unwrap();
    }

    /// The lockfile of who has the same from a server.
    fn locked_to(&self, server: &Server) -> String {
        let path = self.place.path("served.lock");
        let mut command = self.place.command();
        command
            .args(["install", "echo@=1.0.0", "--lockfile", text(&path)])
            .env("ANNEXE_CACHE", self.place.path("another-cache"))
            .env("ANNEXE_REGISTRY", &server.address);
        assert_eq!(Ran::of(command).code, 0);
        fs::remove_dir_all(self.place.store()).unwrap();
        fs::read_to_string(path).unwrap()
    }

    fn install(&self, more: &[&str]) -> Ran {
        let arguments = ["install", "echo", "--registry", &self.registry];
        self.place
            .run(arguments.into_iter().chain(more.iter().copied()))
    }

    fn installed(&self) -> Value {
        self.place.json(["list"])[0]["version"].clone()
    }
}

#[test]
fn it_chooses_among_the_versions_of_the_extensions_own_registry_and_says_so() {
    let found = Found::new();
    let path = found.place.path("annexe.lock");
    let ran = found.install(&[]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let said = format!("`echo` 1.0.0, as `{}` has it", text(&path));
    assert!(ran.stderr.contains(&said), "{ran:?}");
    assert_eq!(found.installed(), "1.0.0");

    // A program hears of it as well, and of a pin.
    found
        .place
        .ok(["remove", "echo", "--lockfile", "other.lock"]);
    found.lock("size", "size = 1\npinned = true");
    let ran = found.install(&["--json"]);
    let note: Value = serde_json::from_str(ran.stderr.lines().next().unwrap()).unwrap();
    assert!(
        note["note"]
            .as_str()
            .unwrap()
            .starts_with("`echo` 1.0.0, pinned, as")
    );
    assert_eq!(found.place.json(["list"])[0]["pinned"], true);

    // One that is named is not announced.
    let ran = found.install(&["--lockfile", "annexe.lock"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{ran:?}");
}

#[test]
fn what_is_not_the_registrys_own_is_not_taken_from_it() {
    let found = Found::new();
    let place = &found.place;
    place.registry_called("elsewhere", "elsewhere", &[("echo", "1.0.0")]);
    fs::write(place.path("evil.tar.gz"), "not even looked at").unwrap();
    let other = "0123456789abcdef".repeat(4);
    for (key, line, words) in [
        (
            "registry",
            "archive = \"evil.tar.gz\"".into(),
            "/evil.tar.gz`",
        ),
        (
            "registry",
            "archive = \"https://127.0.0.1:9/e.tar.gz\"".into(),
            "127.0.0.1",
        ),
        ("registry", "registry = \"elsewhere\"".into(), "`elsewhere`"),
        ("registry", "registry = \"annexe\"".into(), "`annexe`"),
        ("sha256", format!("sha256 = \"{other}\""), &other),
        ("version", "version = \"7.0.0\"".into(), "no such version"),
        // The digest is another version's.
        ("version", "version = \"1.1.0\"".into(), "1.1.0"),
    ] {
        found.lock(key, &line);
        let before = fs::read(place.path("annexe.lock")).unwrap();
        let ran = found.install(&[]);
        assert_eq!((ran.code, ran.stdout.as_str()), (1, ""), "{line}: {ran:?}");
        assert!(ran.stderr.contains("was not named"), "{line}: {ran:?}");
        assert!(ran.stderr.contains(words), "{line}: {ran:?}");
        assert!(ran.stderr.contains("--lockfile"), "{line}: {ran:?}");
        assert_eq!(found.installed(), Value::Null);
        assert_eq!(fs::read(place.path("annexe.lock")).unwrap(), before);
        let error = place.error(1, ["install", "echo", "--registry", &found.registry]);
        assert!(error["hint"].is_string(), "{error}");
        // Another file, or none, leaves it out.
        let ran = found.install(&["--lockfile", "mine.lock"]);
        assert_eq!(ran.code, 0, "{line}: {ran:?}");
        assert_eq!(found.installed(), "1.1.0");
        fs::remove_dir_all(place.store().join("generations")).unwrap();
        fs::remove_file(place.store().join("current")).unwrap();
        fs::remove_file(place.path("mine.lock")).unwrap();
    }
}

#[test]
fn the_built_in_extension_comes_from_where_it_always_does() {
    let place = Place::new();
    place.ok(["pack", text(&place.themes("taplo", "9.0.0"))]);
    let lockfile = "version = 1\n[[extension]]\nid = \"taplo\"\nversion = \"9.0.0\"\nfamily = \"extension\"\n\
         archive = \"taplo-9.0.0.tar.gz\"\nsha256 = \"0000000000000000000000000000000000000000000000000000000000000000\"\nsize = 1\n";
    fs::write(place.path("annexe.lock"), lockfile).unwrap();
    let error = place.error(1, ["install", "taplo"]);
    let message = error["message"].as_str().unwrap();
    assert!(
        message.contains("`taplo` belongs to") || message.contains("no such version"),
        "{error}"
    );
    // The versions of a lockfile choose no registry either.
    let explained = place.json(["explain", "taplo"]);
    assert_eq!(explained["registry"], "annexe");
    let other = lockfile.replace("archive = \"taplo-9.0.0.tar.gz\"", "registry = \"other\"");
    fs::write(place.path("annexe.lock"), other).unwrap();
    assert_eq!(place.json(["explain", "taplo"])["registry"], "annexe");
    assert_eq!(place.json(["list"]), serde_json::json!([]));
}

#[test]
fn what_the_person_has_installed_is_theirs_whatever_it_came_from() {
    let place = Place::new();
    place.ok(["pack", text(&place.themes("paper", "1.0.0"))]);
    fs::write(place.path("annexe.lock"), "version = 1\n").unwrap();
    place.ok(["install", "./paper-1.0.0.tar.gz"]);
    let lockfile = fs::read_to_string(place.path("annexe.lock")).unwrap();
    assert!(lockfile.contains("archive = "), "{lockfile}");
    let registry = place.registry(&[]);
    let ran = place.run(["install", "paper", "--registry", &registry]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.stdout.starts_with("already installed"), "{ran:?}");
}

#[test]
fn without_the_registry_only_what_was_held_before_is_taken() {
    let found = Found::new();
    let server = Server::start(&found.place.path("registry"), false);
    let lockfile = found.locked_to(&server);
    server.stop();
    let run = |arguments: &[&str]| {
        let mut command = found.place.command();
        command
            .args(arguments)
            .env("ANNEXE_CACHE", found.place.path("cache"))
            .env("ANNEXE_REGISTRY", &server.address);
        Ran::of(command)
    };
    fs::write(found.place.path("annexe.lock"), lockfile).unwrap();
    for more in [&[][..], &["--offline"]] {
        let ran = run(&[&["install", "echo"], more].concat());
        assert_eq!(ran.code, 1, "{ran:?}");
        assert!(
            ran.stderr.contains("cannot be asked whether `echo` 1.0.0"),
            "{ran:?}"
        );
        assert!(ran.stderr.contains("--lockfile"), "{ran:?}");
    }
    assert_eq!(found.installed(), Value::Null);

    server.listen_again();
    assert_eq!(run(&["install", "echo"]).code, 0);
    assert_eq!(run(&["remove", "echo", "--lockfile", "other.lock"]).code, 0);
    server.stop();
    fs::remove_dir_all(found.place.path("cache/index")).unwrap();
    let ran = run(&["install", "echo"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(
        ran.stderr.contains("could not say whether it has blocked"),
        "{ran:?}"
    );
    assert_eq!(found.installed(), "1.0.0");
}

#[test]
fn a_blocked_version_comes_in_through_no_lockfile() {
    let found = Found::new();
    let place = &found.place;
    let named = ["--registry", &found.registry];
    let block = [
        "registry",
        "block",
        &found.registry,
        "echo@1.0.0",
        "--reason",
        "it eats files",
    ];
    place.ok(block);
    fs::write(place.path("annexe.lock"), &found.lockfile).unwrap();
    for command in [
        &["sync"][..],
        &["sync", "--yes"],
        &["sync", "--dry-run"],
        &["install", "echo"],
        &["install", "echo", "--locked"],
        &["install", "echo", "--frozen"],
        &["install", "echo", "--lockfile", "annexe.lock"],
    ] {
        let error = place.error(1, command.iter().copied().chain(named));
        let message = error["message"].as_str().unwrap();
        assert!(
            message.contains("is blocked by its registry: it eats files"),
            "{command:?}: {error}"
        );
        assert_eq!(found.installed(), Value::Null, "{command:?}");
        // Nobody has told this store of it before.
        fs::remove_file(place.store().join("withdrawals.json")).unwrap();
    }
}

#[test]
fn a_lockfile_that_was_named_is_kept_to_without_its_registry_with_a_warning() {
    let found = Found::new();
    let server = Server::start(&found.place.path("registry"), false);
    let lockfile = found.locked_to(&server);
    let run = |arguments: &[&str]| {
        let mut command = found.place.command();
        command
            .args(arguments)
            .env("ANNEXE_CACHE", found.place.path("cache"))
            .env("ANNEXE_REGISTRY", &server.address);
        Ran::of(command)
    };
    fs::write(found.place.path("annexe.lock"), lockfile).unwrap();
    assert_eq!(run(&["sync"]).code, 0);
    server.stop();
    let commands = [&["sync"][..], &["install", "echo", "--locked"]];
    for command in commands {
        let ran = run(command);
        assert_eq!(ran.code, 0, "{ran:?}");
        let warnings = ran
            .stderr
            .matches("could not say whether it has blocked")
            .count();
        assert_eq!(warnings, 1, "{ran:?}");
        let ran = run(&[command, &["--json"]].concat());
        let warning: Value = serde_json::from_str(&ran.stderr).unwrap();
        assert!(warning["warning"].is_string(), "{ran:?}");
    }
    // Who asks for no connection knows.
    let ran = run(&["sync", "--offline"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{ran:?}");
}

#[test]
fn what_is_not_the_registrys_own_is_no_more_believed_by_who_wants_nothing_else() {
    let found = Found::new();
    let place = &found.place;
    fs::write(place.path("evil.tar.gz"), "not even looked at").unwrap();
    let other = "0123456789abcdef".repeat(4);
    let path = place.path("annexe.lock");
    for (key, line, words) in [
        ("registry", "archive = \"evil.tar.gz\"", "evil.tar.gz`"),
        (
            "registry",
            "archive = \"https://127.0.0.1:9/e.tar.gz\"",
            "127.0.0.1",
        ),
        ("sha256", &format!("sha256 = \"{other}\""), &other),
        ("version", "version = \"7.0.0\"", "no such version"),
    ] {
        found.lock(key, line);
        for command in [
            &["sync"][..],
            &["sync", "--dry-run"],
            &["install", "echo", "--locked"],
            &["install", "echo", "--frozen"],
        ] {
            let named = command
                .iter()
                .copied()
                .chain(["--registry", &found.registry]);
            let ran = place.run(named);
            assert_eq!(ran.code, 1, "{command:?} {line}: {ran:?}");
            // Without a connection nobody can say that there is no such version: it is not here to be taken.
            if command.contains(&"--frozen") && key == "version" {
                continue;
            }
            let refused = format!("the lockfile `{}` was not named", text(&path));
            assert!(ran.stderr.contains(&refused), "{command:?} {line}: {ran:?}");
            assert!(ran.stderr.contains(words), "{command:?} {line}: {ran:?}");
            let hint = "`--lockfile annexe.lock`";
            assert!(ran.stderr.contains(hint), "{command:?} {line}: {ran:?}");
        }
        assert_eq!(found.installed(), Value::Null, "{line}");
    }
    // What is the registry's own is nothing to ask about.
    fs::write(&path, &found.lockfile).unwrap();
    for command in [&["sync"][..], &["install", "echo", "--locked"]] {
        let named = command
            .iter()
            .copied()
            .chain(["--registry", &found.registry]);
        let ran = place.run(named);
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{command:?}");
        assert_eq!(found.installed(), "1.0.0");
        place.ok(["remove", "echo", "--lockfile", "other.lock"]);
    }
}

#[test]
fn an_archive_of_a_lockfile_comes_in_where_it_was_named_or_with_a_yes() {
    let place = Place::new();
    place.ok(["pack", text(&place.themes("paper", "1.0.0"))]);
    place.ok(["install", "./paper-1.0.0.tar.gz"]);
    place.ok(["lock"]);
    for (command, refused) in [
        (&["sync"][..], true),
        (&["sync", "--lockfile", "annexe.lock"], false),
        (&["sync", "--yes"], false),
    ] {
        // What was refused has not even made one.
        let _ = fs::remove_dir_all(place.store());
        let ran = place.run(command.iter().copied());
        assert_eq!(ran.code, i32::from(refused), "{command:?}: {ran:?}");
        let shown = ran.stderr.contains("the archive `");
        assert_eq!(shown, command.len() != 3, "{command:?}: {ran:?}");
        let installed = place.json(["list"])[0]["id"].is_string();
        assert_eq!(installed, !refused, "{command:?}");
    }
}

#[test]
fn a_lockfile_that_was_found_replaces_nothing_by_what_comes_from_elsewhere() {
    let found = Found::new();
    let place = &found.place;
    let theirs = place.registry_called("theirs", "theirs", &[("echo", "1.0.0")]);
    place.configure(&format!(
        "[[registry]]\nlocation = {:?}\n[[registry]]\nlocation = {theirs:?}\n",
        found.registry
    ));
    place.ok(["install", "echo@=1.1.0", "--lockfile", "mine.lock"]);
    let other = place.registry_id("theirs");
    found.lock("registry", &format!("registry = {other:?}"));
    let origin = || place.json(["list"])[0]["registry"].clone();
    let before = origin();
    for command in [&["sync"][..], &["install", "echo", "--locked"]] {
        let ran = place.run(command.iter().copied());
        assert_eq!(ran.code, 1, "{ran:?}");
        assert!(
            ran.stderr
                .contains("where the one installed is from the registry `"),
            "{ran:?}"
        );
        assert_eq!(origin(), before);
    }
    let ran = place.run(["sync", "--yes"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    // What the change does to what is installed is shown as by an update.
    assert!(ran.stderr.contains("echo 1.1.0 → 1.0.0"), "{ran:?}");
    assert_ne!(origin(), before);
    // Where nothing is replaced, the registries of the configuration are all one's own.
    place.ok(["remove", "echo", "--lockfile", "mine.lock"]);
    let ran = place.run(["sync"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{ran:?}");
}

#[test]
fn a_version_that_was_held_before_and_is_blocked_by_now_does_not_come_in_by_its_number() {
    let place = Place::new();
    let registry = place.registry_called("corp", "corp", &[("echo", "1.0.0")]);
    place.configure(&format!(
        "[[registry]]\nname = \"corp\"\nlocation = {registry:?}\n"
    ));
    let installed = || place.json(["list"])[0]["version"].clone();
    place.ok(["install", "echo@=1.0.0"]);
    place.ok(["remove", "echo"]);
    let block = ["registry", "block", &registry, "echo@1.0.0"];
    place.ok(block.into_iter().chain(["--reason", "it eats files"]));
    // Nor does what was held then come back with all of it.
    for command in [&["install", "echo@=1.0.0"][..], &["rollback"]] {
        let ran = place.run(command.iter().copied());
        assert_eq!(ran.code, 1, "{ran:?}");
        assert!(ran.stderr.contains("it eats files"), "{ran:?}");
        assert_eq!(installed(), Value::Null);
    }
    // A registry that cannot be asked keeps nobody from what is here, and it is said.
    fs::remove_file(place.store().join("withdrawals.json")).unwrap();
    fs::remove_dir_all(&registry).unwrap();
    let ran = place.run(["install", "echo@=1.0.0"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(
        ran.stderr.contains("could not say whether it has blocked"),
        "{ran:?}"
    );
    assert_eq!(installed(), "1.0.0");
}
