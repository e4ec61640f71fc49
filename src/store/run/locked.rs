//! Starts that keep to a lockfile: what is installed must be what is locked, and so must the tools that extensions
//! are told of, fetch and have npm install.
//!
//! A lockfile that was found where the work is done may be a stranger's. It restricts: of its tools only those count
//! that npm and GitHub have named on this machine themselves, and files that were fetched here with the same digest.

use std::sync::Arc;

use super::extension_store::ExtensionStore;
use crate::{
    base::{fs, types::Tools},
    runtime::services::LockedTools,
    store::{
        disk::{active::Active, lockfile::Lockfile},
        error::StoreError,
    },
};

/// A lockfile that starts keep to.
#[derive(Debug, Clone)]
pub(in crate::store) struct LockedStarts {
    lockfile: Arc<Lockfile>,
    /// The person has not named it.
    is_found: bool,
}

impl LockedStarts {
    pub(super) fn new(lockfile: Lockfile, is_found: bool) -> Self {
        Self {
            lockfile: Arc::new(lockfile),
            is_found,
        }
    }
}

/// The tools an extension is given at its start besides what servers say.
#[derive(Debug, Default)]
pub(crate) struct Held {
    /// The tools it is held to; `None` where it is held to nothing.
    pub(crate) locked: Option<LockedTools>,
    /// The tools known of it, for where servers cannot be asked.
    pub(crate) known: Option<LockedTools>,
}

impl ExtensionStore {
    /// Returns what an extension is held to, or else what is known where files of its tools were brought here.
    ///
    /// # Errors
    /// As [`locked_tools`](Self::locked_tools).
    pub(super) fn held_tools(&self, active: &Active) -> Result<Held, StoreError> {
        let locked = self.locked_tools(active)?;
        let files = self.layout().files();
        let mut known = None;
        if locked.is_none() && fs::symlink_metadata(&files).is_ok_and(|it| it.is_dir()) {
            let mut tools = LockedTools::new(self.tools(active.id())?);
            tools.files = Some(files);
            known = Some(tools);
        }
        Ok(Held { locked, known })
    }

    /// The tools that an extension is held to; `None` where starts keep to no lockfile. Reads what is known of it.
    ///
    /// # Errors
    /// [`StoreError::StartNotLocked`] where the lockfile has another version or none,
    /// [`StoreError::FetchedOtherwise`] where it has fetched other bytes before.
    pub(super) fn locked_tools(&self, active: &Active) -> Result<Option<LockedTools>, StoreError> {
        let Some(LockedStarts { lockfile, is_found }) = self.locked() else {
            return Ok(None);
        };
        let id = active.id();
        let locked = lockfile.get(id);
        let is_it = |sha256| active.installed().is_some_and(|it| it.sha256 == sha256);
        let Some(locked) = locked.filter(|locked| is_it(locked.sha256)) else {
            return Err(StoreError::StartNotLocked {
                id: id.clone(),
                version: active.version().clone(),
                locked: locked.map(|locked| locked.version.clone()),
            });
        };
        let tools = locked.tools();
        let fetched = self.downloads(id)?;
        for download in &tools.downloads {
            let other = fetched.iter().find(|recorded| {
                recorded.at.is_some()
                    && recorded.download.url == download.url
                    && recorded.download.sha256 != download.sha256
            });
            if other.is_some() {
                return Err(StoreError::FetchedOtherwise {
                    id: id.clone(),
                    url: download.url.clone(),
                    work_dir: self.work_dir(id, &active.origin())?,
                });
            }
        }
        let mut held = LockedTools::new(tools);
        held.files = Some(self.layout().files());
        if *is_found {
            let known = self.known_tools(id)?;
            (held.tools, held.withheld) = split(held.tools, &known);
        }
        Ok(Some(held))
    }
}

/// Splits tools into those that are known, and the others.
fn split(tools: Tools, known: &Tools) -> (Tools, Tools) {
    let Tools {
        answers,
        downloads,
        packages,
    } = tools;
    let answers = answers.into_iter();
    let (answers, other_answers) = answers.partition(|it| known.answers.contains(it));
    let downloads = downloads.into_iter();
    let (downloads, other_downloads) = downloads.partition(|it| {
        let mut known = known.downloads.iter();
        known.any(|known| known.url == it.url && known.sha256 == it.sha256)
    });
    // They are one tree.
    let (packages, other_packages) = match packages == known.packages {
        true => (packages, Vec::new()),
        false => (Vec::new(), packages),
    };
    (
        Tools {
            answers,
            downloads,
            packages,
        },
        Tools {
            answers: other_answers,
            downloads: other_downloads,
            packages: other_packages,
        },
    )
}
