//! `annexe source remove`: one registry less.

use std::{fmt, process::ExitCode};

use annexe::types::ExtensionId;
use serde::Serialize;

use crate::cli::{context::Context, failure::Outcome, source_entries, wording};

/// Takes a registry out of the configuration; what is installed from it stays, and stays bound to it
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Its name; without one, its location
    name: String,
}

#[derive(Debug, Serialize)]
struct Answer {
    name: String,
    location: String,
    /// The extensions that came from it. Nothing else updates them.
    installed: Vec<ExtensionId>,
}

impl fmt::Display for Answer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            name,
            location,
            installed,
        } = self;
        write!(formatter, "removed `{name}`, the registry at `{location}`")?;
        if installed.is_empty() {
            return Ok(());
        }
        write!(
            formatter,
            "; from it came {}, which stay as they are: no other registry updates them, unless one is named with `annexe install <id> --registry <location>`",
            wording::list(installed)
        )
    }
}

impl Arguments {
    pub fn run(self, context: &Context<'_>) -> Outcome {
        // Read first: what cannot be told afterwards is not done.
        let summaries = context.store()?.summaries()?.into_iter();
        let removed = source_entries::remove(&self.name)?;
        let name = removed.id()?.to_string();
        let came = summaries.filter(|summary| summary.origin.registry() == Some(&name));
        context.output.result(&Answer {
            installed: came.map(|summary| summary.id).collect(),
            location: removed.location.to_string(),
            name,
        })?;
        Ok(ExitCode::SUCCESS)
    }
}
