//! `annexe check`.

use crate::place::{Place, text, wasm};

#[test]
fn a_component_a_folder_and_an_archive_pass() {
    let place = Place::new();
    let component = wasm("0.0.1");
    let folder = place.extension("echo", "1.2.3");
    place.ok(["pack", "echo"]);
    let archive = place.path("echo-1.2.3.tar.gz");
    let answer = place.json(["check", text(&component), text(&folder), text(&archive)]);
    for (position, kind) in ["component", "folder", "archive"].into_iter().enumerate() {
        let one = &answer[position];
        assert_eq!(one["kind"], kind);
        assert_eq!(one["ok"], true);
        assert_eq!(one["api"], "0.0.1");
        assert_eq!(one["adapter"], "since_v0_0_1");
        assert_eq!(one["notes"], serde_json::json!([]));
    }
    assert_eq!(answer[0]["id"], serde_json::Value::Null);
    assert_eq!(answer[2]["id"], "echo");
    assert_eq!(
        answer[2]["provides"],
        serde_json::json!(["themes", "language-servers"])
    );

    let words = place.ok(["check", "echo"]);
    let expected = "echo: echo 1.2.3, API 0.0.1 → since_v0_0_1, fits (not started)\n  \
                    provides     themes, language-servers\n  may ask for  run `gem install …`\n";
    assert_eq!(words, expected);
}

#[test]
fn one_that_fails_keeps_no_other_back() {
    let place = Place::new();
    std::fs::write(place.path("text.wasm"), "(component)").unwrap();
    let ran = place.run(["check", "text.wasm", text(&wasm("0.0.1")), "not-there"]);
    assert_eq!(ran.code, 1);
    assert_eq!(ran.stdout.lines().count(), 1, "{ran:?}");
    assert!(
        ran.stderr
            .contains("error: `text.wasm` does not pass\n  cause: the component is text")
    );
    assert!(ran.stderr.contains("\n\nhint: give the binary file"));
    assert!(ran.stderr.contains("error: `not-there` does not pass"));

    let ran = place.run(["check", "--json", "text.wasm", text(&wasm("0.0.1"))]);
    assert_eq!((ran.code, ran.stderr.as_str()), (1, ""));
    let answer: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(answer[0]["ok"], false);
    assert!(answer[0]["error"]["hint"].is_string(), "{answer}");
    assert_eq!(answer[1]["ok"], true);
}

#[test]
fn a_broken_manifest_is_shown_with_its_line() {
    let place = Place::new();
    let folder = place.themes("broken", "1.0.0");
    let manifest = "id = \"broken\"\nname = \"Broken\"\nversion = 7\nschema_version = 1\n";
    std::fs::write(folder.join("extension.toml"), manifest).unwrap();
    let ran = place.run(["check", "broken"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (1, ""));
    assert!(
        ran.stderr.contains("`extension.toml` line 3, column 11: "),
        "{ran:?}"
    );
}

#[test]
fn a_source_folder_passes_with_a_note_that_nothing_is_built() {
    let place = Place::new();
    let folder = place.themes("source", "1.0.0");
    std::fs::write(folder.join("Cargo.toml"), "").unwrap();
    let words = place.ok(["check", "source"]);
    assert!(
        words.contains("source 1.0.0, its component is not built"),
        "{words}"
    );
    assert!(
        words.contains("note: no component is built (no `extension.wasm`)"),
        "{words}"
    );
    assert!(
        place
            .ok(["check", "source/extension.toml"])
            .contains("source 1.0.0")
    );
}

#[test]
fn what_a_manifest_says_without_effect_is_a_warning() {
    let place = Place::new();
    let folder = place.themes("slip", "1.0");
    let manifest = std::fs::read_to_string(folder.join("extension.toml")).unwrap();
    std::fs::write(
        folder.join("extension.toml"),
        format!("{manifest}repositry = \"x\"\n"),
    )
    .unwrap();
    let words = place.ok(["check", "slip"]);
    assert!(
        words.contains("warning: line 7: unknown key `repositry`; did you mean `repository`?"),
        "{words}"
    );
    assert!(
        words.contains("note: `1.0` is no semantic version"),
        "{words}"
    );
}

#[test]
fn an_archive_is_known_by_its_name_where_its_content_is_none() {
    let place = Place::new();
    std::fs::write(place.path("a.tar.gz"), "no gzip").unwrap();
    let ran = place.run(["check", "a.tar.gz"]);
    assert_eq!(ran.code, 1);
    assert!(
        ran.stderr
            .contains("cause: the content is not a gzip archive"),
        "{ran:?}"
    );
}
