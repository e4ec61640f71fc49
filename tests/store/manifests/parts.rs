//! What extensions bring: the part of a manifest that says so, and the files that go with it.

use serde_json::{Value, json};

use crate::support::guests;

/// The API of the components, where it does not matter.
pub const API: &str = "0.6.0";

/// A grammar that is compiled to nothing.
pub const GRAMMAR: &[u8] = b"\0asm\x01\0\0\0";

/// One sort of extension.
pub struct Part {
    pub name: &'static str,
    pub provides: &'static [&'static str],
    /// The keys of its manifest besides the head.
    pub manifest: Value,
    pub files: Vec<(String, Vec<u8>)>,
    pub has_component: bool,
}

fn part(name: &'static str, provides: &'static [&'static str], manifest: Value) -> Part {
    Part {
        name,
        provides,
        manifest,
        files: Vec::new(),
        has_component: false,
    }
}

impl Part {
    fn file(mut self, path: &str, content: impl Into<Vec<u8>>) -> Self {
        self.files.push((path.to_owned(), content.into()));
        self
    }

    fn component(mut self) -> Self {
        self.has_component = true;
        self.file("extension.wasm", guests::wasm(API))
    }

    fn language(self, folder: &str, name: &str) -> Self {
        let config = format!(
            "name = \"{name}\"\ngrammar = \"marsh\"\npath_suffixes = [\"{folder}\"]\nline_comments = [\"# \"]\n\
             brackets = [{{ start = \"(\", end = \")\", close = true, newline = false }}]\n"
        );
        self.file(&format!("languages/{folder}/config.toml"), config)
            .file(
                &format!("languages/{folder}/highlights.scm"),
                "(comment) @comment\n",
            )
    }
}

pub fn theme(name: &str) -> String {
    json!({"$schema": "https://zed.dev/schema/themes/v0.2.0.json", "name": name, "author": "A", "themes": [
        {"name": name, "appearance": "dark", "style": {"background": "#000000ff", "players": [], "syntax": {}}}
    ]})
    .to_string()
}

pub fn icon_theme(name: &str, icon: &str) -> String {
    json!({"$schema": "https://zed.dev/schema/icon_themes/v0.3.0.json", "name": name, "author": "A", "themes": [
        {"name": name, "appearance": "light", "file_icons": {"default": {"path": icon}}}
    ]})
    .to_string()
}

/// All sorts.
pub fn all() -> Vec<Part> {
    let grammar =
        json!({"repository": "https://example.com/tree-sitter-marsh", "rev": "0123456789abcdef"});
    let server = json!({"name": "Marsh Server", "languages": ["Marsh", "Fen"],
        "language_ids": {"Marsh": "marsh", "Fen (old)": "fen"}, "code_action_kinds": ["", "quickfix"]});
    let target = json!({"archive": "https://example.com/a.tar.gz", "cmd": "node", "args": ["a.js", "--x"],
        "sha256": "00ff", "env": {"A": "1"}});
    vec![
        part("theme", &["themes"], json!({"themes": ["themes/night.json"]}))
            .file("themes/night.json", theme("Night")),
        part("themes-unnamed", &["themes"], json!({}))
            .file("themes/night.json", theme("Night"))
            .file("themes/a day.json", theme("A Day")),
        part("icons", &["icon-themes"], json!({"icon_themes": ["icon_themes/dots.json"]}))
            .file("icon_themes/dots.json", icon_theme("Dots", "./icons/dark/file.svg"))
            .file("icons/dark/file.svg", "<svg/>")
            .file("icons/file_type_ünï.svg", "<svg/>"),
        part(
            "language",
            &["languages", "grammars"],
            json!({"languages": ["languages/marsh"], "grammars": {"marsh": grammar}}),
        )
        .language("marsh", "Marsh")
        .file("grammars/marsh.wasm", GRAMMAR),
        part(
            "language-unnamed",
            &["languages", "grammars"],
            json!({"grammars": {"marsh": {"repository": "https://example.com/g", "commit": "ab", "path": "sub"}}}),
        )
        .language("marsh", "Marsh")
        .language("fen", "Fen")
        .file("languages/marsh/tasks.json", "[ /* none */ ]")
        .file("grammars/marsh.wasm", GRAMMAR),
        part(
            "server",
            &["language-servers"],
            json!({"language_servers": {"marsh-ls": server}}),
        )
        .component(),
        part(
            "server-of-one",
            &["language-servers"],
            json!({"language_servers": {"marsh_ls": {"language": "Marsh"}, "Fen LS": {"language": "Fen", "languages": []}}}),
        )
        .component(),
        part(
            "context",
            &["context-servers"],
            json!({"context_servers": {"reeds": {}, "old": {"settings_hint": "x", "installation_instructions": "y"}}}),
        )
        .component(),
        part(
            "debug",
            &["debug-adapters"],
            json!({"debug_adapters": {"Wader": {}, "Deep Wader": {"schema_path": "schemas/deep.json"}},
                "debug_locators": {"otter": {}}}),
        )
        .component()
        .file("debug_adapter_schemas/Wader.json", "{}")
        .file("schemas/deep.json", "{}"),
        part("snippet", &["snippets"], json!({"snippets": "snippets/marsh.json"}))
            .file("snippets/marsh.json", "{}"),
        part(
            "snippets",
            &["snippets"],
            json!({"snippets": ["./snippets/marsh.json", "snippets/fen.json"]}),
        )
        .file("snippets/marsh.json", "{}")
        .file("snippets/fen.json", "{ \"A\": {\"prefix\": \"a\", \"body\": \"b\"} }"),
        part("snippets-unnamed", &["snippets"], json!({})).file("snippets.json", "{}"),
        part(
            "commands",
            &["slash-commands"],
            json!({"slash_commands": {"drain": {"description": "Drains a marsh", "requires_argument": true},
                "fill": {"description": "", "requires_argument": false}}}),
        )
        .component(),
        part(
            "docs",
            &["indexed-docs-providers"],
            json!({"indexed_docs_providers": {"bog-docs": {}}}),
        )
        .component(),
        part(
            "agent",
            &["agent-servers"],
            json!({"agent_servers": {"heron": {"name": "Heron", "icon": "icons/heron.svg", "env": {"LEGS": "2"},
                "targets": {"darwin-aarch64": target, "linux-x86_64": target, "windows-x86_64": target}}}}),
        )
        .file("icons/heron.svg", "<svg/>"),
        part(
            "asking",
            &["language-servers"],
            json!({"language_servers": {"marsh-ls": {"languages": ["Marsh"]}}, "capabilities": [
                {"kind": "process:exec", "command": "gem", "args": ["install", "--norc", "**"]},
                {"kind": "download_file", "host": "github.com", "path": ["marsh", "**"]},
                {"kind": "npm:install", "package": "@marsh/server"}]}),
        )
        .component(),
    ]
}
