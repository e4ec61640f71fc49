//! Who a registry is, whatever it calls itself: what was granted to one and written by one is never another's.

use std::fs;

use serde_json::{Value, json};

use crate::support::{
    place::{Place, text},
    server::background::Server,
};

/// A registry that calls itself as the built-in one, with a `dotenv` of its own.
fn impostor(place: &Place) -> String {
    place.registry_called("annexe", "evil", &[("dotenv", "9.0.0")])
}

fn source(place: &Place, id: &str) -> Value {
    let list = place.json(["list"]);
    let entries = list.as_array().unwrap();
    let entry = entries.iter().find(|entry| entry["id"] == id).unwrap();
    match &entry["registry"] {
        Value::Null => entry["archive"].clone(),
        registry => registry.clone(),
    }
}

/// Whether anything was said in the grants of what is installed.
fn has_own_grants(place: &Place, id: &str) -> bool {
    let answer = place.json(["grants", id]);
    let lines = answer["capabilities"].as_array().unwrap();
    lines.iter().any(|line| line["short"] == "http example.org")
}

fn named(name: &str, location: &str) -> String {
    format!("[[registry]]\nname = \"{name}\"\nlocation = \"{location}\"\n")
}

#[test]
fn a_registry_that_calls_itself_as_the_built_in_one_replaces_and_inherits_nothing() {
    let place = Place::new();
    let evil = impostor(&place);
    place.ok(["install", "dotenv"]);
    place.ok(["grants", "dotenv", "--allow", "http example.org"]);
    let work_dir = place.work_dir("dotenv");
    let is_untouched = |after: &str| {
        assert_eq!(source(&place, "dotenv"), "annexe", "{after}");
        assert_eq!(place.json(["list"])[0]["version"], "0.1.0", "{after}");
    };
    let ran = place.run(["update", "--registry", &evil]);
    assert!(
        ran.stderr.contains("there is no registry called `annexe`"),
        "{ran:?}"
    );
    is_untouched("update");
    place.error(1, ["update", "dotenv", "--registry", &evil]);
    is_untouched("update by id");
    // Named by the environment or the configuration, it is another registry still.
    for command in [&["install", "dotenv"][..], &["update", "dotenv"]] {
        let mut command = {
            let mut asked = place.command();
            asked.args(command).env("ANNEXE_REGISTRY", &evil);
            asked
        };
        assert!(!command.output().unwrap().status.success());
        is_untouched("environment");
    }
    place.configure(&format!("[[registry]]\nlocation = \"{evil}\"\n"));
    place.error(1, ["install", "dotenv"]);
    is_untouched("configuration");
    for name in ["annexe", "Annexe", "ANNEXE"] {
        place.configure(&named(name, &evil));
        let ran = place.run(["install", "dotenv"]);
        assert_eq!(ran.code, 1, "{ran:?}");
        let words = format!("`{name}` is the name of the built-in registry");
        assert!(ran.stderr.contains(&words), "{ran:?}");
        is_untouched(name);
    }
    place.configure("[extension.dotenv.sandbox]\nenvironment = ['HOME']\n");

    // The user may want it all the same: then it is another one, and starts with nothing.
    let ran = place.run([
        "install",
        "dotenv",
        "--registry",
        &evil,
        "--accept-capabilities",
    ]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let id = place.registry_id("evil");
    let words =
        format!("it came from the registry `annexe` and comes from the registry `{id}` now");
    assert!(ran.stderr.contains(&words), "{ran:?}");
    let words = "was for the one from the registry `annexe`, and is so still";
    assert!(ran.stderr.contains(words), "{ran:?}");
    let words =
        "what `[extension.dotenv]` of the configuration says of limits holds for this one too";
    assert!(ran.stderr.contains(words), "{ran:?}");
    assert_eq!(source(&place, "dotenv"), id);
    assert!(!has_own_grants(&place, "dotenv"));
    assert_ne!(place.work_dir("dotenv"), work_dir);
    let history = place.json(["history"]);
    let reason = history[0]["reason"].as_str().unwrap();
    assert!(
        reason.ends_with(&format!("from the registry `{id}`")),
        "{reason}"
    );
    assert_eq!(history[0]["origins"]["dotenv"], json!({"registry": id}));

    place.ok(["install", "dotenv", "--registry", "embedded"]);
    assert!(has_own_grants(&place, "dotenv"));
    assert_eq!(place.work_dir("dotenv"), work_dir);
}

#[test]
fn what_one_of_an_id_has_written_is_never_anothers() {
    let place = Place::new();
    let registry = place.registry(&[("echo", "1.2.3")]);
    place.ok(["install", "./echo-1.2.3.tar.gz"]);
    let asked = ["call", "echo", "language-server-command", "echo"];
    place.ok(asked);
    let first = place.work_dir("echo");
    fs::write(first.join("planted"), "x").unwrap();

    place.ok(["install", "echo", "--registry", &registry]);
    let answer = place.json(asked);
    let second = place.work_dir("echo");
    assert_eq!(answer["command"], text(&second.join("echo")));
    assert_ne!(first, second);
    assert!(!second.join("planted").exists());

    // A new one in its place is the same archive, wherever the user stands.
    place.extension("echo", "1.2.4");
    place.ok(["pack", "echo", "-o", "echo-1.2.3.tar.gz"]);
    place.ok(["install", "./echo-1.2.3.tar.gz"]);
    assert_eq!(place.json(["list"])[0]["version"], "1.2.4");
    assert_eq!(place.work_dir("echo"), first);
    place.ok(["remove", "echo", "--work"]);
    assert!(!first.exists() && second.is_dir());

    // Both have asked for something, under one id.
    let entries = place.json(["audit"]);
    for entry in entries.as_array().unwrap() {
        assert!(entry["origin"].is_object(), "{entry}");
    }
}

#[test]
fn a_named_registry_that_has_moved_is_asked_about_once_and_keeps_all() {
    let place = Place::new();
    let old = place.registry_called("corp", "old", &[("echo", "1.0.0")]);
    let new = place.registry_called("corp", "new", &[("echo", "1.0.0"), ("echo", "2.0.0")]);
    // What was never there binds nothing.
    place.configure(&named("corp", text(&place.path("odl"))));
    place.error(1, ["install", "echo"]);
    place.configure(&named("corp", &old));
    place.ok(["install", "echo"]);
    place.ok(["grants", "echo", "--allow", "http example.org"]);
    let work_dir = place.work_dir("echo");

    // Neither a mirror nor an order moves it.
    let other = place.registry_called("other", "other", &[]);
    let others = named("other", &other);
    place.configure(&format!(
        "{others}{}mirrors = [\"{new}\"]\n",
        named("corp", &old)
    ));
    place.ok(["update", "echo"]);

    place.configure(&named("corp", &new));
    for command in [
        &["update", "echo"][..],
        &["install", "echo"],
        &["info", "missing"],
        &["explain", "echo"],
    ] {
        let error = place.error(1, command.iter().copied());
        let message = error["message"].as_str().unwrap();
        let words = format!(
            "the registry `corp` was at `{}` and is configured at `{}` now",
            place.registry_id("old"),
            place.registry_id("new")
        );
        assert_eq!(message, words, "{command:?}");
        let hint = error["hint"].as_str().unwrap();
        assert!(hint.contains("--accept-location"), "{hint}");
    }
    assert_eq!(place.json(["list"])[0]["version"], "1.0.0");

    place.ok(["update", "echo", "--accept-location"]);
    for _ in 0..2 {
        assert_eq!(place.json(["list"])[0]["version"], "2.0.0");
        assert_eq!(source(&place, "echo"), "corp");
        assert!(has_own_grants(&place, "echo"));
        assert_eq!(place.work_dir("echo"), work_dir);
        place.ok(["update"]);
    }
    // The way back is a move as well.
    place.configure(&named("corp", &old));
    place.error(1, ["install", "echo"]);
}

#[test]
fn one_location_is_one_registry_however_it_is_written() {
    let place = Place::new();
    let registry = place.registry(&[("echo", "1.2.3")]);
    place.ok(["install", "echo", "--registry", &registry]);
    #[cfg(unix)]
    std::os::unix::fs::symlink(&registry, place.path("link")).unwrap();
    let file = format!("file://{registry}");
    let slash = format!("{registry}/");
    for spelling in [&file, &slash, "./registry", "../here/registry", "link"] {
        let receipt = place.json(["install", "echo", "--registry", spelling]);
        assert_eq!(receipt[0]["unchanged"], true, "{spelling}");
    }
    // Over the network it is another one, with and without credentials the same.
    let server = Server::start(&place.path("registry"), false);
    place.ok(["install", "echo", "--registry", &server.address]);
    assert_eq!(source(&place, "echo"), server.address);
    let secret = server.address.replace("http://", "http://me:secret@");
    let receipt = place.json(["install", "echo", "--registry", &secret]);
    assert_eq!(receipt[0]["unchanged"], true);

    // One that has a name is known by it, also where its location is given.
    place.configure(&named("test", &registry));
    place.ok(["install", "echo", "--registry", &slash]);
    assert_eq!(source(&place, "echo"), "test");
    for twice in [
        format!("{0}{0}", named("test", &registry)),
        format!("{}{}", named("test", &registry), named("other", &slash)),
        format!(
            "{}[[registry]]\nlocation = \"link\"\n",
            named("test", &registry)
        ),
    ] {
        place.configure(&twice);
        let error = place.error(1, ["update"]);
        let message = error["message"].as_str().unwrap();
        assert!(message.starts_with("the configuration has `"), "{error}");
    }
}

#[test]
fn a_lockfile_gives_nothing_another_origin_than_it_had() {
    let place = Place::new();
    let evil = impostor(&place);
    place.ok(["install", "dotenv", "--registry", &evil]);
    place.ok(["lock"]);
    let lock = place.path("annexe.lock");
    let content = fs::read_to_string(&lock).unwrap();
    let id = place.registry_id("evil");
    assert!(
        content.contains(&format!("registry = \"{id}\"")),
        "{content}"
    );
    // The store has the very archive, so nothing would be fetched.
    fs::write(&lock, content.replace(&id, "annexe")).unwrap();
    let before = place.json(["list"]);
    for command in [
        &["sync"][..],
        &["install", "dotenv", "--locked"],
        &["install", "dotenv", "--locked", "--registry", "embedded"],
    ] {
        let ran = place.run(command.iter().copied());
        assert_eq!(ran.code, 1, "{command:?}: {ran:?}");
        assert_eq!(place.json(["list"]), before, "{command:?}");
    }
}

#[test]
fn notes_that_cannot_be_read_are_told_and_make_no_name_free() {
    let place = Place::new();
    let registry = place.registry_called("corp", "corp", &[("echo", "1.0.0")]);
    place.configure(&named("corp", &registry));
    place.ok(["install", "echo"]);
    let notes = place.configuration().with_file_name("registries.json");
    let content = fs::read_to_string(&notes).unwrap();
    assert!(content.contains(&place.registry_id("corp")), "{content}");
    fs::write(&notes, "{").unwrap();
    let error = place.error(1, ["update"]);
    assert!(
        error["message"]
            .as_str()
            .unwrap()
            .contains("registries.json"),
        "{error}"
    );
    assert!(error["hint"].is_string(), "{error}");
    assert_eq!(fs::read_to_string(&notes).unwrap(), "{");
    if cfg!(unix) {
        // Nobody ever writes to it.
        fs::remove_file(&notes).unwrap();
        let made = std::process::Command::new("mkfifo").arg(&notes).status();
        assert!(made.unwrap().success());
        let error = place.error(1, ["update"]);
        let message = error["message"].as_str().unwrap();
        assert!(message.contains("registries.json"), "{error}");
        fs::remove_file(&notes).unwrap();
    }
}

#[test]
fn a_registry_is_known_by_the_name_that_the_person_gave_it() {
    let place = Place::new();
    let registry = place.registry_called("annexe", "corp", &[("echo", "1.0.0")]);
    place.configure(&named("corp", &registry));
    place.ok(["install", "echo"]);
    assert_eq!(source(&place, "echo"), "corp");
    place.extension("echo", "2.0.0");
    place.publish(&registry, "echo", "2.0.0");
    place.ok(["update"]);
    assert_eq!(place.json(["list"])[0]["version"], "2.0.0");
}
