//! The editor's side of a call: what the command lends to an extension and hears from it.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use annexe::{
    Lendable,
    delegate::{
        DelegateError, HostDelegate, KeyValueStoreDelegate, LocalWorktree, ProjectDelegate,
    },
    types::InstallationStatus,
};
use async_trait::async_trait;

use super::{output::Output, paths};

/// The number of the one worktree there is.
const WORKTREE: u64 = 1;

/// What a call about one folder lends: the folder as a worktree and as a project, and `entries` as the
/// store that documentation goes into.
pub fn lendable(worktree: PathBuf, entries: &Entries) -> Lendable {
    Lendable {
        worktree: Some(Arc::new(LocalWorktree::new(
            WORKTREE,
            worktree,
            paths::environment(),
        ))),
        project: Some(Arc::new(OneWorktree)),
        key_value_store: Some(Arc::new(entries.clone())),
    }
}

/// A project of one worktree.
#[derive(Debug)]
struct OneWorktree;

impl ProjectDelegate for OneWorktree {
    fn worktree_ids(&self) -> Vec<u64> {
        vec![WORKTREE]
    }
}

/// What an extension has put into its store, for as long as the call lasts.
#[derive(Debug, Clone, Default)]
pub struct Entries(Arc<Mutex<BTreeMap<String, String>>>);

impl Entries {
    /// Takes the entries out.
    pub fn take(&self) -> BTreeMap<String, String> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[async_trait]
impl KeyValueStoreDelegate for Entries {
    async fn insert(&self, key: String, value: String) -> Result<(), DelegateError> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(key, value);
        Ok(())
    }
}

/// Tells the person what an extension reports while it works.
#[derive(Debug)]
pub struct Notes(pub Output);

#[async_trait]
impl HostDelegate for Notes {
    async fn installation_status(&self, server: &str, status: InstallationStatus) {
        match status {
            InstallationStatus::Downloading => self.0.note(format_args!("{server}: downloading")),
            InstallationStatus::CheckingForUpdate => {
                self.0
                    .note(format_args!("{server}: looking for a newer version"));
            }
            InstallationStatus::Failed(reason) => self.0.warn(format_args!("{server}: {reason}")),
            _ => {}
        }
    }
}
