//! `annexe registry refresh`: the word that a registry is as it should be.

use std::{fmt, num::NonZeroU32, path::PathBuf, process::ExitCode};

use annexe::{Timestamp, registry::publish};
use serde::Serialize;

use crate::cli::{context::Context, failure::Outcome};

/// Says that a registry is as it should be, so that readers can tell it from an old copy
///
/// `add`, `yank`, `restore` and `block` say so too. A registry that promises to be renewed must be, by a daily job most
/// often: readers warn of one that is late, and refuse to install from one that is as late again.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The registry's folder
    folder: PathBuf,
    /// Promises to renew it within so many days, 0 to promise nothing [default: as it was]
    #[arg(long, value_name = "DAYS")]
    fresh_for_days: Option<u32>,
}

#[derive(Debug, Serialize)]
struct Answer {
    registry: String,
    made: Option<Timestamp>,
    fresh_for_days: Option<NonZeroU32>,
}

impl fmt::Display for Answer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "registry `{}`", self.registry)?;
        if let Some(made) = self.made {
            write!(formatter, ": as it should be at {made}")?;
        }
        match self.fresh_for_days.map(NonZeroU32::get) {
            Some(1) => formatter.write_str(", to be renewed within a day"),
            Some(days) => write!(formatter, ", to be renewed within {days} days"),
            None => Ok(()),
        }
    }
}

impl Arguments {
    pub async fn run(self, context: &Context<'_>) -> Outcome {
        let Self {
            folder,
            fresh_for_days,
        } = self;
        let refreshing = tokio::task::spawn_blocking(move || {
            publish::refresh(&folder, fresh_for_days.map(NonZeroU32::new))
        });
        let config = refreshing.await??;
        let answer = Answer {
            registry: config.registry,
            made: config.made,
            fresh_for_days: config.fresh_for_days,
        };
        context.output.result(&answer)?;
        Ok(ExitCode::SUCCESS)
    }
}
