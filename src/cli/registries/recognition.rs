//! The recognition of earlier registries: earlier versions of this program knew a registry that was configured
//! without a name by the one it gave itself.

use std::collections::BTreeMap;

use annexe::{
    registry::{Access, Bindings, Location, Registry, RegistryConfiguration, RegistryId},
    store::Installed,
};

use crate::cli::{arguments::RegistryOption, consent, context::Context};

/// Names those of the registries that the user recognises as the ones by whose names extensions were
/// installed: then these keep their origin, what they were granted and denied, and what they have written. Asked
/// about is only a registry that calls itself so, has published all that was installed under its name, and is
/// alone in that.
///
/// # Errors
/// Where the notes of where registries were cannot be read or written.
pub(super) async fn recognise(
    configured: &mut [RegistryConfiguration],
    bindings: &Bindings,
    access: &Access,
    option: &RegistryOption,
    context: &Context<'_>,
) -> anyhow::Result<()> {
    let is_unnamed =
        |one: &RegistryConfiguration| one.name.is_none() && one.location != Location::Embedded;
    if !configured.iter().any(is_unnamed) {
        return Ok(());
    }
    // A store that cannot be read is the command's own matter.
    let Some(generation) = context
        .store()
        .ok()
        .and_then(|store| store.generation().ok())
    else {
        return Ok(());
    };
    let mut of_before: BTreeMap<String, Vec<&Installed>> = BTreeMap::new();
    for installed in generation.extensions.values() {
        if let Some(name) = installed.origin.registry().filter(|name| is_label(name)) {
            let has_it = |one: &RegistryConfiguration| one.name.as_deref() == Some(name);
            if !configured.iter().any(has_it) && !bindings.has(name)? {
                of_before
                    .entry(name.to_owned())
                    .or_default()
                    .push(installed);
            }
        }
    }
    for (name, installed) in of_before {
        let mut found = Vec::new();
        for one in configured.iter_mut().filter(|one| is_unnamed(one)) {
            if is_it(one, &name, &installed, access).await {
                found.push(one);
            }
        }
        let [one] = found.as_mut_slice() else {
            continue;
        };
        let location = &one.location;
        let told = format!(
            "`{name}`, from which {} came, is a registry that calls itself so, as the one at `{location}` does, which has published the same",
            listed(&installed)
        );
        let question = format!(
            "{told}\nis it the same registry, whose extensions keep what they were granted, denied and have written?"
        );
        if option.accept_location || consent::ask(context.output, &question).await {
            bindings.recognise(&name, location)?;
            one.name = Some(name);
        } else if !consent::can_ask(context.output) {
            context.output.warn(format_args!(
                "{told}; if it is the same, say so with `--accept-location`, or with `name = \"{name}\"` in the configuration"
            ));
        }
    }
    Ok(())
}

/// Whether it can be what a registry called itself, and is not a location and not the built-in one's name.
fn is_label(name: &str) -> bool {
    !name.contains(['/', ':']) && name != RegistryId::embedded().as_str()
}

/// Whether a registry calls itself so and has published all of that. One that cannot be read is not taken for it.
async fn is_it(
    configuration: &RegistryConfiguration,
    name: &str,
    installed: &[&Installed],
    access: &Access,
) -> bool {
    let Ok(registry) = Registry::open_configured(configuration, access).await else {
        return false;
    };
    if registry.name() != name {
        return false;
    }
    for one in installed {
        let Ok(index) = registry.index(&one.id).await else {
            return false;
        };
        let has_it = index.versions.iter().any(|version| {
            let digest = version.line.digest();
            version.line.version == one.version && digest.is_some_and(|it| it.sha256 == one.sha256)
        });
        if !has_it {
            return false;
        }
    }
    true
}

fn listed(installed: &[&Installed]) -> String {
    let ids: Vec<String> = installed
        .iter()
        .map(|one| format!("`{}`", one.id))
        .collect();
    ids.join(", ")
}
