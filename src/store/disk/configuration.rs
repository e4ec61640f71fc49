//! The configuration of a store: its folders.

use std::path::PathBuf;

/// The configuration of a store: its folders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreConfiguration {
    /// The store's folder. The first change creates it, for its owner alone, where it is missing, and makes it a
    /// store where it is empty. One with anything else in it is refused, and so is one that others than this user
    /// and root can change, or that lies in such a folder.
    pub folder: PathBuf,
    /// Where working directories, logs, the audit and counts lie for a store that this user may only read: a folder
    /// for that store alone, which is created. `None`, the default: then nothing that its extensions do is noted, so
    /// that whatever needs a grant is refused them: [`ExtensionStore::start`](crate::ExtensionStore::start) fails with
    /// [`FolderError::NoState`](super::mark::FolderError::NoState), and only one that needs none is of use, in a working directory of your own
    /// ([`ExtensionStore::start_in`](crate::ExtensionStore::start_in)).
    pub state: Option<PathBuf>,
}

impl StoreConfiguration {
    /// A store in `folder`.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
            state: None,
        }
    }
}
