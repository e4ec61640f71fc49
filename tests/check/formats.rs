//! The formats of published files, field by field: what Zed cannot read a file for is an error in a check for Zed, and
//! never less than a warning.

use annexe::check::{Code, Finding, Position, Ruleset, Severity};

use crate::Folder;

const CONFIG: &str = "languages/marsh/config.toml";
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
fn every_field_of_a_languages_configuration() {
    use Code::{AssetInvalidValue, AssetMissingKey, AssetWrongType};
    let rows: &[Row] = &[
        (
            "code_fence_block_name = 1",
            AssetWrongType,
            (2, 25),
            Warning,
        ),
        (
            "kernel_language_names = \"a\"",
            AssetWrongType,
            (2, 25),
            Warning,
        ),
        (
            "kernel_language_names = [1]",
            AssetWrongType,
            (2, 26),
            Warning,
        ),
        ("grammar = 1", AssetWrongType, (2, 11), Warning),
        ("path_suffixes = \"a\"", AssetWrongType, (2, 17), Warning),
        ("path_suffixes = [1]", AssetWrongType, (2, 18), Warning),
        ("first_line_pattern = 1", AssetWrongType, (2, 22), Warning),
        (
            "first_line_pattern = \"(\"",
            AssetInvalidValue,
            (2, 22),
            Error,
        ),
        (
            "modeline_aliases = [true]",
            AssetWrongType,
            (2, 21),
            Warning,
        ),
        (
            "brackets = { start = \"(\" }",
            AssetWrongType,
            (2, 12),
            Warning,
        ),
        ("brackets = [1]", AssetWrongType, (2, 13), Error),
        (
            "brackets = [{ start = \"(\", end = \")\", newline = true }]",
            AssetMissingKey,
            (2, 13),
            Warning,
        ),
        (
            "brackets = [{ start = \"(\", end = \")\", close = true }]",
            AssetMissingKey,
            (2, 13),
            Warning,
        ),
        (
            "brackets = [{ start = \"(\", end = \")\", close = 1, newline = true }]",
            AssetWrongType,
            (2, 47),
            Warning,
        ),
        (
            "brackets = [{ start = \"(\", end = \")\", close = true, newline = \"no\" }]",
            AssetWrongType,
            (2, 63),
            Warning,
        ),
        (
            "brackets = [{ start = \"(\", close = true, newline = true }]",
            AssetMissingKey,
            (2, 13),
            Error,
        ),
        (
            "brackets = [{ end = \")\", close = true, newline = true }]",
            AssetMissingKey,
            (2, 13),
            Error,
        ),
        (
            "brackets = [{ start = \"(\", end = \")\", close = true, newline = true, surround = 0 }]",
            AssetWrongType,
            (2, 80),
            Warning,
        ),
        (
            "brackets = [{ start = \"(\", end = \")\", close = true, newline = true, not_in = \"string\" }]",
            AssetWrongType,
            (2, 78),
            Warning,
        ),
        (
            "auto_indent_using_last_non_empty_line = 1",
            AssetWrongType,
            (2, 41),
            Warning,
        ),
        (
            "auto_indent_on_paste = \"no\"",
            AssetWrongType,
            (2, 24),
            Warning,
        ),
        (
            "increase_indent_pattern = []",
            AssetWrongType,
            (2, 27),
            Warning,
        ),
        (
            "decrease_indent_pattern = \"(\"",
            AssetInvalidValue,
            (2, 27),
            Error,
        ),
        (
            "decrease_indent_patterns = {}",
            AssetWrongType,
            (2, 28),
            Warning,
        ),
        (
            "decrease_indent_patterns = [1]",
            AssetWrongType,
            (2, 29),
            Warning,
        ),
        (
            "decrease_indent_patterns = [{ pattern = \"a\", valid_after = \"b\" }]",
            AssetWrongType,
            (2, 60),
            Warning,
        ),
        (
            "decrease_indent_patterns = [{ pattern = \"[\" }]",
            AssetInvalidValue,
            (2, 41),
            Error,
        ),
        ("autoclose_before = []", AssetWrongType, (2, 20), Warning),
        (
            "collapsed_placeholder = 1",
            AssetWrongType,
            (2, 25),
            Warning,
        ),
        ("line_comments = \"#\"", AssetWrongType, (2, 17), Warning),
        ("line_comments = [1]", AssetWrongType, (2, 18), Warning),
        ("block_comment = \"#\"", AssetWrongType, (2, 17), Warning),
        ("block_comment = [\"#\"]", AssetInvalidValue, (2, 17), Error),
        (
            "block_comment = { start = \"a\", end = \"b\", tab_size = 1 }",
            AssetMissingKey,
            (2, 17),
            Warning,
        ),
        (
            "block_comment = { start = \"a\", end = \"b\", prefix = \"\" }",
            AssetMissingKey,
            (2, 17),
            Warning,
        ),
        (
            "block_comment = { start = \"a\", prefix = \"\", tab_size = 1 }",
            AssetMissingKey,
            (2, 17),
            Error,
        ),
        (
            "documentation_comment = { start = \"a\", end = \"b\", prefix = \"\", tab_size = \"1\" }",
            AssetWrongType,
            (2, 75),
            Warning,
        ),
        (
            "documentation = { start = \"a\", end = \"b\", prefix = \"\", tab_size = -1 }",
            AssetInvalidValue,
            (2, 67),
            Warning,
        ),
        ("unordered_list = \"- \"", AssetWrongType, (2, 18), Warning),
        ("ordered_list = [\"1\"]", AssetWrongType, (2, 17), Warning),
        (
            "ordered_list = [{ pattern = \"a\" }]",
            AssetMissingKey,
            (2, 17),
            Warning,
        ),
        (
            "ordered_list = [{ format = \"a\" }]",
            AssetMissingKey,
            (2, 17),
            Warning,
        ),
        (
            "task_list = { prefixes = [\"- \"] }",
            AssetMissingKey,
            (2, 13),
            Warning,
        ),
        (
            "task_list = { continuation = \"- \" }",
            AssetMissingKey,
            (2, 13),
            Warning,
        ),
        (
            "task_list = { prefixes = \"- \", continuation = \"- \" }",
            AssetWrongType,
            (2, 26),
            Warning,
        ),
        ("rewrap_prefixes = [1]", AssetWrongType, (2, 20), Warning),
        (
            "rewrap_prefixes = [\"(\"]",
            AssetInvalidValue,
            (2, 20),
            Error,
        ),
        (
            "scope_opt_in_language_servers = 1",
            AssetWrongType,
            (2, 33),
            Warning,
        ),
        ("overrides = [1]", AssetWrongType, (2, 13), Warning),
        ("overrides.string = 1", AssetWrongType, (2, 20), Warning),
        (
            "overrides.string.line_comments = { remove = 1 }",
            AssetWrongType,
            (2, 45),
            Warning,
        ),
        (
            "overrides.string.block_comment = { remove = \"yes\" }",
            AssetWrongType,
            (2, 45),
            Warning,
        ),
        (
            "overrides.string.word_characters = [\"ab\"]",
            AssetInvalidValue,
            (2, 37),
            Warning,
        ),
        (
            "overrides.string.opt_into_language_servers = \"a\"",
            AssetWrongType,
            (2, 46),
            Warning,
        ),
        (
            "overrides.string.prefer_label_for_snippet = 1",
            AssetWrongType,
            (2, 45),
            Warning,
        ),
        ("word_characters = \"-\"", AssetWrongType, (2, 19), Warning),
        (
            "word_characters = [\"--\"]",
            AssetInvalidValue,
            (2, 20),
            Warning,
        ),
        (
            "completion_query_characters = [\"\"]",
            AssetInvalidValue,
            (2, 32),
            Warning,
        ),
        (
            "linked_edit_characters = [1]",
            AssetWrongType,
            (2, 27),
            Warning,
        ),
        ("hard_tabs = \"no\"", AssetWrongType, (2, 13), Warning),
        ("tab_size = 0", AssetInvalidValue, (2, 12), Warning),
        ("tab_size = 4.0", AssetInvalidValue, (2, 12), Warning),
        ("tab_size = -4", AssetInvalidValue, (2, 12), Warning),
        ("tab_size = 4294967296", AssetInvalidValue, (2, 12), Warning),
        ("tab_size = \"4\"", AssetWrongType, (2, 12), Warning),
        ("soft_wrap = \"yes\"", AssetInvalidValue, (2, 13), Warning),
        ("soft_wrap = true", AssetWrongType, (2, 13), Warning),
        (
            "wrap_characters = { start_prefix = \"<\", start_suffix = \">\", end_prefix = \"</\" }",
            AssetMissingKey,
            (2, 19),
            Warning,
        ),
        ("prettier_parser_name = 1", AssetWrongType, (2, 24), Warning),
        ("hidden = \"no\"", AssetWrongType, (2, 10), Warning),
        (
            "jsx_tag_auto_close = { open_tag_node_name = \"a\", close_tag_node_name = \"a\", jsx_element_node_name = \"a\" }",
            AssetMissingKey,
            (2, 22),
            Error,
        ),
        (
            "jsx_tag_auto_close = true",
            AssetWrongType,
            (2, 22),
            Warning,
        ),
        ("debuggers = \"a\"", AssetWrongType, (2, 13), Warning),
    ];
    assert_rows(CONFIG, |line| format!("name = \"Marsh\"\n{line}\n"), rows);
    assert_rows(
        CONFIG,
        str::to_owned,
        &[
            ("path_suffixes = [\"a\"]", AssetMissingKey, (1, 1), Error),
            ("name = 1", AssetWrongType, (1, 8), Error),
        ],
    );
}

#[test]
fn what_zed_reads_of_a_language_is_no_mistake() {
    for line in [
        "path_suffixes = [\".gitignore\", \".bashrc\", \"Cargo.lock\"]",
        "brackets = [{ start = \"(\", end = \")\", close = false, newline = false }]",
        "block_comment = { start = \"a\", end = \"b\", prefix = \"\", tab_size = 0 }",
        "overrides.string.line_comments = { remove = false }",
        "overrides.string.line_comments = [\"#\"]",
        "ordered_list = [{ pattern = \"(\\\\d+)\\\\. \", format = \"{1}. \" }]",
        "decrease_indent_patterns = [{ valid_after = [\"if\"] }]",
        "soft_wrap = \"prefer_line\"",
        "tab_size = 128",
    ] {
        assert_clean(CONFIG, &[&format!("name = \"Marsh\"\n{line}\n")]);
    }
}

#[test]
fn every_field_of_a_theme_but_its_style() {
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
