//! The writer of registries: what `annexe registry init`, `add`, `yank`, `restore`, `block` and `refresh` do.
//!
//! The order makes every moment readable: the archive first, then the index file that names it, then
//! the catalogue that names the index file's content, and last the configuration, which says when that was: readers
//! believe nothing that is older than what they have seen. Each file is replaced as a whole. Whoever is
//! interrupted runs the same again, and what is missing is added. Publishers of one folder wait for
//! each other; readers never wait.
//!
//! These functions block: call them off the async threads.

mod catalogue;
mod container;
mod error;
mod folder;

use std::{num::NonZeroU32, path::Path};

use serde::Serialize;

use self::folder::{LockedFolder, digest_of};
pub use self::{
    container::{PushError, PushOptions, PushProgress, Pushed, push},
    error::PublishError,
};
use super::{
    catalogue::CatalogueEntry,
    config::Config,
    freshness::made_after,
    index_file::{IndexFile, IndexedVersion, MAX_INDEX_BYTES, MAX_LINE_BYTES, State},
    line::{LINE_FORM, StateChange, StateLine, VersionLine},
    path::{CONFIG_PATH, index_path},
    reference::ArchiveDigest,
};
use crate::base::{fs, timestamp::Timestamp, types::ExtensionId};

/// The result of publishing a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Added {
    /// The version is new.
    New,
    /// It was published already with the same content; what was missing of it was completed.
    AlreadyThere,
}

/// The result of declaring a version's state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Declared {
    /// The state is new, or its reason or replacement is.
    New,
    /// It was declared before in the same words; what was missing of it was completed.
    AlreadySo,
}

/// Makes `folder` a registry called `name`, with no extension. Content with one of that name.
///
/// # Errors
/// [`PublishError::OtherRegistry`] if the folder holds a registry of another name,
/// [`PublishError::Config`] if `name` cannot name one, [`PublishError::File`] if it cannot be written.
pub fn init(folder: &Path, name: &str) -> Result<Config, PublishError> {
    let new = Config::new(name)?;
    fs::create_dir_all(folder)?;
    let locked = LockedFolder::lock(folder)?;
    let known = locked.config()?;
    let config = match known {
        Some(known) if known.registry == name => known,
        Some(known) => {
            let (folder, name) = (folder.to_owned(), known.registry);
            return Err(PublishError::OtherRegistry { folder, name });
        }
        None => new,
    };
    for path in &config.catalogue {
        if locked.read(path)?.is_none() {
            locked.write(path, b"")?;
        }
    }
    // Last: where the configuration is, the registry is complete.
    if locked.read(CONFIG_PATH)?.is_none() {
        locked.write(CONFIG_PATH, &to_line(&config)?)?;
    }
    Ok(config)
}

/// Says anew that the registry is as it should be: gives `config.json` the present time, which readers hold its age
/// against. With `fresh_for_days`, the promise to do so within as many days is made, or taken back.
///
/// # Errors
/// [`PublishError::NoRegistry`] if the folder holds none, and the other variants if it cannot be written.
pub fn refresh(
    folder: &Path,
    fresh_for_days: Option<Option<NonZeroU32>>,
) -> Result<Config, PublishError> {
    let (locked, mut config) = open(folder)?;
    if let Some(days) = fresh_for_days {
        config.fresh_for_days = days;
    }
    config.made = Some(made_after(config.made, Timestamp::now()));
    locked.write(CONFIG_PATH, &to_line(&config)?)?;
    Ok(config)
}

