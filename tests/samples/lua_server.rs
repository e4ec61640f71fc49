//! API 0.0.6: a language server with settings, and labels for completions and symbols.

use std::collections::HashMap;

use annexe::types::{CommandSettings, LanguageServerSettings};
use serde_json::{Value, json};

use crate::sample::{Sample, Settings};

const SERVER: &str = "lua-language-server";

fn set(settings: LanguageServerSettings) -> Settings {
    Settings {
        language_servers: HashMap::from([(SERVER, settings)]),
        ..Settings::default()
    }
}

/// The answer of an export whose answer is JSON text.
async fn ask_json(sample: &Sample, export: &str) -> Value {
    sample.ask(export, json!([SERVER])).await.unwrap()
}

/// What a user sees of a label, and what of it a filter looks at.
fn shown(label: &Value) -> (String, String) {
    let code = label["code"].as_str().unwrap();
    let slice = |text: &str, range: &Value| {
        let end = |name: &str| usize::try_from(range[name].as_u64().unwrap()).unwrap();
        text[end("start")..end("end")].to_owned()
    };
    let mut text = String::new();
    for span in label["spans"].as_array().unwrap() {
        match span.get("code_range") {
            Some(range) => text.push_str(&slice(code, range)),
            None => text.push_str(span["literal"]["text"].as_str().unwrap()),
        }
    }
    let filter = slice(&text, &label["filter_range"]);
    (text, filter)
}

#[tokio::test]
async fn it_starts_the_server_that_is_on_the_path() {
    let sample = Sample::start("lua-server").await;
    let ask = || sample.ask("language-server-command", json!([SERVER]));
    let error = ask().await.unwrap_err();
    assert!(
        error.contains("`lua-language-server` is not on PATH"),
        "{error}"
    );

    let program = sample.program(SERVER);
    let command = ask().await.unwrap();
    assert_eq!(command["command"], program);
    assert_eq!(command["args"], json!([]));
    let path = sample.worktree().join("bin");
    assert_eq!(command["env"], json!([["PATH", path.to_string_lossy()]]));
}

#[tokio::test]
async fn it_starts_no_server_but_its_own() {
    let sample = Sample::start("lua-server").await;
    let ask = sample.ask("language-server-command", json!(["luau-lsp"]));
    let error = ask.await.unwrap_err();
    assert!(
        error.contains("`lua-language-server`, not `luau-lsp`"),
        "{error}"
    );
}

#[tokio::test]
async fn the_settings_name_another_program_and_its_arguments() {
    let settings = set(LanguageServerSettings {
        binary: Some(CommandSettings {
            path: Some("/opt/lua/server".into()),
            arguments: Some(vec!["--locale=en-us".into()]),
            ..CommandSettings::default()
        }),
        ..LanguageServerSettings::default()
    });
    let sample = Sample::start_with("lua-server", settings).await;
    sample.program(SERVER);
    let ask = sample.ask("language-server-command", json!([SERVER]));
    let command = ask.await.unwrap();
    assert_eq!(command["command"], "/opt/lua/server");
    assert_eq!(command["args"], json!(["--locale=en-us"]));
}

#[tokio::test]
async fn a_path_of_the_settings_is_looked_up_or_starts_at_the_worktree() {
    let start = async |path: &str| {
        let settings = set(LanguageServerSettings {
            binary: Some(CommandSettings {
                path: Some(path.into()),
                ..CommandSettings::default()
            }),
            ..LanguageServerSettings::default()
        });
        Sample::start_with("lua-server", settings).await
    };
    let ask = async |sample: &Sample| {
        let arguments = json!([SERVER]);
        sample.ask("language-server-command", arguments).await
    };

    for path in ["tools/lua", "./tools/lua"] {
        let sample = start(path).await;
        let expected = sample.worktree().join("tools/lua");
        let command = ask(&sample).await.unwrap();
        assert_eq!(command["command"], *expected.to_string_lossy(), "{path}");
        assert_eq!(command["args"], json!([]));
    }

    let sample = start("luals").await;
    sample.program(SERVER);
    let error = ask(&sample).await.unwrap_err();
    assert!(
        error.contains("`luals`, which the setting `binary.path` names, is not on PATH"),
        "{error}"
    );
    let program = sample.program("luals");
    assert_eq!(ask(&sample).await.unwrap()["command"], program);
}

