//! `annexe list`: what is installed.

use std::{fmt, process::ExitCode};

use annexe::store::{Installed, StoreError, Withdrawn};
use serde::Serialize;

use crate::cli::{context::Context, failure::Outcome, wording};

/// Lists the extensions that are installed
#[derive(Debug, clap::Args)]
pub struct Arguments {}

#[derive(Debug, Serialize)]
#[serde(transparent)]
struct Answer(Vec<Entry>);

#[derive(Debug, Serialize)]
struct Entry {
    #[serde(flatten)]
    installed: Installed,
    /// What its registry has said against it.
    withdrawn: Option<Withdrawn>,
}

impl Entry {
    /// What a person should know before the rest.
    fn marks(&self) -> String {
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
        marks.join(", ")
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
        rows.extend(self.0.iter().map(|entry| {
            let installed = &entry.installed;
            let api = match &installed.api {
                Some(_) => wording::api(installed.api.as_ref(), installed.adapter.as_deref()),
                None => "none".into(),
            };
            vec![
                installed.id.to_string(),
                installed.version.to_string(),
                api,
                wording::list(&installed.provides),
                entry.marks(),
            ]
        }));
        formatter.write_str(&wording::table(&rows))
    }
}

impl Arguments {
    pub async fn run(self, context: &Context<'_>) -> Outcome {
        let store = context.store_at_rest()?;
        let entries = store
            .generation()?
            .extensions
            .into_values()
            .map(|installed| {
                let withdrawn = store.withdrawn(&installed)?;
                Ok(Entry {
                    installed,
                    withdrawn,
                })
            });
        let answer = Answer(entries.collect::<Result<_, StoreError>>()?);
        if answer.0.is_empty() {
            context
                .output
                .note("nothing is installed; `annexe install <id>` installs an extension");
        }
        context.output.result(&answer)?;
        Ok(ExitCode::SUCCESS)
    }
}
