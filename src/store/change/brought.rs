//! What a change has brought and compiled: it is kept where the change has to be decided anew, because another process
//! has changed the store while this one compiled, or asked its user.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{obtain::Obtained, release::Release};
use crate::{
    base::digest::{Blake3Digest, Sha256Digest},
    network::registry::ArchiveDigest,
    runtime::engine::CodeOrigin,
    store::disk::{seen_archives::Sighting, staging::Staging, transaction::Change, tree::Tree},
};

/// The files and the code that are there already.
#[derive(Debug, Default)]
pub(in crate::store) struct Brought {
    /// Held as long as something may lie in them.
    staging: Vec<Arc<Staging>>,
    /// By the digest of their archive.
    trees: HashMap<Sha256Digest, (Tree, PathBuf)>,
    /// By the digest of the component. The compiled cache may not be there to tell.
    codes: HashMap<Blake3Digest, CodeOrigin>,
    /// The archives of which no registry says what they should be.
    seen: Vec<Sighting>,
}

impl Brought {
    /// The files of an archive that was fetched and unpacked before, and the folder they lie in.
    pub(super) fn tree(&self, archive: &Sha256Digest) -> Option<(Tree, &Path)> {
        let (tree, folder) = self.trees.get(archive)?;
        Some((*tree, folder))
    }

    /// The digest of an archive that was brought before, of which no registry says it.
    pub(super) fn digest(&self, release: &Release) -> Option<ArchiveDigest> {
        let mut seen = self.seen.iter();
        let is_it = |seen: &&Sighting| {
            release.origin.registry() == Some(&seen.registry)
                && seen.id == release.id
                && seen.version == release.version
        };
        seen.find(is_it).map(|seen| seen.content)
    }

    /// The origin of the code that was compiled before.
    pub(super) fn code(&self, component: &Blake3Digest) -> Option<CodeOrigin> {
        self.codes.get(component).copied()
    }

    /// Keeps the files that a change has staged.
    pub(super) fn keep_files(&mut self, change: &Change, obtained: &[Obtained]) {
        self.staging.extend(change.staging().cloned());
        for one in obtained {
            self.seen.extend(one.sighting());
            if let Some(folder) = &one.staged {
                let brought = (one.tree, folder.clone());
                self.trees.insert(one.installed.sha256, brought);
            }
        }
    }

    /// Keeps that components were compiled.
    pub(super) fn keep_codes(&mut self, compiled: Vec<(Blake3Digest, CodeOrigin)>) {
        self.codes.extend(compiled);
    }
}
