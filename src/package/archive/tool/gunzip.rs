//! The compressed side of a tar archive: gzip members, one after the other, counted and bounded.
//!
//! Errors are [`ToolArchiveError`]s inside `io::Error`s; [`read_error`](super::staging::read_error) gets
//! them out.

use std::io::{self, BufRead, BufReader, Chain, Cursor, Read};

use flate2::bufread::GzDecoder;

use super::{
    content::{Content, START_BYTES},
    error::ToolArchiveError,
    limits::{ToolLimit, ToolLimits},
};

const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

/// The compressed bytes, counted.
struct Compressed<R> {
    inner: BufReader<Chain<Cursor<Vec<u8>>, R>>,
    consumed: u64,
    most: u64,
}

impl<R: Read> Read for Compressed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.fill_buf()?.read(buffer)?;
        self.consume(length);
        Ok(length)
    }
}

impl<R: Read> BufRead for Compressed<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        let most = self.most;
        if self.consumed > most {
            let limit = ToolLimit::CompressedBytes;
            return Err(ToolArchiveError::Limit { limit, most }.into_io());
        }
        loop {
            match self.inner.fill_buf() {
                Ok(_) => return Ok(self.inner.buffer()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(source) => return Err(ToolArchiveError::Read { source }.into_io()),
            }
        }
    }

    fn consume(&mut self, length: usize) {
        self.consumed += length as u64;
        self.inner.consume(length);
    }
}

/// The content of all members.
pub(super) struct Gunzip<'a, R> {
    /// The decoder of the member being read; none at the end.
    decoder: Option<GzDecoder<Compressed<R>>>,
    limits: &'a ToolLimits,
    unpacked: u64,
    compressed: u64,
    /// Where in the content the member began.
    member_start: u64,
    /// Members begun, the one being read included.
    members: u64,
    /// Members in a row, before the one being read, that held nothing.
    empty_members: u64,
}

impl<'a, R: Read> Gunzip<'a, R> {
    /// Looks at the first bytes, and names what is not a gzip file.
    pub(super) fn new(mut reader: R, limits: &'a ToolLimits) -> Result<Self, ToolArchiveError> {
        let mut start = Vec::with_capacity(START_BYTES);
        let read = reader
            .by_ref()
            .take(START_BYTES as u64)
            .read_to_end(&mut start);
        read.map_err(|source| ToolArchiveError::Read { source })?;
        if start.len() == 1 && start.first() == GZIP_MAGIC.first() {
            return Err(ToolArchiveError::Truncated);
        }
        if !start.starts_with(&GZIP_MAGIC) {
            let (found, expected) = (Content::of(&start), Content::TarGz);
            return Err(ToolArchiveError::NotAnArchive { found, expected });
        }
        let inner = BufReader::with_capacity(64 << 10, Cursor::new(start).chain(reader));
        let compressed = Compressed {
            inner,
            consumed: 0,
            most: limits.compressed_bytes,
        };
        Ok(Self {
            decoder: Some(GzDecoder::new(compressed)),
            limits,
            unpacked: 0,
            compressed: 0,
            member_start: 0,
            members: 1,
            empty_members: 0,
        })
    }

    /// Compressed bytes read so far.
    pub(super) fn compressed_bytes(&self) -> u64 {
        self.compressed
    }

    /// Counts one more member. Each costs a decoder, however little it holds.
    fn count_member(&mut self) -> Result<(), ToolArchiveError> {
        self.members += 1;
        self.empty_members = match self.unpacked == self.member_start {
            true => self.empty_members + 1,
            false => 0,
        };
        let counts = [
            (ToolLimit::Members, self.members, self.limits.members),
            (
                ToolLimit::EmptyMembers,
                self.empty_members,
                self.limits.empty_members,
            ),
        ];
        for (limit, count, most) in counts {
            if count > most {
                return Err(ToolArchiveError::Limit { limit, most });
            }
        }
        Ok(())
    }

    /// Goes on to the member that follows, if one does.
    fn next_member(&mut self) -> io::Result<()> {
        let Some(decoder) = self.decoder.take() else {
            return Ok(());
        };
        let mut rest = decoder.into_inner();
        match rest.fill_buf()?.first() {
            None => {}
            Some(byte) if *byte == GZIP_MAGIC[0] => {
                self.count_member().map_err(ToolArchiveError::into_io)?;
                self.decoder = Some(GzDecoder::new(rest));
                self.member_start = self.unpacked;
            }
            Some(_) => return Err(ToolArchiveError::TrailingBytes.into_io()),
        }
        Ok(())
    }

    fn explain(&self, error: io::Error) -> io::Error {
        let kind = error.kind();
        match error.downcast::<ToolArchiveError>() {
            Ok(error) => error.into_io(),
            Err(_) if kind == io::ErrorKind::UnexpectedEof => ToolArchiveError::Truncated.into_io(),
            // No header of a further member.
            Err(_)
                if self.members > 1
                    && kind == io::ErrorKind::InvalidInput
                    && self.unpacked == self.member_start =>
            {
                ToolArchiveError::TrailingBytes.into_io()
            }
            Err(source) => ToolArchiveError::Compression { source }.into_io(),
        }
    }
}

impl<R: Read> Read for Gunzip<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while let Some(decoder) = &mut self.decoder {
            let length = match decoder.read(buffer) {
                Ok(length) => length,
                Err(error) => return Err(self.explain(error)),
            };
            self.compressed = decoder.get_ref().consumed;
            self.unpacked += length as u64;
            if self.limits.exceeds_ratio(self.unpacked, self.compressed) {
                let (limit, most) = (ToolLimit::Ratio, self.limits.ratio);
                return Err(ToolArchiveError::Limit { limit, most }.into_io());
            }
            if length > 0 || buffer.is_empty() {
                return Ok(length);
            }
            self.next_member()?;
        }
        Ok(0)
    }
}
