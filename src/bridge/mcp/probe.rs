//! A start of a context server without an agent: whether it answers.

use std::{
    fs::File,
    io::{self, BufReader},
    path::Path,
    process::ExitStatus,
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tokio::sync::mpsc::{Receiver, channel};

use super::lines::{self, Line};
use crate::{
    base::{
        hint::{ErrorKind, Hint},
        process::Launcher,
        types::Command,
    },
    bridge::{
        child::{self, LAST_ERRORS, LastWords, Running},
        wire::outlet::Outlet,
    },
};

/// The version of the protocol that is asked for; a server answers with the one that it has.
const PROTOCOL: &str = "2025-06-18";

/// The most lines of a server that wait to be looked at: one that floods waits.
const MOST_WAITING: usize = 4;

/// The ids of the requests.
const INITIALIZE: u64 = 1;
const PING: u64 = 2;

/// The answer of a context server to `initialize`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ProbeAnswer {
    /// The time from its start to the answer.
    pub time: Duration,
    /// Its name for itself. The server's text: escape it before showing it in a terminal.
    pub name: Option<String>,
    /// Its version. The server's text as well.
    pub version: Option<String>,
    /// The version of the protocol that it speaks. The server's text as well.
    pub protocol: Option<String>,
}

/// An error of a context server's start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProbeError {
    /// Its program cannot be started.
    #[error("`{program}` cannot be started")]
    Start {
        /// The program.
        program: String,
        /// The system's error.
        source: io::Error,
    },
    /// It has ended, or closed its output, before it answered.
    #[error("it has ended before it answered `initialize`{}", how(*status))]
    Ended {
        /// How, where that is known.
        status: Option<ExitStatus>,
        /// The last lines of its standard error, at most ten.
        last_words: Vec<String>,
    },
    /// It has not answered in time.
    #[error("it has not answered `{method}` within {} s", time.as_secs_f64())]
    TimedOut {
        /// The request.
        method: &'static str,
        /// The time it was given.
        time: Duration,
        /// The last lines of its standard error, at most ten.
        last_words: Vec<String>,
    },
    /// It has answered with an error.
    #[error("it has refused `{method}`: {message}")]
    Refused {
        /// The request.
        method: &'static str,
        /// Its words.
        message: String,
    },
    /// It has written what is not a message.
    #[error("its output is not MCP: {message}")]
    NotMcp {
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
    /// The last lines of the server's standard error, at most ten, where it has failed by itself.
    pub fn last_words(&self) -> &[String] {
        match self {
            Self::Ended { last_words, .. }
            | Self::TimedOut { last_words, .. }
            | Self::NotMcp { last_words, .. } => last_words,
            _ => &[],
        }
    }
}

impl Hint for ProbeError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Start { source, .. } if source.kind() == io::ErrorKind::NotFound => {
                ErrorKind::NotFound
            }
            _ => ErrorKind::Other,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::NotMcp { .. } => {
                Some("it must write nothing but messages to its standard output".into())
            }
            _ => None,
        }
    }
}

/// The ways in which a request to the server ends.
enum Answered {
    Result(Value),
    Error(String),
    NotMcp(String),
    Ended,
}

/// Starts a server in a folder, `without` some variables of this process, asks it to `initialize` and for a `ping`, and
/// closes its input. It has `most` for each answer, and a few seconds more to end, else it is killed. Nothing of it is left.
///
/// # Errors
/// A [`ProbeError`].
pub async fn probe(
    command: &Command,
    without: &[String],
    folder: &Path,
    most: Duration,
) -> Result<ProbeAnswer, ProbeError> {
    let begun = Instant::now();
    let launcher = Launcher::default();
    let started = child::start(&launcher, command, folder, without).await;
    let Running {
        child: process,
        input,
        output,
        errors,
    } = started.map_err(|source| ProbeError::Start {
        program: command.command.clone(),
        source,
    })?;
    let last_words = LastWords::default();
    let all_heard = child::follow_errors(errors, None, |_| (), last_words.clone())?;
    let mut server = Server {
        outlet: Outlet::new(input, "to the server")?,
        lines: listen(output)?,
    };
    let asked = tokio::time::timeout(most, server.initialize()).await;
    let time = begun.elapsed();
    let (asked, method) = match asked {
        Ok(Answered::Result(answer)) => {
            let ping = tokio::time::timeout(most, server.ping()).await;
            let ping = ping.map(|ping| match ping {
                Answered::Result(_) => Answered::Result(answer),
                failed => failed,
            });
            (ping, "ping")
        }
        failed => (failed, "initialize"),
    };
    server.outlet.close();
    drop(server);
    let status = match &asked {
        // There is no reason to wait for its own end.
        Err(_) => process.end(Duration::ZERO).await,
        Ok(_) => child::end(process).await,
    };
    let _ = tokio::time::timeout(LAST_ERRORS, all_heard).await;
    let last_words = || last_words.lines();
    match asked {
        Ok(Answered::Result(answer)) => {
            let text = |value: &Value| value.as_str().map(str::to_owned);
            let info = &answer["serverInfo"];
            Ok(ProbeAnswer {
                time,
                name: text(&info["name"]),
                version: text(&info["version"]),
                protocol: text(&answer["protocolVersion"]),
            })
        }
        Ok(Answered::Error(message)) => Err(ProbeError::Refused { method, message }),
        Ok(Answered::NotMcp(message)) => Err(ProbeError::NotMcp {
            message,
            last_words: last_words(),
        }),
        Ok(Answered::Ended) => Err(ProbeError::Ended {
            status: status.ok(),
            last_words: last_words(),
        }),
        Err(_) => Err(ProbeError::TimedOut {
            method,
            time: most,
            last_words: last_words(),
        }),
    }
}

