//! The capabilities that adapters had last, each by its extension's version: an editor is told them before the adapter
//! runs.

use std::{
    io::Write as _,
    path::{Path, PathBuf},
};

use annexe::{digest::Blake3Digest, store::Provided};
use serde_json::Value;

use crate::cli::{files, paths, replacement::replace};

/// The most bytes of an adapter's capabilities that are kept.
const MOST_BYTES: u64 = 64 << 10;

/// The file of an adapter's capabilities.
#[derive(Debug)]
pub struct KnownCapabilities(PathBuf);

impl KnownCapabilities {
    /// The file for an adapter of what is installed in a store; `None` where the user has no cache folder.
    pub fn of(provided: &Provided, store: &Path) -> Option<Self> {
        let Provided {
            name,
            extension,
            version,
            ..
        } = provided;
        let store = store.display();
        let text = format!("{store}\n{extension}\n{version}\n{name}");
        let digest = Blake3Digest::of(text.as_bytes());
        let name = format!("{}.json", &digest.to_string()[..32]);
        Some(Self(paths::capabilities().ok()?.join(name)))
    }

    /// Reads them; `None` where they are not known, or the file is not the user's own.
    pub fn read(&self) -> Option<Value> {
        let folder = self.0.parent()?;
        annexe::check_own_folder(folder).ok()?;
        let text = files::read(&self.0, MOST_BYTES).ok()?;
        let known: Value = serde_json::from_slice(&text).ok()?;
        known.is_object().then_some(known)
    }

    /// Keeps them. Where that fails, the next editor is told less.
    pub fn write(&self, capabilities: &Value) {
        let text = capabilities.to_string();
        if text.len() as u64 > MOST_BYTES || self.read().as_ref() == Some(capabilities) {
            return;
        }
        if let Err(error) = self.replace(&text) {
            tracing::debug!(%error, "the capabilities of a debug adapter are not kept");
        }
    }

    fn replace(&self, text: &str) -> anyhow::Result<()> {
        if let Some(folder) = self.0.parent() {
            files::make_own_folder(folder)?;
        }
        replace(&self.0, |file| Ok(file.write_all(text.as_bytes())?))
    }
}
