//! The connection to a debug adapter: over the standard streams of a program, or over TCP.

use std::{
    fs::File,
    io,
    net::{SocketAddr, TcpStream},
    path::Path,
    time::Duration,
};

use tokio::{sync::oneshot, time::Instant};

use super::provider::PreparedAdapter;
use crate::{
    base::{
        process::{GroupChild, Launcher},
        types::{Command, TcpArguments},
    },
    bridge::{
        child::{self, LastWords, Running},
        preparation::PreparationError,
        wire::{frame::Source, sink::Sink},
    },
};

/// The time between two tries to reach an adapter that listens.
const BETWEEN_TRIES: Duration = Duration::from_millis(50);

/// How long it may take until an adapter listens, where nothing else is said: 10 s.
const TO_LISTEN: Duration = Duration::from_secs(10);

/// The most that it may take, whatever is said: 10 minutes.
const MOST_TO_LISTEN: Duration = Duration::from_secs(600);

/// An adapter that was started or reached.
pub(super) struct Connection {
    /// The program; `None` where the adapter was running already.
    pub(super) child: Option<GroupChild>,
    pub(super) sink: Sink,
    pub(super) source: Box<dyn Source + Send>,
    /// The address at which it was reached.
    pub(super) address: Option<SocketAddr>,
    /// Ready when its standard error has ended.
    pub(super) all_heard: Option<oneshot::Receiver<()>>,
}

/// The listeners to what an adapter writes besides messages.
pub(super) struct Listeners<Hear> {
    /// Hears each line.
    pub(super) hear: Hear,
    /// Where its standard error goes on.
    pub(super) onward: Option<File>,
    pub(super) last_words: LastWords,
}

/// Starts an adapter, or connects to it.
///
/// # Errors
/// Where its program cannot be started, ends before it listens, or nobody listens in time.
pub(super) async fn open<Hear: Fn(&str) + Clone + Send + 'static>(
    launcher: &Launcher,
    prepared: &PreparedAdapter,
    listeners: Listeners<Hear>,
    started: impl FnOnce(Option<u32>),
) -> Result<Connection, PreparationError> {
    let binary = &prepared.binary;
    let last_words = listeners.last_words.clone();
    let program = binary.command.as_ref().map(|program| Command {
        command: program.clone(),
        args: binary.arguments.clone(),
        env: binary.envs.clone(),
    });
    let folder = binary.cwd.as_ref().map_or(&*prepared.folder, Path::new);
    let running = match &program {
        Some(program) => {
            let running = child::start(launcher, program, folder, &[]).await;
            Some(running.map_err(|error| {
                let what = &program.command;
                let place = match error.kind() {
                    io::ErrorKind::NotFound if !folder.is_dir() => {
                        format!(": the folder `{}` is not there", folder.display())
                    }
                    _ => format!(": {error}"),
                };
                PreparationError::new(format!("cannot start `{what}`{place}"))
                    .with_hint(prepared.start_hint.clone())
            })?)
        }
        None => None,
    };
    started(running.as_ref().and_then(|it| it.child.id()));
    match (running, &binary.connection) {
        (Some(running), None) => over_streams(running, listeners),
        (running, Some(connection)) => {
            let mut child = None;
            let mut all_heard = None;
            if let Some(running) = running {
                let heard = follow(running, listeners).map_err(|error| system(&error))?;
                all_heard = Some(heard.1);
                child = Some(heard.0);
            }
            let socket = reach(connection, child.as_mut(), &last_words).await?;
            let source = socket.try_clone().map_err(|error| system(&error))?;
            Ok(Connection {
                child,
                address: Some(SocketAddr::new(connection.host, connection.port)),
                sink: Sink::Socket(socket),
                source: Box::new(source),
                all_heard,
            })
        }
        (None, None) => Err(PreparationError::new(
            "the extension names neither a program nor an address of the debug adapter",
        )),
    }
}

fn over_streams<Hear: Fn(&str) + Send + 'static>(
    running: Running,
    listeners: Listeners<Hear>,
) -> Result<Connection, PreparationError> {
    let Running {
        child,
        input,
        output,
        errors,
    } = running;
    let Listeners {
        hear,
        onward,
        last_words,
    } = listeners;
    let all_heard = child::follow_errors(errors, onward, hear, last_words);
    Ok(Connection {
        child: Some(child),
        sink: input.into(),
        source: Box::new(output),
        address: None,
        all_heard: Some(all_heard.map_err(|error| system(&error))?),
    })
}

/// Follows both outputs of an adapter that speaks elsewhere. Its input is closed.
fn follow<Hear: Fn(&str) + Clone + Send + 'static>(
    running: Running,
    listeners: Listeners<Hear>,
) -> io::Result<(GroupChild, oneshot::Receiver<()>)> {
    let Listeners {
        hear,
        onward,
        last_words,
    } = listeners;
    child::follow_errors(running.output, None, hear.clone(), last_words.clone())?;
    let all_heard = child::follow_errors(running.errors, onward, hear, last_words)?;
    Ok((running.child, all_heard))
}

/// Connects as soon as somebody listens there.
async fn reach(
    connection: &TcpArguments,
    mut child: Option<&mut GroupChild>,
    last_words: &LastWords,
) -> Result<TcpStream, PreparationError> {
    let address = SocketAddr::new(connection.host, connection.port);
    let patience = connection.timeout.map_or(TO_LISTEN, Duration::from_millis);
    let patience = patience.min(MOST_TO_LISTEN);
    let end = Instant::now() + patience;
    loop {
        let trying = tokio::net::TcpStream::connect(address);
        let problem = match tokio::time::timeout_at(end, trying).await {
            Ok(Ok(socket)) => {
                let made = socket.into_std().and_then(|socket| {
                    socket.set_nonblocking(false)?;
                    socket.set_nodelay(true)?;
                    Ok(socket)
                });
                return made.map_err(|error| system(&error));
            }
            Ok(Err(error)) => error.to_string(),
            Err(_) => "nobody answers".into(),
        };
        let ended = async {
            match &mut child {
                // Whatever ends it, it listens no more.
                Some(child) => drop(child.ended().await),
                None => std::future::pending().await,
            }
        };
        let has_ended = tokio::select! {
            () = ended => true,
            () = tokio::time::sleep(BETWEEN_TRIES) => false,
        };
        if has_ended {
            let words = last_words.last();
            let words = match words.is_empty() {
                true => String::new(),
                false => format!("; the last it said: {words}"),
            };
            return Err(PreparationError::new(format!(
                "the debug adapter has ended before it listened at {address}{words}"
            )));
        }
        if Instant::now() >= end {
            let seconds = patience.as_secs_f64();
            return Err(PreparationError::new(format!(
                "the debug adapter cannot be reached at {address} within {seconds} s: {problem}"
            )));
        }
    }
}

fn system(error: &io::Error) -> PreparationError {
    PreparationError::new(format!("the debug adapter cannot be talked to: {error}"))
}
