//! A language's `config.toml`, field by field.

use annexe::check::{
    Code,
    Severity::{Error, Warning},
};

use super::{Row, assert_clean, assert_rows};

const CONFIG: &str = "languages/marsh/config.toml";

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
