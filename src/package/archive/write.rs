//! The packer: the same files give the same archive, byte for byte, on every machine.

use std::{
    io::{self, Read as _, Write},
    path::Path,
};

use flate2::{Compression, GzBuilder, write::GzEncoder};

use super::{
    Packed, Profile, canonical, compatible,
    error::{Error, shown},
    header::BLOCK_BYTES,
    limits::{Limit, Limits},
    names::Names,
    path::ArchivePath,
};
use crate::base::{
    digest::{Sha256Digest, Sha256Hasher},
    fs,
};

/// Writes `files`, which are below `folder`, as a canonical archive: ustar, sorted by path, owner 0,
/// mode 0644, time 1980-01-01, no folder entries. The order of `files` does not matter.
///
/// The bytes depend on the files' paths and content, and on the compressor: another version of
/// `flate2` or another of its backends may compress the same files to different bytes.
///
/// # Errors
///
/// [`Error::NotCanonical`] where a path does not fit, [`Error::NotAFile`] where a path is a folder or
/// leads through a link, and whatever [`unpack`](super::unpack) would refuse under the default
/// [`Limits`]. Paths are checked before anything is written; what was written to `writer` before a
/// later error is not an archive.
pub fn pack(folder: &Path, files: &[ArchivePath], writer: impl Write) -> Result<Packed, Error> {
    pack_as(Profile::Canonical, folder, files, writer)
}

/// Writes `files` as [`pack`] does, those too whose names no canonical archive can hold, because they are not ASCII or
/// too long: such an archive is of the compatible profile.
///
/// # Errors
///
/// As [`pack`]; [`Error::NotCanonical`] for a file above 8 GiB alone.
pub fn pack_compatible(
    folder: &Path,
    files: &[ArchivePath],
    writer: impl Write,
) -> Result<Packed, Error> {
    pack_as(Profile::Compatible, folder, files, writer)
}

fn pack_as(
    profile: Profile,
    folder: &Path,
    files: &[ArchivePath],
    writer: impl Write,
) -> Result<Packed, Error> {
    let mut files: Vec<&ArchivePath> = files.iter().collect();
    files.sort();
    let limits = Limits::default();
    check(profile, folder, &files, &limits)?;

    let mut packer = Packer {
        encoder: GzBuilder::new().mtime(0).operating_system(255).write(
            Hashed {
                inner: writer,
                hasher: Sha256Hasher::new(),
                bytes: 0,
            },
            Compression::best(),
        ),
        profile,
        limits,
        unpacked_bytes: 0,
        stream_bytes: 0,
    };
    for path in &files {
        packer.file(folder, path)?;
    }
    packer.write(&[0; canonical::END_BYTES])?;
    packer.finish(files.len() as u64)
}

fn check(
    profile: Profile,
    folder: &Path,
    files: &[&ArchivePath],
    limits: &Limits,
) -> Result<(), Error> {
    let mut names = Names::default();
    files
        .iter()
        .try_for_each(|path| check_file(profile, folder, path, &mut names, limits))
}

/// The headers before the content of a file of this size.
fn headers(profile: Profile, path: &ArchivePath, size: u64) -> Result<Vec<u8>, Error> {
    let canonical = canonical::header(path, size).map(|block| block.to_vec());
    let headers = match profile {
        Profile::Canonical => canonical,
        Profile::Compatible => canonical.or_else(|| compatible::headers(path, size)),
    };
    headers.ok_or_else(|| Error::NotCanonical {
        path: shown(path.as_str().as_bytes()),
    })
}

fn check_file(
    profile: Profile,
    folder: &Path,
    path: &ArchivePath,
    names: &mut Names,
    limits: &Limits,
) -> Result<(), Error> {
    headers(profile, path, 0)?;
    names.add_file(path, limits)?;
    check_regular(folder, path)
}

/// Every reason for which [`pack`] would refuse these files, which are below `folder`, each limit but
/// once. Where their names and sizes are within the limits, their compressed size may not be: then all of them are
/// packed, and the archive is thrown away.
#[cfg(feature = "authoring")]
pub(crate) fn refusals(folder: &Path, files: &[ArchivePath]) -> Vec<Error> {
    let limits = Limits::default();
    let mut files: Vec<&ArchivePath> = files.iter().collect();
    files.sort();
    let mut refusals = Vec::new();
    let mut names = Names::default();
    let mut unpacked_bytes = 0_u64;
    for path in &files {
        if let Err(error) = check_file(Profile::Canonical, folder, path, &mut names, &limits) {
            refusals.push(error);
        } else if let Ok(metadata) = fs::metadata(&path.to_path(folder)) {
            unpacked_bytes = unpacked_bytes.saturating_add(metadata.len());
        }
    }
    if unpacked_bytes > limits.unpacked_bytes {
        refusals.push(Error::Limit {
            limit: Limit::UnpackedBytes,
            most: limits.unpacked_bytes,
        });
    }
    let mut told = Vec::new();
    refusals.retain(|refusal| match refusal {
        Error::Limit { limit, .. } if told.contains(limit) => false,
        Error::Limit { limit, .. } => {
            told.push(*limit);
            true
        }
        _ => true,
    });
    // So little is below the ratio, whatever it is.
    if refusals.is_empty() && unpacked_bytes > limits.ratio_free_bytes {
        let files: Vec<ArchivePath> = files.into_iter().cloned().collect();
        refusals.extend(pack(folder, &files, io::sink()).err());
    }
    refusals
}

