//! Languages.

use annexe::declarative::{Declarative, Override, QueryKind, SoftWrap};
use serde_json::json;

use super::{Sample, said};

const PATH: &str = "languages/marsh/config.toml";

/// A configuration with one of everything.
pub const CONFIG: &str = r###"
name = "Marsh"
grammar = "marsh"
code_fence_block_name = "marsh"
path_suffixes = ["marsh", "Marshfile"]
first_line_pattern = '^#!.*\bmarsh\b'
modeline_aliases = ["mrs"]
line_comments = ["# ", "## "]
block_comment = ["/* ", " */"]
documentation_comment = { start = "/**", prefix = "* ", end = "*/", tab_size = 1 }
unordered_list = ["- "]
task_list = { prefixes = ["- [ ] "], continuation = "- [ ] " }
rewrap_prefixes = ["[-*] "]
autoclose_before = ";:.,=}])> \n\t"
brackets = [
    { start = "{", end = "}", close = true, newline = true },
    { start = "'", end = "'", surround = false, not_in = ["string", "comment"] },
]
word_characters = ["$", "ä"]
completion_query_characters = ["."]
linked_edit_characters = ["-"]
tab_size = 2
hard_tabs = true
soft_wrap = "editor_width"
hidden = false
collapsed_placeholder = "/* ... */"
increase_indent_pattern = ":$"
decrease_indent_pattern = "^end"
decrease_indent_patterns = [{ pattern = "^else", valid_after = ["if"] }]
significant_indentation = true
auto_indent_using_last_non_empty_line = false
auto_indent_on_paste = false
wrap_characters = { start_prefix = "<", start_suffix = ">", end_prefix = "</", end_suffix = ">" }
scope_opt_in_language_servers = ["tailwindcss-language-server"]
debuggers = ["Wader"]
prettier_parser_name = "marsh"
ordered_list = [{ pattern = '(\d+)\. ', format = "{1}. " }]

[jsx_tag_auto_close]
open_tag_node_name = "open"
close_tag_node_name = "close"
jsx_element_node_name = "element"
tag_name_node_name = "name"

[overrides.string]
completion_query_characters = ["-"]
opt_into_language_servers = ["tailwindcss-language-server"]

[overrides.element]
line_comments = { remove = true }
block_comment = ["{/* ", " */}"]
"###;

/// A language with this configuration.
pub fn sample(config: &str) -> Sample {
    Sample::new(&[(PATH, config)])
        .manifest("[grammars.marsh]\nrepository = \"https://example.com/marsh\"\nrev = \"1\"\n")
}

/// What is wrong with it, the grammar that is not built aside.
fn findings(config: &str) -> Vec<String> {
    let mut findings = sample(config).findings();
    findings.retain(|finding| !finding.contains("is not built"));
    findings
}

