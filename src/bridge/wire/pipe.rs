//! Pipes, and bytes that move from one into another without being copied: `splice`, on Linux. Elsewhere, and between
//! other streams, they are read and written.

use std::{fs::File, io, time::Duration};

/// Whether bytes can move out of this stream, or into it.
pub(in crate::bridge) fn is_pipe(file: &File) -> bool {
    #[cfg(target_os = "linux")]
    return file
        .metadata()
        .is_ok_and(|it| std::os::unix::fs::FileTypeExt::is_fifo(&it.file_type()));
    #[cfg(not(target_os = "linux"))]
    {
        let _ = file;
        false
    }
}

/// The bytes that a pipe of a session holds, where the system lets it: a long message then takes a quarter of the turns that
/// it takes by the usual 64 KiB.
#[cfg(target_os = "linux")]
const PIPE_BYTES: usize = 256 << 10;

/// Gives a pipe more room than it has; another stream, and one for which the system has no more, stays as it is.
pub(in crate::bridge) fn widen(file: &File) {
    #[cfg(target_os = "linux")]
    if rustix::pipe::fcntl_getpipe_size(file).is_ok_and(|room| room < PIPE_BYTES) {
        let _ = rustix::pipe::fcntl_setpipe_size(file, PIPE_BYTES);
    }
    #[cfg(not(target_os = "linux"))]
    let _ = file;
}

/// Moves bytes from one pipe into another, at most as many as this and without waiting; 0 where the one is empty or the
/// other full.
#[cfg(target_os = "linux")]
pub(in crate::bridge) fn move_now(source: &File, sink: &File, most: usize) -> io::Result<usize> {
    use rustix::{
        io::Errno,
        pipe::{SpliceFlags, splice},
    };

    let flags = SpliceFlags::NONBLOCK | SpliceFlags::MOVE;
    match splice(source, None, sink, None, most, flags) {
        Err(Errno::AGAIN | Errno::INTR | Errno::INVAL | Errno::NOSYS) => Ok(0),
        moved => Ok(moved?),
    }
}

#[cfg(not(target_os = "linux"))]
pub(in crate::bridge) fn move_now(_: &File, _: &File, _: usize) -> io::Result<usize> {
    Ok(0)
}

/// Waits until a pipe has bytes to read, or has ended.
pub(in crate::bridge) fn wait_for_bytes(source: &File) {
    #[cfg(target_os = "linux")]
    {
        use rustix::event::{PollFd, PollFlags, poll};

        let _ = poll(&mut [PollFd::new(source, PollFlags::IN)], None);
    }
    #[cfg(not(target_os = "linux"))]
    let _ = source;
}

/// Waits until a pipe has room, or as long as this.
pub(in crate::bridge) fn wait_for_room(sink: &File, patience: Duration) {
    #[cfg(target_os = "linux")]
    {
        use rustix::event::{PollFd, PollFlags, Timespec, poll};

        let patience = Timespec::try_from(patience).unwrap_or_default();
        let _ = poll(&mut [PollFd::new(sink, PollFlags::OUT)], Some(&patience));
    }
    #[cfg(not(target_os = "linux"))]
    let _ = (sink, patience);
}
