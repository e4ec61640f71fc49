//! Snippets in the format of VS Code.

use serde::Serialize;

use super::{
    document::Reader,
    finding::{FindingKind, Severity},
    section::{Field, Section},
};
use crate::package::{document::Value, manifest::RelativePath};

/// The snippets of one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct SnippetFile {
    /// The file.
    pub path: RelativePath,
    /// The language they are for, as the file's name has it: `snippets/markdown.json` is for
    /// `markdown`. `None` stands for every language, which is what `snippets.json` is for.
    pub language: Option<String>,
    /// The snippets that can be used, sorted by name.
    pub snippets: Vec<Snippet>,
}

/// A snippet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Snippet {
    /// The name it is listed by.
    pub name: String,
    /// What it is called up with; the name where the file says nothing.
    pub prefixes: Vec<String>,
    /// What is inserted, with tab stops as in `${1:name}`; several lines have `\n` between them.
    pub body: String,
    /// What it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// Reads a file of snippets.
pub(super) fn read(reader: &Reader<'_>, path: &RelativePath) -> Option<SnippetFile> {
    let document = reader.document(path)?;
    let tree = document.json()?;
    let root = Field::root(&document, &tree).strict();
    let root = root.map(Severity::Error)?;
    let snippets = root
        .others()
        .filter(|(name, field)| !is_schema(name, field));
    let name = path.file_name();
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    Some(SnippetFile {
        path: path.clone(),
        language: Some(stem.to_owned()).filter(|stem| stem != "snippets"),
        snippets: snippets
            .filter_map(|(name, field)| snippet(name, &field))
            .collect(),
    })
}

/// Whether it names the schema of the file, which editors know; Zed takes it for a snippet.
fn is_schema(name: &str, field: &Field<'_>) -> bool {
    let is_schema = name == "$schema" && !matches!(field.node.value, Value::Table(_));
    if is_schema {
        let problem = "Zed takes `$schema` for a snippet, and reads none of the file";
        let finding = field.finding(Severity::Warning, FindingKind::WrongType, problem);
        field
            .document
            .add(finding.of_zed().with_hint("take it out"));
    }
    is_schema
}

fn snippet(name: &str, field: &Field<'_>) -> Option<Snippet> {
    let mut section = field.section(Severity::Error)?;
    // Of other editors, without effect here.
    section.skip(&["scope", "isFileTemplate", "include", "exclude", "$schema"]);
    let prefixes = prefixes(&mut section, name);
    let body = body(&mut section);
    let description = section
        .get("description")
        .and_then(|field| lines(&field, Severity::Warning))
        .map(|lines| lines.join("\n"));
    section.finish();
    Some(Snippet {
        name: name.to_owned(),
        prefixes,
        body: body?,
        description,
    })
}

fn prefixes(section: &mut Section<'_>, name: &str) -> Vec<String> {
    let Some(field) = section.get("prefix") else {
        section.expected("prefix");
        return vec![name.to_owned()];
    };
    let mut prefixes = lines(&field, Severity::Warning).unwrap_or_default();
    let all = prefixes.len();
    prefixes.retain(|prefix| !prefix.trim().is_empty());
    if prefixes.len() < all {
        field.warn(
            FindingKind::InvalidValue,
            format!("{} is empty", field.named()),
        );
    }
    if prefixes.is_empty() {
        prefixes.push(name.to_owned());
    }
    prefixes
}

fn body(section: &mut Section<'_>) -> Option<String> {
    let Some(field) = section.get("body") else {
        section.missing("body", Severity::Error);
        return None;
    };
    let body = lines(&field, Severity::Error)?.join("\n");
    let problem = match unclosed(&body) {
        _ if body.is_empty() => format!("{} is empty", field.named()),
        Some(start) => format!("{}: nothing closes `{start}`", field.named()),
        None => return Some(body),
    };
    let finding = field.finding(Severity::Warning, FindingKind::InvalidValue, problem);
    field.document.add(if body.is_empty() {
        finding
    } else {
        finding.with_hint("write `\\\\$` for a dollar sign that starts no tab stop")
    });
    // It may be a slip of the author's, or a language of placeholders that is larger than ours.
    Some(body)
}

/// A string, or a list of strings.
fn lines(field: &Field<'_>, severity: Severity) -> Option<Vec<String>> {
    match &field.node.value {
        Value::List(items) => {
            let mut lines = Vec::with_capacity(items.len());
            for item in field.items(severity)? {
                lines.push(item.text(severity)?.to_owned());
            }
            Some(lines)
        }
        _ => Some(vec![field.text(severity)?.to_owned()]),
    }
}

/// The beginning of the first `${` in a snippet's body that no `}` closes.
///
/// Only what certainly never closes counts: in the pattern of a transformation a `}` may stand that
/// closes nothing.
fn unclosed(body: &str) -> Option<String> {
    let mut open = Vec::new();
    let mut characters = body.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        match character {
            '\\' => {
                characters.next();
            }
            '$' if characters.next_if(|(_, next)| *next == '{').is_some() => open.push(at),
            '}' => {
                open.pop();
            }
            _ => {}
        }
    }
    let rest = body.get(*open.first()?..)?;
    let start: String = rest.chars().take_while(|it| *it != '\n').take(12).collect();
    Some(crate::base::printable::printable(&start))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_never_closes_is_found_and_nothing_else() {
        for body in [
            "",
            "$1 ${2} ${3:a} ${4:${5:b}}",
            "${1|one,two|}",
            "${TM_FILENAME/(.*)\\..+$/$1/}",
            "${1:a\\}b}",
            "\\${",
            "} $",
            "if (x) { ${1} }",
            "${A/x{2,3}/${1:/upcase}/}",
        ] {
            assert_eq!(unclosed(body), None, "{body}");
        }
        for (body, start) in [
            ("${", "${"),
            ("a ${1:b\nc", "${1:b"),
            ("${1:${2:x}", "${1:${2:x}"),
            ("${1:a\\}", "${1:a\\}"),
        ] {
            assert_eq!(unclosed(body).as_deref(), Some(start), "{body}");
        }
    }
}
