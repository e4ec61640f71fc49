//! The header before each content of a zip archive, and the descriptor that may follow the content.
//!
//! ```text
//! 30 bytes, then name and extra fields: signature, 4 needs 2, 6 flags 2, 8 method 2, 10 time and date 4,
//!   14 checksum 4, 18 compressed size 4, 22 size 4, 26 length of the name 2, 28 of the extra fields 2
//! descriptor: perhaps a signature, checksum 4, compressed size and size, 4 bytes each or 8
//! ```

use std::io::{Read, Seek};

use super::{
    Method,
    central::Entry,
    extra::{self, Numbers, Unusable},
    fields::Fields,
    read_at,
};
use crate::package::archive::tool::error::{EntryProblem, ToolArchiveError};

const SIGNATURE: &[u8; 4] = b"PK\x03\x04";
const DESCRIPTOR: &[u8; 4] = b"PK\x07\x08";
const HEADER_BYTES: usize = 30;
const MOST_DESCRIPTOR_BYTES: u64 = 24;

/// Sizes and checksum stand in a descriptor behind the content.
const HAS_DESCRIPTOR: u16 = 1 << 3;

/// The flags that change how content is read, which both headers must have alike.
const COMPARED_FLAGS: u16 = 1 | 1 << 3 | 1 << 5 | 1 << 6 | 1 << 13;

/// The span of an entry: where its content starts, and where all that belongs to it ends.
#[derive(Debug, Clone, Copy)]
pub(super) struct Span {
    pub(super) content: u64,
    pub(super) end: u64,
}

/// Reads what stands before and behind an entry's content, and compares it with the directory, which
/// begins at `directory`.
pub(super) fn read(
    reader: &mut (impl Read + Seek),
    entry: &Entry,
    directory: u64,
) -> Result<Span, ToolArchiveError> {
    let refuse = |problem| ToolArchiveError::entry(entry.path(), problem);
    let differs = |field| refuse(EntryProblem::Contradiction { field });
    let overlap = || refuse(EntryProblem::Overlap);
    let within = |from: u64, length: u64| {
        let end = from.checked_add(length).filter(|end| *end <= directory);
        end.ok_or_else(overlap)
    };

    let name_start = within(entry.offset, HEADER_BYTES as u64)?;
    let header = read_at(reader, entry.offset, HEADER_BYTES)?;
    let header = Fields(&header);
    if !header.starts_with(SIGNATURE) {
        return Err(ToolArchiveError::Structure {
            structure: "local header",
            offset: entry.offset,
            field: "signature",
        });
    }
    let lengths = [26, 28].map(|at| usize::from(header.u16(at)));
    let content = within(name_start, (lengths[0] + lengths[1]) as u64)?;
    let rest = read_at(reader, name_start, lengths[0] + lengths[1])?;
    let (name, extra) = rest.split_at_checked(lengths[0]).unwrap_or_default();
    if name != entry.name() {
        return Err(differs("path"));
    }
    if (header.u16(6) ^ entry.flags) & COMPARED_FLAGS != 0 {
        return Err(differs("flags"));
    }
    let method = match entry.method {
        Method::Stored => 0,
        Method::Deflate => 8,
    };
    if header.u16(8) != method {
        return Err(differs("compression"));
    }
    let numbers = Numbers {
        size: header.u32(22).into(),
        compressed_size: header.u32(18).into(),
        offset: None,
    };
    let numbers = extra::complete(extra, name, numbers).map_err(|unusable| match unusable {
        Unusable::Name => differs("path"),
        Unusable::Zip64 => differs("size"),
    })?;
    // Unknown when the header was written, and told behind the content.
    let told_later = entry.flags & HAS_DESCRIPTOR != 0;
    let agrees = |found: u64, expected: u64| found == expected || (told_later && found == 0);
    if !agrees(numbers.size, entry.size) || !agrees(numbers.compressed_size, entry.compressed_size)
    {
        return Err(differs("size"));
    }
    if !agrees(header.u32(14).into(), entry.checksum.into()) {
        return Err(differs("checksum"));
    }
    let mut end = within(content, entry.compressed_size)?;
    if told_later {
        let most = MOST_DESCRIPTOR_BYTES.min(directory - end) as usize;
        let bytes = read_at(reader, end, most)?;
        end += descriptor(&bytes, entry).ok_or_else(|| differs("size"))?;
    }
    Ok(Span { content, end })
}

/// The length of the descriptor at the start of `bytes` that says what the directory does.
fn descriptor(bytes: &[u8], entry: &Entry) -> Option<u64> {
    let fits = |start: usize, long: bool| {
        let (step, read): (usize, fn(Fields<'_>, usize) -> u64) = if long {
            (8, |fields, at| fields.u64(at))
        } else {
            (4, |fields, at| fields.u32(at).into())
        };
        let end = start + 4 + 2 * step;
        let fields = Fields(bytes.get(start..end)?);
        let same = fields.u32(0) == entry.checksum
            && read(fields, 4) == entry.compressed_size
            && read(fields, 4 + step) == entry.size;
        same.then_some(end as u64)
    };
    let signed = if Fields(bytes).starts_with(DESCRIPTOR) {
        fits(4, true).or_else(|| fits(4, false))
    } else {
        None
    };
    signed.or_else(|| fits(0, true)).or_else(|| fits(0, false))
}
