//! `annexe disable`: extensions that the user, or a project, does without for now.

use std::{collections::BTreeSet, fmt, path::PathBuf, process::ExitCode, sync::Arc};

use annexe::{
    store::{Installed, ProjectExtensions, StoreError},
    types::ExtensionId,
};
use serde::Serialize;

use crate::cli::{
    arguments,
    context::{self, Context},
    failure::{Complaint, Outcome},
    progress::Progress,
    project,
};

/// Disables extensions: they are not started and contribute nothing; updates go on
///
/// With --project, only that project does without them: its own `.annexe/extensions.toml` says so, for all who work on
/// it.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    subjects: Subjects,
}

/// The extensions that are disabled, or are no longer.
#[derive(Debug, clap::Args)]
pub struct Subjects {
    /// Their ids
    #[arg(required = true, value_name = "ID", value_parser = arguments::extension_id)]
    ids: Vec<ExtensionId>,
    /// In one project alone
    #[arg(long)]
    project: bool,
    /// The folder of the project, with --project [default: that of the current folder]
    #[arg(long, value_name = "DIR", requires = "project")]
    worktree: Option<PathBuf>,
}

#[derive(Debug, Serialize)]
#[serde(transparent)]
struct Answer {
    installed: Vec<Installed>,
    /// Those that were as they were to be.
    #[serde(skip)]
    unchanged: BTreeSet<ExtensionId>,
}

impl fmt::Display for Answer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = self.installed.iter().map(|installed| {
            let name = format!("{} {}", installed.id, installed.version);
            match self.unchanged.contains(&installed.id) {
                true => format!("{name} {}", was(installed.disabled)),
                false => format!("{} {name}", verb(installed.disabled)),
            }
        });
        formatter.write_str(&words.collect::<Vec<_>>().join("\n"))
    }
}

#[derive(Debug, Serialize)]
#[serde(transparent)]
struct ProjectAnswer(Vec<InProject>);

/// An extension and whether a project does without it.
#[derive(Debug, Serialize)]
struct InProject {
    id: ExtensionId,
    disabled: bool,
    /// Whether that was otherwise before.
    changed: bool,
    /// The project's file that says so.
    file: PathBuf,
}

impl fmt::Display for ProjectAnswer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = self.0.iter().map(|one| {
            let (id, file) = (&one.id, one.file.display());
            match one.changed {
                true => format!("{} {id} in `{file}`", verb(one.disabled)),
                false => format!("{id} {} in `{file}`", was(one.disabled)),
            }
        });
        formatter.write_str(&words.collect::<Vec<_>>().join("\n"))
    }
}

fn verb(disabled: bool) -> &'static str {
    match disabled {
        true => "disabled",
        false => "enabled",
    }
}

/// The words for what was so before.
fn was(disabled: bool) -> &'static str {
    match disabled {
        true => "was disabled already",
        false => "was not disabled",
    }
}

impl Subjects {
    /// Disables them, or enables them again.
    pub async fn set(self, disabled: bool, context: &Context<'_>) -> Outcome {
        if self.project {
            return self.set_in_project(disabled, context);
        }
        let store = context.store()?;
        let before = store.summaries()?.into_iter();
        let unchanged = before.filter(|it| it.disabled == disabled).map(|it| it.id);
        let unchanged = unchanged.collect();
        let progress = Arc::new(Progress::new(context.output));
        let store = store.with_listener(progress.clone());
        let changed = store.disable(&self.ids, disabled).await;
        progress.end();
        context.output.result(&Answer {
            installed: changed?,
            unchanged,
        })?;
        Ok(ExitCode::SUCCESS)
    }

    fn set_in_project(&self, disabled: bool, context: &Context<'_>) -> Outcome {
        let Some(project) = project::named_or_current(self.worktree.as_deref())? else {
            let message = "neither the home folder nor the file system's root is a project";
            let complaint = Complaint::usage(message.to_owned());
            return Err(complaint
                .with_hint("name the folder of a project with `--worktree`")
                .into());
        };
        let before = ProjectExtensions::read(&project)?;
        let store = context.store()?;
        for id in &self.ids {
            match context::must_be_known(&store, id) {
                // Another who works on the project may have it.
                Err(error @ StoreError::NotInstalled { .. }) => {
                    context.output.warn(format_args!("{error} here"));
                }
                known => known?,
            }
        }
        let after = ProjectExtensions::change(&project, &self.ids, disabled)?;
        let answer = self.ids.iter().map(|id| InProject {
            id: id.clone(),
            disabled: after.is_disabled(id),
            changed: before.is_disabled(id) != after.is_disabled(id),
            file: after.file().to_path_buf(),
        });
        context.output.result(&ProjectAnswer(answer.collect()))?;
        Ok(ExitCode::SUCCESS)
    }
}

impl Arguments {
    pub async fn run(self, context: &Context<'_>) -> Outcome {
        self.subjects.set(true, context).await
    }
}
