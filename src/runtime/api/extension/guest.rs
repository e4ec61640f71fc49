//! The neutral guest: everything a host may ask of an extension, in the form that belongs to no version.
//!
//! An adapter presents its world's exports as [`Guest`]. What its world does not have keeps the
//! default body: the benign answer that the newest API's own default gives, where there is one, else
//! [`CallError::Unsupported`].

use std::{path::PathBuf, time::Duration};

use semver::Version;
use wasmtime::Store;

use super::resources::HostResource;
use crate::{
    base::{
        hint::{ErrorKind, Hint},
        types,
    },
    runtime::{
        api::BoxFuture,
        delegate,
        engine::{LimitExceeded, State},
        sandbox::SandboxError,
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
    /// The extension answered with an error of its own.
    #[error("the extension answered with an error: {message}")]
    Guest {
        /// The extension's words.
        message: String,
    },
    /// The extension stopped in the middle of the call; the next call starts it anew.
    #[error("the extension stopped: {message}")]
    Trap {
        /// What the engine says.
        message: String,
        /// The functions on the extension's stack, innermost first, a line each.
        backtrace: String,
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
    /// Whether the extension was stopped in the middle of the call, so that another instance is needed for
    /// the next one.
    pub fn is_fault(&self) -> bool {
        matches!(
            self,
            Self::Trap { .. } | Self::Limit(_) | Self::Host { .. } | Self::Start { .. }
        )
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
            Self::Unsupported { .. } => ErrorKind::Incompatible,
            Self::Guest { .. }
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

/// The reason why an adapter has no answer.
#[derive(Debug)]
pub enum Failure {
    /// It is known already.
    Call(CallError),
    /// The engine stopped the guest: the holder of its store finds out why.
    Engine(wasmtime::Error),
}

impl From<CallError> for Failure {
    fn from(error: CallError) -> Self {
        Self::Call(error)
    }
}

/// The future of one call.
pub(crate) type Call<'a, T> = BoxFuture<'a, Result<T, Failure>>;

/// An export of the family's worlds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Export {
    /// Its name in the interface.
    pub name: &'static str,
    /// The API version that brought it.
    pub since: &'static str,
    /// Its arguments, without what is lent for the call.
    pub arguments: &'static [Argument],
    /// Whether a version that lacks it answers with nothing: `None`, an empty list. The others answer
    /// with [`CallError::Unsupported`].
    pub has_default: bool,
}

impl Export {
    /// The names of its arguments.
    pub fn argument_names(&self) -> Vec<&'static str> {
        self.arguments
            .iter()
            .map(|argument| argument.name)
            .collect()
    }
}

/// An argument of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Argument {
    /// Its name.
    pub name: &'static str,
    /// Whether it is a string; the others are JSON of another type.
    pub is_text: bool,
    /// Whether a call needs it.
    pub is_required: bool,
}

impl Argument {
    /// An argument whose type is written so.
    const fn new(name: &'static str, type_name: &str) -> Self {
        Self {
            name,
            is_text: matches!(type_name.as_bytes(), b"String" | b"Option<String>"),
            is_required: !matches!(
                type_name.as_bytes(),
                [b'O', b'p', b't', b'i', b'o', b'n', ..]
            ),
        }
    }
}

/// Every export of the family, in the order of the API versions that brought them: the one list from
/// which the neutral guest, the methods of [`Extension`](crate::Extension) and the calls by name are
/// written. `$writer` is the macro that writes.
///
/// A line: what it does; its name and the version that brought it; the arguments, and what the guest
/// is lent during the call; the answer; and the answer of a version that lacks it, `unsupported` where
/// the newest API's own default is an error.
macro_rules! exports {
    ($writer:ident) => {
        $writer! {
            /// The command that starts a language server. A relative one is meant from the extension's
            /// work directory, and comes back joined to it.
            "language-server-command" since "0.0.1":
                language_server_command(server: types::ServerId) lending (worktree: delegate::SharedWorktree)
                -> types::Command = unsupported;

            /// The initialization options for a language server, as JSON text; `None` where there are
            /// none. Up to API 0.0.5 the text is the extension's own and may not be JSON.
            "language-server-initialization-options" since "0.0.1":
                language_server_initialization_options(server: types::ServerId)
                lending (worktree: delegate::SharedWorktree) -> Option<String> = None;

            /// A language server's workspace configuration, as JSON text; `None` where there is none.
            "language-server-workspace-configuration" since "0.0.6":
                language_server_workspace_configuration(server: types::ServerId)
                lending (worktree: delegate::SharedWorktree) -> Option<String> = None;

            /// How to show completions: one answer for each, `None` where the extension has no label
            /// of its own.
            "labels-for-completions" since "0.0.6":
                labels_for_completions(server: types::ServerId, completions: Vec<types::Completion>) lending ()
                -> Vec<Option<types::CodeLabel>> = (vec![None; completions.len()]);

            /// How to show symbols: one answer for each, `None` where the extension has no label of
            /// its own.
            "labels-for-symbols" since "0.0.6":
                labels_for_symbols(server: types::ServerId, symbols: Vec<types::Symbol>) lending ()
                -> Vec<Option<types::CodeLabel>> = (vec![None; symbols.len()]);

            /// Suggestions for a slash command's arguments, given those typed so far.
            "complete-slash-command-argument" since "0.1.0":
                complete_slash_command_argument(command: types::SlashCommand, arguments: Vec<String>)
                lending () -> Vec<types::SlashCommandArgumentCompletion> = (Vec::new());

            /// Runs a slash command.
            "run-slash-command" since "0.1.0":
                run_slash_command(command: types::SlashCommand, arguments: Vec<String>)
                lending (worktree: Option<delegate::SharedWorktree>)
                -> types::SlashCommandOutput = unsupported;

            /// Packages whose documentation a provider can index.
            "suggest-docs-packages" since "0.1.0":
                suggest_docs_packages(provider: String) lending () -> Vec<String> = (Vec::new());

            /// Indexes a package's documentation into a key-value store.
            "index-docs" since "0.1.0":
                index_docs(provider: String, package: String)
                lending (key_value_store: delegate::SharedKeyValueStore) -> () = unsupported;

            /// The command that starts a context server. A relative one is meant from the extension's
            /// work directory, and comes back joined to it.
            "context-server-command" since "0.2.0":
                context_server_command(server: String) lending (project: delegate::SharedProject)
                -> types::Command = unsupported;

            /// Initialization options that a server's extension adds to another server, `target`, as
            /// JSON text.
            "language-server-additional-initialization-options" since "0.4.0":
                language_server_additional_initialization_options(
                    server: types::ServerId, target: types::ServerId
                )
                lending (worktree: delegate::SharedWorktree) -> Option<String> = None;

            /// Workspace configuration that a server's extension adds to another server, `target`, as
            /// JSON text.
            "language-server-additional-workspace-configuration" since "0.4.0":
                language_server_additional_workspace_configuration(
                    server: types::ServerId, target: types::ServerId
                )
                lending (worktree: delegate::SharedWorktree) -> Option<String> = None;

            /// Instructions and settings for a context server; `None` where there is nothing to set up.
            "context-server-configuration" since "0.5.0":
                context_server_configuration(server: String) lending (project: delegate::SharedProject)
                -> Option<types::ContextServerConfiguration> = None;

            /// How to start a debug adapter for a session.
            "get-dap-binary" since "0.6.0":
                get_dap_binary(
                    adapter: String, task: types::DebugTaskDefinition, user_installed_path: Option<String>
                )
                lending (worktree: delegate::SharedWorktree)
                -> types::DebugAdapterBinary = unsupported;

            /// Whether a debug adapter's configuration, JSON text, starts a program or attaches to one.
            "dap-request-kind" since "0.6.0":
                dap_request_kind(adapter: String, config: String) lending ()
                -> types::DebugRequestKind = unsupported;

            /// The scenario for what a user chose in a form.
            "dap-config-to-scenario" since "0.6.0":
                dap_config_to_scenario(config: types::DebugConfig) lending ()
                -> types::DebugScenario = unsupported;

            /// The scenario that debugs what a task runs; `None` where a locator knows none.
            "dap-locator-create-scenario" since "0.6.0":
                dap_locator_create_scenario(
                    locator: String, task: types::TaskTemplate, label: String, adapter: String
                )
                lending () -> Option<types::DebugScenario> = None;

            /// What to debug once a task has built it.
            "run-dap-locator" since "0.6.0":
                run_dap_locator(locator: String, task: types::TaskTemplate) lending ()
                -> types::DebugRequest = unsupported;
        }
    };
}
pub(crate) use exports;

macro_rules! guest_trait {
    ($(
        $(#[$doc:meta])*
        $export:literal since $since:literal:
        $name:ident($($argument:ident: $type:ty),*) lending ($($lent:ident: $delegate:ty)?)
        -> $answer:ty = $default:tt;
    )*) => {
        /// An instance of an extension, whatever its API version.
        pub trait Guest: Send + Sync {
            /// Runs the extension's own start, once, before anything else is asked of it.
            fn init<'a>(&'a self, store: &'a mut Store<State>) -> BoxFuture<'a, wasmtime::Result<()>>;

            $(
                $(#[$doc])*
                fn $name<'a>(
                    &'a self,
                    store: &'a mut Store<State>,
                    $($argument: $type,)*
                    $($lent: <$delegate as HostResource>::Handle,)?
                ) -> Call<'a, $answer> {
                    $(let _ = &$argument;)*
                    $(let _ = $lent;)?
                    Box::pin(std::future::ready(default_answer!(store, $export, $since, $default)))
                }
            )*
        }

        /// Every export of the family, in the order of the API versions that brought them.
        pub const EXPORTS: &[Export] = &[$(Export {
            name: $export,
            since: $since,
            arguments: &[$(Argument::new(stringify!($argument), stringify!($type))),*],
            has_default: has_default!($default),
        }),*];
    };
}

macro_rules! has_default {
    (unsupported) => {
        false
    };
    ($benign:tt) => {
        true
    };
}

macro_rules! default_answer {
    ($store:ident, $export:literal, $since:literal, unsupported) => {
        Err(CallError::Unsupported {
            export: $export,
            since: $since,
            actual: $store.data().api.as_ref().clone(),
        }
        .into())
    };
    ($store:ident, $export:literal, $since:literal, $benign:tt) => {{
        let _ = $store;
        Ok($benign)
    }};
}

exports!(guest_trait);
