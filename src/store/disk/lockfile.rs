//! The lockfile: which archives an installation consists of, so that another machine gets the same.
//!
//! ```toml
//! version = 1
//!
//! [[extension]]
//! id = "taplo"
//! version = "0.1.0"
//! family = "extension"
//! api = "0.7.0"
//! registry = "annexe"
//! sha256 = "2f09…"
//! size = 78500
//! pinned = true
//!
//! [[extension.download]]
//! url = "https://github.com/tamasfe/taplo/releases/download/0.9.3/taplo-linux-x86_64.gz"
//! sha256 = "889e…"
//! size = 4300000
//! ```
//!
//! A `registry` is the text of its [`RegistryId`](crate::network::registry::RegistryId): `annexe` for the built-in one, a
//! name of the user's configuration, or a location. The registry is asked for what it has not installed here
//! before, so a lockfile makes nothing another one's.
//!
//! A download is a file that the extension has fetched by itself, as a tool to start.
//!
//! So that a start on another machine has the same tools, it notes what the extension was told of them:
//!
//! ```toml
//! [[extension.answer]]
//! from = "npm"                       # or `github`, with `[[extension.answer.asset]]` for each file of the release
//! name = "yaml-language-server"
//! asked = "latest"
//! version = "1.19.2"
//!
//! [[extension.package]]              # for each entry of npm's own lockfile
//! path = "node_modules/yaml-language-server"
//! version = "1.19.2"
//! resolved = "https://registry.npmjs.org/yaml-language-server/-/yaml-language-server-1.19.2.tgz"
//! integrity = "sha512-9Hs…"
//! direct = true
//! ```
//!
//! What each key means is told by [`ToolAnswer`] and [`NpmPackage`]. Under `--locked` these are all the answers and
//! packages there are ([`LockedTools`](crate::LockedTools)).
//!
//! Sorted by id and written in one way only, so it changes only where what it says changes. One without a
//! component has no `api`, one that is not pinned no `pinned`; one that was installed from an archive has
//! `archive`, its address or its path (from the lockfile's folder, or whole), in place of `registry`. One that was made
//! of a Git repository has `git`, its address, and `revision`, the commit; and where it was asked for by one, the
//! `reference` (`refs/tags/v1.0.0`) that pointed to it, and the `folder` it is in. Keys of a later form are kept as they
//! came.

mod error;
mod origin;
mod places;
mod recognise;
mod tools;

use std::{
    collections::BTreeMap,
    fmt,
    path::{Path, PathBuf},
};

use semver::Version;
use serde::{Deserialize, Serialize};

pub use self::error::LockfileError;
use self::origin::OriginKeys;
use super::{
    generation::Generation,
    installed::{Installed, Origin},
};
use crate::base::{
    digest::Sha256Digest,
    fs,
    types::{self, Download, ExtensionId, ExtensionVersion, NpmPackage, ToolAnswer},
};

/// The form of lockfiles that this program reads and writes.
const FORM: u64 = 1;

/// The most bytes a lockfile may have: ten thousand extensions with a dozen tools each.
const MOST_BYTES: u64 = 32 << 20;

/// The lockfile's first line.
const HEADER: &str = "# Written by annexe; it says what `annexe sync` installs. Keep it with your files, and change it with\n# `annexe lock`, `install`, `update`, `remove` and `pin`.\n";

/// The extensions of an installation, each with the archive it came in.
#[derive(Debug, Clone, Default)]
pub struct Lockfile {
    extensions: BTreeMap<ExtensionId, Locked>,
    /// Where it was read.
    path: Option<PathBuf>,
}

impl PartialEq for Lockfile {
    /// Whether they say the same, wherever they were read.
    fn eq(&self, other: &Self) -> bool {
        self.extensions == other.extensions
    }
}

