//! A start of a context server without an agent: whether it answers.

use std::{
    fs::File,
    io::{self, BufReader},
    path::Path,
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tokio::sync::mpsc::{Receiver, channel};

use super::lines::{self, Line};
use crate::{
    base::{process::Launcher, types::Command},
    bridge::{
        child::{self, LAST_ERRORS, LastWords, Running},
        probing::{ProbeAnswer, ProbeError},
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
            })
        }
        Ok(Answered::Error(message)) => Err(ProbeError::Refused {
            request: method,
            message,
        }),
        Ok(Answered::NotMcp(message)) => Err(ProbeError::NotMessages {
            protocol: "MCP",
            message,
            last_words: last_words(),
        }),
        Ok(Answered::Ended) => Err(ProbeError::Ended {
            status: status.ok(),
            last_words: last_words(),
        }),
        Err(_) => Err(ProbeError::TimedOut {
            request: method,
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
