//! The outgoing queue of one direction, which has one writer at a time.
//!
//! What both sides write could fill both pipes while each waits for the other to read. So nobody who reads one side
//! waits for the other to read, until a documented number of bytes waits ([`Outlet::push`]). What the stream has room for
//! goes out at once where nothing waits before it, which spares it the way over another thread; all else is written by a
//! thread of the outlet's own.

use std::{
    collections::VecDeque,
    fs::File,
    io,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};

use super::{
    pipe,
    sink::{Sink, write_now},
};

/// How long a message that moves from pipe to pipe waits for room before it is read and queued: 25 ms, in which a side that
/// reads at all has read on.
const FOR_ROOM: Duration = Duration::from_millis(25);

/// The most bytes that wait to be written before the side they come from is not read any further: 16 MiB.
pub(in crate::bridge) const WAITING_BYTES: usize = 16 << 20;

/// The most bytes of the bridge's own messages that wait: 64 MiB. Those who ask that much and read nothing are not
/// answered further.
const OWN_WAITING_BYTES: usize = 64 << 20;

/// The outgoing queue of one direction. Its clones are one; when it is closed, all that waits is written first.
#[derive(Clone)]
pub(in crate::bridge) struct Outlet(Arc<Shared>);

struct Shared {
    state: Mutex<State>,
    /// Something waits to be written, or the end has come: the writer's thread hears.
    work: Condvar,
    /// Something was written: who waits for room hears.
    written: Condvar,
}

struct State {
    sink: Option<Arc<Sink>>,
    is_pipe: bool,
    queue: VecDeque<Vec<u8>>,
    waiting: usize,
    /// Messages of the bridge's own that wait for the end of one that is passed on in parts.
    own: Vec<Vec<u8>>,
    own_waiting: usize,
    is_in_message: bool,
    is_writing: bool,
    /// The other side has not read for some time: what comes is queued.
    is_stalled: bool,
    is_closing: bool,
}

impl Outlet {
    /// An outlet, and the thread that writes what cannot go out at once.
    pub(in crate::bridge) fn new(sink: impl Into<Sink>, name: &str) -> io::Result<Self> {
        let sink = sink.into();
        sink.file().map(pipe::widen);
        let shared = Arc::new(Shared {
            state: Mutex::new(State {
                is_pipe: sink.file().is_some_and(pipe::is_pipe),
                sink: Some(Arc::new(sink)),
                queue: VecDeque::new(),
                waiting: 0,
                own: Vec::new(),
                own_waiting: 0,
                is_in_message: false,
                is_writing: false,
                is_stalled: false,
                is_closing: false,
            }),
            work: Condvar::new(),
            written: Condvar::new(),
        });
        let writer = shared.clone();
        thread::Builder::new()
            .name(name.to_owned())
            .stack_size(128 << 10)
            .spawn(move || writer.write_all())?;
        Ok(Self(shared))
    }

    /// Passes on whole messages. Waits where too much waits already, until there is room.
    pub(in crate::bridge) fn push(&self, bytes: &[u8]) {
        let mut state = self.0.with_room();
        if state.send(bytes) {
            self.0.work.notify_one();
        }
    }

    /// Passes on a part of a message; `is_last` where it ends with it. What is sent of the bridge's own meanwhile comes
    /// after it.
    pub(in crate::bridge) fn push_part(&self, bytes: &[u8], is_last: bool) {
        let mut state = self.0.with_room();
        state.is_in_message = !is_last;
        let mut must_wait = state.send(bytes);
        if is_last {
            for own in std::mem::take(&mut state.own) {
                state.own_waiting -= own.len();
                must_wait |= state.send(&own);
            }
        }
        if must_wait {
            self.0.work.notify_one();
        }
    }

    /// Passes on the next bytes of a message straight out of the pipe that they come over, once there are any; 0 where
    /// they must be read instead, as something else is to be written before them, or there is no room. The message ends
    /// with [`push_part`](Self::push_part) all the same.
    pub(in crate::bridge) fn move_part(&self, source: &File, most: u64) -> u64 {
        pipe::wait_for_bytes(source);
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        let end = Instant::now() + FOR_ROOM;
        let mut state = self.0.with_room();
        while state.is_pipe && !state.is_stalled {
            let sink = state.sink.clone();
            let Some(sink) = sink.as_deref().and_then(Sink::file) else {
                return 0;
            };
            let left = end.saturating_duration_since(Instant::now());
            if state.is_free() {
                // An error is met again where it is written.
                let moved = pipe::move_now(source, sink, most).unwrap_or(0);
                if moved > 0 {
                    return moved as u64;
                }
                drop(state);
                pipe::wait_for_room(sink, left);
                state = self.0.lock();
            } else {
                let waited = self.0.written.wait_timeout(state, left);
                state = waited.unwrap_or_else(PoisonError::into_inner).0;
            }
            // Not waited for again until it reads.
            state.is_stalled |= left.is_zero();
        }
        0
    }

