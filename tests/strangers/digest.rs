//! What a folder holds, so that it can be compared with what it holds later.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    fs,
    os::unix::fs::{FileTypeExt as _, MetadataExt as _},
    path::Path,
};

/// Each entry below a folder, itself included, by its name: type, mode, owner, size, times, content. Links are not
/// followed.
pub type Digest = BTreeMap<String, String>;

/// Looks at a path and all below it, but for the names in `apart`.
pub fn of(path: &Path, apart: &[&str]) -> Digest {
    let mut found = Digest::new();
    look(path, "", apart, &mut found);
    found
}

fn look(path: &Path, name: &str, apart: &[&str], found: &mut Digest) {
    let Ok(metadata) = fs::symlink_metadata(path) else {
        found.insert(name.to_owned(), "is not there".to_owned());
        return;
    };
    let kind = metadata.file_type();
    let mut words = format!("{:o} of {}", metadata.mode(), metadata.uid());
    if kind.is_symlink() {
        write!(words, " to {}", fs::read_link(path).unwrap().display()).unwrap();
    } else if kind.is_file() {
        let content = blake3::hash(&fs::read(path).unwrap());
        write!(words, " since {} with {content}", metadata.mtime_nsec()).unwrap();
    } else if kind.is_dir() {
        for entry in fs::read_dir(path).unwrap() {
            let entry = entry.unwrap();
            let below = format!("{name}/{}", entry.file_name().to_string_lossy());
            if !apart.contains(&below.trim_start_matches('/')) {
                look(&entry.path(), &below, apart, found);
            }
        }
    } else {
        write!(words, " pipe {}", kind.is_fifo()).unwrap();
    }
    found.insert(name.to_owned(), words);
}

/// What differs between two, in words; nothing where they are the same.
pub fn difference(before: &Digest, after: &Digest) -> Vec<String> {
    let gone = before
        .keys()
        .filter(|name| !after.contains_key(*name))
        .map(|name| format!("`{name}` is gone"));
    let other = after
        .iter()
        .filter_map(|(name, words)| match before.get(name) {
            None => Some(format!("`{name}` is new: {words}")),
            Some(old) if old != words => Some(format!("`{name}` was {old}, is {words}")),
            Some(_) => None,
        });
    gone.chain(other).collect()
}
