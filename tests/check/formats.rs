//! The formats of published files, field by field: what Zed cannot read a file for is an error in a check for Zed, and
//! never less than a warning.

mod language;

use annexe::check::{Code, Finding, Position, Ruleset, Severity};

use crate::Folder;

const THEME: &str = "themes/marsh.json";
const ICONS: &str = "icon_themes/marsh.json";
const SNIPPETS: &str = "snippets.json";
const SCHEMA: &str = "debug_adapter_schemas/wader.json";

/// A mistake: what stands in the file, the rule, the line and column, and whether it is an error in any check.
type Row = (&'static str, Code, (usize, usize), Severity);

use Severity::{Error, Warning};

/// What is found under both sets of rules.
fn found(folder: &Folder) -> [Vec<Finding>; 2] {
    [Ruleset::Annexe, Ruleset::Zed]
        .map(|ruleset| annexe::check::folder(folder.0.path(), ruleset).findings)
}

/// Asserts that each mistake alone is found as its row says, and is an error for Zed.
fn assert_rows(file: &str, whole: impl Fn(&str) -> String, rows: &[Row]) {
    let mut wrong = Vec::new();
    for (text, code, (line, column), severity) in rows {
        let rest = match file {
            SCHEMA => "[debug_adapters.wader]\n[lib]\nkind = \"Rust\"\n",
            _ => "",
        };
        let folder = Folder::new(rest).with(file, whole(text));
        let place = Some(Position {
            line: *line,
            column: *column,
        });
        for (findings, severity) in found(&folder).into_iter().zip([*severity, Error]) {
            let findings: Vec<_> = findings
                .iter()
                .filter(|it| it.file.as_deref() == Some(file))
                .map(|it| (it.code, it.place, it.severity))
                .collect();
            if findings != [(*code, place, severity)] {
                wrong.push(format!("{text}: {findings:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Asserts that nothing is wrong with a file, for Zed neither.
fn assert_clean(file: &str, texts: &[&str]) {
    for text in texts {
        let [_, findings] = found(&Folder::new("").with(file, text));
        let mut findings = findings.iter();
        let finding = findings.find(|it| it.file.as_deref() == Some(file));
        assert_eq!(finding, None, "{text}");
    }
}

#[test]
fn every_field_of_a_theme() {
    use Code::{AssetDuplicate, AssetInvalidValue, AssetMissingKey, AssetWrongType};
    let rows: &[Row] = &[
        (
            r#"{"name": "A", "themes": []}"#,
            AssetMissingKey,
            (1, 1),
            Warning,
        ),
        (
            r#"{"name": "A", "author": null, "themes": []}"#,
            AssetMissingKey,
            (1, 1),
            Warning,
        ),
        (
            r#"{"name": "A", "author": 1, "themes": []}"#,
            AssetWrongType,
            (1, 25),
            Warning,
        ),
        (
            r#"{"author": "B", "themes": []}"#,
            AssetMissingKey,
            (1, 1),
            Error,
        ),
        (
            r#"{"name": "A", "author": "B"}"#,
            AssetMissingKey,
            (1, 1),
            Error,
        ),
        (
            r#"{"name": "A", "author": "B", "author": "C", "themes": []}"#,
            AssetDuplicate,
            (1, 30),
            Warning,
        ),
        (
            r#"{"name": "A", "author": "B", "themes": {}}"#,
            AssetWrongType,
            (1, 40),
            Error,
        ),
    ];
    assert_rows(THEME, str::to_owned, rows);
    let rows: &[Row] = &[
        (
            r#""name": "A", "appearance": "dark""#,
            AssetMissingKey,
            (2, 1),
            Warning,
        ),
        (
            r#""name": "A", "appearance": "dark", "style": null"#,
            AssetMissingKey,
            (2, 1),
            Warning,
        ),
        (
            r#""name": "A", "appearance": "dark", "style": []"#,
            AssetWrongType,
            (2, 46),
            Warning,
        ),
        (
            r#""name": "A", "appearance": "grey", "style": {}"#,
            AssetInvalidValue,
            (2, 29),
            Error,
        ),
        (
            r#""name": "A", "style": {}"#,
            AssetMissingKey,
            (2, 1),
            Error,
        ),
        (
            r#""appearance": "dark", "style": {}"#,
            AssetMissingKey,
            (2, 1),
            Error,
        ),
    ];
    let member =
        |text: &str| format!("{{\"name\": \"A\", \"author\": \"B\", \"themes\": [\n{{{text}}}]}}");
    assert_rows(THEME, member, rows);
    let styled = |text: &str| {
        member(&format!(
            "\"name\": \"A\", \"appearance\": \"dark\", \"style\": {{\n{text}}}"
        ))
    };
    let rows: &[Row] = &[
        (r#""players": {}"#, AssetWrongType, (3, 12), Warning),
        (r#""players": [1]"#, AssetWrongType, (3, 13), Warning),
        (
            r#""players": [{"cursor": 3}]"#,
            AssetWrongType,
            (3, 24),
            Warning,
        ),
        (r#""syntax": []"#, AssetWrongType, (3, 11), Warning),
        (
            r##""syntax": {"comment": "#fff"}"##,
            AssetWrongType,
            (3, 23),
            Warning,
        ),
        (r#""accents": "x""#, AssetWrongType, (3, 12), Warning),
        (
            r##""accents": ["#fff", 3]"##,
            AssetWrongType,
            (3, 21),
            Warning,
        ),
    ];
    assert_rows(THEME, styled, rows);
    // Zed leaves out a colour that it cannot read.
    let style = member(r##""name": "A", "appearance": "dark", "style": {"background": "blue"}"##);
    let warning = |it: &Finding| it.severity == Warning && it.code == AssetInvalidValue;
    let [_, findings] = found(&Folder::new("").with(THEME, &style));
    assert!(findings.iter().any(warning), "{findings:?}");
    assert_clean(
        THEME,
        &[&member(r#""name": "A", "appearance": "dark", "style": {}"#)],
    );
}

#[test]
fn every_field_of_an_icon_theme() {
    use Code::{AssetInvalidValue, AssetMissingKey, AssetWrongType};
    let rows: &[Row] = &[
        (
            r#"{"name": "A", "themes": []}"#,
            AssetMissingKey,
            (1, 1),
            Warning,
        ),
        (
            r#"{"name": "A", "author": [], "themes": []}"#,
            AssetWrongType,
            (1, 25),
            Warning,
        ),
    ];
    assert_rows(ICONS, str::to_owned, rows);
    let member = |text: &str| {
        format!(
            "{{\"name\": \"A\", \"author\": \"B\", \"themes\": [\n{{\"name\": \"A\", \"appearance\": \"dark\"{text}}}]}}"
        )
    };
    let rows: &[Row] = &[
        (
            r#", "directory_icons": null"#,
            AssetWrongType,
            (2, 56),
            Warning,
        ),
        (
            r#", "directory_icons": "a""#,
            AssetWrongType,
            (2, 56),
            Warning,
        ),
        (
            r#", "directory_icons": {"collapsed": 1}"#,
            AssetWrongType,
            (2, 70),
            Warning,
        ),
        (
            r#", "named_directory_icons": []"#,
            AssetWrongType,
            (2, 62),
            Warning,
        ),
        (
            r#", "named_directory_icons": {"a": null}"#,
            AssetWrongType,
            (2, 68),
            Warning,
        ),
        (
            r#", "chevron_icons": {"expanded": []}"#,
            AssetWrongType,
            (2, 67),
            Warning,
        ),
        (
            r#", "file_stems": {"a": 1}"#,
            AssetWrongType,
            (2, 57),
            Warning,
        ),
        (
            r#", "file_stems": {"a": null}"#,
            AssetWrongType,
            (2, 57),
            Warning,
        ),
        (r#", "file_suffixes": []"#, AssetWrongType, (2, 54), Warning),
        (
            r#", "file_icons": {"a": {}}"#,
            AssetMissingKey,
            (2, 57),
            Warning,
        ),
        (
            r#", "file_icons": {"a": "icons/a.svg"}"#,
            AssetWrongType,
            (2, 57),
            Warning,
        ),
        (
            r#", "file_icons": {"a": {"path": 1}}"#,
            AssetWrongType,
            (2, 66),
            Warning,
        ),
    ];
    assert_rows(ICONS, member, rows);
    let grey = |_: &str| member("").replace("dark", "grey");
    assert_rows(ICONS, grey, &[("", AssetInvalidValue, (2, 29), Error)]);
    assert_clean(
        ICONS,
        &[
            &member(""),
            &member(
                r#", "directory_icons": {"collapsed": null}, "chevron_icons": {}, "file_icons": {}"#,
            ),
        ],
    );
}

#[test]
fn every_field_of_a_snippet_and_a_schema() {
    use Code::{AssetMissingKey, AssetSyntax, AssetWrongType};
    let rows: &[Row] = &[
        (r#"[]"#, AssetWrongType, (1, 1), Error),
        (r#"{"a": 1}"#, AssetWrongType, (1, 7), Error),
        (r#"{"a": null}"#, AssetWrongType, (1, 7), Warning),
        (
            r#"{"$schema": "https://example.org/snippets.json"}"#,
            AssetWrongType,
            (1, 13),
            Warning,
        ),
        (r#"{"a": {"prefix": "a"}}"#, AssetMissingKey, (1, 7), Error),
        (
            r#"{"a": {"prefix": "a", "body": 1}}"#,
            AssetWrongType,
            (1, 31),
            Error,
        ),
        (
            r#"{"a": {"prefix": 1, "body": "b"}}"#,
            AssetWrongType,
            (1, 18),
            Warning,
        ),
        (
            r#"{"a": {"prefix": ["a", 1], "body": "b"}}"#,
            AssetWrongType,
            (1, 24),
            Warning,
        ),
        (
            r#"{"a": {"prefix": "a", "body": "b", "description": 1}}"#,
            AssetWrongType,
            (1, 51),
            Warning,
        ),
    ];
    assert_rows(SNIPPETS, str::to_owned, rows);
    assert_clean(
        SNIPPETS,
        &[r#"{"a": {"prefix": ["a", "b"], "body": ["b"], "description": null}, /* c */}"#],
    );
    let rows: &[Row] = &[
        ("[]", AssetWrongType, (1, 1), Error),
        (
            "{\"type\": \"object\"} // all",
            AssetSyntax,
            (1, 20),
            Warning,
        ),
        ("{\"type\": \"object\",}", AssetSyntax, (1, 19), Warning),
    ];
    assert_rows(SCHEMA, str::to_owned, rows);
    // A prefix is the snippet's name where there is none, and Zed asks for none.
    let [_, findings] = found(&Folder::new("").with(SNIPPETS, r#"{"a": {"body": "b"}}"#));
    let missing = |it: &Finding| it.severity == Warning && it.code == AssetMissingKey;
    assert!(findings.iter().any(missing), "{findings:?}");
}

#[test]
fn what_stops_zed_from_reading_a_manifest_is_an_error_for_zed() {
    for (rest, code) in [
        ("[lib]\nkind = \"Go\"\n", Code::ManifestUnknownValue),
        (
            "[[capabilities]]\nkind = \"http\"\nhost = \"example.org\"\n",
            Code::CapabilityForeign,
        ),
    ] {
        let severities = found(&Folder::new(rest)).map(|findings| {
            let mut findings = findings.iter();
            findings.find(|it| it.code == code).unwrap().severity
        });
        assert_eq!(severities, [Warning, Error], "{rest}");
    }
}
