//! The store with a host: what installs, updates and runs extensions.

use std::{ops::Deref, sync::Arc};

use super::{locked::LockedStarts, running::RunningExtensions};
use crate::{
    base::types::{ExtensionId, VersionRequirement},
    network::registry::Registry,
    runtime::host::Host,
    store::{
        change::{
            change_options::ChangeOptions, explain::Explanation, import, install,
            install_request::InstallRequest, outcome::Outcome, update,
        },
        disk::{configuration::StoreConfiguration, lockfile::Lockfile, store::Store},
        error::StoreError,
        import::candidate::ImportCandidate,
        listener::Listener,
        report::Receipt,
    },
};

/// A [`Store`] with the [`Host`] that runs its extensions: the way to install, update and start them. Cheap to clone.
///
/// It is a store in all else: what is installed is read, gone back to and removed by the methods of [`Store`].
#[derive(Debug, Clone)]
pub struct ExtensionStore {
    store: Store,
    host: Host,
    locked: Option<LockedStarts>,
}

impl Deref for ExtensionStore {
    type Target = Store;

    fn deref(&self) -> &Store {
        &self.store
    }
}

impl ExtensionStore {
    /// Opens a store, whose extensions `host` will run. Nothing is compiled, mapped or started.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub fn open(configuration: StoreConfiguration, host: Host) -> Result<Self, StoreError> {
        Ok(Self::new(Store::open(configuration)?, host))
    }

    /// A store that is open already, whose extensions `host` will run.
    pub fn new(store: Store, host: Host) -> Self {
        Self {
            store,
            host,
            locked: None,
        }
    }

    /// Has `listener` hear what happens from now on by this store and its clones, and what the extensions do that are
    /// started from it: see [`Store::with_listener`].
    #[must_use]
    pub fn with_listener(mut self, listener: Arc<dyn Listener>) -> Self {
        self.store = self.store.with_listener(listener);
        self
    }

    /// Has extensions start only as a lockfile says: what is installed must be what is locked, and each is told of the
    /// tools that are locked with it, gets those and no others ([`LockedTools`](crate::LockedTools)). Of one that
    /// `is_found` where the work is done, and that the person has not named, only what this machine has had before counts.
    #[must_use]
    pub fn locked_to(mut self, lockfile: Lockfile, is_found: bool) -> Self {
        self.locked = Some(LockedStarts::new(lockfile, is_found));
        self
    }

    /// The lockfile that starts keep to.
    pub(super) fn locked(&self) -> Option<&LockedStarts> {
        self.locked.as_ref()
    }

    /// The host that runs the store's extensions.
    pub fn host(&self) -> &Host {
        &self.host
    }

    /// Installs the greatest version of one extension that `requirement` asks for and this host serves,
    /// in the place of the one installed, if any. One that is installed already is left as it is, without
    /// a download. It may do what the one before could not: use [`install_all`](Self::install_all) where
    /// the user is to be asked.
    ///
    /// Waits for other changes of the store, which the store's listener hears of.
    /// Dropping the future leaves the old or the new version installed, and nothing in between.
    ///
    /// # Errors
    /// Any [`StoreError`]; the version installed before is installed still.
    pub async fn install(
        &self,
        registry: &Registry,
        id: &ExtensionId,
        requirement: &VersionRequirement,
    ) -> Result<Receipt, StoreError> {
        install::install(self, &self.host, registry, id, requirement).await
    }

    /// Installs several extensions as one change, each in the greatest version that will do: all of them,
    /// or none.
    ///
    /// A version that the lockfile has is taken in preference. Of one that is asked for by its exact number,
    /// and that the store still holds, the registry is only asked whether it has blocked it.
    ///
    /// # Errors
    /// Any [`StoreError`], of the first extension that cannot be installed; nothing has changed then.
    pub async fn install_all(
        &self,
        requests: &[InstallRequest],
        options: &ChangeOptions<'_>,
    ) -> Result<Outcome, StoreError> {
        install::install_all(self, &self.host, requests, options).await
    }

    /// Installs what was [judged](Store::judge_import) of another editor's, as one change: all that can be taken by what is
    /// installed when the store is locked, or nothing. The verdicts are those of that moment, which may be others than
    /// before: another process may have installed one of them meanwhile. What is unchanged is in the outcome, too, and is
    /// mended where its files are damaged.
    ///
    /// # Errors
    /// As [`install_all`](Self::install_all).
    pub async fn import(
        &self,
        candidates: &mut [ImportCandidate],
        options: &ChangeOptions<'_>,
    ) -> Result<Outcome, StoreError> {
        import::import(self, &self.host, candidates, options).await
    }

    /// [`Store::explain`] for the families of this store's host.
    ///
    /// # Errors
    /// As [`Store::explain`].
    pub async fn explain(
        &self,
        id: &ExtensionId,
        requirement: &VersionRequirement,
        options: &ChangeOptions<'_>,
    ) -> Result<Explanation, StoreError> {
        let families = self.host.families();
        (self.store.explain(id, requirement, options, families)).await
    }

    /// Updates extensions to the greatest versions that this host serves, as one change: those given, or
    /// all that are installed where none is given. Nothing new costs two requests for each registry, and
    /// each extension with something new one more.
    ///
    /// Pinned extensions are left alone, and so are those that a dev extension shadows, that came from an
    /// archive or have no version that could be chosen; [`Outcome::skipped`] says why. A version that its registry has blocked is
    /// replaced even by an older one; where there is none, that is an error if the extension is named.
    ///
    /// # Errors
    /// [`StoreError::NotInstalled`] for an id that is not, [`StoreError::Dev`] for one that is a dev
    /// extension's alone; [`StoreError::NotAllowed`] where the consent of
    /// `options` refuses what a new version may do; otherwise any [`StoreError`]. Nothing has changed then.
    pub async fn update(
        &self,
        ids: &[ExtensionId],
        options: &ChangeOptions<'_>,
    ) -> Result<Outcome, StoreError> {
        update::update(self, &self.host, ids, options).await
    }

    /// Makes the store hold what a lockfile says, and nothing else, as one change. Registries are only asked what
    /// they have blocked, and [`ChangeStep::StateUnknown`](crate::store::ChangeStep::StateUnknown) tells of those that cannot be: each archive that the store
    /// lacks is fetched and must have the digest that is locked.
    ///
    /// Where [`ChangeOptions::lockfile_found`] is set, what replaces something from elsewhere, is an archive, or has another
    /// digest than its registry says, is asked about, and what is replaced is shown to the consent of `options`.
    ///
    /// # Errors
    /// [`StoreError::LockDiffers`] for what was not agreed to of a lockfile that was found;
    /// [`StoreError::Blocked`] for a version that is known to do harm; [`StoreError::RemovalNotAllowed`] where the
    /// consent of `options` does not allow what would be removed; otherwise any [`StoreError`]. Nothing has changed
    /// then.
    pub async fn sync(
        &self,
        lockfile: &Lockfile,
        options: &ChangeOptions<'_>,
    ) -> Result<Outcome, StoreError> {
        update::sync(self, &self.host, lockfile, options).await
    }

    /// Running extensions that follow what is installed. None runs at first. The store's listener hears what they do
    /// and how they follow.
    pub fn live(&self) -> RunningExtensions {
        RunningExtensions::new(self.clone())
    }
}
