//! The process that fetches what a server needs, and starts no server. It says each step as a line of JSON on its standard
//! output, which is not missed where the bridge has gone.

use std::{
    fs::File,
    io::{self, Write as _},
    path::{Path, PathBuf},
    process::ExitCode,
    time::Duration,
};

use annexe::{
    delegate::{ExtensionEvent, ExtensionObserver},
    lsp::PreparationError,
    types::{ExtensionId, InstallationStatus},
};
use serde::{Deserialize, Serialize};

use super::{Purpose, UNDER_WAY};
use crate::cli::{
    failure::{Complaint, Outcome},
    files,
    preparation::of_error,
};

/// How long a fetch may take: ten minutes.
pub const FETCH_TIME: Duration = Duration::from_secs(600);

/// How often it is looked whether another process still fetches.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// How often it is said that a server is waited for, in seconds.
const SECONDS_BETWEEN_SIGNS: u64 = 5;

/// A line of the process's output.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Line<Answer> {
    Step(String),
    /// It waits, and so does the one that reads this.
    Waiting,
    Done(Box<Answer>),
    Failed {
        message: String,
        hint: Option<String>,
    },
}

/// Fetches what a server needs, under the lock of its file. Where another process has fetched meanwhile, what is `at_hand`
/// then may be all that is missing.
///
/// # Errors
/// None: an error is one of its lines, and an exit code.
pub async fn run<Answer: Serialize>(
    mark: anyhow::Result<PathBuf>,
    purpose: Purpose,
    at_hand: impl Future<Output = anyhow::Result<Answer>>,
    fetched: impl Future<Output = anyhow::Result<Answer>>,
) -> Outcome {
    let fetching = fetch(mark, purpose, at_hand, fetched);
    let line = match tokio::time::timeout(FETCH_TIME, fetching).await {
        Ok(Ok(Some(answer))) => Line::Done(Box::new(answer)),
        // Nobody wants it any more, or another process does it.
        Ok(Ok(None)) => return Ok(ExitCode::SUCCESS),
        Ok(Err(error)) => {
            let PreparationError { message, hint, .. } = of_error(&error);
            Line::Failed { message, hint }
        }
        Err(_) => Line::Failed {
            message: format!(
                "it has taken longer than {} minutes",
                FETCH_TIME.as_secs() / 60
            ),
            hint: Some("start it again: what was fetched is kept".into()),
        },
    };
    let _ = say(&line);
    Ok(match line {
        Line::Failed { .. } => ExitCode::FAILURE,
        _ => ExitCode::SUCCESS,
    })
}

async fn fetch<Answer>(
    mark: anyhow::Result<PathBuf>,
    purpose: Purpose,
    at_hand: impl Future<Output = anyhow::Result<Answer>>,
    fetched: impl Future<Output = anyhow::Result<Answer>>,
) -> anyhow::Result<Option<Answer>> {
    let mark = mark?;
    let lock = || files::try_lock(&mark).map_err(|error| unlockable(&mark, error.into()));
    let (lock, has_waited) = match lock()? {
        Some(lock) => (lock, false),
        None if purpose == Purpose::Refresh => return Ok(None),
        None => match lock_of_others(lock).await? {
            Some(lock) => (lock, true),
            None => return Ok(None),
        },
    };
    if has_waited && let Ok(answer) = at_hand.await {
        return Ok(Some(answer));
    }
    let answer = fetched.await?;
    files::touch(&lock)?;
    Ok(Some(answer))
}

/// Waits until no other process fetches for the extension; `None` once nobody listens to this one.
async fn lock_of_others(
    lock: impl Fn() -> anyhow::Result<Option<File>>,
) -> anyhow::Result<Option<File>> {
    let mut is_heard = step(UNDER_WAY);
    while is_heard.is_ok() {
        tokio::time::sleep(LOOK_EVERY).await;
        if let Some(lock) = lock()? {
            return Ok(Some(lock));
        }
        is_heard = say::<()>(&Line::Waiting);
    }
    Ok(None)
}

/// The way out where something else stands in the place of the file.
fn unlockable(mark: &Path, error: anyhow::Error) -> anyhow::Error {
    match files::is_other_than_file(mark) {
        true => Complaint::new(format!("{error:#}"))
            .with_hint(format!("remove `{}`, which is not a file", mark.display()))
            .into(),
        false => error,
    }
}

/// Writes a line.
///
/// # Errors
/// The system's, where the bridge has gone.
fn say<Answer: Serialize>(line: &Line<Answer>) -> io::Result<()> {
    let mut text = serde_json::to_string(line)?;
    text.push('\n');
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes())?;
    stdout.flush()
}

/// Says a step.
fn step(text: &str) -> io::Result<()> {
    say::<()>(&Line::Step(text.to_owned()))
}

/// An observer that says how far an installation is.
#[derive(Debug)]
pub struct Steps;

impl ExtensionObserver for Steps {
    fn observe(&self, extension: &ExtensionId, event: &ExtensionEvent) {
        let words = match event {
            ExtensionEvent::Installation { status, .. } => match status {
                InstallationStatus::CheckingForUpdate => "looking for the newest version".into(),
                InstallationStatus::Downloading => "downloading".into(),
                _ => return,
            },
            ExtensionEvent::Waiting { what, waited }
                if waited.as_secs().is_multiple_of(SECONDS_BETWEEN_SIGNS) =>
            {
                format!("waiting for {what}, {} s", waited.as_secs())
            }
            _ => return,
        };
        // The fetch goes on where nobody listens.
        let _ = step(&format!("{extension}: {words}"));
    }
}
