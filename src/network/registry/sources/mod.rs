//! The registries a user has configured, as one: which of them is asked for what.
//!
//! An extension belongs to the registry it came from. Whoever knows that one asks it alone; whoever
//! does not asks them in the order of priority, and only the word "there is no such extension" leads
//! on to the next. A registry that cannot be reached never makes another one serve its extensions.

mod slot;

use std::{collections::BTreeMap, sync::Arc};

use futures_util::future::join_all;

use self::slot::Slot;
use super::{
    access::Access,
    error::Error,
    identity::{RegistryId, RegistryIdError, label_of_unknown},
    index_file::IndexFile,
    location::Location,
    reader::Registry,
    search::{Catalogues, Query},
};
use crate::base::{suggestion::similar, types::ExtensionId};

/// One registry as it is configured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegistryConfiguration {
    /// The name the user gives it, which is its identity, whatever it calls itself. Without one it is
    /// its location.
    pub name: Option<String>,
    /// Where it is.
    pub location: Location,
    /// Where it is as well, in the order to ask them when `location` fails.
    pub mirrors: Vec<Location>,
}

impl RegistryConfiguration {
    /// Returns the registry's identity.
    ///
    /// # Errors
    /// As [`RegistryId::configured`].
    pub fn id(&self) -> Result<RegistryId, RegistryIdError> {
        RegistryId::configured(self.name.as_deref(), &self.location)
    }
}

impl From<Location> for RegistryConfiguration {
    fn from(location: Location) -> Self {
        Self {
            name: None,
            location,
            mirrors: Vec::new(),
        }
    }
}

/// Several registries in the order of their priority. Each is opened when it is first needed, and
/// once. Clones share what is open.
#[derive(Debug, Clone)]
pub struct Sources {
    slots: Arc<[Slot]>,
    /// Those that have a name, each by its location alone, for what came from it before it had one. Nothing else is
    /// looked for there.
    unnamed: Arc<[Slot]>,
    access: Arc<Access>,
}

/// A registry's listing of an extension, and which registry that is.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Listing {
    /// The registry, from which the archive is to be fetched.
    pub registry: Registry,
    /// What it says.
    pub index: IndexFile,
}

impl From<Registry> for Sources {
    /// One registry that is open already.
    fn from(registry: Registry) -> Self {
        let access = Access {
            offline: registry.is_offline(),
            ..Access::default()
        };
        Self {
            slots: [Slot::open(registry)].into(),
            unnamed: [].into(),
            access: access.into(),
        }
    }
}

impl Sources {
    /// The registries of a configuration, the first of which is asked first. Nothing is opened yet.
    pub fn new(configurations: Vec<RegistryConfiguration>, access: Access) -> Self {
        let is_named = |it: &&RegistryConfiguration| it.name.is_some();
        let unnamed = configurations.iter().filter(is_named).map(|it| {
            Slot::new(RegistryConfiguration {
                name: None,
                ..it.clone()
            })
        });
        Self {
            unnamed: unnamed.collect(),
            slots: configurations.into_iter().map(Slot::new).collect(),
            access: access.into(),
        }
    }

    /// Returns the settings for reaching the registries.
    pub fn access(&self) -> &Access {
        &self.access
    }

    /// Whether it is one of the registries, by its [`RegistryId`]'s text, and is open or has a name. None is
    /// opened: one that was given by its location alone is known once it was asked.
    pub fn knows(&self, id: &str) -> bool {
        self.slot(id).is_some_and(Slot::is_known)
    }

    fn slot(&self, id: &str) -> Option<&Slot> {
        let is_it = |slot: &&Slot| slot.id().is_some_and(|it| it.as_str() == id);
        let by_name = self.slots.iter().find(is_it);
        by_name.or_else(|| self.unnamed.iter().find(is_it))
    }

    /// No web server is asked.
    pub fn is_offline(&self) -> bool {
        self.access.offline
    }

