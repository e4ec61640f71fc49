//! Archives of folders that other programs change: what is packed is what lay there at one moment.
//!
//! 1. Everything below the folder is looked at, within the limits of an archive, and nothing of it opened. Links and what
//!    is no file are refused.
//! 2. The files are packed as they lie.
//! 3. Everything is looked at again. Where anything is another file, or another folder, or was written to, the archive is
//!    thrown away, and all begins anew, a few times.

use std::{collections::BTreeMap, fs::Metadata, io::BufWriter, path::Path, time::Duration};

use super::{
    error::ImportError,
    room::{ImportRoom, RoomyFile},
};
use crate::{
    base::fs::{self, Stamp},
    package::{
        archive::{self, ArchivePath, Limit, Limits, Packed},
        manifest::is_litter,
    },
};

/// The number of times that a folder is read that changes.
const ATTEMPTS: u32 = 5;

/// The time that a folder is given to come to rest.
const REST: Duration = Duration::from_millis(200);

/// Packs all files of a folder into a new archive, which replaces nothing and takes its bytes of the room. Where there is
/// an error it has taken none.
pub(in crate::store) fn pack_folder(
    folder: &Path,
    archive: &Path,
    room: &ImportRoom,
) -> Result<Packed, ImportError> {
    let mut attempt = 1;
    loop {
        let packed = pack_once(folder, archive, room);
        if matches!(packed, Ok(Some(_)) | Err(_)) {
            let is_last = attempt == ATTEMPTS;
            match packed {
                Ok(Some(packed)) => return Ok(packed),
                Err(error) if is_last || !is_of_change(&error) => return Err(error),
                _ => {}
            }
        } else if attempt == ATTEMPTS {
            return Err(ImportError::Changing {
                path: folder.to_path_buf(),
            });
        }
        attempt += 1;
        std::thread::sleep(REST);
    }
}

/// Packs a folder; `None` where it has changed meanwhile.
fn pack_once(
    folder: &Path,
    archive: &Path,
    room: &ImportRoom,
) -> Result<Option<Packed>, ImportError> {
    let before = Scan::of(folder)?;
    let files: Vec<ArchivePath> = before.files().cloned().collect();
    let mut file = BufWriter::new(RoomyFile::new(fs::create_new(archive)?, room));
    let packed = archive::pack_compatible(folder, &files, &mut file);
    let (file, _) = file.into_parts();
    let packed = packed.map_err(|error| match file.is_over() {
        true => ImportError::Room {
            most: room.most_bytes(),
        },
        false => error.into(),
    });
    let is_same = match &packed {
        Ok(_) => Scan::of(folder).map(|after| after == before),
        Err(_) => Ok(false),
    };
    match (packed, is_same) {
        (Ok(packed), Ok(true)) => Ok(Some(packed)),
        (packed, is_same) => {
            fs::remove_file(archive)?;
            file.give_back();
            packed.and(is_same).map(|_| None)
        }
    }
}

/// Whether an error may come of a change, and not come again.
fn is_of_change(error: &ImportError) -> bool {
    match error {
        ImportError::File(error) => error.is_not_found(),
        ImportError::Archive(archive::Error::File(error)) => error.is_not_found(),
        ImportError::Archive(error) => matches!(
            error,
            archive::Error::Changed { .. } | archive::Error::NotAFile { .. }
        ),
        _ => false,
    }
}

/// The content of a folder: which files and folders, and the marks of their content.
#[derive(Debug, PartialEq, Eq)]
struct Scan {
    root: Stamp,
    entries: BTreeMap<ArchivePath, (Stamp, bool)>,
}

impl Scan {
    fn of(folder: &Path) -> Result<Self, ImportError> {
        let metadata = fs::symlink_metadata(folder)?;
        if metadata.is_symlink() {
            let path = folder.to_path_buf();
            return Err(ImportError::Link { path });
        }
        let mut scan = Self {
            root: Stamp::of(&metadata),
            entries: BTreeMap::new(),
        };
        Scanning {
            root: folder,
            limits: Limits::default(),
            folders: 0,
            files: 0,
            bytes: 0,
        }
        .folder(folder, &mut scan)?;
        Ok(scan)
    }

