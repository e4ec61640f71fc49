//! Things that installed extensions bring by name: language servers, context servers, debug adapters and the like.

use crate::{
    base::{
        task::blocking,
        types::{ExtensionId, ExtensionVersion},
    },
    package::manifest::{Named, Provides},
    store::{
        disk::{
            active::Active, contributions::Unreadable, project::ProjectExtensions, store::Store,
        },
        error::StoreError,
        languages::OmissionReason,
    },
};

/// A thing that an extension brings by name.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Provided {
    /// Its name in the extension's manifest.
    pub name: String,
    /// The extension.
    pub extension: ExtensionId,
    /// The extension's version.
    pub version: ExtensionVersion,
    /// Why it is done without, if it is.
    pub omission: Option<OmissionReason>,
}

/// The things of one sort that all installed extensions bring, in the order in which the extensions were installed.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct AllProvided {
    /// The things; those of extensions that are disabled are among them.
    pub things: Vec<Provided>,
    /// The extensions that could not be read.
    pub unreadable: Vec<Unreadable>,
}

impl AllProvided {
    /// The things of a name that are not done without.
    pub fn named(&self, name: &str) -> impl Iterator<Item = &Provided> {
        self.enabled().filter(move |it| it.name == name)
    }

    /// The things that are not done without.
    pub fn enabled(&self) -> impl Iterator<Item = &Provided> {
        self.things.iter().filter(|it| it.omission.is_none())
    }

    /// The things of a name that are done without, and why.
    pub fn disabled(&self, name: &str) -> impl Iterator<Item = (&Provided, OmissionReason)> {
        let named = self.things.iter().filter(move |it| it.name == name);
        named.filter_map(|it| Some((it, it.omission?)))
    }
}

impl Store {
    /// Finds what everything that is installed brings of one sort, dev extensions' builds in the places of what they
    /// shadow. `project` says what is done without there besides. Extensions that bring nothing of the kind are not
    /// looked at, and nothing is compiled or started.
    ///
    /// # Errors
    /// As [`Self::all_active`].
    pub async fn provided(
        &self,
        sort: Named,
        project: Option<&ProjectExtensions>,
    ) -> Result<AllProvided, StoreError> {
        let (store, project) = (self.clone(), project.cloned());
        blocking(move || {
            let _reading = store.layout().reading()?;
            let mut present = store.all_present()?;
            present.retain(|active| active.provides().contains(&kind_of(sort)));
            present.sort_by(|one, other| (one.since(), one.id()).cmp(&(other.since(), other.id())));
            Ok(read(&store, present, sort, project.as_ref()))
        })
        .await
    }
}

fn read(
    store: &Store,
    present: Vec<Active>,
    sort: Named,
    project: Option<&ProjectExtensions>,
) -> AllProvided {
    let mut all = AllProvided::default();
    for active in present {
        let omission = OmissionReason::of(&active, project);
        match store.manifest_of(&active) {
            Ok(loaded) => {
                let names = loaded.manifest.names(sort).into_iter();
                all.things.extend(names.map(|name| Provided {
                    name: name.to_owned(),
                    extension: active.id().clone(),
                    version: active.version().clone(),
                    omission,
                }));
            }
            // What is done without hides no mistake that matters.
            Err(_) if omission.is_some() => {}
            Err(error) => all.unreadable.push(Unreadable { active, error }),
        }
    }
    all
}

/// The kind of extensions that bring things of a sort.
fn kind_of(sort: Named) -> Provides {
    match sort {
        Named::LanguageServer => Provides::LanguageServers,
        Named::ContextServer => Provides::ContextServers,
        Named::DebugAdapter | Named::DebugLocator => Provides::DebugAdapters,
        Named::SlashCommand => Provides::SlashCommands,
        Named::IndexedDocsProvider => Provides::IndexedDocsProviders,
    }
}
