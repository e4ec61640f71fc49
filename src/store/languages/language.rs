//! A language, and how it is known.

use std::path::Path;

use serde::Serialize;

use super::table::Row;
use crate::{
    base::types::ExtensionId,
    package::declarative::{self, BlockComment, Bracket},
};

/// A language that is known by name: one that an extension brings, or one that editors have of their own.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Language {
    /// The name, by which servers and settings know it: `Shell Script`. Where an extension brings it, the author's
    /// text: escape it before showing it in a terminal.
    pub name: String,
    /// Its id in the Language Server Protocol: `shellscript`. See also [`LanguageServer::language_id`](super::LanguageServer::language_id).
    pub id: String,
    /// The extension that brings it; `None` where servers of extensions only name it.
    pub extension: Option<ExtensionId>,
    /// What the names of its files end with: `rs`, `Cargo.lock`. They are whole names, or stand after a dot.
    pub path_suffixes: Vec<String>,
    /// A regular expression, in the syntax of Rust's `regex`, for the first line of its files.
    pub first_line_pattern: Option<String>,
    /// What begins a comment up to the end of the line, with its space. Empty where no extension brings the language;
    /// so are the comments and brackets that follow.
    pub line_comments: Vec<String>,
    /// What begins and ends a comment.
    pub block_comment: Option<BlockComment>,
    /// The pairs of brackets and quotes.
    pub brackets: Vec<Bracket>,
    /// The names of its debug adapters, the best one first.
    pub debuggers: Vec<String>,
}

impl Language {
    /// One that an extension brings.
    pub(super) fn brought(
        extension: ExtensionId,
        language: declarative::Language,
        id: String,
    ) -> Self {
        Self {
            id,
            extension: Some(extension),
            name: language.name,
            path_suffixes: language.path_suffixes,
            first_line_pattern: language.first_line_pattern,
            line_comments: language.line_comments,
            block_comment: language.block_comment,
            brackets: language.brackets,
            debuggers: language.debuggers,
        }
    }

    /// One that nobody has described.
    pub(super) fn named(name: String, id: String) -> Self {
        Self {
            name,
            id,
            extension: None,
            path_suffixes: Vec::new(),
            first_line_pattern: None,
            line_comments: Vec::new(),
            block_comment: None,
            brackets: Vec::new(),
            debuggers: Vec::new(),
        }
    }

    /// Returns its longest suffix that a path ends with: the whole name of the file, what follows a dot in it, or such
    /// a path of several folders.
    pub(super) fn suffix_of(&self, path: &Path) -> Option<&str> {
        let path = path.to_str()?;
        let name = path.rsplit(['/', std::path::MAIN_SEPARATOR]).next()?;
        let is_suffix = |suffix: &&str| {
            let before = path.strip_suffix(*suffix);
            name == *suffix || before.is_some_and(|before| before.ends_with('.'))
        };
        let suffixes = self.path_suffixes.iter().map(String::as_str);
        suffixes
            .filter(|suffix| !suffix.is_empty())
            .filter(is_suffix)
            .max_by_key(|suffix| suffix.len())
    }
}

impl From<&Row> for Language {
    fn from(row: &Row) -> Self {
        let suffixes = row.path_suffixes.iter();
        Self {
            path_suffixes: suffixes.map(|suffix| (*suffix).to_owned()).collect(),
            first_line_pattern: row.first_line_pattern.map(str::to_owned),
            ..Self::named(row.name.to_owned(), row.id.to_owned())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_suffix_is_a_whole_name_or_stands_after_a_dot() {
        let mut language = Language::named("A".into(), "a".into());
        language.path_suffixes = ["yml", "b.yml", "Dockerfile", "ssh/config", ""]
            .map(str::to_owned)
            .to_vec();
        for (path, suffix) in [
            ("/x/a.yml", Some("yml")),
            ("a.b.yml", Some("b.yml")),
            ("b.yml", Some("b.yml")),
            (".yml", Some("yml")),
            ("yml", Some("yml")),
            ("/x/Dockerfile", Some("Dockerfile")),
            ("dev.Dockerfile", Some("Dockerfile")),
            ("/home/me/.ssh/config", Some("ssh/config")),
            ("Dockerfile.dev", None),
            ("MyDockerfile", None),
            ("xyml", None),
            ("a.yml/b", None),
            ("a.YML", None),
        ] {
            assert_eq!(language.suffix_of(Path::new(path)), suffix, "{path}");
        }
    }
}
