//! Contributions: what all installed extensions offer as files, and which of them keeps a name that several bring.

use std::path::PathBuf;

use serde::Serialize;

use super::{active::Active, store::Store};
use crate::{
    package::{
        declarative::{Claimant, Conflict, Declarative, conflicts},
        manifest::Manifest,
    },
    store::error::StoreError,
};

/// The contributions of the installed extensions, as of one generation.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Contributions {
    /// The extensions that could be read, sorted by id.
    pub extensions: Vec<Contributed>,
    /// Those that could not, sorted by id.
    pub unreadable: Vec<Unreadable>,
    /// The names that several of them bring.
    pub conflicts: Vec<Conflict>,
}

/// The contributions of one extension.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Contributed {
    /// The extension.
    pub active: Active,
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
    pub active: Active,
    /// Why, and the way out.
    pub error: StoreError,
}

/// Reads what all that runs brings as files.
pub(super) fn read(store: &Store) -> Result<Contributions, StoreError> {
    let mut offers = Contributions::default();
    for active in store.all_active()? {
        match store.manifest_of(&active) {
            Ok(loaded) => {
                let folder = store.files_of(&active);
                offers.extensions.push(Contributed {
                    declarative: Declarative::read(&folder, &loaded.manifest),
                    manifest: loaded.manifest,
                    folder,
                    active,
                });
            }
            Err(error) => offers.unreadable.push(Unreadable { active, error }),
        }
    }
    let claimants: Vec<Claimant<'_>> = offers
        .extensions
        .iter()
        .map(|offered| Claimant {
            id: offered.active.id(),
            installed: offered.active.since().unix_seconds(),
            manifest: &offered.manifest,
            declarative: &offered.declarative,
        })
        .collect();
    offers.conflicts = conflicts(&claimants);
    Ok(offers)
}
