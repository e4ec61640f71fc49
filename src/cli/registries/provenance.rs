//! The provenance of what is installed, for a registry that the user names by its location alone: it may be one that an
//! earlier version of this program knew by the name it gives itself.

use std::collections::BTreeMap;

use annexe::{
    digest::Sha256Digest,
    registry::{Access, Location, Registry, RegistryConfiguration, RegistryId},
    store::Lockfile,
    types::{ExtensionId, ExtensionVersion},
};

use crate::cli::context::Context;

/// The provenance of installed and locked extensions: the registry that each came from, where none is configured
/// under that name.
#[derive(Debug, Default)]
pub(super) struct Provenance(BTreeMap<String, Vec<(ExtensionId, ExtensionVersion, Sha256Digest)>>);

impl Provenance {
    /// Returns the installed extensions, and those of a lockfile. A store that cannot be read says nothing here: whoever
    /// needs it tells of that.
    pub(super) fn of(
        lockfile: Option<&Lockfile>,
        configured: &[RegistryConfiguration],
        context: &Context<'_>,
    ) -> Self {
        let mut provenance = Self::default();
        let mut add =
            |registry: Option<&str>, id: &ExtensionId, version: &ExtensionVersion, sha256| {
                let is_configured =
                    |name: &str| configured.iter().any(|it| it.name.as_deref() == Some(name));
                if let Some(registry) = registry.filter(|name| !is_configured(name)) {
                    let of_registry = provenance.0.entry(registry.to_owned()).or_default();
                    of_registry.push((id.clone(), version.clone(), sha256));
                }
            };
        let store = context.store().ok();
        let generation = store.and_then(|store| store.generation().ok());
        for one in generation.iter().flat_map(|it| it.extensions.values()) {
            add(one.origin.registry(), &one.id, &one.version, one.sha256);
        }
        for one in lockfile.iter().flat_map(|lockfile| lockfile.extensions()) {
            add(one.origin.registry(), &one.id, &one.version, one.sha256);
        }
        provenance
    }

    /// The registry at `location`, under the name by which what came from it is known: where that is one name, of a
    /// registry that is not configured, this one calls itself so, and it has published just the same files.
    /// Then it is that one, and its extensions keep what they were granted, denied and have written. Where
    /// anything differs or cannot be asked, or the name is noted for another place, it is its location.
    ///
    /// # Errors
    /// Where the notes of where registries were cannot be read.
    pub(super) async fn taken_for(
        mut self,
        location: Location,
        access: &Access,
        context: &Context<'_>,
    ) -> anyhow::Result<RegistryConfiguration> {
        let unnamed = RegistryConfiguration::from(location.clone());
        if self.0.contains_key(unnamed.id()?.as_str()) {
            return Ok(unnamed);
        }
        let can_be_name = |name: &str| RegistryId::configured(Some(name), &location).is_ok();
        self.0.retain(|name, _| can_be_name(name));
        let Some((name, extensions)) = self.0.pop_first().filter(|_| self.0.is_empty()) else {
            return Ok(unnamed);
        };
        let named = RegistryConfiguration {
            name: Some(name.clone()),
            ..unnamed.clone()
        };
        let mut is_first = true;
        if let Some(bindings) = &access.bindings {
            if !bindings.moved(std::slice::from_ref(&named))?.is_empty() {
                return Ok(unnamed);
            }
            is_first = !bindings.has(&name)?;
        }
        if !has_published(&unnamed, &name, &extensions, access).await {
            return Ok(unnamed);
        }
        if is_first {
            context.output.note(format_args!(
                "the registry at `{location}` calls itself `{name}` and has published the same as what came from `{name}`: it is taken for that one; write `name = \"{name}\"` for it into the configuration, and it need not be named"
            ));
        }
        Ok(named)
    }
}

/// Whether a registry calls itself so and has published all of that.
async fn has_published(
    registry: &RegistryConfiguration,
    name: &str,
    extensions: &[(ExtensionId, ExtensionVersion, Sha256Digest)],
    access: &Access,
) -> bool {
    let opened = Registry::open_configured(registry, access).await;
    let Some(registry) = opened.ok().filter(|registry| registry.name() == name) else {
        return false;
    };
    for (id, version, sha256) in extensions {
        let Ok(index) = registry.index(id).await else {
            return false;
        };
        let published = index.version(version);
        let published = published.and_then(|published| published.line.digest());
        if published.is_none_or(|published| published.sha256 != *sha256) {
            return false;
        }
    }
    true
}
