//! `annexe dev --stop`: what is installed runs again.

use std::{collections::BTreeSet, fmt, path::Path, process::ExitCode};

use annexe::{
    store::{DevStopped, Store},
    types::ExtensionId,
};
use serde::Serialize;

use crate::cli::{
    context::Context,
    failure::{Complaint, Outcome},
    paths,
};

#[derive(Debug, Serialize)]
#[serde(transparent)]
struct Answer(Vec<DevStopped>);

impl fmt::Display for Answer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (
            at,
            DevStopped {
                stopped, restored, ..
            },
        ) in self.0.iter().enumerate()
        {
            if at > 0 {
                formatter.write_str("\n")?;
            }
            write!(formatter, "{} is not a dev extension any more", stopped.id)?;
            match restored {
                Some(version) => write!(formatter, "; {version} runs again")?,
                None => formatter.write_str("; nothing else is installed under its id")?,
            }
        }
        Ok(())
    }
}

/// Stops the dev extensions that ids or folders name.
pub async fn stop(names: &[String], context: &Context<'_>) -> Outcome {
    let store = context.store()?;
    let here = [".".to_owned()];
    let names = if names.is_empty() { &here } else { names };
    // All are found before one is stopped.
    let ids = names
        .iter()
        .map(|name| find(name, &store))
        .collect::<anyhow::Result<BTreeSet<ExtensionId>>>()?;
    let mut stopped = Vec::new();
    for id in ids {
        let one = store.stop_dev(&id).await?;
        if let (false, Some(process)) = (one.cleared, one.stopped.kept_live_by) {
            context.output.warn(format_args!(
                "process {process}, which kept `{id}` live, has not ended yet"
            ));
        }
        stopped.push(one);
    }
    context.output.result(&Answer(stopped))?;
    Ok(ExitCode::SUCCESS)
}

/// The dev extension that an id or a folder names. The folder may be gone.
fn find(name: &str, store: &Store) -> anyhow::Result<ExtensionId> {
    if let Ok(id) = name.parse::<ExtensionId>()
        && store.dev_ids()?.contains(&id)
    {
        return Ok(id);
    }
    let folder = paths::resolved(Path::new(name))?;
    if let Some(extension) = store.dev_extension_in(&folder)? {
        return Ok(extension.id);
    }
    let ids: Vec<String> = store
        .dev_ids()?
        .iter()
        .map(|id| format!("`{id}`"))
        .collect();
    let complaint = Complaint::new(format!(
        "`{name}` is not a dev extension, by id or by folder"
    ));
    Err(match ids.as_slice() {
        [] => complaint.with_hint("there are none: `annexe dev <folder>` makes one"),
        ids => complaint.with_hint(format!("the dev extensions are {}", ids.join(", "))),
    }
    .into())
}
