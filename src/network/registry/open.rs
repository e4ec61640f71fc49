//! The opening of registries: from a location to one that can be read.

use std::{num::NonZeroU32, sync::Arc};

use super::{
    access::Access,
    cache::Cache,
    error::Error,
    freshness::{OlderCatalogue, OldestCatalogues, Order, order},
    identity::RegistryId,
    location::Location,
    mirrors::{Failures, in_order},
    oci::OciSource,
    reader::Registry,
    site::{Site, off_thread},
    source::{FolderSource, HttpClient, HttpSource, OfflineSource, Source, SourceError},
    sources::RegistryConfiguration,
    static_files::StaticFiles,
    zed::ZedRegistry,
};
use crate::{base::timestamp::Timestamp, network::http::RetryPolicy};

impl Registry {
    /// Opens the registry at `location`: reads and checks its configuration.
    ///
    /// # Errors
    /// [`Error::NoRegistry`] if there is none, [`Error::Config`] if this program cannot use it,
    /// [`Error::Offline`] if it may not be asked, [`Error::Source`] if it cannot be read.
    pub async fn open(location: &Location) -> Result<Self, Error> {
        Self::open_with(location, &Access::default()).await
    }

    /// Opens the registry at `location`, reached as `access` says.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub async fn open_with(location: &Location, access: &Access) -> Result<Self, Error> {
        Self::open_configured(&location.clone().into(), access).await
    }

    /// Opens a registry whose files come from `source`; nothing of it is kept. Downloads that are
    /// interrupted are resumed as often as `retry` allows. The registry is known by the source's location,
    /// with `source:` before one that could be a name.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub async fn from_source(source: Arc<dyn Source>, retry: RetryPolicy) -> Result<Self, Error> {
        let id = RegistryId::of_source(&source.location());
        let limit = |fresh_for| OldestCatalogues::default().limit("", fresh_for);
        Self::from_sites(id, None, vec![Site::new(source)], retry, false, limit).await
    }

    /// Opens a registry as it is configured, at its location or, where that fails, at one of its mirrors. One
    /// that has a name must be where it was first; what it calls itself does not matter.
    ///
    /// # Errors
    /// As [`Self::open`]; [`Error::Identity`] for a name it cannot have, [`Error::Moved`] if it is elsewhere,
    /// [`Error::OtherName`] for a mirror that calls itself otherwise.
    pub async fn open_configured(
        configuration: &RegistryConfiguration,
        access: &Access,
    ) -> Result<Self, Error> {
        let RegistryConfiguration { name, location, .. } = configuration;
        let id = RegistryId::configured(name.as_deref(), location)?;
        let bound = name.clone().zip(access.bindings.clone());
        if let Some((name, bindings)) = bound.clone() {
            let location = location.clone();
            off_thread(move || bindings.check(&name, &location)).await??;
        }
        let opened = match location {
            Location::Zed(base) => {
                Self::new(id, ZedRegistry::new(base, location.to_string(), access)?)
            }
            _ => Self::open_files(id, configuration, access).await?,
        };
        if let Some((name, bindings)) = bound {
            let location = location.clone();
            off_thread(move || bindings.note(&name, &location)).await?;
        }
        Ok(opened)
    }

    /// Opens a registry of static files.
    async fn open_files(
        id: RegistryId,
        configuration: &RegistryConfiguration,
        access: &Access,
    ) -> Result<Self, Error> {
        let RegistryConfiguration {
            name,
            location,
            mirrors,
        } = configuration;
        let mut client = None;
        let mut sites = Vec::new();
        for one in std::iter::once(location).chain(mirrors) {
            let mut site = Site::new(source(one, access, &mut client)?);
            site.is_main = sites.is_empty();
            if one.is_remote() {
                site.is_offline = access.offline;
                let cache = |of: &Location| {
                    let root = access.cache.as_ref()?;
                    Some(Cache::new(root, &of.to_string()))
                };
                site.own = cache(one);
                site.shared = cache(location);
            }
            sites.push(site);
        }
        let place = RegistryId::of_location(location);
        let limit = |fresh_for| match location {
            // It is as old as the program, and as much to be relied on.
            Location::Embedded => None,
            _ => access.oldest.limit(place.as_str(), fresh_for),
        };
        let (retry, is_offline) = (access.http.retry, access.offline);
        let name_known = name.as_deref();
        Self::from_sites(id, name_known, sites, retry, is_offline, limit).await
    }

    async fn from_sites(
        id: RegistryId,
        name: Option<&str>,
        sites: Vec<Site>,
        retry: RetryPolicy,
        is_offline: bool,
        limit: impl Fn(Option<u32>) -> Option<i64>,
    ) -> Result<Self, Error> {
        let mut failures = Failures::default();
        let mut opened = None;
        let before = match sites.iter().find(|site| site.is_main) {
            Some(main) => main.config_before().await?,
            None => None,
        };
        // Where the main location was never read, nothing else is known of the one that is mirrored.
        let label = before.as_ref().map(|before| before.registry.as_str());
        let label = label.or(name);
        for site in in_order(&sites) {
            match site.config(label).await {
                Ok(config) => {
                    opened = Some((site, config.clone()));
                    break;
                }
                Err(error) => failures.note(site, error)?,
            }
        }
        let Some((site, config)) = opened else {
            return Err(failures.into_error(super::path::CONFIG_PATH));
        };
        // A mirror may be behind what the main location has said.
        let known = before.filter(|before| before.registry == config.registry);
        let promised = known.as_ref().and_then(|known| known.fresh_for_days);
        let known = known.and_then(|known| known.made);
        let mut made = config.made;
        match order(made, known, Timestamp::now()) {
            Order::Newer => {}
            Order::Behind => made = known,
            Order::Older(kept) => {
                if !site.is_main {
                    let location = site.location();
                    site.note_older(OlderCatalogue {
                        location,
                        made,
                        kept,
                    });
                }
                made = known;
            }
        }
        // A mirror takes back no promise of the main location.
        let fresh_for = match (site.is_main, promised, config.fresh_for_days) {
            (false, Some(promised), Some(own)) => Some(promised.min(own)),
            (false, promised, own) => promised.or(own),
            (true, _, own) => own,
        };
        let fresh_for = fresh_for.map(NonZeroU32::get);
        let limit_days = limit(fresh_for);
        let backend = StaticFiles {
            id: id.to_string(),
            config,
            made,
            limit_days,
            sites,
            retry,
            is_offline,
        };
        Ok(Self::new(id, backend))
    }
}

