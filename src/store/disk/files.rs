//! Files that extensions need and that were brought here with them, and their collection.

use std::{collections::BTreeSet, path::PathBuf};

use super::layout::Layout;
use crate::{
    base::fs,
    store::{
        error::StoreError,
        journal::{self, answers, downloads},
    },
};

/// Removes the files that no extension of which something is noted needs; gives their number and bytes. The caller
/// holds the store's lock.
pub(super) fn collect(layout: &Layout) -> Result<(u64, u64), StoreError> {
    let all: Vec<PathBuf> = fs::read_dir_if_there(&layout.files())?;
    if all.is_empty() {
        return Ok((0, 0));
    }
    let mut needed = BTreeSet::new();
    for id in journal::ids(layout)? {
        // A record of a later program may need any.
        let (Some(record), Some(downloads)) = (
            answers::read(&layout.answers(&id))?,
            downloads::read(&layout.downloads(&id))?,
        ) else {
            return Ok((0, 0));
        };
        needed.extend(record.packages.iter().filter_map(|it| it.file_name()));
        let digests = downloads.values().map(|it| it.download.sha256);
        needed.extend(digests.map(|sha256| format!("sha256-{sha256}")));
    }
    let (mut count, mut bytes) = (0, 0);
    for path in all {
        let name = path.file_name().and_then(|name| name.to_str());
        let is_ours = name.is_some_and(|name| {
            let digits = name
                .strip_prefix("sha256-")
                .or_else(|| name.strip_prefix("sha512-"));
            let digits = digits.map(|digits| digits.trim_end_matches(".tgz"));
            let is_digit = |it: u8| it.is_ascii_alphanumeric() || matches!(it, b'-' | b'_');
            let is_digest = |digits: &str| digits.bytes().all(is_digit);
            !needed.contains(name) && digits.is_some_and(is_digest)
        });
        if is_ours && fs::is_own_file(&path) {
            bytes += fs::symlink_metadata(&path)?.len();
            fs::remove_file(&path)?;
            count += 1;
        }
    }
    Ok((count, bytes))
}
