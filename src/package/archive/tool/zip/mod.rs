//! The reader of zip archives of tools.
//!
//! A zip archive says most things twice: in its central directory and before each content. Readers differ
//! in which they believe, so here all of it is read and compared before anything is written:
//!
//! 1. `end.rs` finds the one end record, with what it says for archives above 4 GiB.
//! 2. `central.rs` reads the central directory, which must fill the space before the end exactly.
//! 3. `local.rs` reads the header before each content, and the sizes that may follow it.
//! 4. No two contents may overlap. Then each is unpacked, and its size and checksum compared.
//!
//! A `zip` crate would bring a second reading, which takes the last of two entries with one name.

mod central;
mod end;
mod extra;
mod fields;
mod local;

use std::io::{self, BufReader, Read, Seek, SeekFrom, Take};

use flate2::{Crc, bufread::DeflateDecoder};

use self::{
    central::{Entry, EntryKind},
    end::Directory,
};
use super::{
    error::{EntryProblem, ToolArchiveError},
    limits::{ToolLimit, ToolLimits},
    path,
    staging::Staging,
};

/// How much is unpacked at a time.
const CHUNK_BYTES: usize = 64 << 10;

/// The compression of an entry's content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Method {
    Stored,
    Deflate,
}

/// Unpacks all entries; the bytes of the archive.
pub(super) fn unpack(
    mut reader: impl Read + Seek,
    staging: &mut Staging<'_>,
    limits: &ToolLimits,
) -> Result<u64, ToolArchiveError> {
    let length = reader.seek(SeekFrom::End(0)).map_err(failed)?;
    check(length, limits.compressed_bytes, ToolLimit::CompressedBytes)?;
    let directory = end::find(&mut reader, length)?;
    check(directory.entries, limits.entries, ToolLimit::Entries)?;
    let most = limits.overhead_bytes.min(ToolLimits::MOST_DIRECTORY_BYTES);
    check(directory.size, most, ToolLimit::OverheadBytes)?;
    let entries = central::read(&mut reader, &directory, limits)?;

    let declared = entries
        .iter()
        .fold(0_u64, |sum, entry| sum.saturating_add(entry.size));
    check(declared, limits.unpacked_bytes, ToolLimit::UnpackedBytes)?;
    if limits.exceeds_ratio(declared, length) {
        let (limit, most) = (ToolLimit::Ratio, limits.ratio);
        return Err(ToolArchiveError::Limit { limit, most });
    }
    let contents = contents(&mut reader, &entries, &directory)?;
    let mut buffer = vec![0; CHUNK_BYTES];
    for (entry, start) in entries.iter().zip(contents) {
        reader.seek(SeekFrom::Start(start)).map_err(failed)?;
        self::entry(entry, &mut reader, &mut buffer, staging, limits)?;
    }
    Ok(length)
}

/// Reads the header before each content; where each content starts.
fn contents(
    reader: &mut (impl Read + Seek),
    entries: &[Entry],
    directory: &Directory,
) -> Result<Vec<u64>, ToolArchiveError> {
    let mut starts = Vec::with_capacity(entries.len());
    let mut spans = Vec::with_capacity(entries.len());
    for entry in entries {
        let span = local::read(reader, entry, directory.offset)?;
        starts.push(span.content);
        spans.push((entry.offset, span.end, entry));
    }
    spans.sort_by_key(|(start, ..)| *start);
    for pair in spans.windows(2) {
        if let [(_, end, _), (start, _, entry)] = pair
            && start < end
        {
            return Err(ToolArchiveError::entry(entry.path(), EntryProblem::Overlap));
        }
    }
    Ok(starts)
}

