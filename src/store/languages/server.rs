//! A language server that an extension brings.

use std::collections::BTreeMap;

use serde::Serialize;

use super::table;
use semver::Version;

use crate::{base::types::ExtensionId, package::manifest, store::disk::active::Active};

/// A language server of an installed extension. Two extensions may bring one of the same id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct LanguageServer {
    /// Its id: the key in the manifest's `language_servers`, by which settings know it. The author's text: escape it
    /// before showing it in a terminal.
    pub id: String,
    /// The extension that brings it.
    pub extension: ExtensionId,
    /// The languages that it is registered for.
    pub languages: Vec<String>,
    /// The ids that the manifest has for languages, by their names.
    pub language_ids: BTreeMap<String, String>,
    /// Whether its extension has the functions by which one adds to another server.
    #[serde(skip)]
    pub(super) may_add: bool,
}

impl LanguageServer {
    pub(super) fn new(id: String, active: &Active, entry: manifest::LanguageServer) -> Self {
        Self {
            id,
            extension: active.id().clone(),
            may_add: may_add(active),
            languages: entry.languages,
            language_ids: entry.language_ids,
        }
    }

    /// Whether it is registered for a language.
    pub fn serves(&self, language: &str) -> bool {
        self.languages.iter().any(|it| it == language)
    }

    /// The id by which this server knows a language: the manifest's, else the usual one of the protocol, else the name in
    /// lower case.
    pub fn language_id(&self, language: &str) -> String {
        match self.language_ids.get(language) {
            Some(id) => id.clone(),
            None => usual_id(language),
        }
    }
}

/// Whether an extension has the functions by which one adds to another server: they came with the API 0.4.0 of Zed's
/// family.
fn may_add(active: &Active) -> bool {
    let is_of_zed = active
        .family()
        .is_none_or(|family| family == manifest::FAMILY);
    let api = active.api();
    api.is_some_and(|api| !is_of_zed || *api >= Version::new(0, 4, 0))
}

/// The usual id of a language in the protocol, else its name in lower case.
pub(super) fn usual_id(language: &str) -> String {
    table::id_of(language).map_or_else(|| language.to_lowercase(), str::to_owned)
}