/// One extension of a lockfile.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Locked {
    /// The extension.
    pub id: ExtensionId,
    /// Its version.
    pub version: ExtensionVersion,
    /// The API family of its component.
    pub family: String,
    /// The API version its component was built with; `None` without a component.
    pub api: Option<Version>,
    /// Where its archive is.
    pub origin: Origin,
    /// The archive's digest.
    pub sha256: Sha256Digest,
    /// The archive's size in bytes.
    pub size: u64,
    /// Updates leave it alone.
    pub pinned: bool,
    /// What it has fetched, sorted by address.
    pub downloads: Vec<LockedDownload>,
    /// The answers it was given about tools, sorted.
    pub answers: Vec<ToolAnswer>,
    /// The packages that npm has installed for it, sorted by place.
    pub packages: Vec<NpmPackage>,
    /// Keys of a later form, kept as they came.
    unknown: toml::Table,
}

/// A file that an extension of a lockfile has fetched.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LockedDownload {
    /// Its address.
    pub url: String,
    /// The file's digest.
    pub sha256: Sha256Digest,
    /// The file's size in bytes.
    pub size: u64,
    /// Keys of a later form, kept as they came.
    #[serde(flatten)]
    unknown: toml::Table,
}

impl From<&Download> for LockedDownload {
    fn from(download: &Download) -> Self {
        Self {
            url: download.url.clone(),
            sha256: download.sha256,
            size: download.size,
            unknown: toml::Table::new(),
        }
    }
}

/// A lockfile as it is written.
#[derive(Serialize, Deserialize)]
struct File {
    version: u64,
    #[serde(default)]
    extension: Vec<Entry>,
    #[serde(flatten, skip_serializing)]
    unknown: toml::Table,
}

/// The one key that is read before the rest is asked to fit.
#[derive(Deserialize)]
struct Header {
    version: u64,
}

#[derive(Serialize, Deserialize)]
struct Entry {
    id: ExtensionId,
    version: ExtensionVersion,
    family: String,
    #[serde(
        default,
        deserialize_with = "types::version_or_none",
        skip_serializing_if = "Option::is_none"
    )]
    api: Option<Version>,
    #[serde(flatten)]
    origin: OriginKeys,
    sha256: Sha256Digest,
    size: u64,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pinned: bool,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    download: Vec<LockedDownload>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    answer: Vec<ToolAnswer>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    package: Vec<NpmPackage>,
    #[serde(flatten)]
    unknown: toml::Table,
}

impl Lockfile {
    /// The lockfile of everything that is installed in a generation.
    pub fn of(generation: &Generation) -> Self {
        let mut lockfile = Self::default();
        lockfile.set_all(generation);
        lockfile
    }

    /// Locks everything that is installed in a generation, and nothing else.
    pub fn set_all(&mut self, generation: &Generation) {
        self.extensions
            .retain(|id, _| generation.extensions.contains_key(id));
        for installed in generation.extensions.values() {
            self.set(installed);
        }
    }

    /// Reads a lockfile's text. The path of an archive is taken from the current folder where it is not a whole
    /// one; [`Self::read`] takes it from the lockfile's folder.
    ///
    /// # Errors
    /// A [`LockfileError`] that says what is wrong, and where.
    pub fn parse(text: &str) -> Result<Self, LockfileError> {
        Self::parse_in(text, Path::new(""))
    }

    /// Reads the text of a lockfile that lies in a folder.
    fn parse_in(text: &str, folder: &Path) -> Result<Self, LockfileError> {
        let syntax = |error| LockfileError::Syntax(Box::new(error));
        let Header { version } = toml::from_str(text).map_err(syntax)?;
        if version != FORM {
            return Err(LockfileError::Version { found: version });
        }
        let file: File = toml::from_str(text).map_err(syntax)?;
        // Other programs' lockfiles have a version too.
        if let Some(key) = file.unknown.keys().next()
            && !text.starts_with(recognise::MARK)
        {
            let key = Some(key.clone());
            return Err(LockfileError::Foreign { key });
        }
        let mut extensions = BTreeMap::new();
        for entry in file.extension {
            let id = entry.id.clone();
            let mut locked = Locked::try_from(entry)?;
            locked.origin = places::read(locked.origin, folder);
            if extensions.insert(id.clone(), locked).is_some() {
                return Err(LockfileError::Twice { id });
            }
        }
        Ok(Self {
            extensions,
            path: None,
        })
    }

