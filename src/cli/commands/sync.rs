//! `annexe sync`: makes what is installed equal to a lockfile.

use std::{
    fmt,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
};

use annexe::{
    digest::Blake3Digest,
    one_line,
    store::{self, ExtensionStore},
};
use serde::Serialize;

use crate::cli::{
    arguments::RegistryOption,
    configuration::Configuration,
    consent::{self, Asking},
    context::Context,
    failure::Outcome,
    lockfile::{LockInUse, LockOption},
    paths,
    progress::Progress,
    registries,
    repositories::{BuildConsent, Prepared, Reading, Repositories},
    wording,
};

/// Installs what a lockfile has and removes everything else, as one change
///
/// Archives alone are fetched, and only those that are not on this machine yet; each must be the one that
/// was locked. What would be removed is shown first and asked about, or --yes says yes. So is what a lockfile has
/// that was found in the current folder, and that may be a stranger's: archives, what comes from elsewhere than what
/// is installed, and what its registry has not published so. One that was named with --lockfile is used as it is.
///
/// With --from, everything comes out of a file that `annexe bundle` has written, without a network: archives, the lockfile,
/// and what servers need at their start.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    registry: RegistryOption,
    #[command(flatten)]
    lock: LockOption,
    /// The bundle that everything is taken from, its lockfile too, in the place of a network
    #[arg(long, value_name = "FILE", conflicts_with = "lockfile")]
    from: Option<PathBuf>,
    /// Agrees to what would be removed, and to all that the lockfile has
    #[arg(short, long)]
    yes: bool,
    /// Agrees that a version has another archive than when it was installed first, from a registry without digests
    #[arg(long)]
    accept_archive: bool,
    /// Agrees that an archive or a repository comes over plain http from another machine
    #[arg(long)]
    insecure: bool,
    #[command(flatten)]
    build: BuildConsent,
    /// Shows what would change, and changes nothing
    #[arg(long)]
    dry_run: bool,
}

#[derive(Debug, Serialize)]
struct Answer {
    #[serde(flatten)]
    outcome: store::Outcome,
    /// The digest of all that is installed: the same on every machine that has the same.
    digest: Blake3Digest,
}

impl fmt::Display for Answer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let outcome = &self.outcome;
        for receipt in outcome.receipts.iter().filter(|receipt| !receipt.unchanged) {
            let installed = &receipt.installed;
            match &receipt.previous {
                Some(previous) if *previous != installed.version => {
                    writeln!(
                        formatter,
                        "{} {previous} → {}",
                        installed.id, installed.version
                    )?;
                }
                _ => writeln!(formatter, "{} {}", installed.id, installed.version)?,
            }
        }
        for removed in &outcome.removed {
            writeln!(formatter, "removed {} {}", removed.id, removed.version)?;
        }
        let count = wording::count(outcome.receipts.len() as u64, "extension", "extensions");
        let is_equal = outcome.receipts.iter().all(|receipt| receipt.unchanged);
        let state = match outcome.generation {
            Some(_) => "now equal to the lockfile",
            None if is_equal && outcome.removed.is_empty() => "equal to the lockfile already",
            None => "not equal to the lockfile",
        };
        write!(formatter, "{count}, {state}: {}", self.digest)
    }
}

impl Arguments {
    /// Brings and packs what the lockfile has of repositories and this machine has not.
    async fn of_repositories(
        &self,
        store: &ExtensionStore,
        lock: &LockInUse,
        context: &Context<'_>,
    ) -> anyhow::Result<Vec<Prepared>> {
        if !lock.lockfile.has_repositories() {
            return Ok(Vec::new());
        }
        let reading = Reading {
            offline: self.registry.offline,
            plain_http: self.insecure,
            // A stranger's lockfile names no folder of this machine.
            local: !lock.is_found,
            accepts_build: self.build.accept_build,
        };
        let repositories = Repositories::new(context, &reading)?;
        let lockfile = (&lock.lockfile, lock.is_found);
        repositories
            .of_lockfile(store, lockfile, None, self.yes)
            .await
    }

    pub async fn run(mut self, context: &Context<'_>) -> Outcome {
        let store = context.store_to_run()?;
        let configuration = context.configuration()?;
        if let Some(file) = &self.from {
            self.registry.offline = true;
            return self.run_from(file, &store, &configuration, context).await;
        }
        let lock = self.lock.open_existing()?;
        let sources = registries::sources_for(
            &self.registry,
            &configuration,
            context,
            Some(&lock.lockfile),
            self.insecure,
        )
        .await?;
        let prepared = self.of_repositories(&store, &lock, context).await?;
        let packed: Vec<_> = prepared.iter().map(|it| it.packed.clone()).collect();
        let progress = Arc::new(Progress::new(context.output));
        // What the registries' own files replace is shown, without a question.
        let asking = Asking::new(context.output, &progress, true).sync(self.yes);
        let mut options = store::ChangeOptions::new(&sources);
        options.policy = configuration.policy();
        options.rebind = self.registry.registry.is_some();
        options.lockfile_found = lock.is_found;
        options.dry_run = self.dry_run;
        options.packed = &packed;
        options.accepts_other_archives = self.accept_archive;
        options.consent = &asking;
        let store = store.with_listener(progress.clone());
        progress.beginning("asking the registries");
        let outcome = store.sync(&lock.lockfile, &options).await;
        progress.end();
        let outcome = outcome?;
        self.tell(outcome, lock.is_found, &store, context)
    }

    /// Makes what is installed equal to the lockfile of a bundle.
    async fn run_from(
        &self,
        file: &Path,
        store: &ExtensionStore,
        configuration: &Configuration,
        context: &Context<'_>,
    ) -> Outcome {
        let path = paths::absolute(file)?;
        let bundle = tokio::task::spawn_blocking(move || store::Bundle::open(&path)).await??;
        if let Some(machine) = bundle.other_machine() {
            context.output.warn(format_args!(
                "the bundle was made on another kind of machine (`{}`): programs in it may not run here",
                one_line(machine, 100)
            ));
        }
        let bundle = Arc::new(bundle);
        let locked = Some(bundle.lockfile());
        let sources =
            registries::sources_for(&self.registry, configuration, context, locked, false).await?;
        let progress = Arc::new(Progress::new(context.output));
        let asking = Asking::new(context.output, &progress, true).sync(self.yes);
        let mut options = store::ChangeOptions::new(&sources);
        options.policy = configuration.policy();
        options.rebind = self.registry.registry.is_some();
        options.dry_run = self.dry_run;
        options.consent = &asking;
        let store = store.clone().with_listener(progress.clone());
        progress.beginning("reading the bundle");
        let outcome = store.sync_bundle(bundle, &options).await;
        progress.end();
        self.tell(outcome?, false, &store, context)
    }

    fn tell(
        &self,
        outcome: store::Outcome,
        is_found: bool,
        store: &ExtensionStore,
        context: &Context<'_>,
    ) -> Outcome {
        if self.dry_run {
            let is_replaced =
                |it: &&store::Receipt| is_found && it.previous.is_some() && !it.unchanged;
            for receipt in outcome.receipts.iter().filter(is_replaced) {
                context.output.note(consent::in_words(receipt));
            }
            context.output.note("nothing was changed");
        }
        let digest = store.generation()?.digest();
        context.output.result(&Answer { outcome, digest })?;
        Ok(ExitCode::SUCCESS)
    }
}
