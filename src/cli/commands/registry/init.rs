//! `annexe registry init`: an empty registry.

use std::{fmt, path::PathBuf, process::ExitCode};

use annexe::registry::publish;
use serde::Serialize;

use crate::cli::{context::Context, failure::Outcome};

/// Makes a folder a registry with no extensions
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The folder, created where it is missing
    folder: PathBuf,
    /// What the registry calls itself, which never changes: its mirrors are known by it
    #[arg(long)]
    name: String,
}

#[derive(Debug, Serialize)]
struct Answer {
    folder: PathBuf,
    registry: String,
}

impl fmt::Display for Answer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{}: registry `{}`",
            self.folder.display(),
            self.registry
        )
    }
}

impl Arguments {
    pub async fn run(self, context: &Context<'_>) -> Outcome {
        let Self { folder, name } = self;
        let answer = tokio::task::spawn_blocking(move || {
            publish::init(&folder, &name).map(|config| Answer {
                folder,
                registry: config.registry,
            })
        });
        context.output.result(&answer.await??)?;
        Ok(ExitCode::SUCCESS)
    }
}
