//! What another editor has installed, judged: whether it can be taken over, and what that would change.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use semver::Version;

use super::{
    error::{AGAIN, ImportError},
    room::ImportRoom,
    snapshot::pack_folder,
    zed::{ImportEntry, ImportEntryKind},
};
use crate::{
    base::{
        causes::in_full,
        digest::Sha256Digest,
        fs,
        printable::shell_word,
        types::{ExtensionId, ExtensionIdError, ExtensionVersion, ParseExtensionVersionError},
    },
    package::{
        capability::Capability,
        manifest::{Manifest, Provides},
        opened::Package,
    },
    runtime::api::{Families, HostError},
    store::{
        disk::{
            generation::Generation,
            installed::{Installed, Origin},
            store::Store,
        },
        error::StoreError,
    },
};

/// An extension that another editor has installed, and whether it can be taken over.
#[derive(Debug)]
#[non_exhaustive]
pub struct ImportCandidate {
    /// The name of its folder. Any text.
    pub name: String,
    /// Where it comes from once it is installed: the other editor's folder of it.
    pub origin: Origin,
    /// The facts about it; `None` where they cannot be read.
    pub facts: Option<ImportFacts>,
    /// Whether it can be taken.
    pub verdict: ImportVerdict,
    /// The archive that was made of it, where it can be taken.
    pub archive: Option<PathBuf>,
    /// Its version, where it could be taken if nothing of its id were here.
    version: Option<ExtensionVersion>,
}

/// The facts about an extension that another editor has installed.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ImportFacts {
    /// Its id.
    pub id: ExtensionId,
    /// Its name for people. The author's text: escape it before showing it in a terminal.
    pub name: String,
    /// Its version, as its manifest writes it.
    pub version: String,
    /// The API version that its component was built with; `None` without a component, or with one that says none.
    pub api: Option<Version>,
    /// The adapter that would serve it.
    pub adapter: Option<String>,
    /// The kinds of things it provides.
    pub provides: Vec<Provides>,
    /// The capabilities its manifest asks for.
    pub capabilities: Vec<Capability>,
    /// The digest of the archive that was made of its files.
    pub sha256: Sha256Digest,
    /// The size of that archive in bytes.
    pub archive_bytes: u64,
}

/// The judgement on an extension that another editor has installed.
#[derive(Debug)]
#[non_exhaustive]
pub enum ImportVerdict {
    /// It can be taken, and nothing of its id is installed.
    New,
    /// It can be taken, and replaces what was taken before.
    Changed {
        /// The version that is installed.
        from: ExtensionVersion,
    },
    /// It was taken before, and is as it was then.
    Unchanged,
    /// It cannot be taken.
    Refused(ImportRefusal),
}

impl ImportVerdict {
    /// Whether the extension is to be installed.
    pub fn is_taken(&self) -> bool {
        matches!(self, Self::New | Self::Changed { .. })
    }
}

/// The reason why an extension cannot be taken over.
#[derive(Debug)]
#[non_exhaustive]
pub enum ImportRefusal {
    /// It is being developed: its folder is a link.
    Dev {
        /// Where the link leads.
        target: PathBuf,
    },
    /// It is not a folder.
    NotAFolder,
    /// Its folder's name is not an id.
    Name(ExtensionIdError),
    /// Its files cannot be read, or are not those of an extension.
    Unreadable(ImportError),
    /// Its folder is not named after the extension.
    OtherName {
        /// The extension's id, as the manifest has it.
        id: ExtensionId,
    },
    /// Its version cannot be read.
    Version(ParseExtensionVersionError),
    /// Its component cannot be run here.
    Component(HostError),
    /// Its manifest says that it has a component, and there is none: it may not have been unpacked to the end.
    NoComponent,
    /// A newer version is installed.
    Newer {
        /// That version.
        installed: ExtensionVersion,
    },
    /// One of its id is installed that came from elsewhere.
    Elsewhere {
        /// The version that is installed.
        installed: ExtensionVersion,
        /// Where that came from.
        origin: Origin,
    },
    /// A dev extension of the store has its id.
    Developed,
}

impl ImportRefusal {
    /// The way out, where there is one.
    pub fn hint(&self) -> Option<String> {
        use crate::base::hint::Hint as _;

        match self {
            Self::Dev { target } => Some(format!("use `annexe dev {}`", shell_word(target))),
            Self::Unreadable(error) => error.hint(),
            Self::Name(error) => error.hint(),
            Self::Version(error) => error.hint(),
            Self::Component(error) => error.hint(),
            Self::NoComponent => Some(AGAIN.into()),
            Self::Elsewhere { .. } | Self::Newer { .. } => {
                Some("remove that one first, if this one is to take its place".into())
            }
            Self::NotAFolder | Self::OtherName { .. } | Self::Developed => None,
        }
    }
}

