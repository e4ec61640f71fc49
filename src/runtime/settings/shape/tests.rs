//! Each shape, what does not fit, and what is near to it.

use serde_json::json;

use super::{super::shape, *};

fn read(text: &str) -> (Value, Vec<Slip>) {
    shape::read(text).unwrap()
}

#[test]
fn both_forms_of_a_context_servers_command_are_one() {
    let expected = json!({"path": "/bin/x", "arguments": ["a"], "env": {"A": "b"}});
    for text in [
        r#"{"path": "/bin/x", "arguments": ["a"], "env": {"A": "b"}}"#,
        r#"{"path": "/bin/x", "args": ["a"], "env": {"A": "b"}, "later": 1}"#,
    ] {
        let text = format!(r#"{{"context_servers": {{"one": {{"command": {text}}}}}}}"#);
        let (value, _) = read(&text);
        assert_eq!(value["context_servers"]["one"]["command"], expected);
    }
    let flat = r#"{"context_servers": {"one": {
        "source": "custom", "command": "/bin/x", "args": ["a"], "env": {"A": "b"}, "settings": {"x": 1},
    }}}"#;
    let (value, _) = read(flat);
    assert_eq!(
        value["context_servers"]["one"],
        json!({"settings": {"x": 1}, "command": expected})
    );
}