#[tokio::test]
async fn without_settings_the_server_is_told_the_defaults() {
    let sample = Sample::start("lua-server").await;
    assert_eq!(
        ask_json(&sample, "language-server-initialization-options").await,
        json!({
            "changeConfiguration": false,
            "languageConfiguration": false,
            "statusBar": false,
            "viewDocument": false,
        })
    );
    assert_eq!(
        ask_json(&sample, "language-server-workspace-configuration").await,
        json!({"Lua": {"telemetry": {"enable": false}, "workspace": {"checkThirdParty": false}}})
    );
}

#[tokio::test]
async fn settings_are_merged_over_the_defaults_at_any_depth() {
    let settings = json!({
        "workspace": {"checkThirdParty": "Ask", "library": ["/lua"]},
        "runtime": {"version": "LuaJIT"},
    });
    let merged = json!({"Lua": {
        "telemetry": {"enable": false},
        "workspace": {"checkThirdParty": "Ask", "library": ["/lua"]},
        "runtime": {"version": "LuaJIT"},
    }});
    for settings in [settings.clone(), json!({ "Lua": settings })] {
        let settings = set(LanguageServerSettings {
            initialization_options: Some(json!({"statusBar": true, "locale": "en-us"})),
            settings: Some(settings),
            ..LanguageServerSettings::default()
        });
        let sample = Sample::start_with("lua-server", settings).await;
        assert_eq!(
            ask_json(&sample, "language-server-workspace-configuration").await,
            merged
        );
        let options = ask_json(&sample, "language-server-initialization-options").await;
        assert_eq!(options["statusBar"], true);
        assert_eq!(options["locale"], "en-us");
        assert_eq!(options["viewDocument"], false);
    }
}

#[tokio::test]
async fn completions_are_shown_as_the_lua_they_stand_for() {
    let sample = Sample::start("lua-server").await;
    // What the server sends; the code of the label; what is shown; what a filter looks at.
    let table = [
        (
            json!({"kind": "function", "label": "print(...)", "detail": "function"}),
            "function print(...) end",
            "print(...)",
            "print",
        ),
        (
            json!({"kind": "function", "label": "next(table, index?)"}),
            "function next(table, index) end",
            "next(table, index?)",
            "next",
        ),
        (
            json!({"kind": "method", "label": "close(mode)"}),
            "function _:close(mode) end",
            "close(mode)",
            "close",
        ),
        (
            json!({"kind": "snippet", "label": "pcall(f, arg1)"}),
            "function pcall(f, arg1) end",
            "pcall(f, arg1)",
            "pcall",
        ),
        (
            json!({"kind": "field", "label": "pi", "detail": "number = 3.14\nmore"}),
            "_.pi = nil",
            "pi  number = 3.14",
            "pi",
        ),
        (
            json!({"kind": "property", "label": "[\"two words\"]"}),
            "_[\"two words\"] = nil",
            "[\"two words\"]",
            "[\"two words\"]",
        ),
        (
            json!({"kind": "variable", "label": "größe", "detail": "integer"}),
            "",
            "",
            "",
        ),
        (
            json!({"kind": "variable", "label": "size", "detail": "integer"}),
            "size = nil",
            "size  integer",
            "size",
        ),
        (
            json!({"kind": "enum_member", "label": "\"rb\""}),
            "_ = \"rb\"",
            "\"rb\"",
            "\"rb\"",
        ),
        (
            json!({"kind": "keyword", "label": "while"}),
            "",
            "while",
            "while",
        ),
        (
            json!({"kind": "class", "label": "std.Metatable"}),
            "",
            "std.Metatable",
            "std.Metatable",
        ),
        (json!({"kind": "text", "label": "word"}), "", "", ""),
        (
            json!({"kind": "snippet", "label": "for .. ipairs"}),
            "",
            "",
            "",
        ),
        (json!({"label": "print()"}), "", "", ""),
    ];
    let completions: Vec<_> = table.iter().map(|row| row.0.clone()).collect();
    let labels = sample
        .ask("labels-for-completions", json!([SERVER, completions]))
        .await
        .unwrap();
    let labels = labels.as_array().unwrap();
    assert_eq!(labels.len(), table.len());
    for (label, (completion, code, text, filter)) in labels.iter().zip(table) {
        if text.is_empty() {
            assert!(label.is_null(), "{completion}: {label}");
            continue;
        }
        assert_eq!(label["code"], code, "{completion}");
        assert_eq!(shown(label), (text.into(), filter.into()), "{completion}");
    }
}

