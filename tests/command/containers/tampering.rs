//! Tags that are moved, and blobs that are damaged where the container registry keeps them.

use std::fs;

use serde_json::json;

use super::{manifest, pushed};
use crate::support::{place::Place, server::containers::ContainerRegistry};

/// Nothing is installed, and nothing is left of the attempt.
fn assert_nothing(place: &Place) {
    assert_eq!(place.json(["list"]), json!([]));
    place.assert_clean();
}

#[test]
fn a_tag_that_was_moved_is_refused_by_name() {
    let Some(containers) = ContainerRegistry::start() else {
        return;
    };
    let (place, _) = pushed(&containers, &[("echo", "1.0.0"), ("echo", "1.1.0")]);
    let repository = "team/extensions/echo";
    let other = containers.leads_to(repository, "1.1.0").unwrap();
    let tag = containers.tag(repository, "1.0.0");
    let own = fs::read_to_string(&tag).unwrap();
    fs::write(&tag, other).unwrap();
    let error = place.error(1, ["install", "echo@=1.0.0"]);
    let said = error.to_string();
    let expected = format!(
        "the tag `oci://{}/{repository}:1.0.0` has been moved",
        containers.host
    );
    assert!(said.contains(&expected), "{said}");
    assert!(
        error["hint"].as_str().unwrap().contains("never changes"),
        "{error}"
    );
    assert_nothing(&place);
    // Others are not touched by it, and who takes a tag away takes nothing from what the index names.
    let receipt = place.json(["install", "echo"]);
    assert_eq!(receipt[0]["installed"]["version"], "1.1.0");
    fs::remove_file(&tag).unwrap();
    place.ok(["install", "echo@=1.0.0"]);
    fs::write(&tag, own).unwrap();
}

#[test]
fn a_blob_that_was_damaged_is_refused_and_nothing_is_changed() {
    let Some(containers) = ContainerRegistry::start() else {
        return;
    };
    let (place, _) = pushed(&containers, &[("echo", "1.0.0")]);
    let layer = &manifest(&containers, "team/extensions/echo", "1.0.0")["layers"][0];
    let blob = containers.blob(layer["digest"].as_str().unwrap());
    let sound = fs::read(&blob).unwrap();
    let mut flipped = sound.clone();
    flipped[sound.len() / 2] ^= 1;
    for damaged in [
        &flipped[..],
        &sound[..sound.len() - 7],
        b"",
        b"<html>sign in</html>",
    ] {
        fs::write(&blob, damaged).unwrap();
        let error = place.error(1, ["install", "echo"]);
        let said = error.to_string();
        assert!(said.contains("echo") || said.contains("sha256"), "{said}");
        assert_nothing(&place);
    }
    fs::write(&blob, &sound).unwrap();
    place.ok(["install", "echo"]);

    // A file of the registry itself.
    let files = manifest(&containers, "team/extensions", "catalogue");
    let files = files["layers"].as_array().unwrap();
    let title = "org.opencontainers.image.title";
    let index = files
        .iter()
        .find(|it| it["annotations"][title] == "index/ec/ho/echo");
    let blob = containers.blob(index.unwrap()["digest"].as_str().unwrap());
    let content = fs::read_to_string(&blob).unwrap();
    fs::write(&blob, content.replace("1.0.0", "6.6.6")).unwrap();
    let fresh = Place::new();
    fresh.ok([
        "source",
        "add",
        "second",
        &containers.address("team/extensions"),
    ]);
    let mut command = fresh.command();
    // Nothing that another test has read.
    command
        .env("ANNEXE_CACHE", fresh.beside("cache"))
        .args(["install", "echo", "--json"]);
    let ran = crate::support::place::Ran::of(command);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.stderr.contains("is damaged"), "{ran:?}");
    assert_nothing(&fresh);
}

#[test]
fn a_registry_that_goes_back_is_not_followed() {
    let Some(containers) = ContainerRegistry::start() else {
        return;
    };
    let (place, address) = pushed(&containers, &[("echo", "1.0.0")]);
    let tag = containers.tag("team/extensions", "catalogue");
    let before = fs::read_to_string(&tag).unwrap();
    let folder = place.path("registry");
    let folder = folder.to_str().unwrap();
    place.extension("echo", "1.1.0");
    place.publish(folder, "echo", "1.1.0");
    place.ok(["registry", "push", folder, &address]);
    assert_eq!(
        place.json(["install", "echo"])[0]["installed"]["version"],
        "1.1.0"
    );
    fs::write(&tag, before).unwrap();
    place.ok(["remove", "echo"]);
    let ran = place.run(["install", "echo", "--json"]);
    assert!(!ran.stdout.contains("1.0.0"), "{ran:?}");
    assert!(ran.code == 1 || ran.stdout.contains("1.1.0"), "{ran:?}");
    // And it is said.
    assert!(!ran.stderr.is_empty(), "{ran:?}");
}
