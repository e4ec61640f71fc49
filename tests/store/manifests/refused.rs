//! Manifests that nobody takes, here or there.

use super::{case::Case, parts::theme, text};

const INVALID: &str = "Invalid extension.toml for extension";

/// The manifest of a theme with something else in the place of a line, or one more line.
fn changed(name: &str, change: impl Fn(String) -> String) -> String {
    change(text::authored(&text::head(name, "1.2.3")))
}

fn without(name: &str, key: &str) -> String {
    let mut manifest = text::head(name, "1.2.3");
    manifest.shift_remove(key);
    text::authored(&manifest)
}

fn toml(
    name: &str,
    reason: &'static str,
    there: &'static str,
    content: impl Into<Vec<u8>>,
) -> Case {
    Case::refused(name, reason, there)
        .file("extension.toml", content)
        .file("themes/night.json", theme("Night"))
}

pub fn cases() -> Vec<Case> {
    let more = |name: &str, line: &str| changed(name, |text| format!("{text}{line}\n"));
    let instead = |name: &str, from: &str, to: &str| changed(name, |text| text.replace(from, to));
    let id_rule = "not of the registry's form, `^[a-z0-9-]+$`";
    let mut cases = vec![
        Case::refused(
            "no-manifest",
            "no extension manifest",
            "No extension manifest found for extension",
        )
        .file("themes/night.json", theme("Night")),
        toml(
            "no-id",
            "`id` is missing",
            "missing field `id`",
            without("no-id", "id"),
        ),
        toml(
            "no-name",
            "`name` is missing",
            "missing field `name`",
            without("no-name", "name"),
        ),
        toml(
            "no-version",
            "`version` is missing",
            "missing field `version`",
            without("no-version", "version"),
        ),
        toml(
            "schema-2",
            "has `schema_version` 2, and the newest one known is 1",
            "not offered: its schema is above what the client asks for",
            instead("schema-2", "schema_version = 1", "schema_version = 2"),
        ),
        toml(
            "schema-negative",
            "schema_version",
            "not offered: its schema is below what the client asks for",
            instead(
                "schema-negative",
                "schema_version = 1",
                "schema_version = -1",
            ),
        ),
        toml(
            "schema-text",
            "`schema_version` must be an integer",
            INVALID,
            instead(
                "schema-text",
                "schema_version = 1",
                "schema_version = \"1\"",
            ),
        ),
        toml(
            "id-capitals",
            "`My-Ext` is not an extension id",
            id_rule,
            instead("id-capitals", "id-capitals", "My-Ext"),
        ),
        toml(
            "id-dots",
            "`..` is not an extension id",
            id_rule,
            instead("id-dots", "id-dots", ".."),
        ),
        toml(
            "id-slash",
            "`a/b` is not an extension id",
            id_rule,
            instead("id-slash", "id-slash", "a/b"),
        ),
        toml(
            "id-empty",
            "it is empty",
            id_rule,
            instead("id-empty", "id-empty", ""),
        ),
        toml(
            "id-foreign",
            "is not an extension id",
            id_rule,
            instead("id-foreign", "id-foreign", "thème"),
        ),
        toml(
            "id-number",
            "`id` must be a string",
            INVALID,
            instead("id-number", "\"id-number\"", "7"),
        ),
        toml(
            "version-word",
            "`newest` is not a version",
            "it is never updated",
            instead("version-word", "1.2.3", "newest"),
        ),
        toml(
            "version-empty",
            "is not a version",
            "it is never updated",
            instead("version-empty", "1.2.3", ""),
        ),
        toml(
            "version-number",
            "`version` must be a string",
            INVALID,
            instead("version-number", "\"1.2.3\"", "1.2"),
        ),
        toml(
            "not-toml",
            "extension.toml",
            INVALID,
            "id = \"not-toml\"\nname = \n",
        ),
        toml(
            "twice",
            "extension.toml",
            INVALID,
            more("twice", "id = \"twice\""),
        ),
        toml(
            "page",
            "extension.toml",
            INVALID,
            "<!DOCTYPE html><html></html>",
        ),
        toml("utf-16", "UTF-8", INVALID, b"\xff\xfei\0d\0".to_vec()),
        toml(
            "latin-1",
            "UTF-8",
            INVALID,
            b"id = \"latin-1\"\nname = \"\xe9\"\n".to_vec(),
        ),
        toml("empty", "`id` is missing", "missing field `id`", ""),
        toml(
            "authors-text",
            "`authors` must be a list",
            INVALID,
            instead("authors-text", "[\"Ada <ada@example.com>\"]", "\"Ada\""),
        ),
        toml(
            "themes-text",
            "`themes` must be a list",
            INVALID,
            more("themes-text", "themes = \"themes/night.json\""),
        ),
        toml(
            "themes-out",
            "leaves the extension",
            INVALID,
            more("themes-out", "themes = [\"../../night.json\"]"),
        ),
        toml(
            "themes-root",
            "is absolute",
            INVALID,
            more("themes-root", "themes = [\"/etc/passwd\"]"),
        ),
        toml(
            "snippets-out",
            "leaves the extension",
            INVALID,
            more("snippets-out", "snippets = \"../x.json\""),
        ),
        toml(
            "grammars-list",
            "`grammars` must be a table",
            INVALID,
            more("grammars-list", "grammars = []"),
        ),
        toml(
            "grammars-out",
            "cannot be the name of a grammar",
            "grammar name must be in snake_case",
            more(
                "grammars-out",
                "[grammars.\"../../x\"]\nrepository = \"a\"\nrev = \"b\"",
            ),
        ),
        toml(
            "server-text",
            "must be a list",
            INVALID,
            more("server-text", "[language_servers.a]\nlanguages = \"Marsh\""),
        ),
        toml(
            "lib-version",
            "`lib.version` is not a version",
            INVALID,
            more("lib-version", "[lib]\nversion = \"six\""),
        ),
        toml(
            "capability-half",
            "is missing",
            INVALID,
            more(
                "capability-half",
                "[[capabilities]]\nkind = \"process:exec\"\ncommand = \"a\"",
            ),
        ),
        toml(
            "agent-half",
            "is missing",
            INVALID,
            more(
                "agent-half",
                "[agent_servers.a.targets.linux-x86_64]\nargs = []",
            ),
        ),
        toml(
            "schema-path-out",
            "leaves the extension",
            INVALID,
            more(
                "schema-path-out",
                "[debug_adapters.A]\nschema_path = \"../a.json\"",
            ),
        ),
    ];
    let invalid = "invalid extension.json for extension";
    for (name, reason, text) in [
        ("json-broken", "extension.json", "{ \"name\": \"A\", "),
        (
            "json-no-version",
            "missing field `version`",
            "{\"name\": \"A\"}",
        ),
        (
            "json-number",
            "invalid type",
            "{\"name\": 1, \"version\": \"1.2.3\"}",
        ),
        (
            "json-out",
            "leaves the extension",
            "{\"name\": \"A\", \"version\": \"1.2.3\", \"themes\": {\"A\": \"../a\"}}",
        ),
        ("json-list", "invalid type", "[]"),
    ] {
        let case = Case::refused(name, reason, invalid);
        cases.push(
            case.file("extension.json", text)
                .file("themes/night.json", theme("Night")),
        );
    }
    cases
}
