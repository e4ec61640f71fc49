//! A registry that gets its name later than its extensions came from it, and one that is named by its location.

use std::fs;

use serde_json::{Value, json};

use crate::support::place::{Place, text};

fn entry(place: &Place, id: &str) -> Value {
    let list = place.json(["list"]);
    let entries = list.as_array().unwrap();
    let entry = entries.iter().find(|entry| entry["id"] == id).unwrap();
    json!([entry["version"], entry["registry"]])
}

/// What the user has said of an extension.
fn said(place: &Place, id: &str) -> String {
    let answer = place.json(["grants", id]);
    let lines = answer["capabilities"].as_array().unwrap();
    let own = lines.iter().filter(|line| {
        let short = line["short"].as_str().unwrap();
        short == "http example.org" || short == "http evil.example"
    });
    own.map(Value::to_string).collect()
}

#[test]
fn what_came_from_a_registry_before_it_had_a_name_goes_on_with_all_it_had() {
    let place = Place::new();
    let registry = place.registry_called("corp", "corp", &[("echo", "1.0.0")]);
    let location = place.registry_id("corp");
    place.configure(&format!("[[registry]]\nlocation = \"{registry}\"\n"));
    place.ok(["install", "echo", "--accept-capabilities"]);
    place.ok(["grants", "echo", "--allow", "http example.org"]);
    place.ok(["grants", "echo", "--deny", "http evil.example"]);
    let (before, work) = (said(&place, "echo"), place.work_dir("echo"));
    assert!(before.contains("evil.example"), "{before}");

    place.configure(&format!(
        "[[registry]]\nname = \"corp\"\nlocation = \"{registry}\"\n"
    ));
    place.extension("echo", "1.1.0");
    place.publish(&registry, "echo", "1.1.0");
    place.extension("other", "1.0.0");
    place.publish(&registry, "other", "1.0.0");
    place.ok(["update", "--accept-capabilities"]);
    assert_eq!(entry(&place, "echo"), json!(["1.1.0", location]));
    assert_eq!(
        (said(&place, "echo"), place.work_dir("echo")),
        (before, work)
    );
    // What is new comes from it by its name.
    place.ok(["install", "other", "--accept-capabilities"]);
    assert_eq!(entry(&place, "other"), json!(["1.0.0", "corp"]));
    place.ok(["lock"]);
    let sync = ["sync", "--lockfile", "annexe.lock", "--yes"];
    fs::rename(place.store(), place.path("old")).unwrap();
    place.ok(sync);
    assert_eq!(entry(&place, "echo"), json!(["1.1.0", location]));
    assert_eq!(entry(&place, "other"), json!(["1.0.0", "corp"]));
}

/// A store of before that has `echo` from a registry that called itself `corp`.
fn of_before(place: &Place, registry: &str) {
    place.configure(&format!(
        "[[registry]]\nname = \"corp\"\nlocation = \"{registry}\"\n"
    ));
    place.ok(["install", "echo", "--accept-capabilities"]);
    place.ok(["grants", "echo", "--deny", "http evil.example"]);
    place.configure("");
    let noted = place.configuration().with_file_name("registries.json");
    fs::remove_file(noted).unwrap();
    place.publish(registry, "echo", "1.1.0");
}

#[test]
fn a_registry_that_is_named_and_has_published_what_is_installed_is_the_one_it_came_from() {
    for by_variable in [false, true] {
        let place = Place::new();
        let registry = place.registry_called("corp", "corp", &[("echo", "1.0.0")]);
        place.extension("echo", "1.1.0");
        of_before(&place, &registry);
        place.ok(["lock"]);
        let before = said(&place, "echo");
        let run = |arguments: &[&str]| {
            let mut command = place.command();
            command.args(arguments);
            match by_variable {
                true => command.env("ANNEXE_REGISTRY", &registry),
                false => command.args(["--registry", &registry]),
            };
            let ran = crate::support::place::Ran::of(command);
            assert_eq!(ran.code, 0, "{arguments:?}: {ran:?}");
            ran
        };
        let work = place.work_dir("echo");
        let ran = run(&["update", "--accept-capabilities"]);
        assert_eq!(
            ran.stderr.matches("is taken for that one").count(),
            1,
            "{ran:?}"
        );
        assert_eq!(entry(&place, "echo"), json!(["1.1.0", "corp"]));
        assert_eq!(
            (said(&place, "echo"), place.work_dir("echo")),
            (before, work)
        );
        // By its lockfile alone, in a store that has nothing.
        fs::rename(place.store(), place.path("old")).unwrap();
        run(&["sync", "--lockfile", "annexe.lock", "--yes"]);
        assert_eq!(entry(&place, "echo"), json!(["1.1.0", "corp"]));
    }
}

#[test]
fn a_registry_that_is_named_and_has_published_otherwise_is_another() {
    // Another name, other files under the same number, no such version.
    for (name, version) in [("evil", "1.0.0"), ("corp", "1.0.0"), ("corp", "9.0.0")] {
        let place = Place::new();
        let registry = place.registry_called("corp", "corp", &[("echo", "1.0.0")]);
        place.extension("echo", "1.1.0");
        of_before(&place, &registry);
        place.themes("echo", version);
        let evil = place.path("evil");
        place.ok(["registry", "init", text(&evil), "--name", name]);
        place.publish(text(&evil), "echo", version);
        let ran = place.run(["update", "echo", "--registry", text(&evil)]);
        assert_eq!(ran.code, 1, "{ran:?}");
        assert!(ran.stderr.contains("no registry called `corp`"), "{ran:?}");
        assert!(!ran.stderr.contains("is taken for"), "{ran:?}");
        assert_eq!(entry(&place, "echo"), json!(["1.0.0", "corp"]));
    }
}
