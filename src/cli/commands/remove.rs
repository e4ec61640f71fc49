//! `annexe remove`: takes extensions away.

use std::{fmt, process::ExitCode};

use annexe::{store::Installed, types::ExtensionId};
use serde::Serialize;

use crate::cli::{arguments, context::Context, failure::Outcome};

/// Removes an installed extension
///
/// What it wrote itself, such as servers it has downloaded, stays for the day it is installed again,
/// unless --work says otherwise.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The extension's id
    #[arg(value_parser = arguments::extension_id)]
    id: ExtensionId,
    /// Removes what the extension wrote, too
    #[arg(long)]
    work: bool,
}

#[derive(Debug, Serialize)]
#[serde(transparent)]
struct Answer(Installed);

impl fmt::Display for Answer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "removed {} {}", self.0.id, self.0.version)
    }
}

impl Arguments {
    pub async fn run(self, context: &Context<'_>) -> Outcome {
        let store = context.store_at_rest()?;
        let work_dir = store.work_dir(&self.id);
        let removed = if self.work {
            store.remove_with_work(&self.id).await?
        } else {
            store.remove(&self.id).await?
        };
        if work_dir.exists() {
            context.output.note(format_args!(
                "what it wrote stays in `{}`",
                work_dir.display()
            ));
        }
        context.output.result(&Answer(removed))?;
        Ok(ExitCode::SUCCESS)
    }
}
