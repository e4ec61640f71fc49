//! The reading of a bundle: nothing of it is used before it was checked.

use std::{
    fs::File,
    io::Write as _,
    path::{Path, PathBuf},
};

use sha2::{Digest as _, Sha512};

use super::{
    error::BundleError,
    gather::Measured,
    index::{
        BundlePart, FORMAT, INDEX, Index, MOST_INDEX_BYTES, Needed, length, needed, this_machine,
    },
};
use crate::{
    base::{digest::Sha256Hasher, fs},
    package::archive::{self, PlainReader},
    store::disk::lockfile::Lockfile,
};

/// A bundle whose index was read and checked. Its parts were not read yet.
#[derive(Debug)]
pub struct Bundle {
    path: PathBuf,
    /// The text of the index.
    text: Vec<u8>,
    index: Index,
    lockfile: Lockfile,
    /// The thing that each part is to be.
    needed: Vec<Needed>,
}

impl Bundle {
    /// Opens a bundle, and reads what is in it.
    ///
    /// # Errors
    /// [`BundleError::Foreign`] for a file that is not a bundle, [`BundleError::Format`] for one of a later program, and
    /// others of [`BundleError`] for one that does not hold together.
    pub fn open(path: &Path) -> Result<Self, BundleError> {
        let (text, _) = read_index(path)?;
        let index: Index = match serde_json::from_slice(&text) {
            Ok(index) => index,
            Err(error) => {
                return Err(match later_format(&text) {
                    Some(found) => BundleError::Format { found },
                    None => BundleError::Index(error),
                });
            }
        };
        if index.format != FORMAT {
            let found = index.format;
            return Err(BundleError::Format { found });
        }
        let lockfile = Lockfile::parse(&index.lockfile);
        let lockfile = lockfile.map_err(|error| BundleError::Lockfile(Box::new(error)))?;
        let expected = length(text.len() as u64, &index.parts);
        let found = fs::metadata(path)?.len();
        if found != expected {
            return Err(BundleError::Length { found, expected });
        }
        let needed = matched(&lockfile, &index.parts)?;
        Ok(Self {
            path: path.to_owned(),
            text,
            index,
            lockfile,
            needed,
        })
    }

    /// The lockfile that it holds everything for.
    pub fn lockfile(&self) -> &Lockfile {
        &self.lockfile
    }

    /// The system and the processor of the machine that made it, where that is another than this: its tools may not run
    /// here. The author's text: escape it before showing it in a terminal.
    pub fn other_machine(&self) -> Option<&str> {
        let machine = &self.index.machine;
        (!machine.is_empty() && *machine != this_machine()).then_some(machine)
    }

    /// Its parts, as they follow in it.
    pub fn parts(&self) -> &[BundlePart] {
        &self.index.parts
    }

    /// Writes the parts into a folder, each to a file of the last name of its path, once all of it is as the index says.
    ///
    /// # Errors
    /// [`BundleError`]: what was written until then is of no use.
    pub(super) fn unpack(&self, folder: &Path) -> Result<(), BundleError> {
        let (text, mut reader) = read_index(&self.path)?;
        if text != self.text {
            return Err(wrong(INDEX, "has changed since it was first read"));
        }
        for (part, needed) in self.index.parts.iter().zip(&self.needed) {
            let next = reader.next().map_err(BundleError::Stream)?;
            let Some((path, size)) = next else {
                return Err(wrong(part.path.as_str(), "is missing"));
            };
            if path != part.path {
                return Err(wrong(part.path.as_str(), "is not where it should be"));
            }
            if size != part.size {
                return Err(wrong(part.path.as_str(), "has another size"));
            }
            let target = folder.join(file_name(part));
            let measured = write(&mut reader, size, &target)?;
            if measured.sha256 != part.sha256 || !needed.is(&measured) {
                let problem = format!("has another digest: its sha256 is {}", measured.sha256);
                return Err(wrong(part.path.as_str(), problem));
            }
        }
        match reader.next().map_err(BundleError::Stream)? {
            None => Ok(()),
            Some((path, _)) => Err(wrong(path.as_str(), "is not in its `bundle.json`")),
        }
    }
}

