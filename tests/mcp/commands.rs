//! The command's other answers: what there is, and what has to be set.

use serde_json::{Value, json};

use crate::{stand_in::install, support::place::Place};

#[test]
fn servers_are_listed_with_what_is_done_without() {
    let mut place = Place::new();
    let empty = place.run(["mcp", "--list"]);
    assert_eq!((empty.code, empty.stdout.as_str()), (0, ""));
    assert!(
        empty.stderr.contains("--provides context-servers"),
        "{empty:?}"
    );
    assert_eq!(place.json(["mcp", "--list"]), json!([]));
    install(&place, "one", "0.7.0", &["a", "b"]);
    install(&place, "two", "0.2.0", &["c"]);
    let settings = json!({ "context_servers": { "b": { "enabled": false } } });
    let file = place.beside("settings.json");
    std::fs::write(&file, settings.to_string()).unwrap();
    place
        .environment
        .push(("ANNEXE_SETTINGS".into(), file.into()));
    place.ok(["disable", "two"]);
    let listed = place.json(["mcp", "--list"]);
    let row = |server, extension, reason: Option<&str>| {
        json!({
            "server": server, "extension": extension, "version": "1.0.0",
            "enabled": reason.is_none(), "reason": reason
        })
    };
    let expected = json!([
        row("a", "one", None),
        row("b", "one", Some("switched off in the settings")),
        row("c", "two", Some("disabled"))
    ]);
    assert_eq!(listed, expected);
    let words = place.ok(["mcp", "--list"]);
    assert!(
        words.contains("one 1.0.0") && words.contains("enabled"),
        "{words}"
    );
}

#[test]
fn what_has_to_be_set_is_shown_in_the_extension_s_words() {
    let place = Place::new();
    install(&place, "one", "0.5.0", &["a", "none:", "fail:my words"]);
    install(&place, "two", "0.4.0", &["old"]);
    let told = place.json(["mcp", "a", "--settings"]);
    assert_eq!(
        (&told["server"], &told["extension"]),
        (&json!("a"), &json!("one"))
    );
    assert_eq!(told["installation_instructions"], "# a\nworktrees: 1");
    assert_eq!(
        told["settings_schema"],
        json!({ "title": "a", "type": "object" })
    );
    let words = place.ok(["mcp", "a", "--settings"]);
    for said in [
        "# a",
        "\"context_servers\": {",
        "\"a\": {",
        "\"enabled\": true",
        "\"title\": \"a\"",
    ] {
        assert!(words.contains(said), "{said}: {words}");
    }
    for server in ["none:", "old"] {
        let told = place.json(["mcp", server, "--settings"]);
        assert_eq!(told.get("settings_schema"), None::<&Value>, "{told}");
    }
    let failed = place.error(1, ["mcp", "fail:my words", "--settings"]);
    assert!(
        failed["message"].as_str().unwrap().contains("my words"),
        "{failed}"
    );
    place.error(1, ["mcp", "nobody", "--settings"]);
}

#[test]
fn the_doctor_starts_servers_and_says_what_they_lack() {
    let place = Place::new();
    let well = crate::stand_in::name();
    install(
        &place,
        "one",
        "0.7.0",
        &[&well, "fail:my words", "start:/bin/false"],
    );
    let ran = place.run(["doctor", "--json"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    let reports: Value = serde_json::from_str(&ran.stdout).unwrap();
    let report = |name: &str| {
        let found = reports
            .as_array()
            .unwrap()
            .iter()
            .find(|it| it["server"] == name);
        found.unwrap_or_else(|| panic!("{name}: {reports}")).clone()
    };
    let answers = report(&well);
    assert_eq!(answers["kind"], "context-server");
    assert_eq!(
        (&answers["ok"], &answers["name"]),
        (&json!(true), &json!("stand-in"))
    );
    assert_eq!(answers["server_version"], "1.2");
    assert!(
        report("fail:my words")["problem"]
            .as_str()
            .unwrap()
            .contains("my words")
    );
    let ended = report("start:/bin/false");
    assert!(
        ended["problem"]
            .as_str()
            .unwrap()
            .contains("has ended before it answered"),
        "{ended}"
    );
    let one = place.run(["doctor", &well]);
    assert_eq!(one.code, 0, "{one:?}");
    assert!(
        one.stdout.contains("context server") && one.stdout.contains("answers"),
        "{one:?}"
    );
}
