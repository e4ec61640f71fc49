//! `annexe mcp`: a context server for any agent.

mod listing;
mod provider;
mod settings;

use std::{
    io::{self, IsTerminal as _},
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
};

use annexe::{
    lsp::PreparationError,
    mcp::refuse,
    types::{Command, ExtensionId},
};

pub use self::provider::InstalledContextServer;
use crate::cli::{
    context::Context,
    failure::{self, Complaint, Outcome},
    fetching::{
        Purpose,
        process::{self, Steps},
    },
    lockfile::StartLock,
    output::{self, Output},
    preparation::{Asking, of_error},
    successor::Successor,
};

/// Becomes an installed extension's context server, for the agent that starts it
///
/// This stands where an agent's configuration wants the command of an MCP server: `annexe editor` writes it there. The
/// extension is asked for the server's command, within its limits and grants; then this process becomes the server, with
/// nothing in between. There the extension's limits end: the server runs with your rights, as any that you install by hand,
/// but without the variables that hold the tokens of this command. What the server needs is fetched at the first start.
/// Where it cannot be had, each request of the agent is answered with the error.
#[derive(Debug, Clone, clap::Args)]
pub struct Arguments {
    /// The server's name, as --list shows it
    #[arg(required_unless_present = "list")]
    server: Option<String>,
    /// The extension that brings it, where several do
    #[arg(long, value_name = "ID")]
    extension: Option<ExtensionId>,
    /// The folder of the project [default: that of the current folder]
    #[arg(long, value_name = "DIR")]
    worktree: Option<PathBuf>,
    /// Lists the context servers of what is installed
    #[arg(long, conflicts_with_all = ["server", "extension", "settings", "offline", "locked"])]
    list: bool,
    /// Shows what `context_servers.SERVER` of your `settings.json` needs, and starts nothing
    #[arg(long)]
    settings: bool,
    /// Fetches nothing, and starts what is there
    #[arg(long)]
    offline: bool,
    #[command(flatten)]
    lock: StartLock,
    /// Fetches what the server needs, and starts no server; says each step as JSON on a line
    #[arg(long, hide = true, value_name = "PURPOSE")]
    fetch: Option<Purpose>,
}

impl Arguments {
    /// The arguments of a server that starts so, of this extension where it is known, for this folder.
    pub fn of(
        server: String,
        extension: Option<ExtensionId>,
        lock: StartLock,
        worktree: &Path,
    ) -> Self {
        Self {
            server: Some(server),
            extension,
            worktree: Some(worktree.to_path_buf()),
            list: false,
            settings: false,
            offline: false,
            lock,
            fetch: None,
        }
    }

    pub async fn run(self, context: &Context<'_>) -> Outcome {
        if self.list {
            return listing::show(self.worktree.as_deref(), context).await;
        }
        if self.settings {
            return settings::show(&self, context).await;
        }
        if let Some(purpose) = self.fetch {
            return self.fetch(purpose, context).await;
        }
        if context.output.is_json() {
            return Err(Complaint::usage("the server speaks MCP alone".to_owned())
                .with_hint("leave out --json")
                .into());
        }
        match self.prepared(context).await {
            Ok(successor) => {
                context.become_later(successor);
                Ok(ExitCode::SUCCESS)
            }
            Err(error) if io::stdin().is_terminal() => Err(error),
            Err(error) => {
                // Standard error is kept by agents, and heard where there is none.
                failure::tell(&error, context.output);
                let error = of_error(&error);
                tokio::task::spawn_blocking(move || refuse_all(&error)).await?;
                Ok(ExitCode::FAILURE)
            }
        }
    }

    /// The name of the server; empty where clap has let none through, which no extension brings.
    fn server(&self) -> &str {
        self.server.as_deref().unwrap_or_default()
    }

    /// The program to become, of which everything is there.
    async fn prepared(&self, context: &Context<'_>) -> anyhow::Result<Successor> {
        let asking = Asking {
            offline: true,
            ..Asking::default()
        };
        let server = InstalledContextServer::new(self, context, asking).await?;
        for warning in server.warnings() {
            context.output.warn(warning);
        }
        let progress = Progress(context.output);
        let command = server
            .command_with_fetch(!self.offline, context, &progress)
            .await?;
        server.note_start();
        if io::stdin().is_terminal() {
            context.output.note(format_args!(
                "this becomes a server that waits for the messages of an agent; `annexe doctor {}` finds out whether it starts",
                self.server()
            ));
        }
        let without = server.secret_variables();
        let folder = server.folder();
        let id = self.server().to_owned();
        let program = command.command.clone();
        Ok(Successor::new(&command, &without, folder, move |error| {
            let error = PreparationError::new(format!("cannot start `{program}`: {error}"))
                .with_hint(Some(format!("`annexe doctor {id}` says what is missing")));
            output::to_stderr(&format!("error: {error}\n"));
            refuse_all(&error);
            ExitCode::FAILURE
        }))
    }

    /// Fetches what the server needs, in a process that was started for it.
    async fn fetch(&self, purpose: Purpose, context: &Context<'_>) -> Outcome {
        if purpose == Purpose::Aside {
            let server = InstalledContextServer::new(self, context, Asking::default()).await?;
            if let Some(fetch) = server.fetch(context) {
                fetch.start_aside().await;
            }
            return Ok(ExitCode::SUCCESS);
        }
        let mark = provider::mark(self, context);
        let at_hand = async {
            let asking = Asking {
                offline: true,
                ..Asking::default()
            };
            let server = InstalledContextServer::new(self, context, asking).await?;
            server.command_at_hand().await
        };
        let fetched = async {
            let asking = Asking {
                offline: false,
                purpose: Some(purpose),
                observer: Some(Arc::new(Steps)),
            };
            let server = InstalledContextServer::new(self, context, asking).await?;
            server.command().await
        };
        process::run::<Command>(mark, purpose, at_hand, fetched).await
    }
}

/// Answers each request of the agent with an error, until it closes the stream.
fn refuse_all(error: &PreparationError) {
    if let Err(error) = refuse(io::stdin().lock(), io::stdout().lock(), error) {
        tracing::debug!(%error, "the agent cannot be heard");
    }
}

/// The steps of a fetch, told on standard error.
struct Progress<'a>(&'a Output);

impl annexe::lsp::PreparationProgress for Progress<'_> {
    fn step(&self, text: &str) {
        self.0.note(text);
    }
}
