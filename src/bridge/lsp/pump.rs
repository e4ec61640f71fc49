//! The passing of messages from one stream to the other: most pass as they came, and are not even looked at past their
//! method.

use std::thread;

use super::envelope::{Kind, Scanned, Scanner};
use crate::bridge::wire::{
    frame::{BUFFER_BYTES, Frame, FrameError, Incoming, Source},
    outlet::Outlet,
};

/// The most bytes of a message that are held back to know what it is: none that is read here is longer. 1 MiB.
const LOOKED_AT: usize = 1 << 20;

/// The most bytes of a message that is read here: 32 MiB.
const READ_WHOLE: u64 = 32 << 20;

/// The side of a session that a stream's messages are for.
pub(super) trait Receiver {
    /// Whether a message is read here. The rest passes.
    fn reads(&self, body: &[u8], kind: &Kind) -> bool;

    /// Whether it matters which request an answer is for.
    fn wants_ids(&self) -> bool;

    /// Takes a message that is read here.
    fn receive(&self, body: Vec<u8>);

    /// The way on for what passes; `None` where it leads nowhere.
    fn onward(&self) -> Option<Outlet>;

    /// Learns that a message was too long to be read here, and that there is no way on for it.
    fn lose(&self) {}

    /// Hears that the stream has ended, or what is wrong with it.
    fn ended(&self, error: Option<FrameError>);
}

/// Passes a stream's messages on from a thread of its own, until it ends.
pub(super) fn start(
    source: impl Source + Send + 'static,
    receiver: impl Receiver + Send + 'static,
    name: &str,
) -> std::io::Result<()> {
    let pump = move || {
        let mut incoming = Incoming::new(source);
        let error = run(&mut incoming, &receiver).err();
        receiver.ended(error);
    };
    thread::Builder::new()
        .name(name.to_owned())
        .stack_size(256 << 10)
        .spawn(pump)?;
    Ok(())
}

fn run(incoming: &mut Incoming<impl Source>, receiver: &impl Receiver) -> Result<(), FrameError> {
    loop {
        pass_buffered(incoming, receiver)?;
        match incoming.frame_at(0)? {
            Some(frame) if frame.length() > BUFFER_BYTES as u64 => {
                pass_long(incoming, frame, receiver)?;
            }
            _ if incoming.fill()? => {}
            _ if incoming.buffered().is_empty() => return Ok(()),
            _ => return Err(FrameError::Cut),
        }
    }
}

/// Passes on the messages that have come whole: those in a row that are not read here in one piece.
fn pass_buffered(
    incoming: &mut Incoming<impl Source>,
    receiver: &impl Receiver,
) -> Result<(), FrameError> {
    loop {
        let mut passing = 0;
        let mut read_here = None;
        while let Some(frame) = incoming.frame_at(passing)? {
            let body = passing + frame.header;
            let rest = incoming.buffered().get(body..).unwrap_or_default();
            let Some(text) = usize::try_from(frame.body)
                .ok()
                .and_then(|length| rest.get(..length))
            else {
                break;
            };
            let mut scanner = Scanner::default();
            let kind = match scanner.scan(text, receiver.wants_ids()) {
                Scanned::Known(kind) => kind,
                Scanned::More => Kind::Other,
            };
            if receiver.reads(text, &kind) {
                read_here = Some((text.to_vec(), frame.header + text.len()));
                break;
            }
            passing = body + text.len();
        }
        if passing > 0 {
            if let Some(onward) = receiver.onward() {
                onward.push(&incoming.buffered()[..passing]);
            }
            incoming.consume(passing);
        }
        let Some((body, length)) = read_here else {
            return Ok(());
        };
        incoming.consume(length);
        receiver.receive(body);
    }
}

