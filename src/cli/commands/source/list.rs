//! `annexe source list`: the registries there are.

use std::{fmt, process::ExitCode};

use serde::Serialize;

use crate::cli::{
    context::Context, failure::Outcome, registries, registry_kind::RegistryKind, wording,
};

/// Lists the registries, in the order in which they are asked
#[derive(Debug, clap::Args)]
pub struct Arguments {}

#[derive(Debug, Serialize)]
#[serde(transparent)]
struct Answer(Vec<Source>);

/// A registry that extensions come from.
#[derive(Debug, Serialize)]
struct Source {
    /// Its name; without one, its location.
    name: String,
    kind: RegistryKind,
    location: String,
    mirrors: Vec<String>,
    /// How many installed extensions came from it.
    installed: usize,
}

impl fmt::Display for Answer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rows = vec![["NAME", "LOCATION", "INSTALLED", ""].map(str::to_owned)];
        rows.extend(self.0.iter().map(|source| {
            let mirrors = match source.mirrors.as_slice() {
                [] => String::new(),
                mirrors => format!("mirrors: {}", wording::list(mirrors)),
            };
            [
                source.name.clone(),
                source.location.clone(),
                source.installed.to_string(),
                mirrors,
            ]
        }));
        let rows: Vec<Vec<String>> = rows.into_iter().map(Vec::from).collect();
        formatter.write_str(&wording::table(&rows))
    }
}

impl Arguments {
    pub fn run(self, context: &Context<'_>) -> Outcome {
        let summaries = context.store()?.summaries()?;
        let known = registries::known(&context.configuration()?)?;
        let sources = known.into_iter().map(|one| {
            let name = one.id()?.to_string();
            let came = summaries
                .iter()
                .filter(|summary| summary.origin.registry() == Some(&name));
            Ok(Source {
                installed: came.count(),
                kind: RegistryKind::of(&one.location),
                location: one.location.to_string(),
                mirrors: one.mirrors.iter().map(ToString::to_string).collect(),
                name,
            })
        });
        let sources = sources.collect::<anyhow::Result<_>>()?;
        context.output.result(&Answer(sources))?;
        Ok(ExitCode::SUCCESS)
    }
}
