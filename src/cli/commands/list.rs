//! `annexe list`: what is installed.

use std::{collections::BTreeMap, process::ExitCode};

use annexe::{
    Hint,
    registry::RegistryId,
    store::{
        DevExtension, Installed, ProjectExtensions, Store, StoreError, Summary, Withdrawals,
        Withdrawn,
    },
    types::ExtensionId,
};
use serde::Serialize;

use crate::cli::{context::Context, failure::Outcome, output::Output, project, wording};

/// Lists the extensions that are installed, and dev extensions
///
/// What the project of the current folder has disabled is marked `disabled here`.
#[derive(Debug, clap::Args)]
pub struct Arguments {}

/// An extension, installed or dev or both.
#[derive(Debug, Serialize)]
#[serde(bound = "T: Serialize")]
struct Entry<T> {
    #[serde(flatten)]
    subject: Subject<T>,
    /// The dev extension of the id. If it has a build, that runs, and shadows what is installed.
    #[serde(skip_serializing_if = "Option::is_none")]
    dev: Option<DevExtension>,
    /// Whether the project of the current folder does without it.
    disabled_in_project: bool,
}

/// The extension of an id: what is installed, known as `T`, or a dev extension that shadows nothing.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Subject<T> {
    Installed(T),
    DevAlone { id: ExtensionId },
}

/// The facts about an installed extension.
#[derive(Debug, Serialize)]
struct Facts {
    #[serde(flatten)]
    installed: Installed,
    /// What its registry has said against it.
    withdrawn: Option<Withdrawn>,
}

/// Puts what is installed, sorted by id, and the dev extensions into one list; `project` is what this project says of
/// them.
fn merge<T>(
    installed: impl Iterator<Item = (ExtensionId, T)>,
    mut dev: BTreeMap<ExtensionId, DevExtension>,
    project: Option<ProjectExtensions>,
) -> impl Iterator<Item = (ExtensionId, Entry<T>)> {
    let is_disabled = move |id: &ExtensionId| project.as_ref().is_some_and(|it| it.is_disabled(id));
    let mut installed = installed.peekable();
    std::iter::from_fn(move || {
        let first_dev = dev.keys().next();
        let dev_alone = match (installed.peek(), first_dev) {
            (Some((id, _)), Some(first)) => first < id,
            (None, first) => first.is_some(),
            (Some(_), None) => false,
        };
        if dev_alone {
            let (id, dev) = dev.pop_first()?;
            let entry = Entry {
                subject: Subject::DevAlone { id: id.clone() },
                dev: Some(dev),
                disabled_in_project: is_disabled(&id),
            };
            return Some((id, entry));
        }
        let (id, one) = installed.next()?;
        let entry = Entry {
            subject: Subject::Installed(one),
            dev: dev.remove(&id),
            disabled_in_project: is_disabled(&id),
        };
        Some((id, entry))
    })
}

/// The most important facts, shown first.
fn marks(summary: &Summary, withdrawn: Option<&Withdrawn>) -> Vec<String> {
    let mut marks = Vec::new();
    if summary.disabled {
        marks.push("disabled".to_owned());
    }
    if summary.pinned {
        marks.push("pinned".to_owned());
    }
    marks.extend(withdrawn.map(wording::withdrawn));
    let origin = &summary.origin;
    if origin.registry() != Some(RegistryId::embedded().as_str()) {
        marks.push(format!("from {origin}"));
    }
    marks
}

