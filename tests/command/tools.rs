//! `[tools]` of the configuration: where tools are fetched from, and which are held.

use std::fs;

use crate::support::place::{Place, text};

const WISHED: &str = "download:https://github.com/o/n/file uncompressed there";
const OTHER: &str = "npm-install:pyright@1.1.381";

/// A user with `echo`, and a configuration of tools. Nobody listens at the mirror.
fn place() -> Place {
    let place = Place::asking([WISHED, OTHER]);
    place.configure(
        "[tools]\ndownload = [{ from = \"https://github.com/\", to = \"http://127.0.0.1:9/mirror/\" }]\n\
         [tools.hold]\nnpm = { pyright = \"1.1.380\" }\ngithub = { \"o/held\" = \"v1\" }\n",
    );
    place.extension("echo", "1.0.0");
    place.ok(["pack", "echo"]);
    place.ok(["install", "echo-1.0.0.tar.gz"]);
    place
}

#[test]
fn the_audit_has_what_was_wished_for_and_where_it_went() {
    let place = place();
    let error = place.error(1, ["call", "echo", "language-server-command", WISHED]);
    assert!(
        error.to_string().contains("127.0.0.1:9/mirror/o/n/file"),
        "{error}"
    );
    let audit = place.json(["audit"]);
    let hosts: Vec<&str> = (audit.as_array().unwrap().iter())
        .map(|entry| entry["request"]["host"].as_str().unwrap())
        .collect();
    assert_eq!(hosts, ["github.com", "127.0.0.1"], "{audit}");
    assert!(
        audit
            .as_array()
            .unwrap()
            .iter()
            .all(|it| it["outcome"] == "allowed")
    );
    // What denies the mirror is heeded.
    place.ok(["grants", "echo", "--deny", "download_file 127.0.0.1 **"]);
    let error = place.error(1, ["call", "echo", "language-server-command", WISHED]);
    assert!(error.to_string().contains("download_file"), "{error}");
}

#[test]
fn what_is_held_is_refused_otherwise_with_the_way_out_and_shown() {
    let place = place();
    let error = place.error(1, ["call", "echo", "language-server-command", OTHER]);
    let message = error["message"].as_str().unwrap();
    assert!(message.ends_with("it is held at `1.1.380`"), "{error}");
    // What the extension passes on of it is told once.
    let hint = error["hint"].as_str().unwrap();
    assert!(
        hint.starts_with("`[tools.hold]` in the configuration"),
        "{error}"
    );
    let held = [
        "held by the configuration: `o/held` on GitHub at `v1`",
        "held by the configuration: the npm package `pyright` at `1.1.380`",
    ];
    let ran = place.run(["doctor", "nothing"]);
    assert!(held.iter().all(|it| ran.stderr.contains(it)), "{ran:?}");
    let ran = place.run(["explain", "taplo"]);
    assert!(
        ran.stderr
            .contains("the npm package `pyright` at `1.1.380`"),
        "{ran:?}"
    );
}

#[test]
fn what_is_held_and_is_not_to_be_had_is_told_as_held() {
    const HELD: &str = "npm-install:pyright@99.0.0";
    let place = Place::asking([HELD]);
    let npm = place.path("npm");
    let answer =
        r#"{"error":{"code":"ETARGET","summary":"No matching version found for pyright@99.0.0."}}"#;
    program(&npm, &format!("echo '{answer}'; exit 1"));
    place.configure(&format!(
        "[node]\nnode = \"/bin/sh\"\nnpm = \"{}\"\n[tools.hold]\nnpm = {{ pyright = \"99.0.0\" }}\n",
        text(&npm)
    ));
    place.extension("echo", "1.0.0");
    place.ok(["pack", "echo"]);
    place.ok(["install", "echo-1.0.0.tar.gz"]);
    let error = place.error(1, ["call", "echo", "language-server-command", HELD]);
    let message = error["message"].as_str().unwrap();
    let words =
        "the configuration holds the npm package `pyright` at `99.0.0`, which is not to be had: ";
    assert!(message.contains(words), "{error}");
    assert!(message.contains("No matching version"), "{error}");
    let hint = error["hint"].as_str().unwrap();
    assert!(
        hint.contains("`[tools.hold]`") && !message.contains(hint),
        "{error}"
    );
    // One that is not held is npm's own matter.
    place.configure(&format!(
        "[node]\nnode = \"/bin/sh\"\nnpm = \"{}\"\n",
        text(&npm)
    ));
    let error = place.error(1, ["call", "echo", "language-server-command", HELD]);
    assert!(
        !error.to_string().contains("configuration holds"),
        "{error}"
    );
}

/// Writes a program of the shell.
fn program(path: &std::path::Path, script: &str) {
    use std::os::unix::fs::PermissionsExt as _;

    fs::write(path, format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn a_rule_that_gives_up_https_is_warned_of() {
    let place = Place::new();
    let rule = |to: &str| {
        format!("[tools]\ndownload = [{{ from = \"https://github.com/\", to = \"{to}\" }}]\n")
    };
    let words = "is fetched over plain `http` from `http://mirror.example/`";
    place.configure(&rule("http://mirror.example/"));
    let ran = place.run(["fetch"]);
    assert_eq!(ran.stderr.matches(words).count(), 1, "{ran:?}");
    let told = place.run(["fetch", "--json"]);
    assert!(told.stderr.contains(words), "{told:?}");
    for to in ["https://mirror.example/", "http://127.0.0.1:9/"] {
        place.configure(&rule(to));
        let ran = place.run(["fetch"]);
        assert!(!ran.stderr.contains("plain"), "{ran:?}");
    }
}

#[test]
fn two_rules_for_the_same_addresses_are_a_mistake_with_its_line() {
    let place = Place::new();
    place.configure(
        "[tools]\ndownload = [\n    { from = \"https://github.com/\", to = \"https://one.example/\" },\n         \u{20}   { from = \"https://GitHub.com:443/\", to = \"https://two.example/\" },\n]\n",
    );
    let error = place.error(1, ["fetch"]);
    let causes = error["causes"].to_string();
    assert!(
        causes.contains("line 4, column 14: there are two rules for `https://github.com/`"),
        "{error}"
    );
}
