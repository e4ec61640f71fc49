//! A start of a debug adapter without an editor: whether it answers.

use std::{
    io, thread,
    time::{Duration, Instant},
};

use serde_json::json;
use tokio::sync::mpsc::{Receiver, channel};

use super::{
    connection::{self, Connection, Listeners},
    message::{self, Head, Sort},
    provider::PreparedAdapter,
};
use crate::{
    base::{causes::in_full, process::Launcher},
    bridge::{
        child::{self, LAST_ERRORS, LastWords},
        probing::{ProbeAnswer, ProbeError},
        wire::{
            frame::{Incoming, Source},
            outlet::Outlet,
            splice,
        },
    },
};

/// The most bytes of a message: 16 MiB.
const MOST_BYTES: u64 = 16 << 20;

/// The most messages of an adapter that wait to be looked at: one that floods waits.
const MOST_WAITING: usize = 4;

/// How long `disconnect` may take.
const DISCONNECT_TIME: Duration = Duration::from_secs(2);

/// The numbers of the requests.
const INITIALIZE: i64 = 1;
const DISCONNECT: i64 = 2;

/// The ways in which the request ends.
enum Answered {
    Capabilities,
    Refused(String),
    NotDap(String),
    Ended,
}

/// Starts an adapter or connects to it, asks it to `initialize`, and ends the session. It has `most` to answer, and a few
/// seconds more to end, else it is killed. Nothing of it is left.
///
/// # Errors
/// A [`ProbeError`].
pub async fn probe(adapter: &PreparedAdapter, most: Duration) -> Result<ProbeAnswer, ProbeError> {
    let begun = Instant::now();
    let last_words = LastWords::default();
    let listeners = Listeners {
        hear: |_: &str| (),
        onward: None,
        last_words: last_words.clone(),
    };
    let launcher = Launcher::default();
    let opening = connection::open(&launcher, adapter, listeners, |_| ());
    let opened = tokio::time::timeout(most, opening).await;
    let Connection {
        child,
        sink,
        source,
        all_heard,
        ..
    } = opened.map_err(|_| ProbeError::TimedOut {
        request: "initialize",
        time: most,
        last_words: last_words.lines(),
    })??;
    let outlet = Outlet::new(sink, "to the adapter")?;
    let mut heard = listen(source)?;
    let arguments = json!({
        "clientID": "annexe", "clientName": "annexe", "adapterID": "annexe",
        "pathFormat": "path", "linesStartAt1": true, "columnsStartAt1": true
    });
    outlet.send(message::request(INITIALIZE, "initialize", &arguments));
    let answer = tokio::time::timeout(most, answered(INITIALIZE, &mut heard)).await;
    let time = begun.elapsed();
    if let Ok(Answered::Capabilities) = &answer {
        outlet.send(message::request(DISCONNECT, "disconnect", &json!({})));
        let disconnected = answered(DISCONNECT, &mut heard);
        // One that does not is asked by a signal.
        let _ = tokio::time::timeout(DISCONNECT_TIME, disconnected).await;
    }
    outlet.close();
    let status = match (child, &answer) {
        // There is no reason to wait for its own end.
        (Some(child), Err(_)) => child.end(Duration::ZERO).await.ok(),
        (Some(child), Ok(_)) => child::end(child).await.ok(),
        (None, _) => None,
    };
    if let Some(all_heard) = all_heard {
        let _ = tokio::time::timeout(LAST_ERRORS, all_heard).await;
    }
    let last_words = last_words.lines();
    match answer {
        Ok(Answered::Capabilities) => Ok(ProbeAnswer {
            time,
            name: None,
            version: None,
        }),
        Ok(Answered::Refused(message)) => Err(ProbeError::Refused {
            request: "initialize",
            message,
        }),
        Ok(Answered::NotDap(message)) => Err(ProbeError::NotMessages {
            protocol: "DAP",
            message,
            last_words,
        }),
        Ok(Answered::Ended) => Err(ProbeError::Ended { status, last_words }),
        Err(_) => Err(ProbeError::TimedOut {
            request: "initialize",
            time: most,
            last_words,
        }),
    }
}

/// Reads an adapter's messages from a thread of its own: as fast as they are taken.
fn listen(source: Box<dyn Source + Send>) -> io::Result<Receiver<Result<Vec<u8>, String>>> {
    let (sender, heard) = channel(MOST_WAITING);
    let read = move || {
        let mut incoming = Incoming::new(source);
        loop {
            let message = match incoming.next_body(MOST_BYTES) {
                Ok(Some(body)) => Ok(body),
                Ok(None) => return,
                Err(error) => Err(in_full(&error)),
            };
            if sender.blocking_send(message).is_err() {
                return;
            }
        }
    };
    thread::Builder::new()
        .name("from the adapter".into())
        .stack_size(512 << 10)
        .spawn(read)?;
    Ok(heard)
}

/// Waits for the answer to a request.
async fn answered(number: i64, heard: &mut Receiver<Result<Vec<u8>, String>>) -> Answered {
    loop {
        let body = match heard.recv().await {
            Some(Ok(body)) => body,
            Some(Err(problem)) => return Answered::NotDap(problem),
            None => return Answered::Ended,
        };
        let head = match Head::of(&body) {
            Ok(head) => head,
            Err(problem) => return Answered::NotDap(problem),
        };
        if head.sort != Sort::Response || head.request_seq != Some(number) {
            continue;
        }
        if head.success == Some(false) {
            let words: Option<String> = splice::read(&body, &["message"]);
            return Answered::Refused(words.unwrap_or_default());
        }
        return Answered::Capabilities;
    }
}
