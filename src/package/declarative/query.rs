//! Tree-sitter query files: which there are, and whether their parentheses balance. Whether they fit
//! the grammar only a grammar that runs can say.

use std::fmt;

use serde::Serialize;

use super::{
    document::{Document, Reader},
    finding::{Finding, FindingKind},
    section::nearest,
};
use crate::{base::printable::printable, package::manifest::RelativePath};

/// A query file of a language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Query {
    /// What it finds.
    pub kind: QueryKind,
    /// The file.
    pub path: RelativePath,
}

/// The purpose of a query. A file's kind is what its name begins with, so several files may be
/// of one kind: `highlights.scm` and `highlights-more.scm`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum QueryKind {
    /// What is shown how.
    Highlights,
    /// Pairs of brackets.
    Brackets,
    /// What the outline lists.
    Outline,
    /// What is indented.
    Indents,
    /// Code of other languages.
    Injections,
    /// Where other settings hold.
    Overrides,
    /// What is hidden while the screen is shared.
    Redactions,
    /// What can be run.
    Runnables,
    /// What can be selected as one.
    Textobjects,
    /// What is kept of code for a search by meaning.
    Embedding,
    /// Variables whose values a debugger shows.
    Debugger,
    /// What is imported.
    Imports,
}

impl QueryKind {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::Highlights,
        Self::Brackets,
        Self::Outline,
        Self::Indents,
        Self::Injections,
        Self::Overrides,
        Self::Redactions,
        Self::Runnables,
        Self::Textobjects,
        Self::Embedding,
        Self::Debugger,
        Self::Imports,
    ];

    /// Returns the beginning of the names of its files.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Highlights => "highlights",
            Self::Brackets => "brackets",
            Self::Outline => "outline",
            Self::Indents => "indents",
            Self::Injections => "injections",
            Self::Overrides => "overrides",
            Self::Redactions => "redactions",
            Self::Runnables => "runnables",
            Self::Textobjects => "textobjects",
            Self::Embedding => "embedding",
            Self::Debugger => "debugger",
            Self::Imports => "imports",
        }
    }

    fn of(file_name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|kind| file_name.starts_with(kind.as_str()))
    }
}

impl fmt::Display for QueryKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}

/// Reads one of a language's query files.
pub(super) fn read(reader: &Reader<'_>, path: &RelativePath) -> Option<Query> {
    let name = path.file_name();
    let Some(kind) = QueryKind::of(name) else {
        let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
        let known = QueryKind::ALL.iter().map(|kind| kind.as_str());
        let finding = Finding::warning(
            FindingKind::UnknownName,
            path,
            "no query has a name that begins like this",
        );
        reader.findings.add(match nearest(stem, known, usize::MAX) {
            Some(known) => finding.with_hint(format!("did you mean `{known}.scm`?")),
            None => finding,
        });
        return None;
    };
    let document = reader.document(path)?;
    match unbalanced(&document.text) {
        None => Some(Query {
            kind,
            path: path.clone(),
        }),
        Some((offset, problem)) => {
            document.add(complaint(&document, offset, problem));
            None
        }
    }
}

fn complaint(document: &Document<'_>, offset: usize, problem: Unbalanced) -> Finding {
    let problem = match problem {
        Unbalanced::Open(bracket) => format!("nothing closes this `{bracket}`"),
        Unbalanced::Close(bracket) => {
            format!("nothing opens this `{}`", printable(&bracket.to_string()))
        }
        Unbalanced::Mismatch { open, close } => format!("`{close}` cannot close `{open}`"),
        Unbalanced::Text => "this text has no end on its line".into(),
    };
    document.error(FindingKind::Syntax, Some(offset), problem)
}

/// The way in which a query's brackets do not balance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unbalanced {
    Open(char),
    Close(char),
    Mismatch { open: char, close: char },
    Text,
}

/// The first place at which parentheses, brackets or texts of a query do not balance.
fn unbalanced(text: &str) -> Option<(usize, Unbalanced)> {
    let mut open: Vec<(usize, char)> = Vec::new();
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            ';' => {
                characters.find(|(_, character)| *character == '\n');
            }
            '"' => loop {
                match characters.next() {
                    Some((_, '"')) => break,
                    Some((_, '\\')) => {
                        characters.next();
                    }
                    // A string does not go beyond its line.
                    None | Some((_, '\n')) => return Some((at, Unbalanced::Text)),
                    Some(_) => {}
                }
            },
            '(' | '[' => open.push((at, character)),
            ')' | ']' => match open.pop() {
                None => return Some((at, Unbalanced::Close(character))),
                Some((_, '(')) if character == ')' => {}
                Some((_, '[')) if character == ']' => {}
                Some((_, open)) => {
                    let close = character;
                    return Some((at, Unbalanced::Mismatch { open, close }));
                }
            },
            _ => {}
        }
    }
    open.first()
        .map(|(at, bracket)| (*at, Unbalanced::Open(*bracket)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_balanced_query_passes() {
        for text in [
            "",
            "; ) not ( code",
            "(comment) @comment",
            "[\"(\" \")\" \"\\\"\" \"\\\\\"] @punctuation",
            "((a) @b (#match? @b \"^[)(]+$\")) ; )",
            "(a b: [(c) (d)]* . (_)?) @é",
        ] {
            assert_eq!(unbalanced(text), None, "{text}");
        }
    }

    #[test]
    fn each_imbalance_has_its_place() {
        use Unbalanced as U;
        let mismatch = U::Mismatch {
            open: '[',
            close: ')',
        };
        for (text, at, problem) in [
            ("(a", 0, U::Open('(')),
            ("(a) (b (c)", 4, U::Open('(')),
            ("(a))", 3, U::Close(')')),
            ("(a [b)", 5, mismatch),
            ("(a \"b\n\")", 3, U::Text),
            ("\"\\\"", 0, U::Text),
        ] {
            assert_eq!(unbalanced(text), Some((at, problem)), "{text}");
        }
    }
}
