//! Canonical tar streams without compression: files alone, each with the one header that a file of its path and size
//! has. They are read and written in pieces, whatever their size.

use std::io::{self, Read, Write};

use super::{
    canonical,
    error::{Error, shown},
    header::{self, BLOCK_BYTES, Block, Header, Kind, is_zero},
    path::ArchivePath,
};

/// The size of the pieces that are copied, in bytes.
const PIECE: usize = 64 << 10;

/// The bytes that end a stream.
pub(crate) const END_BYTES: u64 = canonical::END_BYTES as u64;

/// The bytes that a file takes in a stream: its header, its content, and what fills the last block.
pub(crate) fn bytes_of(size: u64) -> u64 {
    let blocks = size.div_ceil(BLOCK_BYTES as u64).saturating_add(1);
    blocks.saturating_mul(BLOCK_BYTES as u64)
}

fn padding_of(size: u64) -> usize {
    let over = (size % BLOCK_BYTES as u64) as usize;
    (BLOCK_BYTES - over) % BLOCK_BYTES
}

/// Copies exactly so many bytes, each piece shown to `hear`; whether there were as many.
fn copy_exactly(
    mut reader: impl Read,
    size: u64,
    mut hear: impl FnMut(&[u8]) -> Result<(), Error>,
) -> Result<bool, Error> {
    let mut piece = vec![0; PIECE];
    let mut left = size;
    while left > 0 {
        let most = usize::try_from(left).map_or(PIECE, |left| left.min(PIECE));
        let room = piece.get_mut(..most).unwrap_or_default();
        let length = match reader.read(room) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            read => read.map_err(|source| Error::Read { source })?,
        };
        if length == 0 {
            return Ok(false);
        }
        hear(room.get(..length).unwrap_or_default())?;
        left -= length as u64;
    }
    Ok(true)
}

/// A writer of such a stream.
#[derive(Debug)]
pub(crate) struct PlainWriter<W> {
    inner: W,
}

impl<W: Write> PlainWriter<W> {
    pub(crate) fn new(inner: W) -> Self {
        Self { inner }
    }

    /// Writes a file, whose content `reader` has.
    ///
    /// # Errors
    /// [`Error::NotCanonical`] for a path or a size that does not fit, [`Error::Changed`] where the reader has fewer
    /// bytes, [`Error::Read`] and [`Error::Write`].
    pub(crate) fn file(
        &mut self,
        path: &ArchivePath,
        size: u64,
        reader: impl Read,
    ) -> Result<(), Error> {
        let name = || shown(path.as_str().as_bytes());
        let header =
            canonical::header(path, size).ok_or_else(|| Error::NotCanonical { path: name() })?;
        let write = |inner: &mut W, bytes: &[u8]| {
            let written = inner.write_all(bytes);
            written.map_err(|source| Error::Write { source })
        };
        write(&mut self.inner, &header)?;
        let is_whole = copy_exactly(reader, size, |piece| write(&mut self.inner, piece))?;
        if !is_whole {
            return Err(Error::Changed { path: name() });
        }
        let zeros = [0; BLOCK_BYTES];
        let padding = zeros.get(..padding_of(size)).unwrap_or_default();
        write(&mut self.inner, padding)
    }

    /// Ends the stream.
    ///
    /// # Errors
    /// [`Error::Write`].
    pub(crate) fn finish(mut self) -> Result<W, Error> {
        let written = self.inner.write_all(&[0; canonical::END_BYTES]);
        let written = written.and_then(|()| self.inner.flush());
        written.map_err(|source| Error::Write { source })?;
        Ok(self.inner)
    }
}

/// A reader of such a stream, file by file.
#[derive(Debug)]
pub(crate) struct PlainReader<R> {
    inner: R,
    /// The bytes read so far.
    offset: u64,
}

impl<R: Read> PlainReader<R> {
    pub(crate) fn new(inner: R) -> Self {
        Self { inner, offset: 0 }
    }

    /// The path and the size of the next file, whose content is read next; `None` at the end.
    ///
    /// # Errors
    /// What the stream has that is not a canonical header of a file, by its name, and [`Error::Read`].
    pub(crate) fn next(&mut self) -> Result<Option<(ArchivePath, u64)>, Error> {
        let offset = self.offset;
        let block = self.block()?;
        if is_zero(&block) {
            return self.end().map(|()| None);
        }
        if let Some(error) = header::unreadable(&block, offset) {
            return Err(error);
        }
        let Header { kind, size, path } = Header::parse(&block, offset)?;
        let name = || shown(&path);
        let not_canonical = || Error::NotCanonical { path: name() };
        if kind != Kind::File {
            return Err(not_canonical());
        }
        let text = std::str::from_utf8(&path).map_err(|_| Error::NotUtf8 { path: name() })?;
        let path = ArchivePath::parse(text).map_err(|source| Error::Path {
            path: name(),
            source,
        })?;
        match canonical::header(&path, size).is_some_and(|header| header == block) {
            true => Ok(Some((path, size))),
            false => Err(not_canonical()),
        }
    }

