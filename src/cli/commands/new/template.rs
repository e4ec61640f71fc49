//! The files of a new extension, and what is filled into them.
//!
//! The templates are the files of `templates/`, in which `{{word}}` stands for what [`Details`] say. What
//! a user chose freely stands in TOML, which quotes it, and in prose; never in code. To add a template,
//! write its files, list them here, and add its arms to [`Template`].

use std::{fmt, path::Path};

use annexe::types::ExtensionId;
use serde::Serialize;
use toml::Value;

use super::{author::Author, naming};
use crate::cli::wording;

/// The template of a new extension: what it does at first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Template {
    /// Starts a language server, for a language of its own
    #[default]
    LanguageServer,
    /// A light and a dark theme, without code
    Theme,
    /// Starts a context server (MCP)
    ContextServer,
    /// Starts a debug adapter
    DebugAdapter,
    /// Answers a slash command, which Zed has deprecated: its registry takes none
    SlashCommand,
}

impl fmt::Display for Template {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::LanguageServer => "language-server",
            Self::Theme => "theme",
            Self::ContextServer => "context-server",
            Self::DebugAdapter => "debug-adapter",
            Self::SlashCommand => "slash-command",
        })
    }
}

/// A file: its path in the extension's folder, with `/` between the parts, and its text.
type File<T> = (&'static str, T);

/// The files that every extension has.
const EVERY: [File<&str>; 2] = [
    (".gitignore", include_str!("templates/gitignore.template")),
    ("LICENSE", include_str!("templates/LICENSE.template")),
];

/// The manifest of the package that a component is built from.
const PACKAGE: File<&str> = ("Cargo.toml", include_str!("templates/Cargo.toml.template"));

/// The versions that an extension is built with, without its own package.
const LOCK: &str = include_str!("templates/Cargo.lock.template");

const LANGUAGE_SERVER: [File<&str>; 4] = [
    (
        "extension.toml",
        include_str!("templates/language-server/extension.toml"),
    ),
    (
        "README.md",
        include_str!("templates/language-server/README.md"),
    ),
    (
        "src/lib.rs",
        include_str!("templates/language-server/lib.rs"),
    ),
    (
        "languages/{{suffix}}/config.toml",
        include_str!("templates/language-server/languages/language/config.toml"),
    ),
];

const THEME: [File<&str>; 3] = [
    (
        "extension.toml",
        include_str!("templates/theme/extension.toml"),
    ),
    ("README.md", include_str!("templates/theme/README.md")),
    (
        "themes/{{id}}.json",
        include_str!("templates/theme/themes/theme.json"),
    ),
];

const CONTEXT_SERVER: [File<&str>; 3] = [
    (
        "extension.toml",
        include_str!("templates/context-server/extension.toml"),
    ),
    (
        "README.md",
        include_str!("templates/context-server/README.md"),
    ),
    (
        "src/lib.rs",
        include_str!("templates/context-server/lib.rs"),
    ),
];

const DEBUG_ADAPTER: [File<&str>; 4] = [
    (
        "extension.toml",
        include_str!("templates/debug-adapter/extension.toml"),
    ),
    (
        "README.md",
        include_str!("templates/debug-adapter/README.md"),
    ),
    ("src/lib.rs", include_str!("templates/debug-adapter/lib.rs")),
    (
        "debug_adapter_schemas/{{id}}.json",
        include_str!("templates/debug-adapter/debug_adapter_schemas/adapter.json"),
    ),
];

const SLASH_COMMAND: [File<&str>; 3] = [
    (
        "extension.toml",
        include_str!("templates/slash-command/extension.toml"),
    ),
    (
        "README.md",
        include_str!("templates/slash-command/README.md"),
    ),
    ("src/lib.rs", include_str!("templates/slash-command/lib.rs")),
];

/// The details of a new extension.
#[derive(Debug)]
pub struct Details {
    pub id: ExtensionId,
    pub name: String,
    pub author: Author,
    /// The address of its source.
    pub repository: String,
    /// The year of its licence.
    pub year: i32,
}

impl Template {
    /// The files, each with its path in the extension's folder, sorted.
    pub fn files(self, details: &Details) -> Vec<(String, String)> {
        let own: &[File<&str>] = match self {
            Self::LanguageServer => &LANGUAGE_SERVER,
            Self::Theme => &THEME,
            Self::ContextServer => &CONTEXT_SERVER,
            Self::DebugAdapter => &DEBUG_ADAPTER,
            Self::SlashCommand => &SLASH_COMMAND,
        };
        let package_file = self.has_package().then_some(&PACKAGE);
        let templates = EVERY.iter().chain(package_file).chain(own);
        let mut files: Vec<_> = templates
            .map(|(path, text)| (fill(path, details), fill(text, details)))
            .collect();
        if self.has_package() {
            files.push(("Cargo.lock".into(), lock(&package(details))));
        }
        files.sort();
        files
    }

    /// Whether there is a component to be built.
    fn has_package(self) -> bool {
        self != Self::Theme
    }

    /// Returns a line for a shell that asks the extension in `folder` something once it is installed.
    pub fn call(self, details: &Details, folder: &Path) -> String {
        let id = &details.id;
        match self {
            Self::LanguageServer => {
                let server = naming::server(id.as_str());
                format!("annexe call {id} language-server-command {server}")
            }
            // There is nothing to ask.
            Self::Theme => format!("annexe check {} --for zed", wording::shell(folder)),
            Self::ContextServer => format!("annexe call {id} context-server-command {id}"),
            Self::DebugAdapter => {
                format!("annexe call {id} dap-request-kind {id} '{{\"request\": \"launch\"}}'")
            }
            Self::SlashCommand => {
                let folder = wording::shell(folder);
                format!(
                    "annexe call {id} run-slash-command {id} '[\"README.md\"]' --worktree {folder}"
                )
            }
        }
    }

    /// The steps that such an extension leaves to the user, besides those of every one.
    pub fn note(self, details: &Details) -> Option<String> {
        match self {
            Self::LanguageServer => {
                let server = naming::server(details.id.as_str());
                Some(format!(
                    "`{server}` is looked for on PATH: write another name in src/lib.rs if the server has one"
                ))
            }
            Self::ContextServer | Self::DebugAdapter => Some(format!(
                "`{}` is looked for on PATH: write another name in src/lib.rs if the program has one",
                details.id
            )),
            Self::Theme | Self::SlashCommand => None,
        }
    }
}

/// Replaces every `{{word}}`, once: what is filled in is not looked through again.
fn fill(template: &str, details: &Details) -> String {
    let mut text = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, word, after)) = next(rest) {
        text.push_str(before);
        match value(word, details) {
            Some(value) => text.push_str(&value),
            None => text.extend(["{{", word, "}}"]),
        }
        rest = after;
    }
    text + rest
}

