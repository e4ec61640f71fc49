//! The strict reader: unpacks an archive into an empty folder, or refuses it and leaves the folder
//! empty.
//!
//! 1. [`Inflated`] unpacks the one gzip member, under the limits on bytes and ratio.
//! 2. The `tar` crate finds the headers; its raw entries leave every header to be judged here.
//! 3. [`Header`] refuses what is neither file, folder nor the extension of one.
//! 4. [`ArchivePath`] refuses paths that could leave the folder, [`Names`] those that collide.
//! 5. Only then is the folder or file created: never over an existing one, and never a link.
//!
//! Content goes from the reader to the disk through one buffer: memory grows with the number of
//! entries, which is limited, and not with their size.

use std::{
    cell::RefCell,
    io::{self, Read, Write as _},
    path::Path,
};

use super::{
    Profile, Unpacked, canonical,
    error::{Error, shown},
    extension::{self, Scope},
    header::{Block, Header, Kind},
    limits::{Limit, Limits},
    names::Names,
    path::ArchivePath,
    stream::Inflated,
};
use crate::base::fs;

const FILE_MODE: u32 = 0o644;
const FOLDER_MODE: u32 = 0o755;

/// Unpacks a gzip-compressed tar archive into `destination`, a folder that exists, is empty, and
/// that no other process writes to.
///
/// Files get mode 0644 and folders 0755, whatever the archive says; owners and times are ignored.
/// Nothing is synced to the disk.
///
/// # Errors
///
/// Each way an archive can be refused is a variant of [`Error`]; [`Error::Read`] and [`Error::File`]
/// are failures of the reader and the disk. After any of them `destination` is empty again, except
/// after [`Error::Destination`], when it was left as it was found.
pub fn unpack(reader: impl Read, destination: &Path, limits: &Limits) -> Result<Unpacked, Error> {
    check_destination(destination)?;
    let unpacked = Unpacker::new(destination, limits).run(reader);
    if unpacked.is_err() {
        clear(destination);
    }
    unpacked
}

fn check_destination(destination: &Path) -> Result<(), Error> {
    let is_folder = fs::symlink_metadata(destination)?.is_dir();
    if !is_folder || !fs::read_dir(destination)?.is_empty() {
        return Err(Error::Destination {
            path: destination.to_path_buf(),
        });
    }
    Ok(())
}

fn clear(destination: &Path) {
    let cleared = fs::read_dir(destination).and_then(|entries| {
        entries.iter().try_for_each(|entry| {
            if fs::symlink_metadata(entry)?.is_dir() {
                fs::remove_dir_all(entry)
            } else {
                fs::remove_file(entry)
            }
        })
    });
    if let Err(error) = cleared {
        tracing::warn!(%error, "what was unpacked of a refused archive could not be removed");
    }
}

/// The `tar` crate wants to own its reader; it gets this, so that the stream can be asked between
/// two reads.
struct Shared<'a, 'b, R>(&'a RefCell<Inflated<'b, R>>);

impl<R: Read> Read for Shared<'_, '_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.borrow_mut().read(buffer)
    }
}

/// A long name or an extension header, until the entry it describes is reached.
struct Pending {
    offset: u64,
    path: Option<Vec<u8>>,
}

struct Unpacker<'a> {
    destination: &'a Path,
    limits: &'a Limits,
    names: Names,
    unpacked_bytes: u64,
    pending: Option<Pending>,
    has_root: bool,
    is_canonical: bool,
    previous: Option<ArchivePath>,
    buffer: Vec<u8>,
}

impl<'a> Unpacker<'a> {
    fn new(destination: &'a Path, limits: &'a Limits) -> Self {
        Self {
            destination,
            limits,
            names: Names::default(),
            unpacked_bytes: 0,
            pending: None,
            has_root: false,
            is_canonical: true,
            previous: None,
            buffer: vec![0; 64 << 10],
        }
    }

