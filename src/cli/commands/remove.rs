//! `annexe remove`: takes extensions away.

use std::{fmt, process::ExitCode, sync::Arc};

use annexe::{store::Installed, types::ExtensionId};
use serde::Serialize;

use crate::cli::{
    arguments, context::Context, failure::Outcome, lockfile::LockOption, progress::Progress,
};

/// Removes installed extensions, as one change
///
/// What they wrote themselves, such as servers they have downloaded, stays for the day they are installed
/// again, unless --work says otherwise: then it goes as well, and of an id that is not installed what
/// extensions of it have left.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Their ids
    #[arg(required = true, value_name = "ID", value_parser = arguments::extension_id)]
    ids: Vec<ExtensionId>,
    /// Removes what they wrote, too
    #[arg(long)]
    work: bool,
    #[command(flatten)]
    lock: LockOption,
}

#[derive(Debug, Serialize)]
#[serde(transparent)]
struct Answer(Vec<Installed>);

impl fmt::Display for Answer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = self.0.iter();
        let words = words.map(|removed| format!("removed {} {}", removed.id, removed.version));
        formatter.write_str(&words.collect::<Vec<_>>().join("\n"))
    }
}

impl Arguments {
    pub async fn run(self, context: &Context<'_>) -> Outcome {
        let store = context.store()?;
        let lock = self.lock.open()?;
        let installed = store.generation()?.extensions;
        // To remove an extension is to remove it from both: one that is locked alone is not a mistake.
        let is_locked_alone = |id: &&ExtensionId| {
            let locked = lock.as_ref().and_then(|lock| lock.lockfile.get(id));
            locked.is_some() && !installed.contains_key(*id)
        };
        let ids: Vec<ExtensionId> = self
            .ids
            .iter()
            .filter(|id| !is_locked_alone(id))
            .cloned()
            .collect();
        let progress = Arc::new(Progress::new(context.output));
        let store = store.with_listener(progress.clone());
        let mut folders = Vec::new();
        let removed = match ids.as_slice() {
            [] => Ok(Vec::new()),
            ids if self.work => store.remove_with_work(ids).await.map(|removed| {
                folders = removed.work_dirs;
                removed.extensions
            }),
            ids => store.remove(ids).await,
        };
        progress.end();
        let removed = removed?;
        for folder in folders {
            let folder = folder.display();
            context.output.announce(format_args!("removed `{folder}`"));
        }
        for installed in &removed {
            let work_dir = store.work_dir(&installed.id, &(&installed.origin).into())?;
            if work_dir.exists() {
                context.output.note(format_args!(
                    "what it wrote stays in `{}`",
                    work_dir.display()
                ));
            }
        }
        if let Some(lock) = lock {
            lock.remove(&self.ids, context.output)?;
        }
        context.output.result(&Answer(removed))?;
        Ok(ExitCode::SUCCESS)
    }
}
