//! What authors get wrong: what is refused and where, and what is warned of.

use annexe::{
    Hint as _,
    manifest::{Manifest, WarningKind},
};

use crate::{toml, warnings};

#[test]
fn misspelt_keys_are_named_with_their_line_at_every_level() {
    let rest = r#"descripton = "x"
colour = "green"

[language_servers.taplo]
name = "Taplo"
nmae = "Taplo"
languages = ["TOML"]

[language_servers."my server"]
languages = ["A"]
"odd\nkey" = 1

[agent_servers.a.targets.linux-x86_64]
archive = "x"
cmd = "y"
arg = []

[context_servers.old]
settings_hint = "was read once"

[[capabilities]]
kind = "npm:install"
package = "x"
pakage = "x"

[[capabilities]]
kind = "npm:instal"
package = "x"
"#;
    assert_eq!(
        warnings(rest),
        [
            "line 5: unknown key `descripton`; did you mean `description`?",
            "line 6: unknown key `colour`",
            "line 10: unknown key `language_servers.taplo.nmae`; did you mean `name`?",
            "line 15: unknown key `language_servers.\"my server\".\"odd\\nkey\"`",
            "line 20: unknown key `agent_servers.a.targets.linux-x86_64.arg`; did you mean `args`?",
            "line 28: unknown key `capabilities[0].pakage`; did you mean `package`?",
            "line 31: unknown value of `capabilities[1].kind`; did you mean `npm:install`?",
        ]
    );
}

#[test]
fn keys_that_should_be_there_are_warned_of() {
    let rest =
        "[grammars.a]\n[language_servers.b]\n[slash_commands.c]\n[language_model_providers.d]";
    let text = format!("id = 'a'\nname = 'A'\nversion = '1.0.0'\n{rest}");
    let (manifest, warnings) = Manifest::parse_toml(&text).unwrap();
    assert_eq!(
        manifest.schema_version, 0,
        "a manifest that does not say is of the legacy format"
    );
    let missing: Vec<_> = warnings
        .iter()
        .inspect(|warning| assert_eq!(warning.kind(), WarningKind::MissingKey))
        .map(|warning| (warning.line(), warning.key()))
        .collect();
    assert_eq!(
        missing,
        [
            (None, "schema_version"),
            (Some(4), "grammars.a.repository"),
            (Some(4), "grammars.a.rev"),
            (Some(5), "language_servers.b.languages"),
            (Some(6), "slash_commands.c.description"),
            (Some(6), "slash_commands.c.requires_argument"),
            (Some(7), "language_model_providers.d.name"),
        ]
    );
}

#[test]
fn wrong_types_are_refused_at_their_place() {
    let table = [
        (
            "authors = 'Ada'",
            5,
            11,
            "`authors` must be a list, and is a string",
        ),
        (
            "authors = [1]",
            5,
            12,
            "`authors[0]` must be a string, and is an integer",
        ),
        (
            "description = 1.5",
            5,
            15,
            "`description` must be a string, and is a number",
        ),
        (
            "themes = { a = 1 }",
            5,
            10,
            "`themes` must be a list, and is a table",
        ),
        (
            "lib = true",
            5,
            7,
            "`lib` must be a table, and is a boolean",
        ),
        (
            "lib.version = '1'",
            5,
            15,
            "`lib.version` is not a version: ",
        ),
        (
            "\n[language_servers]\nx = []",
            7,
            5,
            "`language_servers.x` must be a table, and is a list",
        ),
        (
            "[language_servers.x]\nlanguages = ['é', 2]",
            6,
            19,
            "`language_servers.x.languages[1]` must be a string, and is an integer",
        ),
        (
            "[language_servers.x]\nlanguage_ids = { A = 1979-05-27 }",
            6,
            22,
            "`language_servers.x.language_ids.A` must be a string, and is a date or time",
        ),
        (
            "[slash_commands.x]\ndescription = ''\nrequires_argument = 'no'",
            7,
            21,
            "`slash_commands.x.requires_argument` must be `true` or `false`, and is a string",
        ),
        (
            "snippets = 1",
            5,
            12,
            "`snippets` must be a string, and is an integer",
        ),
        (
            "capabilities = 'all'",
            5,
            16,
            "`capabilities` must be a list, and is a string",
        ),
        (
            "[[capabilities]]\ncommand = 'x'",
            5,
            1,
            "`capabilities[0].kind` is missing",
        ),
        (
            "[[capabilities]]\nkind = 'process:exec'\ncommand = 'x'",
            5,
            1,
            "`capabilities[0].args` is missing",
        ),
        (
            "[agent_servers.a.targets.t]\ncmd = 'x'",
            5,
            1,
            "`agent_servers.a.targets.t.archive` is missing",
        ),
        ("id = 'twice'", 5, 1, "duplicate key"),
        ("authors = [", 5, 12, "unclosed array"),
        (
            "[grammars.'../x']",
            5,
            1,
            "`../x` cannot be the name of a grammar",
        ),
    ];
    for (rest, line, column, message) in table {
        let error = toml(rest).unwrap_err();
        let invalid = error
            .as_invalid()
            .unwrap_or_else(|| panic!("{rest}: {error:?}"));
        assert!(invalid.message().starts_with(message), "{rest}: {error}");
        assert_eq!(
            (invalid.line(), invalid.column()),
            (Some(line), Some(column)),
            "{rest}: {error}"
        );
        let place = format!("`extension.toml` line {line}, column {column}: ");
        assert!(error.to_string().starts_with(&place), "{error}");
    }
}

