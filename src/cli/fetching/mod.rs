//! The start of a process that fetches what a server needs, and outlives the bridge: an editor that gives up on a first
//! start finds it done at the next.
//!
//! The bridge itself asks extensions without a network, by the last answers there were. Where that does not do, and once
//! a day besides, the process asks them with one ([`process`]).

pub mod process;

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use annexe::{
    digest::Blake3Digest,
    lsp::{PreparationError, PreparationProgress},
    types::ExtensionId,
};
use anyhow::Context as _;
use serde::de::DeserializeOwned;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};

use self::process::Line;
use super::{files, paths, preparation::of_error};

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
    /// As [`Refresh`](Self::Refresh), by a process that is nobody's child: this one starts it, and ends.
    Aside,
}

/// The thing that a fetch is for. All that an extension brings shares one work directory, so what it needs is fetched one
/// after the other.
#[derive(Debug, Clone, Copy)]
pub enum Subject<'a> {
    Extension(&'a ExtensionId),
    /// A language server that no extension is known to bring.
    Server(&'a str),
}

/// A fetch of what a server needs, in a process of its own.
#[derive(Debug, Clone)]
pub struct Fetch {
    /// The command that fetches, and its arguments.
    command: &'static str,
    arguments: Vec<OsString>,
    /// What the process reads.
    input: Vec<u8>,
    store: Option<PathBuf>,
    mark: Option<PathBuf>,
}

impl Fetch {
    /// A fetch by `annexe COMMAND --fetch PURPOSE ARGUMENTS`, into the store that was named on the command line, if one
    /// was.
    pub fn new(
        command: &'static str,
        arguments: Vec<OsString>,
        subject: Subject<'_>,
        store: Option<&Path>,
    ) -> Self {
        Self {
            command,
            arguments,
            input: Vec::new(),
            mark: mark(subject, store).ok(),
            store: store.map(Path::to_path_buf),
        }
    }

    /// Sets what the process reads. Default: nothing.
    #[must_use]
    pub fn reading(self, input: Vec<u8>) -> Self {
        Self { input, ..self }
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
    pub async fn start_aside(&self) {
        let started = async {
            let mut command = self.process(Purpose::Refresh)?;
            let mut child = command.stdout(Stdio::null()).spawn()?;
            self.feed(&mut child).await
        };
        if let Err(error) = started.await {
            tracing::debug!(%error, "nothing new is fetched");
        }
    }

    /// Starts the process as nobody's child, and does not wait for it: for a process that becomes another program.
    pub async fn start_apart(&self) {
        let started = async {
            let mut command = self.process(Purpose::Aside)?;
            let mut child = command.stdout(Stdio::null()).spawn()?;
            self.feed(&mut child).await?;
            child.wait().await?;
            anyhow::Ok(())
        };
        if let Err(error) = started.await {
            tracing::debug!(%error, "nothing new is fetched");
        }
    }

    /// Starts the process, and waits for what it has found. Where this is dropped, the process goes on.
    ///
    /// # Errors
    /// Where it fails.
    pub async fn run<Answer: DeserializeOwned>(
        &self,
        progress: &dyn PreparationProgress,
    ) -> Result<Answer, PreparationError> {
        let followed = async {
            let mut command = self.process(Purpose::Start)?;
            let mut child = command.stdout(Stdio::piped()).spawn()?;
            self.feed(&mut child).await?;
            let output = child.stdout.take().context("it has no output")?;
            let mut lines = BufReader::new(output).lines();
            while let Some(line) = lines.next_line().await? {
                match serde_json::from_str(&line)? {
                    Line::Step(text) => progress.step(&text),
                    Line::Waiting => {}
                    Line::Done(answer) => {
                        // It has nothing more to do.
                        child.wait().await?;
                        return Ok(Ok(*answer));
                    }
                    Line::Failed { message, hint } => {
                        child.wait().await?;
                        return Ok(Err(PreparationError::new(message).with_hint(hint)));
                    }
                }
            }
            anyhow::bail!("the process that fetches it has ended without a word")
        };
        followed
            .await
            .map_err(|error: anyhow::Error| of_error(&error))?
    }

    async fn feed(&self, child: &mut tokio::process::Child) -> anyhow::Result<()> {
        if let Some(mut input) = child.stdin.take() {
            input.write_all(&self.input).await?;
        }
        Ok(())
    }

    /// The process, out of the editor's reach. It starts in the folder of this one, from which relative paths are meant
    /// in the command line and in variables, and not in the project, whose files it is not to take for the user's.
    fn process(&self, purpose: Purpose) -> anyhow::Result<tokio::process::Command> {
        let program = std::env::current_exe().context("this program has no path")?;
        let mut command = tokio::process::Command::new(program);
        if let Some(store) = &self.store {
            command.arg("--store").arg(store);
        }
        let purpose = match purpose {
            Purpose::Start => "start",
            Purpose::Refresh => "refresh",
            Purpose::Aside => "aside",
        };
        command.args([self.command, "--fetch", purpose]);
        command.args(&self.arguments);
        let input = match self.input.is_empty() {
            true => Stdio::null(),
            false => Stdio::piped(),
        };
        command.stdin(input).stderr(Stdio::null());
        #[cfg(unix)]
        command.process_group(0);
        Ok(command)
    }
}

/// The file that is locked while what is needed is fetched, and whose time of change is that of the last fetch.
pub fn mark(subject: Subject<'_>, store: Option<&Path>) -> anyhow::Result<PathBuf> {
    let store = paths::store(store)?;
    let subject = match subject {
        Subject::Extension(extension) => format!("extension {extension}"),
        Subject::Server(server) => format!("server {server}"),
    };
    let text = format!("{}\n{subject}", store.display());
    let digest = Blake3Digest::of(text.as_bytes()).to_string();
    Ok(paths::fetches()?.join(&digest[..32]))
}
