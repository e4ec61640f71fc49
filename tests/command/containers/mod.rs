//! Registries in a real container registry: pushed by the command, and installed from.

mod killed;
mod logins;
mod mending;
mod tampering;

use serde_json::{Value, json};

use crate::support::{place::Place, server::containers::ContainerRegistry};

/// A place with a registry in the folder `registry`, pushed to the repository `team/extensions`, and configured as `team`.
fn pushed(containers: &ContainerRegistry, extensions: &[(&str, &str)]) -> (Place, String) {
    let place = Place::new();
    let folder = place.registry(extensions);
    let address = containers.address("team/extensions");
    place.ok(["registry", "push", &folder, &address]);
    place.ok(["source", "add", "team", &address]);
    (place, address)
}

/// The manifest that a tag leads to.
fn manifest(containers: &ContainerRegistry, repository: &str, tag: &str) -> Value {
    let digest = containers.leads_to(repository, tag).unwrap();
    let content = std::fs::read(containers.blob(&digest)).unwrap();
    serde_json::from_slice(&content).unwrap()
}

#[test]
fn a_registry_is_pushed_found_installed_from_and_updated() {
    let Some(containers) = ContainerRegistry::start() else {
        return;
    };
    let place = Place::new();
    let folder = place.registry(&[("echo", "1.2.3"), ("night", "1.0.0+b1")]);
    let address = containers.address("team/extensions");
    let push = || place.json(["registry", "push", &folder, &address]);
    let first = push();
    assert_eq!(first["location"], address);
    let counted = |answer: &Value| (answer["archives"].clone(), answer["files"].clone());
    assert_eq!(counted(&first), (json!(2), json!(4)));
    let again = push();
    assert_eq!(
        (&again["unchanged"], counted(&again)),
        (&json!(true), (json!(0), json!(0)))
    );
    assert_eq!(again["sha256"], first["sha256"]);
    assert!(
        place
            .ok(["registry", "push", &folder, &address])
            .contains("already")
    );

    // As other tools see it.
    let seen = manifest(&containers, "team/extensions/night", "1.0.0_b1");
    assert_eq!(seen["artifactType"], "application/vnd.annexe.extension.v1");
    let layer = &seen["layers"][0];
    assert_eq!(
        layer["mediaType"],
        "application/vnd.oci.image.layer.v1.tar+gzip"
    );
    let title = &layer["annotations"]["org.opencontainers.image.title"];
    assert_eq!(title, "night-1.0.0+b1.tar.gz");

    let added = place.json(["source", "add", "team", &address]);
    assert_eq!(
        (&added["label"], &added["location"]),
        (&json!("test"), &json!(address))
    );
    let found = place.json(["search", "night"]);
    assert!(found.to_string().contains("\"night\""), "{found}");
    let receipt = place.json(["install", "echo@=1.2.3", "night"]);
    assert_eq!(receipt[0]["installed"]["registry"], "team");
    let answer = place.json(["call", "echo", "language-server-command", "echo"]);
    assert_eq!(answer["args"], json!(["echo", "Rust"]));
    let layer = &manifest(&containers, "team/extensions/echo", "1.2.3")["layers"][0];
    let pinned = format!(
        "sha256:{}",
        receipt[0]["installed"]["sha256"].as_str().unwrap()
    );
    assert_eq!(layer["digest"], pinned);

    place.extension("echo", "1.3.0");
    place.publish(&folder, "echo", "1.3.0");
    assert_eq!(push()["archives"], 1, "only what is new");
    let update = place.json(["update"]);
    assert_eq!(update["receipts"][0]["installed"]["version"], "1.3.0");
    // What was read is there without a network.
    let offline = place.json(["search", "echo", "--offline"]);
    assert!(offline.to_string().contains("1.3.0"), "{offline}");
    place.assert_clean();
}

#[test]
fn a_withdrawal_is_pushed_and_heeded() {
    let Some(containers) = ContainerRegistry::start() else {
        return;
    };
    let (place, address) = pushed(&containers, &[("echo", "1.0.0"), ("echo", "1.1.0")]);
    let folder = place.path("registry");
    let folder = folder.to_str().unwrap();
    place.ok([
        "registry",
        "block",
        folder,
        "echo@1.1.0",
        "--reason",
        "it eats files",
    ]);
    let answer = place.json(["registry", "push", folder, &address]);
    assert_eq!(
        (&answer["archives"], &answer["unchanged"]),
        (&json!(0), &json!(false))
    );
    let receipt = place.json(["install", "echo"]);
    assert_eq!(receipt[0]["installed"]["version"], "1.0.0");
    let error = place.error(1, ["install", "echo@=1.1.0"]);
    assert!(error.to_string().contains("it eats files"), "{error}");
}

#[test]
fn only_what_has_grown_is_pushed() {
    let Some(containers) = ContainerRegistry::start() else {
        return;
    };
    let (place, address) = pushed(&containers, &[("echo", "1.0.0")]);
    // An older copy of the folder, in which something else was published.
    let older = Place::new();
    let folder = older.registry(&[("other", "1.0.0")]);
    let error = older.error(1, ["registry", "push", &folder, &address]);
    assert!(
        error["message"]
            .as_str()
            .unwrap()
            .contains("has another `index/"),
        "{error}"
    );
    let named = place.registry_called("elsewhere", "second", &[]);
    let error = place.error(1, ["registry", "push", &named, &address]);
    let expected = format!("`{address}` holds the registry `test`");
    assert_eq!(error["message"], expected);
    // Another archive under the tag of a version that the index does not have.
    let other = containers.address("second");
    place.ok([
        "registry",
        "push",
        place.path("registry").to_str().unwrap(),
        &other,
    ]);
    std::fs::remove_dir_all(
        containers
            .tag("second", "catalogue")
            .ancestors()
            .nth(2)
            .unwrap(),
    )
    .unwrap();
    let folder = older.registry_called("second", "second", &[("echo", "1.0.0")]);
    std::fs::write(
        older.path("echo/themes/one.json"),
        "{\"name\": \"Two\", \"author\": \"A\", \"themes\": []}",
    )
    .unwrap();
    let changed = older.registry_called("second", "third", &[]);
    older.publish(&changed, "echo", "1.0.0");
    drop(folder);
    let error = older.error(1, ["registry", "push", &changed, &other]);
    assert!(
        error["message"]
            .as_str()
            .unwrap()
            .contains("echo:1.0.0` is there already"),
        "{error}"
    );
}

#[test]
fn what_is_no_container_registry_is_refused_in_words() {
    let place = Place::new();
    let folder = place.registry(&[]);
    for (to, words) in [
        ("https://example.org/r", "does not begin with `oci://`"),
        ("oci://example.org", "names no repository"),
        ("oci://me@example.org/r", "Docker's configuration"),
        ("oci://example.org/R", "the repository's name is not one"),
    ] {
        let ran = place.run(["registry", "push", &folder, to]);
        assert_eq!(ran.code, 2, "{ran:?}");
        assert!(ran.stderr.contains(words), "{ran:?}");
    }
    let closed = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let error = place.error(
        1,
        ["registry", "push", &folder, &format!("oci://{closed}/r")],
    );
    assert!(
        error["message"]
            .as_str()
            .unwrap()
            .contains("cannot be reached"),
        "{error}"
    );
    let error = place.error(1, ["source", "add", "team", &format!("oci://{closed}/r")]);
    assert!(error.to_string().contains("cannot be reached"), "{error}");
}
