//! The list of the context servers of what is installed.

use std::{fmt, path::Path, process::ExitCode};

use annexe::{
    manifest::Named,
    store::OmissionReason,
    types::{ExtensionId, ExtensionVersion},
};
use serde::Serialize;

use crate::cli::{
    context::Context,
    failure::Outcome,
    lockfile::StartLock,
    preparation::{Asking, Folder, Preparation},
    wording,
};

/// A context server of an installed extension.
#[derive(Debug, Serialize)]
struct Row {
    server: String,
    extension: ExtensionId,
    version: ExtensionVersion,
    enabled: bool,
    /// Why it is not enabled.
    reason: Option<&'static str>,
}

#[derive(Debug, Serialize)]
#[serde(transparent)]
struct Rows(Vec<Row>);

/// Shows what there is for a folder.
///
/// # Errors
/// Where the store, the configuration or the settings cannot be read.
pub async fn show(worktree: Option<&Path>, context: &Context<'_>) -> Outcome {
    let asking = Asking {
        offline: true,
        ..Asking::default()
    };
    let folder = Folder::new(worktree)?;
    let preparation = Preparation::new(context, folder, &StartLock::default(), asking)?;
    for warning in preparation.warnings() {
        context.output.warn(warning);
    }
    let provided = preparation.provided(Named::ContextServer).await?;
    for unreadable in &provided.unreadable {
        let (id, error) = (unreadable.active.id(), &unreadable.error);
        context
            .output
            .warn(format_args!("what `{id}` brings is not known: {error}"));
    }
    let mut rows = Vec::new();
    for thing in provided.things {
        let is_on = preparation
            .settings
            .is_context_server_enabled(true, &thing.name)?;
        let reason = match (thing.omission, is_on) {
            (Some(OmissionReason::ExtensionDisabledInProject), _) => Some("disabled here"),
            (Some(_), _) => Some("disabled"),
            (None, false) => Some("switched off in the settings"),
            (None, true) => None,
        };
        rows.push(Row {
            server: thing.name,
            extension: thing.extension,
            version: thing.version,
            enabled: reason.is_none(),
            reason,
        });
    }
    let is_empty = rows.is_empty();
    context.output.result(&Rows(rows))?;
    if is_empty {
        context.output.note(
            "no installed extension brings a context server; `annexe search --provides context-servers` finds some",
        );
    }
    Ok(ExitCode::SUCCESS)
}

impl fmt::Display for Rows {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return Ok(());
        }
        let mut rows = vec![["SERVER", "EXTENSION", "STATE"].map(str::to_owned).to_vec()];
        rows.extend(self.0.iter().map(|row| {
            vec![
                wording::cell(&row.server),
                format!("{} {}", row.extension, row.version),
                row.reason.unwrap_or("enabled").to_owned(),
            ]
        }));
        formatter.write_str(&wording::table(&rows))
    }
}
