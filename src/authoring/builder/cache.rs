//! A cache of what earlier builds found out about packages. It is not asked again as long as the manifests are the
//! same: asking the toolchain and cargo takes as long as compiling a small file does.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::{MOST_TEXT_BYTES, metadata::Package};
use crate::base::{digest::Blake3Digest, fs};

/// The packages that were built, by the folders of their extensions.
#[derive(Debug, Clone, Default)]
pub(super) struct BuildCache(Arc<Mutex<HashMap<PathBuf, (Blake3Digest, Package)>>>);

impl BuildCache {
    /// The package that was built in a folder, if its manifests have not changed since.
    pub(super) fn get(&self, folder: &Path) -> Option<Package> {
        let (digest, package) = self.packages().get(folder).cloned()?;
        (manifests(&package).ok()? == digest).then_some(package)
    }

    /// Remembers a package that has just been read.
    pub(super) fn remember(&self, folder: &Path, package: &Package) {
        if let Ok(digest) = manifests(package) {
            let known = (digest, package.clone());
            self.packages().insert(folder.to_path_buf(), known);
        }
    }

    pub(super) fn forget(&self, folder: &Path) {
        self.packages().remove(folder);
    }

    fn packages(&self) -> MutexGuard<'_, HashMap<PathBuf, (Blake3Digest, Package)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A digest of a package's manifest and its workspace's.
fn manifests(package: &Package) -> fs::Result<Blake3Digest> {
    let root = package.workspace_root.join("Cargo.toml");
    let mut texts = fs::read_bounded(&package.manifest, MOST_TEXT_BYTES)?;
    texts.extend(fs::read_bounded(&root, MOST_TEXT_BYTES)?);
    Ok(Blake3Digest::of(&texts))
}
