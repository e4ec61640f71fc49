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
    types::{self, Download, ExtensionId, ExtensionVersion},
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
            unknown: unknown.unwrap_or_default(),
        };
        self.extensions.insert(id, locked);
    }

    /// Locks what an extension has fetched, if the extension is locked.
    pub fn set_downloads<'a>(
        &mut self,
        id: &ExtensionId,
        downloads: impl IntoIterator<Item = &'a Download>,
    ) {
        if let Some(locked) = self.extensions.get_mut(id) {
            locked.downloads = downloads.into_iter().map(LockedDownload::from).collect();
            locked
                .downloads
                .sort_by(|one, other| one.url.cmp(&other.url));
        }
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
mod tests {
    use super::*;
    use crate::{base::hint::Hint as _, store::disk::installed::tests::installed};

    #[test]
    fn what_is_written_is_read_again_and_sorted() {
        let mut lockfile = Lockfile::default();
        let mut second = installed("2.0.0");
        second.id = "abc".parse().unwrap();
        second.pinned = true;
        second.api = Some(Version::new(0, 6, 0));
        second.origin = Origin::Archive {
            archive: "https://example.org/a.tar.gz".into(),
        };
        lockfile.set(&installed("1.0.0"));
        lockfile.set(&second);
        let text = lockfile.to_string();
        let zeros = "0".repeat(64);
        assert_eq!(
            text.strip_prefix(HEADER).unwrap(),
            format!(
                "version = 1\n\n[[extension]]\nid = \"abc\"\nversion = \"2.0.0\"\nfamily = \"extension\"\n\
                 api = \"0.6.0\"\narchive = \"https://example.org/a.tar.gz\"\nsha256 = \"{zeros}\"\nsize = 0\n\
                 pinned = true\n\n[[extension]]\nid = \"toml\"\nversion = \"1.0.0\"\nfamily = \"extension\"\n\
                 registry = \"test\"\nsha256 = \"{zeros}\"\nsize = 0\n"
            )
        );
        assert_eq!(Lockfile::parse(&text).unwrap(), lockfile);
        lockfile.remove(&second.id);
        assert_eq!(lockfile.extensions().count(), 1);
    }

    #[test]
    fn what_a_later_program_notes_survives_until_the_archive_changes() {
        let mut lockfile = Lockfile::default();
        lockfile.set(&installed("1.0.0"));
        let text = lockfile.to_string() + "[[extension.licence]]\nurl = \"x\"\n";
        let mut lockfile = Lockfile::parse(&text).unwrap();
        lockfile.set(&installed("1.0.0"));
        assert!(lockfile.to_string().contains("[[extension.licence]]"));
        let mut other = installed("1.0.1");
        other.sha256 = Sha256Digest::of(b"other");
        lockfile.set(&other);
        assert!(!lockfile.to_string().contains("licence"));
    }

    #[test]
    fn what_an_extension_has_fetched_is_locked_with_the_archive_that_fetched_it() {
        let mut lockfile = Lockfile::default();
        lockfile.set(&installed("1.0.0"));
        let id = installed("1.0.0").id;
        let file = |url: &str| Download {
            url: url.into(),
            final_url: "elsewhere".into(),
            sha256: Sha256Digest::of(url.as_bytes()),
            size: 7,
        };
        lockfile.set_downloads(&id, [&file("https://a/b"), &file("https://a/a")]);
        let text = lockfile.to_string();
        let mut again = Lockfile::parse(&text).unwrap();
        assert_eq!(again, lockfile);
        let urls = |lockfile: &Lockfile| -> Vec<_> {
            let downloads = &lockfile.get(&id).unwrap().downloads;
            downloads.iter().map(|file| file.url.clone()).collect()
        };
        assert_eq!(urls(&again), ["https://a/a", "https://a/b"]);
        again.set(&installed("1.0.0"));
        assert_eq!(urls(&again).len(), 2);
        let mut other = installed("1.0.1");
        other.sha256 = Sha256Digest::of(b"other");
        again.set(&other);
        assert!(urls(&again).is_empty());
    }

    #[test]
    fn what_is_no_lockfile_is_refused_with_a_way_out() {
        let entry = |rest: &str| {
            format!(
                "version = 1\n[[extension]]\nid = \"a\"\nversion = \"1.0.0\"\nfamily = \"extension\"\n\
                 sha256 = \"{}\"\nsize = 1\n{rest}",
                "0".repeat(64)
            )
        };
        let twice = entry("registry = \"r\"\n");
        let second = twice.strip_prefix("version = 1\n").unwrap();
        for text in [
            "",
            "version = 2",
            "version = 1\nrevision = 3\n[[package]]\nname = \"x\"\n",
            "<<<<<<< ours\nversion = 1\n",
            "version = 1\n[[extension]]\nid = \"A B\"\n",
            &entry(""),
            &entry("registry = \"r\"\narchive = \"a\"\n"),
            &entry("git = \"https://example.org/a\"\n"),
            &entry("git = \"ext::sh\"\nrevision = \"0000000000000000000000000000000000000000\"\n"),
            &entry("git = \"https://example.org/a\"\nrevision = \"--help\"\n"),
            &format!("{twice}{second}"),
        ] {
            let error = Lockfile::parse(text).unwrap_err();
            assert!(error.hint().is_some(), "{text}: {error}");
        }
        assert_eq!(Lockfile::parse(&twice).unwrap().extensions().count(), 1);
    }
}
