//! The addresses of Zed's registry, relative to where it is.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::{
    base::types::ExtensionId,
    network::registry::{reference::ArchiveReference, served::ServedVersions},
};

/// The kinds of things that extensions bring, as the service knows them.
pub(super) const PROVIDES: [&str; 8] = [
    "themes",
    "icon-themes",
    "languages",
    "grammars",
    "language-servers",
    "context-servers",
    "snippets",
    "debug-adapters",
];

/// The most extensions that one request asks for, beneath the number that an answer lists.
const MOST_IDS: usize = 250;

/// The greatest length of the ids of one request together, in bytes: servers take addresses of 8 KiB.
const LONGEST_IDS: usize = 6_000;

/// The characters that an address carries as they are.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.');

/// A list of the newest version of each extension.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Listed<'a> {
    /// The kind of thing they must bring.
    pub(super) provides: Option<&'a str>,
    /// The text their names must have.
    pub(super) filter: Option<&'a str>,
}

impl Listed<'_> {
    pub(super) fn path(&self, served: &ServedVersions) -> String {
        let mut path = format!("extensions?max_schema_version={}", served.schemas.end());
        for (key, value) in [("provides", self.provides), ("filter", self.filter)] {
            if let Some(value) = value {
                path += &format!("&{key}={}", utf8_percent_encode(value, PLAIN));
            }
        }
        path
    }
}

/// The newest version of each of some extensions that a host can run.
pub(super) fn updates(ids: &[ExtensionId], served: &ServedVersions) -> String {
    let ids: Vec<&str> = ids.iter().map(ExtensionId::as_str).collect();
    let (first, last) = (served.schemas.start(), served.schemas.end());
    let mut path = format!(
        "extensions/updates?ids={}&min_schema_version={first}&max_schema_version={last}",
        ids.join(",")
    );
    if let Some(api) = &served.api {
        let (first, last) = (api.start(), api.end());
        path += &format!("&min_wasm_api_version={first}&max_wasm_api_version={last}");
    }
    path
}

/// Ids in as many parts as there are to be requests.
pub(super) fn chunks(ids: &[ExtensionId]) -> Vec<&[ExtensionId]> {
    let mut chunks = Vec::new();
    let (mut start, mut length) = (0, 0);
    for (position, id) in ids.iter().enumerate() {
        let more = id.as_str().len() + 1;
        if position - start == MOST_IDS || length + more > LONGEST_IDS {
            chunks.extend(ids.get(start..position));
            (start, length) = (position, 0);
        }
        length += more;
    }
    chunks.extend(ids.get(start..).filter(|rest| !rest.is_empty()));
    chunks
}

/// All versions of an extension.
pub(super) fn versions(id: &ExtensionId) -> String {
    format!("extensions/{id}")
}

/// The archive of a version.
pub(super) fn archive(archive: &ArchiveReference) -> String {
    format!("extensions/{}/{}/download", archive.id, archive.version)
}
