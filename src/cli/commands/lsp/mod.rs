//! `annexe lsp`: a language server for any editor.

mod origin;
mod provider;
mod unready;

use std::{
    ffi::OsString,
    io::{self, IsTerminal as _},
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
};

use annexe::{
    delegate::ExtensionObserver,
    lsp::{EditorConnection, Root, ServerProvider, serve},
    types::{Command, ExtensionId},
};
use anyhow::Context as _;

pub use self::provider::InstalledServer;
use self::unready::UnreadyServer;
use crate::cli::{
    context::Context,
    failure::{self, Complaint, Outcome},
    fetching::{
        self, Purpose, Subject,
        process::{self, Steps},
    },
    files,
    lockfile::StartLock,
    paths,
    preparation::of_error,
};

/// Runs an installed extension's language server for an editor, on standard input and output
///
/// This stands where an editor's configuration wants the command of a language server: `annexe editor` writes it there.
/// What the server needs is fetched at the first start. The settings are those of your `settings.json` and the
/// project's (`annexe help configuration`), and over them what the editor sends.
#[derive(Debug, Clone, clap::Args)]
pub struct Arguments {
    /// The server's id, as `annexe languages` shows it
    server: String,
    /// The extension that brings it, where several do
    #[arg(long, value_name = "ID")]
    extension: Option<ExtensionId>,
    /// The language it is started for [default: the first that the extension names]
    #[arg(long, value_name = "NAME")]
    language: Option<String>,
    /// The folder of the project [default: what the editor says]
    #[arg(long, value_name = "DIR")]
    root: Option<PathBuf>,
    /// Fetches nothing, and starts what is there
    #[arg(long)]
    offline: bool,
    #[command(flatten)]
    lock: StartLock,
    /// Fetches what the server needs, and starts no server; says each step as JSON on a line
    #[arg(long, hide = true, value_name = "PURPOSE")]
    fetch: Option<Purpose>,
    /// The command of a server that no extension brings, to which extensions and your settings for its id add
    #[arg(last = true, value_name = "COMMAND")]
    command: Vec<String>,
}

/// The facts that a session begins with.
struct Beginning {
    current: PathBuf,
    root: Option<PathBuf>,
    provider: Arc<dyn ServerProvider>,
}

impl Arguments {
    /// The arguments of a server that starts so, of this extension where it is known.
    pub fn of(server: String, extension: Option<ExtensionId>, lock: StartLock) -> Self {
        Self {
            server,
            extension,
            language: None,
            root: None,
            offline: false,
            lock,
            fetch: None,
            command: Vec::new(),
        }
    }

    pub async fn run(self, context: &Context<'_>) -> Outcome {
        if context.output.is_json() && self.fetch.is_none() {
            return Err(Complaint::usage("the bridge speaks LSP alone".to_owned())
                .with_hint("leave out --json")
                .into());
        }
        if let Some(purpose) = self.fetch {
            // The bridge may have been given a folder that is not there.
            let root = self.root.as_deref().map(paths::absolute).transpose()?;
            return self.fetch(purpose, root, context).await;
        }
        let is_terminal = io::stdin().is_terminal();
        let beginning = match self.beginning(context) {
            Ok(beginning) => beginning,
            Err(error) if is_terminal => return Err(error),
            Err(error) => {
                // Standard error is kept by editors, and heard where there is none.
                failure::tell(&error, context.output);
                Beginning {
                    current: Path::new("/").to_owned(),
                    root: None,
                    provider: Arc::new(UnreadyServer(of_error(&error))),
                }
            }
        };
        if is_terminal {
            context.output.note(format_args!(
                "this waits for the messages of an editor; `annexe doctor {}` finds out whether the server starts",
                self.server
            ));
        }
        let streams = files::standard_streams()?;
        let mut editor = EditorConnection::new(&self.server, streams, beginning.current);
        editor.root = beginning.root;
        editor.home = paths::home();
        let code = serve(editor, beginning.provider).await?;
        Ok(ExitCode::from(code))
    }

    fn beginning(&self, context: &Context<'_>) -> anyhow::Result<Beginning> {
        let provider = InstalledServer::new(self, context, !self.offline, true, None)?;
        Ok(Beginning {
            current: std::env::current_dir().context("the current folder is not there")?,
            root: self.root.as_deref().map(files::folder).transpose()?,
            provider: Arc::new(provider),
        })
    }

    /// Fetches what the server needs for a project, in a process that the bridge has started.
    async fn fetch(
        &self,
        purpose: Purpose,
        root: Option<PathBuf>,
        context: &Context<'_>,
    ) -> Outcome {
        let subject = match &self.extension {
            Some(extension) => Subject::Extension(extension),
            None => Subject::Server(&self.server),
        };
        let mark = fetching::mark(subject, context.store_argument());
        let folder = match root {
            Some(root) => root,
            None => std::env::current_dir().context("the current folder is not there")?,
        };
        let root = Root::at(folder, Vec::new(), paths::home().as_deref());
        let server = |offline, observer| -> anyhow::Result<InstalledServer> {
            let server = InstalledServer::new(self, context, false, offline, observer)?;
            server.read_settings(&root.folder, root.is_project)?;
            Ok(server)
        };
        let at_hand = async { server(true, None)?.setup_at_hand(&root.folder).await };
        let observer: Arc<dyn ExtensionObserver> = Arc::new(Steps);
        let fetched = async { server(false, Some(observer))?.setup(&root.folder).await };
        process::run(mark, purpose, at_hand, fetched).await
    }

    /// The arguments of a process that fetches what the server of an extension needs for a project.
    fn of_fetch(&self, extension: &ExtensionId, root: &Path) -> anyhow::Result<Vec<OsString>> {
        let mut arguments = self.lock.arguments()?;
        arguments.extend(["--extension".into(), extension.as_str().into()]);
        if let Some(language) = &self.language {
            arguments.extend(["--language".into(), language.into()]);
        }
        arguments.extend(["--root".into(), root.into(), (&self.server).into()]);
        Ok(arguments)
    }

    /// The command of the user's own.
    fn own_command(&self) -> Option<Command> {
        let (program, arguments) = self.command.split_first()?;
        Some(Command {
            command: program.clone(),
            args: arguments.to_vec(),
            env: Vec::new(),
        })
    }
}