/// Passes on a message that is longer than the buffer, in parts as soon as it is known that it is not read here.
fn pass_long(
    incoming: &mut Incoming<impl Source>,
    frame: Frame,
    receiver: &impl Receiver,
) -> Result<(), FrameError> {
    let mut held = Vec::with_capacity(BUFFER_BYTES);
    let mut left = frame.length();
    let mut scanner = Scanner::default();
    let kind = loop {
        left -= incoming.take(left, &mut held)?;
        let text = held.get(frame.header..).unwrap_or_default();
        match scanner.scan(text, receiver.wants_ids()) {
            Scanned::Known(kind) => break kind,
            Scanned::More if left == 0 || held.len() > LOOKED_AT => break scanner.so_far(),
            Scanned::More => {}
        }
    };
    let text = held.get(frame.header..).unwrap_or_default();
    if frame.body <= READ_WHOLE && receiver.reads(text, &kind) {
        while left > 0 {
            left -= incoming.take(left, &mut held)?;
        }
        held.drain(..frame.header);
        receiver.receive(held);
        return Ok(());
    }
    let onward = receiver.onward();
    if onward.is_none() {
        receiver.lose();
    }
    loop {
        if let Some(onward) = &onward
            && (left == 0 || !held.is_empty())
        {
            onward.push_part(&held, left == 0);
        }
        if left == 0 {
            return Ok(());
        }
        held.clear();
        if let Some(onward) = &onward
            && let Some(pipe) = incoming.pipe()
        {
            let moved = onward.move_part(pipe, left);
            left -= moved;
            if moved > 0 {
                continue;
            }
        }
        if let Err(error) = incoming.take(left, &mut held).map(|count| left -= count) {
            // It will never be whole: what waits for its end is sent.
            if let Some(onward) = &onward {
                onward.push_part(&[], true);
            }
            return Err(error);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;
    use crate::bridge::wire::frame::framed;

    /// Reads calls of `mine`, and passes all else on.
    #[derive(Clone)]
    struct Mine {
        onward: Outlet,
        heard: Arc<Mutex<Vec<usize>>>,
    }

    impl Receiver for Mine {
        fn reads(&self, body: &[u8], kind: &Kind) -> bool {
            matches!(kind, Kind::Call { method } if &body[method.clone()] == b"mine")
        }

        fn wants_ids(&self) -> bool {
            true
        }

        fn receive(&self, body: Vec<u8>) {
            self.heard.lock().unwrap().push(body.len());
        }

        fn onward(&self) -> Option<Outlet> {
            Some(self.onward.clone())
        }

        fn ended(&self, _: Option<FrameError>) {}
    }

    impl Source for &[u8] {}

    /// A pipe, as the bridge has them.
    fn pipe() -> (std::fs::File, std::fs::File) {
        let (reader, writer) = std::io::pipe().unwrap();
        #[cfg(unix)]
        return (
            std::os::fd::OwnedFd::from(reader).into(),
            std::os::fd::OwnedFd::from(writer).into(),
        );
        #[cfg(windows)]
        return (
            std::os::windows::io::OwnedHandle::from(reader).into(),
            std::os::windows::io::OwnedHandle::from(writer).into(),
        );
    }

    /// Messages of many lengths: all of them, those that pass, and the lengths of those that are read here.
    fn messages() -> (Vec<u8>, Vec<u8>, Vec<usize>) {
        let call = |method: &str, length: usize, first: bool| {
            let text = "x".repeat(length);
            let body = match first {
                true => format!(r#"{{"method":"{method}","params":"{text}"}}"#),
                false => {
                    format!(r#"{{"params":["{text}",{{"method":"mine"}}],"method":"{method}"}}"#)
                }
            };
            framed(body.as_bytes())
        };
        let (mut all, mut passing, mut lengths) = (Vec::new(), Vec::new(), Vec::new());
        for length in [1, 60_000, 65_000, 70_000, 900_000, 5_000_000] {
            for first in [true, false] {
                let other = call("other", length, first);
                all.extend_from_slice(&other);
                passing.extend_from_slice(&other);
                let mine = call("mine", length, first);
                all.extend_from_slice(&mine);
                // One that is not known by its first part is let through.
                if length > LOOKED_AT && !first {
                    passing.extend_from_slice(&mine);
                } else {
                    lengths.push(mine.len() - mine.iter().position(|it| *it == b'{').unwrap());
                }
            }
        }
        (all, passing, lengths)
    }

    /// Runs it over a source: what passes, the lengths of what is read here, and how it ends.
    fn run_over(source: impl Source) -> (Vec<u8>, Vec<usize>, Result<(), FrameError>) {
        let (mut reader, sink) = pipe();
        let onward = Outlet::new(sink, "test").unwrap();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let receiver = Mine {
            onward: onward.clone(),
            heard: heard.clone(),
        };
        let reading = thread::spawn(move || {
            let mut read = Vec::new();
            std::io::Read::read_to_end(&mut reader, &mut read).unwrap();
            read
        });
        let ended = run(&mut Incoming::new(source), &receiver);
        onward.close();
        let heard = heard.lock().unwrap().clone();
        (reading.join().unwrap(), heard, ended)
    }

    #[test]
    fn what_is_not_read_here_passes_byte_for_byte_whatever_its_length() {
        let (all, passing, lengths) = messages();
        let (passed, heard, ended) = run_over(&*all);
        assert!(passed == passing && heard == lengths);
        ended.unwrap();
        // Out of a pipe, the long ones are not read at all.
        let (source, mut writer) = pipe();
        let writing = thread::spawn(move || {
            std::io::Write::write_all(&mut writer, &all).unwrap();
        });
        let (passed, heard, ended) = run_over(source);
        writing.join().unwrap();
        assert!(passed == passing && heard == lengths);
        ended.unwrap();
    }

    #[test]
    fn a_message_that_ends_too_early_is_an_error() {
        let (all, ..) = messages();
        let cut = &all[..all.len() - 1];
        let (.., ended) = run_over(cut);
        assert!(matches!(ended, Err(FrameError::Cut)));
        let (source, mut writer) = pipe();
        let of_writer = cut.to_vec();
        let writing = thread::spawn(move || {
            std::io::Write::write_all(&mut writer, &of_writer).unwrap();
        });
        let (.., ended) = run_over(source);
        writing.join().unwrap();
        assert!(matches!(ended, Err(FrameError::Cut)));
    }
}
