//! What all installed extensions offer as files, and which of them keeps a name that several bring.

use std::path::PathBuf;

use serde::Serialize;

use super::{ExtensionStore, Installed, StoreError, blocking};
use crate::{
    declarative::{Claimant, Conflict, Declarative, conflicts},
    manifest::Manifest,
};

/// What the installed extensions offer, as of one generation.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Offers {
    /// The extensions that could be read, sorted by id.
    pub extensions: Vec<Offered>,
    /// Those that could not, sorted by id.
    pub unreadable: Vec<Unreadable>,
    /// The names that several of them bring.
    pub conflicts: Vec<Conflict>,
}

/// What one extension offers.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Offered {
    /// The extension.
    pub installed: Installed,
    /// The folder that all paths in the manifest and in `declarative` start at.
    pub folder: PathBuf,
    /// Its manifest: servers, commands and adapters are here.
    pub manifest: Manifest,
    /// Its files: themes, languages and snippets are here, and what is wrong with them.
    pub declarative: Declarative,
}

/// An extension whose manifest cannot be read.
#[derive(Debug)]
#[non_exhaustive]
pub struct Unreadable {
    /// The extension.
    pub installed: Installed,
    /// Why, and the way out.
    pub error: StoreError,
}

impl ExtensionStore {
    /// Reads the declarative files of everything that is installed, and finds the names that several
    /// extensions bring; see [`conflicts`] for who keeps them. Nothing is compiled or started.
    ///
    /// An extension that cannot be read is in [`Offers::unreadable`]. What is wrong with a file of one
    /// that can is in its findings.
    ///
    /// # Errors
    /// As [`Self::generation`].
    pub async fn offers(&self) -> Result<Offers, StoreError> {
        let store = self.clone();
        blocking(move || {
            let _reading = store.layout().reading()?;
            store.read_offers()
        })
        .await
    }

    fn read_offers(&self) -> Result<Offers, StoreError> {
        let mut offers = Offers::default();
        for (_, installed) in self.generation()?.extensions {
            match self.manifest_of(&installed) {
                Ok(loaded) => {
                    let folder = self.tree(&installed);
                    offers.extensions.push(Offered {
                        declarative: Declarative::read(&folder, &loaded.manifest),
                        manifest: loaded.manifest,
                        folder,
                        installed,
                    });
                }
                Err(error) => offers.unreadable.push(Unreadable { installed, error }),
            }
        }
        let claimants: Vec<Claimant<'_>> = offers
            .extensions
            .iter()
            .map(|offered| Claimant {
                id: &offered.installed.id,
                installed: offered.installed.first_installed().unix_seconds(),
                manifest: &offered.manifest,
                declarative: &offered.declarative,
            })
            .collect();
        offers.conflicts = conflicts(&claimants);
        Ok(offers)
    }
}
