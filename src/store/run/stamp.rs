//! The state of a store, cheap to compare.

use crate::{
    base::{fs, types::ExtensionId},
    store::{
        disk::{generation::current_number, store::Store},
        error::StoreError,
    },
};

/// The state of a store when it was looked at: equal to a later one where nothing was installed, changed, removed or
/// disabled meanwhile, and no dev extension has a new build.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreStamp {
    pub(super) generation: u64,
    pub(super) dev: Vec<(ExtensionId, Option<fs::Stamp>)>,
}

impl Store {
    /// Looks at the state of the store, which takes a small file and a folder to be read. For who looks now and then:
    /// [`RunningExtensions::watch`](crate::store::RunningExtensions::watch) is told of changes instead.
    ///
    /// # Errors
    /// [`StoreError`] where they cannot be read.
    pub fn stamp(&self) -> Result<StoreStamp, StoreError> {
        let layout = self.layout();
        let mut dev = Vec::new();
        for id in self.dev_ids()? {
            // Its file is replaced when a build is put into service.
            let file = fs::symlink_metadata(&layout.dev_file(&id)).ok();
            dev.push((id, file.as_ref().map(fs::Stamp::of)));
        }
        Ok(StoreStamp {
            generation: current_number(layout)?,
            dev,
        })
    }
}
