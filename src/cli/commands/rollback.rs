//! `annexe rollback`: what was installed before is installed again.

use std::{fmt, process::ExitCode, sync::Arc};

use annexe::store::Generation;
use serde::Serialize;

use crate::cli::{
    context::Context, failure::Outcome, lockfile::LockOption, progress::Progress, wording,
};

/// Undoes the last change of what is installed, or goes back to an earlier one
///
/// Nothing is fetched. Going back twice undoes two changes; what extensions wrote themselves stays as it is.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The number of the change to go back to, as `annexe history` shows it [default: the one before]
    number: Option<u64>,
    #[command(flatten)]
    lock: LockOption,
}

#[derive(Debug, Serialize)]
#[serde(transparent)]
struct Answer(Generation);

impl fmt::Display for Answer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let generation = &self.0;
        let restored = generation.restores.unwrap_or(generation.number);
        let extensions = generation.extensions.values();
        let extensions = extensions.map(|it| format!("{} {}", it.id, it.version));
        let extensions = wording::list(extensions);
        write!(formatter, "back to {restored}: {extensions}")
    }
}

impl Arguments {
    pub async fn run(self, context: &Context<'_>) -> Outcome {
        let store = context.store()?;
        let lock = self.lock.open()?;
        let progress = Arc::new(Progress::new(context.output));
        let store = store.with_listener(progress.clone());
        let generation = store.rollback(self.number).await;
        progress.end();
        let generation = generation?;
        let mut history = store.history()?.into_iter();
        let before = history.find(|one| one.number == generation.parent);
        if let (Some(lock), Some(before)) = (lock, before) {
            lock.follow(&before, &generation, context.output)?;
        }
        context.output.result(&Answer(generation))?;
        Ok(ExitCode::SUCCESS)
    }
}
