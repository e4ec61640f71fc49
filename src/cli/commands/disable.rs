//! `annexe disable`: extensions that the user, or a project, does without for now.

use std::{
    fmt,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
};

use annexe::{
    store::{Installed, ProjectExtensions, StoreError},
    types::ExtensionId,
};
use serde::Serialize;

use crate::cli::{
    arguments,
    context::{self, Context},
    failure::Outcome,
    files,
    progress::Progress,
};

/// Does without extensions for now: they are not started and contribute nothing; updates go on
///
/// With --project, only what lies in that folder does without them: its own `.annexe/extensions.toml` says so, for all
/// who work on it.
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
    /// In one project alone: the one in this folder, or in the current one
    #[arg(long, value_name = "DIR", num_args = 0..=1, default_missing_value = ".")]
    project: Option<PathBuf>,
}

#[derive(Debug, Serialize)]
#[serde(transparent)]
struct Answer(Vec<Installed>);

impl fmt::Display for Answer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = self.0.iter().map(|installed| {
            let verb = verb(installed.disabled);
            format!("{verb} {} {}", installed.id, installed.version)
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
    /// The project's file that says so.
    file: PathBuf,
}

impl fmt::Display for ProjectAnswer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = self.0.iter().map(|one| {
            let InProject { id, disabled, file } = one;
            format!("{} {id} in `{}`", verb(*disabled), file.display())
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

impl Subjects {
    /// Disables them, or takes them back.
    pub async fn set(self, disabled: bool, context: &Context<'_>) -> Outcome {
        if let Some(project) = &self.project {
            return self.set_in(project, disabled, context);
        }
        let store = context.store()?;
        let progress = Arc::new(Progress::new(context.output));
        let store = store.with_listener(progress.clone());
        let changed = store.disable(&self.ids, disabled).await;
        progress.end();
        context.output.result(&Answer(changed?))?;
        Ok(ExitCode::SUCCESS)
    }

    fn set_in(&self, project: &Path, disabled: bool, context: &Context<'_>) -> Outcome {
        let project = files::folder(project)?;
        if disabled {
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
        }
        let changed = ProjectExtensions::change(&project, &self.ids, disabled)?;
        let answer = self.ids.iter().map(|id| InProject {
            id: id.clone(),
            disabled: changed.is_disabled(id),
            file: changed.file().to_path_buf(),
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
