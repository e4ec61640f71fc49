//! `annexe info` on what an extension offers, and `annexe check` on what of it is broken.

use serde_json::json;

use crate::support::place::Place;

const PAPER: &str = r##"{
  "name": "Paper", "author": "A. Heron",
  "themes": [
    {"name": "Paper Light", "appearance": "light", "style": {"text": "#222"}},
    {"name": "Paper Dark", "appearance": "dark", "style": {"text": "white"}},
    {"name": "Paper Grey", "appearance": "grey", "style": {}},
  ],
}"##;

/// Writes an extension with a theme, a language and snippets.
fn paper(place: &Place, id: &str) {
    let folder = place.themes(id, "1.0.0");
    let write = |path: &str, text: &str| {
        let path = folder.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    write("themes/one.json", PAPER);
    write(
        "languages/lua/config.toml",
        "name = \"Lua\"\npath_suffixes = [\"lua\", \"luau\"]\n",
    );
    write(
        "snippets.json",
        "{\"A\": {\"prefix\": \"a\", \"body\": \"b\"}}",
    );
}

fn install(place: &Place, ids: &[&str]) {
    let registry = place.path("registry").to_str().unwrap().to_owned();
    place.ok(["registry", "init", &registry, "--name", "test"]);
    for id in ids {
        paper(place, id);
        let allow = ["--allow", "asset-invalid-value"];
        place.ok(["pack", id].into_iter().chain(allow));
        let archive = format!("{id}-1.0.0.tar.gz");
        place.ok(["registry", "add", &registry, &archive]
            .into_iter()
            .chain(allow));
        place.ok(["install", id, "--registry", &registry]);
    }
}

#[test]
fn a_path_is_shown_with_what_its_files_offer_and_what_is_wrong_with_them() {
    let place = Place::new();
    paper(&place, "paper");
    let words = place.ok(["info", "./paper"]);
    let expected = "paper 1.0.0: The paper\n  \
        description  For tests\n  \
        authors      A Person <a@example.org>\n  \
        source       https://example.org/paper\n  \
        provides     themes, languages, snippets\n  \
        themes       Paper Light, Paper Dark\n  \
        languages    Lua (lua, luau)\n  \
        snippets     every language: 1\n  \
        may ask for  nothing\n  \
        error: `themes/one.json` line 6, column 42: `themes[2].appearance` is `grey`\n    \
        hint: write one of `light`, `dark`\n  \
        warning: `themes/one.json` line 5, column 68: `themes[1].style.text`: `white` is not a colour\n    \
        hint: write `#rgb`, `#rgba`, `#rrggbb` or `#rrggbbaa`\n";
    assert_eq!(words, expected);

    place.ok(["pack", "paper", "--allow", "asset-invalid-value"]);
    let answer = place.json(["info", "./paper-1.0.0.tar.gz"]);
    assert_eq!(answer["id"], "paper");
    let offers = &answer["offers"];
    assert_eq!(
        offers["themes"],
        json!([{"name": "Paper Light", "appearance": "light"}, {"name": "Paper Dark", "appearance": "dark"}])
    );
    assert_eq!(
        offers["languages"][0]["path_suffixes"],
        json!(["lua", "luau"])
    );
    assert_eq!(offers["snippets"], json!([{"language": null, "count": 1}]));
    assert_eq!(
        answer["findings"][1],
        json!({
            "severity": "error", "kind": "invalid-value", "file": "themes/one.json", "line": 6, "column": 42,
            "problem": "`themes[2].appearance` is `grey`", "hint": "write one of `light`, `dark`",
        })
    );
}

#[test]
fn a_name_that_two_extensions_bring_is_a_conflict_of_both() {
    let place = Place::new();
    install(&place, &["paper", "parchment"]);
    let words = place.ok(["info", "paper"]);
    assert!(
        words.contains("\n  themes       Paper Light, Paper Dark\n"),
        "{words}"
    );
    assert!(
        words.contains(
            "conflict: the theme `Paper Dark` is kept; parchment brings it without effect"
        ),
        "{words}"
    );
    let words = place.ok(["info", "parchment"]);
    assert!(
        words.contains("conflict: the language `Lua` has no effect; paper was installed first"),
        "{words}"
    );
    let answer = place.json(["info", "parchment"]);
    let conflicts = &answer["installed"]["conflicts"];
    assert_eq!(conflicts.as_array().unwrap().len(), 6, "{conflicts}");
    assert_eq!(
        conflicts[0],
        json!({"kind": "theme", "name": "Paper Dark", "winner": "paper", "losers": ["parchment"]})
    );
}

#[test]
fn what_is_broken_fails_the_check_and_is_installed_all_the_same() {
    let place = Place::new();
    paper(&place, "paper");
    let ran = place.run(["check", "paper"]);
    assert_eq!(ran.code, 1);
    assert!(
        ran.stdout
            .starts_with("paper: paper 1.0.0, has no component\n"),
        "{ran:?}"
    );
    assert!(
        ran.stdout
            .contains("\n  error[asset-invalid-value] themes/one.json:6:42: "),
        "{ran:?}"
    );
    assert!(
        ran.stdout
            .contains("\n  warning[asset-invalid-value] themes/one.json:5:68: "),
        "{ran:?}"
    );
    assert_eq!(ran.stderr, "error: `paper` does not pass\n");

    let ran = place.run(["check", "paper", "--json"]);
    let answer: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!((ran.code, &answer[0]["ok"]), (1, &json!(false)));
    assert_eq!(answer[0]["id"], "paper");
    assert_eq!(answer[0]["findings"].as_array().unwrap().len(), 2);
    assert_eq!(answer[0]["error"]["hint"], "write one of `light`, `dark`");

    std::fs::write(
        place.path("paper/themes/one.json"),
        PAPER.replace("grey", "light"),
    )
    .unwrap();
    let words = place.ok(["check", "paper"]);
    assert!(
        words.contains("\n  warning[asset-invalid-value] themes/one.json"),
        "{words}"
    );
}

#[test]
fn what_has_no_manifest_or_is_not_there_cannot_be_shown() {
    let place = Place::new();
    let wasm = crate::support::place::wasm("0.0.1");
    let error = place.error(1, ["info", wasm.to_str().unwrap()]);
    assert!(
        error["hint"].as_str().unwrap().contains("annexe check"),
        "{error}"
    );
    let error = place.error(1, ["info", "./nowhere"]);
    assert!(
        error["message"].as_str().unwrap().contains("nowhere"),
        "{error}"
    );
    paper(&place, "paper");
    place.error(2, ["info", "./paper", "--registry", "embedded"]);
}
