//! Settings for editing text of a language.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::Value as Json;

use super::super::finding::{FindingKind, Severity};
use super::{MOST_TAB_SIZE, pattern};
use crate::package::declarative::section::{Field, Section};

type Rest = BTreeMap<String, Json>;

/// A rule for lines that are indented like an earlier one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct IndentPattern {
    /// A regular expression for the line.
    pub pattern: String,
    /// The names, in the `indents` query, of what may stand before it.
    pub valid_after: Vec<String>,
}

/// The characters put round a selection: `<`, the name of a tag, `>`, and so on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct WrapCharacters {
    /// Before the first name.
    pub start_prefix: String,
    /// After the first name.
    pub start_suffix: String,
    /// Before the second name.
    pub end_prefix: String,
    /// After the second name.
    pub end_suffix: String,
}

/// The prefixes of items of a task list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct TaskList {
    /// What any item begins with.
    pub prefixes: Vec<String>,
    /// What the next item begins with.
    pub continuation: Option<String>,
}

/// The names of the grammar's nodes for tags.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct JsxTagAutoClose {
    /// A tag that opens.
    pub open_tag_node_name: String,
    /// A tag that closes.
    pub close_tag_node_name: String,
    /// An element with its tags.
    pub jsx_element_node_name: String,
    /// A tag's name.
    pub tag_name_node_name: String,
    /// A tag's name, otherwise.
    pub tag_name_node_name_alternates: Vec<String>,
    /// A closing tag in the wrong place.
    pub erroneous_close_tag_node_name: Option<String>,
    /// The name of one.
    pub erroneous_close_tag_name_node_name: Option<String>,
}

/// The display of lines that are longer than the window is wide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum SoftWrap {
    /// As they are, or wrapped where they are very long.
    None,
    /// Wrapped at the window's edge.
    EditorWidth,
    /// Wrapped at the preferred length.
    PreferredLineLength,
    /// Wrapped at what comes first.
    Bounded,
}

pub(super) fn soft_wrap(field: &Field<'_>) -> Option<SoftWrap> {
    match field.text(Severity::Warning)? {
        // An old name of `none`.
        "none" | "prefer_line" => Some(SoftWrap::None),
        "editor_width" => Some(SoftWrap::EditorWidth),
        "preferred_line_length" => Some(SoftWrap::PreferredLineLength),
        "bounded" => Some(SoftWrap::Bounded),
        _ => {
            let problem = format!("{} has no such value", field.named());
            let finding = field.finding(Severity::Warning, FindingKind::InvalidValue, problem);
            field
                .document
                .add(finding.stopping_zed(field.is_strict).with_hint(
                    "write one of `none`, `editor_width`, `preferred_line_length`, `bounded`",
                ));
            None
        }
    }
}

/// The width of a tab, in columns, which cannot be nothing.
pub(super) fn tab_size(field: &Field<'_>) -> Option<u32> {
    let columns = field.integer(MOST_TAB_SIZE)?;
    if columns == 0 {
        let problem = format!("{} must be at least 1", field.named());
        field.refuse_for_zed(FindingKind::InvalidValue, problem);
    }
    Some(columns).filter(|columns| *columns > 0)
}

pub(super) fn indent_pattern(field: &Field<'_>, rest: &mut Rest) -> Option<IndentPattern> {
    let mut section = field.section(Severity::Warning)?;
    let indent = IndentPattern {
        valid_after: section.texts("valid_after").unwrap_or_default(),
        pattern: pattern(section.get("pattern"))?,
    };
    section.finish_into(rest);
    Some(indent)
}

pub(super) fn wrap_characters(mut section: Section<'_>, rest: &mut Rest) -> Option<WrapCharacters> {
    let mut text = |name| section.expected_text(name);
    let parts = [
        text("start_prefix"),
        text("start_suffix"),
        text("end_prefix"),
        text("end_suffix"),
    ];
    let [
        Some(start_prefix),
        Some(start_suffix),
        Some(end_prefix),
        Some(end_suffix),
    ] = parts
    else {
        return None;
    };
    section.finish_into(rest);
    Some(WrapCharacters {
        start_prefix,
        start_suffix,
        end_prefix,
        end_suffix,
    })
}

pub(super) fn task_list(mut section: Section<'_>, rest: &mut Rest) -> TaskList {
    let list = TaskList {
        prefixes: section
            .needed("prefixes")
            .and_then(|field| field.texts())
            .unwrap_or_default(),
        continuation: section.needed_text("continuation"),
    };
    section.finish_into(rest);
    list
}

pub(super) fn jsx_tag_auto_close(
    mut section: Section<'_>,
    rest: &mut Rest,
) -> Option<JsxTagAutoClose> {
    let mut name = |name| section.required_text(name);
    let names = [
        name("open_tag_node_name"),
        name("close_tag_node_name"),
        name("jsx_element_node_name"),
        name("tag_name_node_name"),
    ];
    let [
        Some(open_tag_node_name),
        Some(close_tag_node_name),
        Some(jsx_element_node_name),
        Some(tag_name_node_name),
    ] = names
    else {
        return None;
    };
    let tags = JsxTagAutoClose {
        open_tag_node_name,
        close_tag_node_name,
        jsx_element_node_name,
        tag_name_node_name,
        tag_name_node_name_alternates: section
            .texts("tag_name_node_name_alternates")
            .unwrap_or_default(),
        erroneous_close_tag_node_name: section.text("erroneous_close_tag_node_name"),
        erroneous_close_tag_name_node_name: section.text("erroneous_close_tag_name_node_name"),
    };
    section.finish_into(rest);
    Some(tags)
}

/// A list of texts of one character each.
pub(super) fn characters(field: Option<Field<'_>>) -> BTreeSet<char> {
    let items = field.and_then(|field| field.items(Severity::Warning));
    let mut characters = BTreeSet::new();
    for item in items.into_iter().flatten() {
        let Some(text) = item.text(Severity::Warning) else {
            continue;
        };
        let mut all = text.chars();
        match (all.next(), all.next()) {
            (Some(character), None) => {
                characters.insert(character);
            }
            _ => item.refuse(
                FindingKind::InvalidValue,
                format!("{} must be one character", item.named()),
            ),
        }
    }
    characters
}