    fn run(mut self, reader: impl Read) -> Result<Unpacked, Error> {
        let stream = RefCell::new(Inflated::new(reader, self.limits));
        let diagnose = |error| stream.borrow().diagnose(error);
        let mut archive = tar::Archive::new(Shared(&stream));
        for entry in archive.entries().map_err(diagnose)?.raw(true) {
            let mut entry = entry.map_err(diagnose)?;
            let offset = entry.raw_header_position();
            let block = *entry.header().as_bytes();
            let header = Header::parse(&block, offset)?;
            if header.size != entry.size() {
                // Cannot be while this module and the `tar` crate read octal numbers alike.
                return Err(Error::Field {
                    offset,
                    field: "size",
                });
            }
            stream.borrow_mut().expect_entry(header.size);
            if header.kind == Kind::File {
                self.check_size(header.size)?;
                stream.borrow_mut().count_content(header.size);
            }
            self.entry(
                header,
                &block,
                offset,
                &mut Content {
                    entry: &mut entry,
                    diagnose,
                },
            )?;
        }
        if let Some(pending) = self.pending {
            return Err(Error::Extension {
                offset: pending.offset,
            });
        }

        let mut stream = stream.borrow_mut();
        let ends_canonically = stream.finish()?;
        let is_canonical = self.is_canonical && ends_canonically && stream.starts_canonically();
        Ok(Unpacked {
            profile: if is_canonical {
                Profile::Canonical
            } else {
                Profile::Compatible
            },
            files: self.names.files(),
            folders: self.names.folders(),
            unpacked_bytes: self.unpacked_bytes,
            compressed_bytes: stream.compressed_bytes(),
        })
    }

    fn check_size(&mut self, size: u64) -> Result<(), Error> {
        self.unpacked_bytes = self.unpacked_bytes.saturating_add(size);
        let most = self.limits.unpacked_bytes;
        if self.unpacked_bytes > most {
            return Err(Error::Limit {
                limit: Limit::UnpackedBytes,
                most,
            });
        }
        Ok(())
    }

    fn entry(
        &mut self,
        header: Header,
        block: &Block,
        offset: u64,
        content: &mut Content<'_, impl Read, impl Fn(io::Error) -> Error>,
    ) -> Result<(), Error> {
        match header.kind {
            Kind::File => self.file(header, block, content),
            Kind::Folder => self.folder(header),
            Kind::LongName => {
                let most = self.limits.path_bytes as u64;
                // The content ends in a NUL, which is not part of the name.
                if header.size > most.saturating_add(1) {
                    return Err(Error::Limit {
                        limit: Limit::PathBytes,
                        most,
                    });
                }
                let mut path = content.read_whole(header.size)?;
                path.pop_if(|byte| *byte == 0);
                self.describe_next(offset, Some(path))
            }
            Kind::Extension | Kind::GlobalExtension => {
                let most = self.limits.header_bytes;
                if header.size > most {
                    return Err(Error::Limit {
                        limit: Limit::HeaderBytes,
                        most,
                    });
                }
                let bytes = content.read_whole(header.size)?;
                if header.kind == Kind::Extension {
                    let path = extension::parse(&bytes, Scope::NextEntry, offset)?;
                    return self.describe_next(offset, path);
                }
                self.is_canonical = false;
                extension::parse(&bytes, Scope::AllEntries, offset)?;
                match &self.pending {
                    Some(pending) => Err(Error::Extension {
                        offset: pending.offset,
                    }),
                    None => Ok(()),
                }
            }
        }
    }

    fn describe_next(&mut self, offset: u64, path: Option<Vec<u8>>) -> Result<(), Error> {
        self.is_canonical = false;
        match self.pending.replace(Pending { offset, path }) {
            // Which of two headers holds differs between readers.
            Some(_) => Err(Error::Extension { offset }),
            None => Ok(()),
        }
    }

