//! Arguments that the commands which change the store have in common: where extensions come from, which versions may
//! be chosen, the lockfile, and the answer.

use std::{fmt, sync::Arc};

use annexe::{
    registry::Sources,
    store::{
        Action, ChangeOptions, ExtensionStore, Lockfile, Outcome, PackedExtension, Policy, Receipt,
        SkipReason, Skipped, StoreError, Unknown, Warning,
    },
    types::ExtensionId,
};
use serde::Serialize;

use super::{
    arguments::{ChoiceOptions, RegistryOption},
    consent::{self, Asking},
    context::Context,
    grants,
    lockfile::{LockInUse, LockOption, StrictOptions},
    output::Output,
    progress::Progress,
    registries,
    repositories::{BuildConsent, Prepared, Reading, Repositories},
    wording::{self, Facts},
};

/// The options for a change of the store.
#[derive(Debug, clap::Args)]
pub struct ChangeArguments {
    #[command(flatten)]
    pub registry: RegistryOption,
    #[command(flatten)]
    choice: ChoiceOptions,
    #[command(flatten)]
    lock: LockOption,
    #[command(flatten)]
    strict: StrictOptions,
    /// Agrees to what new versions may do that the ones before could not
    #[arg(long)]
    accept_capabilities: bool,
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
    pub dry_run: bool,
}

/// A change of the store that is about to be made.
#[derive(Debug)]
pub struct Changing<'a> {
    options: &'a ChangeArguments,
    output: &'a Output,
    sources: Sources,
    policy: Policy,
    lock: Option<LockInUse>,
    progress: Arc<Progress>,
    /// The extensions packed of repositories for the change.
    packed: Vec<PackedExtension>,
    /// The extensions whose ids are in the configuration.
    configured: Vec<ExtensionId>,
}

impl ChangeArguments {
    /// The options for a change that asks no registry: what it brings is on this machine.
    pub fn of_this_machine(lock: LockOption, accept_capabilities: bool) -> Self {
        Self {
            registry: RegistryOption {
                registry: None,
                offline: true,
                accept_location: false,
            },
            choice: ChoiceOptions::default(),
            lock,
            strict: StrictOptions::default(),
            accept_capabilities,
            accept_archive: false,
            insecure: false,
            build: BuildConsent::default(),
            dry_run: false,
        }
    }

    /// The lockfile to keep to and nothing else; `None` where more may be done.
    pub fn locked(&self) -> Option<&LockOption> {
        self.strict.is_locked().then_some(&self.lock)
    }

    /// No connection is to be opened.
    pub fn is_offline(&self) -> bool {
        self.registry.offline || self.strict.frozen
    }

    /// Only what is locked may be installed.
    pub fn is_locked(&self) -> bool {
        self.strict.is_locked()
    }

    /// The reader of repositories: those of this machine may be read where the user has named them.
    ///
    /// # Errors
    /// Where there is no Git.
    pub fn repositories<'a>(
        &self,
        context: &'a Context<'a>,
        is_local_allowed: bool,
    ) -> anyhow::Result<Repositories<'a>> {
        Repositories::new(
            context,
            &Reading {
                offline: self.is_offline(),
                plain_http: self.insecure,
                local: is_local_allowed,
                accepts_build: self.build.accept_build,
            },
        )
    }

    /// Prepares a change.
    ///
    /// # Errors
    /// Where the configuration or the lockfile cannot be read.
    pub async fn begin<'a>(&'a self, context: &Context<'a>) -> anyhow::Result<Changing<'a>> {
        let configuration = context.configuration()?;
        let registry = RegistryOption {
            offline: self.is_offline(),
            registry: self.registry.registry.clone(),
            accept_location: self.registry.accept_location,
        };
        let lock = match self.strict.is_locked() {
            true => Some(self.lock.open_existing()?),
            false => self.lock.open()?,
        };
        Ok(Changing {
            options: self,
            output: context.output,
            sources: registries::sources_for(
                &registry,
                &configuration,
                context,
                lock.as_ref().map(|lock| &lock.lockfile),
                self.insecure,
            )
            .await?,
            policy: self.choice.over(configuration.policy()),
            progress: Arc::new(
                Progress::new(context.output)
                    .with_lockfile(lock.as_ref().map(|lock| lock.path.clone())),
            ),
            lock,
            packed: Vec::new(),
            configured: configuration.extensions().cloned().collect(),
        })
    }
}

