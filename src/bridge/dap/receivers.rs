//! The two streams of a session, each read by a thread of its own.

use std::{io, sync::Arc, thread};

use super::session::{Session, SessionEvent};
use crate::{
    base::causes::in_full,
    bridge::wire::frame::{Incoming, Source},
};

/// The most bytes of a message: 64 MiB.
const MOST_BYTES: u64 = 64 << 20;

/// The side that a stream comes from.
#[derive(Debug, Clone, Copy)]
pub(super) enum Side {
    Client,
    Adapter,
}

/// Reads a side's messages until its stream ends.
///
/// # Errors
/// The system's error where there can be no thread.
pub(super) fn listen(
    source: impl Source + Send + 'static,
    side: Side,
    session: Arc<Session>,
) -> io::Result<()> {
    let name = match side {
        Side::Client => "from the editor",
        Side::Adapter => "from the adapter",
    };
    let read = move || {
        let mut incoming = Incoming::new(source);
        let error = loop {
            match incoming.next_body(MOST_BYTES) {
                Ok(Some(body)) => {
                    let heard = match side {
                        Side::Client => session.hear_client(body),
                        Side::Adapter => session.hear_adapter(body),
                    };
                    if let Err(error) = heard {
                        break Some(error);
                    }
                }
                Ok(None) => break None,
                Err(error) => break Some(in_full(&error)),
            }
        };
        session.tell(match side {
            Side::Client => SessionEvent::ClientGone(error),
            Side::Adapter => SessionEvent::AdapterGone(error),
        });
    };
    thread::Builder::new()
        .name(name.to_owned())
        .stack_size(512 << 10)
        .spawn(read)?;
    Ok(())
}