#[test]
fn a_configuration_is_read_with_all_it_says() {
    let sample = sample(CONFIG);
    sample.write("languages/marsh/highlights.scm", "(a) @b");
    sample.write("languages/marsh/highlights-more.scm", "(c) @d");
    sample.write(
        "languages/marsh/tasks.json",
        "[{\"label\": \"dry\"},] // all",
    );
    let declarative = sample.read();
    assert_eq!(
        said(&declarative),
        ["warning `grammars/marsh.wasm`: the grammar `marsh` is not built"]
    );
    let language = &declarative.languages[0];
    assert_eq!(
        (language.name.as_str(), language.path.as_str()),
        ("Marsh", "languages/marsh")
    );
    assert_eq!(language.grammar.as_deref(), Some("marsh"));
    assert_eq!(language.path_suffixes, ["marsh", "Marshfile"]);
    assert_eq!(
        language.first_line_pattern.as_deref(),
        Some("^#!.*\\bmarsh\\b")
    );
    assert_eq!(language.line_comments, ["# ", "## "]);
    assert_eq!(language.block_comment.as_ref().unwrap().end, " */");
    let documentation = language.documentation_comment.as_ref().unwrap();
    assert_eq!(
        (documentation.prefix.as_str(), documentation.tab_size),
        ("* ", 1)
    );
    let [curly, quote] = &language.brackets[..] else {
        panic!("{language:?}")
    };
    assert!(curly.close && curly.surround && curly.newline && curly.not_in.is_empty());
    assert!(quote.close && !quote.surround && !quote.newline);
    assert_eq!(quote.not_in, ["string", "comment"]);
    assert!(language.word_characters.contains(&'ä'));
    assert_eq!(
        (language.tab_size, language.hard_tabs),
        (Some(2), Some(true))
    );
    assert_eq!(language.soft_wrap, Some(SoftWrap::EditorWidth));
    assert_eq!(language.decrease_indent_patterns[0].valid_after, ["if"]);
    assert_eq!(language.wrap_characters.as_ref().unwrap().end_prefix, "</");
    assert_eq!(language.debuggers, ["Wader"]);
    assert_eq!(
        language
            .jsx_tag_auto_close
            .as_ref()
            .unwrap()
            .tag_name_node_name,
        "name"
    );
    let element = &language.overrides["element"];
    assert_eq!(element.line_comments, Some(Override::Remove));
    let Some(Override::Set(comment)) = &element.block_comment else {
        panic!("{element:?}")
    };
    assert_eq!(comment.start, "{/* ");
    assert_eq!(
        language.overrides["string"].opt_into_language_servers.len(),
        1
    );
    let queries: Vec<_> = language.queries.iter().map(|query| query.kind).collect();
    assert_eq!(queries, [QueryKind::Highlights; 2]);
    assert_eq!(language.tasks, Some(json!([{"label": "dry"}])));
    let kept: Vec<&str> = language.rest.keys().map(String::as_str).collect();
    assert_eq!(kept, ["ordered_list"]);
}

#[test]
fn unknown_keys_are_kept_and_named() {
    let sample = sample(
        "name = \"Marsh\"\nbracket_colours = [1, 2.5, 1979-05-27]\npath_sufixes = []\n\
         brackets = [{ start = \"<\", end = \">\", auto = true }]\n",
    );
    let declarative = sample.read();
    let language = &declarative.languages[0];
    assert_eq!(
        language.rest["bracket_colours"],
        json!([1, 2.5, "1979-05-27"])
    );
    assert_eq!(language.rest["brackets[0].auto"], json!(true));
    let found = said(&declarative);
    assert_eq!(
        found[..3],
        [
            "warning `languages/marsh/config.toml` line 2, column 1: unknown key `bracket_colours`",
            "warning `languages/marsh/config.toml` line 3, column 1: unknown key `path_sufixes`",
            "warning `languages/marsh/config.toml` line 4, column 39: unknown key `brackets[0].auto`",
        ]
    );
    let hint = declarative.findings[1].hint.as_deref();
    assert_eq!(hint, Some("did you mean `path_suffixes`?"));
}

