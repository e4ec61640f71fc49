//! The list of what all extensions may do: of those that are installed, and of those that the file of grants names.

use std::{collections::BTreeSet, fmt, process::ExitCode};

use annexe::{
    capability::{Capability, Coverage, Policy, Profile},
    types::{ExtensionId, ExtensionOrigin, ExtensionVersion},
};
use serde::Serialize;

use super::{Asked, of_id};
use crate::cli::{
    configuration::Configuration, context::Context, failure::Outcome, grants, wording,
};

#[derive(Debug, Serialize)]
#[serde(transparent)]
struct Answer(Vec<Entry>);

/// One extension.
#[derive(Debug, Serialize)]
struct Entry {
    id: ExtensionId,
    /// What is installed, or built; none of an extension that is not there any more.
    version: Option<ExtensionVersion>,
    origin: ExtensionOrigin,
    is_here: bool,
    profile: Profile,
    /// The profile is this extension's own.
    own_profile: bool,
    /// What its manifest asks for, as people type it.
    asked_for: Vec<String>,
    /// What of that it is granted in full.
    granted: Vec<String>,
    /// What it is allowed and denied by its own entry.
    allow: Vec<String>,
    deny: Vec<String>,
}

impl Entry {
    fn new(asked: Asked, is_here: bool, policy: &Policy, all: Profile) -> Self {
        let own = policy.own(&asked.id, &asked.origin);
        let own_profile = own.and_then(|own| own.profile);
        let is_granted = |capability: &&Capability| {
            let decision = policy.decision(&asked.id, &asked.origin, capability);
            decision.coverage == Coverage::Full
        };
        let granted = asked.manifest.iter().filter(is_granted);
        Self {
            is_here,
            profile: own_profile.unwrap_or(all),
            own_profile: own_profile.is_some(),
            asked_for: short(&asked.manifest),
            granted: short(granted),
            allow: short(own.map(|own| &own.allow).into_iter().flatten()),
            deny: short(own.map(|own| &own.deny).into_iter().flatten()),
            id: asked.id,
            version: asked.version,
            origin: asked.origin,
        }
    }

    fn row(&self) -> Vec<String> {
        let version = self.version.as_ref().map(ExtensionVersion::to_string);
        let words = |all: &[String]| match all {
            [] => "-".to_owned(),
            all => all.join(", "),
        };
        let mut notes = vec![format!("from {}", self.origin)];
        if !self.is_here {
            let id = &self.id;
            notes.push(format!(
                "is not installed; `annexe grants {id} --reset` forgets it"
            ));
        }
        vec![
            self.id.to_string(),
            version.unwrap_or_else(|| "-".into()),
            self.profile.to_string(),
            format!("{} of {}", self.granted.len(), self.asked_for.len()),
            words(&self.allow),
            words(&self.deny),
            notes.join(", "),
        ]
    }
}

fn short<'a>(capabilities: impl IntoIterator<Item = &'a Capability>) -> Vec<String> {
    let capabilities = capabilities.into_iter();
    capabilities.map(Capability::to_short).collect()
}

impl fmt::Display for Answer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return Ok(());
        }
        let heads = [
            "ID", "VERSION", "PROFILE", "GRANTED", "ALLOWED", "DENIED", "",
        ];
        let mut rows = vec![heads.map(str::to_owned).to_vec()];
        rows.extend(self.0.iter().map(Entry::row));
        formatter.write_str(&wording::table(&rows))
    }
}

/// Lists what all may do.
///
/// # Errors
/// Where the store, the configuration or the grants cannot be read.
pub fn list(context: &Context<'_>, configuration: &Configuration) -> Outcome {
    let store = context.store()?;
    let policy = context.policy(configuration)?;
    let all = configuration.grants();
    let mut ids: BTreeSet<ExtensionId> = store.dev_ids()?.into_iter().collect();
    ids.extend(store.generation()?.extensions.into_keys());
    let mut entries = Vec::new();
    for id in ids {
        entries.push(Entry::new(of_id(id, &store)?, true, &policy, all));
    }
    for (id, origin) in grants::read()?.extensions() {
        if entries
            .iter()
            .any(|it| it.id == *id && it.origin == *origin)
        {
            continue;
        }
        let asked = Asked {
            id: id.clone(),
            version: None,
            origin: origin.clone(),
            manifest: Vec::new(),
        };
        entries.push(Entry::new(asked, false, &policy, all));
    }
    entries.sort_by(|one, other| one.id.cmp(&other.id));
    if entries.is_empty() {
        context
            .output
            .note("nothing is installed, and nothing is said of any extension");
    }
    context.output.result(&Answer(entries))?;
    Ok(ExitCode::SUCCESS)
}
