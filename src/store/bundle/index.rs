//! The index of a bundle, and what its lockfile needs.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::error::BundleError;
use crate::{
    base::{
        digest::Sha256Digest,
        types::{ExtensionId, NpmPackage},
    },
    package::archive::{ArchivePath, plain},
    store::disk::lockfile::{Locked, LockedDownload, Lockfile},
};

/// The path of the index, which is the first file.
pub(super) const INDEX: &str = "bundle.json";

/// The most bytes an index may have.
pub(super) const MOST_INDEX_BYTES: u64 = 64 << 20;

/// The form that this program reads and writes.
pub(super) const FORMAT: u64 = 1;

/// The index.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Index {
    pub(super) format: u64,
    /// The system and the processor of the machine that made it, for which tools were fetched.
    #[serde(default)]
    pub(super) machine: String,
    pub(super) lockfile: String,
    pub(super) parts: Vec<BundlePart>,
}

/// The system and the processor of this machine, as Rust names them: `linux x86_64`.
pub(super) fn this_machine() -> String {
    format!("{} {}", std::env::consts::OS, std::env::consts::ARCH)
}

/// A part of a bundle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct BundlePart {
    /// Where it is in the bundle.
    pub path: ArchivePath,
    /// The kind of part it is.
    pub kind: PartKind,
    /// The extension or package with its version, or the address of a file.
    pub name: String,
    /// The extensions that need it, sorted.
    pub extensions: Vec<ExtensionId>,
    /// Its digest.
    pub sha256: Sha256Digest,
    /// Its size in bytes.
    pub size: u64,
    /// The licence that it says it has; `None` where it says none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub licence: Option<String>,
    /// Whether the text of a licence is inside; `None` where that cannot be told, as of a program.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub has_licence_text: Option<bool>,
    /// Where its sources are, as it says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repository: Option<String>,
}

/// A kind of part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum PartKind {
    /// The archive of an extension.
    Archive,
    /// A file that an extension fetches.
    File,
    /// The archive of an npm package.
    Package,
}

/// Something that a lockfile needs.
#[derive(Debug, Clone)]
pub(super) enum Needed {
    Archive(Box<Locked>),
    File(LockedDownload),
    Package(Box<NpmPackage>),
}

impl Needed {
    pub(super) fn kind(&self) -> PartKind {
        match self {
            Self::Archive(_) => PartKind::Archive,
            Self::File(_) => PartKind::File,
            Self::Package(_) => PartKind::Package,
        }
    }

    pub(super) fn name(&self) -> String {
        match self {
            Self::Archive(locked) => format!("{} {}", locked.id, locked.version),
            Self::File(download) => download.url.clone(),
            Self::Package(package) => format!("{} {}", package.package_name(), package.version),
        }
    }

    /// The digest that the lockfile has, where it is of the same sort as the parts'.
    pub(super) fn sha256(&self) -> Option<Sha256Digest> {
        match self {
            Self::Archive(locked) => Some(locked.sha256),
            Self::File(download) => Some(download.sha256),
            Self::Package(_) => None,
        }
    }

    pub(super) fn size(&self) -> Option<u64> {
        match self {
            Self::Archive(locked) => Some(locked.size),
            Self::File(download) => Some(download.size),
            Self::Package(_) => None,
        }
    }
}

/// The parts that a lockfile needs, by the path that it has in a bundle, with the extensions that need it. A package is
/// not there that `is_wanted` says no to.
///
/// # Errors
/// [`BundleError::Missing`] for a package that has no digest.
pub(super) fn needed(
    lockfile: &Lockfile,
    is_wanted: impl Fn(&NpmPackage) -> bool,
) -> Result<BTreeMap<String, (Needed, Vec<ExtensionId>)>, BundleError> {
    let mut all: BTreeMap<String, (Needed, Vec<ExtensionId>)> = BTreeMap::new();
    for locked in lockfile.extensions() {
        let mut add = |path: String, needed: Needed| {
            let (_, extensions) = all.entry(path).or_insert((needed, Vec::new()));
            if !extensions.contains(&locked.id) {
                extensions.push(locked.id.clone());
            }
        };
        add(
            format!("archives/{}.tar.gz", locked.sha256),
            Needed::Archive(Box::new(locked.clone())),
        );
        for download in &locked.downloads {
            let path = format!("files/sha256-{}", download.sha256);
            add(path, Needed::File(download.clone()));
        }
        let packages = locked.packages.iter();
        for package in packages.filter(|it| !it.bundled && is_wanted(it)) {
            let name = package.file_name().ok_or_else(|| BundleError::Missing {
                what: format!("a sha512 of the npm package `{}`", package.path),
            })?;
            let needed = Needed::Package(Box::new(package.clone()));
            add(format!("files/{name}"), needed);
        }
    }
    Ok(all)
}

/// The bytes of a whole bundle with an index of this length and these parts.
pub(super) fn length(index: u64, parts: &[BundlePart]) -> u64 {
    let parts = parts.iter().map(|part| plain::bytes_of(part.size));
    let parts = parts.fold(plain::bytes_of(index), u64::saturating_add);
    parts.saturating_add(plain::END_BYTES)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_has_only_the_keys_that_are_known() {
        let part = BundlePart {
            path: ArchivePath::parse("files/sha256-00").unwrap(),
            kind: PartKind::File,
            name: "https://a/b".into(),
            extensions: vec!["one".parse().unwrap()],
            sha256: Sha256Digest::of(b""),
            size: 0,
            licence: None,
            has_licence_text: None,
            repository: None,
        };
        let text = serde_json::to_string(&part).unwrap();
        assert!(!text.contains("licence") && text.contains("\"kind\":\"file\""));
        assert_eq!(serde_json::from_str::<BundlePart>(&text).unwrap(), part);
    }
}
