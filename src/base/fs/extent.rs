//! The size of what lies below a folder.

use std::{collections::HashSet, fs::Metadata, path::Path};

/// The size of a tree: its bytes, and its files, folders and links.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Extent {
    /// Bytes of files, by their length.
    pub bytes: u64,
    /// Files, folders and links.
    pub files: u64,
}

impl Extent {
    /// Both together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            bytes: self.bytes.saturating_add(other.bytes),
            files: self.files.saturating_add(other.files),
        }
    }
}

/// Returns the size of what lies below a folder. A file with several names counts its bytes once; links are not
/// followed, and what cannot be looked at counts for nothing.
pub fn extent(folder: &Path) -> Extent {
    let mut extent = Extent::default();
    let mut shared = HashSet::new();
    let mut pending = vec![folder.to_path_buf()];
    while let Some(folder) = pending.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else {
            continue;
        };
        for entry in entries.flatten() {
            extent.files += 1;
            let Ok(metadata) = entry.metadata() else {
                continue;
            };
            if metadata.is_dir() {
                pending.push(entry.path());
            } else if metadata.is_file() && is_first(&metadata, &mut shared) {
                extent.bytes = extent.bytes.saturating_add(metadata.len());
            }
        }
    }
    extent
}

/// Whether no other name of the file was met before.
fn is_first(metadata: &Metadata, shared: &mut HashSet<(u64, u64)>) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        metadata.nlink() < 2 || shared.insert((metadata.dev(), metadata.ino()))
    }
    #[cfg(not(unix))]
    {
        let _ = (metadata, shared);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::fs::{create_dir_all, write_new};

    #[test]
    fn all_names_count_and_the_bytes_of_each_file_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        create_dir_all(&path("a/b")).unwrap();
        write_new(&path("a/one"), b"12345").unwrap();
        std::fs::hard_link(path("a/one"), path("a/b/two")).unwrap();
        write_new(&path("three"), b"123").unwrap();
        let expected = Extent { bytes: 8, files: 5 };
        assert_eq!(extent(folder.path()), expected);
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink("/", path("out")).unwrap();
            assert_eq!(
                extent(folder.path()),
                Extent {
                    files: 6,
                    ..expected
                }
            );
        }
        assert_eq!(extent(&path("none")), Extent::default());
    }
}
