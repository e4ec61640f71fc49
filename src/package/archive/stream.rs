//! The two streams an archive is read through: compressed bytes, counted and bounded, and the
//! unpacked tar stream, bounded and watched.
//!
//! Their errors are [`Error`]s inside `io::Error`s, so that they pass through the decoder and the
//! `tar` crate unharmed; [`Inflated::diagnose`] gets them out again.

use std::{
    io::{self, BufRead, BufReader, Read},
    ops::Range,
};

use flate2::bufread::GzDecoder;

use super::{
    canonical::{END_BYTES, GZIP_START},
    error::Error,
    header::{self, BLOCK_BYTES, Block, is_zero},
    limits::{Limit, Limits},
};

const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

/// The compressed bytes: no more than the limit, and the first ten remembered.
struct Compressed<R> {
    inner: BufReader<R>,
    consumed: u64,
    most: u64,
    start: Vec<u8>,
}

impl<R: Read> Compressed<R> {
    fn new(inner: R, most: u64) -> Self {
        let start = Vec::with_capacity(GZIP_START.len());
        Self {
            inner: BufReader::with_capacity(64 << 10, inner),
            consumed: 0,
            most,
            start,
        }
    }

    fn is_gzip(&self) -> bool {
        self.start
            .iter()
            .zip(GZIP_MAGIC)
            .all(|(found, expected)| *found == expected)
    }
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
        let available = loop {
            match self.inner.fill_buf() {
                Ok(buffer) => break buffer.len(),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(source) => return Err(Error::Read { source }.into_io()),
            }
        };
        let left = usize::try_from(self.most.saturating_sub(self.consumed)).unwrap_or(usize::MAX);
        if available > 0 && left == 0 {
            let limit = Limit::CompressedBytes;
            return Err(Error::Limit {
                limit,
                most: self.most,
            }
            .into_io());
        }
        let buffer = self.inner.buffer();
        Ok(buffer.get(..left).unwrap_or(buffer))
    }

    fn consume(&mut self, length: usize) {
        let missing = GZIP_START.len() - self.start.len();
        self.start
            .extend(self.inner.buffer().iter().take(length.min(missing)));
        self.consumed += length as u64;
        self.inner.consume(length);
    }
}

/// The unpacked tar stream of exactly one gzip member.
pub(super) struct Inflated<'a, R> {
    decoder: GzDecoder<Compressed<R>>,
    limits: &'a Limits,
    /// Bytes read so far, which is the offset of the next one.
    offset: u64,
    /// Bytes of file content that the headers read so far have announced.
    content_bytes: u64,
    /// The last 512 bytes, each at its offset modulo 512: the last header, after one was read.
    last_block: Block,
    /// Where zeros must stand: what fills up the last entry's content to a whole block.
    padding: Range<u64>,
    has_ended: bool,
}

impl<'a, R: Read> Inflated<'a, R> {
    pub(super) fn new(reader: R, limits: &'a Limits) -> Self {
        Self {
            decoder: GzDecoder::new(Compressed::new(reader, limits.compressed_bytes)),
            limits,
            offset: 0,
            content_bytes: 0,
            last_block: [0; BLOCK_BYTES],
            padding: 0..0,
            has_ended: false,
        }
    }

    pub(super) fn compressed_bytes(&self) -> u64 {
        self.decoder.get_ref().consumed
    }

    pub(super) fn starts_canonically(&self) -> bool {
        self.decoder.get_ref().start == GZIP_START
    }

    /// The header just read announces `size` bytes, after which zeros up to a whole block follow.
    pub(super) fn expect_entry(&mut self, size: u64) {
        let end = self.offset.saturating_add(size);
        self.padding = end..end
            .checked_next_multiple_of(BLOCK_BYTES as u64)
            .unwrap_or(u64::MAX);
    }

    /// Bytes that count as content of files, within their own limit, and not as overhead.
    pub(super) fn count_content(&mut self, size: u64) {
        self.content_bytes = self.content_bytes.saturating_add(size);
    }

