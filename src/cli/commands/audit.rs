//! `annexe audit`: what extensions asked for that needs a grant.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    process::ExitCode,
};

use annexe::{
    store::{AuditEntry, AuditOutcome},
    types::{ExtensionId, ExtensionOrigin},
};
use serde::Serialize;

use crate::cli::{
    arguments,
    context::{Context, must_be_known},
    failure::Outcome,
    wording,
};

/// Shows what extensions asked for that needs a grant, and what they were refused
///
/// It is kept of every installed extension that is started, by this command or by an editor. What is asked
/// for again and again is counted.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The extension's id [default: all]
    #[arg(value_name = "ID", value_parser = arguments::extension_id)]
    id: Option<ExtensionId>,
    /// Shows refusals alone
    #[arg(long)]
    refused: bool,
}

#[derive(Debug, Serialize)]
#[serde(transparent)]
struct Answer(Vec<AuditEntry>);

impl fmt::Display for Answer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut origins: BTreeMap<&ExtensionId, BTreeSet<&ExtensionOrigin>> = BTreeMap::new();
        for entry in &self.0 {
            let known = origins.entry(&entry.extension).or_default();
            known.extend(&entry.origin);
        }
        // Where an id has been that of several extensions, it must be seen which of them it was.
        let is_ambiguous = |entry: &AuditEntry| {
            let known = origins.get(&entry.extension);
            known.is_some_and(|known| known.len() > 1)
        };
        let rows: Vec<Vec<String>> = self
            .0
            .iter()
            .map(|entry| row(entry, is_ambiguous(entry)))
            .collect();
        formatter.write_str(&wording::table(&rows))
    }
}

fn row(entry: &AuditEntry, with_origin: bool) -> Vec<String> {
    let mut who = format!("{} {}", entry.extension, entry.version);
    if let Some(origin) = entry.origin.as_ref().filter(|_| with_origin) {
        who.push_str(&format!(" from {origin}"));
    }
    let outcome = match entry.outcome {
        AuditOutcome::Allowed => "allowed",
        AuditOutcome::RefusedByManifest => "refused by manifest",
        AuditOutcome::RefusedByGrants => "refused by grants",
        AuditOutcome::RefusedByAddress => "refused: private address",
        AuditOutcome::RefusedAlways => "refused: never allowed",
        AuditOutcome::RefusedByAudit => "refused: not recorded",
    };
    let mut request = entry.request.to_string();
    if let Some(execution) = &entry.execution {
        request = format!("{request}{execution}");
    }
    if entry.and_others {
        request = format!("{request}: more than are kept one by one");
    }
    if entry.times > 1 {
        request = format!("{request} ({} times)", entry.times);
    }
    vec![entry.at.to_string(), who, outcome.to_owned(), request]
}

impl Arguments {
    pub async fn run(self, context: &Context<'_>) -> Outcome {
        let (store, output) = (context.store()?, context.output);
        let ids = match &self.id {
            Some(id) => BTreeSet::from([id.clone()]),
            None => store.known_by_log()?,
        };
        let mut entries = Vec::new();
        for id in &ids {
            entries.extend(store.audit(id)?);
        }
        if entries.is_empty() {
            match &self.id {
                Some(id) => {
                    must_be_known(&store, id)?;
                    output.note(format_args!(
                        "`{id}` has asked for nothing that needs a grant"
                    ));
                }
                None => output.note("no extension has asked for anything that needs a grant"),
            }
        }
        entries.retain(|entry| !self.refused || entry.outcome.is_refusal());
        // Entries of the same moment keep their order.
        entries.sort_by_key(|entry| entry.at);
        output.result(&Answer(entries))?;
        Ok(ExitCode::SUCCESS)
    }
}
