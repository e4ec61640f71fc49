//! `languages.toml` of Helix, which can load no other file: tables of our own, behind the user's.
//!
//! Helix lays the user's file over its own, languages by their name, and a list of servers in the place of the other. So
//! the servers here stand in the place of those that Helix would look for by itself, which is told; a list that the user
//! has written is left as it is, and what belongs into it is told.

use std::{collections::BTreeSet, path::Path};

use super::{
    EditorRequest,
    error::EditorError,
    language::{EditorLanguage, brought, is_plain_suffix, servers},
    launch::arguments,
    names::names,
    toml_text::{array, parse, string},
    tools,
};

/// The editor's name, in messages.
const EDITOR: &str = "Helix";

/// The seconds that a server has for an answer: a first start installs it. Helix' own default is 20.
const TIMEOUT: u32 = 600;

/// The addition to the file, with what the user is told of it.
pub(super) struct Addition {
    pub text: String,
    pub notes: Vec<String>,
}

/// What belongs into the file, beside what the user has in it.
pub(super) fn addition(
    request: &EditorRequest<'_>,
    languages: &[EditorLanguage],
    own: &Own,
) -> Result<Addition, EditorError> {
    let command = request.launch.command()?;
    let (program, options) = command
        .split_first()
        .map_or(("", &[][..]), |(first, rest)| (first.as_str(), rest));
    let mut text = String::new();
    for (server, _) in servers(languages) {
        let arguments: Vec<_> = options.iter().cloned().chain(arguments(server)).collect();
        text.push_str(&format!(
            "[language-server.{}]\ncommand = {}\nargs = {}\ntimeout = {TIMEOUT}\n\n",
            string(&name_of(&server.id)),
            string(program),
            array(&arguments),
        ));
    }
    let mut notes = Vec::new();
    let mut replaced = Vec::new();
    let mut seen = BTreeSet::new();
    for language in languages {
        let servers: Vec<_> = brought(language).map(|it| name_of(&it.id)).collect();
        let is_new = names(&language.name).is_none_or(|it| it.helix.is_empty());
        if servers.is_empty() && (!is_new || language.extension.is_none()) {
            continue;
        }
        for name in helix_names(language) {
            if !seen.insert(name.clone()) {
                continue;
            }
            if own.with_servers.contains(&name) {
                notes.push(format!(
                    "the file has `language-servers` of `{name}` already: add {} there",
                    quoted(&servers)
                ));
                continue;
            }
            text.push_str(&format!("[[language]]\nname = {}\n", string(&name)));
            if is_new && !own.languages.contains(&name) {
                text.push_str(&definition(&name, language));
            }
            if !servers.is_empty() {
                text.push_str(&format!("language-servers = {}\n", array(&servers)));
                if !is_new {
                    replaced.push(name);
                }
            }
            text.push('\n');
        }
    }
    add_debuggers(request, &command, own, &mut text, &mut notes);
    if !replaced.is_empty() {
        notes.push(format!(
            "the servers that Helix has for {} by default are not started: to keep one, write a `language-servers` of your own",
            quoted(&replaced)
        ));
    }
    Ok(Addition {
        text: text.trim_end().to_owned(),
        notes,
    })
}

/// Adds the debug adapters, one for each language: Helix has no room for more.
fn add_debuggers(
    request: &EditorRequest<'_>,
    command: &[String],
    own: &Own,
    text: &mut String,
    notes: &mut Vec<String>,
) {
    let (program, options) = command
        .split_first()
        .map_or(("", &[][..]), |(first, rest)| (first.as_str(), rest));
    let mut seen = BTreeSet::new();
    for adapter in tools::wanted(&request.tools.debug_adapters, request) {
        let known = adapter.languages.iter().filter_map(|it| names(it));
        let languages: Vec<&str> = known.flat_map(|it| it.helix.iter().copied()).collect();
        if languages.is_empty() {
            notes.push(format!(
                "which languages the debug adapter `{0}` is for is not known: add a `[language.debugger]` with `annexe dap {0}` by hand",
                adapter.name
            ));
        }
        let arguments: Vec<String> = options
            .iter()
            .cloned()
            .chain(adapter.arguments("dap"))
            .collect();
        for language in languages {
            if own.with_debuggers.contains(language) {
                notes.push(format!(
                    "the file has a debugger of `{language}` already: it stays"
                ));
                continue;
            }
            if !seen.insert(language) {
                continue;
            }
            text.push_str(&format!(
                "[[language]]\nname = {}\n[language.debugger]\nname = {}\ntransport = \"stdio\"\ncommand = {}\nargs = {}\n",
                string(language),
                string(&adapter.name),
                string(program),
                array(&arguments),
            ));
            text.push_str(TEMPLATE);
        }
    }
}

