//! Messages as they come over a stream: a header with `Content-Length`, an empty line, and the body.

use std::{
    fs::File,
    io::{self, Read},
    net::TcpStream,
};

use super::pipe;

/// The most bytes of a header.
const MOST_HEADER_BYTES: usize = 4 << 10;

/// The bytes that are read at once, and the most of a message that is looked at where it lies.
pub(in crate::bridge) const BUFFER_BYTES: usize = 64 << 10;

/// The most bytes of a body. It is passed on in parts, so this keeps out what is no length.
const MOST_BODY_BYTES: u64 = 1 << 40;

/// An error of the other side: what it has written is not a message.
#[derive(Debug, thiserror::Error)]
pub(in crate::bridge) enum FrameError {
    #[error("what came is not a message: `{0}`")]
    Header(String),
    #[error("a message has no `Content-Length` that is a number")]
    NoLength,
    #[error("the stream ended in the middle of a message")]
    Cut,
    #[error("a message has {bytes} bytes, more than {most}")]
    TooLong { bytes: u64, most: u64 },
    #[error("failed to read")]
    Read(#[source] io::Error),
}

/// The lengths of a message: those of its header, with the empty line, and of its body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::bridge) struct Frame {
    pub(in crate::bridge) header: usize,
    pub(in crate::bridge) body: u64,
}

impl Frame {
    /// The bytes of the whole message.
    pub(in crate::bridge) fn length(self) -> u64 {
        self.header as u64 + self.body
    }
}

/// A stream that is read.
pub(in crate::bridge) trait Source: Read {
    /// The file that it is.
    fn file(&self) -> Option<&File> {
        None
    }
}

impl Source for File {
    fn file(&self) -> Option<&File> {
        Some(self)
    }
}

impl Source for TcpStream {}

impl<S: Source + ?Sized> Source for Box<S> {
    fn file(&self) -> Option<&File> {
        (**self).file()
    }
}

/// A stream that messages come over.
pub(in crate::bridge) struct Incoming<R> {
    source: R,
    /// Bytes can move out of it without being read.
    is_pipe: bool,
    buffer: Box<[u8]>,
    start: usize,
    end: usize,
}

impl<R: Source> Incoming<R> {
    pub(in crate::bridge) fn new(source: R) -> Self {
        if let Some(file) = source.file() {
            pipe::widen(file);
        }
        Self {
            is_pipe: source.file().is_some_and(pipe::is_pipe),
            source,
            buffer: vec![0; BUFFER_BYTES].into_boxed_slice(),
            start: 0,
            end: 0,
        }
    }

    /// The pipe of which nothing is buffered.
    pub(in crate::bridge) fn pipe(&self) -> Option<&File> {
        match self.is_pipe && self.buffered().is_empty() {
            true => self.source.file(),
            false => None,
        }
    }

    /// The bytes that were read and not consumed.
    pub(in crate::bridge) fn buffered(&self) -> &[u8] {
        &self.buffer[self.start..self.end]
    }

    /// Returns the lengths of the message that begins `offset` bytes on, as far as its header was read.
    pub(in crate::bridge) fn frame_at(&self, offset: usize) -> Result<Option<Frame>, FrameError> {
        parse(&self.buffered()[offset..])
    }

    /// Gives back the first bytes.
    pub(in crate::bridge) fn consume(&mut self, count: usize) {
        self.start += count;
    }

    /// Reads on, at least one byte; `false` at the end of the stream. The buffer must have room.
    pub(in crate::bridge) fn fill(&mut self) -> Result<bool, FrameError> {
        if self.start == self.end {
            (self.start, self.end) = (0, 0);
        } else if self.end == self.buffer.len() {
            self.buffer.copy_within(self.start..self.end, 0);
            (self.start, self.end) = (0, self.end - self.start);
        }
        let count = read(&mut self.source, &mut self.buffer[self.end..])?;
        self.end += count;
        Ok(count > 0)
    }

    /// Reads the next message whole; `None` at the end of the stream.
    ///
    /// # Errors
    /// [`FrameError::TooLong`] where its body has more than `most` bytes.
    pub(in crate::bridge) fn next_body(
        &mut self,
        most: u64,
    ) -> Result<Option<Vec<u8>>, FrameError> {
        let frame = loop {
            if let Some(frame) = self.frame_at(0)? {
                break frame;
            }
            if !self.fill()? {
                return match self.buffered().is_empty() {
                    true => Ok(None),
                    false => Err(FrameError::Cut),
                };
            }
        };
        if frame.body > most {
            let bytes = frame.body;
            return Err(FrameError::TooLong { bytes, most });
        }
        self.consume(frame.header);
        let mut body = Vec::new();
        let mut left = frame.body;
        while left > 0 {
            left -= self.take(left, &mut body)?;
        }
        Ok(Some(body))
    }