/// The last name of a part's path.
pub(super) fn file_name(part: &BundlePart) -> &str {
    let path = part.path.as_str();
    path.rsplit_once('/').map_or(path, |(_, name)| name)
}

fn wrong(path: &str, problem: impl Into<String>) -> BundleError {
    BundleError::Part {
        path: path.to_owned(),
        problem: problem.into(),
    }
}

/// Reads the first file of a bundle, the index; the reader goes on after it.
fn read_index(
    path: &Path,
) -> Result<(Vec<u8>, PlainReader<std::io::BufReader<File>>), BundleError> {
    let file = fs::open_regular(path).map_err(|error| match error.is_not_found() {
        true => BundleError::NotFound {
            path: path.to_owned(),
        },
        false => error.into(),
    })?;
    let mut reader = PlainReader::new(std::io::BufReader::new(file));
    let foreign = || BundleError::Foreign {
        path: path.to_owned(),
    };
    let size = match reader.next() {
        Ok(Some((path, size))) if path.as_str() == INDEX => size,
        Err(error @ archive::Error::Read { .. }) => return Err(BundleError::Stream(error)),
        _ => return Err(foreign()),
    };
    if size > MOST_INDEX_BYTES {
        return Err(wrong(INDEX, "is longer than one can be"));
    }
    let mut text = Vec::new();
    let read = reader.content(size, |piece| {
        text.extend_from_slice(piece);
        Ok(())
    });
    read.map_err(BundleError::Stream)?;
    Ok((text, reader))
}

/// The format of an index that this program does not understand, where it is a later one.
fn later_format(text: &[u8]) -> Option<u64> {
    #[derive(serde::Deserialize)]
    struct Format {
        format: u64,
    }
    let Format { format } = serde_json::from_slice(text).ok()?;
    (format > FORMAT).then_some(format)
}

/// Matches each part with what the lockfile needs.
fn matched(lockfile: &Lockfile, parts: &[BundlePart]) -> Result<Vec<Needed>, BundleError> {
    let mut all = needed(lockfile, |_| true)?;
    let mut matched = Vec::new();
    for part in parts {
        let path = part.path.as_str();
        let Some((needed, _)) = all.remove(path) else {
            return Err(wrong(
                path,
                "is there twice, or for nothing in the lockfile",
            ));
        };
        let is_other = needed.kind() != part.kind
            || needed.size().is_some_and(|size| size != part.size)
            || needed.sha256().is_some_and(|sha256| sha256 != part.sha256);
        if is_other {
            return Err(wrong(path, "is not what the lockfile has"));
        }
        matched.push(needed);
    }
    let is_missing = |needed: &Needed| match needed {
        Needed::Package(package) => !package.optional,
        _ => true,
    };
    match all.values().find(|(needed, _)| is_missing(needed)) {
        Some((needed, _)) => Err(BundleError::Missing {
            what: format!("`{}`", needed.name()),
        }),
        None => Ok(matched),
    }
}

fn write(
    reader: &mut PlainReader<impl std::io::Read>,
    size: u64,
    target: &Path,
) -> Result<Measured, BundleError> {
    let mut file = fs::create_new(target)?;
    let (mut sha256, mut sha512) = (Sha256Hasher::new(), Sha512::new());
    let read = reader.content(size, |piece| {
        sha256.update(piece);
        sha512.update(piece);
        let written = file.write_all(piece);
        written.map_err(|source| fs::Error::new("write", target, source).into())
    });
    read.map_err(|error| match error {
        archive::Error::File(error) => BundleError::Disk(error),
        error => BundleError::Stream(error),
    })?;
    Ok(Measured {
        sha256: sha256.finish(),
        sha512: sha512.finalize().into(),
        size,
    })
}
