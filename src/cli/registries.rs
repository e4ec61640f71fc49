//! The registries that a command asks; each that has a name must be where it was.

mod provenance;
mod recognition;

use std::sync::Arc;

use annexe::{
    api::Families,
    registry::{Access, Bindings, Location, Moved, RegistryConfiguration, RegistryId, Sources},
    store::Lockfile,
};

use self::provenance::Provenance;
use super::{
    arguments::RegistryOption, configuration::Configuration, consent,
    container_logins::DockerLogins, context::Context, failure::Complaint, files, paths,
};

/// The registries to ask: the one that is named, or those of the configuration. Where one of them is
/// elsewhere than it was, the user is asked; after a no, that one alone cannot be asked.
///
/// # Errors
/// Where the configuration names one twice, and where the notes of where they were cannot be read.
pub async fn sources(
    option: &RegistryOption,
    configuration: &Configuration,
    context: &Context<'_>,
) -> anyhow::Result<Sources> {
    sources_for(option, configuration, context, None, false).await
}

/// As [`sources`], where a lockfile says what comes from them too. Archives that no registry has may come over plain
/// `http` where that is said to be `insecure`.
///
/// # Errors
/// As [`sources`].
pub async fn sources_for(
    option: &RegistryOption,
    configuration: &Configuration,
    context: &Context<'_>,
    lockfile: Option<&Lockfile>,
    insecure: bool,
) -> anyhow::Result<Sources> {
    let mut configured = known(configuration)?;
    refuse_twice(&configured)?;
    let named = match &option.registry {
        Some(location) => Some(location.clone()),
        None => paths::registry()?,
    };
    let mut access = access(configuration, option.offline)?;
    access.insecure = insecure;
    if let Some(bindings) = &access.bindings {
        recognition::recognise(&mut configured, bindings, &access, option, context).await?;
    }
    let registries = match named {
        Some(location) => vec![match known_by(&location, &configured) {
            Some(known) => known,
            None if matches!(location, Location::Zed(_)) => {
                let message =
                    format!("`{location}` is a service of others that you have not agreed to use");
                let hint =
                    "read what it is, and add it: `annexe source add NAME ADDRESS --kind zed`";
                return Err(Complaint::new(message).with_hint(hint).into());
            }
            None => {
                warn_if_plain(&location, context);
                let provenance = Provenance::of(lockfile, &configured, context);
                provenance.taken_for(location, &access, context).await?
            }
        }],
        None => configured,
    };
    agree(&registries, &access, option.accept_location, context).await?;
    Ok(Sources::new(registries, access))
}

/// Warns of a registry whose answers anyone on the way can change.
pub fn warn_if_plain(location: &Location, context: &Context<'_>) {
    if location.is_insecure() {
        context.output.warn(format_args!(
            "the registry at `{location}` is asked over plain `http`: anyone on the way can change what it says; use `https`"
        ));
    }
}

/// Asks about each registry that is elsewhere than it was, unless the user has agreed already; after a no it cannot be
/// asked.
///
/// # Errors
/// Where the notes of where registries were cannot be read or written.
pub async fn agree(
    registries: &[RegistryConfiguration],
    access: &Access,
    has_agreed: bool,
    context: &Context<'_>,
) -> anyhow::Result<()> {
    if let Some(bindings) = &access.bindings {
        for moved in bindings.moved(registries)? {
            if has_agreed || consent::ask(context.output, &question(&moved)).await {
                bindings.accept(&moved)?;
            }
        }
    }
    Ok(())
}

/// The settings for reaching the registries of the configuration.
///
/// # Errors
/// Where the configuration's certificates, credentials or folders cannot be used.
pub fn access(configuration: &Configuration, offline: bool) -> anyhow::Result<Access> {
    let mut access = Access::default();
    access.http = configuration.http()?;
    access.http.credentials = configuration.credentials()?;
    access.cache = Some(paths::index_cache()?);
    access.offline = offline;
    access.served.api = Families::default().served("extension");
    access.oldest = configuration.oldest_catalogues();
    access.bindings = paths::registries()?.map(Bindings::at);
    access.container_logins = DockerLogins::of_user().map(|logins| Arc::new(logins) as _);
    if let Some(bindings) = &access.bindings {
        files::believe(bindings.path())?;
    }
    Ok(access)
}

/// The registries as [`sources`] gives them, of which only what is on this machine is read.
///
/// # Errors
/// As [`known`], and where the registry that the environment names cannot be understood.
pub fn kept(configuration: &Configuration) -> anyhow::Result<Sources> {
    let configured = known(configuration)?;
    let registries = match paths::registry()? {
        Some(location) => vec![match known_by(&location, &configured) {
            Some(known) => known,
            None => location.into(),
        }],
        None => configured,
    };
    let mut access = Access::default();
    access.cache = Some(paths::index_cache()?);
    access.offline = true;
    Ok(Sources::new(registries, access))
}

/// The configured registries with the names they are known by; without any, the built-in one.
///
/// # Errors
/// Where the notes of where registries were cannot be read.
pub fn known(configuration: &Configuration) -> anyhow::Result<Vec<RegistryConfiguration>> {
    let mut configured = configuration.registries();
    if configured.is_empty() {
        configured.push(Location::Embedded.into());
    }
    if let Some(path) = paths::registries()? {
        Bindings::at(path).name(&mut configured)?;
    }
    Ok(configured)
}

fn question(moved: &Moved) -> String {
    let Moved { name, from, to, .. } = moved;
    format!(
        "the registry `{name}` was at `{from}` and is configured at `{to}` now\nis it the same registry, whose extensions keep what they were granted and have written?"
    )
}

/// The configured registry at a location, if there is one, with its name and mirrors.
fn known_by(
    location: &Location,
    configured: &[RegistryConfiguration],
) -> Option<RegistryConfiguration> {
    let id = RegistryId::of_location(location);
    let is_there = |one: &&RegistryConfiguration| RegistryId::of_location(&one.location) == id;
    let known = configured.iter().find(is_there)?.clone();
    // As it was written now, credentials included.
    Some(RegistryConfiguration {
        location: location.clone(),
        ..known
    })
}

/// Refuses what would leave it to chance which of two registries is meant.
///
/// # Errors
/// So.
pub fn refuse_twice(registries: &[RegistryConfiguration]) -> anyhow::Result<()> {
    for (at, one) in registries.iter().enumerate() {
        let place = RegistryId::of_location(&one.location);
        for other in registries.iter().take(at) {
            let what = if one.name.is_some() && one.name == other.name {
                one.name.clone().unwrap_or_default()
            } else if RegistryId::of_location(&other.location) == place {
                one.location.to_string()
            } else {
                continue;
            };
            let complaint = Complaint::new(format!("the configuration has `{what}` twice"));
            return Err(complaint
                .with_hint(
                    "give each registry one `[[registry]]`, with its other locations in `mirrors`",
                )
                .into());
        }
    }
    Ok(())
}
