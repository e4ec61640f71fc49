//! `annexe disable` and `annexe enable`, of the user and of a project.

use std::fs;

use crate::support::place::{Place, text};

#[test]
fn what_is_disabled_is_shown_so_and_not_started_until_it_is_enabled() {
    let place = Place::new();
    let registry = place.registry(&[("echo", "1.0.0")]);
    place.ok(["install", "echo", "--registry", &registry]);
    assert_eq!(place.ok(["disable", "echo"]), "disabled echo 1.0.0\n");
    assert!(place.ok(["list"]).contains("disabled, from the registry"));
    assert_eq!(place.json(["list"])[0]["disabled"], true);
    assert!(place.ok(["info", "echo"]).contains("annexe enable echo"));
    let info = place.json(["info", "echo"]);
    assert_eq!(info["installed"]["disabled"], true);
    assert_eq!(
        info["installed"]["offers"]["themes"][0],
        serde_json::Value::Null
    );
    let call = ["call", "echo", "language-server-command", "echo"];
    let error = place.error(1, call);
    assert_eq!(error["message"], "`echo` is disabled");
    assert_eq!(error["hint"], "take it back with `annexe enable echo`");
    assert_eq!(error["kind"], "refused");

    let history = place.json(["history"]);
    assert_eq!(history[0]["reason"], "disable echo 1.0.0");
    place.ok(["rollback"]);
    place.ok(call);
    assert_eq!(place.json(["disable", "echo"])[0]["disabled"], true);
    assert_eq!(place.ok(["enable", "echo"]), "enabled echo 1.0.0\n");
    assert!(!place.ok(["list"]).contains("disabled"));
    let hint = &place.error(1, ["disable", "ecko"])["hint"];
    assert_eq!(hint, "did you mean `echo`?");
}

#[test]
fn a_project_does_without_an_extension_whether_it_is_trusted_or_not() {
    let place = Place::new();
    let registry = place.registry(&[("echo", "1.0.0")]);
    place.ok(["install", "echo", "--registry", &registry]);
    let file = place.path(".annexe/extensions.toml");
    let told = place.ok(["disable", "echo", "--project"]);
    assert_eq!(told, format!("disabled echo in `{}`\n", file.display()));
    assert_eq!(
        fs::read_to_string(&file).unwrap(),
        "disabled = [\"echo\"]\n"
    );
    let call = ["call", "echo", "language-server-command", "echo"];
    let error = place.error(1, call);
    let message = error["message"].as_str().unwrap();
    assert!(message.starts_with("`echo` is disabled in this project, by `"));
    // Another project has it, and the store is as it was.
    let other = place.beside("home");
    place.ok(call.into_iter().chain(["--worktree", text(&other)]));
    assert!(!place.ok(["list"]).contains("disabled"));

    fs::write(&file, "disabled = [1]\n").unwrap();
    let error = place.error(1, call);
    let message = error["message"].as_str().unwrap();
    assert!(message.contains("line 1, column 1"), "{message}");
    fs::write(&file, "disabled = [\"echo\"]\n").unwrap();
    let here = place.here();
    let enabled = place.json(["enable", "echo", "--project", text(&here)]);
    assert_eq!(enabled[0]["disabled"], false);
    place.ok(call);

    // What is not installed here may be installed elsewhere.
    let ran = place.run(["disable", "other", "--project", text(&other)]);
    assert_eq!(ran.code, 0);
    assert!(ran.stderr.contains("`other` is not installed here"));
    let file = place.configuration();
    let error = place.error(2, ["disable", "echo", "--project", text(&file)]);
    let message = error["message"].as_str().unwrap();
    assert!(message.contains("is not a folder"), "{message}");
}