/// A server that runs.
struct Server {
    outlet: Outlet,
    lines: Receiver<Line>,
}

impl Server {
    async fn initialize(&mut self) -> Answered {
        let info = json!({ "name": "annexe", "version": env!("CARGO_PKG_VERSION") });
        let params = json!({ "protocolVersion": PROTOCOL, "capabilities": {}, "clientInfo": info });
        self.write(&json!({
            "jsonrpc": "2.0", "id": INITIALIZE, "method": "initialize", "params": params
        }));
        match self.answer(INITIALIZE).await {
            Answered::Result(answer) if !answer.is_object() => {
                Answered::NotMcp("its answer to `initialize` is not an object".into())
            }
            answered => answered,
        }
    }

    async fn ping(&mut self) -> Answered {
        self.write(&json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }));
        self.write(&json!({ "jsonrpc": "2.0", "id": PING, "method": "ping" }));
        self.answer(PING).await
    }

    /// Writes a message, without waiting for a server that does not read: then the answer will be missing.
    fn write(&self, message: &Value) {
        self.outlet.send(format!("{message}\n").into_bytes());
    }

    /// Waits for the answer to a request, and answers what the server asks meanwhile.
    async fn answer(&mut self, id: u64) -> Answered {
        loop {
            let line = match self.lines.recv().await {
                None => return Answered::Ended,
                Some(Line::TooLong) => return Answered::NotMcp("a line is too long".into()),
                Some(Line::Whole(line)) => line,
            };
            if line.trim_ascii().is_empty() {
                continue;
            }
            let Ok(message) = serde_json::from_slice::<Value>(&line) else {
                let beginning = String::from_utf8_lossy(&line[..line.len().min(80)]).into_owned();
                let beginning = beginning.escape_debug();
                return Answered::NotMcp(format!("what came is not a message: `{beginning}`"));
            };
            match (message.get("method"), message.get("id")) {
                (Some(method), Some(asked)) => {
                    let answer = match method.as_str() {
                        Some("ping") => json!({ "jsonrpc": "2.0", "id": asked, "result": {} }),
                        _ => json!({
                            "jsonrpc": "2.0", "id": asked,
                            "error": { "code": -32601, "message": "annexe has no such method" }
                        }),
                    };
                    self.write(&answer);
                }
                (None, Some(answered)) if *answered == id => {
                    let error = message.get("error");
                    return match error {
                        Some(error) => Answered::Error(
                            error["message"].as_str().unwrap_or("without a word").into(),
                        ),
                        None => Answered::Result(message["result"].clone()),
                    };
                }
                _ => {}
            }
        }
    }
}

/// Reads a server's lines from a thread of its own.
fn listen(output: File) -> io::Result<Receiver<Line>> {
    let (sender, lines) = channel(MOST_WAITING);
    let read = move || {
        let mut output = BufReader::new(output);
        // A stream that breaks has ended.
        while let Ok(Some(line)) = lines::next(&mut output) {
            if sender.blocking_send(line).is_err() {
                return;
            }
        }
    };
    thread::Builder::new()
        .name("from the server".into())
        .stack_size(256 << 10)
        .spawn(read)?;
    Ok(lines)
}

/// The way in which a server has ended, after what it has not done.
fn how(status: Option<ExitStatus>) -> String {
    status.map_or_else(String::new, |status| format!(" ({status})"))
}
