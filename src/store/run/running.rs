//! Running extensions that follow what is installed: an update, or a new build of a dev extension, takes
//! the place of the version that runs, and no call is lost.
//!
//! A call is made on the [`Extension`] that [`RunningExtensions::get`] gives at that moment, and ends on the
//! instance it began on: an instance goes when the last handle on it is dropped and its queue is empty.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use notify::{RecursiveMode, Watcher as _};
use tokio::{
    sync::mpsc,
    time::{Instant, timeout},
};

use super::{activation::Activation, extension_store::ExtensionStore};
use crate::{
    base::{
        digest::Blake3Digest,
        types::{ExtensionId, ExtensionOrigin, ExtensionVersion},
    },
    runtime::{
        api::HostError,
        extension::{Breaker, Extension, Health},
    },
    store::{
        disk::active::Active,
        error::StoreError,
        event::{Event, Reload},
    },
};

/// How long it takes until a change is tried to be followed again, at first and at most.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// The running extensions, which follow what is installed. Cheap to clone; all clones are the same.
#[derive(Clone)]
pub struct RunningExtensions {
    shared: Arc<Shared>,
}

struct Shared {
    store: ExtensionStore,
    running: Mutex<BTreeMap<ExtensionId, Running>>,
    /// Held by the task that starts or swaps the extension, so that nothing is started twice. One that takes long
    /// holds up no other.
    turns: Mutex<HashMap<ExtensionId, Arc<tokio::sync::Mutex<()>>>>,
    /// Counts the starts that failed, of what has these files.
    breakers: Mutex<HashMap<ExtensionId, (Blake3Digest, Arc<Breaker>)>>,
    /// What each extension is needed for, once it was asked for.
    activation: Mutex<Option<Arc<Activation>>>,
}

struct Running {
    extension: Extension,
    version: ExtensionVersion,
    files: Files,
}

/// The files that run, and their origin: the same files from elsewhere have other grants and another work directory.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Files {
    tree: Blake3Digest,
    origin: ExtensionOrigin,
}

impl Files {
    fn of(active: &Active) -> Self {
        Self {
            tree: active.tree(),
            origin: active.origin(),
        }
    }
}

/// The turn to start and swap an extension.
pub(crate) struct Turn<'a> {
    #[cfg_attr(
        not(feature = "authoring"),
        expect(
            dead_code,
            reason = "only what the author's tools have built is put here by another"
        )
    )]
    live: &'a RunningExtensions,
    _turn: tokio::sync::OwnedMutexGuard<()>,
}

#[cfg(feature = "authoring")]
impl Turn<'_> {
    /// Ends the turn: an extension that was started elsewhere, and is what `active` says, runs in the place of what
    /// ran under its id, as the store's listener hears then. Calls under way end on that.
    pub(crate) fn put(self, active: &Active, extension: Extension) {
        let id = active.id().clone();
        let swapped = self.live.what_runs(&id).map(|(from, _)| {
            let to = active.version().clone();
            Reload::Swapped { id, from, to }
        });
        self.live.set(active, extension);
        self.end(swapped);
    }

    /// Ends the turn: what runs under an id is let go, as the store's listener hears then.
    pub(crate) fn stop(self, id: &ExtensionId) {
        let removed = self.live.what_runs(id).map(|(version, _)| {
            let id = id.clone();
            Reload::Removed { id, version }
        });
        self.live.stop(id);
        self.end(removed);
    }

    /// Gives the turn to others before a listener takes its time.
    fn end(self, followed: Option<Reload>) {
        let live = self.live;
        drop(self);
        if let Some(reload) = followed {
            live.shared.store.sink().tell(|| Event::Reload(reload));
        }
    }
}

/// A watcher that follows the store as long as it is held.
#[must_use]
pub struct Watch {
    _watcher: notify::RecommendedWatcher,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl std::fmt::Debug for Watch {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Watch").finish_non_exhaustive()
    }
}

impl std::fmt::Debug for RunningExtensions {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("RunningExtensions")
            .field("store", &self.shared.store)
            .finish_non_exhaustive()
    }
}

impl RunningExtensions {
    /// None runs yet.
    pub(super) fn new(store: ExtensionStore) -> Self {
        Self {
            shared: Arc::new(Shared {
                store,
                running: Mutex::default(),
                turns: Mutex::default(),
                breakers: Mutex::default(),
                activation: Mutex::default(),
            }),
        }
    }

    /// The extension of an id, which is started if it does not run.
    ///
    /// # Errors
    /// As [`ExtensionStore::start`].
    pub async fn start(&self, id: &ExtensionId) -> Result<Extension, StoreError> {
        if let Some(extension) = self.get(id) {
            return Ok(extension);
        }
        let _turn = self.turn(id).await;
        // Another task may have started it meanwhile.
        if let Some(extension) = self.get(id) {
            return Ok(extension);
        }
        let (active, extension) = self.start_current(id).await?;
        self.set(&active, extension.clone());
        Ok(extension)
    }

