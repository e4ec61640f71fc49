//! `annexe history`: what has changed, and what there is to go back to.

use std::{collections::BTreeMap, fmt, process::ExitCode};

use annexe::{
    Timestamp,
    digest::Blake3Digest,
    store::{Generation, Origin},
    types::ExtensionId,
};
use serde::Serialize;

use crate::cli::{context::Context, failure::Outcome, wording};

/// Lists the changes that there is a way back from, the newest first
#[derive(Debug, clap::Args)]
pub struct Arguments {}

#[derive(Debug, Serialize)]
#[serde(transparent)]
struct Answer(Vec<Entry>);

#[derive(Debug, Serialize)]
struct Entry {
    number: u64,
    created: Option<Timestamp>,
    reason: String,
    /// The change that this one has gone back to.
    restores: Option<u64>,
    extensions: usize,
    /// Where each of them came from.
    origins: BTreeMap<ExtensionId, Origin>,
    /// The digest of all that was installed then.
    digest: Blake3Digest,
    /// It is what is installed now.
    current: bool,
}

impl Entry {
    fn new(generation: &Generation, current: bool) -> Self {
        Self {
            number: generation.number,
            created: generation.created,
            reason: generation.reason.clone(),
            restores: generation.restores,
            extensions: generation.extensions.len(),
            origins: generation
                .extensions
                .iter()
                .map(|(id, installed)| (id.clone(), installed.origin.clone()))
                .collect(),
            digest: generation.digest(),
            current,
        }
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows: Vec<Vec<String>> = self
            .0
            .iter()
            .map(|entry| {
                let created = entry.created.map(|moment| moment.to_string());
                let count = wording::count(entry.extensions as u64, "extension", "extensions");
                let mark = if entry.current { "*" } else { "" };
                vec![
                    format!("{}{mark}", entry.number),
                    created.unwrap_or_default(),
                    count,
                    entry.reason.clone(),
                ]
            })
            .collect();
        formatter.write_str(&wording::table(&rows))
    }
}

impl Arguments {
    pub async fn run(self, context: &Context<'_>) -> Outcome {
        let history = context.store()?.history()?;
        if history.is_empty() {
            context.output.note("nothing has been installed yet");
        }
        let entries = history.iter().enumerate();
        let entries = entries.map(|(position, generation)| Entry::new(generation, position == 0));
        context.output.result(&Answer(entries.collect()))?;
        Ok(ExitCode::SUCCESS)
    }
}