    /// Reads a lockfile; `None` where there is none.
    ///
    /// # Errors
    /// [`LockfileError::File`] where it cannot be read, otherwise as [`Self::parse`].
    pub fn read(path: &Path) -> Result<Option<Self>, LockfileError> {
        Ok(match read(path)? {
            Some(text) => Some(Self {
                path: Some(path.to_owned()),
                ..Self::parse_in(&text, &places::folder_of(path))?
            }),
            None => None,
        })
    }

    /// Changes a lockfile, or makes one where there is none, and says whether anything differs now. It is
    /// read, changed and replaced as a whole while no other process edits it, so what two programs note at the
    /// same time is noted of both. Where `change` changes nothing, nothing is written.
    ///
    /// # Errors
    /// [`LockfileError::File`] where it cannot be read or written, otherwise as [`Self::parse`]: what was
    /// there stays.
    pub fn edit(path: &Path, change: impl Fn(&mut Self)) -> Result<bool, LockfileError> {
        let changed = || -> Result<Option<Self>, LockfileError> {
            let before = Self::read(path)?;
            let mut lockfile = before.clone().unwrap_or_default();
            change(&mut lockfile);
            Ok(Some(lockfile).filter(|lockfile| before.as_ref() != Some(lockfile)))
        };
        // Without a turn first: the folder may be one that nothing can be written into.
        if changed()?.is_none() {
            return Ok(false);
        }
        let turn = fs::Turn::take(path)?;
        let Some(lockfile) = changed()? else {
            return Ok(false);
        };
        turn.replace(lockfile.text_in(path)?.as_bytes())?;
        Ok(true)
    }

    /// Replaces a lockfile as a whole, even one that cannot be read, such as two versions side by side.
    ///
    /// # Errors
    /// [`LockfileError::Foreign`] where there is a file that is not and never was a lockfile,
    /// [`LockfileError::Version`] for one of a later version of this program, [`LockfileError::File`] where it
    /// cannot be read or written: what was there stays.
    pub fn write(&self, path: &Path) -> Result<(), LockfileError> {
        // Without a turn first, which leaves a file beside it.
        check_replaceable(path)?;
        let turn = fs::Turn::take(path)?;
        check_replaceable(path)?;
        Ok(turn.replace(self.text_in(path)?.as_bytes())?)
    }

    /// The text for a lockfile's file, which names the archives that lie below its folder from there.
    fn text_in(&self, path: &Path) -> fs::Result<String> {
        let folder = places::folder_of(path);
        let entries = self.extensions.values().map(|locked| {
            let mut entry = Entry::from(locked);
            let archive = entry.origin.archive.take();
            entry.origin.archive = archive.map(|it| places::written(it, &folder));
            entry
        });
        // Everything in it is text, numbers and tables, all of which TOML has.
        text(entries).map_err(|error| {
            let source = std::io::Error::new(std::io::ErrorKind::InvalidData, error);
            fs::Error::new("write", path, source)
        })
    }

    /// The file it was read from; `None` where it was not read from one.
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// The extensions, sorted by id.
    pub fn extensions(&self) -> impl Iterator<Item = &Locked> {
        self.extensions.values()
    }

    /// Whether something of it was packed of a repository.
    pub fn has_repositories(&self) -> bool {
        let mut origins = self.extensions.values().map(|locked| &locked.origin);
        origins.any(|origin| matches!(origin, Origin::Git { .. }))
    }

    /// Returns the locked entry of one extension.
    pub fn get(&self, id: &ExtensionId) -> Option<&Locked> {
        self.extensions.get(id)
    }