    /// The extension of an id as it runs now, if it does. Ask anew for each call: what an update has
    /// replaced goes on answering, in its old version, as long as a handle is held.
    pub fn get(&self, id: &ExtensionId) -> Option<Extension> {
        let running = self.running();
        running.get(id).map(|running| running.extension.clone())
    }

    /// Returns the health of each running extension.
    pub fn health(&self) -> Vec<(ExtensionId, Health)> {
        let running = self.running();
        let running = running.iter();
        running
            .map(|(id, running)| (id.clone(), running.extension.health()))
            .collect()
    }

    /// Forgets an extension's faults: one that is suspended, because it stopped too often or did not start, is
    /// tried again by the next call.
    pub fn reset(&self, id: &ExtensionId) {
        let breakers = &self.shared.breakers;
        let mut breakers = breakers.lock().unwrap_or_else(PoisonError::into_inner);
        breakers.remove(id);
        drop(breakers);
        if let Some(extension) = self.get(id) {
            extension.reset();
        }
    }

    /// Lets an extension go; calls under way end on it.
    pub fn stop(&self, id: &ExtensionId) {
        let gone = self.running().remove(id);
        // What ends with it holds up no other.
        drop(gone);
    }

    /// Compares what runs with what is installed, starts what has changed, and lets it take the place of
    /// what ran. Calls go to the version that ran until the other has started. The store's listener hears each result
    /// as [`Event::Reload`].
    ///
    /// # Errors
    /// As [`Store::generation`](crate::store::Store::generation). What cannot be started is [`Reload::Failed`].
    pub async fn refresh(&self) -> Result<Vec<Reload>, StoreError> {
        let ids: Vec<ExtensionId> = self.running().keys().cloned().collect();
        let mut followed = Vec::new();
        for id in ids {
            // The turn is over before a listener takes its time.
            if let Some(reload) = self.follow(id).await? {
                let sink = self.shared.store.sink();
                sink.tell(|| Event::Reload(reload.clone()));
                followed.push(reload);
            }
        }
        Ok(followed)
    }

    /// Compares what runs under an id with what is installed, in the turn of the extension.
    async fn follow(&self, id: ExtensionId) -> Result<Option<Reload>, StoreError> {
        let _turn = self.turn(&id).await;
        let store = &self.shared.store;
        let generation = store.generation()?;
        let Some((version, files)) = self.what_runs(&id) else {
            return Ok(None);
        };
        let now = store
            .dev_extension(&id)
            .and_then(|dev| store.active_in(&generation, &id, dev));
        Ok(match now {
            Err(StoreError::NotInstalled { .. } | StoreError::NotBuilt { .. }) => {
                self.stop(&id);
                Some(Reload::Removed { id, version })
            }
            Ok(now) if now.is_disabled() => {
                self.stop(&id);
                Some(Reload::Disabled { id, version })
            }
            Ok(now) if Files::of(&now) == files => None,
            Ok(_) => self.swap(id, version, files).await,
            Err(error) => Some(Reload::Failed {
                id,
                version,
                error: Arc::new(error),
            }),
        })
    }

