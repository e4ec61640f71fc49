//! `annexe list`: what is installed.

use std::{collections::BTreeMap, fmt, process::ExitCode};

use annexe::{
    Hint as _,
    registry::RegistryId,
    store::{DevExtension, Installed, StoreError, Withdrawals, Withdrawn},
    types::ExtensionId,
};
use serde::Serialize;

use crate::cli::{context::Context, failure::Outcome, wording};

/// Lists the extensions that are installed, and dev extensions
#[derive(Debug, clap::Args)]
pub struct Arguments {}

#[derive(Debug, Serialize)]
#[serde(transparent)]
struct Answer(Vec<Entry>);

#[derive(Debug, Serialize)]
struct Entry {
    #[serde(flatten)]
    subject: Subject,
    /// The dev extension of the id. If it has a build, that runs, and shadows what is installed.
    #[serde(skip_serializing_if = "Option::is_none")]
    dev: Option<DevExtension>,
}

/// The extension of an id, installed or dev or both.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Subject {
    Installed(Box<Facts>),
    DevAlone { id: ExtensionId },
}

impl Subject {
    fn id(&self) -> &ExtensionId {
        match self {
            Self::Installed(facts) => &facts.installed.id,
            Self::DevAlone { id } => id,
        }
    }

    fn installed(&self) -> Option<&Facts> {
        match self {
            Self::Installed(facts) => Some(facts),
            Self::DevAlone { .. } => None,
        }
    }
}

/// The facts about an installed extension.
#[derive(Debug, Serialize)]
struct Facts {
    #[serde(flatten)]
    installed: Installed,
    /// What its registry has said against it.
    withdrawn: Option<Withdrawn>,
}

impl Facts {
    /// The most important fact, shown first.
    fn marks(&self) -> Vec<String> {
        let mut marks = Vec::new();
        if self.installed.pinned {
            marks.push("pinned".to_owned());
        }
        if let Some(withdrawn) = &self.withdrawn {
            let word = if withdrawn.blocked {
                "blocked"
            } else {
                "yanked"
            };
            marks.push(match &withdrawn.reason {
                Some(reason) => format!("{word} ({})", reason.escape_debug()),
                None => word.to_owned(),
            });
        }
        let origin = &self.installed.origin;
        if origin.registry() != Some(RegistryId::embedded().as_str()) {
            marks.push(format!("from {origin}"));
        }
        marks
    }
}

impl Entry {
    /// The row of what runs.
    fn row(&self) -> Vec<String> {
        let installed = self.subject.installed();
        let build = self.dev.as_ref().and_then(|dev| dev.build.as_ref());
        let (version, api, adapter, provides) = match (build, installed) {
            (Some(build), _) => (&build.version, &build.api, &build.adapter, &build.provides),
            (None, Some(Facts { installed: it, .. })) => {
                (&it.version, &it.api, &it.adapter, &it.provides)
            }
            (None, None) => return self.unbuilt(),
        };
        let api = match api {
            Some(_) => wording::api(api.as_ref(), adapter.as_deref()),
            None => "none".into(),
        };
        let mut marks: Vec<String> = self.dev.iter().map(wording::dev).collect();
        match (build, installed) {
            (Some(_), Some(shadowed)) => {
                marks.push(format!("shadows {}", shadowed.installed.version));
            }
            (_, installed) => marks.extend(installed.into_iter().flat_map(Facts::marks)),
        }
        vec![
            self.subject.id().to_string(),
            version.to_string(),
            api,
            wording::list(provides),
            marks.join(", "),
        ]
    }

    fn unbuilt(&self) -> Vec<String> {
        let marks: Vec<String> = self.dev.iter().map(wording::dev).collect();
        let mut row = vec![self.subject.id().to_string()];
        row.extend(["-", "-", "-"].map(str::to_owned));
        row.push(marks.join(", "));
        row
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return Ok(());
        }
        let mut rows = vec![
            ["ID", "VERSION", "API", "PROVIDES", ""]
                .map(str::to_owned)
                .to_vec(),
        ];
        rows.extend(self.0.iter().map(Entry::row));
        formatter.write_str(&wording::table(&rows))
    }
}

impl Arguments {
    pub async fn run(self, context: &Context<'_>) -> Outcome {
        let store = context.store()?;
        let installed = store.generation()?.extensions;
        let mut dev = BTreeMap::new();
        for id in store.dev_ids()? {
            match store.dev_extension(&id) {
                Ok(extension) => dev.extend(extension.map(|extension| (id, extension))),
                Err(error) => context.output.warn(complaint(&error)),
            }
        }
        // Read where there is something it could be of.
        let withdrawals = match installed.is_empty() {
            true => Withdrawals::default(),
            false => store.withdrawals()?,
        };
        let mut entries: Vec<Entry> = installed
            .into_iter()
            .map(|(id, installed)| Entry {
                dev: dev.remove(&id),
                subject: Subject::Installed(Box::new(Facts {
                    withdrawn: withdrawals.of(&installed).cloned(),
                    installed,
                })),
            })
            .collect();
        entries.extend(dev.into_iter().map(|(id, dev)| Entry {
            dev: Some(dev),
            subject: Subject::DevAlone { id },
        }));
        entries.sort_by(|one, other| one.subject.id().cmp(other.subject.id()));
        let answer = Answer(entries);
        if answer.0.is_empty() {
            context
                .output
                .note("nothing is installed; `annexe install <id>` installs an extension");
        }
        context.output.result(&answer)?;
        Ok(ExitCode::SUCCESS)
    }
}

/// Returns the problem of a dev extension, and the way out.
fn complaint(error: &StoreError) -> String {
    match error.hint() {
        Some(hint) => format!("{error}; {hint}"),
        None => error.to_string(),
    }
}
