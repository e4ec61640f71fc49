//! The reader of gzip-compressed tar archives of tools.

use std::io::{self, BufRead, BufReader, Read};

use super::{
    content::Content,
    error::{EntryProblem, ToolArchiveError},
    gunzip::Gunzip,
    limits::{ToolLimit, ToolLimits},
    path,
    pax::{self, Description},
    staging::{Staging, read_error},
    tar_header::{TarHeader, TarKind},
};
use crate::package::archive::header::{BLOCK_BYTES, Block, has_checksum, is_zero};

/// How much is unpacked at a time.
const CHUNK_BYTES: usize = 128 << 10;

/// Unpacks all entries; the bytes of the archive.
pub(super) fn unpack(
    reader: impl Read,
    staging: &mut Staging<'_>,
    limits: &ToolLimits,
) -> Result<u64, ToolArchiveError> {
    let mut stream = Stream {
        inner: BufReader::with_capacity(CHUNK_BYTES, Gunzip::new(reader, limits)?),
        limits,
        offset: 0,
        overhead: 0,
    };
    // What the headers before an entry say of it, and where the last of them stood.
    let mut known = Description::default();
    let mut described = None;
    loop {
        let offset = stream.offset;
        let block = stream.block()?;
        if is_zero(&block) {
            break;
        }
        if offset == 0 && !has_checksum(&block) {
            let (found, expected) = (Content::Gzip, Content::TarGz);
            return Err(ToolArchiveError::NotAnArchive { found, expected });
        }
        let header = TarHeader::parse(&block, offset, &known)?;
        match header.kind {
            TarKind::LongName => {
                let name = stream.long_text(header.size)?;
                pax::set(&mut known.path, name).ok_or_else(|| pax::malformed(offset, "path"))?;
                described = Some(offset);
            }
            TarKind::LongTarget => {
                let target = stream.long_text(header.size)?;
                pax::set(&mut known.target, target)
                    .ok_or_else(|| pax::malformed(offset, "linkpath"))?;
                described = Some(offset);
            }
            TarKind::Extension => {
                pax::read(&stream.extension(header.size)?, &mut known, offset)?;
                described = Some(offset);
            }
            TarKind::GlobalExtension => pax::read_global(&stream.extension(header.size)?, offset)?,
            _ => {
                described = None;
                entry(header, std::mem::take(&mut known), &mut stream, staging)?;
            }
        }
    }
    if let Some(offset) = described {
        return Err(pax::malformed(offset, "entry"));
    }
    stream.finish()
}

fn entry(
    header: TarHeader,
    known: Description,
    stream: &mut Stream<'_, impl Read>,
    staging: &mut Staging<'_>,
) -> Result<(), ToolArchiveError> {
    let path = known.path.unwrap_or(header.path);
    let path = path::parse(&path, stream.limits)?;
    let target = known.target.unwrap_or(header.target);
    match header.kind {
        TarKind::Folder => staging.folder(path),
        TarKind::SymbolicLink => staging.symbolic_link(path, &target),
        TarKind::HardLink => staging.hard_link(path, &target),
        _ if !target.is_empty() => {
            let field = "type";
            Err(ToolArchiveError::entry(
                path,
                EntryProblem::Contradiction { field },
            ))
        }
        _ => {
            staging.count_content(header.size)?;
            let mut file = staging.file(path, header.executable)?;
            stream.content(header.size, |bytes| file.write(bytes))?;
            stream.skip_padding(header.size)
        }
    }
}

/// The tar stream.
struct Stream<'a, R: Read> {
    inner: BufReader<Gunzip<'a, R>>,
    limits: &'a ToolLimits,
    offset: u64,
    /// Bytes read that are not content of a file.
    overhead: u64,
}

