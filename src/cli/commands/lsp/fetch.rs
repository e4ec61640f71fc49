//! Fetching what a server needs, in a process that outlives the bridge: an editor that gives up on a first start finds
//! it done at the next.
//!
//! The bridge itself asks extensions without a network, by the last answers there were. Where that does not do, and once
//! a day besides, this process asks them with one. It says each step as JSON on a line of its standard output, which is
//! not missed where the bridge has gone.

use std::{
    io::Write as _,
    path::{Path, PathBuf},
    process::{ExitCode, Stdio},
    sync::Arc,
    time::Duration,
};

use annexe::{
    delegate::{ExtensionEvent, ExtensionObserver},
    digest::Blake3Digest,
    lsp::{PreparationError, PreparationProgress, Root},
    store::ServerSetup,
    types::{ExtensionId, InstallationStatus},
};
use anyhow::Context as _;
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt as _, BufReader};

use super::{
    Arguments,
    provider::{InstalledServer, of_error},
};
use crate::cli::{context::Context, failure::Outcome, files, paths};

/// How old the last fetch may be before another is made aside.
const FRESH: Duration = Duration::from_secs(24 * 60 * 60);

/// What the process says, each on a line.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Line {
    Step(String),
    Done(Box<ServerSetup>),
    Failed {
        message: String,
        hint: Option<String>,
    },
}

/// The way to have what a server needs fetched.
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

    /// Has it done without anyone waiting for it; it is reaped when it ends.
    pub fn start_aside(&self, root: &Root) {
        let started = self.command(root).and_then(|mut command| {
            command.stdout(Stdio::null());
            Ok(command.spawn()?)
        });
        if let Err(error) = started {
            tracing::debug!(%error, "nothing new is fetched");
        }
    }

    /// Has it done, and waits. Dropped, it goes on.
    ///
    /// # Errors
    /// Where it fails.
    pub async fn run(
        &self,
        root: &Root,
        progress: &dyn PreparationProgress,
    ) -> Result<ServerSetup, PreparationError> {
        let followed = async {
            let mut child = self.command(root)?.stdout(Stdio::piped()).spawn()?;
            let output = child.stdout.take().context("it has no output")?;
            let mut lines = BufReader::new(output).lines();
            while let Some(line) = lines.next_line().await? {
                match serde_json::from_str(&line)? {
                    Line::Step(text) => progress.step(&text),
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

    /// The process, out of the editor's reach.
    fn command(&self, root: &Root) -> anyhow::Result<tokio::process::Command> {
        let program = std::env::current_exe().context("this program has no path")?;
        let mut command = tokio::process::Command::new(program);
        if let Some(store) = &self.store {
            command.arg("--store").arg(store);
        }
        command.args(["lsp", "--fetch"]);
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
        if root.is_project {
            command.arg("--root").arg(&root.folder);
        }
        command.arg(server);
        if !own.is_empty() {
            command.arg("--").args(own);
        }
        command
            .current_dir(root.existing_folder())
            .stdin(Stdio::null())
            .stderr(Stdio::null());
        #[cfg(unix)]
        command.process_group(0);
        Ok(command)
    }
}

/// The file that is locked while what an extension's servers need is fetched, and changed when it is.
fn mark(arguments: &Arguments, store: Option<&Path>) -> anyhow::Result<PathBuf> {
    let store = paths::store(store)?;
    let subject = match &arguments.extension {
        Some(extension) => format!("extension {extension}"),
        None => format!("server {}", arguments.server),
    };
    let text = format!("{}\n{subject}", store.display());
    let digest = Blake3Digest::of(text.as_bytes()).to_string();
    Ok(paths::fetches()?.join(&digest[..32]))
}

/// Says a line; that nobody hears it changes nothing.
fn say(line: &Line) {
    if let Ok(mut text) = serde_json::to_string(line) {
        text.push('\n');
        let mut stdout = std::io::stdout().lock();
        let _ = stdout.write_all(text.as_bytes());
        let _ = stdout.flush();
    }
}

/// Fetches what a server needs: this is the process.
///
/// # Errors
/// None that is not said.
pub async fn run(
    arguments: &Arguments,
    root: Option<PathBuf>,
    context: &Context<'_>,
    most: Duration,
) -> Outcome {
    let fetched = tokio::time::timeout(most, fetch(arguments, root, context)).await;
    let line = match fetched {
        Ok(Ok(setup)) => Line::Done(Box::new(setup)),
        Ok(Err(error)) => {
            let PreparationError { message, hint, .. } = of_error(&error);
            Line::Failed { message, hint }
        }
        Err(_) => Line::Failed {
            message: format!("it has taken longer than {} minutes", most.as_secs() / 60),
            hint: Some("start the server again: what was fetched is kept".into()),
        },
    };
    say(&line);
    Ok(match line {
        Line::Failed { .. } => ExitCode::FAILURE,
        _ => ExitCode::SUCCESS,
    })
}

async fn fetch(
    arguments: &Arguments,
    root: Option<PathBuf>,
    context: &Context<'_>,
) -> anyhow::Result<ServerSetup> {
    let mark = mark(arguments, context.store_argument())?;
    let waiting = || say(&Line::Step("another process is fetching it".into()));
    let lock = tokio::task::spawn_blocking(move || files::lock(&mark, waiting)).await;
    let lock = lock.context("waiting has failed")??;
    let provider = InstalledServer::new(arguments, context, None, false, Some(Arc::new(Said)))?;
    let is_project = root.is_some();
    let folder = match root {
        Some(root) => root,
        None => std::env::current_dir().context("the current folder is not there")?,
    };
    provider.read_settings(&folder, is_project)?;
    let (_, setup) = provider.setup(&folder).await?;
    files::touch(&lock)?;
    Ok(setup)
}

/// An observer that says how far an installation is.
#[derive(Debug)]
struct Said;

impl ExtensionObserver for Said {
    fn observe(&self, extension: &ExtensionId, event: &ExtensionEvent) {
        if let ExtensionEvent::Installation { status, .. } = event {
            let words = match status {
                InstallationStatus::CheckingForUpdate => "looking for the newest version",
                InstallationStatus::Downloading => "downloading",
                _ => return,
            };
            say(&Line::Step(format!("{extension}: {words}")));
        }
    }
}
