//! `annexe api`.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::support::place::{Place, text};

#[test]
fn it_lists_worlds_and_functions_with_the_versions_that_brought_and_changed_them() {
    let place = Place::new();
    let answer = place.json(["api"]);
    let worlds = answer["worlds"].as_array().unwrap();
    assert_eq!(worlds[0]["adapter"], "since_v0_0_1");
    let newest = worlds.last().unwrap();
    assert_eq!(newest["serves"], ">=0.6.0, <0.8.0");
    assert_eq!(
        newest["exports"],
        answer["exports"].as_array().unwrap().len()
    );
    assert_eq!(
        newest["imports"],
        answer["imports"].as_array().unwrap().len()
    );

    let functions = |side: &str| -> BTreeMap<String, Value> {
        let functions = answer[side].as_array().unwrap().iter();
        functions
            .map(|function| {
                (
                    function["name"].as_str().unwrap().to_owned(),
                    function.clone(),
                )
            })
            .collect()
    };
    let imports = functions("imports");
    assert_eq!(imports["node-binary-path"]["since"], "0.0.3");
    assert_eq!(
        imports["node-binary-path"]["interface"],
        "zed:extension/nodejs"
    );
    assert_eq!(imports["make-file-executable"]["since"], "0.0.5");
    assert_eq!(imports["run-command"]["since"], "0.3.0");
    let status = &imports["set-language-server-installation-status"];
    assert_eq!(status["changed"], serde_json::json!(["0.0.4"]));
    let exports = functions("exports");
    let labels = &exports["labels-for-completions"];
    assert_eq!(
        (&labels["since"], &labels["missing"]),
        (&"0.0.6".into(), &"nothing".into())
    );
    assert_eq!(labels["changed"], serde_json::json!(["0.2.0"]));
    assert_eq!(exports["run-dap-locator"]["missing"], "an error");
    assert_eq!(exports["init-extension"].get("missing"), None);

    let words = place.ok(["api"]);
    assert!(words.starts_with("API "), "{words}");
    let line = words
        .lines()
        .find(|line| line.starts_with("labels-for-completions"));
    let cells: Vec<_> = line.unwrap().split_whitespace().collect();
    assert_eq!(
        cells,
        ["labels-for-completions", "0.0.6", "0.2.0", "nothing"]
    );
}

#[test]
fn it_shows_what_one_version_has_with_the_types_of_its_functions() {
    let place = Place::new();
    let words = place.ok(["api", "0.0.5"]);
    assert!(
        words.starts_with("API >=0.0.4, <0.0.6: adapter since_v0_0_4\n"),
        "{words}"
    );
    let expected = "\n  set-language-server-installation-status: func(language-server-name: string, status: variant {none, downloading, checking-for-update, failed(string)})\n";
    assert!(words.contains(expected), "{words}");
    assert!(!words.contains("get-settings"), "{words}");
    let answer = place.json(["api", "0.7.0"]);
    assert_eq!(answer["adapter"], "since_v0_6_0");
    let exports = answer["exports"].as_array().unwrap();
    let labels = exports
        .iter()
        .find(|export| export["name"] == "labels-for-completions");
    assert!(text_of(labels.unwrap()).contains("label-details: option<record"));
}

fn text_of(function: &Value) -> &str {
    function["signature"].as_str().unwrap()
}

#[test]
fn a_version_that_no_adapter_serves_is_refused() {
    let place = Place::new();
    for version in ["0.0.7", "0.8.0", "1.0.0"] {
        let ran = place.run(["api", version]);
        assert_eq!(ran.code, 1);
        assert!(
            ran.stderr
                .contains(&format!("no adapter serves API {version}")),
            "{ran:?}"
        );
        assert!(ran.stderr.contains("hint: `annexe api` lists"), "{ran:?}");
    }
    assert_eq!(place.run(["api", "newest"]).code, 2);
}

#[test]
fn check_says_what_does_not_fit_and_which_version_would() {
    let place = Place::new();
    let mut wasm = std::fs::read(crate::support::place::wasm("0.0.5")).unwrap();
    let section = b"zed:api-version\0\0\0\0\0\x05";
    let at = wasm
        .windows(section.len())
        .position(|bytes| bytes == section)
        .unwrap();
    wasm[at + section.len() - 1] = 3;
    let file = place.path("old.wasm");
    std::fs::write(&file, wasm).unwrap();
    let ran = place.run(["check", text(&file)]);
    assert_eq!(ran.code, 1);
    let expected = "it was built with API 0.0.3, but it imports `make-file-executable`, which came with API 0.0.5";
    assert!(ran.stdout.contains(expected), "{ran:?}");
    let expected = "fix: its imports and exports are those of API >=0.0.4, <0.0.6: was the version it gives written by something else than the build?";
    assert!(ran.stdout.contains(expected), "{ran:?}");
}

#[test]
fn check_warns_of_what_is_never_asked_for_of_a_component_that_fits_an_older_world_too() {
    let place = Place::new();
    let registry = concat!(env!("CARGO_MANIFEST_DIR"), "/registry-index");
    place.ok(["install", "taplo", "--registry", registry]);
    let folder = place.json(["info", "taplo"])["installed"]["tree_folder"].clone();
    let wasm = std::path::Path::new(folder.as_str().unwrap()).join("extension.wasm");
    let mut wasm = std::fs::read(wasm).unwrap();
    let section = b"zed:api-version\0\0\0\x07\0\0";
    let at = wasm
        .windows(section.len())
        .position(|bytes| bytes == section)
        .unwrap();
    let file = place.path("old.wasm");
    let exports = [
        "dap-config-to-scenario",
        "dap-locator-create-scenario",
        "dap-request-kind",
        "get-dap-binary",
        "run-dap-locator",
    ];
    for (minor, never_asked) in [(7, &[][..]), (5, &exports)] {
        wasm[at + section.len() - 3] = minor;
        std::fs::write(&file, &wasm).unwrap();
        let answer = place.json(["check", text(&file)]);
        let findings = answer[0]["findings"].as_array().unwrap();
        let said: Vec<_> = findings
            .iter()
            .inspect(|finding| assert_eq!(finding["code"], "component-never-asked"))
            .map(|finding| finding["problem"].as_str().unwrap())
            .collect();
        let expected: Vec<_> = never_asked
            .iter()
            .map(|export| format!("it exports `{export}`, which API 0.5.0 does not have"))
            .collect();
        assert_eq!(said, expected);
    }
}
