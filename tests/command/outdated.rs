//! What of the installed has a newer version, what an update would take of that, and what holds the rest back.

use std::fs;

use serde_json::json;

use crate::support::{
    files::content,
    place::Place,
    zed::{Published, ZedRegistry, json_error},
};

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
        }], "unknown": [], "repositories": []})
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
    let unknown = &told["unknown"][0];
    assert_eq!(unknown["ids"], json!(["three"]));
    assert_eq!(unknown["registry"], "other");
    let reason = unknown["reason"].as_str().unwrap();
    assert!(!reason.starts_with("stays"), "{told}");
    let warnings = told["warnings"].to_string();
    assert!(warnings.contains("`three`"), "{warnings}");
    // All that is asked about is silent.
    let error = place.error(1, ["outdated", "three"]);
    assert!(!error["message"].as_str().unwrap().is_empty());
}

#[test]
fn an_outage_is_told_once_for_all_that_it_concerns() {
    let place = Place::new();
    let here = place.registry(&[("here", "1.0.0")]);
    let ids: Vec<String> = (0..7).map(|number| format!("away{number}")).collect();
    let themes = ids.iter().map(|id| place.themes(id, "1.0.0"));
    let away = ZedRegistry::start(themes.map(|folder| Published::from_folder(&folder)));
    place.configure(&format!(
        "[[registry]]\nname = \"here\"\nlocation = \"{here}\"\n\
         [[registry]]\nname = \"away\"\nkind = \"zed\"\nlocation = \"{}\"\n",
        away.address()
    ));
    let wanted = ids.iter().map(String::as_str);
    place.ok(["install", "here"].into_iter().chain(wanted));
    assert_eq!(place.run(["outdated", "--exit-code"]).code, 0);

    away.api
        .fail_below("/extensions/updates", json_error(500, "down"));
    let told = place.json(["outdated"]);
    let unknown = told["unknown"].as_array().unwrap();
    assert_eq!(unknown.len(), 1, "{told}");
    assert_eq!(unknown[0]["ids"], json!(ids));
    assert_eq!(unknown[0]["registry"], "away");
    assert!(unknown[0]["hint"].is_string(), "{told}");
    let warnings = told["warnings"].as_array().unwrap();
    assert_eq!(warnings.len(), 1, "{told}");
    let words = "of 7 extensions of `away` it is not known whether there is a newer version: ";
    let warning = warnings[0].as_str().unwrap();
    assert!(warning.starts_with(words), "{warning}");
    // What was asked for is told without its query, which has all the ids.
    for told in [warning, unknown[0]["reason"].as_str().unwrap()] {
        assert!(!told.contains("away3"), "{told}");
        assert!(told.contains("/extensions/updates`"), "{told}");
    }
    // Nothing newer is known, and that is not that all is the newest.
    assert_eq!(place.run(["outdated", "--exit-code"]).code, 1);
    assert_eq!(place.run(["outdated"]).code, 0);

    let updated = place.json(["update"]);
    assert_eq!(updated["unknown"][0]["ids"], json!(ids));
    assert_eq!(updated["unknown"].as_array().unwrap().len(), 1, "{updated}");
    assert_eq!(updated["skipped"].as_array().unwrap().len(), 1, "{updated}");
    let warnings = updated["warnings"].as_array().unwrap();
    assert_eq!(warnings.len(), 1, "{updated}");
    let warning = warnings[0].as_str().unwrap();
    assert!(
        warning.starts_with("7 extensions of `away` stay: "),
        "{warning}"
    );
    let ran = place.run(["update"]);
    assert_eq!(
        ran.stderr.matches("/extensions/updates").count(),
        1,
        "{ran:?}"
    );

    // Another registry's withdrawal of one is no outage.
    away.api.come_back();
    away.withdraw("away2", "1.0.0");
    let told = place.json(["outdated"]);
    assert_eq!(
        told["unknown"],
        json!([{
            "ids": ["away2"], "registry": "away", "reason": "no longer in the registry `away`", "hint": null,
        }])
    );
    let ran = place.run(["update"]);
    let words = "`away2` 1.0.0 stays: no longer in the registry `away`";
    assert!(ran.stderr.contains(words), "{ran:?}");
}

#[test]
fn what_is_not_installed_or_not_from_a_registry_is_named() {
    let place = Place::new();
    place.themes("paper", "1.0.0");
    place.ok(["pack", "paper"]);
    place.ok(["install", "paper-1.0.0.tar.gz"]);
    let ran = place.run(["outdated"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (0, ""), "{ran:?}");
    // There is nothing newer of it to be known.
    assert_eq!(place.run(["outdated", "--exit-code"]).code, 0);
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
