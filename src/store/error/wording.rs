//! Parts of the sentences of a [`StoreError`](super::StoreError).

use std::path::{Path, PathBuf};

use crate::{
    base::{printable::printable, types::ExtensionId},
    store::{
        difference::LockDifference,
        disk::{installed::Installed, withdrawal::Withdrawn},
    },
};

/// Each extension with its folder.
pub(super) fn in_words(extensions: &[(ExtensionId, PathBuf)]) -> String {
    let words: Vec<String> = extensions
        .iter()
        .map(|(id, folder)| format!("`{id}`, from `{}`", folder.display()))
        .collect();
    words.join("; ")
}

/// A lockfile by its path, as far as that is known.
pub(super) fn lockfile_in_words(path: Option<&Path>) -> String {
    match path {
        Some(path) => format!("the lockfile `{}`", printable(&path.display().to_string())),
        None => "the lockfile".into(),
    }
}

/// The option that names a lockfile, as it is typed where the lockfile lies.
pub(super) fn naming(path: Option<&Path>) -> String {
    match path
        .and_then(Path::file_name)
        .and_then(|name| name.to_str())
    {
        Some(name) => format!("--lockfile {}", printable(name)),
        None => "--lockfile".into(),
    }
}

/// Each difference in words.
pub(super) fn listed(differences: &[LockDifference]) -> String {
    let words: Vec<String> = differences.iter().map(ToString::to_string).collect();
    words.join("; ")
}

/// Each extension with its version.
pub(super) fn removals(removed: &[Installed]) -> String {
    let words: Vec<String> = removed
        .iter()
        .map(|installed| format!("`{}` {}", installed.id, installed.version))
        .collect();
    words.join(", ")
}

/// Returns the process, where it is known.
pub(super) fn by(process: Option<u32>) -> String {
    process.map_or_else(String::new, |process| format!(" by process {process}"))
}

/// Returns the reason of a withdrawal.
pub(super) fn because(withdrawn: &Withdrawn) -> String {
    match &withdrawn.reason {
        Some(reason) => format!(": {}", printable(reason)),
        None => String::new(),
    }
}
