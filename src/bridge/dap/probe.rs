//! A start of a debug adapter without an editor: whether it answers.

use std::{
    io,
    process::ExitStatus,
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tokio::sync::mpsc::{Receiver, channel};

use super::{
    connection::{self, Connection, Listeners},
    message::{self, Head, Sort},
    provider::PreparedAdapter,
};
use crate::{
    base::{
        causes::in_full,
        hint::{ErrorKind, Hint},
        process::Launcher,
    },
    bridge::{
        child::{self, LAST_ERRORS, LastWords},
        preparation::PreparationError,
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

/// The answer of a debug adapter to `initialize`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ProbeAnswer {
    /// The time from its start to the answer.
    pub time: Duration,
    /// The number of the capabilities that it says it has.
    pub capabilities: usize,
}

/// An error of a debug adapter's start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProbeError {
    /// It can neither be started nor reached.
    #[error(transparent)]
    Start(#[from] PreparationError),
    /// It has ended, or closed its output, before it answered.
    #[error("it has ended before it answered `initialize`{}", how(*status))]
    Ended {
        /// How, where that is known.
        status: Option<ExitStatus>,
        /// The last lines of its standard error, at most ten.
        last_words: Vec<String>,
    },
    /// It has not answered in time.
    #[error("it has not answered `initialize` within {} s", time.as_secs_f64())]
    TimedOut {
        /// The time it was given.
        time: Duration,
        /// The last lines of its standard error, at most ten.
        last_words: Vec<String>,
    },
    /// It has answered with an error.
    #[error("it has refused `initialize`: {message}")]
    Refused {
        /// Its words.
        message: String,
    },
    /// It has written what is not a message.
    #[error("its output is not DAP: {message}")]
    NotDap {
        /// What is wrong.
        message: String,
        /// The last lines of its standard error, at most ten.
        last_words: Vec<String>,
    },
    /// The system gives no thread.
    #[error("it cannot be asked")]
    System(#[from] io::Error),
}

impl ProbeError {
    /// The last lines of the adapter's standard error, at most ten, where it has failed by itself.
    pub fn last_words(&self) -> &[String] {
        match self {
            Self::Ended { last_words, .. }
            | Self::TimedOut { last_words, .. }
            | Self::NotDap { last_words, .. } => last_words,
            _ => &[],
        }
    }
}

impl Hint for ProbeError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Other
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Start(error) => error.hint(),
            _ => None,
        }
    }
}

/// The ways in which the request ends.
enum Answered {
    Capabilities(usize),
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
    if let Ok(Answered::Capabilities(_)) = &answer {
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
        Ok(Answered::Capabilities(capabilities)) => Ok(ProbeAnswer { time, capabilities }),
        Ok(Answered::Refused(message)) => Err(ProbeError::Refused { message }),
        Ok(Answered::NotDap(message)) => Err(ProbeError::NotDap {
            message,
            last_words,
        }),
        Ok(Answered::Ended) => Err(ProbeError::Ended { status, last_words }),
        Err(_) => Err(ProbeError::TimedOut {
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
        let capabilities: Option<Value> = splice::read(&body, &["body"]);
        let capabilities = capabilities.as_ref().and_then(Value::as_object);
        let claimed = |value: &&Value| ![Value::Bool(false), Value::Null].contains(value);
        return Answered::Capabilities(
            capabilities.map_or(0, |it| it.values().filter(claimed).count()),
        );
    }
}

/// The way in which an adapter has ended, after what it has not done.
fn how(status: Option<ExitStatus>) -> String {
    status.map_or_else(String::new, |status| format!(" ({status})"))
}
