//! `annexe outdated`: what of the installed has a newer version.

use std::{fmt, process::ExitCode, sync::Arc};

use annexe::{
    api::Families,
    store::{self, ChangeOptions, OutdatedExtension, SkipReason, Skipped, Store, Unknown},
    types::{ExtensionId, GitReference},
};
use serde::Serialize;

use crate::cli::{
    arguments::{self, ChoiceOptions, RegistryOption},
    context::Context,
    failure::Outcome,
    progress::Progress,
    registries,
    repositories::{self, InRepository, Reading, Repositories},
    wording,
};

/// Shows which installed extensions have newer versions, and what holds those back that an update would not take
///
/// Nothing is changed. What a new version may newly do is shown by `annexe update`, which fetches it. Of a registry that
/// does not answer, a warning tells; with --json, `unknown` has the ids for each reason.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Their ids [default: all that are installed]
    #[arg(value_name = "ID", value_parser = arguments::extension_id)]
    ids: Vec<ExtensionId>,
    /// Ends with the exit code 1 where there is a newer version, and where that is not known of one: 0 says that all is
    /// the newest. A failure ends with 1 as well, and with an error
    #[arg(long)]
    exit_code: bool,
    #[command(flatten)]
    registry: RegistryOption,
    #[command(flatten)]
    choice: ChoiceOptions,
}

#[derive(Debug, Serialize)]
struct Answer {
    #[serde(flatten)]
    registries: store::Outdated,
    /// Those from Git repositories that have something newer.
    repositories: Vec<InRepository>,
}

impl fmt::Display for Answer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.has_news() {
            return Ok(());
        }
        let heading = ["ID", "INSTALLED", "UPDATE", "NEWEST", ""].map(str::to_owned);
        let mut rows = vec![heading.to_vec()];
        rows.extend(self.registries.extensions.iter().map(row));
        rows.extend(self.repositories.iter().map(row_of_repository));
        formatter.write_str(&wording::table(&rows))
    }
}

impl Answer {
    /// There is something newer.
    fn has_news(&self) -> bool {
        !self.registries.extensions.is_empty() || !self.repositories.is_empty()
    }
}

fn row_of_repository(one: &InRepository) -> Vec<String> {
    let newer = match &one.newer {
        GitReference::Tag(name) => name.clone(),
        GitReference::Branch(_) => one.newer_revision.short().to_owned(),
    };
    let held = match one.moved {
        true => format!("{} points to another commit by now", one.newer.in_words()),
        false => String::new(),
    };
    let update = match one.moved {
        true => "-".into(),
        false => newer.clone(),
    };
    vec![
        one.id.to_string(),
        one.version.to_string(),
        update,
        newer,
        held,
    ]
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
    /// Asks the repositories of what came from some.
    async fn of_repositories(
        &self,
        store: &Store,
        outdated: &mut store::Outdated,
        context: &Context<'_>,
    ) -> anyhow::Result<Vec<InRepository>> {
        let of_repositories = repositories::installed_from(store, &self.ids)?;
        if of_repositories.is_empty() {
            return Ok(Vec::new());
        }
        let reading = Reading {
            offline: self.registry.offline,
            plain_http: false,
            local: true,
            accepts_build: false,
        };
        let repositories = Repositories::new(context, &reading)?;
        Ok(repositories.outdated(of_repositories, outdated).await)
    }

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
        let mut outdated = outdated?;
        let repositories = self.of_repositories(&store, &mut outdated, context).await?;
        let answer = Answer {
            registries: outdated,
            repositories,
        };
        let unknown = &answer.registries.unknown;
        let is_unreadable = |it: &&Skipped| matches!(it.reason, SkipReason::Unreadable(_));
        for group in Unknown::of(unknown.iter().filter(is_unreadable)) {
            let of = wording::of_group(&group);
            context.output.warn(format_args!(
                "of {of} it is not known whether there is a newer version: {}",
                wording::reason(&group)
            ));
        }
        for other in unknown.iter().filter(|it| !is_unreadable(it)) {
            let (id, reason) = (&other.id, &other.reason);
            context.output.note(format_args!("`{id}` {reason}"));
        }
        if !answer.has_news() && answer.registries.unknown.is_empty() {
            context.output.note("everything is up to date");
        }
        context.output.result(&answer)?;
        let may_have_news = unknown.iter().any(Skipped::is_worth_telling);
        Ok(
            match self.exit_code && (answer.has_news() || may_have_news) {
                true => ExitCode::FAILURE,
                false => ExitCode::SUCCESS,
            },
        )
    }
}
