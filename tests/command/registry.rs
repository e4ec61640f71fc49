//! `annexe registry`.

use crate::place::Place;

#[test]
fn what_is_added_is_described_in_the_index() {
    let place = Place::new();
    place.registry(&[("echo", "1.2.3")]);
    let index = std::fs::read_to_string(place.path("registry/index/ec/ho/echo")).unwrap();
    let line: serde_json::Value = serde_json::from_str(&index).unwrap();
    assert_eq!(line["api"], "0.0.1");
    assert_eq!(line["family"], "extension");
    assert_eq!(line["schema"], 1);
    assert_eq!(
        line["provides"],
        serde_json::json!(["themes", "language-servers"])
    );
    assert_eq!(line["capabilities"][0]["kind"], "process:exec");
    assert_eq!(line["published"], "2026-11-22T10:00:00Z");
    let archive = std::fs::metadata(place.path("echo-1.2.3.tar.gz")).unwrap();
    assert_eq!(line["archive"]["size"], archive.len());
    let catalogue = std::fs::read_to_string(place.path("registry/catalogue.jsonl")).unwrap();
    assert!(
        catalogue.contains("The echo") && catalogue.contains("For tests"),
        "{catalogue}"
    );
}

#[test]
fn what_is_published_never_changes() {
    let place = Place::new();
    place.registry(&[("echo", "1.2.3")]);
    let again = place.json(["registry", "add", "registry", "echo-1.2.3.tar.gz"]);
    assert_eq!(again[0]["new"], false);
    std::fs::write(place.path("echo/README.md"), "changed").unwrap();
    place.ok(["pack", "echo"]);
    let error = place.error(1, ["registry", "add", "registry", "echo-1.2.3.tar.gz"]);
    assert_eq!(
        error["message"],
        "`echo` 1.2.3 is published already, with another archive"
    );
    assert!(
        error["hint"]
            .as_str()
            .unwrap()
            .contains("raise the version"),
        "{error}"
    );
}

#[test]
fn nothing_is_added_unless_all_pass() {
    let place = Place::new();
    place.registry(&[]);
    place.themes("plain", "1.0.0");
    place.ok(["pack", "plain"]);
    std::fs::write(place.path("bad.tar.gz"), "bad").unwrap();
    let error = place.error(
        1,
        [
            "registry",
            "add",
            "registry",
            "plain-1.0.0.tar.gz",
            "bad.tar.gz",
        ],
    );
    assert_eq!(error["message"], "`bad.tar.gz` does not pass");
    assert!(!place.path("registry/index").exists());
    let added = place.json([
        "registry",
        "add",
        "registry",
        "plain-1.0.0.tar.gz",
        "--channel",
        "preview",
    ]);
    assert_eq!(added[0]["line"]["channel"], "preview");
    assert_eq!(added[0]["line"]["api"], serde_json::Value::Null);
    assert_eq!(
        place.error(1, ["registry", "add", "plain", "plain-1.0.0.tar.gz"])["hint"],
        "start one there with `annexe registry init`"
    );
    assert_eq!(
        place.error(2, ["registry", "add", "registry", "plain"])["causes"][0],
        "it is no archive"
    );
    assert_eq!(
        place.error(1, ["registry", "init", "registry", "--name", "other"])["causes"],
        serde_json::json!([])
    );
}
