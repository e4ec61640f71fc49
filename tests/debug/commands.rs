//! The command's other answers: what there is, and configurations for editors.

use serde_json::json;

use crate::{stand_in::install, support::place::Place};

fn place() -> Place {
    let place = Place::new();
    install(&place, "one", "0.7.0", &["plain", "fail"]);
    place
}

#[test]
fn adapters_and_locators_are_listed_with_what_is_done_without() {
    let place = place();
    let listed = place.json(["dap", "--list"]);
    let names: Vec<&str> = listed
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["fail", "plain", "cargo"]);
    assert_eq!(listed[2]["kind"], "debug-locator");
    assert_eq!(listed[0]["enabled"], true);
    place.ok(["disable", "one"]);
    let listed = place.json(["dap", "--list"]);
    assert_eq!(
        (&listed[0]["enabled"], &listed[0]["reason"]),
        (&json!(false), &json!("disabled"))
    );
    let words = place.ok(["dap", "--list"]);
    assert!(
        words.contains("debug adapter") && words.contains("debug locator"),
        "{words}"
    );
}

#[test]
fn a_scenario_is_a_configuration_that_an_editor_takes() {
    let place = place();
    let choices = r#"{"program": "a", "args": ["b"], "env": {"C": "d"}, "stopOnEntry": true}"#;
    let configuration = place.json(["dap", "--scenario", "plain", choices]);
    let expected = json!({
        "type": "plain", "name": "Debug with plain", "request": "launch", "program": "a",
        "args": ["b"], "env": ["C=d"], "stopOnEntry": true, "cwd": null
    });
    assert_eq!(configuration, expected);
    let attach = place.json(["dap", "plain", "--scenario", r#"{"processId": 7}"#]);
    assert_eq!(
        (&attach["request"], &attach["processId"]),
        (&json!("attach"), &json!(7))
    );
    for (choices, code, words) in [
        ("{}", 2, "neither a `program` nor a `processId`"),
        ("{\"programm\": 1}", 2, "cannot be read"),
        ("hello", 2, "cannot be read"),
    ] {
        let ran = place.run(["dap", "--scenario", "plain", choices]);
        assert_eq!((ran.code, ran.stdout.as_str()), (code, ""), "{ran:?}");
        assert!(ran.stderr.contains(words), "{ran:?}");
    }
    let failed = place.error(
        1,
        [
            "dap",
            "--scenario",
            "fail",
            r#"{"program": "a", "label": "my words"}"#,
        ],
    );
    assert!(
        failed["message"].as_str().unwrap().contains("my words"),
        "{failed}"
    );
}

#[test]
fn what_a_command_builds_is_found_and_a_build_that_fails_is_told() {
    let place = place();
    // The guest's locator builds the task itself, and debugs it.
    let task = [
        "dap",
        "plain",
        "--locate",
        "--json",
        "--",
        "sh",
        "-c",
        "echo built; touch made",
    ];
    let ran = place.run(task);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(
        ran.stderr.contains("built") && place.path("made").exists(),
        "{ran:?}"
    );
    let configuration: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(configuration["program"], "sh");
    assert_eq!(configuration["type"], "plain");
    let ran = place.run(["dap", "plain", "--locate", "--", "false"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (1, ""), "{ran:?}");
    assert!(ran.stderr.contains("`false` has failed"), "{ran:?}");
    // What an extension would have run passes the gate.
    place.configure("grants = \"strict\"\n");
    let ran = place.run(["dap", "plain", "--locate", "--", "touch", "planted"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(!place.path("planted").exists());
}

#[test]
fn the_doctor_starts_adapters_and_says_what_they_lack() {
    for (behaviour, code, words) in [
        ("plain", 0, None),
        ("refuses", 1, Some("has refused `initialize`: not today")),
        ("ends", 1, Some("has ended before it answered")),
        ("babbles", 1, Some("its output is not DAP")),
    ] {
        let stand_in = crate::stand_in::StandIn::new(behaviour);
        let ran = stand_in.place.run(["doctor", "--json", &stand_in.name]);
        assert_eq!(ran.code, code, "{ran:?}");
        let reports: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
        let report = &reports[0];
        assert_eq!(report["kind"], "debug-adapter");
        assert_eq!(report["ok"], code == 0, "{report}");
        if let Some(words) = words {
            assert!(
                report["problem"].as_str().unwrap().contains(words),
                "{report}"
            );
        }
    }
    // One whose extension wants to know more of a session has not failed.
    let place = place();
    let ran = place.run(["doctor", "--json", "fail"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let reports: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(
        (&reports[0]["ok"], &reports[0]["skipped"]),
        (&json!(false), &json!(true))
    );
}