    fn file(
        &mut self,
        header: Header,
        block: &Block,
        content: &mut Content<'_, impl Read, impl Fn(io::Error) -> Error>,
    ) -> Result<(), Error> {
        let size = header.size;
        let path = self.path(header.path)?;
        let path = parse(path.strip_prefix("./").unwrap_or(&path), self.limits)?;
        let folders = self.names.add_file(&path, self.limits)?;
        self.create_folders(&folders)?;

        self.is_canonical &= self.previous.as_ref() < Some(&path)
            && canonical::header(&path, size).is_some_and(|expected| expected == *block);
        let target = path.to_path(self.destination);
        self.previous = Some(path);

        let mut file = fs::create_new(&target).map_err(|error| created_twice(error, &target))?;
        fs::set_mode(&target, FILE_MODE)?;
        let mut written = 0;
        loop {
            let read = content.read(&mut self.buffer)?;
            if read.is_empty() {
                break;
            }
            file.write_all(read)
                .map_err(|source| fs::Error::new("write", &target, source))?;
            written += read.len() as u64;
        }
        if written == size {
            Ok(())
        } else {
            Err(Error::Truncated)
        }
    }

    fn folder(&mut self, header: Header) -> Result<(), Error> {
        self.is_canonical = false;
        let has_content = header.size != 0;
        let path = self.path(header.path)?;
        if has_content {
            return Err(Error::FolderContent {
                path: shown(path.as_bytes()),
            });
        }
        if path == "." || path == "./" {
            let is_second = std::mem::replace(&mut self.has_root, true);
            return if is_second {
                Err(Error::Duplicate { path })
            } else {
                Ok(())
            };
        }
        let inner = path.strip_prefix("./").unwrap_or(&path);
        // A lone slash stays, to be refused for what it is.
        let inner = inner
            .strip_suffix('/')
            .filter(|inner| !inner.is_empty())
            .unwrap_or(inner);
        let path = parse(inner, self.limits)?;
        let folders = self.names.add_folder(&path, self.limits)?;
        self.create_folders(&folders)
    }

    /// The path that holds for the entry: that of a header before it, or its own.
    fn path(&mut self, own: Vec<u8>) -> Result<String, Error> {
        let path = self
            .pending
            .take()
            .and_then(|pending| pending.path)
            .unwrap_or(own);
        String::from_utf8(path).map_err(|error| Error::NotUtf8 {
            path: shown(error.as_bytes()),
        })
    }

    fn create_folders(&self, folders: &[String]) -> Result<(), Error> {
        for folder in folders {
            let mut target = self.destination.to_path_buf();
            target.extend(folder.split('/'));
            fs::create_dir(&target).map_err(|error| created_twice(error, &target))?;
            fs::set_mode(&target, FOLDER_MODE)?;
        }
        Ok(())
    }
}

/// The content of an entry, with the errors of reading it explained.
struct Content<'a, E, D> {
    entry: &'a mut E,
    diagnose: D,
}

impl<E: Read, D: Fn(io::Error) -> Error> Content<'_, E, D> {
    fn read<'b>(&mut self, buffer: &'b mut [u8]) -> Result<&'b [u8], Error> {
        let length = self.entry.read(buffer).map_err(&self.diagnose)?;
        Ok(buffer.get(..length).unwrap_or_default())
    }

    /// Reads all; `size` was checked against a limit.
    fn read_whole(&mut self, size: u64) -> Result<Vec<u8>, Error> {
        let mut bytes = Vec::new();
        self.entry.read_to_end(&mut bytes).map_err(&self.diagnose)?;
        if bytes.len() as u64 == size {
            Ok(bytes)
        } else {
            Err(Error::Truncated)
        }
    }
}

fn parse(path: &str, limits: &Limits) -> Result<ArchivePath, Error> {
    if path.len() > limits.path_bytes {
        return Err(Error::Limit {
            limit: Limit::PathBytes,
            most: limits.path_bytes as u64,
        });
    }
    ArchivePath::parse(path).map_err(|source| Error::Path {
        path: shown(path.as_bytes()),
        source,
    })
}

/// A file system that takes more names for the same than [`Names`] does finds out itself.
fn created_twice(error: fs::Error, target: &Path) -> Error {
    if error.is_already_exists() {
        Error::Duplicate {
            path: shown(target.to_string_lossy().as_bytes()),
        }
    } else {
        Error::File(error)
    }
}
