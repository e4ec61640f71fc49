//! The start of a process that fetches what a server needs, and outlives the bridge: an editor that gives up on a first
//! start finds it done at the next.
//!
//! The bridge itself asks extensions without a network, by the last answers there were. Where that does not do, and once
//! a day besides, the process asks them with one (`fetching`).

use std::{
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use annexe::{
    digest::Blake3Digest,
    lsp::{PreparationError, PreparationProgress, Root},
    store::ServerSetup,
    types::ExtensionId,
};
use anyhow::Context as _;
use tokio::io::{AsyncBufReadExt as _, BufReader};

use super::{Arguments, fetching::Line, provider::of_error};
use crate::cli::{files, paths};

/// How old the last fetch may be before another is made aside.
const FRESH: Duration = Duration::from_secs(24 * 60 * 60);

/// The step of a preparation that waits for the fetch of another.
pub const UNDER_WAY: &str = "another process is fetching it";

/// The reason for a fetch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Purpose {
    /// A server waits for it.
    Start,
    /// The next start is to have what is new.
    Refresh,
}

/// A fetch of what a server needs, in a process of its own.
#[derive(Debug)]
pub struct Fetch {
    arguments: Arguments,
    store: Option<PathBuf>,
    mark: Option<PathBuf>,
}

impl Fetch {
    /// A fetch for a server, into the store that was named on the command line, if one was.
    pub fn new(arguments: &Arguments, store: Option<&Path>) -> Self {
        Self {
            mark: mark(arguments, store).ok(),
            arguments: arguments.clone(),
            store: store.map(Path::to_path_buf),
        }
    }

    /// The fetch of the server that this extension brings. All servers of an extension share one work directory, so what
    /// they need is fetched one after the other.
    pub fn of(&self, extension: &ExtensionId) -> Self {
        let arguments = Arguments {
            extension: Some(extension.clone()),
            ..self.arguments.clone()
        };
        Self::new(&arguments, self.store.as_deref())
    }

    /// Whether the last fetch was long ago.
    pub fn is_due(&self) -> bool {
        let Some(mark) = &self.mark else {
            return false;
        };
        let changed = files::metadata(mark).ok().and_then(|it| it.modified().ok());
        let age = changed.and_then(|changed| changed.elapsed().ok());
        age.is_none_or(|age| age > FRESH)
    }

    /// Whether a process fetches it now.
    pub fn is_under_way(&self) -> bool {
        self.mark.as_deref().is_some_and(files::is_locked)
    }

    /// Starts the process, and does not wait for it; it is reaped when it ends.
    pub fn start_aside(&self, root: &Root) {
        let started = self
            .command(root, Purpose::Refresh)
            .and_then(|mut command| {
                command.stdout(Stdio::null());
                Ok(command.spawn()?)
            });
        if let Err(error) = started {
            tracing::debug!(%error, "nothing new is fetched");
        }
    }

    /// Starts the process, and waits for what it has found. Where this is dropped, the process goes on.
    ///
    /// # Errors
    /// Where it fails.
    pub async fn run(
        &self,
        root: &Root,
        progress: &dyn PreparationProgress,
    ) -> Result<ServerSetup, PreparationError> {
        let followed = async {
            let mut command = self.command(root, Purpose::Start)?;
            let mut child = command.stdout(Stdio::piped()).spawn()?;
            let output = child.stdout.take().context("it has no output")?;
            let mut lines = BufReader::new(output).lines();
            while let Some(line) = lines.next_line().await? {
                match serde_json::from_str(&line)? {
                    Line::Step(text) => progress.step(&text),
                    Line::Waiting => {}
                    Line::Done(setup) => return Ok(Ok(setup)),
                    Line::Failed { message, hint } => {
                        return Ok(Err(PreparationError::new(message).with_hint(hint)));
                    }
                }
            }
            anyhow::bail!("the process that fetches it has ended without a word")
        };
        let followed = followed.await;
        Ok(*followed.map_err(|error: anyhow::Error| of_error(&error))??)
    }

    /// The process, out of the editor's reach. It starts in the folder of this one, from which relative paths are meant
    /// in the command line and in variables, and not in the project, whose files it is not to take for the user's.
    fn command(&self, root: &Root, purpose: Purpose) -> anyhow::Result<tokio::process::Command> {
        let program = std::env::current_exe().context("this program has no path")?;
        let mut command = tokio::process::Command::new(program);
        if let Some(store) = &self.store {
            command.arg("--store").arg(store);
        }
        let purpose = match purpose {
            Purpose::Start => "start",
            Purpose::Refresh => "refresh",
        };
        command.args(["lsp", "--fetch", purpose]);
        command.args(self.arguments.lock.arguments()?);
        let Arguments {
            extension,
            language,
            server,
            command: own,
            ..
        } = &self.arguments;
        if let Some(extension) = extension {
            command.arg("--extension").arg(extension.as_str());
        }
        if let Some(language) = language {
            command.arg("--language").arg(language);
        }
        command.arg("--root").arg(&root.folder).arg(server);
        if !own.is_empty() {
            command.arg("--").args(own);
        }
        command.stdin(Stdio::null()).stderr(Stdio::null());
        #[cfg(unix)]
        command.process_group(0);
        Ok(command)
    }
}

/// The file that is locked while what an extension's servers need is fetched, and whose time of change is that of the last
/// fetch.
pub fn mark(arguments: &Arguments, store: Option<&Path>) -> anyhow::Result<PathBuf> {
    let store = paths::store(store)?;
    let subject = match &arguments.extension {
        Some(extension) => format!("extension {extension}"),
        None => format!("server {}", arguments.server),
    };
    let text = format!("{}\n{subject}", store.display());
    let digest = Blake3Digest::of(text.as_bytes()).to_string();
    Ok(paths::fetches()?.join(&digest[..32]))
}
