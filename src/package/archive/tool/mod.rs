//! Archives of tools: what an extension downloads to run, a language server's release most often, as
//! gzip-compressed tar or as zip.
//!
//! They are written by every archiver there is, so more is read than of an
//! [extension's archive](super::unpack): links that stay inside, any owner and time, any extension
//! header. What is hostile is refused all the same, always the whole archive, by an error that names the
//! entry and the reason:
//!
//! - paths that are absolute, climb, or hold a backslash or a control character; on Windows also what
//!   Windows cannot name;
//! - two paths that the file system of the folder takes for one, a path that is both file and folder (a folder may be
//!   named again, which changes nothing);
//! - links that lead out of the archive, round in a circle, through a file, or to an absolute path; with
//!   `..` behind another link or behind a name that is not there; entries written through a link; hard
//!   links to anything but a file that came before; on Windows all symbolic links;
//! - devices, pipes, sockets, sparse files, unknown types, encrypted content, compression other than
//!   deflate;
//! - sizes, checksums, names and offsets that contradict each other, content that overlaps;
//! - an archive that is cut off or followed by something else, and more than the [`ToolLimits`].
//!
//! A gzip file of several members is read as the one stream they are by the format's definition; bytes
//! after the last are refused. A link to a name that the archive does not hold is created as it is.
//!
//! Files get mode 0755 where the archive lets any user run them, else 0644, and folders 0755. Owners,
//! times, set-user bits and attributes are ignored.

mod content;
mod error;
mod gunzip;
mod gzip;
mod limits;
mod path;
mod pax;
mod staging;
mod tar;
mod tar_header;
mod tree;
mod zip;

use std::io::{Read, Seek, Write};

use self::staging::Staging;
pub use self::{
    content::Content,
    error::{EntryProblem, ToolArchiveError},
    limits::{ToolLimit, ToolLimits},
};
use crate::base::fs::ConfinedFolder;

/// The result of unpacking a tool's archive.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct UnpackedTool {
    /// Files written, hard links included.
    pub files: u64,
    /// Folders created, without the one unpacked into.
    pub folders: u64,
    /// Symbolic links created.
    pub symbolic_links: u64,
    /// Bytes of all files together; a hard link adds none.
    pub unpacked_bytes: u64,
    /// Bytes of the archive.
    pub compressed_bytes: u64,
}

/// Unpacks a gzip-compressed tar archive into a folder that is empty and that no other process writes to.
/// Nothing is synced.
///
/// # Errors
///
/// Each way an archive can be refused is a variant of [`ToolArchiveError`], or of the [`EntryProblem`]
/// in it; [`ToolArchiveError::Read`] and [`ToolArchiveError::File`] are failures of the reader and the
/// disk. After any of them the folder is empty again, except after [`ToolArchiveError::Destination`],
/// when it was left as it was found.
pub fn unpack_tar_gz(
    reader: impl Read,
    into: &ConfinedFolder,
    limits: &ToolLimits,
) -> Result<UnpackedTool, ToolArchiveError> {
    unpack(into, limits, |staging| tar::unpack(reader, staging, limits))
}

/// Unpacks a zip archive into a folder that is empty and that no other process writes to. Nothing is synced.
///
/// # Errors
///
/// As for [`unpack_tar_gz`].
pub fn unpack_zip(
    reader: impl Read + Seek,
    into: &ConfinedFolder,
    limits: &ToolLimits,
) -> Result<UnpackedTool, ToolArchiveError> {
    unpack(into, limits, |staging| zip::unpack(reader, staging, limits))
}

/// Unpacks one file that is compressed with gzip, of one member or several, and gives its size in bytes.
///
/// # Errors
///
/// As for [`unpack_tar_gz`], and [`ToolArchiveError::Write`]. What was written until then is of no use.
pub fn unpack_gzip(
    reader: impl Read,
    writer: &mut impl Write,
    limits: &ToolLimits,
) -> Result<u64, ToolArchiveError> {
    gzip::unpack(reader, writer, limits)
}

fn unpack(
    into: &ConfinedFolder,
    limits: &ToolLimits,
    read: impl FnOnce(&mut Staging<'_>) -> Result<u64, ToolArchiveError>,
) -> Result<UnpackedTool, ToolArchiveError> {
    if !into.list(".")?.is_empty() {
        let path = into.path().to_path_buf();
        return Err(ToolArchiveError::Destination { path });
    }
    let mut staging = Staging::new(into, limits);
    let unpacked = read(&mut staging).and_then(|compressed_bytes| staging.finish(compressed_bytes));
    if unpacked.is_err() {
        staging::clear(into);
    }
    unpacked
}