/// No component may be a link: what is packed is what lies below the folder.
fn check_regular(folder: &Path, path: &ArchivePath) -> Result<(), Error> {
    let mut target = folder.to_path_buf();
    let mut left = path.depth();
    for component in path.components() {
        left -= 1;
        target.push(component);
        let metadata = fs::symlink_metadata(&target)?;
        let is_expected = if left == 0 {
            metadata.is_file()
        } else {
            metadata.is_dir()
        };
        if !is_expected {
            return Err(Error::NotAFile {
                path: shown(path.as_str().as_bytes()),
            });
        }
    }
    Ok(())
}

struct Packer<W: Write> {
    encoder: GzEncoder<Hashed<W>>,
    profile: Profile,
    limits: Limits,
    unpacked_bytes: u64,
    stream_bytes: u64,
}

impl<W: Write> Packer<W> {
    fn file(&mut self, folder: &Path, path: &ArchivePath) -> Result<(), Error> {
        let source = path.to_path(folder);
        let mut file = fs::open_regular(&source)?;
        let reading = |error| fs::Error::new("read", &source, error);
        let size = file.metadata().map_err(reading)?.len();
        self.unpacked_bytes = self.unpacked_bytes.saturating_add(size);
        let most = self.limits.unpacked_bytes;
        if self.unpacked_bytes > most {
            return Err(Error::Limit {
                limit: Limit::UnpackedBytes,
                most,
            });
        }
        self.write(&headers(self.profile, path, size)?)?;

        let mut buffer = vec![0; 64 << 10];
        let mut left = size;
        loop {
            let length = file.read(&mut buffer).map_err(reading)?;
            let Some(read) = buffer.get(..length).filter(|read| !read.is_empty()) else {
                break;
            };
            left = left
                .checked_sub(length as u64)
                .ok_or_else(|| Error::Changed {
                    path: shown(path.as_str().as_bytes()),
                })?;
            self.write(read)?;
        }
        if left != 0 {
            return Err(Error::Changed {
                path: shown(path.as_str().as_bytes()),
            });
        }
        let padding = (BLOCK_BYTES - (size % BLOCK_BYTES as u64) as usize) % BLOCK_BYTES;
        self.write([0; BLOCK_BYTES].get(..padding).unwrap_or_default())
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.encoder
            .write_all(bytes)
            .map_err(|source| Error::Write { source })?;
        self.stream_bytes += bytes.len() as u64;
        // The encoder holds some of its output back, so this is never more lenient than the reader.
        self.check(self.encoder.get_ref().bytes)
    }

    fn check(&self, compressed_bytes: u64) -> Result<(), Error> {
        if self
            .limits
            .exceeds_ratio(self.stream_bytes, compressed_bytes)
        {
            return Err(Error::Limit {
                limit: Limit::Ratio,
                most: self.limits.ratio,
            });
        }
        let most = self.limits.compressed_bytes;
        if compressed_bytes > most {
            return Err(Error::Limit {
                limit: Limit::CompressedBytes,
                most,
            });
        }
        Ok(())
    }

    fn finish(mut self, files: u64) -> Result<Packed, Error> {
        self.encoder
            .try_finish()
            .map_err(|source| Error::Write { source })?;
        self.check(self.encoder.get_ref().bytes)?;
        let written = self
            .encoder
            .finish()
            .map_err(|source| Error::Write { source })?;
        let (compressed_bytes, sha256) =
            written.finish().map_err(|source| Error::Write { source })?;
        Ok(Packed {
            files,
            unpacked_bytes: self.unpacked_bytes,
            compressed_bytes,
            sha256,
        })
    }
}

/// A writer that hashes and counts what goes through it.
struct Hashed<W> {
    inner: W,
    hasher: Sha256Hasher,
    bytes: u64,
}

impl<W: Write> Hashed<W> {
    fn finish(mut self) -> io::Result<(u64, Sha256Digest)> {
        self.inner.flush()?;
        Ok((self.bytes, self.hasher.finish()))
    }
}

impl<W: Write> Write for Hashed<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let length = self.inner.write(bytes)?;
        self.hasher.update(bytes.get(..length).unwrap_or(bytes));
        self.bytes += length as u64;
        Ok(length)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}
