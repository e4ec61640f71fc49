//! The neutral guest: everything a host may ask of an extension, in the form that belongs to no version.
//!
//! An adapter presents its world's exports as [`Guest`]. What its world does not have keeps the
//! default body: the benign answer that the newest API's own default gives, where there is one, else
//! [`CallError::Unsupported`].

use serde_json::Value;
use wasmtime::Store;

use super::resources::HostResource;
use crate::{
    base::types,
    runtime::{
        api::family::BoxFuture,
        delegate,
        engine::State,
        extension::{Call, CallError},
    },
};

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

            /// The initialization options for a language server; `None` where there are none.
            "language-server-initialization-options" since "0.0.1":
                language_server_initialization_options(server: types::ServerId)
                lending (worktree: delegate::SharedWorktree) -> Option<Value> = None;

            /// A language server's workspace configuration; `None` where there is none.
            "language-server-workspace-configuration" since "0.0.6":
                language_server_workspace_configuration(server: types::ServerId)
                lending (worktree: delegate::SharedWorktree) -> Option<Value> = None;

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

            /// Initialization options that a server's extension adds to another server, `target`.
            "language-server-additional-initialization-options" since "0.4.0":
                language_server_additional_initialization_options(
                    server: types::ServerId, target: types::ServerId
                )
                lending (worktree: delegate::SharedWorktree) -> Option<Value> = None;

            /// Workspace configuration that a server's extension adds to another server, `target`.
            "language-server-additional-workspace-configuration" since "0.4.0":
                language_server_additional_workspace_configuration(
                    server: types::ServerId, target: types::ServerId
                )
                lending (worktree: delegate::SharedWorktree) -> Option<Value> = None;

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

            /// Whether a debug adapter's configuration starts a program or attaches to one.
            "dap-request-kind" since "0.6.0":
                dap_request_kind(adapter: String, config: Value) lending ()
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
