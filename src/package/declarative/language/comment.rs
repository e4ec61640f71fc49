//! The marks of comments.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value as Json;

use super::super::finding::{FindingKind, Severity};
use super::MOST_TAB_SIZE;
use crate::package::{declarative::section::Field, document::Value};

/// The marks of a comment of several lines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct BlockComment {
    /// What begins it.
    pub start: String,
    /// What begins each line between.
    pub prefix: String,
    /// What ends it.
    pub end: String,
    /// How far the lines between are indented, in columns.
    pub tab_size: u32,
}

/// Reads the two forms there are: `["/* ", " */"]`, and a table.
pub(super) fn read(field: &Field<'_>, rest: &mut BTreeMap<String, Json>) -> Option<BlockComment> {
    if !matches!(field.node.value, Value::List(_)) {
        let mut section = field.section(Severity::Warning)?;
        let (start, end) = (section.required_text("start"), section.required_text("end"));
        let comment = BlockComment {
            prefix: section.needed_text("prefix").unwrap_or_default(),
            tab_size: section
                .needed("tab_size")
                .and_then(|field| field.integer(MOST_TAB_SIZE))
                .unwrap_or(0),
            start: start?,
            end: end?,
        };
        section.finish_into(rest);
        return Some(comment);
    }
    let mut texts = field.texts()?.into_iter();
    if let (Some(start), Some(end), None) = (texts.next(), texts.next(), texts.next()) {
        return Some(BlockComment {
            start,
            prefix: String::new(),
            end,
            tab_size: 0,
        });
    }
    field.document.add(
        field
            .finding(
                Severity::Error,
                FindingKind::InvalidValue,
                format!("{} must have two texts", field.named()),
            )
            .stopping_zed(field.is_strict)
            .with_hint("write what begins a comment and what ends it: `[\"/* \", \" */\"]`"),
    );
    None
}
