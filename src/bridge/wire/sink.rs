//! Streams that are written to, and writes to them that never wait.

use std::{
    fs::File,
    io::{self, Write as _},
    net::TcpStream,
};

/// A stream that is written to.
#[derive(Debug)]
pub(in crate::bridge) enum Sink {
    File(File),
    Socket(TcpStream),
}

impl From<File> for Sink {
    fn from(file: File) -> Self {
        Self::File(file)
    }
}

impl Sink {
    /// The file that it is.
    pub(in crate::bridge) fn file(&self) -> Option<&File> {
        match self {
            Self::File(file) => Some(file),
            Self::Socket(_) => None,
        }
    }

    /// Writes all of it, for as long as that takes.
    ///
    /// # Errors
    /// The system's error.
    pub(in crate::bridge) fn write_all(&self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Self::File(file) => (&*file).write_all(bytes),
            Self::Socket(socket) => (&*socket).write_all(bytes),
        }
    }
}

/// The other side hears the end, though the socket is still read.
impl Drop for Sink {
    fn drop(&mut self) {
        if let Self::Socket(socket) = self {
            // It has ended anyway where the other side has gone.
            let _ = socket.shutdown(std::net::Shutdown::Write);
        }
    }
}

#[cfg(unix)]
impl std::os::fd::AsFd for Sink {
    fn as_fd(&self) -> std::os::fd::BorrowedFd<'_> {
        match self {
            Self::File(file) => file.as_fd(),
            Self::Socket(socket) => socket.as_fd(),
        }
    }
}

/// Writes as much as can be written without waiting; 0 bytes where that is none, or cannot be known here.
///
/// The stream stays in blocking mode, which belongs to all who share it, such as the editor.
pub(in crate::bridge) fn write_now(sink: &Sink, bytes: &[u8]) -> io::Result<usize> {
    #[cfg(target_os = "linux")]
    if let Some(written) = write_without_waiting(sink, bytes)? {
        return Ok(written);
    }
    write_if_short(sink, bytes)
}

/// `None` where the kernel cannot do it for this stream: for pipes, Linux can from 6.4 on.
#[cfg(target_os = "linux")]
fn write_without_waiting(sink: &Sink, bytes: &[u8]) -> io::Result<Option<usize>> {
    use rustix::io::{Errno, ReadWriteFlags, pwritev2};

    /// In place of an offset: where the stream is.
    const HERE: u64 = u64::MAX;
    let slice = [io::IoSlice::new(bytes)];
    match pwritev2(sink, &slice, HERE, ReadWriteFlags::NOWAIT) {
        Ok(written) => Ok(Some(written)),
        Err(Errno::AGAIN | Errno::INTR) => Ok(Some(0)),
        Err(Errno::OPNOTSUPP | Errno::NOSYS | Errno::INVAL | Errno::SPIPE) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// A stream that is ready takes a few bytes without letting its writer wait.
#[cfg(unix)]
fn write_if_short(sink: &Sink, bytes: &[u8]) -> io::Result<usize> {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};

    /// Linux is ready where a page is free, others where this is, by POSIX at least.
    const AT_ONCE: usize = if cfg!(target_os = "linux") {
        4 << 10
    } else {
        512
    };
    if bytes.len() > AT_ONCE {
        return Ok(0);
    }
    let mut polled = [PollFd::new(sink, PollFlags::OUT)];
    let now = Timespec::default();
    if poll(&mut polled, Some(&now)).is_ok() && polled[0].revents().contains(PollFlags::OUT) {
        sink.write_all(bytes)?;
        return Ok(bytes.len());
    }
    Ok(0)
}

#[cfg(not(unix))]
fn write_if_short(_: &Sink, _: &[u8]) -> io::Result<usize> {
    Ok(0)
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use std::{
        net::{TcpListener, TcpStream},
        os::fd::OwnedFd,
    };

    use super::*;

    #[test]
    fn a_full_stream_takes_what_it_has_room_for_and_then_nothing() {
        let (mut from_pipe, pipe) = io::pipe().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut from_socket = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (socket, _) = listener.accept().unwrap();
        let bytes = vec![b'x'; 64 << 20];
        let streams: [(&mut dyn io::Read, Sink); 2] = [
            (&mut from_pipe, File::from(OwnedFd::from(pipe)).into()),
            (&mut from_socket, Sink::Socket(socket)),
        ];
        for (source, sink) in streams {
            let mut all = 0;
            loop {
                let written = write_now(&sink, &bytes).unwrap();
                if written == 0 {
                    break;
                }
                all += written;
            }
            assert!(all > 0 && all < bytes.len(), "{all}");
            // It waits again as it did before.
            let waiting = std::thread::spawn(move || sink.write_all(b"end"));
            let mut read = Vec::new();
            source.read_to_end(&mut read).unwrap();
            waiting.join().unwrap().unwrap();
            assert_eq!(read.len(), all + 3);
        }
    }

    #[test]
    fn a_stream_that_nobody_reads_any_more_is_an_error() {
        let (reader, writer) = io::pipe().unwrap();
        drop(reader);
        let sink = Sink::from(File::from(OwnedFd::from(writer)));
        assert_eq!(
            write_now(&sink, b"x").unwrap_err().kind(),
            io::ErrorKind::BrokenPipe
        );
    }
}