    /// Finds what is said of an extension. `bound` is the identity of the registry the extension
    /// came from: that one is asked and no other. Without it the first in order that has it counts.
    ///
    /// # Errors
    /// [`Error::UnknownExtension`] if no registry asked has it, [`Error::NoSuchRegistry`] if none is
    /// `bound`; any other error of a registry ends the search, so that none after it serves
    /// what belongs to it.
    pub async fn find(&self, id: &ExtensionId, bound: Option<&str>) -> Result<Listing, Error> {
        if let Some(name) = bound {
            return self.find_in(name, id).await;
        }
        let mut asked = Vec::new();
        for slot in self.slots.iter() {
            let registry = slot.registry(&self.access).await?;
            if let Some(index) = registry.look_up(id).await? {
                let registry = registry.clone();
                return Ok(Listing { registry, index });
            }
            asked.push(registry);
        }
        Err(unknown(id, &asked).await)
    }

    /// Finds what one registry says of an extension: all its versions.
    ///
    /// # Errors
    /// As [`Self::find`].
    pub async fn find_in(&self, registry: &str, id: &ExtensionId) -> Result<Listing, Error> {
        let registry = self.registry(registry).await?;
        let index = registry.index(id).await?;
        Ok(Listing { registry, index })
    }

    /// Finds what is said of many extensions of which any version will do, in as few requests as the registries' kinds
    /// allow. What is bound to none is looked for as [`Self::find`] does.
    ///
    /// The errors are those of [`Self::find`]; one that all extensions of a registry share is [`Error::Shared`].
    pub async fn find_newest(
        &self,
        wanted: &BTreeMap<ExtensionId, Option<String>>,
    ) -> BTreeMap<ExtensionId, Result<Listing, Error>> {
        let mut free = Vec::new();
        let mut bound: BTreeMap<&str, Vec<ExtensionId>> = BTreeMap::new();
        for (id, registry) in wanted {
            match registry {
                Some(registry) => bound.entry(registry).or_default().push(id.clone()),
                None => free.push(id.clone()),
            }
        }
        let asking = bound
            .into_iter()
            .map(|(registry, ids)| self.offers_of(registry, ids));
        let mut found: BTreeMap<_, _> = join_all(asking).await.into_iter().flatten().collect();
        let mut asked = Vec::new();
        for slot in self.slots.iter() {
            if free.is_empty() {
                break;
            }
            let registry = match slot.registry(&self.access).await {
                Ok(registry) => registry,
                Err(error) => {
                    found.extend(shared(free, error));
                    return found;
                }
            };
            let mut answers = registry.offers(&free).await;
            free.retain(|id| match answers.remove(id) {
                Some(Ok(None)) | None => true,
                Some(Ok(Some(index))) => {
                    let registry = registry.clone();
                    found.insert(id.clone(), Ok(Listing { registry, index }));
                    false
                }
                Some(Err(error)) => {
                    found.insert(id.clone(), Err(error));
                    false
                }
            });
            asked.push(registry);
        }
        for id in free {
            let error = unknown(&id, &asked).await;
            found.insert(id, Err(error));
        }
        found
    }

    /// The registry with that identity, opened.
    ///
    /// # Errors
    /// [`Error::NoSuchRegistry`] if it is not one of these, [`Error::Unresolved`] if it cannot be told any more
    /// which one it was; the error of opening it.
    pub async fn registry(&self, id: &str) -> Result<Registry, Error> {
        if let Some(slot) = self.slot(id) {
            return slot.registry(&self.access).await.cloned();
        }
        Err(match label_of_unknown(id) {
            Some(label) => Error::Unresolved {
                label: label.to_owned(),
            },
            None => Error::NoSuchRegistry {
                name: id.to_owned(),
                known: self
                    .slots
                    .iter()
                    .filter_map(|slot| Some(slot.id()?.to_string()))
                    .collect(),
            },
        })
    }