#[test]
fn what_makes_an_extension_unusable_is_refused() {
    let table = [
        (
            "name = 'A'\nversion = '1'",
            "`extension.toml`: `id` is missing",
        ),
        (
            "id = 'a'\nversion = '1'",
            "`extension.toml`: `name` is missing",
        ),
        (
            "id = 'a'\nname = 'A'",
            "`extension.toml`: `version` is missing",
        ),
        (
            "name = 'A'\nversion = '1'\nid = 'My Ext'",
            "`extension.toml` line 3, column 6: `My Ext` is not an extension id: it contains `M`",
        ),
        (
            "schema_version = 2\nid = 7",
            "`extension.toml` has `schema_version` 2, and the newest one known is 1",
        ),
        (
            "schema_version = -1",
            "`extension.toml` has `schema_version` -1, and the newest one known is 1",
        ),
        (
            "schema_version = '1'",
            "`extension.toml` line 1, column 18: `schema_version` must be an integer, and is a string",
        ),
        (
            "schema_version = 99999999999999999999",
            "`extension.toml` line 1, column 18: `schema_version` is too large an integer",
        ),
    ];
    for (text, message) in table {
        let error = Manifest::parse_toml(text).unwrap_err();
        assert_eq!(error.to_string(), message);
    }
    let error = Manifest::parse_toml("version = '1'\nname = 'A'\nid = 'My Ext'").unwrap_err();
    assert!(error.hint().unwrap().contains("`my-ext`"));
    let error = Manifest::parse_toml("schema_version = 2").unwrap_err();
    assert!(error.hint().unwrap().contains("update"));
    let error = Manifest::parse_toml("").unwrap_err();
    assert_eq!(error.hint().as_deref(), Some("add `id = \"…\"`"));
}

#[test]
fn paths_that_leave_the_extension_are_refused_in_every_key() {
    let keys = [
        ("themes = ['{}']", "themes[0]"),
        ("icon_themes = ['ok.json', '{}']", "icon_themes[1]"),
        ("languages = ['{}']", "languages[0]"),
        ("snippets = '{}'", "snippets"),
        ("snippets = ['{}']", "snippets[0]"),
        ("grammars.x.path = '{}'", "grammars.x.path"),
        (
            "debug_adapters.x.schema_path = '{}'",
            "debug_adapters.x.schema_path",
        ),
        ("agent_servers.x.icon = '{}'", "agent_servers.x.icon"),
        (
            "language_model_providers.x.icon = '{}'",
            "language_model_providers.x.icon",
        ),
    ];
    let paths = [
        ("../x", "leaves the extension"),
        ("a/../../x", "leaves the extension"),
        ("/etc/passwd", "is absolute"),
        ("C:/x", "is absolute"),
        ("c:x", "is absolute"),
        ("a\\x", "contains a backslash"),
    ];
    for (line, key) in keys {
        for (path, problem) in paths {
            let error = toml(&line.replace("{}", path)).unwrap_err();
            let invalid = error.as_invalid().unwrap();
            let shown = path.escape_debug();
            assert_eq!(
                invalid.message(),
                format!("`{key}` is `{shown}`, which {problem}")
            );
            assert_eq!(invalid.line(), Some(5));
            assert!(error.hint().is_some());
        }
    }
    let error = toml("[debug_adapters.'../../x']").unwrap_err();
    assert!(
        error.to_string().contains("leaves the extension"),
        "{error}"
    );
}
