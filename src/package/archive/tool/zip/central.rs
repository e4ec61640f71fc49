//! The central directory of a zip archive.
//!
//! ```text
//! 46 bytes, then name, extra fields and comment: signature, 4 made by 2, 6 needs 2, 8 flags 2, 10 method 2,
//!   12 time and date 4, 16 checksum 4, 20 compressed size 4, 24 size 4, 28 length of the name 2,
//!   30 of the extra fields 2, 32 of the comment 2, 34 disk 2, 36 attributes 2, 38 the system's own 4,
//!   42 offset 4
//! ```

use std::{
    io::{BufReader, Read, Seek, SeekFrom},
    ops::Range,
};

use super::{
    Method,
    end::Directory,
    extra::{self, Numbers, Unusable},
    failed,
    fields::Fields,
};
use crate::package::archive::{
    error::shown,
    tool::{
        error::{EntryProblem, ToolArchiveError},
        limits::ToolLimits,
        path,
    },
};

const SIGNATURE: &[u8; 4] = b"PK\x01\x02";
const HEADER_BYTES: usize = 46;

/// The flags of what is encrypted: the content, strongly, or the directory.
const ENCRYPTED: u16 = 1 | 1 << 6 | 1 << 13;

/// The flag of content that is a difference to other content.
const PATCH: u16 = 1 << 5;

/// The kind of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum EntryKind {
    File { executable: bool },
    Folder,
    Link,
}

/// An entry as the directory has it.
#[derive(Debug)]
pub(super) struct Entry {
    /// The path as it is written. It is kept once, for an archive can have many, and long ones.
    name: Box<str>,
    /// Where in the name its normal form is.
    path: Range<usize>,
    pub(super) kind: EntryKind,
    pub(super) method: Method,
    pub(super) flags: u16,
    pub(super) checksum: u32,
    pub(super) size: u64,
    pub(super) compressed_size: u64,
    /// Where the header before its content stands.
    pub(super) offset: u64,
}

impl Entry {
    /// The path as it is written.
    pub(super) fn name(&self) -> &[u8] {
        self.name.as_bytes()
    }

    /// The path in its normal form.
    pub(super) fn path(&self) -> &str {
        self.name.get(self.path.clone()).unwrap_or_default()
    }
}

/// Reads all entries, of which there are exactly as many, and as many bytes, as the end record says.
pub(super) fn read(
    reader: &mut (impl Read + Seek),
    directory: &Directory,
    limits: &ToolLimits,
) -> Result<Vec<Entry>, ToolArchiveError> {
    reader
        .seek(SeekFrom::Start(directory.offset))
        .map_err(failed)?;
    let mut records = BufReader::new(reader.take(directory.size));
    let mut offset = directory.offset;
    let mut entries = Vec::new();
    for _ in 0..directory.entries {
        let mut header = [0; HEADER_BYTES];
        fill(&mut records, &mut header, offset)?;
        let record = Fields(&header);
        if !record.starts_with(SIGNATURE) {
            return Err(unusable(offset, "signature"));
        }
        let lengths = [28, 30, 32].map(|at| usize::from(record.u16(at)));
        let mut rest = vec![0; lengths.iter().sum()];
        fill(&mut records, &mut rest, offset)?;
        let (name, rest) = rest.split_at_checked(lengths[0]).unwrap_or_default();
        let extra = rest.get(..lengths[1]).unwrap_or_default();
        entries.push(entry(record, name, extra, offset, limits)?);
        offset += (HEADER_BYTES + lengths.iter().sum::<usize>()) as u64;
    }
    if offset != directory.offset + directory.size {
        return Err(unusable(offset, "count"));
    }
    Ok(entries)
}

fn fill(reader: &mut impl Read, bytes: &mut [u8], offset: u64) -> Result<(), ToolArchiveError> {
    reader
        .read_exact(bytes)
        .map_err(|error| match error.kind() {
            std::io::ErrorKind::UnexpectedEof => unusable(offset, "count"),
            _ => failed(error),
        })
}