    fn files(&self) -> impl Iterator<Item = &ArchivePath> {
        let files = self.entries.iter().filter(|(_, (_, is_file))| *is_file);
        files.map(|(path, _)| path)
    }
}

/// A scan under way, and what it has come to.
struct Scanning<'a> {
    root: &'a Path,
    limits: Limits,
    folders: u64,
    files: u64,
    bytes: u64,
}

impl Scanning<'_> {
    fn folder(&mut self, folder: &Path, scan: &mut Scan) -> Result<(), ImportError> {
        let mut pending = vec![folder.to_path_buf()];
        while let Some(folder) = pending.pop() {
            let left = self.limits.files + self.limits.folders - self.files - self.folders;
            let most = usize::try_from(left).unwrap_or(usize::MAX);
            let Some(entries) = fs::read_dir_bounded(&folder, most)? else {
                return Err(self.beyond(Limit::Files, self.limits.files));
            };
            for entry in entries {
                let metadata = fs::symlink_metadata(&entry)?;
                if metadata.is_file() && is_litter(&entry) {
                    continue;
                }
                let path = self.path(&entry)?;
                self.count(&entry, &path, &metadata)?;
                let is_file = metadata.is_file();
                scan.entries.insert(path, (Stamp::of(&metadata), is_file));
                if !is_file {
                    pending.push(entry);
                }
            }
        }
        Ok(())
    }

    fn count(
        &mut self,
        entry: &Path,
        path: &ArchivePath,
        metadata: &Metadata,
    ) -> Result<(), ImportError> {
        let limits = self.limits.clone();
        if path.depth() > limits.depth {
            return Err(self.beyond(Limit::Depth, limits.depth as u64));
        }
        if metadata.is_symlink() {
            let path = entry.to_path_buf();
            return Err(ImportError::Link { path });
        }
        if metadata.is_dir() {
            self.folders += 1;
        } else if metadata.is_file() {
            self.files += 1;
            self.bytes = self.bytes.saturating_add(metadata.len());
        } else {
            let path = entry.to_path_buf();
            return Err(ImportError::Kind { path });
        }
        for (count, limit, most) in [
            (self.files, Limit::Files, limits.files),
            (self.folders, Limit::Folders, limits.folders),
            (self.bytes, Limit::UnpackedBytes, limits.unpacked_bytes),
        ] {
            if count > most {
                return Err(self.beyond(limit, most));
            }
        }
        Ok(())
    }

    /// The path of an entry as an archive has it.
    fn path(&self, entry: &Path) -> Result<ArchivePath, ImportError> {
        let below = entry.strip_prefix(self.root).unwrap_or(entry);
        // A name that is not UTF-8 is refused by what stands for its bytes: a control character.
        let parts: Option<Vec<_>> = below.iter().map(|part| part.to_str()).collect();
        let text = parts.map_or_else(|| "\0".to_owned(), |parts| parts.join("/"));
        ArchivePath::parse(&text).map_err(|source| ImportError::Name {
            path: entry.to_path_buf(),
            source,
        })
    }

    fn beyond(&self, limit: Limit, most: u64) -> ImportError {
        ImportError::Limit {
            path: self.root.to_path_buf(),
            limit,
            most,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn archives_take_their_bytes_of_the_room_and_one_too_many_is_named_and_gone() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("folder");
        fs::create_dir(&folder).unwrap();
        // It cannot be made much smaller.
        let content = crate::base::digest::Sha256Digest::of(b"x")
            .to_string()
            .repeat(3);
        fs::write_new(&folder.join("file"), content.as_bytes()).unwrap();
        let pack =
            |name: &str, room: &ImportRoom| pack_folder(&folder, &place.path().join(name), room);
        let packed = pack("one", &ImportRoom::default()).unwrap();
        let room = ImportRoom::new(packed.compressed_bytes * 2);
        pack("two", &room).unwrap();
        pack("three", &room).unwrap();
        let error = pack("four", &room).unwrap_err();
        assert!(matches!(error, ImportError::Room { most } if most == packed.compressed_bytes * 2));
        assert!(fs::symlink_metadata(&place.path().join("four")).is_err());
        // What is removed makes room again, and what failed has taken none.
        room.give_back(packed.compressed_bytes);
        pack("four", &room).unwrap();
    }
}