    /// Follows the store from now on: each change of it, by this process or another, is a
    /// [`refresh`](Self::refresh), whose results the store's listener hears. One that fails it hears as
    /// [`Event::NotFollowed`]; it is tried again after a second, then after pauses that grow to a minute, until it works.
    /// Ends when the [`Watch`] is dropped. A folder that is missing or empty is made a store, so that there is
    /// something to watch.
    ///
    /// # Errors
    /// [`StoreError::Watch`] where the system cannot watch the store's folder, and [`StoreError::Folder`] and
    /// [`StoreError::File`] where it cannot be made a store.
    pub fn watch(&self) -> Result<Watch, StoreError> {
        let (changed, changes) = mpsc::channel(1);
        let beginning = changed.clone();
        let layout = self.shared.store.layout();
        if !layout.is_read_only() {
            layout.prepare()?;
        }
        let (current, dev) = (layout.current(), layout.dev());
        let folder = self.shared.store.folder().to_path_buf();
        let failed = |error: notify::Error| StoreError::Watch {
            folder: folder.clone(),
            message: error.to_string(),
        };
        let name = current.file_name().map(std::ffi::OsStr::to_owned);
        let mut watcher =
            notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
                // Where the events do not tell what has changed, everything is looked at.
                let concerns = event.map_or(true, |event| {
                    event.paths.is_empty()
                        || event.paths.iter().any(|path| {
                            let is_of_dev = path.extension().is_some_and(|it| it == "json");
                            is_of_dev || path.file_name() == name.as_deref()
                        })
                });
                if concerns {
                    // A message that waits already stands for all changes until it is taken.
                    let _ = changed.try_send(());
                }
            })
            .map_err(failed)?;
        let watched = [&folder, &dev];
        for folder in watched.into_iter().filter(|folder| folder.exists()) {
            watcher
                .watch(folder, RecursiveMode::NonRecursive)
                .map_err(failed)?;
        }
        // Finds changes since the extensions were started.
        let _ = beginning.try_send(());
        drop(beginning);
        let task = tokio::spawn(self.clone().follow_all(changes));
        Ok(Watch {
            _watcher: watcher,
            task,
        })
    }

    /// Follows each change that is told of; where that fails, again after a pause.
    async fn follow_all(self, mut changes: mpsc::Receiver<()>) {
        let mut pause: Option<Duration> = None;
        loop {
            let is_over = match pause {
                None => changes.recv().await.is_none(),
                Some(pause) => matches!(timeout(pause, changes.recv()).await, Ok(None)),
            };
            if is_over {
                return;
            }
            let Err(error) = self.refresh().await else {
                pause = None;
                continue;
            };
            tracing::warn!(%error, "a change of the store is not followed");
            let error = Arc::new(error);
            let sink = self.shared.store.sink();
            sink.tell(|| Event::NotFollowed { error });
            pause = Some(pause.map_or(FIRST_PAUSE, |pause| (pause * 2).min(LONGEST_PAUSE)));
        }
    }

    /// Keeps others from starting or swapping an extension, until what is given back is dropped.
    pub(crate) async fn turn(&self, id: &ExtensionId) -> Turn<'_> {
        let turn = {
            let turns = &self.shared.turns;
            let mut turns = turns.lock().unwrap_or_else(PoisonError::into_inner);
            turns.entry(id.clone()).or_default().clone()
        };
        Turn {
            live: self,
            _turn: turn.lock_owned().await,
        }
    }

    async fn swap(&self, id: ExtensionId, from: ExtensionVersion, files: Files) -> Option<Reload> {
        match self.start_current(&id).await {
            // An update that did not start: the version that runs is the one that came back.
            Ok((active, _)) if Files::of(&active) == files => None,
            Ok((active, extension)) => {
                let to = active.version().clone();
                self.set(&active, extension);
                Some(Reload::Swapped { id, from, to })
            }
            // The version that is installed now has no component.
            Err(StoreError::NoComponent { .. }) => {
                self.stop(&id);
                Some(Reload::Removed { id, version: from })
            }
            // It was disabled meanwhile.
            Err(StoreError::Disabled { .. }) => {
                self.stop(&id);
                Some(Reload::Disabled { id, version: from })
            }
            Err(error) => Some(Reload::Failed {
                id,
                version: from,
                error: Arc::new(error),
            }),
        }
    }

    /// Starts what is installed, unless that has failed too often.
    async fn start_current(&self, id: &ExtensionId) -> Result<(Active, Extension), StoreError> {
        let store = &self.shared.store;
        let active = store.active(id)?;
        active.refuse_disabled()?;
        let breaker = self.breaker(&active);
        let admission = breaker.admit(Instant::now()).map_err(|suspended| {
            let source = HostError::Start(suspended);
            StoreError::unusable(id, active.version(), source)
        })?;
        let started = store.start_current(id).await;
        match &started {
            Ok(_) => breaker.ended_well(admission),
            Err(error) => {
                if let Some(fault) = error.start_fault() {
                    breaker.count(fault, admission, Instant::now());
                }
            }
        }
        started
    }

    /// Returns the breaker that counts failed starts; a new one for other files.
    fn breaker(&self, active: &Active) -> Arc<Breaker> {
        let breakers = &self.shared.breakers;
        let mut breakers = breakers.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((tree, breaker)) = breakers.get(active.id())
            && *tree == active.tree()
        {
            return breaker.clone();
        }
        let options = self.shared.store.host().options_of(active.id());
        let breaker = Arc::new(Breaker::new(options.supervision.clone()));
        let known = (active.tree(), breaker.clone());
        breakers.insert(active.id().clone(), known);
        breaker
    }

    fn set(&self, active: &Active, extension: Extension) {
        let running = Running {
            extension,
            version: active.version().clone(),
            files: Files::of(active),
        };
        let before = self.running().insert(active.id().clone(), running);
        // What ends with it holds up no other.
        drop(before);
    }

    /// The store that they are of.
    pub fn store(&self) -> &ExtensionStore {
        &self.shared.store
    }

    pub(in crate::store) fn activation_slot(
        &self,
    ) -> std::sync::MutexGuard<'_, Option<Arc<Activation>>> {
        let slot = &self.shared.activation;
        slot.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn what_runs(&self, id: &ExtensionId) -> Option<(ExtensionVersion, Files)> {
        let running = self.running();
        let running = running.get(id)?;
        Some((running.version.clone(), running.files.clone()))
    }

    fn running(&self) -> std::sync::MutexGuard<'_, BTreeMap<ExtensionId, Running>> {
        let running = &self.shared.running;
        running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
