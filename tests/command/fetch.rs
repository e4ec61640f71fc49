//! `annexe fetch`: what starts will need.

use serde_json::{Value, json};

use crate::support::place::{Place, text};

/// A user with two installed extensions, and a lockfile of them.
fn locked() -> Place {
    let place = Place::new();
    let registry = place.registry(&[]);
    for id in ["one", "two"] {
        place.themes(id, "1.0.0");
        place.publish(&registry, id, "1.0.0");
    }
    place.ok(["install", "one", "two", "--registry", &registry]);
    place.ok(["lock"]);
    place
}

#[test]
fn what_is_locked_and_not_installed_is_nothing_that_could_be_fetched_for() {
    let place = locked();
    place.ok(["fetch", "--locked"]);
    // The lockfile stays as it is.
    place.ok(["remove", "two", "--lockfile", "another.lock"]);
    let error = place.error(1, ["fetch", "--locked"]);
    let message = error["message"].as_str().unwrap();
    assert!(message.starts_with("`two` of the lockfile `"), "{error}");
    assert!(message.ends_with("` is not installed"), "{error}");
    assert_eq!(error["hint"], "install what it has with `annexe sync`");
    // What is asked for is there.
    place.ok(["fetch", "--locked", "one"]);
    place.error(1, ["fetch", "--locked", "two"]);
    place.ok(["fetch"]);

    place.ok(["remove", "one", "--lockfile", "another.lock"]);
    let lockfile = place.path("annexe.lock");
    let named = ["fetch", "--locked", "--lockfile", text(&lockfile)];
    let error = place.error(1, named);
    let message = error["message"].as_str().unwrap();
    assert!(
        message.starts_with("`one`, `two` of the lockfile `"),
        "{error}"
    );
    let hint = error["hint"].as_str().unwrap();
    assert!(hint.contains("annexe sync --lockfile "), "{error}");
    // So it is where the configuration names the lockfile.
    place.configure(&format!("locked = {}\n", json!(text(&lockfile))));
    assert_eq!(place.error(1, ["fetch"])["message"], error["message"]);
}

#[test]
fn a_problem_and_its_way_out_are_told_apart() {
    let verb = "github:o/n";
    let place = Place::asking([verb]);
    place.extension("echo", "1.0.0");
    let manifest = place.path("echo/extension.toml");
    let written = std::fs::read_to_string(&manifest).unwrap();
    assert!(written.contains(verb), "{written}");
    place.ok(["pack", "echo"]);
    place.ok(["install", "echo-1.0.0.tar.gz"]);
    let ran = place.run(["fetch", "--offline", "--json"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    let reports: Value = serde_json::from_str(&ran.stdout).unwrap();
    let report = reports.as_array().unwrap().iter();
    let report = report.clone().find(|it| it["server"] == verb).unwrap();
    assert_eq!(report["hint"], "do it once with a network", "{report}");
    let problem = report["problem"].as_str().unwrap();
    assert!(
        problem.ends_with("is not known, and this is offline"),
        "{report}"
    );
    // In words each is told once, too.
    let ran = place.run(["fetch", "--offline"]);
    let told = format!("{}{}", ran.stdout, ran.stderr);
    let both = told.matches("do it once with a network").count();
    assert_eq!(both, 1, "{told}");
}
