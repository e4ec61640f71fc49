//! The errors of calls.

use std::{path::PathBuf, time::Duration};

use semver::Version;

use crate::{
    base::hint::{ErrorKind, Hint},
    runtime::{
        api::BoxFuture, engine::Monitor, limits::LimitExceeded, sandbox::SandboxError,
        services::HostFailure,
    },
};

/// The reason why a call of an extension has no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CallError {
    /// The extension's API version has no such export.
    #[error(
        "the extension cannot answer `{export}`: its API is {actual}, and the export came with {since}"
    )]
    Unsupported {
        /// The export's name.
        export: &'static str,
        /// The API version that brought it.
        since: &'static str,
        /// The extension's API version.
        actual: Version,
    },
    /// The extension is of another API family than the one the call belongs to.
    #[error("the extension is of the API family `{family}`, which has no such call")]
    OtherFamily {
        /// The extension's family.
        family: &'static str,
    },
    /// The extension answered with an error of its own.
    #[error("the extension answered with an error: {message}")]
    Guest {
        /// The extension's words.
        message: String,
        /// What its host last failed to do for it in this call, or refused it, where the words do not say so.
        #[source]
        cause: Option<HostFailure>,
        /// What its host failed to do for it, or refused it, where the words pass that on.
        passed_on: Option<HostFailure>,
    },
    /// The extension stopped in the middle of the call; the next call starts it anew.
    #[error("the extension stopped: {message}")]
    Trap {
        /// What the engine says.
        message: String,
        /// The functions on the extension's stack, innermost first, a line each.
        backtrace: String,
        /// What its host last failed to do for it in this call, or refused it.
        #[source]
        cause: Option<HostFailure>,
    },
    /// The extension ran into a limit and was stopped; the next call starts it anew.
    #[error("the extension was stopped: {0}")]
    Limit(LimitExceeded),
    /// The host's own code, or the embedder's, panicked in the middle of the call.
    #[error("the host failed while it answered the extension: {message}")]
    Host {
        /// What the panic says.
        message: String,
    },
    /// The extension could not be started.
    #[error("the extension could not be started: {message}")]
    Start {
        /// What went wrong.
        message: String,
        /// The functions on the extension's stack, innermost first, a line each; empty where there are none.
        backtrace: String,
        /// What its host last failed to do for it while it started, or refused it.
        #[source]
        cause: Option<HostFailure>,
    },
    /// The extension has stopped too often, and is not started again until later.
    #[error(
        "the extension has stopped {faults} times and is suspended {}: {fault}",
        until(retry_after)
    )]
    Suspended {
        /// How often it has stopped: within the time over which faults are counted, and when it was tried
        /// again after that.
        faults: u32,
        /// When it is tried again at the earliest, from now.
        retry_after: Duration,
        /// Why it stopped the last time.
        fault: Box<Self>,
    },
    /// The extension's working directory cannot be used, which is not a fault of the extension.
    #[error("the extension's work directory `{}` {problem}", path.display())]
    WorkDir {
        /// The directory.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
        /// The way out, where there is one.
        hint: Option<String>,
    },
    /// What the extension is to see of the machine cannot be given to it, which is not a fault of the extension.
    #[error("the extension's sandbox cannot be made: {0}")]
    Sandbox(SandboxError),
    /// The extension has answered what the export's answer may not be.
    #[error("the extension's answer to `{export}` cannot be used: {problem}")]
    Answer {
        /// The export whose answer it is.
        export: &'static str,
        /// What is wrong with it, and how it begins.
        problem: String,
    },
    /// What the extension has answered may not be started: the user does not allow it.
    #[error("what the extension answers to `{export}` may not be started: {problem}")]
    NotStarted {
        /// The export whose answer it is.
        export: &'static str,
        /// What is not allowed.
        problem: String,
        /// The way out, where there is one.
        hint: Option<String>,
    },
    /// Too many calls wait for the extension already.
    #[error("{waiting} calls wait for the extension already (limit `queued_calls`)")]
    QueueFull {
        /// How many may wait.
        waiting: usize,
    },
    /// The extension has been unloaded.
    #[error("the extension has been unloaded")]
    Closed,
    /// A call by name cannot be made as it is given.
    #[error("`{export}` cannot be called: {message}")]
    Arguments {
        /// The export's name, as given.
        export: String,
        /// What is wrong.
        message: String,
    },
}