fn source(
    location: &Location,
    access: &Access,
    client: &mut Option<HttpClient>,
) -> Result<Arc<dyn Source>, Error> {
    Ok(match location {
        #[cfg(feature = "embedded-registry")]
        Location::Embedded => Arc::new(super::source::EmbeddedSource::new()),
        #[cfg(not(feature = "embedded-registry"))]
        Location::Embedded => return Err(Error::NotBuiltIn),
        Location::Folder(folder) => Arc::new(FolderSource::new(folder)),
        // A service is no folder of files, nor a mirror of one.
        Location::Zed(_) => {
            let location = location.to_string();
            return Err(Error::Source(SourceError::Scheme { location }));
        }
        Location::Http(_) if access.offline => Arc::new(OfflineSource::new(location.to_string())),
        Location::Oci(_) if access.offline => Arc::new(OfflineSource::new(format!("{location}/"))),
        Location::Http(base) => {
            let client = shared(client, access)?;
            Arc::new(HttpSource::with_client(client, base.clone()))
        }
        Location::Oci(address) => {
            let client = shared(client, access)?;
            Arc::new(OciSource::new(address.clone(), access, client))
        }
    })
}

/// The one client of all locations.
fn shared(client: &mut Option<HttpClient>, access: &Access) -> Result<HttpClient, Error> {
    Ok(match client {
        Some(client) => client.clone(),
        None => client.insert(HttpClient::new(&access.http)?).clone(),
    })
}
