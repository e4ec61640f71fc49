//! Ignored files: what builds and tools leave among an extension's sources.

use std::{ffi::OsStr, path::Path};

use crate::base::fs;

/// What the folder of a cache holds, by the convention that backup programs follow: cargo's target
/// folder wherever it lies, virtual environments, caches of linters.
pub(super) const CACHE_TAG: &str = "CACHEDIR.TAG";

/// What makes a folder beside it with the name `target` cargo's.
pub(super) const CARGO_MANIFEST: &str = "Cargo.toml";

/// Whether nothing in a folder that lies in a watched one counts. Such folders are large, and change
/// whenever something is built.
pub(super) fn is_ignored_folder(folder: &Path) -> bool {
    let name = folder.file_name().unwrap_or_default();
    let hidden = name.as_encoded_bytes().starts_with(b".") && name != ".cargo";
    hidden
        || name == "node_modules"
        || name == "__pycache__"
        || name == "target" && is_there(&folder.with_file_name(CARGO_MANIFEST))
        || is_there(&folder.join(CACHE_TAG))
}

/// Whether a file's coming or going may change what [`is_ignored_folder`] says.
pub(super) fn decides(file: &Path) -> bool {
    let name = file.file_name().unwrap_or_default();
    name == CACHE_TAG || name == CARGO_MANIFEST
}

/// Whether a file of this name is what an editor leaves while a file is open: locks, swap files, backups.
pub(super) fn is_litter(name: &OsStr) -> bool {
    let name = name.as_encoded_bytes();
    let swap = |extension: &[u8]| {
        // Vim counts down from `.swp` where there is one already.
        matches!(extension, [b's', b'w', b'a'..=b'z'] | b"kate-swp")
    };
    match name {
        b"4913" | b".DS_Store" => true,
        [b'.', b'#', ..] | [.., b'~'] | [b'#', .., b'#'] => true,
        [b'.', rest @ ..] => rest.rsplit(|byte| *byte == b'.').next().is_some_and(swap),
        _ => false,
    }
}

fn is_there(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn editors_litter_is_known_by_its_name() {
        let litter = [
            ".#lib.rs",
            "#lib.rs#",
            "lib.rs~",
            ".lib.rs.swp",
            ".lib.rs.swo",
            ".lib.rs.swx",
            ".lib.rs.kate-swp",
            "4913",
            ".DS_Store",
        ];
        for name in litter {
            assert!(is_litter(OsStr::new(name)), "{name}");
        }
        let sources = [
            "lib.rs",
            "#lib.rs",
            "#",
            "lib.swp",
            ".gitignore",
            "view.swift",
            ".view.swift",
            "4914",
            "extension.wasm",
            "~",
            "a~b",
        ];
        for name in sources {
            let litter = name == "~";
            assert_eq!(is_litter(OsStr::new(name)), litter, "{name}");
        }
    }
}