    /// Locks what is installed in the place of what was locked of the same extension.
    pub fn set(&mut self, installed: &Installed) {
        let id = installed.id.clone();
        let same = |locked: &&Locked| locked.sha256 == installed.sha256;
        // Downloads, and unknown keys of a later program, belong to this one archive.
        let before = self.extensions.get(&id).filter(same);
        let unknown = before.map(|locked| locked.unknown.clone());
        let downloads = before.map(|locked| locked.downloads.clone());
        let locked = Locked {
            id: id.clone(),
            version: installed.version.clone(),
            family: installed.family.clone(),
            api: installed.api.clone(),
            origin: installed.origin.clone(),
            sha256: installed.sha256,
            size: installed.archive_bytes,
            pinned: installed.pinned,
            downloads: downloads.unwrap_or_default(),
            answers: before.map(|it| it.answers.clone()).unwrap_or_default(),
            packages: before.map(|it| it.packages.clone()).unwrap_or_default(),
            unknown: unknown.unwrap_or_default(),
        };
        self.extensions.insert(id, locked);
    }

    /// Locks an extension no longer.
    pub fn remove(&mut self, id: &ExtensionId) {
        self.extensions.remove(id);
    }

    /// Takes over what differs between two generations, and leaves everything else as it is.
    pub fn follow(&mut self, before: &Generation, after: &Generation) {
        for id in before.extensions.keys() {
            if !after.extensions.contains_key(id) {
                self.remove(id);
            }
        }
        for (id, installed) in &after.extensions {
            if before.extensions.get(id) != Some(installed) {
                self.set(installed);
            }
        }
    }
}

/// Refuses a file that is not and never was a lockfile, or is one of a later version of this program.
fn check_replaceable(path: &Path) -> Result<(), LockfileError> {
    let Some(text) = read(path)? else {
        return Ok(());
    };
    match Lockfile::parse(&text) {
        Err(LockfileError::Syntax(_)) if !recognise::was_lockfile(&text) => {
            Err(LockfileError::Foreign { key: None })
        }
        Err(error @ (LockfileError::Foreign { .. } | LockfileError::Version { .. })) => Err(error),
        _ => Ok(()),
    }
}

fn text(extensions: impl Iterator<Item = Entry>) -> Result<String, toml::ser::Error> {
    let file = File {
        version: FORM,
        extension: extensions.collect(),
        unknown: toml::Table::new(),
    };
    Ok(format!("{HEADER}{}", toml::to_string(&file)?))
}

/// A lockfile's text; `None` where there is none.
fn read(path: &Path) -> Result<Option<String>, LockfileError> {
    match fs::read_bounded(path, MOST_BYTES) {
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error.into()),
        Ok(content) => Ok(Some(String::from_utf8_lossy(&content).into_owned())),
    }
}

impl TryFrom<Entry> for Locked {
    type Error = LockfileError;

    fn try_from(entry: Entry) -> Result<Self, LockfileError> {
        let Some(origin) = entry.origin.origin() else {
            return Err(LockfileError::Origin { id: entry.id });
        };
        Ok(Self {
            id: entry.id,
            version: entry.version,
            family: entry.family,
            api: entry.api,
            origin,
            sha256: entry.sha256,
            size: entry.size,
            pinned: entry.pinned,
            downloads: entry.download,
            answers: entry.answer,
            packages: entry.package,
            unknown: entry.unknown,
        })
    }
}

impl From<&Locked> for Entry {
    fn from(locked: &Locked) -> Self {
        Self {
            id: locked.id.clone(),
            version: locked.version.clone(),
            family: locked.family.clone(),
            api: locked.api.clone(),
            origin: locked.origin.clone().into(),
            sha256: locked.sha256,
            size: locked.size,
            pinned: locked.pinned,
            download: locked.downloads.clone(),
            answer: locked.answers.clone(),
            package: locked.packages.clone(),
            unknown: locked.unknown.clone(),
        }
    }
}

impl fmt::Display for Lockfile {
    /// The lockfile's text, always the same for the same content. Archives are named by their whole paths.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .write_str(&text(self.extensions.values().map(Entry::from)).map_err(|_| fmt::Error)?)
    }
}

#[cfg(test)]
mod tests;