#[test]
fn each_mistake_has_its_place_and_leaves_the_language() {
    let table = [
        (
            "tab_size = \"2\"",
            "warning line 2, column 12: `tab_size` must be a number, not a string",
        ),
        (
            "tab_size = -1",
            "warning line 2, column 12: `tab_size` is not a whole number from 0 to 128",
        ),
        (
            "hard_tabs = 1",
            "warning line 2, column 13: `hard_tabs` must be a boolean, not a number",
        ),
        (
            "line_comments = \"# \"",
            "warning line 2, column 17: `line_comments` must be a list, not a string",
        ),
        (
            "line_comments = [1]",
            "warning line 2, column 18: `line_comments[0]` must be a string, not a number",
        ),
        (
            "path_suffixes = [\"a\", \"a\"]",
            "warning line 2, column 23: the suffix `a` is there twice",
        ),
        (
            "path_suffixes = [\"*.a\"]",
            "warning line 2, column 18: `path_suffixes[0]` is not a suffix, but a pattern",
        ),
        (
            "word_characters = [\"ab\"]",
            "warning line 2, column 20: `word_characters[0]` must be one character",
        ),
        (
            "grammar = \"mrash\"",
            "warning line 2, column 11: the manifest has no grammar `mrash`",
        ),
        (
            "soft_wrap = \"yes\"",
            "warning line 2, column 13: `soft_wrap` has no such value",
        ),
        (
            "first_line_pattern = \"(\"",
            "error line 2, column 22: `first_line_pattern` is not a regular expression: unclosed group",
        ),
        (
            "increase_indent_pattern = \"(?=x)\"",
            "error line 2, column 27: `increase_indent_pattern` is not a regular expression: look-around, including look-ahead and look-behind, is not supported",
        ),
        (
            "brackets = [{ start = \"(\" }]",
            "error line 2, column 13: `brackets[0].end` is missing",
        ),
        (
            "brackets = [{ end = \")\", start = 1 }]",
            "error line 2, column 34: `brackets[0].start` must be a string, not a number",
        ),
        (
            "block_comment = [\"/*\"]",
            "error line 2, column 17: `block_comment` must have two texts",
        ),
        (
            "block_comment = { start = \"/*\" }",
            "error line 2, column 17: `block_comment.end` is missing",
        ),
        (
            "overrides = [1]",
            "warning line 2, column 13: `overrides` must be a table, not a list",
        ),
    ];
    for (text, expected) in table {
        let config = format!("name = \"Marsh\"\n{text}\n");
        let (severity, expected) = expected.split_once(' ').unwrap();
        assert_eq!(
            findings(&config),
            [format!("{severity} `{PATH}` {expected}")]
        );
        assert_eq!(sample(&config).read().languages.len(), 1, "{text}");
    }
}

#[test]
fn a_language_needs_a_name_and_a_configuration() {
    assert_eq!(
        findings("path_suffixes = [\"a\"]\n"),
        [format!(
            "error `{PATH}` line 1, column 1: `name` is missing"
        )]
    );
    assert_eq!(
        findings("name = \"A\"\nname = \"B\"\n"),
        [format!(
            "error `{PATH}` line 2, column 1: this is not TOML: duplicate key"
        )]
    );
    let sample = Sample::new(&[("languages/x/highlights.scm", "(")])
        .manifest("languages = [\"languages/x\"]\n");
    assert_eq!(
        sample.findings(),
        [
            "error `languages/x/highlights.scm` line 1, column 1: nothing closes this `(`",
            "error `languages/x/config.toml`: it is missing",
        ]
    );
}

#[test]
fn two_languages_share_neither_name_nor_suffix() {
    let sample = Sample::new(&[
        (
            "languages/a/config.toml",
            "name = \"A\"\npath_suffixes = [\"x\"]\n",
        ),
        (
            "languages/b/config.toml",
            "name = \"B\"\npath_suffixes = [\"x\", \"y\"]\n",
        ),
        (
            "languages/c/config.toml",
            "name = \"A\"\npath_suffixes = [\"z\"]\n",
        ),
    ]);
    let declarative = sample.read();
    assert_eq!(
        said(&declarative),
        [
            "warning `languages/c/config.toml`: there is another language `A` before this one, so this one is left out",
            "warning `languages/b/config.toml`: the suffix `x` is one of the language `A` as well",
        ]
    );
    assert_eq!(declarative.languages.len(), 2);
}

#[test]
fn the_languages_alone_are_read_without_their_other_files() {
    let sample = Sample::new(&[
        (PATH, CONFIG),
        ("languages/marsh/highlights.scm", "("),
        ("languages/marsh/tasks.json", "no"),
        ("themes/one.json", "no"),
    ]);
    let alone = Declarative::read_languages(sample.path(), &sample.loaded());
    let mut all = sample.read();
    assert!(!alone.has_errors(), "{alone:?}");
    assert_eq!(all.errors().count(), 3, "{all:?}");
    all.languages[0].queries.clear();
    assert_eq!(alone.languages, all.languages);
}
