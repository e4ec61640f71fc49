//! `annexe update`: newer versions of what is installed.

use std::{fmt, process::ExitCode};

use annexe::{
    store::{self, ExtensionStore, Receipt, SkipReason, Skipped, Unknown},
    types::ExtensionId,
};
use serde::Serialize;

use crate::cli::{
    arguments,
    change_arguments::{ChangeArguments, Done},
    consent,
    context::Context,
    failure::Outcome,
    repositories::{self, Found},
};

/// Updates extensions to the newest versions that this program serves
///
/// What changes is shown first; where a new version may do what the one before could not, it is asked for, or
/// --accept-capabilities says yes. What is allowed is updated as one change; what is not stays as it is, is named, and
/// makes the exit code 1. Those that are named are all updated, or none. If an updated extension does not start the
/// first time, the version before comes back by itself. What came from a tag of a Git repository is updated to the tag
/// with the greatest version of the same form, what came from a branch to what that points to by now.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Their ids [default: all that are installed]
    #[arg(value_name = "ID", value_parser = arguments::extension_id)]
    ids: Vec<ExtensionId>,
    #[command(flatten)]
    options: ChangeArguments,
}

#[derive(Debug, Serialize)]
struct Answer {
    #[serde(flatten)]
    outcome: store::Outcome,
    /// What is not known of registries, those extensions together of which it is so for one reason.
    unknown: Vec<Unknown>,
}

impl fmt::Display for Answer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words: Vec<String> = self
            .outcome
            .receipts
            .iter()
            .map(|receipt| Done(receipt).to_string())
            .collect();
        formatter.write_str(&words.join("\n"))
    }
}

impl Arguments {
    /// Asks the repositories of what came from some, and packs what is newer.
    async fn of_repositories(
        &self,
        store: &ExtensionStore,
        context: &Context<'_>,
    ) -> anyhow::Result<Found> {
        let installed = repositories::installed_from(store, &self.ids)?;
        if installed.is_empty() {
            return Ok(Found::default());
        }
        let repositories = self.options.repositories(context, true)?;
        let (is_named, is_locked) = (!self.ids.is_empty(), self.options.is_locked());
        repositories.updates(installed, is_named, is_locked).await
    }

    pub async fn run(self, context: &Context<'_>) -> Outcome {
        let store = context.store_to_run()?;
        let changing = self.options.begin(context).await?;
        let mut found = self.of_repositories(&store, context).await?;
        let changing = changing.with_packed(&found.prepared);
        let outcome = changing.make(&store, async |store, options| {
            let mut outcome = store.update(&self.ids, options).await?;
            found.explain(&mut outcome);
            Ok(outcome)
        });
        let mut outcome = outcome.await?;
        if outcome.receipts.is_empty() {
            // Where something newer was not taken, or that is not known, a warning said so already.
            if !outcome.skipped.iter().any(Skipped::is_worth_telling) {
                context.output.note("everything is up to date");
            }
        } else if self.options.dry_run && !context.output.is_json() {
            return Ok(ExitCode::SUCCESS);
        }
        let skipped = std::mem::take(&mut outcome.skipped);
        let is_unreadable = |it: &Skipped| matches!(it.reason, SkipReason::Unreadable(_));
        let (unknown, skipped): (Vec<_>, Vec<_>) = skipped.into_iter().partition(is_unreadable);
        outcome.skipped = skipped;
        let answer = Answer {
            outcome,
            unknown: Unknown::of(&unknown),
        };
        context.output.result(&answer)?;
        let held = answer.outcome.skipped.iter();
        let held: Vec<&Receipt> = held.filter_map(Skipped::needing_consent).collect();
        match held.is_empty() {
            true => Ok(ExitCode::SUCCESS),
            false => {
                let was_changed = answer.outcome.generation.is_some();
                let is_shown = context.output.is_talkative();
                Err(consent::not_allowed(&held, is_shown, was_changed).into())
            }
        }
    }
}
