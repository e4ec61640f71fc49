//! `annexe dap`: a debug adapter for any editor.

mod capabilities;
mod form;
mod listing;
mod locating;
mod provider;
mod scenario;
mod unready;

use std::{
    io::{self, IsTerminal as _, Read as _},
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
};

use annexe::{
    dap::{AdapterProvider, ClientConnection, serve},
    types::{DebugAdapterBinary, ExtensionId},
};
use anyhow::Context as _;

pub use self::provider::{Asked, InstalledAdapter};
use self::unready::UnreadyAdapter;
use crate::cli::{
    context::Context,
    failure::{self, Complaint, Outcome},
    fetching::{
        Purpose,
        process::{self, Steps},
    },
    files,
    lockfile::StartLock,
    preparation::{Asking, of_error},
};

/// The most bytes of a session's configuration that a fetch is given.
const MOST_CONFIGURATION_BYTES: u64 = 16 << 20;

/// Runs an installed extension's debug adapter for an editor, on standard input and output
///
/// This stands where an editor's configuration wants the command of a debug adapter: `annexe editor` writes it there. The
/// extension is asked once the editor has said what is to be debugged. What the adapter needs is fetched at the first
/// start. With --scenario or --locate it prints a configuration that an editor can take.
#[derive(Debug, Clone, clap::Args)]
pub struct Arguments {
    /// The adapter's name, as --list shows it
    #[arg(required_unless_present_any = ["list", "locate"])]
    adapter: Option<String>,
    /// With --scenario: what to debug, as JSON; `-` reads it from standard input
    #[arg(value_name = "JSON", requires = "scenario")]
    choices: Option<String>,
    /// The extension that brings it, where several do
    #[arg(long, value_name = "ID")]
    extension: Option<ExtensionId>,
    /// The folder of the project [default: that of the current folder]
    #[arg(long, value_name = "DIR")]
    worktree: Option<PathBuf>,
    /// Lists the debug adapters and locators of what is installed
    #[arg(long, conflicts_with_all = ["adapter", "scenario", "locate", "extension", "offline", "locked"])]
    list: bool,
    /// Prints the adapter's configuration for a program to start (`{"program": …, "args": […], "cwd": …, "env": {…},
    /// "stopOnEntry": …}`) or to attach to (`{"processId": …}`), each with a `label` if you like
    #[arg(long, requires = "choices", conflicts_with = "locate")]
    scenario: bool,
    /// Builds what a command would run, finds the program, and prints the configuration that debugs it
    #[arg(long, requires = "task")]
    locate: bool,
    /// Fetches nothing, and starts what is there
    #[arg(long)]
    offline: bool,
    #[command(flatten)]
    lock: StartLock,
    /// Fetches what the adapter needs, and starts no adapter; reads the configuration, and says each step as JSON on a line
    #[arg(long, hide = true, value_name = "PURPOSE")]
    fetch: Option<Purpose>,
    /// With --locate: the command that runs or builds the program, such as `cargo run`
    #[arg(last = true, value_name = "COMMAND", requires = "locate")]
    task: Vec<String>,
}

impl Arguments {
    /// The arguments of an adapter that starts so, of this extension where it is known, for this folder.
    pub fn of(
        adapter: String,
        extension: Option<ExtensionId>,
        lock: StartLock,
        worktree: &Path,
    ) -> Self {
        Self {
            adapter: Some(adapter),
            choices: None,
            extension,
            worktree: Some(worktree.to_path_buf()),
            list: false,
            scenario: false,
            locate: false,
            offline: false,
            lock,
            fetch: None,
            task: Vec::new(),
        }
    }

    pub async fn run(self, context: &Context<'_>) -> Outcome {
        if self.list {
            return listing::show(self.worktree.as_deref(), context).await;
        }
        if let Some(choices) = &self.choices {
            return scenario::show(&self, choices, context).await;
        }
        if self.locate {
            return locating::show(&self, context).await;
        }
        if let Some(purpose) = self.fetch {
            return self.fetch(purpose, context).await;
        }
        if context.output.is_json() {
            return Err(Complaint::usage("the bridge speaks DAP alone".to_owned())
                .with_hint("leave out --json")
                .into());
        }
        let is_terminal = io::stdin().is_terminal();
        let provider: Arc<dyn AdapterProvider> = match self.installed(context).await {
            Ok(installed) => Arc::new(installed),
            Err(error) if is_terminal => return Err(error),
            Err(error) => {
                // Standard error is kept by editors, and heard where there is none.
                failure::tell(&error, context.output);
                Arc::new(UnreadyAdapter(of_error(&error)))
            }
        };
        if is_terminal {
            context.output.note(format_args!(
                "this waits for the messages of an editor; `annexe doctor {}` finds out whether the adapter starts",
                self.adapter()
            ));
        }
        let client = ClientConnection::new(self.adapter(), files::standard_streams()?);
        Ok(ExitCode::from(serve(client, provider).await?))
    }

    /// The name of the adapter; empty where clap has let none through, which no extension brings.
    fn adapter(&self) -> &str {
        self.adapter.as_deref().unwrap_or_default()
    }

    async fn installed(&self, context: &Context<'_>) -> anyhow::Result<InstalledAdapter> {
        let asking = Asking {
            offline: true,
            ..Asking::default()
        };
        let adapter = InstalledAdapter::new(self, context, asking).await?;
        Ok(match self.offline {
            true => adapter,
            false => adapter.fetching(context),
        })
    }

    /// Fetches what the adapter needs, in a process that the bridge has started.
    async fn fetch(&self, purpose: Purpose, context: &Context<'_>) -> Outcome {
        let mark = provider::mark(self, context);
        let asked: Asked = {
            let mut text = Vec::new();
            let input = io::stdin().lock();
            input
                .take(MOST_CONFIGURATION_BYTES)
                .read_to_end(&mut text)?;
            serde_json::from_slice(&text).context("what came is not what a session asks for")?
        };
        let adapter = async |asking: Asking| InstalledAdapter::new(self, context, asking).await;
        let at_hand = async {
            let asking = Asking {
                offline: true,
                ..Asking::default()
            };
            adapter(asking).await?.binary_at_hand(&asked).await
        };
        let fetched = async {
            let asking = Asking {
                offline: false,
                purpose: Some(purpose),
                observer: Some(Arc::new(Steps)),
            };
            adapter(asking).await?.binary(&asked).await
        };
        process::run::<DebugAdapterBinary>(mark, purpose, at_hand, fetched).await
    }
}
