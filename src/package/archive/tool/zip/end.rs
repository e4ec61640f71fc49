//! The end of a zip archive, which says where its central directory is.
//!
//! ```text
//! end record, 22 bytes and a comment: signature, 4 number of this disk 2, 6 disk of the directory 2,
//!   8 entries on this disk 2, 10 entries 2, 12 size 4, 16 offset 4, 20 length of the comment 2
//! locator before it, above 4 GiB: signature, 4 disk 4, 8 offset of the long end record 8, 16 disks 4
//! long end record before that, 56 bytes or more: signature, 4 size of the rest 8, 12 versions 2+2,
//!   16 disk 4, 20 disk of the directory 4, 24 entries on this disk 8, 32 entries 8, 40 size 8, 48 offset 8
//! ```

use std::io::{Read, Seek};

use super::{fields::Fields, read_at};
use crate::package::archive::tool::{
    content::{Content, START_BYTES},
    error::ToolArchiveError,
};

const END: &[u8; 4] = b"PK\x05\x06";
const LOCATOR: &[u8; 4] = b"PK\x06\x07";
const LONG_END: &[u8; 4] = b"PK\x06\x06";
const END_BYTES: usize = 22;
const LOCATOR_BYTES: usize = 20;
const LONG_END_BYTES: usize = 56;
const MOST_COMMENT_BYTES: usize = u16::MAX as usize;

/// The location of the central directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Directory {
    pub(super) offset: u64,
    pub(super) size: u64,
    pub(super) entries: u64,
}

/// Finds the directory of an archive of `length` bytes.
pub(super) fn find(
    reader: &mut (impl Read + Seek),
    length: u64,
) -> Result<Directory, ToolArchiveError> {
    let most = LOCATOR_BYTES + END_BYTES + MOST_COMMENT_BYTES;
    let tail_bytes = usize::try_from(length).unwrap_or(most).min(most);
    let tail_start = length - tail_bytes as u64;
    let tail = read_at(reader, tail_start, tail_bytes)?;
    let Some(position) = only_end(&tail, tail_start)? else {
        return Err(no_end(reader, length, &tail)?);
    };
    let offset = tail_start + position as u64;
    let record = Fields(tail.get(position..).unwrap_or_default());
    let mut directory = Directory {
        offset: record.u32(16).into(),
        size: record.u32(12).into(),
        entries: record.u16(10).into(),
    };
    let mut is_one_disk = record.u16(8) == record.u16(10);
    let mut end = offset;
    let locator = position
        .checked_sub(LOCATOR_BYTES)
        .map(|position| Fields(tail.get(position..).unwrap_or_default()))
        .filter(|locator| locator.starts_with(LOCATOR));
    if let Some(locator) = locator {
        end = locator.u64(8);
        let long = long_end(reader, end, offset - LOCATOR_BYTES as u64)?;
        let agrees = |short: u64, long: u64, unset: u64| short == long || short == unset;
        if !agrees(directory.offset, long.offset, u32::MAX.into())
            || !agrees(directory.size, long.size, u32::MAX.into())
            || !agrees(directory.entries, long.entries, u16::MAX.into())
        {
            return Err(unusable(offset, "zip64"));
        }
        directory = long;
        is_one_disk &= locator.u32(4) == 0 && locator.u32(16) <= 1;
    }
    let disks = [record.u16(4), record.u16(6)];
    let is_first = disks
        .iter()
        .all(|disk| *disk == 0 || (locator.is_some() && *disk == u16::MAX));
    if !is_one_disk || !is_first {
        return Err(unusable(offset, "disk"));
    }
    if directory.offset.checked_add(directory.size) != Some(end) {
        return Err(unusable(offset, "directory offset"));
    }
    Ok(directory)
}

/// Returns the place of the record that ends, with its comment, where the archive does. Two that do are two
/// archives in one.
fn only_end(tail: &[u8], tail_start: u64) -> Result<Option<usize>, ToolArchiveError> {
    let mut found = None;
    let positions = 0..(tail.len() + 1).saturating_sub(END_BYTES);
    for position in positions {
        let rest = tail.get(position..).unwrap_or_default();
        let record = Fields(rest);
        if record.starts_with(END) && END_BYTES + usize::from(record.u16(20)) == rest.len() {
            if found.is_some() {
                return Err(unusable(tail_start + position as u64, "comment"));
            }
            found = Some(position);
        }
    }
    Ok(found)
}

/// Returns the error for a file that has no end record.
fn no_end(
    reader: &mut (impl Read + Seek),
    length: u64,
    tail: &[u8],
) -> Result<ToolArchiveError, ToolArchiveError> {
    let start_bytes = usize::try_from(length)
        .unwrap_or(START_BYTES)
        .min(START_BYTES);
    let start = read_at(reader, 0, start_bytes)?;
    let found = Content::of(&start);
    Ok(if found != Content::Zip {
        let expected = Content::Zip;
        ToolArchiveError::NotAnArchive { found, expected }
    } else if let Some(position) = tail
        .windows(END_BYTES)
        .rposition(|bytes| bytes.starts_with(END))
        && let rest = tail.get(position..).unwrap_or_default()
        && END_BYTES + usize::from(Fields(rest).u16(20)) < rest.len()
    {
        ToolArchiveError::TrailingBytes
    } else {
        ToolArchiveError::Truncated
    })
}

/// The long end record at `offset`, which must reach up to the locator.
fn long_end(
    reader: &mut (impl Read + Seek),
    offset: u64,
    locator: u64,
) -> Result<Directory, ToolArchiveError> {
    let is_before = offset
        .checked_add(LONG_END_BYTES as u64)
        .is_some_and(|end| end <= locator);
    if !is_before {
        return Err(unusable(locator, "zip64 offset"));
    }
    let bytes = read_at(reader, offset, LONG_END_BYTES)?;
    let record = Fields(&bytes);
    if !record.starts_with(LONG_END) || record.u64(4).checked_add(offset + 12) != Some(locator) {
        return Err(unusable(locator, "zip64 offset"));
    }
    if record.u32(16) != 0 || record.u32(20) != 0 || record.u64(24) != record.u64(32) {
        return Err(unusable(offset, "disk"));
    }
    Ok(Directory {
        offset: record.u64(48),
        size: record.u64(40),
        entries: record.u64(32),
    })
}

fn unusable(offset: u64, field: &'static str) -> ToolArchiveError {
    ToolArchiveError::Structure {
        structure: "end record",
        offset,
        field,
    }
}
