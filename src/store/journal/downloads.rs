//! Records of what extensions have fetched: `downloads/<id>.json`, from the address to the file that was there the last
//! time. It outlives updates, and goes with the extension.

use std::{collections::BTreeMap, path::Path};

use serde::{Deserialize, Serialize};

use crate::{
    base::{
        digest::Sha256Digest,
        fs,
        timestamp::Timestamp,
        types::{Download, ExtensionId},
    },
    store::disk::layout::Layout,
};

/// The form in which it is written. A file of a later one is left alone.
const FORMAT: u32 = 1;

/// The most addresses that are kept of one extension; the oldest go.
const MOST: usize = 1_000;

/// The most bytes that are read of a file: of a thousand downloads with long addresses.
const MOST_BYTES: u64 = 32 << 20;

/// A file that an extension has fetched, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RecordedDownload {
    /// The file.
    #[serde(flatten)]
    pub download: Download,
    /// When it had arrived; `None` for one that only a lockfile names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    /// The version of the extension that fetched it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct File {
    format: u32,
    downloads: Vec<RecordedDownload>,
}

/// Adds to what is recorded, and tells what the last of the addresses had before, where that differs.
pub(in crate::store) fn add(
    layout: &Layout,
    id: &ExtensionId,
    new: impl IntoIterator<Item = RecordedDownload>,
) -> fs::Result<Option<Sha256Digest>> {
    let path = layout.downloads(id);
    let Some(mut downloads) = read(&path)? else {
        return Ok(None);
    };
    let mut differs = None;
    for recorded in new {
        let sha256 = recorded.download.sha256;
        let url = recorded.download.url.clone();
        let before = downloads.insert(url, recorded);
        differs = before
            .map(|before| before.download.sha256)
            .filter(|before| *before != sha256);
    }
    let mut all: Vec<_> = downloads.into_values().collect();
    if all.len() > MOST {
        all.sort_by_key(|recorded| std::cmp::Reverse(recorded.at));
        all.truncate(MOST);
    }
    all.sort_by(|one, other| one.download.url.cmp(&other.download.url));
    let file = File {
        format: FORMAT,
        downloads: all,
    };
    // Texts and numbers alone: it cannot fail.
    let text = serde_json::to_vec_pretty(&file).unwrap_or_default();
    fs::create_private_dir_all(&layout.all_downloads())?;
    fs::replace_in_turn(&path, &text)?;
    Ok(differs)
}

/// Returns the recorded downloads, by address; `None` where a later version of this program records. A file that cannot
/// be understood counts as empty.
pub(in crate::store) fn read(
    path: &Path,
) -> fs::Result<Option<BTreeMap<String, RecordedDownload>>> {
    #[derive(Deserialize)]
    struct Format {
        format: u32,
    }
    let text = match fs::read_bounded(path, MOST_BYTES) {
        Ok(text) => text,
        Err(error) if error.is_not_found() => return Ok(Some(BTreeMap::new())),
        Err(error) => return Err(error),
    };
    if serde_json::from_slice(&text).is_ok_and(|Format { format }| format > FORMAT) {
        return Ok(None);
    }
    let file: serde_json::Result<File> = serde_json::from_slice(&text);
    let downloads = file.map(|file| file.downloads).unwrap_or_default();
    let by_url = |recorded: RecordedDownload| (recorded.download.url.clone(), recorded);
    Ok(Some(downloads.into_iter().map(by_url).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recorded(url: &str, content: &str) -> RecordedDownload {
        RecordedDownload {
            download: Download {
                url: url.into(),
                final_url: url.into(),
                sha256: Sha256Digest::of(content.as_bytes()),
                size: content.len() as u64,
            },
            at: Some(Timestamp::now()),
            version: None,
        }
    }

    #[test]
    fn another_file_at_the_same_address_is_told_once_and_the_newest_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let layout = Layout::create(folder.path()).unwrap();
        let id = "x".parse().unwrap();
        let note = |url, content| add(&layout, &id, [recorded(url, content)]).unwrap();
        assert_eq!(note("https://a/b", "one"), None);
        assert_eq!(note("https://a/a", "two"), None);
        assert_eq!(note("https://a/b", "one"), None);
        assert_eq!(note("https://a/b", "three"), Some(Sha256Digest::of(b"one")));
        assert_eq!(note("https://a/b", "three"), None);
        let kept = read(&layout.downloads(&id)).unwrap().unwrap();
        let urls: Vec<_> = kept.keys().collect();
        assert_eq!(urls, ["https://a/a", "https://a/b"]);
        assert_eq!(kept["https://a/b"].download.size, 5);
    }

    #[test]
    fn damage_counts_as_nothing_and_a_later_form_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let layout = Layout::create(folder.path()).unwrap();
        let id = "x".parse().unwrap();
        fs::create_private_dir_all(&layout.all_downloads()).unwrap();
        let path = layout.downloads(&id);
        fs::replace_in_turn(&path, b"{\"format\":1,").unwrap();
        add(&layout, &id, [recorded("https://a/b", "one")]).unwrap();
        assert_eq!(read(&path).unwrap().unwrap().len(), 1);
        let later = br#"{"format":2,"all":{}}"#;
        fs::replace_in_turn(&path, later).unwrap();
        add(&layout, &id, [recorded("https://a/b", "one")]).unwrap();
        assert_eq!(fs::read(&path).unwrap(), later);
    }
}