impl<R: Read> Stream<'_, R> {
    /// Reads a header. A stream that ends where one should be lacks its end.
    fn block(&mut self) -> Result<Block, ToolArchiveError> {
        if self.fill()?.is_empty() {
            return Err(ToolArchiveError::MissingEnd);
        }
        let mut block = [0; BLOCK_BYTES];
        let read = self.inner.read_exact(&mut block);
        read.map_err(cut_off)?;
        self.count_overhead(BLOCK_BYTES as u64)?;
        Ok(block)
    }

    fn content(
        &mut self,
        size: u64,
        mut take: impl FnMut(&[u8]) -> Result<(), ToolArchiveError>,
    ) -> Result<(), ToolArchiveError> {
        let mut left = size;
        while left > 0 {
            let bytes = self.fill()?;
            let most = usize::try_from(left).unwrap_or(usize::MAX);
            let bytes = bytes.get(..most).unwrap_or(bytes);
            if bytes.is_empty() {
                return Err(ToolArchiveError::Truncated);
            }
            take(bytes)?;
            let length = bytes.len();
            self.inner.consume(length);
            left -= length as u64;
        }
        self.offset += size;
        Ok(())
    }

    fn skip_padding(&mut self, size: u64) -> Result<(), ToolArchiveError> {
        let unit = BLOCK_BYTES as u64;
        let mut padding = [0; BLOCK_BYTES];
        let length = (unit - size % unit) % unit;
        let padding = padding.get_mut(..length as usize).unwrap_or_default();
        self.inner.read_exact(padding).map_err(cut_off)?;
        self.count_overhead(length)
    }

    /// A name too long for a header, which a NUL ends.
    fn long_text(&mut self, size: u64) -> Result<Vec<u8>, ToolArchiveError> {
        let most = self.limits.path_bytes as u64;
        let mut text = self.whole(size, most.saturating_add(1), ToolLimit::PathBytes, most)?;
        text.pop_if(|byte| *byte == 0);
        Ok(text)
    }

    fn extension(&mut self, size: u64) -> Result<Vec<u8>, ToolArchiveError> {
        let most = self.limits.header_bytes;
        self.whole(size, most, ToolLimit::HeaderBytes, most)
    }

    fn whole(
        &mut self,
        size: u64,
        bound: u64,
        limit: ToolLimit,
        most: u64,
    ) -> Result<Vec<u8>, ToolArchiveError> {
        if size > bound {
            return Err(ToolArchiveError::Limit { limit, most });
        }
        let mut bytes = Vec::new();
        self.content(size, |read| {
            bytes.extend_from_slice(read);
            Ok(())
        })?;
        self.offset -= size;
        self.count_overhead(size)?;
        self.skip_padding(size)?;
        Ok(bytes)
    }

    /// Reads what follows the first block of the end marker: zeros, as many as the archiver likes.
    fn finish(mut self) -> Result<u64, ToolArchiveError> {
        loop {
            let bytes = self.fill()?;
            if bytes.is_empty() {
                return Ok(self.inner.get_ref().compressed_bytes());
            }
            if !is_zero(bytes) {
                return Err(ToolArchiveError::TrailingBytes);
            }
            let length = bytes.len();
            self.inner.consume(length);
            self.count_overhead(length as u64)?;
        }
    }

    fn count_overhead(&mut self, bytes: u64) -> Result<(), ToolArchiveError> {
        self.offset += bytes;
        self.overhead += bytes;
        let most = self.limits.overhead_bytes;
        if self.overhead > most {
            let limit = ToolLimit::OverheadBytes;
            return Err(ToolArchiveError::Limit { limit, most });
        }
        Ok(())
    }

    fn fill(&mut self) -> Result<&[u8], ToolArchiveError> {
        self.inner.fill_buf().map_err(read_error)
    }
}

/// The tar stream ended too early, though the gzip file did not.
fn cut_off(error: io::Error) -> ToolArchiveError {
    if error.kind() == io::ErrorKind::UnexpectedEof {
        ToolArchiveError::Truncated
    } else {
        read_error(error)
    }
}