    /// Reads the content of the file whose header was read last, each piece shown to `hear`.
    ///
    /// # Errors
    /// [`Error::Truncated`], [`Error::Padding`], [`Error::Read`], and those of `hear`.
    pub(crate) fn content(
        &mut self,
        size: u64,
        hear: impl FnMut(&[u8]) -> Result<(), Error>,
    ) -> Result<(), Error> {
        if !copy_exactly(&mut self.inner, size, hear)? {
            return Err(Error::Truncated);
        }
        self.offset += size;
        let mut padding = [0; BLOCK_BYTES];
        let padding = padding.get_mut(..padding_of(size)).unwrap_or_default();
        self.fill(padding)?;
        match is_zero(padding) {
            true => Ok(()),
            false => Err(Error::Padding {
                offset: self.offset,
            }),
        }
    }

    /// The second block of zeros, after which nothing may follow.
    fn end(&mut self) -> Result<(), Error> {
        if !is_zero(&self.block()?) {
            return Err(Error::MissingEnd);
        }
        let mut one = [0];
        match self.inner.read(&mut one) {
            Ok(0) => Ok(()),
            Ok(_) => Err(Error::TrailingBytes),
            Err(source) => Err(Error::Read { source }),
        }
    }

    fn block(&mut self) -> Result<Block, Error> {
        let mut block = [0; BLOCK_BYTES];
        self.fill(&mut block)?;
        Ok(block)
    }

    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), Error> {
        self.offset += bytes.len() as u64;
        self.inner
            .read_exact(bytes)
            .map_err(|source| match source.kind() {
                io::ErrorKind::UnexpectedEof => Error::Truncated,
                _ => Error::Read { source },
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stream(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut writer = PlainWriter::new(Vec::new());
        for (path, content) in files {
            let path = ArchivePath::parse(path).unwrap();
            let size = content.len() as u64;
            writer.file(&path, size, *content).unwrap();
        }
        writer.finish().unwrap()
    }

    fn read(bytes: &[u8]) -> Result<Vec<(String, Vec<u8>)>, Error> {
        let mut reader = PlainReader::new(bytes);
        let mut files = Vec::new();
        while let Some((path, size)) = reader.next()? {
            let mut content = Vec::new();
            reader.content(size, |piece| {
                content.extend_from_slice(piece);
                Ok(())
            })?;
            files.push((path.to_string(), content));
        }
        Ok(files)
    }

    #[test]
    fn what_is_written_is_read_again_and_is_as_long_as_is_said() {
        let long = vec![7; 100_000];
        let bytes = stream(&[("a", b""), ("b/c", b"text"), ("d", &long)]);
        let length: u64 = [0, 4, 100_000].map(bytes_of).iter().sum();
        assert_eq!(bytes.len() as u64, length + END_BYTES);
        let files = read(&bytes).unwrap();
        assert_eq!(files[1], ("b/c".into(), b"text".to_vec()));
        assert_eq!(files[2].1, long);
        let path = ArchivePath::parse("a").unwrap();
        let short = PlainWriter::new(Vec::new()).file(&path, 5, &b"four"[..]);
        assert!(matches!(short, Err(Error::Changed { .. })));
    }

    #[test]
    fn what_is_not_as_it_is_written_is_refused() {
        let bytes = stream(&[("a", b"text")]);
        for length in [0, 100, 511, 512, 600, 1024, 1536, 2047] {
            assert!(read(&bytes[..length]).is_err(), "{length}");
        }
        let mut longer = bytes.clone();
        longer.push(0);
        assert!(matches!(read(&longer), Err(Error::TrailingBytes)));
        // Any other mode, owner, time, type, name or padding.
        for place in [0, 100, 108, 136, 156, 157, 265, 345, 500, 600, 1030] {
            let mut other = bytes.clone();
            other[place] ^= 1;
            assert!(read(&other).is_err(), "{place}");
        }
        let mut builder = tar::Builder::new(Vec::new());
        let mut header = tar::Header::new_ustar();
        header.set_entry_type(tar::EntryType::Symlink);
        header.set_size(0);
        builder
            .append_link(&mut header, "a", "/etc/passwd")
            .unwrap();
        let link = builder.into_inner().unwrap();
        assert!(matches!(read(&link), Err(Error::SymbolicLink { .. })));
    }
}
