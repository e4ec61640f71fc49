//! A trial of a language server without an editor: whether it starts and answers `initialize`.

use std::{
    io,
    time::{Duration, Instant},
};

use serde::de::IgnoredAny;
use serde_json::{Value, json};
use tokio::sync::mpsc::{Receiver as ChannelReceiver, Sender, channel};
use url::Url;

use super::{
    envelope::Kind,
    message,
    provider::PreparedServer,
    pump::{self, Receiver},
};
use crate::{
    base::{causes::in_full, process::Launcher},
    bridge::{
        child::{self, LAST_ERRORS, LastWords, Running},
        probing::{ProbeAnswer, ProbeError},
        wire::{
            frame::{FrameError, framed},
            outlet::Outlet,
            splice,
        },
    },
};

/// The ids of the two requests.
const INITIALIZE: u64 = 1;
const SHUTDOWN: u64 = 2;

/// The most messages of a server that wait to be looked at, each of 32 MiB at most.
const MAX_WAITING: usize = 4;

/// The most settings that one request of a server is answered for.
const MAX_ITEMS: usize = 10_000;

/// How long `shutdown` may take.
const SHUTDOWN_TIME: Duration = Duration::from_secs(2);

/// A message of the server, or the end of its stream.
enum Heard {
    Message(Vec<u8>),
    End(Option<String>),
}

/// Passes on what a server writes, as fast as it is taken: one that floods waits.
struct Listener(Sender<Heard>);

impl Listener {
    fn pass(&self, heard: Heard) {
        // Nobody listens any more at the end.
        let _ = self.0.blocking_send(heard);
    }
}

impl Receiver for Listener {
    fn reads(&self, _: &[u8], _: &Kind) -> bool {
        true
    }

    fn wants_ids(&self) -> bool {
        false
    }

    fn receive(&self, body: Vec<u8>) {
        self.pass(Heard::Message(body));
    }

    fn onward(&self) -> Option<Outlet> {
        None
    }

    fn ended(&self, error: Option<FrameError>) {
        self.pass(Heard::End(error.map(|error| in_full(&error))));
    }
}

/// The ways a request to the server ends.
enum Answered {
    /// The answer, whole.
    Result(Vec<u8>),
    Error(String),
    End(Option<String>),
}