fn entry(
    record: Fields<'_>,
    name: &[u8],
    extra: &[u8],
    position: u64,
    limits: &ToolLimits,
) -> Result<Entry, ToolArchiveError> {
    let path = path::parse(name, limits)?;
    let refuse = |problem| Err(ToolArchiveError::entry(path, problem));
    let flags = record.u16(8);
    if flags & ENCRYPTED != 0 {
        return refuse(EntryProblem::Encrypted);
    }
    if flags & PATCH != 0 {
        let method = "a patch".into();
        return refuse(EntryProblem::Method { method });
    }
    let numbers = Numbers {
        size: record.u32(24).into(),
        compressed_size: record.u32(20).into(),
        offset: Some(record.u32(42).into()),
    };
    let numbers = match extra::complete(extra, name, numbers) {
        Ok(numbers) => numbers,
        Err(Unusable::Name) => return refuse(EntryProblem::Contradiction { field: "path" }),
        Err(Unusable::Zip64) => return refuse(EntryProblem::Contradiction { field: "size" }),
    };
    if !matches!(record.u16(34), 0 | u16::MAX) {
        return Err(unusable(position, "disk"));
    }
    let method = match method(record.u16(10)) {
        Ok(method) => method,
        Err(problem) => return refuse(problem),
    };
    let kind = match kind(record, name.ends_with(b"/") || path.is_empty()) {
        Ok(kind) => kind,
        Err(problem) => return refuse(problem),
    };
    if kind == EntryKind::Folder && numbers.size != 0 {
        return refuse(EntryProblem::UnexpectedContent);
    }
    if method == Method::Stored && numbers.size != numbers.compressed_size {
        return refuse(EntryProblem::Contradiction { field: "size" });
    }
    // A `./` before it and a `/` behind it are all that its normal form lacks.
    let start = if path.is_empty() || !name.starts_with(b"./") {
        0
    } else {
        2
    };
    Ok(Entry {
        path: start..start + path.len(),
        name: str::from_utf8(name).unwrap_or_default().into(),
        kind,
        method,
        flags,
        checksum: record.u32(16),
        size: numbers.size,
        compressed_size: numbers.compressed_size,
        offset: numbers.offset.unwrap_or_default(),
    })
}

fn method(number: u16) -> Result<Method, EntryProblem> {
    let name = match number {
        0 => return Ok(Method::Stored),
        8 => return Ok(Method::Deflate),
        1 => "Shrink",
        2..=5 => "Reduce",
        6 => "Implode",
        9 => "Deflate64",
        12 => "bzip2",
        14 => "LZMA",
        20 | 93 => "Zstandard",
        94 => "MP3",
        95 => "xz",
        96 => "JPEG",
        97 => "WavPack",
        98 => "PPMd",
        99 => return Err(EntryProblem::Encrypted),
        _ => "",
    };
    let method = if name.is_empty() {
        format!("method {number}")
    } else {
        name.into()
    };
    Err(EntryProblem::Method { method })
}

/// The type by the mode, where a system with modes wrote the entry, and by the name's last character;
/// both must agree.
fn kind(record: Fields<'_>, is_folder: bool) -> Result<EntryKind, EntryProblem> {
    const UNIX: u16 = 3;
    const DARWIN: u16 = 19;
    let system = record.u16(4) >> 8;
    let mode = if matches!(system, UNIX | DARWIN) {
        record.u32(38) >> 16
    } else {
        0
    };
    let executable = mode & 0o111 != 0;
    let kind = match mode & 0o170_000 {
        0 if is_folder => EntryKind::Folder,
        0 | 0o100_000 => EntryKind::File { executable },
        0o040_000 => EntryKind::Folder,
        0o120_000 => EntryKind::Link,
        0o020_000 | 0o060_000 => return Err(EntryProblem::Device),
        0o010_000 => return Err(EntryProblem::Fifo),
        0o140_000 => return Err(EntryProblem::Socket),
        other => {
            let kind = shown(format!("{other:o}").as_bytes());
            return Err(EntryProblem::UnknownType { kind });
        }
    };
    if is_folder == (kind == EntryKind::Folder) {
        Ok(kind)
    } else {
        Err(EntryProblem::Contradiction { field: "type" })
    }
}

fn unusable(offset: u64, field: &'static str) -> ToolArchiveError {
    ToolArchiveError::Structure {
        structure: "central directory entry",
        offset,
        field,
    }
}