#[test]
fn a_debug_adapter_s_program_and_a_switch_are_read_and_what_does_not_fit_is_left_out() {
    let program = json!({"path": "/bin/x", "arguments": ["a"], "env": {"A": "b"}});
    for text in [
        r#"{"binary": "/bin/x", "args": ["a"], "env": {"A": "b"}}"#,
        r#"{"binary": {"path": "/bin/x", "arguments": ["a"], "env": {"A": "b"}}}"#,
    ] {
        let (value, slips) = read(&format!(r#"{{"dap": {{"one": {text}}}}}"#));
        assert_eq!(value["dap"]["one"], json!({ "binary": program }));
        assert_eq!(slips, []);
    }
    let text = r#"{"dap": {"one": {"binary": 1}}, "context_servers": {"a": {"enabled": "no"}}}"#;
    let (value, slips) = read(text);
    assert_eq!(value["dap"]["one"], json!({}));
    let keys: Vec<String> = slips.iter().map(|slip| slip.key.join(".")).collect();
    assert_eq!(keys, ["dap.one.binary", "context_servers.a.enabled"]);
    let (value, _) = read(r#"{"context_servers": {"a": {"enabled": false}}}"#);
    assert_eq!(value["context_servers"]["a"]["enabled"], false);
}

#[test]
fn unknown_keys_of_an_editors_file_are_passed_over_and_nothing_is_nothing() {
    for text in ["", "// nothing", "{}", "null", "{\"lsp\": null}"] {
        assert!(read(text).0["lsp"].is_null(), "{text}");
    }
    let text = r#"{"theme": 1, "lsp": {"a": {"fetch": false, "binary": null, "settings": [1,]}},
        "languages": {"Rust": {"tab_size": null, "formatter": {}}}, "tab_size": 8 /* all */}"#;
    assert_eq!(
        read(text),
        (
            json!({
                "lsp": {"a": {"binary": null, "settings": [1]}},
                "languages": {"Rust": {"tab_size": null}},
                "tab_size": 8,
            }),
            vec![]
        )
    );
}

#[test]
fn a_value_that_does_not_fit_is_left_out_and_told_with_its_whole_key() {
    for (text, key, words, left) in [
        (r#"{"lsp": []}"#, "lsp", "`lsp` must be an object", "{}"),
        (
            r#"{"lsp": {"a": 1, "b": {}}}"#,
            "lsp.a",
            "`lsp.a` must be an object, and is a number",
            r#"{"lsp": {"b": {}}}"#,
        ),
        (
            r#"{"lsp": {"a.b": {"binary": "x", "settings": {"binry": 1}}}}"#,
            "lsp.\"a.b\".binary",
            "`lsp.\"a.b\".binary` must be an object, and is a string",
            r#"{"lsp": {"a.b": {"settings": {"binry": 1}}}}"#,
        ),
        (
            r#"{"lsp": {"a": {"binary": {"path": 1, "arguments": ["x"]}}}}"#,
            "lsp.a.binary.path",
            "`lsp.a.binary.path` must be a string",
            r#"{"lsp": {"a": {"binary": {"arguments": ["x"]}}}}"#,
        ),
        (
            r#"{"lsp": {"a": {"binary": {"path": "y", "arguments": ["x", 1]}}}}"#,
            "lsp.a.binary.arguments",
            "`lsp.a.binary.arguments.1` must be a string, and is a number",
            r#"{"lsp": {"a": {"binary": {"path": "y"}}}}"#,
        ),
        (
            r#"{"lsp": {"a": {"binary": {"env": {"A": true, "B": "b"}}}}}"#,
            "lsp.a.binary.env.A",
            "`lsp.a.binary.env.A` must be a string",
            r#"{"lsp": {"a": {"binary": {"env": {"B": "b"}}}}}"#,
        ),
        (
            r#"{"languages": {"Rust": {"tab_size": 0, "hard_tabs": true}}}"#,
            "languages.Rust.tab_size",
            "`languages.Rust.tab_size` must be a whole number above",
            r#"{"languages": {"Rust": {"hard_tabs": true}}}"#,
        ),
        (
            r#"{"tab_size": "4", "tab_size": 3, "tab_size": "4"}"#,
            "tab_size",
            "`tab_size` must be a whole number above zero, and is a string",
            "{}",
        ),
        (
            r#"{"hard_tabs": 1}"#,
            "hard_tabs",
            "`hard_tabs` must be `true` or `false`",
            "{}",
        ),
        (
            r#"{"preferred_line_length": -1}"#,
            "preferred_line_length",
            "whole number",
            "{}",
        ),
        (
            r#"{"context_servers": {"a": {"command": 1, "settings": {}}}}"#,
            "context_servers.a.command",
            "`context_servers.a.command` must be a string, or",
            r#"{"context_servers": {"a": {"settings": {}}}}"#,
        ),
        (
            r#"{"context_servers": {"a": {"command": "x", "args": "x"}}}"#,
            "context_servers.a.args",
            "must be a list of strings",
            r#"{"context_servers": {"a": {"command": {"path": "x"}}}}"#,
        ),
        (
            r#"{"context_servers": {"a": {"url": 1}}}"#,
            "context_servers.a.url",
            "must be a string",
            r#"{"context_servers": {"a": {}}}"#,
        ),
        (
            r#"{"languages": {"Rust": {"language_servers": "x"}}}"#,
            "languages.Rust.language_servers",
            "`languages.Rust.language_servers` must be a list of strings, and is a string",
            r#"{"languages": {"Rust": {}}}"#,
        ),
        (
            r#"{"languages": {"Rust": {"language_servers": ["x", null]}}}"#,
            "languages.Rust.language_servers",
            "`languages.Rust.language_servers.1` must be a string, and is `null`",
            r#"{"languages": {"Rust": {}}}"#,
        ),
        (
            r#"{"languages": {"Rust": {"enable_language_server": "no"}}}"#,
            "languages.Rust.enable_language_server",
            "`languages.Rust.enable_language_server` must be `true` or `false`",
            r#"{"languages": {"Rust": {}}}"#,
        ),
        (
            r#"{"enable_language_server": 0}"#,
            "enable_language_server",
            "`enable_language_server` must be `true` or `false`, and is a number",
            "{}",
        ),
        (
            r#"{"file_types": {"YAML": "yml", "C": ["c"]}}"#,
            "file_types.YAML",
            "`file_types.YAML` must be a list of strings",
            r#"{"file_types": {"C": ["c"]}}"#,
        ),
        (
            r#"{"file_types": {"YAML": ["yml", "{a"]}}"#,
            "file_types.YAML",
            "`file_types.YAML.1` is not a pattern: it has a `{` without a `}`",
            r#"{"file_types": {}}"#,
        ),
    ] {
        let (value, slips) = read(text);
        assert_eq!(
            value,
            serde_json::from_str::<Value>(left).unwrap(),
            "{text}"
        );
        for slip in &slips {
            assert!(slip.is_dropped, "{text}: {slip:?}");
            assert_eq!(in_words(&slip.key), key, "{text}");
            assert!(slip.problem.contains(words), "{text}: {slip:?}");
        }
        assert!(!slips.is_empty(), "{text}");
    }
    for text in ["[]", "1", r#"{"lsp": {}"#] {
        assert!(shape::read(text).is_err(), "{text}");
    }
}

#[test]
fn a_key_near_a_known_one_is_told_and_an_editors_own_is_not() {
    for (text, words) in [
        (
            r#"{"tab_siz": 4}"#,
            "`tab_siz` is not known; did you mean `tab_size`?",
        ),
        (r#"{"LSP": {}}"#, "`LSP` is not known; did you mean `lsp`?"),
        (
            r#"{"lsp": {"a": {"binray": {}}}}"#,
            "`lsp.a.binray` is not known; did you mean `binary`?",
        ),
        (
            r#"{"lsp": {"a": {"initializationOptions": {}}}}"#,
            "did you mean `initialization_options`?",
        ),
        (
            r#"{"lsp": {"a": {"binary": {"argument": []}}}}"#,
            "`arguments`?",
        ),
        (r#"{"languages": {"A": {"hard-tab": 1}}}"#, "`hard_tabs`?"),
        (
            r#"{"context_servers": {"a": {"commnd": "x"}}}"#,
            "`command`?",
        ),
    ] {
        let (_, slips) = read(text);
        assert_eq!(slips.len(), 1, "{text}");
        assert!(!slips[0].is_dropped, "{text}");
        assert!(slips[0].problem.contains(words), "{text}: {slips:?}");
    }
    let of_editor = r#"{"theme": 1, "tabs": {}, "tab_bar": {}, "language_models": {}, "soft_wrap": 1,
        "file_icons": true, "context_server_timeout": 1, "languages": {"A": {"formatter": {}, "format_on_save": "off"}},
        "lsp": {"a": {"fetch": false, "enable_lsp_tasks": true, "binary": {"ignore_system_version": true}}},
        "context_servers": {"a": {"source": "custom", "enabled": true, "headers": {}, "timeout": 1, "remote": true}}}"#;
    assert_eq!(read(of_editor).1, vec![]);
}