    /// Returns the reason why reading through the `tar` crate failed.
    pub(super) fn diagnose(&self, error: io::Error) -> Error {
        let offset = self.offset.saturating_sub(BLOCK_BYTES as u64);
        match Error::from_io(error) {
            Ok(error) => error,
            Err(_) if self.has_ended => Error::Truncated,
            Err(_) => {
                header::unreadable(&self.last_block, offset).unwrap_or(Error::Format { offset })
            }
        }
    }

    /// Reads what follows the last entry, of which the `tar` crate has read one block of zeros where
    /// there is one. Returns whether there is no more than a canonical archive has.
    pub(super) fn finish(&mut self) -> Result<bool, Error> {
        if self.has_ended {
            return Err(Error::MissingEnd);
        }
        let mut length = BLOCK_BYTES;
        let mut buffer = [0; 8192];
        loop {
            match self
                .read(&mut buffer)
                .map_err(|error| self.diagnose(error))?
            {
                0 => break,
                read if buffer.get(..read).is_some_and(is_zero) => length += read,
                _ => return Err(Error::DataAfterEnd),
            }
        }
        if !length.is_multiple_of(BLOCK_BYTES) {
            return Err(Error::Truncated);
        }
        if length < END_BYTES {
            return Err(Error::MissingEnd);
        }
        self.check_nothing_follows()?;
        Ok(length == END_BYTES)
    }

    fn check_nothing_follows(&mut self) -> Result<(), Error> {
        let mut rest = Vec::new();
        let compressed = self.decoder.get_mut();
        let read = compressed
            .take(GZIP_MAGIC.len() as u64)
            .read_to_end(&mut rest);
        read.map_err(|error| self.diagnose(error))?;
        match rest.as_slice() {
            [] => Ok(()),
            rest if rest == GZIP_MAGIC => Err(Error::SeveralMembers),
            _ => Err(Error::TrailingBytes),
        }
    }

    fn explain(&self, error: io::Error) -> Error {
        match Error::from_io(error) {
            Ok(error) => error,
            Err(_) if !self.decoder.get_ref().is_gzip() => Error::NotGzip,
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Error::Truncated,
            Err(source) => Error::Gzip { source },
        }
    }

    fn check(&self, read: &[u8]) -> Result<(), Error> {
        let start = self.offset;
        let end = start + read.len() as u64;
        let relative =
            |offset: u64| usize::try_from(offset.clamp(start, end) - start).unwrap_or(read.len());
        let padding = relative(self.padding.start)..relative(self.padding.end);
        if !read.get(padding).is_none_or(is_zero) {
            return Err(Error::Padding {
                offset: self.padding.end,
            });
        }
        let most = self.limits.overhead_bytes;
        if end > self.content_bytes.saturating_add(most) {
            return Err(Error::Limit {
                limit: Limit::OverheadBytes,
                most,
            });
        }
        if self.limits.exceeds_ratio(end, self.compressed_bytes()) {
            return Err(Error::Limit {
                limit: Limit::Ratio,
                most: self.limits.ratio,
            });
        }
        Ok(())
    }

    fn remember(&mut self, read: &[u8]) {
        let skipped = read.len().saturating_sub(BLOCK_BYTES);
        let start = self.offset + skipped as u64;
        for (offset, &byte) in (start..).zip(read.iter().skip(skipped)) {
            self.last_block[(offset % BLOCK_BYTES as u64) as usize] = byte;
        }
        self.offset += read.len() as u64;
    }
}

impl<R: Read> Read for Inflated<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        let length = self
            .decoder
            .read(buffer)
            .map_err(|error| self.explain(error).into_io())?;
        let read = buffer.get(..length).unwrap_or_default();
        self.has_ended = read.is_empty();
        self.check(read).map_err(Error::into_io)?;
        self.remember(read);
        Ok(length)
    }
}