/// The first `{{word}}`, with what stands before and after it.
fn next(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_once("{{")?;
    let (word, after) = rest.split_once("}}")?;
    Some((before, word, after))
}

/// Returns the text that a word stands for.
fn value(word: &str, details: &Details) -> Option<String> {
    let id = details.id.as_str();
    let author = &details.author;
    Some(match word {
        // Of letters, digits, dashes and spaces alone.
        "id" => id.to_owned(),
        "package" => package(details),
        "heading" => naming::title(id),
        "type" => naming::type_name(id),
        "server" => naming::server(id),
        "language" => naming::title(naming::language(id)),
        "suffix" => naming::language(id).to_owned(),
        "year" => details.year.to_string(),
        // Values of TOML.
        "name" => toml(details.name.as_str()),
        "authors" => toml(vec![author.to_string()]),
        "repository" => toml(details.repository.as_str()),
        // Prose.
        "title" => prose(&details.name),
        "holder" => line(&author.name),
        _ => return None,
    })
}

fn toml(value: impl Into<Value>) -> String {
    value.into().to_string()
}

/// Text on one line.
fn line(text: &str) -> String {
    text.replace(char::is_control, " ")
}

/// Text that means itself in Markdown, on one line.
fn prose(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in line(text).chars() {
        if r"\`*_[]<>&".contains(character) {
            shown.push('\\');
        }
        shown.push(character);
    }
    shown
}

