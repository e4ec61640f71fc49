//! `annexe install`: extensions from a registry, from archives, or from Git repositories.

use std::process::ExitCode;

use annexe::{
    git::GitSource,
    store::{ExtensionStore, InstallRequest, Receipt, StoreError},
    types::ExtensionId,
};

use crate::cli::{
    arguments::{self, Installable},
    change_arguments::{ChangeArguments, Done},
    context::Context,
    failure::Outcome,
    repositories::Prepared,
};

/// Installs extensions, or updates them to the newest version that is asked for
///
/// All of them are installed as one change, or none. An archive may be named by its path or its address in
/// the place of an id, and an extension of a Git repository by `git+`, its address, and behind a `#` the tag, branch or
/// commit, and behind a `:` its folder there: `git+https://host/owner/repository#v1.0.0:extensions/toml`. Your own Git and
/// its credentials fetch it; sources are built once you have agreed to that, since a build runs what its author has
/// written, or --accept-build says yes. Where the lockfile has a version that will do, that one is taken; from one that was not
/// named, only what the extension's own registry says too, unless you say yes. With --json the answer is one
/// array with a receipt for each.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Their ids, each with the versions that will do (`toml`, `toml@0.2`, `toml@=0.2.1`), archives, or `git+…`
    #[arg(required = true, value_name = "ID[@VERSION]|ARCHIVE|git+URL", value_parser = arguments::installable)]
    requests: Vec<Installable>,
    #[command(flatten)]
    options: ChangeArguments,
}

impl Arguments {
    pub async fn run(self, context: &Context<'_>) -> Outcome {
        let store = context.store_to_run()?;
        let (mut requests, mut sources) = (Vec::new(), Vec::new());
        for wanted in self.requests {
            match wanted {
                Installable::Request(request) => requests.push(request),
                Installable::Git(source) => sources.push(source),
            }
        }
        let prepared = bring(&sources, &self.options, context).await?;
        requests.extend(
            prepared
                .iter()
                .map(|it| InstallRequest::Packed(it.packed.clone())),
        );
        let receipts = install(&store, &requests, &self.options, context).await?;
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

/// Brings and packs what is asked for of repositories.
///
/// # Errors
/// Where only what is locked may be installed, and where one cannot be brought, built or packed.
async fn bring(
    sources: &[GitSource],
    options: &ChangeArguments,
    context: &Context<'_>,
) -> anyhow::Result<Vec<Prepared>> {
    let Some(first) = sources.first() else {
        return Ok(Vec::new());
    };
    if options.is_locked() {
        let archive = first.to_string();
        return Err(StoreError::ArchiveNotLocked { archive }.into());
    }
    let repositories = options.repositories(context, true)?;
    repositories.prepare_all(sources).await
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
    let ids: Vec<ExtensionId> = requests
        .iter()
        .filter_map(|request| match request {
            InstallRequest::Extension { id, .. } => Some(id.clone()),
            _ => None,
        })
        .collect();
    let prepared = match changing.lockfile().filter(|(it, _)| it.has_repositories()) {
        Some(lockfile) => {
            let repositories = options.repositories(context, !lockfile.1)?;
            repositories
                .of_lockfile(store, lockfile, Some(&ids), false)
                .await?
        }
        None => Vec::new(),
    };
    let changing = changing.with_packed(&prepared);
    let outcome = changing.make(store, async |store, options| {
        store.install_all(requests, options).await
    });
    Ok(outcome.await?.receipts)
}
