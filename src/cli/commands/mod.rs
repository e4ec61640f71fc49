//! The commands, each in a file of its own. To add one: write the file, with its arguments as
//! `Arguments` and `run` on them, and name it here.

mod api;
mod audit;
mod build;
mod bundle;
mod cache;
mod call;
mod check;
mod completions;
mod dap;
mod dev;
mod disable;
mod doctor;
mod editor;
mod enable;
mod explain;
mod fetch;
mod gc;
mod grants;
pub mod help;
mod history;
mod import;
mod info;
mod install;
mod languages;
mod list;
mod lock;
mod log;
mod lsp;
mod mcp;
mod new;
mod outdated;
mod pack;
mod pin;
mod registry;
mod remove;
mod rollback;
mod search;
mod source;
mod stats;
mod sync;
mod unpin;
mod update;
mod verify;
mod wit;

use super::{context::Context, failure::Outcome, signals::Ignored};

/// Writes the list of commands; what each does is said by its own file.
macro_rules! commands {
    ($($name:ident in $module:ident),* $(,)?) => {
        /// The command to run.
        #[derive(Debug, clap::Subcommand)]
        pub enum Command {
            // The help of each is that of its own arguments.
            $($name($module::Arguments),)*
        }

        /// Their names, each that of its file.
        const NAMES: &[&str] = &[$(stringify!($module)),*];

        impl Command {
            /// Runs the command.
            pub async fn run(self, context: &Context<'_>) -> Outcome {
                match self {
                    $(Self::$name(arguments) => arguments.run(context).await,)*
                }
            }
        }
    };
}

commands! {
    Install in install,
    Update in update,
    Outdated in outdated,
    Remove in remove,
    Import in import,
    Search in search,
    Source in source,
    List in list,
    Info in info,
    Explain in explain,
    Languages in languages,
    Pin in pin,
    Unpin in unpin,
    Disable in disable,
    Enable in enable,
    History in history,
    Rollback in rollback,
    Lock in lock,
    Sync in sync,
    Fetch in fetch,
    Bundle in bundle,
    Verify in verify,
    Gc in gc,
    New in new,
    Dev in dev,
    Lsp in lsp,
    Dap in dap,
    Mcp in mcp,
    Doctor in doctor,
    Check in check,
    Call in call,
    Editor in editor,
    Grants in grants,
    Audit in audit,
    Log in log,
    Stats in stats,
    Api in api,
    Wit in wit,
    Cache in cache,
    Build in build,
    Pack in pack,
    Registry in registry,
    Completions in completions,
    Help in help,
}

impl Command {
    /// What becomes of signals that the process was started to ignore.
    pub fn ignored_signals(&self) -> Ignored {
        match self {
            Self::Mcp(_) => Ignored::Kept,
            _ => Ignored::Heeded,
        }
    }

    /// Whether the command reads files and nothing else: it starts no extension and asks no network.
    pub fn only_reads_files(&self) -> bool {
        matches!(
            self,
            Self::List(_)
                | Self::Editor(_)
                | Self::Languages(_)
                | Self::History(_)
                | Self::Stats(_)
                | Self::Completions(_)
                | Self::Help(_)
        )
    }
}