/// Starts a server in its folder, which is the project's root for it, asks it to `initialize` with its options, and has it
/// shut down. It has `most` to answer, and a few seconds more to end, else it is killed. Nothing of it is left.
///
/// # Errors
/// A [`ProbeError`].
pub async fn probe(server: &PreparedServer, most: Duration) -> Result<ProbeAnswer, ProbeError> {
    let root = Url::from_directory_path(&server.folder).map_err(|()| {
        let problem = format!("`{}` is not an absolute path", server.folder.display());
        io::Error::new(io::ErrorKind::InvalidInput, problem)
    })?;
    let begun = Instant::now();
    let launcher = Launcher::default();
    let started = child::start(&launcher, &server.command, &server.folder, &[]).await;
    let Running {
        child: process,
        input,
        output,
        errors,
    } = started.map_err(|source| ProbeError::Start {
        program: server.command.command.clone(),
        source,
    })?;
    let last_words = LastWords::default();
    let all_heard = child::follow_errors(errors, None, |_| (), last_words.clone())?;
    let (sender, mut heard) = channel(MAX_WAITING);
    let outlet = Outlet::new(input, "to the server")?;
    pump::start(output, Listener(sender), "from the server")?;

    let options = server.initialization_options.as_ref();
    outlet.push(&request(INITIALIZE, "initialize", params(&root, options)));
    let answer = tokio::time::timeout(most, answered(INITIALIZE, &mut heard, &outlet)).await;
    let time = begun.elapsed();
    if let Ok(Answered::Result(_)) = &answer {
        outlet.push(&framed(
            br#"{"jsonrpc":"2.0","method":"initialized","params":{}}"#,
        ));
        outlet.push(&request(SHUTDOWN, "shutdown", Value::Null));
        let shut_down = answered(SHUTDOWN, &mut heard, &outlet);
        // One that does not is asked by a signal.
        let _ = tokio::time::timeout(SHUTDOWN_TIME, shut_down).await;
        outlet.push(&framed(br#"{"jsonrpc":"2.0","method":"exit"}"#));
    }
    outlet.close();
    let status = match &answer {
        // There is no reason to wait for its own end.
        Err(_) => process.end(Duration::ZERO).await,
        Ok(_) => child::end(process).await,
    };
    let _ = tokio::time::timeout(LAST_ERRORS, all_heard).await;
    match answer {
        Ok(Answered::Result(answer)) if !has_object(&answer) => Err(ProbeError::NotMessages {
            protocol: "LSP",
            message: "its answer to `initialize` is not an object".into(),
            last_words: last_words.lines(),
        }),
        Ok(Answered::Result(answer)) => Ok(ProbeAnswer {
            time,
            name: splice::read(&answer, &["result", "serverInfo", "name"]),
            version: splice::read(&answer, &["result", "serverInfo", "version"]),
        }),
        Ok(Answered::Error(message)) => Err(ProbeError::Refused {
            request: "initialize",
            message,
        }),
        Ok(Answered::End(Some(message))) => Err(ProbeError::NotMessages {
            protocol: "LSP",
            message,
            last_words: last_words.lines(),
        }),
        Ok(Answered::End(None)) => Err(ProbeError::Ended {
            status: status.ok(),
            last_words: last_words.lines(),
        }),
        Err(_) => Err(ProbeError::TimedOut {
            request: "initialize",
            time: most,
            last_words: last_words.lines(),
        }),
    }
}

/// Waits for the answer to a request, and answers what the server asks meanwhile. Of a message no more is parsed than
/// what is needed of it.
async fn answered(id: u64, heard: &mut ChannelReceiver<Heard>, outlet: &Outlet) -> Answered {
    let id = id.to_string();
    loop {
        let body = match heard.recv().await {
            Some(Heard::Message(body)) => body,
            Some(Heard::End(error)) => return Answered::End(error),
            None => return Answered::End(None),
        };
        if serde_json::from_slice::<IgnoredAny>(&body).is_err() {
            return Answered::End(Some("a message is not JSON".into()));
        }
        let is_call = splice::get(&body, &["method"]).is_some();
        match splice::get(&body, &["id"]) {
            Some(asked) if is_call => {
                // The nothing that each of these may be answered; one for each section that is asked for.
                let items: Option<Vec<IgnoredAny>> = splice::read(&body, &["params", "items"]);
                let nothing = match items {
                    Some(items) => json!(vec![Value::Null; items.len().min(MAX_ITEMS)]),
                    None => Value::Null,
                };
                let asked = String::from_utf8_lossy(asked);
                outlet.send(message::answer(&asked, &nothing));
            }
            Some(answered) if *answered == *id.as_bytes() => {
                return match splice::read(&body, &["error", "message"]) {
                    Some(error) => Answered::Error(error),
                    None => Answered::Result(body),
                };
            }
            _ => {}
        }
    }
}

/// Whether an answer's result is an object.
fn has_object(answer: &[u8]) -> bool {
    splice::get(answer, &["result"]).is_some_and(|result| result.starts_with(b"{"))
}

fn request(id: u64, method: &str, params: Value) -> Vec<u8> {
    let mut request = json!({ "jsonrpc": "2.0", "id": id, "method": method });
    if !params.is_null() {
        request["params"] = params;
    }
    framed(request.to_string().as_bytes())
}

/// An `initialize` with what every editor says.
fn params(root: &Url, options: Option<&Value>) -> Value {
    let mut params = json!({
        "processId": std::process::id(),
        "clientInfo": { "name": "annexe", "version": env!("CARGO_PKG_VERSION") },
        "rootUri": root.as_str(),
        "workspaceFolders": [{ "uri": root.as_str(), "name": "annexe" }],
        "capabilities": {
            "workspace": { "configuration": true, "workspaceFolders": true },
            "textDocument": {
                "synchronization": {},
                "publishDiagnostics": {},
                "hover": { "contentFormat": ["markdown", "plaintext"] },
                "completion": { "completionItem": {} },
            },
        },
    });
    if let Some(options) = options {
        params["initializationOptions"] = options.clone();
    }
    params
}