impl fmt::Display for ImportRefusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dev { .. } => formatter.write_str("is a dev extension"),
            Self::NotAFolder => formatter.write_str("is not a folder"),
            Self::Name(error) => error.fmt(formatter),
            Self::Unreadable(error) => formatter.write_str(&in_full(error)),
            Self::OtherName { id } => write!(formatter, "is the folder of another id, `{id}`"),
            Self::Version(error) => write!(formatter, "has a version that cannot be used: {error}"),
            Self::Component(error) => formatter.write_str(&in_full(error)),
            Self::NoComponent => {
                formatter.write_str("has no `extension.wasm`, which its manifest announces")
            }
            Self::Newer { installed } => {
                write!(formatter, "{installed} is installed, which is newer")
            }
            Self::Elsewhere { installed, origin } => {
                write!(formatter, "{installed} is installed, from {origin}")
            }
            Self::Developed => formatter.write_str("a dev extension here has its id"),
        }
    }
}

impl Store {
    /// Judges an extension that another editor has installed, for a host of these API families: its files are packed, as
    /// they lie at one moment, into an archive in the folder `into`, and what the archive holds is what counts. Its bytes
    /// are taken of `room`, for as long as it is there. Nothing of the store or of the other editor's is changed.
    ///
    /// What can be taken is installed by [`ExtensionStore::import`](crate::ExtensionStore::import). No other archive is kept.
    ///
    /// Waits for the disk, and up to a second for a folder that changes.
    ///
    /// # Errors
    /// As [`Self::generation`]; [`ImportError::Room`] where the archives of all that was judged would be too large. What is
    /// wrong with the extension is its verdict.
    pub fn judge_import(
        &self,
        entry: &ImportEntry,
        into: &Path,
        room: &ImportRoom,
        families: &Families,
    ) -> Result<ImportCandidate, StoreError> {
        let mut candidate = ImportCandidate {
            name: entry.name.clone(),
            origin: Origin::Archive {
                archive: entry.path.display().to_string(),
            },
            facts: None,
            verdict: ImportVerdict::Unchanged,
            archive: None,
            version: None,
        };
        let refusal = match &entry.kind {
            ImportEntryKind::Extension => None,
            ImportEntryKind::Dev { target } => Some(ImportRefusal::Dev {
                target: target.clone(),
            }),
            ImportEntryKind::Other => Some(ImportRefusal::NotAFolder),
        };
        let judged = match refusal {
            Some(refusal) => Err(refusal),
            None => examine(entry, into, room, families, &mut candidate),
        };
        if let Err(ImportRefusal::Unreadable(error @ ImportError::Room { .. })) = judged {
            return Err(Box::new(error).into());
        }
        match judged {
            Ok(version) => {
                candidate.version = Some(version);
                candidate.judge_anew(&self.generation()?, &self.dev_ids()?);
            }
            Err(refusal) => candidate.verdict = ImportVerdict::Refused(refusal),
        }
        if !candidate.verdict.is_taken() {
            candidate.discard(room)?;
        }
        Ok(candidate)
    }
}

/// Packs an extension, and reads from the archive what it is.
fn examine(
    entry: &ImportEntry,
    into: &Path,
    room: &ImportRoom,
    families: &Families,
    candidate: &mut ImportCandidate,
) -> Result<ExtensionVersion, ImportRefusal> {
    let unreadable = ImportRefusal::Unreadable;
    // One with a manifest of the old form has no other id.
    if let Err(error) = entry.name.parse::<ExtensionId>() {
        return Err(ImportRefusal::Name(error));
    }
    let archive = into.join(format!("{}.tar.gz", entry.name));
    let packed = pack_folder(&entry.path, &archive, room).map_err(unreadable)?;
    candidate.archive = Some(archive.clone());
    let package = Package::from_archive(&archive, &entry.path);
    let package = package.map_err(|error| unreadable(ImportError::packed(error, &entry.path)))?;
    let Some(loaded) = package.manifest else {
        return Err(ImportRefusal::NotAFolder);
    };
    let manifest: Manifest = loaded.manifest;
    let wasm = package.wasm.as_deref();
    let api = wasm.and_then(|wasm| Some(families.recognise(wasm).ok()?.api));
    let fit = wasm.map(|wasm| families.examine(wasm)).transpose();
    let adapter = fit
        .as_ref()
        .ok()
        .and_then(|fit| Some(fit.as_ref()?.adapter));
    let version = manifest.extension_version();
    let (id, wants_component) = (manifest.id.clone(), manifest.lib.kind.is_some());
    candidate.facts = Some(ImportFacts {
        id: manifest.id.clone(),
        provides: manifest.provides(),
        name: manifest.name,
        version: manifest.version,
        api,
        adapter: adapter.map(str::to_owned),
        capabilities: manifest.capabilities,
        sha256: packed.sha256,
        archive_bytes: packed.compressed_bytes,
    });
    if id.as_str() != entry.name {
        return Err(ImportRefusal::OtherName { id });
    }
    let version = version.map_err(ImportRefusal::Version)?;
    if wants_component && package.wasm.is_none() {
        return Err(ImportRefusal::NoComponent);
    }
    fit.map_err(ImportRefusal::Component)?;
    Ok(version)
}

