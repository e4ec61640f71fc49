//! `annexe explain`: which version would be installed, and why not another.

use std::{fmt, process::ExitCode};

use annexe::{
    api::Families,
    registry::format::{Candidate, Verdict},
    store::{ChangeOptions, Explanation, Installed, Origin, Store, Withdrawn},
    types::{ExtensionVersion, VersionRequirement},
};
use semver::Version;
use serde::Serialize;

use crate::cli::{
    arguments::{ChoiceOptions, ExtensionRequest, RegistryOption},
    context::Context,
    failure::Outcome,
    lockfile::LockOption,
    registries,
    repositories::{self, Reading, Repositories},
    wording,
};

/// Shows every version of an extension with the reason it would be taken or not
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The extension's id, with the versions that would do: `toml`, `toml@0.2`, `toml@=0.2.1`
    #[arg(value_name = "ID[@VERSION]")]
    wanted: ExtensionRequest,
    #[command(flatten)]
    registry: RegistryOption,
    #[command(flatten)]
    choice: ChoiceOptions,
    #[command(flatten)]
    lock: LockOption,
}

#[derive(Debug, Serialize)]
struct Answer {
    id: String,
    requirement: VersionRequirement,
    registry: Option<String>,
    /// Where it came from, where that is a repository and no registry.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    git: Option<Origin>,
    installed: Option<ExtensionVersion>,
    /// What the registry of the installed version has said against it.
    withdrawn: Option<Withdrawn>,
    candidates: Vec<Line>,
}

#[derive(Debug, Serialize)]
struct Line {
    version: ExtensionVersion,
    api: Option<Version>,
    /// `taken`, `older` or `rejected`.
    verdict: &'static str,
    reason: String,
}

impl From<&Candidate> for Line {
    fn from(candidate: &Candidate) -> Self {
        Self {
            version: candidate.line.version.clone(),
            api: candidate.line.api.clone(),
            verdict: match candidate.verdict {
                Verdict::Chosen => "taken",
                Verdict::Older { .. } => "older",
                _ => "rejected",
            },
            reason: candidate.verdict.to_string(),
        }
    }
}

impl From<Explanation> for Answer {
    fn from(explanation: Explanation) -> Self {
        Self {
            id: explanation.id.to_string(),
            candidates: explanation.candidates.iter().map(Line::from).collect(),
            requirement: explanation.requirement,
            registry: Some(explanation.registry),
            git: None,
            withdrawn: explanation.withdrawn,
            installed: explanation.installed.map(|installed| installed.version),
        }
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let installed = match &self.installed {
            Some(version) => match &self.withdrawn {
                Some(withdrawn) => {
                    let words = wording::withdrawn_in_full(withdrawn);
                    format!("{version} is installed, and {words}")
                }
                None => format!("{version} is installed"),
            },
            None => "not installed".into(),
        };
        let (id, requirement) = (&self.id, &self.requirement);
        match (&self.git, &self.registry) {
            (Some(origin), _) => writeln!(formatter, "{id}, from {origin}: {installed}")?,
            (None, registry) => writeln!(
                formatter,
                "{id}, versions `{requirement}`, registry `{}`: {installed}",
                registry.as_deref().unwrap_or_default()
            )?,
        }
        let rows: Vec<Vec<String>> = self
            .candidates
            .iter()
            .map(|line| {
                let api = line.api.as_ref().map(|api| format!("API {api}"));
                vec![
                    format!("  {}", line.version),
                    api.unwrap_or_default(),
                    line.reason.clone(),
                ]
            })
            .collect();
        formatter.write_str(&wording::table(&rows))
    }
}

impl Arguments {
    /// The extension, where it is installed from a Git repository and no registry was named.
    fn of_repository(&self, store: &Store) -> anyhow::Result<Option<Installed>> {
        if self.registry.registry.is_some() {
            return Ok(None);
        }
        let ids = [self.wanted.id.clone()];
        Ok(repositories::installed_from(store, &ids)?.pop())
    }

    /// Explains what an update would make of an extension of a Git repository.
    async fn explain_repository(
        &self,
        installed: &Installed,
        context: &Context<'_>,
    ) -> anyhow::Result<Answer> {
        let reading = Reading {
            offline: self.registry.offline,
            plain_http: false,
            local: true,
            accepts_build: false,
        };
        let repositories = Repositories::new(context, &reading)?;
        Ok(Answer {
            id: installed.id.to_string(),
            requirement: self.wanted.requirement.clone(),
            registry: None,
            git: Some(installed.origin.clone()),
            installed: Some(installed.version.clone()),
            withdrawn: None,
            candidates: vec![Line {
                version: installed.version.clone(),
                api: installed.api.clone(),
                verdict: "taken",
                reason: repositories.explain(installed).await,
            }],
        })
    }

    pub async fn run(self, context: &Context<'_>) -> Outcome {
        let configuration = context.configuration()?;
        let store = context.store()?;
        let sources = registries::sources(&self.registry, &configuration, context).await?;
        let lock = self.lock.open()?;
        let mut options = ChangeOptions::new(&sources);
        options.rebind = self.registry.registry.is_some();
        options.policy = self.choice.over(configuration.policy());
        options.lockfile = lock.as_ref().map(|lock| &lock.lockfile);
        options.lockfile_found = lock.as_ref().is_some_and(|lock| lock.is_found);
        let ExtensionRequest { id, requirement } = &self.wanted;
        if let Some(installed) = self.of_repository(&store)? {
            let answer = self.explain_repository(&installed, context).await?;
            context.output.result(&answer)?;
            return Ok(ExitCode::SUCCESS);
        }
        let families = Families::default();
        let explanation = (store.explain(id, requirement, &options, &families)).await?;
        if explanation.unreadable > 0 {
            let lines = wording::count(explanation.unreadable as u64, "line", "lines");
            context.output.note(format_args!(
                "{lines} of the registry's index could not be read; a newer program may read them"
            ));
        }
        for warning in &explanation.freshness {
            context.output.warn(warning);
        }
        // Which tools an extension takes is not known before it runs.
        for held in configuration.held_tools() {
            context.output.announce(format_args!(
                "held by the configuration, for every extension: {held}"
            ));
        }
        context.output.result(&Answer::from(explanation))?;
        Ok(ExitCode::SUCCESS)
    }
}
