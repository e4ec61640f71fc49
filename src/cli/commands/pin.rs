//! `annexe pin`: extensions that updates leave alone.

use std::{fmt, process::ExitCode, sync::Arc};

use annexe::{store::Installed, types::ExtensionId};
use serde::Serialize;

use crate::cli::{
    arguments, context::Context, failure::Outcome, lockfile::LockOption, progress::Progress,
};

/// Keeps extensions at the versions they have: updates leave them alone
#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    subjects: Subjects,
}

/// The extensions that are pinned, or are no longer.
#[derive(Debug, clap::Args)]
pub struct Subjects {
    /// Their ids
    #[arg(required = true, value_name = "ID", value_parser = arguments::extension_id)]
    ids: Vec<ExtensionId>,
    #[command(flatten)]
    lock: LockOption,
}

#[derive(Debug, Serialize)]
#[serde(transparent)]
struct Answer(Vec<Installed>);

impl fmt::Display for Answer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = self.0.iter().map(|installed| {
            let verb = if installed.pinned {
                "pinned"
            } else {
                "unpinned"
            };
            format!("{verb} {} {}", installed.id, installed.version)
        });
        formatter.write_str(&words.collect::<Vec<_>>().join("\n"))
    }
}

impl Subjects {
    /// Pins them, or lets them go.
    pub async fn set(self, pinned: bool, context: &Context<'_>) -> Outcome {
        let store = context.store()?;
        let lock = self.lock.open()?;
        let progress = Arc::new(Progress::new(context.output));
        let store = store.with_listener(progress.clone());
        let changed = store.pin(&self.ids, pinned).await;
        progress.end();
        let changed = changed?;
        if let Some(lock) = lock {
            lock.set(&changed, context.output)?;
        }
        context.output.result(&Answer(changed))?;
        Ok(ExitCode::SUCCESS)
    }
}

impl Arguments {
    pub async fn run(self, context: &Context<'_>) -> Outcome {
        self.subjects.set(true, context).await
    }
}