impl ImportCandidate {
    /// Removes the archive that was made of it, if there is one, and gives its room back: for one that was judged, and is
    /// not to be installed.
    ///
    /// # Errors
    /// [`StoreError::File`] where it cannot be removed.
    pub fn discard(&mut self, room: &ImportRoom) -> Result<(), StoreError> {
        let Some(archive) = self.archive.take() else {
            return Ok(());
        };
        let bytes = fs::symlink_metadata(&archive)?.len();
        fs::remove_file(&archive)?;
        room.give_back(bytes);
        Ok(())
    }

    /// Judges it by what is installed now. What cannot be taken whatever is installed stays refused.
    pub(in crate::store) fn judge_anew(
        &mut self,
        generation: &Generation,
        developed: &[ExtensionId],
    ) {
        let Some(version) = &self.version else {
            return;
        };
        let is_dev = developed.iter().any(|it| self.is_of(it));
        self.verdict = self.against(generation, version, is_dev);
    }

    /// What is installed under its id.
    pub(in crate::store) fn installed_in<'a>(
        &self,
        generation: &'a Generation,
    ) -> Option<&'a Installed> {
        generation.extensions.get(&self.facts.as_ref()?.id)
    }

    fn is_of(&self, id: &ExtensionId) -> bool {
        self.facts.as_ref().is_some_and(|facts| facts.id == *id)
    }

    /// The verdict on one that could be installed, by what is.
    fn against(
        &self,
        generation: &Generation,
        version: &ExtensionVersion,
        is_dev: bool,
    ) -> ImportVerdict {
        let Some(facts) = &self.facts else {
            return ImportVerdict::Refused(ImportRefusal::NotAFolder);
        };
        if is_dev {
            return ImportVerdict::Refused(ImportRefusal::Developed);
        }
        let Some(installed) = generation.extensions.get(&facts.id) else {
            return ImportVerdict::New;
        };
        let Installed {
            version: before,
            origin,
            ..
        } = installed;
        if *origin != self.origin {
            return ImportVerdict::Refused(ImportRefusal::Elsewhere {
                installed: before.clone(),
                origin: origin.clone(),
            });
        }
        if installed.sha256 == facts.sha256 {
            return ImportVerdict::Unchanged;
        }
        if before.cmp_precedence(version).is_gt() {
            return ImportVerdict::Refused(ImportRefusal::Newer {
                installed: before.clone(),
            });
        }
        ImportVerdict::Changed {
            from: before.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{base::hint::Hint as _, store::disk::configuration::StoreConfiguration};

    /// An extension of another editor's.
    fn installed(place: &Path, name: &str) -> ImportEntry {
        let path = place.join(name);
        fs::create_dir(&path).unwrap();
        let manifest =
            format!("id = \"{name}\"\nname = \"N\"\nversion = \"1.0.0\"\nschema_version = 1\n");
        fs::write_new(&path.join("extension.toml"), manifest.as_bytes()).unwrap();
        ImportEntry {
            name: name.into(),
            path,
            kind: ImportEntryKind::Extension,
        }
    }

    #[test]
    fn what_was_only_judged_leaves_no_archive_and_its_room_to_others() {
        let place = tempfile::tempdir().unwrap();
        let store = Store::open(StoreConfiguration::new(place.path().join("store"))).unwrap();
        let entries = ["one", "two"].map(|name| installed(place.path(), name));
        let families = Families::default();
        let judge = |entry: &ImportEntry, room: &ImportRoom| {
            store.judge_import(entry, place.path(), room, &families)
        };
        let unbounded = ImportRoom::default();
        let mut one = judge(&entries[0], &unbounded).unwrap();
        let archive = one.archive.clone().unwrap();
        let bytes = one.facts.as_ref().unwrap().archive_bytes;
        one.discard(&unbounded).unwrap();
        assert!(fs::symlink_metadata(&archive).is_err());

        let room = ImportRoom::new(bytes * 3 / 2);
        let mut one = judge(&entries[0], &room).unwrap();
        let error = judge(&entries[1], &room).unwrap_err();
        assert!(
            error.to_string().contains("archives of more than"),
            "{error}"
        );
        assert!(error.hint().unwrap().contains("some at a time"));
        one.discard(&room).unwrap();
        assert!(judge(&entries[1], &room).unwrap().archive.is_some());
    }
}
