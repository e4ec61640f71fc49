//! `annexe install`: extensions from a registry.

use std::{fmt, process::ExitCode};

use annexe::{
    registry::Registry,
    store::{Action, ExtensionStore, Receipt},
};
use serde::Serialize;

use crate::cli::{
    arguments::{RegistryOption, Wanted},
    context::Context,
    failure::{self, FAILED, Outcome},
    output::Output,
    progress::Progress,
    wording::{self, Facts},
};

/// Installs extensions, or updates them to the newest version that is asked for
///
/// Each is installed as a whole or not at all; one that fails keeps none of the others back. With
/// --json the answer is one array with a receipt for each that was installed, empty where all failed.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Their ids, each with the versions that will do: `toml`, `toml@0.2`, `toml@=0.2.1`
    #[arg(required = true, value_name = "ID[@VERSION]")]
    wanted: Vec<Wanted>,
    #[command(flatten)]
    registry: RegistryOption,
}

#[derive(Serialize)]
#[serde(transparent)]
struct Answer(Receipt);

impl fmt::Display for Answer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let receipt = &self.0;
        let installed = &receipt.installed;
        let mut facts = Facts::default();
        facts.add(
            "api",
            wording::api(installed.api.as_ref(), installed.adapter.as_deref()),
        );
        facts.add("registry", &installed.registry);
        facts.add("sha256", installed.sha256);
        facts.add(
            "size",
            format_args!(
                "{}, unpacked {}",
                wording::bytes(receipt.archive_bytes),
                wording::bytes(receipt.unpacked_bytes)
            ),
        );
        facts.add_some("code", receipt.origin.map(wording::origin));
        facts.add("cache", wording::cache(receipt.cache));
        facts.add("provides", wording::list(&installed.provides));
        facts.add(
            "may ask for",
            wording::capabilities(&installed.capabilities),
        );
        let (verb, tells_previous) = match receipt.action() {
            Action::Unchanged => ("already installed:", false),
            Action::Updated => ("updated", true),
            Action::Downgraded => ("downgraded", true),
            Action::Reinstalled => ("reinstalled", false),
            _ => ("installed", false),
        };
        write!(formatter, "{verb} {} {}", installed.id, installed.version)?;
        if let Some(previous) = receipt.previous.as_ref().filter(|_| tells_previous) {
            write!(formatter, " (before: {previous})")?;
        }
        write!(formatter, "{facts}")
    }
}

/// Installs one extension and shows how far it is; its warnings are told.
///
/// # Errors
/// Where it cannot be installed; what was installed before stays.
pub async fn install(
    store: &ExtensionStore,
    registry: &Registry,
    wanted: &Wanted,
    output: &Output,
) -> anyhow::Result<impl Serialize + fmt::Display + use<>> {
    let Wanted { id, requirement } = wanted;
    let progress = Progress::new(output, id.to_string());
    let outcome = store.install(registry, id, requirement, &progress).await;
    drop(progress);
    let receipt = outcome?;
    for warning in &receipt.warnings {
        output.warn(format_args!("`{id}`: {warning}"));
    }
    Ok(Answer(receipt))
}

impl Arguments {
    pub async fn run(self, context: &Context<'_>) -> Outcome {
        let output = context.output;
        let store = context.store()?;
        let registry = context.registry(&self.registry).await?;
        let mut answers = Vec::new();
        let mut all_done = true;
        for wanted in &self.wanted {
            match install(&store, &registry, wanted, output).await {
                Ok(answer) if output.is_json() => answers.push(answer),
                Ok(answer) => output.result(&answer)?,
                Err(error) => {
                    all_done = false;
                    failure::tell(&error, output);
                }
            }
        }
        if output.is_json() {
            output.json(&answers)?;
        }
        Ok(if all_done {
            ExitCode::SUCCESS
        } else {
            ExitCode::from(FAILED)
        })
    }
}
