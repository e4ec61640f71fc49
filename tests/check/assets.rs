//! Themes, languages, grammars, snippets and schemas: what reading them finds keeps its place and way out.

use annexe::check::Severity;

use crate::Folder;

const THEME: &str = r##"{
  "name": "Night", "author": "Ada",
  "themes": [
    {"name": "Night", "appearance": "grey", "style": {}},
    {"name": "Day", "appearance": "light", "style": {
      "scrollbar_thumb.background": "#fff",
      "bakground": "#fff"}}
  ]
}"##;

#[test]
fn themes_keep_the_places_of_their_mistakes_and_a_deprecated_colour_is_refused() {
    let folder = Folder::new("").with("themes/night.json", THEME);
    let findings = folder.check().findings;
    assert_eq!(
        crate::told(&findings),
        [
            "error[asset-invalid-value] themes/night.json:4:37",
            "error[theme-deprecated-colour] themes/night.json:6:37",
            "warning[asset-unknown-key] themes/night.json:7:20",
        ]
    );
    let fixes: Vec<_> = findings
        .iter()
        .map(|finding| finding.fix.as_str())
        .collect();
    assert_eq!(
        fixes,
        [
            "write one of `light`, `dark`",
            "write `scrollbar.thumb.background`",
            "did you mean `background`?"
        ]
    );
}

#[test]
fn a_language_with_queries_brings_its_grammar() {
    let language = |grammar: &str, rest: &str| {
        Folder::new(rest)
            .with(
                "languages/marsh/config.toml",
                format!("name = \"Marsh\"\n{grammar}"),
            )
            .with("languages/marsh/highlights.scm", "(a) @b")
    };
    let missing = "error[query-without-grammar] languages/marsh/highlights.scm";
    assert_eq!(language("", "").found(), [missing]);
    assert_eq!(
        language("grammar = \"marsh\"\n", "").found(),
        [
            "warning[asset-unknown-name] languages/marsh/config.toml:2:11",
            missing
        ]
    );
    let grammar = "[grammars.marsh]\nrepository = \"https://example.org/a\"\nrev = \"0123456789abcdef0123456789abcdef01234567\"\n";
    let folder = language("grammar = \"marsh\"\n", grammar);
    let findings = folder.check().findings;
    assert_eq!(
        crate::told(&findings),
        ["warning[grammar-not-built] grammars/marsh.wasm"]
    );
    let folder = folder.with("grammars/marsh.wasm", "no grammar");
    assert_eq!(
        folder.found(),
        ["error[grammar-invalid] grammars/marsh.wasm"]
    );
}

#[test]
fn what_takes_nothing_away_is_a_warning_under_the_same_code() {
    let folder = Folder::new("").with(
        "snippets.json",
        "{\"a\": {\"body\": \"a\"}, \"b\": {\"prefix\": \"b\"}}",
    );
    let findings = folder.check().findings;
    assert_eq!(
        crate::told(&findings),
        [
            "warning[asset-missing-key] snippets.json:1:7",
            "error[asset-missing-key] snippets.json:1:27"
        ]
    );
    assert_eq!(
        findings[0].code.severity(Default::default()),
        Severity::Error
    );
}
