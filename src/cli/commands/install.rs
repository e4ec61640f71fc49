//! `annexe install`: extensions from a registry, or from archives.

use std::process::ExitCode;

use annexe::store::{ExtensionStore, InstallRequest, Receipt};

use crate::cli::{
    arguments,
    change_arguments::{ChangeArguments, Done},
    context::Context,
    failure::Outcome,
};

/// Installs extensions, or updates them to the newest version that is asked for
///
/// All of them are installed as one change, or none. An archive may be named by its path or its address in
/// the place of an id. Where the lockfile has a version that will do, that one is taken; from one that was not
/// named, only what the extension's own registry says too, unless you say yes. With --json the answer is one
/// array with a receipt for each.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Their ids, each with the versions that will do (`toml`, `toml@0.2`, `toml@=0.2.1`), or archives
    #[arg(required = true, value_name = "ID[@VERSION]|ARCHIVE", value_parser = arguments::installable)]
    requests: Vec<InstallRequest>,
    #[command(flatten)]
    options: ChangeArguments,
}

impl Arguments {
    pub async fn run(self, context: &Context<'_>) -> Outcome {
        let store = context.store_to_run()?;
        let receipts = install(&store, &self.requests, &self.options, context).await?;
        if self.options.dry_run && !context.output.is_json() {
            return Ok(ExitCode::SUCCESS);
        }
        let answers: Vec<Done<'_>> = receipts.iter().map(Done).collect();
        if context.output.is_json() {
            context.output.json(&answers)?;
        } else {
            for answer in &answers {
                context.output.result(answer)?;
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Installs extensions and shows how far it is; their warnings are told.
///
/// # Errors
/// Where one cannot be installed; what was installed before stays.
pub async fn install(
    store: &ExtensionStore,
    requests: &[InstallRequest],
    options: &ChangeArguments,
    context: &Context<'_>,
) -> anyhow::Result<Vec<Receipt>> {
    let changing = options.begin(context).await?;
    let outcome = changing.make(async |options| store.install_all(requests, options).await);
    Ok(outcome.await?.receipts)
}