/// Publishes a version: `archive` is the file that `line` describes, `entry` the extension's words in
/// the catalogue.
///
/// A version that is there with the same content (the time of publication apart) is left as it is.
///
/// # Errors
/// [`PublishError::AlreadyPublished`] if the version is there with other content, [`PublishError::Alike`] if
/// it is there in another spelling, [`PublishError::SameName`] if one is there that differs in case alone,
/// [`PublishError::OtherArchive`] if `archive` is not what `line` says, and the other variants if the
/// registry cannot be written; it is readable as before in each case.
pub fn add(
    folder: &Path,
    archive: &Path,
    line: &VersionLine,
    entry: &CatalogueEntry,
) -> Result<Added, PublishError> {
    check_form(line.v)?;
    let (locked, config) = open(folder)?;
    let expected = line.digest().ok_or_else(|| PublishError::NoDigest {
        id: line.id.clone(),
        version: line.version.clone(),
    })?;
    let target = config.archive_path(&line.into(), &expected.sha256)?;
    let mut index = IndexContent::read(&locked, &line.id)?;
    let known = index.parse();
    check_name(&known, line)?;
    let added = match known.version(&line.version) {
        Some(known) => match difference(&known.line, line)? {
            None => Added::AlreadyThere,
            Some(difference) => {
                let (id, version) = (line.id.clone(), line.version.clone());
                return Err(PublishError::AlreadyPublished {
                    id,
                    version,
                    difference,
                });
            }
        },
        None => Added::New,
    };

    check_archive(archive, expected)?;
    if digest_of(&locked.path(&target))? != Some((expected.sha256, expected.size)) {
        locked.copy_in(archive, &target)?;
        // The file may have changed since it was checked: nothing may name what is wrong.
        check_archive(&locked.path(&target), expected)?;
    }
    if added == Added::New {
        index.append(&locked, line)?;
    }
    complete(&locked, config, &index, Some(entry), added == Added::New)?;
    Ok(added)
}

/// Withdraws a version or brings it back: appends `line` to the index file of `id`.
///
/// A version that has the state already, with the same reason and replacement, is left as it is,
/// whenever it was declared. One that is offered has nothing to be restored from.
///
/// # Errors
/// [`PublishError::UnpublishedVersion`] if there is no such version, or it is published in another spelling, and the other variants if the
/// registry cannot be written.
pub fn declare(
    folder: &Path,
    id: &ExtensionId,
    line: &StateLine,
) -> Result<Declared, PublishError> {
    check_form(line.v)?;
    let (locked, config) = open(folder)?;
    let mut index = IndexContent::read(&locked, id)?;
    let known = index.parse();
    let is_it = |it: &&IndexedVersion| !it.line.version.is_spelling_of(&line.version);
    let Some(version) = known.version(&line.version).filter(is_it) else {
        let published = known.versions.into_iter().map(|known| known.line.version);
        return Err(PublishError::UnpublishedVersion {
            id: id.clone(),
            version: line.version.clone(),
            published: published.collect(),
        });
    };
    let declared = if says_the_same(&version.state, line) {
        Declared::AlreadySo
    } else {
        index.append(&locked, line)?;
        Declared::New
    };
    complete(&locked, config, &index, None, declared == Declared::New)?;
    Ok(declared)
}

/// Brings the catalogue and the configuration up to an index file, which `is_new` or was written before.
fn complete(
    folder: &LockedFolder,
    mut config: Config,
    index: &IndexContent,
    entry: Option<&CatalogueEntry>,
    is_new: bool,
) -> Result<(), PublishError> {
    let now = made_after(config.made, Timestamp::now());
    let content = &index.content;
    let made = catalogue::update(folder, &config, &index.parse(), content, entry, now)?;
    let made = match is_new {
        true => Some(now),
        false => made.max(config.made),
    };
    if made != config.made {
        config.made = made;
        folder.write(CONFIG_PATH, &to_line(&config)?)?;
    }
    Ok(())
}

/// Whether a version has the state that a line declares, in the same words.
fn says_the_same(state: &State, line: &StateLine) -> bool {
    let withdrawal = match (state, line.state) {
        // What was said when it came back is kept in the file alone and never shown.
        (State::Available, StateChange::Restored) => return true,
        (State::Yanked(known), StateChange::Yanked)
        | (State::Blocked(known), StateChange::Blocked) => known,
        _ => return false,
    };
    (&withdrawal.reason, &withdrawal.replacement) == (&line.reason, &line.replacement)
}

fn open(folder: &Path) -> Result<(LockedFolder, Config), PublishError> {
    let missing = || PublishError::NoRegistry {
        folder: folder.to_owned(),
    };
    // Read before the lock is taken, whose file would be left in a folder that is not a registry.
    match fs::read_bounded(&folder.join(CONFIG_PATH), MAX_INDEX_BYTES) {
        Ok(content) => drop(Config::parse(&content)?),
        Err(error) if error.is_not_found() => return Err(missing()),
        Err(error) => return Err(error.into()),
    }
    let locked = LockedFolder::lock(folder)?;
    let config = locked.config()?.ok_or_else(missing)?;
    Ok((locked, config))
}

