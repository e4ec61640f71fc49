//! `annexe disable` and `annexe enable`, of the user and of a project.

use std::{fs, path::Path};

use crate::support::place::{Place, Ran, text};

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
    let other = place.beside("other");
    fs::create_dir(&other).unwrap();
    place.ok(call.into_iter().chain(["--worktree", text(&other)]));
    assert!(place.json(["list"])[0]["disabled"].is_null());

    fs::write(&file, "disabled = [1]\n").unwrap();
    let error = place.error(1, call);
    let message = error["message"].as_str().unwrap();
    assert!(message.contains("line 1, column 1"), "{message}");
    fs::write(&file, "disabled = [\"echo\"]\n").unwrap();
    let here = place.here();
    let enabled = place.json(["enable", "echo", "--project", "--worktree", text(&here)]);
    assert_eq!(enabled[0]["disabled"], false);
    place.ok(call);

    // What is not installed here may be installed elsewhere.
    let ran = place.run(["disable", "other", "--project", "--worktree", text(&other)]);
    assert_eq!(ran.code, 0);
    assert!(ran.stderr.contains("`other` is not installed here"));
    let file = place.configuration();
    let error = place.error(
        2,
        ["disable", "echo", "--project", "--worktree", text(&file)],
    );
    let message = error["message"].as_str().unwrap();
    assert!(message.contains("is not a folder"), "{message}");
}

#[test]
fn the_project_is_found_from_the_folders_below_it_and_the_home_is_none() {
    let place = Place::new();
    let registry = place.registry(&[("echo", "1.0.0")]);
    place.ok(["install", "echo", "--registry", &registry]);
    let (root, below) = (place.beside("repository"), place.beside("repository/a/b"));
    fs::create_dir_all(&below).unwrap();
    fs::create_dir(root.join(".git")).unwrap();
    let run_in = |folder: &Path, arguments: &[&str]| {
        let mut command = place.command();
        command.current_dir(folder).args(arguments);
        Ran::of(command)
    };
    // An option that takes no value swallows no id.
    let ran = run_in(&below, &["disable", "--project", "echo"]);
    let file = root.canonicalize().unwrap().join(".annexe/extensions.toml");
    let told = format!("disabled echo in `{}`\n", file.display());
    assert_eq!((ran.code, ran.stdout), (0, told), "{}", ran.stderr);
    assert!(file.is_file());
    for (arguments, words) in [
        (
            ["disable", "--project", "echo"],
            "echo was disabled already in `",
        ),
        (["enable", "--project", "echo"], "enabled echo in `"),
        (
            ["enable", "--project", "echo"],
            "echo was not disabled in `",
        ),
    ] {
        let ran = run_in(&below, &arguments);
        assert!(ran.code == 0 && ran.stdout.starts_with(words), "{ran:?}");
    }
    let ran = run_in(&below, &["enable", "nosuch", "--project"]);
    assert!(
        ran.stderr.contains("`nosuch` is not installed here"),
        "{ran:?}"
    );
    assert!(ran.stdout.starts_with("nosuch was not disabled"), "{ran:?}");

    let ran = run_in(&place.home(), &["disable", "echo", "--project"]);
    assert!(
        ran.code == 2 && ran.stderr.contains("`--worktree`"),
        "{ran:?}"
    );
    assert!(!place.home().join(".annexe").exists());
    // The home's own history makes no project of what is below it.
    fs::create_dir_all(place.home().join(".git")).unwrap();
    fs::create_dir_all(place.home().join("work")).unwrap();
    let ran = run_in(
        &place.home().join("work"),
        &["disable", "echo", "--project"],
    );
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(place.home().join("work/.annexe/extensions.toml").is_file());

    assert_eq!(
        place.ok(["enable", "echo"]),
        "echo 1.0.0 was not disabled\n"
    );
}

#[test]
fn the_list_says_what_is_disabled_here() {
    let place = Place::new();
    let registry = place.registry(&[("echo", "1.0.0"), ("other", "1.0.0")]);
    place.ok(["install", "echo", "other", "--registry", &registry]);
    place.ok(["disable", "echo", "--project"]);
    let words = place.ok(["list"]);
    assert_eq!(
        words.matches("disabled here, from the registry").count(),
        1,
        "{words}"
    );
    let list = place.json(["list"]);
    assert_eq!(list[0]["disabled_in_project"], true);
    assert!(list[0]["disabled"].is_null());
    assert_eq!(list[1]["disabled_in_project"], false);
    // A mistake in the project's file hides nothing.
    fs::write(place.path(".annexe/extensions.toml"), "disabled = [1]\n").unwrap();
    let ran = place.run(["list"]);
    assert!(
        ran.code == 0 && ran.stderr.contains("line 1, column 1"),
        "{ran:?}"
    );
    assert_eq!(ran.stdout.lines().count(), 3, "{ran:?}");
}
