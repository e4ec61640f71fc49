//! A registry that is named by its location alone, and what came from a registry that an earlier version of this
//! program knew by the name it gives itself.

use std::collections::BTreeMap;

use annexe::{
    digest::Sha256Digest,
    registry::{Access, Location, Registry, RegistryConfiguration, RegistryId},
    store::Lockfile,
    types::ExtensionId,
};
use semver::Version;

use super::context::Context;

/// What is installed or locked, by the registry that it came from.
type Known = BTreeMap<String, Vec<(ExtensionId, Version, Sha256Digest)>>;

/// The registry at `location`, under the name by which what came from it is known here: where all of that came
/// from one registry that nobody has configured, this one calls itself so, and it has published just the same
/// files. Then it is that one, and its extensions keep what they were granted and have written. Where anything
/// differs or cannot be asked, it is its location.
pub async fn known_before(
    location: Location,
    configured: &[RegistryConfiguration],
    lockfile: Option<&Lockfile>,
    access: &Access,
    context: &Context<'_>,
) -> RegistryConfiguration {
    let unnamed = RegistryConfiguration::from(location.clone());
    let mut known = known(lockfile, context);
    if known.contains_key(RegistryId::of_location(&location).as_str()) {
        return unnamed;
    }
    known.retain(|name, _| {
        let is_configured = |one: &RegistryConfiguration| one.name.as_deref() == Some(name);
        RegistryId::configured(Some(name), &location).is_ok()
            && !configured.iter().any(is_configured)
    });
    let Some((name, extensions)) = known.pop_first().filter(|_| known.is_empty()) else {
        return unnamed;
    };
    let opened = Registry::open_configured(&unnamed, access).await;
    let Some(registry) = opened.ok().filter(|registry| registry.name() == name) else {
        return unnamed;
    };
    for (id, version, sha256) in extensions {
        let index = registry.index(&id).await.ok();
        let published = index.as_ref().and_then(|index| index.version(&version));
        if published.is_none_or(|published| published.line.archive.sha256 != sha256) {
            return unnamed;
        }
    }
    context.output.note(format_args!(
        "the registry at `{location}` calls itself `{name}` and has published what came from `{name}`, so it is taken for that one; with `name = \"{name}\"` in the configuration it stays so"
    ));
    RegistryConfiguration {
        name: Some(name),
        ..unnamed
    }
}

/// What is installed and locked; a store that cannot be read says nothing here, and is told of by whoever needs it.
fn known(lockfile: Option<&Lockfile>, context: &Context<'_>) -> Known {
    let mut known = Known::new();
    let mut add = |registry: Option<&str>, id: &ExtensionId, version: &Version, sha256| {
        if let Some(registry) = registry {
            let of_registry = known.entry(registry.to_owned()).or_default();
            of_registry.push((id.clone(), version.clone(), sha256));
        }
    };
    let store = context.store_at_rest().ok();
    let generation = store.and_then(|store| store.generation().ok());
    for one in generation.iter().flat_map(|it| it.extensions.values()) {
        add(one.origin.registry(), &one.id, &one.version, one.sha256);
    }
    for one in lockfile.iter().flat_map(|lockfile| lockfile.extensions()) {
        add(one.origin.registry(), &one.id, &one.version, one.sha256);
    }
    known
}