    /// Takes up to `most` bytes that come next, at least one.
    pub(in crate::bridge) fn take(
        &mut self,
        most: u64,
        into: &mut Vec<u8>,
    ) -> Result<u64, FrameError> {
        if self.start == self.end && !self.fill()? {
            return Err(FrameError::Cut);
        }
        let there = self.buffered().len() as u64;
        let count = there.min(most);
        // It is at most what the buffer holds.
        #[expect(
            clippy::cast_possible_truncation,
            reason = "no more than the buffer holds"
        )]
        let length = count as usize;
        into.extend_from_slice(&self.buffer[self.start..self.start + length]);
        self.start += length;
        Ok(count)
    }
}

/// Reads the header at the beginning of these bytes; `None` where more is needed.
fn parse(bytes: &[u8]) -> Result<Option<Frame>, FrameError> {
    let mut length = None;
    let mut position = 0;
    loop {
        let rest = &bytes[position..];
        let Some(end) = memchr::memchr(b'\n', rest) else {
            return match bytes.len() > MOST_HEADER_BYTES {
                true => Err(no_header(bytes)),
                false => Ok(None),
            };
        };
        let line = rest[..end].strip_suffix(b"\r").unwrap_or(&rest[..end]);
        position += end + 1;
        if line.is_empty() {
            let body = length.ok_or(FrameError::NoLength)?;
            return Ok(Some(Frame {
                header: position,
                body,
            }));
        }
        let colon = line.iter().position(|byte| *byte == b':');
        let Some((name, value)) = colon.map(|at| (&line[..at], &line[at + 1..])) else {
            return Err(no_header(line));
        };
        if name.trim_ascii().eq_ignore_ascii_case(b"content-length") {
            let digits = std::str::from_utf8(value).unwrap_or_default().trim();
            let number = digits.parse().ok().filter(|it| *it <= MOST_BODY_BYTES);
            length = Some(number.ok_or(FrameError::NoLength)?);
        } else if !name.iter().all(|byte| byte.is_ascii_graphic()) {
            return Err(no_header(line));
        }
        if position > MOST_HEADER_BYTES {
            return Err(no_header(bytes));
        }
    }
}

fn no_header(bytes: &[u8]) -> FrameError {
    let beginning = &bytes[..bytes.len().min(80)];
    FrameError::Header(
        String::from_utf8_lossy(beginning)
            .escape_debug()
            .to_string(),
    )
}

fn read(source: &mut impl Read, into: &mut [u8]) -> Result<usize, FrameError> {
    loop {
        match source.read(into) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            read => return read.map_err(FrameError::Read),
        }
    }
}

/// A message with this body.
pub(in crate::bridge) fn framed(body: &[u8]) -> Vec<u8> {
    let mut message = format!("Content-Length: {}\r\n\r\n", body.len()).into_bytes();
    message.extend_from_slice(body);
    message
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(text: &str) -> Option<Frame> {
        parse(text.as_bytes()).unwrap()
    }

    #[test]
    fn a_header_is_read_in_any_case_and_with_either_end_of_line() {
        let it = |header, body| Some(Frame { header, body });
        assert_eq!(frame("Content-Length: 7\r\n\r\n{}"), it(21, 7));
        assert_eq!(frame("content-length:7\n\n"), it(18, 7));
        let typed =
            "Content-Type: application/vscode-jsonrpc; charset=utf-8\r\nCONTENT-LENGTH: 7\r\n\r\n";
        assert_eq!(frame(typed), it(typed.len(), 7));
    }

    #[test]
    fn a_header_that_is_not_whole_waits_for_more() {
        for text in [
            "",
            "Content",
            "Content-Length: 7\r\n",
            "Content-Length: 7\r\n\r",
        ] {
            assert_eq!(frame(text), None, "{text}");
        }
    }

    #[test]
    fn what_is_no_header_is_told_with_its_beginning() {
        let error = |text: &str| parse(text.as_bytes()).unwrap_err().to_string();
        assert!(error("npm WARN deprecated\n").contains("`npm WARN deprecated`"));
        for text in [
            "Content-Length: x\r\n\r\n",
            "Content-Length: -1\r\n\r\n",
            "X: 1\r\n\r\n",
        ] {
            assert!(error(text).contains("no `Content-Length`"), "{text}");
        }
        let endless = "a: b\r\n".repeat(2_000);
        assert!(parse(endless.as_bytes()).is_err());
        assert!(parse("x".repeat(5_000).as_bytes()).is_err());
    }

    #[test]
    fn messages_come_whole_over_a_stream_in_pieces() {
        struct Dribble(Vec<u8>);
        impl Source for Dribble {}
        impl Read for Dribble {
            fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
                let count = self.0.len().min(into.len()).min(3);
                into[..count].copy_from_slice(&self.0[..count]);
                self.0.drain(..count);
                Ok(count)
            }
        }
        let messages = [framed(b"{\"a\":1}"), framed(b"{}")].concat();
        let mut incoming = Incoming::new(Dribble(messages));
        let mut bodies = Vec::new();
        while let Some(body) = incoming.next_body(7).unwrap() {
            bodies.push(body);
        }
        assert_eq!(bodies, [b"{\"a\":1}".to_vec(), b"{}".to_vec()]);
    }
}
