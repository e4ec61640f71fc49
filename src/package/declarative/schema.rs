//! The JSON schemas of debug adapters' configurations.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value as Json;

use super::{
    document::Reader,
    finding::{FindingKind, Severity},
    section::Field,
};
use crate::{
    base::position::Position,
    package::{
        document::Value,
        manifest::{DebugAdapter, RelativePath},
    },
};

/// The JSON schema of a debug adapter's configuration.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct DebugAdapterSchema {
    /// The adapter's name.
    pub adapter: String,
    /// The file.
    pub path: RelativePath,
    /// The schema: an object, or a boolean. It is JSON; whether it is a schema is not looked at.
    pub schema: Json,
}

/// Reads the schemas of these adapters.
pub(super) fn read_all(
    reader: &Reader<'_>,
    adapters: &BTreeMap<String, DebugAdapter>,
) -> Vec<DebugAdapterSchema> {
    let read = |(name, adapter): (&String, &DebugAdapter)| {
        Some(DebugAdapterSchema {
            adapter: name.clone(),
            path: adapter.schema_path.clone(),
            schema: read(reader, &adapter.schema_path)?,
        })
    };
    adapters.iter().filter_map(read).collect()
}

fn read(reader: &Reader<'_>, path: &RelativePath) -> Option<Json> {
    let document = reader.document(path)?;
    let tree = document.json()?;
    if !matches!(tree.value, Value::Table(_) | Value::Boolean(_)) {
        let noun = tree.value.noun();
        document.add(Field::root(&document, &tree).finding(
            Severity::Error,
            FindingKind::WrongType,
            format!("a schema is a table, not {noun}"),
        ));
        return None;
    }
    // Zed reads no comments and no trailing commas in this one file.
    if let Err(error) = serde_json::from_str::<serde::de::IgnoredAny>(&document.text) {
        let (line, column) = (error.line(), error.column());
        let finding = document.warning(
            FindingKind::Syntax,
            None,
            "Zed does not read it: it is not plain JSON",
        );
        let finding = finding.at(Position { line, column });
        document.add(
            finding
                .of_zed()
                .with_hint("take comments and trailing commas out of schemas"),
        );
    }
    Some(tree.value.to_json())
}