/// The one way to begin a session that every adapter knows: a program, for which Helix asks.
const TEMPLATE: &str = "\
[[language.debugger.templates]]
name = \"launch\"
request = \"launch\"
completion = [{ name = \"program\", completion = \"filename\" }]
args = { program = \"{0}\" }

";

/// Names as a message has them.
fn quoted(names: &[String]) -> String {
    let quoted: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
    quoted.join(", ")
}

/// What Helix must know of a language that it does not have.
fn definition(name: &str, language: &EditorLanguage) -> String {
    let mut text = format!("scope = {}\n", string(&format!("source.{name}")));
    let mut types = Vec::new();
    let suffixes = language.path_suffixes.iter();
    for suffix in suffixes.filter(|suffix| is_plain_suffix(suffix)) {
        if !suffix.contains(['.', '/']) {
            types.push(string(suffix));
        } else {
            types.push(format!("{{ glob = {} }}", string(&format!("*.{suffix}"))));
        }
        types.push(format!("{{ glob = {} }}", string(suffix)));
    }
    text.push_str(&format!("file-types = [{}]\n", types.join(", ")));
    if let Some(sign) = language.line_comments.first() {
        text.push_str(&format!("comment-token = {}\n", string(sign.trim_end())));
    }
    if let Some(server) = language.servers.first().filter(|it| it.language_id != name) {
        text.push_str(&format!("language-id = {}\n", string(&server.language_id)));
    }
    text
}

fn helix_names(language: &EditorLanguage) -> Vec<String> {
    match names(&language.name) {
        Some(names) if !names.helix.is_empty() => {
            names.helix.iter().map(|name| (*name).to_owned()).collect()
        }
        _ => vec![language.file_type()],
    }
}

fn name_of(server: &str) -> String {
    format!("annexe-{server}")
}

/// The languages in the user's own part of the file.
#[derive(Debug, Default)]
pub(super) struct Own {
    languages: BTreeSet<String>,
    with_servers: BTreeSet<String>,
    with_debuggers: BTreeSet<String>,
}

impl Own {
    /// Reads the user's part.
    ///
    /// # Errors
    /// Where it is not TOML, with the place.
    pub(super) fn read(path: &Path, text: &str) -> Result<Self, EditorError> {
        let table = parse(EDITOR, path, text)?;
        let mut own = Self::default();
        let languages = table.get("language").and_then(toml::Value::as_array);
        for language in languages.into_iter().flatten() {
            let Some(name) = language.get("name").and_then(toml::Value::as_str) else {
                continue;
            };
            own.languages.insert(name.to_owned());
            if language.get("language-servers").is_some() {
                own.with_servers.insert(name.to_owned());
            }
            if language.get("debugger").is_some() {
                own.with_debuggers.insert(name.to_owned());
            }
        }
        Ok(own)
    }
}

/// Checks that a file can be read with what was added to it.
///
/// # Errors
/// [`EditorError::Closed`] where the user has written a list or table as one value.
pub(super) fn check(path: &Path, text: &str) -> Result<(), EditorError> {
    let at = match parse(EDITOR, path, text) {
        Ok(_) => return Ok(()),
        Err(EditorError::Malformed { at, .. }) => at,
        Err(error) => return Err(error),
    };
    let line = text.lines().nth(at.line.saturating_sub(1));
    let is_language = line.is_some_and(|line| line.starts_with("[[language]]"));
    Err(EditorError::Closed {
        path: path.to_path_buf(),
        key: match is_language {
            true => "language",
            false => "language-server",
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bridge::editor::{
        language::EditorServer,
        launch::Launch,
        tools::{EditorTool, EditorTools},
    };

    fn language(name: &str, extension: Option<&str>, servers: &[(&str, &str)]) -> EditorLanguage {
        let server = |(id, language_id): &(&str, &str)| EditorServer {
            id: (*id).into(),
            extension: Some(format!("ext-{id}")),
            language_id: (*language_id).into(),
        };
        EditorLanguage {
            name: name.into(),
            extension: extension.map(Into::into),
            path_suffixes: vec!["kl".into(), "Klingfile".into(), "x.kl".into()],
            line_comments: vec!["## ".into()],
            servers: servers.iter().map(server).collect(),
        }
    }

    fn added(languages: &[EditorLanguage], own: &str) -> (toml::Table, String, Vec<String>) {
        let launch = Launch {
            program: "/opt/\"annexe\"".into(),
            store: Some("/store".into()),
        };
        let request = EditorRequest {
            launch: &launch,
            languages,
            tools: &EditorTools::default(),
            only: &[],
        };
        let own = Own::read(Path::new("/x"), own).unwrap();
        let addition = addition(&request, languages, &own).unwrap();
        let table = addition.text.parse().unwrap();
        (table, addition.text, addition.notes)
    }

    #[test]
    fn servers_stand_in_the_place_of_those_that_helix_would_look_for() {
        let languages = [
            language("YAML", None, &[("yaml-language-server", "yaml")]),
            language(
                "JavaScript",
                None,
                &[("a", "javascript"), ("b", "javascript")],
            ),
        ];
        let (table, text, notes) = added(&languages, "");
        assert_eq!(notes.len(), 1);
        assert!(
            notes[0].contains("`yaml`, `javascript`, `jsx`"),
            "{notes:?}"
        );
        let server = &table["language-server"]["annexe-yaml-language-server"];
        assert_eq!(server["command"].as_str(), Some("/opt/\"annexe\""));
        assert_eq!(server["timeout"].as_integer(), Some(600));
        let arguments = [
            "--store",
            "/store",
            "lsp",
            "yaml-language-server",
            "--extension",
        ];
        let told = server["args"].as_array().unwrap();
        assert!(
            told.iter()
                .zip(arguments)
                .all(|(told, it)| told.as_str() == Some(it))
        );
        let names: Vec<_> = table["language"].as_array().unwrap().iter().collect();
        assert_eq!(names.len(), 3, "{text}");
        assert_eq!(names[2]["name"].as_str(), Some("jsx"));
        assert_eq!(names[2]["language-servers"].as_array().unwrap().len(), 2);
        assert!(names[0].get("file-types").is_none());
    }

    #[test]
    fn what_the_user_has_listed_is_told_and_left() {
        let languages = [language("YAML", None, &[("yaml-language-server", "yaml")])];
        let own = "[[language]]\nname = \"yaml\"\nlanguage-servers = [\"mine\"]\n";
        let (table, _, notes) = added(&languages, own);
        assert!(!table.contains_key("language"));
        assert!(table.contains_key("language-server"));
        assert!(
            notes[0].contains("`annexe-yaml-language-server`"),
            "{notes:?}"
        );
        let (table, ..) = added(&languages, "[[language]]\nname = \"yaml\"\nindent = 1\n");
        assert_eq!(table["language"].as_array().unwrap().len(), 1);
    }

    #[test]
    fn a_language_that_only_an_extension_brings_is_defined() {
        let languages = [
            language("Klingon (new)", Some("klingon"), &[("kls", "klingon")]),
            language("Bare", Some("bare"), &[]),
            language("Named", None, &[]),
        ];
        let (table, text, notes) = added(&languages, "");
        assert!(notes.is_empty(), "{notes:?}");
        let all = table["language"].as_array().unwrap();
        assert_eq!(all.len(), 2, "{text}");
        let new = &all[0];
        assert_eq!(new["name"].as_str(), Some("klingon"));
        assert_eq!(new["comment-token"].as_str(), Some("##"));
        assert!(new.get("language-id").is_none());
        let types = new["file-types"].as_array().unwrap();
        assert_eq!(types[0].as_str(), Some("kl"));
        assert_eq!(types[3]["glob"].as_str(), Some("Klingfile"));
        assert_eq!(types[4]["glob"].as_str(), Some("*.x.kl"));
    }

    #[test]
    fn mistakes_have_their_place() {
        let error = Own::read(Path::new("/x/languages.toml"), "a = 1\nb = = 2\n").unwrap_err();
        assert!(error.to_string().contains("line 2, column 5"), "{error}");
        let closed = |text: &str| {
            let text =
                format!("{text}[language-server.x]\ncommand = ''\n[[language]]\nname = 'y'\n");
            check(Path::new("/x"), &text)
        };
        closed("").unwrap();
        closed("[[language]]\nname = 'y'\n").unwrap();
        for (text, key) in [
            ("language = [{ name = 'y' }]\n", "`language`"),
            (
                "language-server = { a = { command = 'a' } }\n",
                "`language-server`",
            ),
        ] {
            let error = closed(text).unwrap_err();
            assert!(error.to_string().contains(key), "{error}");
        }
    }

    #[test]
    fn each_language_gets_one_debugger_unless_the_user_has_one() {
        let launch = Launch {
            program: "/opt/annexe".into(),
            store: None,
        };
        let adapter = |name: &str, languages: &[&str]| EditorTool {
            name: name.into(),
            extension: "ext".into(),
            languages: languages.iter().map(|it| (*it).to_owned()).collect(),
        };
        let tools = EditorTools {
            debug_adapters: vec![
                adapter("lldb-dap", &["C", "Rust"]),
                adapter("gdb", &["C", "C++"]),
                adapter("odd", &["Klingon"]),
            ],
            ..EditorTools::default()
        };
        let request = EditorRequest {
            launch: &launch,
            languages: &[],
            tools: &tools,
            only: &[],
        };
        let own = "[[language]]\nname = \"rust\"\n[language.debugger]\nname = \"mine\"\n";
        let own = Own::read(Path::new("/x"), own).unwrap();
        let Addition { text, notes } = addition(&request, &[], &own).unwrap();
        assert_eq!(notes.len(), 2, "{notes:?}");
        let table: toml::Table = text.parse().unwrap();
        let languages = table["language"].as_array().unwrap();
        let of = |name: &str| {
            let found = languages
                .iter()
                .find(|it| it["name"].as_str() == Some(name));
            found.map(|it| it["debugger"]["name"].as_str().unwrap())
        };
        assert_eq!(
            (of("c"), of("cpp"), of("rust")),
            (Some("lldb-dap"), Some("gdb"), None)
        );
        let debugger = &languages[0]["debugger"];
        assert_eq!(debugger["command"].as_str(), Some("/opt/annexe"));
        assert_eq!(debugger["args"].as_array().unwrap().len(), 4);
        assert_eq!(debugger["templates"][0]["request"].as_str(), Some("launch"));
    }
}
