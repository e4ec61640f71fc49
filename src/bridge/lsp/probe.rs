//! A check without an editor: whether a language server starts and answers `initialize`.

use std::{
    io,
    process::ExitStatus,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use url::Url;

use super::{
    envelope::Kind,
    frame::{FrameError, framed},
    message,
    outlet::Outlet,
    provider::PreparedServer,
    pump::{self, Receiver},
    server::{self, LastWords, Server},
};
use crate::base::{
    causes::in_full,
    hint::{ErrorKind, Hint},
    process::Launcher,
};

/// The ids of the two requests.
const INITIALIZE: u64 = 1;
const SHUTDOWN: u64 = 2;

/// How long `shutdown` may take.
const SHUTDOWN_TIME: Duration = Duration::from_secs(2);

/// How long the rest of a standard error is waited for when the server has ended.
const LAST_ERRORS: Duration = Duration::from_millis(500);

/// The answer of a language server to `initialize`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ProbeAnswer {
    /// The time from its start to the answer.
    pub time: Duration,
    /// The server's name for itself. Its own text: escape it before showing it in a terminal.
    pub name: Option<String>,
    /// The server's version, as it says it. Its own text too.
    pub version: Option<String>,
}

/// A language server's failure to answer `initialize`. What comes from the server is its own text: escape it before showing
/// it in a terminal.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProbeError {
    /// Its program cannot be started.
    #[error("cannot start `{program}`")]
    Start {
        /// The program.
        program: String,
        /// The system's error.
        #[source]
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
    #[error("its output is not LSP: {message}")]
    NotLsp {
        /// What is wrong.
        message: String,
        /// The last lines of its standard error, at most ten.
        last_words: Vec<String>,
    },
    /// The system gives no thread, or the folder has no address.
    #[error("it cannot be asked")]
    System(#[from] io::Error),
}

impl ProbeError {
    /// The last lines of the server's standard error, at most ten, where it has failed by itself.
    pub fn last_words(&self) -> &[String] {
        match self {
            Self::Ended { last_words, .. }
            | Self::TimedOut { last_words, .. }
            | Self::NotLsp { last_words, .. } => last_words,
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
            Self::NotLsp { .. } => {
                Some("it may want an argument such as `--stdio` to speak LSP there".into())
            }
            _ => None,
        }
    }
}

/// An event of the server's stream.
enum Came {
    Message(Vec<u8>),
    End(Option<String>),
}

struct Listener(UnboundedSender<Came>);

impl Receiver for Listener {
    fn reads(&self, _: &[u8], _: &Kind) -> bool {
        true
    }

    fn wants_ids(&self) -> bool {
        false
    }

    fn receive(&self, body: Vec<u8>) {
        // Nobody listens any more at the end.
        let _ = self.0.send(Came::Message(body));
    }

    fn onward(&self) -> Option<Outlet> {
        None
    }

    fn ended(&self, error: Option<FrameError>) {
        let _ = self.0.send(Came::End(error.map(|error| in_full(&error))));
    }
}

/// The ways a request to the server ends.
enum Answered {
    Result(Value),
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
    let started = server::start(&launcher, server).await;
    let Server {
        child,
        input,
        output,
        errors,
    } = started.map_err(|source| ProbeError::Start {
        program: server.command.command.clone(),
        source,
    })?;
    let last_words = LastWords::default();
    let all_heard = server::follow_errors(errors, None, |_| (), last_words.clone())?;
    let (sender, mut came) = unbounded_channel();
    let outlet = Outlet::new(input, "to the server")?;
    pump::start(output, Listener(sender), "from the server")?;

    let options = server.initialization_options.as_ref();
    outlet.push(&request(INITIALIZE, "initialize", params(&root, options)));
    let answer = tokio::time::timeout(most, answered(INITIALIZE, &mut came, &outlet)).await;
    let time = begun.elapsed();
    if let Ok(Answered::Result(_)) = &answer {
        outlet.push(&framed(
            br#"{"jsonrpc":"2.0","method":"initialized","params":{}}"#,
        ));
        outlet.push(&request(SHUTDOWN, "shutdown", Value::Null));
        let shut_down = answered(SHUTDOWN, &mut came, &outlet);
        // One that does not is asked by a signal.
        let _ = tokio::time::timeout(SHUTDOWN_TIME, shut_down).await;
        outlet.push(&framed(br#"{"jsonrpc":"2.0","method":"exit"}"#));
    }
    outlet.close();
    let status = match &answer {
        // There is no reason to wait for its own end.
        Err(_) => child.end(Duration::ZERO).await,
        Ok(_) => server::end(child).await,
    };
    let _ = tokio::time::timeout(LAST_ERRORS, all_heard).await;
    match answer {
        Ok(Answered::Result(result)) if !result.is_object() => Err(ProbeError::NotLsp {
            message: "its answer to `initialize` is not an object".into(),
            last_words: last_words.lines(),
        }),
        Ok(Answered::Result(result)) => Ok(ProbeAnswer {
            time,
            name: text(&result, "/serverInfo/name"),
            version: text(&result, "/serverInfo/version"),
        }),
        Ok(Answered::Error(message)) => Err(ProbeError::Refused { message }),
        Ok(Answered::End(Some(message))) => Err(ProbeError::NotLsp {
            message,
            last_words: last_words.lines(),
        }),
        Ok(Answered::End(None)) => Err(ProbeError::Ended {
            status: status.ok(),
            last_words: last_words.lines(),
        }),
        Err(_) => Err(ProbeError::TimedOut {
            time: most,
            last_words: last_words.lines(),
        }),
    }
}

/// Waits for the answer to a request, and answers what the server asks meanwhile.
async fn answered(id: u64, came: &mut UnboundedReceiver<Came>, outlet: &Outlet) -> Answered {
    loop {
        let body = match came.recv().await {
            Some(Came::Message(body)) => body,
            Some(Came::End(error)) => return Answered::End(error),
            None => return Answered::End(None),
        };
        let Ok(mut message) = serde_json::from_slice::<Value>(&body) else {
            return Answered::End(Some("a message is not JSON".into()));
        };
        let is_call = message.get("method").is_some();
        match message.get("id") {
            Some(asked) if is_call => {
                // The nothing that each of these may be answered; one for each section that is asked for.
                let items = message.pointer("/params/items").and_then(Value::as_array);
                let nothing =
                    items.map_or(Value::Null, |items| json!(vec![Value::Null; items.len()]));
                outlet.send(message::answer(&asked.to_string(), &nothing));
            }
            Some(answered) if *answered == id => {
                return match text(&message, "/error/message") {
                    Some(error) => Answered::Error(error),
                    None => Answered::Result(message["result"].take()),
                };
            }
            _ => {}
        }
    }
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

fn text(value: &Value, pointer: &str) -> Option<String> {
    let text = value.pointer(pointer)?.as_str()?;
    Some(text.to_owned())
}

/// The way in which a server has ended, after what it has not done.
fn how(status: Option<ExitStatus>) -> String {
    status.map_or_else(String::new, |status| format!(" ({status})"))
}
