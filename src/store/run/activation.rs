//! Activation: extensions start when they are first needed, not when their host does. What each is needed for is noted
//! when it is installed, so that a host reads one file and starts nothing.

use std::{collections::HashMap, sync::Arc};

use serde::{Deserialize, de::IgnoredAny};

use super::{extension_store::ExtensionStore, running::RunningExtensions, stamp::StoreStamp};
use crate::{
    base::{task::blocking, types::ExtensionId},
    package::manifest::Trigger,
    runtime::extension::Extension,
    store::{
        disk::{generation::Generation, store::Store},
        error::StoreError,
    },
};

/// An index of what extensions are needed for, as of one state of the store.
#[derive(Debug)]
pub(in crate::store) struct Activation {
    stamp: StoreStamp,
    by_trigger: HashMap<Trigger, Vec<ExtensionId>>,
}

/// The part of an entry of the generation's file that is read here.
#[derive(Deserialize)]
struct Noted {
    id: ExtensionId,
    component: Option<IgnoredAny>,
    #[serde(default)]
    disabled: bool,
    #[serde(
        default,
        deserialize_with = "crate::store::disk::installed::known_triggers"
    )]
    triggers: Option<Vec<Trigger>>,
}

/// The result of starting the extensions for something.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Activated {
    /// Those that run now, in the order of their ids.
    pub extensions: Vec<Extension>,
    /// Those that could not be started, and why.
    pub failed: Vec<(ExtensionId, StoreError)>,
}

impl RunningExtensions {
    /// The extensions that are needed for something, sorted. Nothing is started, and only what has changed
    /// in the store since the last time is read.
    ///
    /// # Errors
    /// As [`Store::all_active`](crate::store::Store::all_active).
    pub async fn needed_for(&self, trigger: &Trigger) -> Result<Vec<ExtensionId>, StoreError> {
        let activation = self.activation().await?;
        Ok(activation
            .by_trigger
            .get(trigger)
            .cloned()
            .unwrap_or_default())
    }

    /// Starts the extensions that are needed for something, where they do not run yet. To be called when a
    /// file of a language is opened, before a server is asked for, and the like.
    ///
    /// # Errors
    /// As [`needed_for`](Self::needed_for). What cannot be started is in [`Activated::failed`].
    pub async fn activate(&self, trigger: &Trigger) -> Result<Activated, StoreError> {
        let needed = self.needed_for(trigger).await?;
        Ok(self.start_all(needed).await)
    }

    /// Starts the extensions that are to run from the start:
    /// [`ExtensionOptions::on_startup`](crate::ExtensionOptions::on_startup). To be called once, when the
    /// embedder is ready.
    ///
    /// # Errors
    /// As [`Store::all_active`](crate::store::Store::all_active). What cannot be started is in [`Activated::failed`].
    pub async fn start_up(&self) -> Result<Activated, StoreError> {
        // Most hosts have none, and then nothing needs to be read.
        if !self.store().host().has_on_startup() {
            return Ok(Activated::default());
        }
        let store = self.store().clone();
        let wanted = blocking(move || on_startup(&store)).await?;
        Ok(self.start_all(wanted).await)
    }

    async fn start_all(&self, ids: Vec<ExtensionId>) -> Activated {
        let mut activated = Activated::default();
        // One that takes long to start does not hold up the others.
        let starts = ids.iter().map(|id| self.start(id));
        let started = futures_util::future::join_all(starts).await;
        for (id, started) in ids.iter().zip(started) {
            match started {
                Ok(extension) => activated.extensions.push(extension),
                // It was removed or disabled between the look and the start.
                Err(StoreError::NotInstalled { .. } | StoreError::Disabled { .. }) => {}
                Err(error) => activated.failed.push((id.clone(), error)),
            }
        }
        activated
    }

    async fn activation(&self) -> Result<Arc<Activation>, StoreError> {
        let (live, store) = (self.clone(), self.store().clone());
        blocking(move || {
            let stamp = store.stamp()?;
            if let Some(known) = live.activation_slot().clone()
                && known.stamp == stamp
            {
                return Ok(known);
            }
            let fresh = Arc::new(read_activation(&store, stamp)?);
            *live.activation_slot() = Some(fresh.clone());
            Ok(fresh)
        })
        .await
    }
}

/// Reads what each extension is needed for. It is far less than what is known of them.
fn read_activation(store: &Store, stamp: StoreStamp) -> Result<Activation, StoreError> {
    let mut by_trigger: HashMap<Trigger, Vec<ExtensionId>> = HashMap::new();
    let mut add = |id: &ExtensionId, triggers: Vec<Trigger>| {
        for trigger in triggers {
            by_trigger.entry(trigger).or_default().push(id.clone());
        }
    };
    let mut asked: Vec<ExtensionId> = stamp.dev.iter().map(|(id, _)| id.clone()).collect();
    for noted in Generation::current_entries::<Noted>(store.layout())?.extensions {
        // Without a component there is nothing to start; a dev extension may bring one.
        if asked.contains(&noted.id) || noted.component.is_none() || noted.disabled {
            continue;
        }
        match noted.triggers {
            Some(triggers) => add(&noted.id, triggers),
            None => asked.push(noted.id),
        }
    }
    for id in asked {
        add(&id, triggers_of(store, &id));
    }
    for extensions in by_trigger.values_mut() {
        extensions.sort();
    }
    Ok(Activation { stamp, by_trigger })
}

/// Returns what an extension is needed for that has nothing noted, or shadows what has; one that cannot be read is
/// needed for nothing.
fn triggers_of(store: &Store, id: &ExtensionId) -> Vec<Trigger> {
    let read = store.active(id).and_then(|active| {
        if active.component().is_none() || active.is_disabled() {
            return Ok(Vec::new());
        }
        match active.triggers() {
            Some(triggers) => Ok(triggers.to_vec()),
            None => Ok(store.manifest_of(&active)?.manifest.triggers()),
        }
    });
    read.unwrap_or_else(|error| {
        tracing::warn!(extension = %id, %error, "nothing starts this extension");
        Vec::new()
    })
}

/// The extensions that are to run from the start.
fn on_startup(store: &ExtensionStore) -> Result<Vec<ExtensionId>, StoreError> {
    let active = store.all_active()?.into_iter();
    let wanted = active.filter(|active| {
        active.component().is_some() && store.host().options_of(active.id()).on_startup
    });
    Ok(wanted.map(|active| active.id().clone()).collect())
}