    /// Sends a message of the bridge's own, without waiting. `false` where too many wait.
    pub(in crate::bridge) fn send(&self, message: Vec<u8>) -> bool {
        let mut state = self.0.lock();
        if state.own_waiting + state.waiting + message.len() > OWN_WAITING_BYTES {
            return false;
        }
        if state.is_in_message {
            state.own_waiting += message.len();
            state.own.push(message);
        } else if state.send(&message) {
            self.0.work.notify_one();
        }
        true
    }

    /// Closes the stream once all that waits is written.
    pub(in crate::bridge) fn close(&self) {
        let mut state = self.0.lock();
        state.is_closing = true;
        if state.is_free() {
            state.sink = None;
        }
        self.0.work.notify_one();
        self.0.written.notify_all();
    }

    /// Waits until all is written, or as long as this.
    pub(in crate::bridge) fn flush(&self, patience: Duration) {
        let end = Instant::now() + patience;
        let mut state = self.0.lock();
        while state.sink.is_some() && (state.is_writing || !state.queue.is_empty()) {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            let waited = self.0.written.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

impl State {
    /// Whether nothing is to be written before what comes now.
    fn is_free(&self) -> bool {
        self.queue.is_empty() && !self.is_writing
    }

    /// Writes at once what the stream has room for, and has the rest written by the thread, which is to hear of it then.
    fn send(&mut self, bytes: &[u8]) -> bool {
        let mut left = bytes;
        if let Some(sink) = &self.sink
            && self.is_free()
        {
            match write_now(sink, bytes) {
                Ok(written) => left = &bytes[written..],
                Err(_) => self.sink = None,
            }
        }
        if left.is_empty() {
            return false;
        }
        self.enqueue(left.to_vec());
        true
    }

    fn enqueue(&mut self, bytes: Vec<u8>) {
        // Nobody reads any more: what is written is lost, as in a pipe.
        if self.sink.is_some() {
            self.waiting += bytes.len();
            self.queue.push_back(bytes);
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn with_room(&self) -> MutexGuard<'_, State> {
        let mut state = self.lock();
        while state.waiting > WAITING_BYTES && state.sink.is_some() {
            let waited = self.written.wait(state);
            state = waited.unwrap_or_else(PoisonError::into_inner);
        }
        state
    }

    /// Writes what waits, until the outlet is closed or nobody reads.
    fn write_all(&self) {
        let mut state = self.lock();
        loop {
            let Some(sink) = state.sink.clone() else {
                return;
            };
            let Some(next) = state.queue.pop_front() else {
                if state.is_closing {
                    state.sink = None;
                    self.written.notify_all();
                    return;
                }
                let waited = self.work.wait(state);
                state = waited.unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            state.is_writing = true;
            drop(state);
            let written = sink.write_all(&next);
            drop(sink);
            state = self.lock();
            state.is_writing = false;
            state.is_stalled = false;
            state.waiting -= next.len();
            if written.is_err() {
                state.sink = None;
                state.queue.clear();
                state.waiting = 0;
            }
            self.written.notify_all();
        }
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::{io::Read as _, os::fd::OwnedFd};

    use super::*;

    fn outlet() -> (std::io::PipeReader, Outlet) {
        let (reader, writer) = std::io::pipe().unwrap();
        let sink = File::from(OwnedFd::from(writer));
        (reader, Outlet::new(sink, "test").unwrap())
    }

    #[test]
    fn messages_keep_their_order_however_they_are_written() {
        let (mut reader, outlet) = outlet();
        let mut expected = Vec::new();
        for number in 0..2_000_u32 {
            // Some go at once, some must wait: nobody reads yet.
            let bytes = vec![b'a' + (number % 26) as u8; (number % 7) as usize * 1_000 + 1];
            expected.extend_from_slice(&bytes);
            outlet.push(&bytes);
        }
        outlet.close();
        let mut read = Vec::new();
        reader.read_to_end(&mut read).unwrap();
        assert!(read == expected);
    }

    #[test]
    fn an_own_message_comes_after_the_one_that_is_passed_on_in_parts() {
        let (mut reader, outlet) = outlet();
        outlet.push_part(b"<one ", false);
        assert!(outlet.send(b"own".to_vec()));
        outlet.push_part(b"message>", true);
        outlet.close();
        let mut read = String::new();
        reader.read_to_string(&mut read).unwrap();
        assert_eq!(read, "<one message>own");
    }

    #[test]
    fn own_messages_never_wait_and_are_bounded() {
        let (reader, outlet) = outlet();
        let message = vec![0; 1 << 20];
        let taken = (0..100).filter(|_| outlet.send(message.clone())).count();
        assert!((60..=64).contains(&taken), "{taken}");
        drop(reader);
    }

    #[test]
    fn one_that_nobody_reads_any_more_swallows() {
        let (reader, outlet) = outlet();
        drop(reader);
        for _ in 0..100 {
            outlet.push(&vec![0; 1 << 20]);
        }
        outlet.flush(Duration::from_secs(5));
    }
}