impl Changing<'_> {
    /// The lockfile, and whether it was found and not named.
    pub fn lockfile(&self) -> Option<(&Lockfile, bool)> {
        let lock = self.lock.as_ref()?;
        Some((&lock.lockfile, lock.is_found))
    }

    /// The change takes what was packed of repositories.
    pub fn with_packed(self, prepared: &[Prepared]) -> Self {
        let packed = prepared.iter().map(|it| it.packed.clone()).collect();
        Self { packed, ..self }
    }

    /// Makes the change of `store` with `make`, and notes its outcome in the lockfile.
    ///
    /// # Errors
    /// Where the change cannot be made; nothing has changed then. Where only the lockfile cannot be
    /// written, the change is made.
    pub async fn make(
        self,
        store: &ExtensionStore,
        make: impl AsyncFnOnce(&ExtensionStore, &ChangeOptions<'_>) -> Result<Outcome, StoreError>,
    ) -> anyhow::Result<Outcome> {
        let asking = Asking::new(
            self.output,
            &self.progress,
            self.options.accept_capabilities,
        );
        let mut options = ChangeOptions::new(&self.sources);
        options.accepts_other_archives = self.options.accept_archive;
        options.rebind = self.options.registry.registry.is_some();
        options.policy = self.policy;
        options.lockfile = self.lock.as_ref().map(|lock| &lock.lockfile);
        options.lockfile_found = self.lock.as_ref().is_some_and(|lock| lock.is_found);
        options.locked = self.options.strict.is_locked();
        options.dry_run = self.options.dry_run;
        options.packed = &self.packed;
        options.consent = &asking;
        let store = store.clone().with_listener(self.progress.clone());
        self.progress.beginning("asking the registries");
        let outcome = make(&store, &options).await;
        self.progress.end();
        let outcome = outcome.map_err(|error| match error {
            // What they may do was shown when consent was asked for.
            StoreError::NotAllowed { changes } if self.output.is_talkative() => {
                let changes: Vec<&Receipt> = changes.iter().map(|it| &**it).collect();
                consent::not_allowed(&changes, true, false).into()
            }
            error => anyhow::Error::from(error),
        })?;
        if self.options.dry_run {
            let is_change = |receipt: &&Receipt| !receipt.unchanged;
            for receipt in outcome.receipts.iter().filter(is_change) {
                self.output.note(consent::in_words(receipt));
            }
            self.output.note("nothing was changed");
        } else if let Some(lock) = self.lock {
            lock.take(&outcome, self.output)?;
        }
        tell_what_is_of_others(&outcome, &self.configured, self.output)?;
        tell_what_stays(&outcome.skipped, self.output);
        Ok(outcome)
    }
}

/// Tells what an update has left as it was, and why; an outage that many share once.
fn tell_what_stays(skipped: &[Skipped], output: &Output) {
    let is_unreadable = |it: &&Skipped| matches!(it.reason, SkipReason::Unreadable(_));
    for group in Unknown::of(skipped.iter().filter(is_unreadable)) {
        let reason = wording::reason(&group);
        match group.ids.as_slice() {
            [id] => {
                let version = skipped.iter().find(|it| it.id == *id);
                let version = version.map(|it| format!(" {}", it.version));
                let version = version.unwrap_or_default();
                output.warn(format_args!("`{id}`{version} stays: {reason}"));
            }
            _ => output.warn(format_args!("{} stay: {reason}", wording::of_group(&group))),
        }
    }
    let is_told = |it: &&Skipped| it.is_worth_telling() && it.needing_consent().is_none();
    for kept in (skipped.iter()).filter(|it| is_told(it) && !is_unreadable(it)) {
        let (id, version, reason) = (&kept.id, &kept.version, &kept.reason);
        output.note(format_args!("`{id}` {version} {reason}"));
    }
}

/// Tells what another extension of the same id does not take over from the one that it has replaced, and what
/// it does, because the configuration has said it of the id.
fn tell_what_is_of_others(
    outcome: &Outcome,
    configured: &[ExtensionId],
    output: &Output,
) -> anyhow::Result<()> {
    let replaced = outcome.receipts.iter().flat_map(|receipt| {
        let warnings = receipt.warnings.iter();
        warnings.filter_map(move |warning| match warning {
            Warning::OtherOrigin { from, .. } => Some((&receipt.installed.id, from)),
            _ => None,
        })
    });
    for (id, from) in replaced {
        if grants::read()?.origins(id).contains(&from.into()) {
            output.warn(format_args!(
                "what `annexe grants {id}` allowed and denied was for the one from {from}, and is so still"
            ));
        }
        if configured.contains(id) {
            output.warn(format_args!(
                "what `[extension.{id}]` of the configuration says of limits holds for this one too, and its `sandbox` only where it comes from a registry of the configuration or the table says so"
            ));
        }
    }
    Ok(())
}

/// A change of one extension, in words.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub struct Done<'a>(pub &'a Receipt);

impl fmt::Display for Done<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let receipt = self.0;
        let installed = &receipt.installed;
        let mut facts = Facts::default();
        facts.add(
            "api",
            wording::api(installed.api.as_ref(), installed.adapter.as_deref()),
        );
        let (name, origin) = wording::origin(&installed.origin);
        facts.add(name, origin);
        facts.add("sha256", installed.sha256);
        facts.add(
            "size",
            format_args!(
                "{}, unpacked {}",
                wording::bytes(receipt.archive_bytes),
                wording::bytes(receipt.unpacked_bytes)
            ),
        );
        facts.add_some("code", receipt.code.map(wording::code));
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