/// The name of the cargo package.
fn package(details: &Details) -> String {
    let taken: Vec<&str> = locked().map(locked_name).collect();
    naming::package(details.id.as_str(), &taken)
}

/// Returns the lock file that cargo would write for a package, byte for byte.
fn lock(package: &str) -> String {
    let own = format!(
        "name = \"{package}\"\nversion = \"0.1.0\"\ndependencies = [\n \"zed_extension_api\",\n]\n"
    );
    let mut packages: Vec<&str> = locked().collect();
    // They are sorted by their names.
    let at = packages.partition_point(|other| locked_name(other) < package);
    packages.insert(at, &own);
    let head = LOCK.split("[[package]]").next().unwrap_or_default();
    let packages = packages.join("\n[[package]]\n");
    format!("{head}[[package]]\n{packages}")
}

/// The packages that are locked, each as its lines.
fn locked() -> impl Iterator<Item = &'static str> {
    let packages = LOCK.split("[[package]]\n").skip(1);
    packages.map(|package| {
        package
            .strip_suffix("\n\n")
            .map_or(package, |_| &package[..package.len() - 1])
    })
}

fn locked_name(package: &str) -> &str {
    package.split('"').nth(1).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use clap::ValueEnum as _;

    use super::*;

    /// What TOML, Markdown and code may stumble over.
    const HOSTILE: [&str; 7] = [
        "\"quoted\" and 'quoted'",
        r"back\slash \u0041 \",
        "two\nlines\r\n# three",
        "tab\tbell\u{7}delete\u{7f}",
        "王さん é \u{1f600}",
        "{{id}} {{name}} }} {{",
        "\"\"\" ''' */ //! *b* `c`",
    ];

    fn details(name: &str, author: &str) -> Details {
        Details {
            id: "tcl".parse().unwrap(),
            name: name.into(),
            author: author.parse().unwrap(),
            repository: "https://example.org/a'b".into(),
            year: 2026,
        }
    }

    fn files(template: Template, details: &Details) -> BTreeMap<String, String> {
        template.files(details).into_iter().collect()
    }

    #[test]
    fn every_word_is_filled_in() {
        let details = details("Tcl", "Ada <a@b>");
        for template in Template::value_variants() {
            for (path, text) in template.files(&details) {
                assert!(!format!("{path}{text}").contains("{{"), "{path}: {text}");
                assert!(text.ends_with('\n') && !text.ends_with("\n\n"), "{path}");
            }
        }
    }

    #[test]
    fn what_a_person_chooses_arrives_as_it_is_and_in_no_code() {
        let plain = details("Tcl", "Ada <a@b>");
        for text in HOSTILE {
            let author = format!("{text} <a@b>");
            let hostile = details(text, &author);
            for template in Template::value_variants() {
                let (files, plain) = (files(*template, &hostile), files(*template, &plain));
                let manifest: toml::Table = files["extension.toml"].parse().unwrap();
                assert_eq!(manifest["name"].as_str(), Some(text));
                assert_eq!(manifest["authors"], Value::from(vec![author.as_str()]));
                let repository = manifest["repository"].as_str();
                assert_eq!(repository, Some(&*hostile.repository));
                let lines = |text: &str| text.lines().count();
                for (path, text) in &files {
                    match &**path {
                        "extension.toml" => {}
                        "README.md" | "LICENSE" => assert_eq!(lines(text), lines(&plain[path])),
                        _ => assert_eq!(text, &plain[path]),
                    }
                }
            }
        }
    }

    #[test]
    fn a_package_is_locked_where_cargo_would_sort_it() {
        for name in ["a", "tcl", "zzz"] {
            let lock = lock(name);
            let names: Vec<&str> = lock
                .lines()
                .filter_map(|line| line.strip_prefix("name = "))
                .collect();
            let quoted = format!("\"{name}\"");
            assert!(names.is_sorted() && names.contains(&&*quoted), "{name}");
            assert!(!lock.contains("\n\n\n"), "{name}");
            lock.parse::<toml::Table>().unwrap();
        }
    }
}
