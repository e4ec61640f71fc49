//! Starts of installed extensions. The first start of an updated version is on probation: if it fails, the
//! version before comes back by itself, and updates pass the failed one over from then on.

use std::{path::PathBuf, sync::Arc};

use super::{
    extension_store::ExtensionStore, listening::Listening, locked::Held, recorder::Recorder,
    tool_records::Records,
};
use crate::{
    base::{
        causes::chain,
        fs,
        hint::Hint as _,
        printable::printable,
        task::blocking,
        types::{ExtensionId, ExtensionVersion},
    },
    package::manifest,
    runtime::{
        api::HostError,
        delegate::Observers,
        engine::Component,
        extension::Extension,
        host::{Attached, Identity},
    },
    store::{
        disk::{
            active::Active,
            contents::component_with,
            installed::{FailedStart, Installed},
            probation::{self, is_on_probation},
            tree::Tree,
            withdrawal::blocked,
        },
        error::StoreError,
        event::Event,
        report::RolledBack,
    },
};

/// The code of an extension.
enum Code {
    /// It has no component.
    None,
    Compiled(Component),
    /// It is to be compiled.
    Wasm(Vec<u8>),
}

/// An extension that can be started.
struct Ready {
    active: Active,
    component: Component,
    /// Keeps its files from being collected.
    _reading: Option<fs::FileLock>,
}

impl ExtensionStore {
    /// Makes the component of what runs under an id ready to run: from the compiled cache, or, where it
    /// lacks it, by compiling it. `None` for an extension without a component.
    ///
    /// # Errors
    /// As [`Store::active`](crate::store::Store::active); [`StoreError::Disabled`] for one that the user does without,
    /// [`StoreError::Damaged`] where the component is not the one that was
    /// installed ([`StoreError::DamagedDev`] for a dev extension's), [`StoreError::Component`] where this
    /// host cannot run it.
    pub async fn component(&self, id: &ExtensionId) -> Result<Option<Component>, StoreError> {
        let (active, code) = {
            let _reading = self.reading().await?;
            let active = self.active(id)?;
            active.refuse_disabled()?;
            let code = self.code_of(&active).await?;
            (active, code)
        };
        self.compiled(&active, code).await
    }

    /// Starts an extension, with what its manifest asks for as its capabilities: the last build of a dev
    /// extension, or else what is installed.
    ///
    /// Where an updated version is started for the first time and traps or runs into a limit, the version
    /// before is installed again and started in its place; the log has a warning of it, and the store's listener
    /// hears [`Event::RolledBack`].
    ///
    /// # Errors
    /// As [`Self::component`], [`StoreError::NoComponent`] for an extension without one,
    /// [`StoreError::Blocked`] for a version known to do harm, [`FolderError::NoState`](crate::store::FolderError::NoState)
    /// where there is no place for what it writes, and [`StoreError::Component`] where it cannot be started.
    pub async fn start(&self, id: &ExtensionId) -> Result<Extension, StoreError> {
        self.start_current(id).await.map(|(_, it)| it)
    }

    /// Starts what is installed under an id; gives what that was in the end.
    pub(in crate::store) async fn start_current(
        &self,
        id: &ExtensionId,
    ) -> Result<(Active, Extension), StoreError> {
        let (active, outcome) = {
            let Ready {
                active,
                component,
                _reading,
            } = self.ready(id).await?;
            self.layout().check_state()?;
            let work_dir = self.work_dir_of(&active).await?;
            let outcome = self.start_active(&active, &component, work_dir).await;
            (active, outcome)
        };
        let on_probation = active
            .installed()
            .filter(|installed| is_on_probation(self.layout(), installed))
            .cloned();
        match (outcome, on_probation) {
            (Ok(extension), on_probation) => {
                if let Some(installed) = on_probation {
                    self.end_probation(installed).await;
                }
                Ok((active, extension))
            }
            (Err(error), Some(installed)) if error.start_fault().is_some() => {
                let (back, extension) = self.come_back(installed, error).await?;
                Ok((back.into(), extension))
            }
            (Err(error), _) => Err(error),
        }
    }

