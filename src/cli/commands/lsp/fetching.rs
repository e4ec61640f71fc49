//! The process that fetches what a server needs: it says each step as JSON on a line of its standard output, which is not
//! missed where the bridge has gone.

use std::{io::Write as _, path::PathBuf, process::ExitCode, sync::Arc, time::Duration};

use annexe::{
    delegate::{ExtensionEvent, ExtensionObserver},
    lsp::PreparationError,
    store::ServerSetup,
    types::{ExtensionId, InstallationStatus},
};
use anyhow::Context as _;
use serde::{Deserialize, Serialize};

use super::{
    Arguments,
    fetch::{UNDER_WAY, mark},
    provider::{InstalledServer, of_error},
};
use crate::cli::{context::Context, failure::Outcome, files};

/// A line of the process's output.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Line {
    Step(String),
    Done(Box<ServerSetup>),
    Failed {
        message: String,
        hint: Option<String>,
    },
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

/// Fetches what a server needs, in at most this time.
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
    let waiting = || say(&Line::Step(UNDER_WAY.into()));
    let lock = tokio::task::spawn_blocking(move || files::lock(&mark, waiting)).await;
    let lock = lock.context("waiting has failed")??;
    let provider = InstalledServer::new(arguments, context, None, false, Some(Arc::new(Said)))?;
    let is_project = root.is_some();
    let folder = match root {
        Some(root) => root,
        None => std::env::current_dir().context("the current folder is not there")?,
    };
    provider.read_settings(&folder, is_project)?;
    let setup = provider.setup(&folder).await?;
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