    /// Reads what is said of many extensions, each by the registry whose identity stands beside it. The
    /// registries are asked at the same time, each once, with [`Registry::indexes`].
    ///
    /// The errors are those of [`Self::find`]; one that all extensions of a registry share is
    /// [`Error::Shared`].
    pub async fn indexes(
        &self,
        wanted: &BTreeMap<ExtensionId, String>,
    ) -> BTreeMap<ExtensionId, Result<Listing, Error>> {
        let mut by_registry: BTreeMap<String, Vec<ExtensionId>> = BTreeMap::new();
        for (id, name) in wanted {
            by_registry
                .entry(name.clone())
                .or_default()
                .push(id.clone());
        }
        let asking = by_registry
            .into_iter()
            .map(|(name, ids)| self.indexes_of(name, ids));
        join_all(asking).await.into_iter().flatten().collect()
    }

    /// Reads what all registries have, at the same time. Of one that the network does not let us ask, what it said before
    /// is read, where that was kept.
    pub async fn catalogues(&self) -> Catalogues {
        self.asked(None).await
    }

    /// Reads what may fit a query, as [`Self::catalogues`] does: a registry that does not tell all that it has is asked for
    /// it.
    pub async fn search(&self, query: &Query) -> Catalogues {
        self.asked(Some(query)).await
    }

    async fn asked(&self, query: Option<&Query>) -> Catalogues {
        let asking = self
            .slots
            .iter()
            .map(|slot| slot.catalogue(&self.access, query));
        let mut catalogues = Catalogues::default();
        for asked in join_all(asking).await {
            match asked {
                Ok(catalogue) => catalogues.read.push(catalogue),
                Err(failed) => catalogues.failed.push(failed),
            }
        }
        catalogues
    }

    async fn offers_of(
        &self,
        name: &str,
        ids: Vec<ExtensionId>,
    ) -> Vec<(ExtensionId, Result<Listing, Error>)> {
        let registry = match self.registry(name).await {
            Ok(registry) => registry,
            Err(error) => return shared(ids, error),
        };
        let answers = registry.offers(&ids).await.into_iter();
        let found = answers.map(|(id, answer)| async {
            let index = match answer {
                Ok(Some(index)) => Ok(index),
                Ok(None) => Err(unknown(&id, &[&registry]).await),
                Err(error) => Err(error),
            };
            let listing = index.map(|index| Listing {
                registry: registry.clone(),
                index,
            });
            (id, listing)
        });
        join_all(found).await
    }

    async fn indexes_of(
        &self,
        name: String,
        ids: Vec<ExtensionId>,
    ) -> Vec<(ExtensionId, Result<Listing, Error>)> {
        let registry = match self.registry(&name).await {
            Ok(registry) => registry,
            Err(error) => return shared(ids, error),
        };
        let listing = |index| Listing {
            registry: registry.clone(),
            index,
        };
        let answers = registry.indexes(&ids).await.into_iter();
        answers
            .map(|(id, answer)| (id, answer.map(listing)))
            .collect()
    }
}

/// One error, for each of several extensions.
fn shared(ids: Vec<ExtensionId>, error: Error) -> Vec<(ExtensionId, Result<Listing, Error>)> {
    let error = Arc::new(error);
    let failed = |id| (id, Err(Error::Shared(Arc::clone(&error))));
    ids.into_iter().map(failed).collect()
}

/// The error for an extension that none of the registries has, with what is near it in any of them.
async fn unknown(id: &ExtensionId, asked: &[&Registry]) -> Error {
    let catalogues = join_all(asked.iter().map(|registry| registry.catalogue())).await;
    let mut ids: Vec<ExtensionId> = Vec::new();
    for catalogue in catalogues {
        match catalogue {
            Ok(catalogue) => ids.extend(catalogue.lines.into_iter().map(|line| line.id)),
            Err(error) => {
                tracing::debug!(%error, "a catalogue cannot be read, so no similar id of it is offered");
            }
        }
    }
    ids.sort();
    ids.dedup();
    Error::UnknownExtension {
        id: id.clone(),
        registries: asked.iter().map(|it| it.id().to_string()).collect(),
        nearest: similar(id.as_str(), &ids).into_iter().cloned().collect(),
    }
}