#[tokio::test]
async fn the_pieces_of_a_label_say_how_they_are_highlighted() {
    let sample = Sample::start("lua-server").await;
    let completions = json!([
        {"kind": "function", "label": "load(chunk, name?)", "detail": "fun(): any"},
        {"kind": "keyword", "label": "local"},
    ]);
    let labels = sample
        .ask("labels-for-completions", json!([SERVER, completions]))
        .await
        .unwrap();
    let spans = json!([
        {"code_range": {"start": 9, "end": 25}},
        {"literal": {"text": "?", "highlight_name": "operator"}},
        {"code_range": {"start": 25, "end": 26}},
        {"literal": {"text": "  fun(): any", "highlight_name": "comment"}},
    ]);
    assert_eq!(labels[0]["spans"], spans);
    let spans = json!([{"literal": {"text": "local", "highlight_name": "keyword"}}]);
    assert_eq!(labels[1]["spans"], spans);
}

#[tokio::test]
async fn symbols_are_shown_with_what_declares_them_and_found_by_their_name() {
    let sample = Sample::start("lua-server").await;
    // Kind and name; the code of the label; what is shown.
    let table = [
        (
            "function",
            "M.open",
            "function M.open() end",
            "function M.open",
        ),
        (
            "method",
            "M:close",
            "function M:close() end",
            "function M:close",
        ),
        ("field", "size", "_.size = nil", "size"),
        ("field", "M.size", "M.size = nil", "M.size"),
        ("variable", "count", "count = nil", "count"),
        ("string", "title", "title = nil", "title"),
        ("class", "std.Metatable", "", "class std.Metatable"),
        ("struct", "openmode", "", "alias openmode"),
        ("package", "while", "", "while"),
        ("function", "(anonymous)", "", ""),
        ("event", "changed", "", ""),
        ("variable", "end", "", ""),
    ];
    let symbols: Vec<_> = table
        .iter()
        .map(|(kind, name, ..)| json!({"kind": kind, "name": name}))
        .collect();
    let labels = sample
        .ask("labels-for-symbols", json!([SERVER, symbols]))
        .await
        .unwrap();
    for ((kind, name, code, text), label) in table.into_iter().zip(labels.as_array().unwrap()) {
        if text.is_empty() {
            assert!(label.is_null(), "{kind} {name}: {label}");
            continue;
        }
        assert_eq!(label["code"], code, "{kind} {name}");
        assert_eq!(shown(label), (text.into(), name.into()), "{kind} {name}");
    }
    assert_eq!(labels.as_array().unwrap().len(), table.len());
}

#[tokio::test]
async fn a_symbol_of_an_unknown_kind_has_no_label() {
    let sample = Sample::start("lua-server").await;
    let symbols = json!([SERVER, [{"kind": {"other": 99}, "name": "x"}]]);
    let labels = sample.ask("labels-for-symbols", symbols).await.unwrap();
    assert_eq!(labels, json!([null]));
}