impl CallError {
    /// An error of the extension's own, in its words.
    pub fn guest(message: impl Into<String>) -> Self {
        Self::Guest {
            message: message.into(),
            cause: None,
            passed_on: None,
        }
    }

    /// What the host failed to do for the extension in this call, or refused it: that which the extension passes on, else
    /// the last. An extension that answered well has no error, whatever failed before.
    pub fn host_failure(&self) -> Option<&HostFailure> {
        match self {
            Self::Guest {
                cause, passed_on, ..
            } => cause.as_ref().or(passed_on.as_ref()),
            Self::Trap { cause, .. } | Self::Start { cause, .. } => cause.as_ref(),
            Self::Suspended { fault, .. } => fault.host_failure(),
            _ => None,
        }
    }

    /// The error with what the host knows of it.
    pub(super) fn explained(mut self, monitor: &Monitor) -> Self {
        match &mut self {
            Self::Guest {
                message,
                cause,
                passed_on,
            } => match monitor.failure(message) {
                Some(failure) if failure.is_told_by(message) => {
                    *passed_on = Some(failure);
                }
                failure => *cause = failure,
            },
            Self::Trap { message, cause, .. } | Self::Start { message, cause, .. } => {
                *cause = monitor.failure(message);
            }
            _ => {}
        }
        self
    }

    /// Whether the extension was stopped in the middle of the call, so that another instance is needed for
    /// the next one.
    pub fn is_fault(&self) -> bool {
        matches!(
            self,
            Self::Trap { .. } | Self::Limit(_) | Self::Host { .. } | Self::Start { .. }
        )
    }

    /// Whether the extension lacks what its host may not ask the network for.
    pub fn is_offline(&self) -> bool {
        self.host_failure().is_some_and(HostFailure::is_offline)
    }

    /// The functions on the extension's stack when it stopped, innermost first, a line each.
    pub fn backtrace(&self) -> Option<&str> {
        match self {
            Self::Trap { backtrace, .. } | Self::Start { backtrace, .. } => Some(backtrace),
            Self::Suspended { fault, .. } => fault.backtrace(),
            _ => None,
        }
    }
}

impl Hint for CallError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Unsupported { .. } | Self::OtherFamily { .. } => ErrorKind::Incompatible,
            Self::Guest { .. }
            | Self::Answer { .. }
            | Self::Trap { .. }
            | Self::Start { .. }
            | Self::Suspended { .. } => ErrorKind::Extension,
            Self::Limit(error) => error.kind(),
            Self::Host { .. } => ErrorKind::Internal,
            Self::WorkDir { .. } => ErrorKind::Io,
            Self::Sandbox(error) => error.kind(),
            Self::NotStarted { .. } => ErrorKind::Refused,
            Self::QueueFull { .. } => ErrorKind::Busy,
            Self::Closed => ErrorKind::Cancelled,
            Self::Arguments { .. } => ErrorKind::Invalid,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Unsupported { .. } => {
                Some("a version of the extension built with a later API may offer it".into())
            }
            Self::Limit(_) => {
                Some("raise the limit it names if the extension needs more; otherwise report it to the extension's author".into())
            }
            Self::WorkDir { hint, .. } | Self::NotStarted { hint, .. } => hint.clone(),
            Self::Sandbox(error) => error.hint(),
            Self::Suspended { fault, .. } => fault.hint(),
            // That of a failure which the extension keeps to itself is its source's.
            Self::Guest { passed_on: Some(failure), .. } => failure.hint(),
            Self::Answer { .. } => Some("report it to the extension's author".into()),
            Self::Trap { .. } => Some("report it to the extension's author, with the backtrace".into()),
            _ => None,
        }
    }
}

/// How long an extension is suspended, in words.
fn until(retry_after: &Duration) -> String {
    match retry_after {
        &Duration::MAX => "until it is reset".into(),
        time => format!("for {} s", time.as_secs_f64().ceil()),
    }
}

/// A failed call, as an adapter tells of it.
#[derive(Debug)]
pub enum Failure {
    /// The reason is known already.
    Call(CallError),
    /// The engine stopped the guest: the holder of its store finds out why.
    Engine(wasmtime::Error),
}

impl From<CallError> for Failure {
    fn from(error: CallError) -> Self {
        Self::Call(error)
    }
}

impl From<wasmtime::Error> for Failure {
    fn from(error: wasmtime::Error) -> Self {
        Self::Engine(error)
    }
}

/// The future of one call.
pub type Call<'a, T> = BoxFuture<'a, Result<T, Failure>>;
