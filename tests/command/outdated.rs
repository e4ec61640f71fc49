//! What of the installed has a newer version, what an update would take of that, and what holds the rest back.

use std::fs;

use serde_json::json;

use crate::support::{files::content, place::Place};

/// A registry with `one` and `two`, both installed in their first version, and both published in a second.
fn behind(place: &Place) -> String {
    let registry = place.registry(&[]);
    place.configure(&format!(
        "[[registry]]\nname = \"test\"\nlocation = \"{registry}\"\n"
    ));
    for id in ["one", "two"] {
        place.themes(id, "1.0.0");
        place.publish(&registry, id, "1.0.0");
    }
    place.ok(["install", "one", "two"]);
    for id in ["one", "two"] {
        place.themes(id, "1.1.0");
        place.publish(&registry, id, "1.1.0");
    }
    registry
}

#[test]
fn what_an_update_would_take_is_told_and_nothing_changes() {
    let place = Place::new();
    let registry = place.registry(&[]);
    place.configure(&format!(
        "[[registry]]\nname = \"test\"\nlocation = \"{registry}\"\n"
    ));
    place.themes("one", "1.0.0");
    place.publish(&registry, "one", "1.0.0");
    place.ok(["install", "one"]);
    let ran = place.run(["outdated", "--exit-code"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (0, ""), "{ran:?}");
    assert!(ran.stderr.contains("everything is up to date"), "{ran:?}");

    place.themes("one", "1.1.0");
    place.publish(&registry, "one", "1.1.0");
    let before = content(&place.store());
    let told = place.json(["outdated"]);
    assert_eq!(
        told,
        json!({"extensions": [{
            "id": "one", "version": "1.0.0", "registry": "test", "update": "1.1.0",
            "newest": "1.1.0", "held": null, "dev": false,
        }], "unknown": []})
    );
    let shown = place.run(["outdated", "--exit-code"]);
    assert_eq!(shown.code, 1);
    let row: Vec<&str> = shown
        .stdout
        .lines()
        .nth(1)
        .unwrap()
        .split_whitespace()
        .collect();
    assert_eq!(row, ["one", "1.0.0", "1.1.0", "1.1.0"]);
    assert_eq!(content(&place.store()), before);

    place.ok(["update"]);
    assert_eq!(place.json(["outdated"])["extensions"], json!([]));
}

#[test]
fn what_holds_a_newer_version_back_is_said() {
    let place = Place::new();
    let registry = behind(&place);
    place.ok(["pin", "one"]);
    // Published, and for a program to come.
    place.themes("two", "1.2.0");
    place.publish(&registry, "two", "1.2.0");
    let index = place.path("registry/index/3/t/two");
    let lines = fs::read_to_string(&index).unwrap();
    let (before, last) = lines.trim_end().rsplit_once('\n').unwrap();
    let last = last.replace("\"schema\":1", "\"schema\":2");
    fs::write(&index, format!("{before}\n{last}\n")).unwrap();
    place.ok(["registry", "refresh", &registry]);

    let told = place.json(["outdated"]);
    let [one, two] = [&told["extensions"][0], &told["extensions"][1]];
    assert_eq!(one["update"], json!(null));
    assert_eq!(one["newest"], "1.1.0");
    assert_eq!(one["held"], "is pinned");
    assert_eq!(two["update"], "1.1.0");
    assert_eq!(two["newest"], "1.2.0");
    let explained = place.json(["explain", "two"]);
    let reason = explained["candidates"][0]["reason"].as_str().unwrap();
    let held = two["held"].as_str().unwrap();
    assert!(held.ends_with(reason), "{held}: {reason}");
    // Those that are named alone.
    let told = place.json(["outdated", "two"]);
    assert_eq!(told["extensions"].as_array().unwrap().len(), 1);
    place.ok(["update"]);
    let told = place.json(["outdated", "two"]);
    assert_eq!(told["extensions"][0]["update"], json!(null));
}

#[test]
fn an_outage_of_one_registry_hides_nothing_of_the_others() {
    let place = Place::new();
    behind(&place);
    let other = place.registry_called("other", "other", &[]);
    let configuration = fs::read_to_string(place.configuration()).unwrap();
    place.configure(&format!(
        "{configuration}[[registry]]\nname = \"other\"\nlocation = \"{other}\"\n"
    ));
    place.themes("three", "1.0.0");
    place.publish(&other, "three", "1.0.0");
    place.ok(["install", "three"]);
    fs::rename(&other, format!("{other}.gone")).unwrap();

    let ran = place.run(["outdated", "--json"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let told: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(told["extensions"].as_array().unwrap().len(), 2);
    assert_eq!(told["unknown"][0]["id"], "three");
    let warnings = told["warnings"].to_string();
    assert!(warnings.contains("`three`"), "{warnings}");
    // All that is asked about is silent.
    let error = place.error(1, ["outdated", "three"]);
    assert!(!error["message"].as_str().unwrap().is_empty());
}

#[test]
fn what_is_not_installed_or_not_from_a_registry_is_named() {
    let place = Place::new();
    place.themes("paper", "1.0.0");
    place.ok(["pack", "paper"]);
    place.ok(["install", "paper-1.0.0.tar.gz"]);
    let ran = place.run(["outdated"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (0, ""), "{ran:?}");
    assert!(
        ran.stderr.contains("`paper` came from an archive"),
        "{ran:?}"
    );
    let error = place.error(1, ["outdated", "pager"]);
    assert!(error["hint"].to_string().contains("paper"), "{error}");
}

#[test]
fn what_a_dev_extension_shadows_is_told_as_such() {
    let place = Place::new();
    behind(&place);
    place.ok(["dev", "one", "--once"]);
    let told = place.json(["outdated"]);
    let [one, two] = [&told["extensions"][0], &told["extensions"][1]];
    assert_eq!((&one["dev"], &two["dev"]), (&json!(true), &json!(false)));
    assert_eq!(one["update"], json!(null));
    assert_eq!(one["held"], "is shadowed by a dev extension");
    assert_eq!(two["update"], "1.1.0");
    // One that shadows nothing has no versions.
    place.themes("fresh", "1.0.0");
    place.ok(["dev", "fresh", "--once"]);
    place.error(1, ["outdated", "fresh"]);
    place.ok(["outdated"]);
}
