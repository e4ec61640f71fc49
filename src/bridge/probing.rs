//! The outcome of a start without an editor or an agent.

use std::{io, process::ExitStatus, time::Duration};

use super::preparation::PreparationError;
use crate::base::hint::{ErrorKind, Hint};

/// The answer of a server or a debug adapter to `initialize`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ProbeAnswer {
    /// The time from its start to the answer.
    pub time: Duration,
    /// Its name for itself; a debug adapter has none. The server's text: escape it before showing it in a terminal.
    pub name: Option<String>,
    /// Its version. The server's text as well.
    pub version: Option<String>,
}

/// An error of the start of a server or a debug adapter.
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
    /// A debug adapter can neither be started nor reached.
    #[error(transparent)]
    Unprepared(#[from] PreparationError),
    /// It has ended, or closed its output, before it answered.
    #[error("it has ended before it answered `initialize`{}", how(*status))]
    Ended {
        /// How, where that is known.
        status: Option<ExitStatus>,
        /// The last lines of its standard error, at most ten.
        last_words: Vec<String>,
    },
    /// It has not answered in time.
    #[error("it has not answered `{request}` within {} s", time.as_secs_f64())]
    TimedOut {
        /// What it was asked.
        request: &'static str,
        /// The time it was given.
        time: Duration,
        /// The last lines of its standard error, at most ten.
        last_words: Vec<String>,
    },
    /// It has answered with an error.
    #[error("it has refused `{request}`: {message}")]
    Refused {
        /// What it was asked.
        request: &'static str,
        /// Its words.
        message: String,
    },
    /// It has written what is not a message.
    #[error("its output is not {protocol}: {message}")]
    NotMessages {
        /// The protocol: LSP, MCP or DAP.
        protocol: &'static str,
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
    /// The last lines of the program's standard error, at most ten, where it has failed by itself.
    pub fn last_words(&self) -> &[String] {
        match self {
            Self::Ended { last_words, .. }
            | Self::TimedOut { last_words, .. }
            | Self::NotMessages { last_words, .. } => last_words,
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
            Self::NotMessages { protocol, .. } => Some(format!(
                "it may want an argument such as `--stdio` to speak {protocol} there"
            )),
            Self::Unprepared(error) => error.hint(),
            _ => None,
        }
    }
}

/// The way in which a program has ended, after what it has not done.
fn how(status: Option<ExitStatus>) -> String {
    status.map_or_else(String::new, |status| format!(" ({status})"))
}
