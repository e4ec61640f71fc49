//! Archives of extensions: gzip-compressed tar, read strictly and written in one way only.
//!
//! Tar has four dialects and as many ways to smuggle something past a reader, so only a small subset
//! is read at all, and an archive outside it is refused by name. Two [`Profile`]s are told apart:
//!
//! | | canonical | compatible |
//! |---|---|---|
//! | written by | [`pack`] | `tar -czf <archive> -C <folder> .` of GNU, BSD and macOS, Python's `tarfile` |
//! | headers | POSIX ustar | POSIX ustar, GNU |
//! | paths | ASCII, sorted, ustar's prefix for long ones | UTF-8, a leading `./`, GNU long names, `path` of extension headers |
//! | folders | implied | implied or explicit |
//! | owner, mode, time | fixed | anything, ignored |
//! | after the end marker | nothing | zeros |
//!
//! Both refuse links, devices, pipes, sparse files and unknown types; paths that are absolute, climb
//! or cannot be named on every system ([`ArchivePath`]); two paths that some system takes for one;
//! a second gzip member, bytes after the end, a missing end; and more than the [`Limits`].
//!
//! AppleDouble files (`._name`), which macOS adds, are files like others.

mod canonical;
mod compatible;
mod error;
mod extension;
mod header;
mod limits;
mod names;
mod path;
pub(crate) mod plain;
mod read;
mod stream;
pub mod tool;
mod write;

pub(crate) use self::plain::{PlainReader, PlainWriter};
#[cfg(feature = "authoring")]
pub(crate) use self::write::refusals;
pub use self::{
    error::Error,
    limits::{Limit, Limits},
    path::{ArchivePath, PathError},
    read::unpack,
    write::{pack, pack_compatible},
};
use crate::base::digest::Sha256Digest;

/// The form in which an archive is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// Exactly as [`pack`] writes it.
    Canonical,
    /// As common archivers write it.
    Compatible,
}

/// The result of unpacking an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Unpacked {
    /// How the archive was written.
    pub profile: Profile,
    /// Files written.
    pub files: u64,
    /// Folders created, without the one unpacked into.
    pub folders: u64,
    /// Bytes of all files together.
    pub unpacked_bytes: u64,
    /// Bytes of the archive.
    pub compressed_bytes: u64,
}

/// The result of packing an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Packed {
    /// Files in the archive.
    pub files: u64,
    /// Bytes of all files together.
    pub unpacked_bytes: u64,
    /// Bytes of the archive.
    pub compressed_bytes: u64,
    /// The digest of the archive.
    pub sha256: Sha256Digest,
}
