//! `annexe verify`: whether everything that is installed is what was installed.

use std::{fmt, process::ExitCode};

use annexe::{Hint as _, store::Verification};
use serde::Serialize;

use crate::cli::{
    context::Context,
    failure::{FAILED, Outcome},
    wording,
};

/// Checks every file of everything that is installed, and of what there is to go back to
///
/// Exits with 1 where something is wrong. What interrupted commands have left is not a fault.
#[derive(Debug, clap::Args)]
pub struct Arguments {}

#[derive(Debug, Serialize)]
#[serde(transparent)]
struct Answer(Verification);

impl fmt::Display for Answer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verification = &self.0;
        for problem in &verification.problems {
            if let Some(number) = problem.generation.filter(|_| !problem.current) {
                write!(formatter, "change {number}: ")?;
            }
            writeln!(formatter, "{}", problem.error)?;
            if let Some(hint) = problem.error.hint().filter(|_| problem.current) {
                writeln!(formatter, "  {hint}")?;
            }
        }
        let versions = wording::count(verification.trees, "version", "versions");
        let changes = wording::count(verification.generations, "change", "changes");
        let state = match verification.problems.len() {
            0 => "all as they were installed".to_owned(),
            problems => wording::count(problems as u64, "problem", "problems"),
        };
        write!(formatter, "{versions} in {changes}: {state}")
    }
}

impl Arguments {
    pub async fn run(self, context: &Context<'_>) -> Outcome {
        let verification = context.store()?.verify().await?;
        let leftovers = verification.leftovers.len() as u64;
        if leftovers > 0 {
            let leftovers = wording::count(leftovers, "leftover", "leftovers");
            context.output.note(format_args!(
                "{leftovers} of interrupted commands; `annexe gc` removes them"
            ));
        }
        let is_sound = verification.problems.is_empty();
        context.output.result(&Answer(verification))?;
        Ok(if is_sound {
            ExitCode::SUCCESS
        } else {
            ExitCode::from(FAILED)
        })
    }
}
