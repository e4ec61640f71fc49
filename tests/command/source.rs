//! `annexe source`: the registries of the configuration, changed by the command.

use std::{fs, os::unix::fs::PermissionsExt as _};

use serde_json::json;

use crate::support::{
    place::{Place, text},
    server::background::Server,
};

#[test]
fn a_registry_is_added_used_listed_and_removed_and_the_rest_of_the_file_stays() {
    let place = Place::new();
    place.registry(&[("echo", "1.0.0")]);
    let written =
        "# mine\nchannel = 'preview' # for now\n\n[limits] # few\nqueued_calls = 2\n# end\n";
    place.configure(written);
    // It may hold a token, so who may read it does not change.
    let private = fs::Permissions::from_mode(0o600);
    fs::set_permissions(place.configuration(), private).unwrap();

    let told = place.ok(["source", "add", "corp", "registry"]);
    let folder = place.path("registry");
    let expected = format!(
        "added `corp`, the registry at `{}`; the built-in one, `annexe`, comes before it\n",
        folder.display()
    );
    assert_eq!(told, expected);
    let now = fs::read_to_string(place.configuration()).unwrap();
    for kept in [
        "# mine\nchannel = 'preview' # for now\n",
        "[limits] # few\nqueued_calls = 2\n",
        "# end\n",
    ] {
        assert!(now.contains(kept), "{now}");
    }
    let mode = fs::metadata(place.configuration())
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    let again = place.json(["source", "add", "corp", text(&folder)]);
    assert_eq!(again["new"], false);
    assert_eq!(fs::read_to_string(place.configuration()).unwrap(), now);

    place.ok(["install", "echo"]);
    let listed = place.json(["source", "list"]);
    let location = text(&folder);
    assert_eq!(
        listed,
        json!([
            {"name": "annexe", "kind": "annexe", "location": "embedded", "mirrors": [], "installed": 0},
            {"name": "corp", "kind": "annexe", "location": location, "mirrors": [], "installed": 1},
        ])
    );
    assert!(place.ok(["source", "list"]).starts_with("NAME    LOCATION"));

    let removed = place.json(["source", "remove", "corp"]);
    let expected = json!({"name": "corp", "location": location, "installed": ["echo"]});
    assert_eq!(removed, expected);
    assert_eq!(place.json(["list"])[0]["registry"], "corp");
    let error = place.error(1, ["source", "remove", "corp"]);
    assert_eq!(error["hint"], "it has `annexe`");
    place.ok(["source", "remove", "annexe"]);
    let now = fs::read_to_string(place.configuration()).unwrap();
    assert_eq!(now.trim_end(), written.trim_end());
    let error = place.error(1, ["source", "remove", "annexe"]);
    assert!(error["hint"].as_str().unwrap().contains("add that first"));
    assert_eq!(place.json(["source", "list"])[0]["name"], "annexe");
}

#[test]
fn what_would_leave_it_to_chance_which_registry_is_meant_is_refused() {
    let place = Place::new();
    place.registry(&[]);
    place.registry_called("other", "other", &[]);
    place.ok(["source", "add", "corp", "registry"]);
    let before = fs::read_to_string(place.configuration()).unwrap();
    let location = text(&place.path("registry")).to_owned();
    for (name, location, message, hint) in [
        (
            "corp",
            "other",
            format!("`corp` is the registry at `{location}` already"),
            "annexe source remove corp",
        ),
        (
            "again",
            "registry",
            format!("the registry at `{location}` is there already, as `corp`"),
            "remove it first: `annexe source remove corp`",
        ),
        (
            "annexe",
            "other",
            format!(
                "`annexe` is the name of the built-in registry, and `{}` is not that",
                place.path("other").display()
            ),
            "give it another name",
        ),
        (
            "mine",
            "embedded",
            "the built-in registry is called `annexe`, not `mine`".into(),
            "name it `annexe`",
        ),
        (
            "a/b",
            "other",
            "`a/b` cannot name a registry".into(),
            "letters",
        ),
        (
            "fresh",
            "nowhere",
            format!(
                "there is no registry at `{}`",
                place.path("nowhere").display()
            ),
            "config.json",
        ),
    ] {
        let error = place.error(1, ["source", "add", name, location]);
        assert_eq!(error["message"], message.as_str());
        let told = error["hint"].as_str().unwrap();
        // It speaks of the command line: the user has written no file.
        assert!(told.contains(hint) && !told.contains("`name`"), "{error}");
    }
    place.error(2, ["source", "add", "fresh", "ftp://example.org"]);
    assert_eq!(fs::read_to_string(place.configuration()).unwrap(), before);

    place.configure("channel = 'none'\n");
    let error = place.error(1, ["source", "add", "fresh", "other"]);
    assert!(
        error["causes"][0]
            .as_str()
            .unwrap()
            .contains("line 1, column 11")
    );
    assert_eq!(
        fs::read_to_string(place.configuration()).unwrap(),
        "channel = 'none'\n"
    );
}

#[test]
fn a_server_is_asked_first_unless_nothing_may_be() {
    let place = Place::new();
    place.registry(&[("echo", "1.0.0")]);
    let server = Server::start(&place.path("registry"), false);
    server.stop();
    let error = place.error(1, ["source", "add", "remote", &server.address]);
    assert_eq!(error["kind"], "network");
    assert_eq!(fs::read_to_string(place.configuration()).unwrap(), "");
    fs::remove_file(place.configuration()).unwrap();
    let added = place.json(["source", "add", "remote", &server.address, "--offline"]);
    assert_eq!(
        (&added["new"], &added["label"]),
        (&json!(true), &json!(null))
    );
    server.listen_again();
    place.ok(["install", "echo"]);

    // A name that is noted for another place is asked about.
    place.ok(["source", "remove", "remote"]);
    let error = place.error(1, ["source", "add", "remote", "registry"]);
    assert!(
        error["hint"]
            .as_str()
            .unwrap()
            .contains("--accept-location")
    );
    place.ok(["source", "add", "remote", "registry", "--accept-location"]);
    assert_eq!(
        place.json(["info", "echo", "--registry", "registry"])["published"]["registry"],
        "remote"
    );
}

#[test]
fn a_registry_that_is_asked_over_plain_http_is_added_with_a_warning() {
    let place = Place::new();
    let add = |location: &str| {
        let ran = place.run(["source", "add", "far", location, "--offline"]);
        assert_eq!(ran.code, 0, "{ran:?}");
        place.ok(["source", "remove", "far"]);
        ran.stderr
    };
    assert!(add("http://registry.example.org/").contains("plain `http`"));
    for location in ["https://registry.example.org/", "http://127.0.0.1:9/"] {
        let told = add(location);
        assert!(!told.contains("plain `http`"), "{told}");
    }
}
