//! `annexe gc`: removes what is no longer needed.

use std::{fmt, process::ExitCode, sync::Arc};

use annexe::store::Collected;
use serde::Serialize;

use crate::cli::{context::Context, failure::Outcome, progress::Progress, wording};

/// Removes old changes from the history, and the files that only they needed
///
/// What extensions wrote themselves stays, unless --work says otherwise, and so do the logs of those that are left.
///
/// Compiled components are kept within bounds of their own; see `annexe cache`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// How many of the last changes there is a way back to afterwards, what is installed now among them
    #[arg(long, value_name = "NUMBER", default_value_t = 10)]
    keep: usize,
    /// Removes what extensions wrote, such as servers they have downloaded, that none of these changes has any more
    #[arg(long)]
    work: bool,
}

#[derive(Debug, Serialize)]
#[serde(transparent)]
struct Answer(Collected);

impl fmt::Display for Answer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Collected {
            generations,
            trees,
            bytes,
            dev_builds,
            files,
            logs,
            left_work_dirs,
            left_work_bytes,
            work_removed,
            ..
        } = self.0;
        let changes = wording::count(generations, "change", "changes");
        let versions = wording::count(trees, "version", "versions");
        let bytes = wording::bytes(bytes);
        write!(
            formatter,
            "removed {changes}, and the files of {versions}: {bytes}"
        )?;
        if dev_builds > 0 {
            let builds = wording::count(dev_builds, "build", "builds");
            write!(formatter, "; and {builds} of dev extensions")?;
        }
        if files > 0 {
            let files = wording::count(files, "file", "files");
            write!(formatter, "; and {files} of bundles")?;
        }
        if logs > 0 {
            let extensions = wording::count(logs, "extension", "extensions");
            write!(formatter, "; and the logs of {extensions}")?;
        }
        if left_work_dirs > 0 {
            let folders =
                wording::count(left_work_dirs, "working directory", "working directories");
            let bytes = wording::bytes(left_work_bytes);
            match work_removed {
                true => write!(formatter, "; and {folders}: {bytes}")?,
                false => write!(
                    formatter,
                    "\n{folders} of extensions that are gone: {bytes}; `annexe gc --work` removes that"
                )?,
            }
        }
        Ok(())
    }
}

impl Arguments {
    pub async fn run(self, context: &Context<'_>) -> Outcome {
        let store = context.store()?;
        let progress = Arc::new(Progress::new(context.output));
        let store = store.with_listener(progress.clone());
        let collected = match self.work {
            true => store.collect_with_work(self.keep).await,
            false => store.collect(self.keep).await,
        };
        progress.end();
        context.output.result(&Answer(collected?))?;
        Ok(ExitCode::SUCCESS)
    }
}