fn entry(
    entry: &Entry,
    reader: &mut (impl Read + Seek),
    buffer: &mut [u8],
    staging: &mut Staging<'_>,
    limits: &ToolLimits,
) -> Result<(), ToolArchiveError> {
    match entry.kind {
        EntryKind::Folder => staging.folder(entry.path()),
        EntryKind::File { executable } => {
            staging.count_content(entry.size)?;
            let mut file = staging.file(entry.path(), executable)?;
            inflate(entry, reader, buffer, |bytes| file.write(bytes))
        }
        EntryKind::Link => {
            check(entry.size, limits.path_bytes as u64, ToolLimit::PathBytes)?;
            let mut target = Vec::new();
            inflate(entry, reader, buffer, |bytes| {
                target.extend_from_slice(bytes);
                Ok(())
            })?;
            path::check_length(&target, limits)?;
            staging.symbolic_link(entry.path(), &target)
        }
    }
}

/// Unpacks the content that the reader stands before.
fn inflate(
    entry: &Entry,
    reader: &mut impl Read,
    buffer: &mut [u8],
    mut take: impl FnMut(&[u8]) -> Result<(), ToolArchiveError>,
) -> Result<(), ToolArchiveError> {
    let refuse = |problem| ToolArchiveError::entry(entry.path(), problem);
    let compressed = reader.take(entry.compressed_size);
    let capacity = CHUNK_BYTES.min(usize::try_from(entry.compressed_size).unwrap_or(CHUNK_BYTES));
    let compressed = BufReader::with_capacity(capacity, compressed);
    let mut decoder = match entry.method {
        Method::Stored => Decoder::Stored(compressed),
        Method::Deflate => Decoder::Deflate(Box::new(DeflateDecoder::new(compressed))),
    };
    let mut crc = Crc::new();
    let mut size = 0;
    loop {
        let length = match decoder.read(buffer) {
            Ok(0) => break,
            Ok(length) => length,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                return Err(refuse(EntryProblem::Size));
            }
            Err(source)
                if matches!(
                    source.kind(),
                    io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData
                ) =>
            {
                return Err(ToolArchiveError::Compression { source });
            }
            Err(source) => return Err(failed(source)),
        };
        let bytes = buffer.get(..length).unwrap_or_default();
        size += length as u64;
        if size > entry.size {
            return Err(refuse(EntryProblem::Size));
        }
        crc.update(bytes);
        take(bytes)?;
    }
    if size != entry.size || decoder.has_more() {
        return Err(refuse(EntryProblem::Size));
    }
    if crc.sum() != entry.checksum {
        return Err(refuse(EntryProblem::Checksum));
    }
    Ok(())
}

/// The content of one entry, as it comes out.
enum Decoder<R: Read> {
    Stored(BufReader<Take<R>>),
    Deflate(Box<DeflateDecoder<BufReader<Take<R>>>>),
}

impl<R: Read> Decoder<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Stored(decoder) => decoder.read(buffer),
            Self::Deflate(decoder) => decoder.read(buffer),
        }
    }

    /// Whether compressed bytes are left that were not needed.
    fn has_more(&self) -> bool {
        let compressed = match self {
            Self::Stored(compressed) => compressed,
            Self::Deflate(decoder) => decoder.get_ref(),
        };
        !compressed.buffer().is_empty() || compressed.get_ref().limit() > 0
    }
}

fn check(value: u64, most: u64, limit: ToolLimit) -> Result<(), ToolArchiveError> {
    if value > most {
        Err(ToolArchiveError::Limit { limit, most })
    } else {
        Ok(())
    }
}

/// Reads bytes that the archive says are there.
fn read_at(
    reader: &mut (impl Read + Seek),
    offset: u64,
    length: usize,
) -> Result<Vec<u8>, ToolArchiveError> {
    let mut bytes = vec![0; length];
    let read = reader.seek(SeekFrom::Start(offset));
    match read.and_then(|_| reader.read_exact(&mut bytes)) {
        Ok(()) => Ok(bytes),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
            Err(ToolArchiveError::Truncated)
        }
        Err(source) => Err(failed(source)),
    }
}

fn failed(source: io::Error) -> ToolArchiveError {
    ToolArchiveError::Read { source }
}