    /// Starts an extension as [`start`](Self::start) does, with `work_dir` as its working directory. One that
    /// fails to start so changes nothing of what is installed.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub async fn start_in(
        &self,
        id: &ExtensionId,
        work_dir: PathBuf,
    ) -> Result<Extension, StoreError> {
        let ready = self.ready(id).await?;
        self.start_active(&ready.active, &ready.component, work_dir)
            .await
    }

    /// Makes what runs under an id ready to be started. While it is compiled, others may change and collect what is
    /// installed; what they make of it is what is ready then.
    async fn ready(&self, id: &ExtensionId) -> Result<Ready, StoreError> {
        let mut made: Option<Component> = None;
        loop {
            let reading = self.reading().await?;
            let active = self.active(id)?;
            active.refuse_disabled()?;
            self.refuse_blocked(&active)?;
            let is_it = |made: &Component| Some(made.digest()) == active.component();
            let code = match made.take().filter(is_it) {
                Some(component) => Code::Compiled(component),
                None => self.code_of(&active).await?,
            };
            match code {
                Code::None => return Err(StoreError::NoComponent { id: id.clone() }),
                Code::Compiled(component) => {
                    return Ok(Ready {
                        active,
                        component,
                        _reading: reading,
                    });
                }
                Code::Wasm(_) => {
                    drop(reading);
                    made = self.compiled(&active, code).await?;
                }
            }
        }
    }

    fn refuse_blocked(&self, active: &Active) -> Result<(), StoreError> {
        let Some(installed) = active.installed() else {
            return Ok(());
        };
        match self.withdrawn(installed)?.filter(|it| it.blocked) {
            Some(withdrawn) => Err(blocked(active.id(), &withdrawn)),
            None => Ok(()),
        }
    }

    async fn work_dir_of(&self, active: &Active) -> Result<PathBuf, StoreError> {
        let (store, id, origin) = (self.clone(), active.id().clone(), active.origin());
        blocking(move || store.work_dir(&id, &origin)).await
    }

    async fn start_active(
        &self,
        active: &Active,
        component: &Component,
        work_dir: PathBuf,
    ) -> Result<Extension, StoreError> {
        let identity = Identity {
            work_dir,
            capabilities: active.capabilities().to_vec(),
            origin: active.origin(),
            id: active.id().clone(),
        };
        let version = active.version();
        let (store, what) = (self.clone(), active.clone());
        let held = blocking(move || store.held_tools(&what)).await?;
        let started = self
            .start_recorded(component, identity, version, held)
            .await;
        started.map_err(|source| StoreError::unusable(active.id(), version, source))
    }

    /// Starts a component that is `held` to tools or to nothing, keeps its log, and tells the store's listener what it
    /// does.
    pub(crate) async fn start_recorded(
        &self,
        component: &Component,
        identity: Identity,
        version: &ExtensionVersion,
        held: Held,
    ) -> Result<Extension, HostError> {
        let layout = self.layout().clone();
        if let Err(error) = blocking(move || layout.prepare_state()).await {
            let way_out = error.hint().map(|hint| format!("; {hint}"));
            let way_out = way_out.unwrap_or_default();
            tracing::warn!("what the extension does cannot be noted: {error}{way_out}");
        }
        let journal = self.journal().clone();
        let (id, version) = (identity.id.clone(), version.to_string());
        let records = Records::new(journal.clone(), id.clone(), version.clone());
        let recorder = Recorder::new(journal, id, version);
        recorder.comes_from(identity.origin.clone());
        let listening = self
            .sink()
            .listener()
            .cloned()
            .map(|it| Arc::new(Listening(it)) as _);
        let observer = Observers::of([listening, Some(recorder as _)]);
        let host = self.host();
        let attached = Attached {
            observer,
            records: Some(records),
            locked: held.locked.map(Arc::new),
            known: held.known.map(Arc::new),
        };
        host.start_attached(component, identity, attached).await
    }

    /// The code of what runs, as far as it is there without compiling anything.
    async fn code_of(&self, active: &Active) -> Result<Code, StoreError> {
        let (Some(digest), Some(api)) = (active.component(), active.api().cloned()) else {
            return Ok(Code::None);
        };
        if let Some(family) = active.family().map(str::to_owned) {
            let host = self.host().clone();
            let loading =
                blocking(move || Ok::<_, StoreError>(host.compiled(&digest, &family, &api)));
            if let Some(component) = loading.await? {
                return Ok(Code::Compiled(component));
            }
        }
        let path = self.files_of(active).join(manifest::COMPONENT);
        let (store, what) = (self.clone(), active.clone());
        let reading =
            move || component_with(&path, digest)?.ok_or_else(|| store.damaged(&what, path));
        Ok(Code::Wasm(blocking(reading).await?))
    }

    /// The component that this code is of, compiled where it is not yet.
    async fn compiled(&self, active: &Active, code: Code) -> Result<Option<Component>, StoreError> {
        let wasm = match code {
            Code::None => return Ok(None),
            Code::Compiled(component) => return Ok(Some(component)),
            Code::Wasm(wasm) => wasm,
        };
        let compiled = self.host().compile(wasm).await;
        compiled
            .map(Some)
            .map_err(|source| StoreError::unusable(active.id(), active.version(), source))
    }

    /// Ends the probation. Where that cannot be written down, it goes on until the next start.
    async fn end_probation(&self, installed: Installed) {
        let layout = self.layout().clone();
        if let Err(error) = blocking(move || probation::end(&layout, &installed)).await {
            tracing::warn!(%error, "the first start cannot be noted");
        }
    }

    /// Installs and starts the version before again. If that does not start either, the fault is not the
    /// update's: nothing changes.
    async fn come_back(
        &self,
        failed: Installed,
        error: StoreError,
    ) -> Result<(Installed, Extension), StoreError> {
        let Some(fallback) = failed.fallback.as_deref().cloned() else {
            return Err(error);
        };
        let is_blocked = self.withdrawn(&fallback)?.is_some_and(|it| it.blocked);
        // The compiled cache may start a component whose files are gone.
        let (layout, tree) = (self.layout().clone(), fallback.tree);
        let is_whole = blocking(move || {
            Ok::<_, StoreError>(Tree::whole(&layout.tree(&tree), &tree)?.is_some())
        });
        if is_blocked || !is_whole.await? {
            return Err(error);
        }
        let active = fallback.clone().into();
        let work_dir = self.work_dir_of(&active).await?;
        let preparing = async {
            let code = self.code_of(&active).await?;
            self.compiled(&active, code).await
        };
        let Ok(Some(component)) = preparing.await else {
            return Err(error);
        };
        let Ok(extension) = self.start_active(&active, &component, work_dir).await else {
            return Err(error);
        };
        let reason = in_short(&error);
        let change = self.change("bring-back").await?;
        let sink = self.sink().clone();
        // Told where it is done: who waits for the start may have stopped to.
        let came_back = blocking(move || {
            let generation = change.generation();
            let is_current = |now: &Installed| now.tree == failed.tree;
            let Some(now) = generation
                .extensions
                .get(&failed.id)
                .filter(|it| is_current(it))
            else {
                // Another process has changed it in the meantime.
                return Ok::<_, StoreError>(None);
            };
            let mut back = fallback;
            back.pinned = now.pinned;
            back.disabled = now.disabled;
            back.failed.clone_from(&now.failed);
            back.failed
                .push(FailedStart::now(failed.version.clone(), reason.clone()));
            let mut extensions = generation.extensions.clone();
            extensions.insert(back.id.clone(), back.clone());
            let (id, from, to) = (back.id.clone(), failed.version, back.version.clone());
            let words = format!("bring back {id} {to}, as {from} did not start");
            let next = change.next(words, extensions)?;
            change.commit(&next, &[], &[])?;
            let event = RolledBack {
                id,
                from,
                to,
                reason,
                generation: next.number,
            };
            tracing::warn!(extension = %event.id, "{event}");
            sink.tell(|| Event::RolledBack(event));
            Ok(Some(back))
        });
        match came_back.await? {
            Some(back) => Ok((back, extension)),
            None => Err(error),
        }
    }
}

/// The innermost words of an error, short enough for a list.
fn in_short(error: &StoreError) -> String {
    let innermost = chain(error).last();
    printable(&innermost.map(ToString::to_string).unwrap_or_default())
}
