//! `annexe outdated`: what of the installed has a newer version.

use std::{fmt, process::ExitCode, sync::Arc};

use annexe::{
    Hint as _,
    api::Families,
    store::{self, ChangeOptions, OutdatedExtension, SkipReason},
    types::ExtensionId,
};
use serde::Serialize;

use crate::cli::{
    arguments::{self, ChoiceOptions, RegistryOption},
    context::Context,
    failure::Outcome,
    progress::Progress,
    registries, wording,
};

/// Shows which installed extensions have newer versions, and what holds those back that an update would not take
///
/// Nothing is changed. What a new version may newly do is shown by `annexe update`, which fetches it. Of a registry that
/// does not answer, a warning tells.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Their ids [default: all that are installed]
    #[arg(value_name = "ID", value_parser = arguments::extension_id)]
    ids: Vec<ExtensionId>,
    /// Ends with the exit code 1 where there is a newer version
    #[arg(long)]
    exit_code: bool,
    #[command(flatten)]
    registry: RegistryOption,
    #[command(flatten)]
    choice: ChoiceOptions,
}

#[derive(Debug, Serialize)]
#[serde(transparent)]
struct Answer(store::Outdated);

impl fmt::Display for Answer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.extensions.is_empty() {
            return Ok(());
        }
        let heading = ["ID", "INSTALLED", "UPDATE", "NEWEST", ""].map(str::to_owned);
        let mut rows = vec![heading.to_vec()];
        rows.extend(self.0.extensions.iter().map(row));
        formatter.write_str(&wording::table(&rows))
    }
}

fn row(one: &OutdatedExtension) -> Vec<String> {
    let update = one.update.as_ref().map(ToString::to_string);
    vec![
        one.id.to_string(),
        one.version.to_string(),
        update.unwrap_or_else(|| "-".into()),
        one.newest.to_string(),
        one.held.clone().unwrap_or_default(),
    ]
}

impl Arguments {
    pub async fn run(self, context: &Context<'_>) -> Outcome {
        let configuration = context.configuration()?;
        let sources = registries::sources(&self.registry, &configuration, context).await?;
        let progress = Arc::new(Progress::new(context.output));
        let store = context.store()?.with_listener(progress.clone());
        let mut options = ChangeOptions::new(&sources);
        options.policy = self.choice.over(configuration.policy());
        progress.beginning("asking the registries");
        let outdated = (store.outdated(&self.ids, &options, &Families::default())).await;
        progress.end();
        let answer = Answer(outdated?);
        for unknown in &answer.0.unknown {
            let (id, reason) = (&unknown.id, &unknown.reason);
            match reason {
                SkipReason::Unreadable(error) => {
                    let hint = error.hint().map(|hint| format!("; {hint}"));
                    context.output.warn(format_args!(
                        "whether `{id}` is outdated is not known: {error}{}",
                        hint.unwrap_or_default()
                    ));
                }
                reason => context.output.note(format_args!("`{id}` {reason}")),
            }
        }
        if answer.0.extensions.is_empty() && answer.0.unknown.is_empty() {
            context.output.note("everything is up to date");
        }
        context.output.result(&answer)?;
        Ok(match self.exit_code && !answer.0.extensions.is_empty() {
            true => ExitCode::FAILURE,
            false => ExitCode::SUCCESS,
        })
    }
}