/// An index file's content and where it lies.
struct IndexContent {
    id: ExtensionId,
    path: String,
    content: Vec<u8>,
}

impl IndexContent {
    fn read(folder: &LockedFolder, id: &ExtensionId) -> Result<Self, PublishError> {
        let path = index_path(id);
        let mut content = folder.read(&path)?.unwrap_or_default();
        if !content.is_empty() && !content.ends_with(b"\n") {
            let end = content
                .iter()
                .rposition(|byte| *byte == b'\n')
                .map_or(0, |last| last + 1);
            let last = content.get(end..).unwrap_or_default();
            if serde_json::from_slice::<serde::de::IgnoredAny>(last).is_ok() {
                content.push(b'\n');
            } else {
                // Half a line was never published: without this the next one would be lost with it.
                content.truncate(end);
            }
        }
        Ok(Self {
            id: id.clone(),
            path,
            content,
        })
    }

    fn parse(&self) -> IndexFile {
        IndexFile::parse(&self.id, &self.content)
    }

    fn append(&mut self, folder: &LockedFolder, line: &impl Serialize) -> Result<(), PublishError> {
        let line = to_line(line)?;
        if line.len() > MAX_LINE_BYTES {
            let (id, bytes) = (self.id.clone(), line.len());
            return Err(PublishError::LineTooLong {
                id,
                bytes,
                limit_bytes: MAX_LINE_BYTES,
            });
        }
        let bytes = (self.content.len() + line.len()) as u64;
        if bytes > MAX_INDEX_BYTES {
            let path = folder.path(&self.path);
            return Err(PublishError::FileTooLarge {
                path,
                bytes,
                limit_bytes: MAX_INDEX_BYTES,
            });
        }
        self.content.extend_from_slice(&line);
        folder.write(&self.path, &self.content)
    }
}

fn check_form(v: u64) -> Result<(), PublishError> {
    if v == LINE_FORM {
        Ok(())
    } else {
        Err(PublishError::Form { v })
    }
}

fn check_archive(path: &Path, expected: ArchiveDigest) -> Result<(), PublishError> {
    let missing = || fs::Error::new("read", path, std::io::ErrorKind::NotFound.into());
    let (actual, actual_size) = digest_of(path)?.ok_or_else(missing)?;
    let (expected, expected_size) = (expected.sha256, expected.size);
    if (actual, actual_size) == (expected, expected_size) {
        return Ok(());
    }
    let path = path.to_owned();
    Err(PublishError::OtherArchive {
        path,
        expected_size,
        expected,
        actual_size,
        actual,
    })
}

/// Refuses a version whose name cannot be told from one that is published.
fn check_name(known: &IndexFile, line: &VersionLine) -> Result<(), PublishError> {
    let (id, version) = (line.id.clone(), line.version.clone());
    if let Some(published) = known.published().find(|it| it.is_spelling_of(&version)) {
        let published = published.clone();
        return Err(PublishError::Alike {
            id,
            version,
            published,
        });
    }
    match known.published().find(|it| it.folds_to(&version)) {
        Some(published) => Err(PublishError::SameName {
            published: published.clone(),
            id,
            version,
        }),
        None => Ok(()),
    }
}

/// The first key in which two lines of one version differ; the time of publication does not count.
fn difference(known: &VersionLine, new: &VersionLine) -> Result<Option<String>, PublishError> {
    // Build metadata does not make another version, but it makes another line.
    let known = serde_json::to_value(known)?;
    let new = serde_json::to_value(new)?;
    let keys = [&known, &new]
        .into_iter()
        .filter_map(|value| value.as_object())
        .flat_map(|it| it.keys());
    let mut keys = keys.filter(|key| *key != "published");
    Ok(keys.find(|key| known.get(key) != new.get(key)).cloned())
}

/// One JSON object and a newline.
fn to_line(value: &impl Serialize) -> Result<Vec<u8>, PublishError> {
    let mut line = serde_json::to_vec(value)?;
    line.push(b'\n');
    Ok(line)
}
