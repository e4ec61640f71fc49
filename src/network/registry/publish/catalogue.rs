//! The catalogue's part in publishing: one line is replaced, every other stays byte for byte, those
//! of a later form included.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::super::{
    catalogue::{CatalogueEntry, CatalogueLine, MAX_CATALOGUE_BYTES},
    config::Config,
    index_file::{IndexFile, MAX_LINE_BYTES},
    line::LINE_FORM,
};
use super::{error::PublishError, folder::LockedFolder};
use crate::base::{digest::Sha256Digest, timestamp::Timestamp, types::ExtensionId};

/// The keys that say whose line one is.
#[derive(Deserialize)]
struct Header {
    id: String,
}

/// Writes the extension's line anew from its index file, where that makes it another, and gives the time that it bears
/// then, `now` or an earlier one. Without an `entry` the words of the line that is there stay; where none is there either,
/// nothing is written.
pub(super) fn update(
    folder: &LockedFolder,
    config: &Config,
    index: &IndexFile,
    index_content: &[u8],
    entry: Option<&CatalogueEntry>,
    now: Timestamp,
) -> Result<Option<Timestamp>, PublishError> {
    let Some(path) = file_of(folder, config, &index.id)? else {
        return Ok(None);
    };
    let before = folder.read(path)?.unwrap_or_default();
    let mut lines = lines_by_id(&before);
    let known = lines
        .get(index.id.as_str())
        .and_then(|line| serde_json::from_slice::<CatalogueLine>(line).ok());
    let Some(mut line) = line(index, index_content, entry, known.clone()) else {
        return Ok(None);
    };
    if known.as_ref() != Some(&line) {
        line.made = Some(now);
    }
    let made = line.made;

    let line = serde_json::to_vec(&line)?;
    if line.len() > MAX_LINE_BYTES {
        let (id, bytes) = (index.id.clone(), line.len());
        return Err(PublishError::LineTooLong {
            id,
            bytes,
            limit_bytes: MAX_LINE_BYTES,
        });
    }
    lines.insert(index.id.to_string(), &line);
    let mut content = Vec::with_capacity(before.len() + line.len() + 1);
    for line in lines.values() {
        content.extend_from_slice(line);
        content.push(b'\n');
    }
    if content.len() as u64 > MAX_CATALOGUE_BYTES {
        return Err(PublishError::FileTooLarge {
            path: folder.path(path),
            bytes: content.len() as u64,
            limit_bytes: MAX_CATALOGUE_BYTES,
        });
    }
    if content != before {
        folder.write(path, &content)?;
    }
    Ok(made)
}

/// The catalogue file that has the extension, else the last one, where new extensions go.
fn file_of<'a>(
    folder: &LockedFolder,
    config: &'a Config,
    id: &ExtensionId,
) -> Result<Option<&'a str>, PublishError> {
    if let [one] = config.catalogue.as_slice() {
        return Ok(Some(one));
    }
    for path in &config.catalogue {
        let content = folder.read(path)?.unwrap_or_default();
        if lines_by_id(&content).contains_key(id.as_str()) {
            return Ok(Some(path));
        }
    }
    Ok(config.catalogue.last().map(String::as_str))
}

/// The lines sorted by id, as they are. Of two with one id the first holds, as for readers; what has
/// no id is not a line of any form and is dropped.
fn lines_by_id(content: &[u8]) -> BTreeMap<String, &[u8]> {
    let mut lines = BTreeMap::new();
    for line in content.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii) {
        if let Ok(header) = serde_json::from_slice::<Header>(line) {
            lines.entry(header.id).or_insert(line);
        }
    }
    lines
}

fn line(
    index: &IndexFile,
    index_content: &[u8],
    entry: Option<&CatalogueEntry>,
    known: Option<CatalogueLine>,
) -> Option<CatalogueLine> {
    let newest = &index.newest()?.line;
    let updated = index
        .versions
        .iter()
        .map(|known| known.line.published)
        .max()?;
    let made = known.as_ref().and_then(|known| known.made);
    let (entry, unknown) = match (entry, known) {
        (Some(entry), known) => (entry.clone(), known.map(|known| known.unknown)),
        (None, Some(known)) => {
            let CatalogueLine {
                name,
                description,
                authors,
                languages,
                language_servers,
                unknown,
                ..
            } = known;
            (
                CatalogueEntry {
                    name,
                    description,
                    authors,
                    languages,
                    language_servers,
                },
                Some(unknown),
            )
        }
        (None, None) => return None,
    };
    Some(CatalogueLine {
        v: LINE_FORM,
        id: index.id.clone(),
        name: entry.name,
        description: entry.description,
        authors: entry.authors,
        version: newest.version.clone(),
        family: newest.family.clone(),
        api: newest.api.clone(),
        provides: newest.provides.clone(),
        languages: entry.languages,
        language_servers: entry.language_servers,
        updated,
        index: Some(Sha256Digest::of(index_content)),
        made,
        unknown: unknown.unwrap_or_default(),
    })
}
