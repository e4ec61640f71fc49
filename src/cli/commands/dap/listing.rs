//! The list of the debug adapters and locators of what is installed.

use std::{fmt, path::Path, process::ExitCode};

use annexe::{
    editor::debugged_languages,
    manifest::Named,
    store::OmissionReason,
    types::{ExtensionId, ExtensionVersion},
};
use serde::Serialize;

use crate::cli::{
    context::Context,
    failure::Outcome,
    installed_languages,
    lockfile::StartLock,
    preparation::{Asking, Folder, Preparation},
    wording,
};

/// A debug adapter or a locator of an installed extension.
#[derive(Debug, Serialize)]
struct Row {
    kind: Named,
    name: String,
    extension: ExtensionId,
    version: ExtensionVersion,
    enabled: bool,
    /// Why it is not enabled.
    reason: Option<&'static str>,
    /// The languages of what an adapter debugs, as far as they are known: editors' scripts read it.
    languages: Vec<String>,
}

#[derive(Debug, Serialize)]
#[serde(transparent)]
struct Rows(Vec<Row>);

/// Shows what there is for a folder.
///
/// # Errors
/// Where the store or the configuration cannot be read.
pub async fn show(worktree: Option<&Path>, context: &Context<'_>) -> Outcome {
    let asking = Asking {
        offline: true,
        ..Asking::default()
    };
    let folder = Folder::new(worktree)?;
    let preparation = Preparation::new(context, folder, &StartLock::default(), asking)?;
    let languages = installed_languages::read(context, preparation.project.as_ref()).await?;
    let mut rows = Vec::new();
    for kind in [Named::DebugAdapter, Named::DebugLocator] {
        let provided = preparation.provided(kind).await?;
        if kind == Named::DebugAdapter {
            for unreadable in &provided.unreadable {
                let (id, error) = (unreadable.active.id(), &unreadable.error);
                context
                    .output
                    .warn(format_args!("what `{id}` brings is not known: {error}"));
            }
        }
        rows.extend(provided.things.into_iter().map(|thing| Row {
            kind,
            languages: match kind {
                Named::DebugAdapter => debugged_languages(&thing.name, &languages),
                _ => Vec::new(),
            },
            name: thing.name,
            extension: thing.extension,
            version: thing.version,
            enabled: thing.omission.is_none(),
            reason: thing.omission.map(|reason| match reason {
                OmissionReason::ExtensionDisabledInProject => "disabled here",
                _ => "disabled",
            }),
        }));
    }
    let is_empty = rows.is_empty();
    context.output.result(&Rows(rows))?;
    if is_empty {
        context.output.note(
            "no installed extension brings a debug adapter; `annexe search --provides debug-adapters` finds some",
        );
    }
    Ok(ExitCode::SUCCESS)
}

impl fmt::Display for Rows {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return Ok(());
        }
        let heads = ["NAME", "KIND", "EXTENSION", "STATE"];
        let mut rows = vec![heads.map(str::to_owned).to_vec()];
        rows.extend(self.0.iter().map(|row| {
            vec![
                wording::cell(&row.name),
                row.kind.to_string(),
                format!("{} {}", row.extension, row.version),
                row.reason.unwrap_or("enabled").to_owned(),
            ]
        }));
        formatter.write_str(&wording::table(&rows))
    }
}