impl Entry<Summary> {
    /// The row of what runs.
    fn row(&self, id: &ExtensionId, withdrawals: &Withdrawals) -> Vec<String> {
        let installed = match &self.subject {
            Subject::Installed(summary) => Some(summary),
            Subject::DevAlone { .. } => None,
        };
        let build = self.dev.as_ref().and_then(|dev| dev.build.as_ref());
        let mut notes = Vec::new();
        if self.disabled_in_project {
            notes.push("disabled here".to_owned());
        }
        notes.extend(self.dev.iter().map(wording::dev));
        match (build, installed) {
            (Some(_), Some(shadowed)) => notes.push(format!("shadows {}", shadowed.version)),
            (None, Some(summary)) => notes.extend(marks(summary, withdrawals.of_summary(summary))),
            (_, None) => {}
        }
        let (version, api, adapter, provides) = match (build, installed) {
            (Some(build), _) => (&build.version, &build.api, &build.adapter, &build.provides),
            (None, Some(it)) => (&it.version, &it.api, &it.adapter, &it.provides),
            (None, None) => {
                let none = ["-"; 3].map(str::to_owned);
                let row = [id.to_string()].into_iter().chain(none);
                return row.chain([notes.join(", ")]).collect();
            }
        };
        let api = match api {
            Some(_) => wording::api(api.as_ref(), adapter.as_deref()),
            None => "none".into(),
        };
        vec![
            id.to_string(),
            version.to_string(),
            api,
            wording::list(provides),
            notes.join(", "),
        ]
    }
}

impl Arguments {
    pub async fn run(self, context: &Context<'_>) -> Outcome {
        let store = context.store()?;
        let is_empty = match context.output.is_json() {
            true => facts(&store, context.output)?,
            false => table(&store, context.output)?,
        };
        if is_empty {
            context
                .output
                .note("nothing is installed; `annexe install <id>` installs an extension");
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Prints all that is known, for a program. Returns whether it is nothing.
fn facts(store: &Store, output: &Output) -> anyhow::Result<bool> {
    let installed = store.generation()?.extensions;
    let withdrawals = withdrawals(store, installed.is_empty())?;
    let facts = installed.into_iter().map(|(id, installed)| {
        let withdrawn = withdrawals.of(&installed).cloned();
        (
            id,
            Box::new(Facts {
                installed,
                withdrawn,
            }),
        )
    });
    let entries = merge(facts, dev_extensions(store, output)?, project(output));
    let entries: Vec<_> = entries.map(|(_, entry)| entry).collect();
    output.json(&entries)?;
    Ok(entries.is_empty())
}

/// Prints a table for a user. Returns whether it has no rows.
fn table(store: &Store, output: &Output) -> anyhow::Result<bool> {
    let installed = store.summaries()?;
    let withdrawals = withdrawals(store, installed.is_empty())?;
    let installed = installed.into_iter().map(|it| (it.id.clone(), it));
    let mut rows = vec![
        ["ID", "VERSION", "API", "PROVIDES", ""]
            .map(str::to_owned)
            .to_vec(),
    ];
    let entries = merge(installed, dev_extensions(store, output)?, project(output));
    rows.extend(entries.map(|(id, entry)| entry.row(&id, &withdrawals)));
    let is_empty = rows.len() == 1;
    if !is_empty {
        output.words(&wording::table_within(&rows, output.width()))?;
    }
    Ok(is_empty)
}

/// Reads what registries have withdrawn, where there is something it could be of.
fn withdrawals(store: &Store, nothing_is_installed: bool) -> Result<Withdrawals, StoreError> {
    match nothing_is_installed {
        true => Ok(Withdrawals::default()),
        false => store.withdrawals(),
    }
}

/// Reads the dev extensions; the user is warned of one that cannot be read.
fn dev_extensions(
    store: &Store,
    output: &Output,
) -> Result<BTreeMap<ExtensionId, DevExtension>, StoreError> {
    let mut dev = BTreeMap::new();
    for id in store.dev_ids()? {
        match store.dev_extension(&id) {
            Ok(extension) => dev.extend(extension.map(|extension| (id, extension))),
            Err(error) => output.warn(complaint(&error)),
        }
    }
    Ok(dev)
}

/// What the project of the current folder does without; the user is warned where that cannot be read.
fn project(output: &Output) -> Option<ProjectExtensions> {
    let folder = project::named_or_current(None).ok()??;
    let project = ProjectExtensions::read(&folder);
    project
        .inspect_err(|error| output.warn(complaint(error)))
        .ok()
}

/// Returns the problem of a dev extension or of the project, and the way out.
fn complaint(error: &impl Hint) -> String {
    match error.hint() {
        Some(hint) => format!("{error}; {hint}"),
        None => error.to_string(),
    }
}
