//! From a location to a registry that can be read.

use std::sync::Arc;

use super::{
    Access, EmbeddedSource, Error, FolderSource, HttpSource, Location, RetryPolicy, Source,
    cache::Cache,
    mirrors::{Failures, in_order},
    reader::{Parts, Registry},
    site::Site,
    source::{HttpClient, OfflineSource},
};

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
        Self::open_mirrored(None, location, &[], access).await
    }

    /// Opens a registry whose files come from `source`; nothing of it is kept. Downloads that are
    /// interrupted are resumed as often as `retry` allows.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub async fn from_source(source: Arc<dyn Source>, retry: RetryPolicy) -> Result<Self, Error> {
        Self::from_sites(None, vec![Site::new(source)], retry, false).await
    }

    /// Opens a registry that must be called `name` where one is given, at its location or, where that
    /// fails, at one of its mirrors.
    pub(super) async fn open_mirrored(
        name: Option<&str>,
        location: &Location,
        mirrors: &[Location],
        access: &Access,
    ) -> Result<Self, Error> {
        let mut client = None;
        let mut sites = Vec::new();
        for one in std::iter::once(location).chain(mirrors) {
            let mut site = Site::new(source(one, access, &mut client)?);
            site.is_main = sites.is_empty();
            if let Location::Http(_) = one {
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
        Self::from_sites(name, sites, access.http.retry, access.offline).await
    }

    async fn from_sites(
        name: Option<&str>,
        sites: Vec<Site>,
        retry: RetryPolicy,
        is_offline: bool,
    ) -> Result<Self, Error> {
        let mut failures = Failures::default();
        let mut opened = None;
        for site in in_order(&sites) {
            match site.config(name).await {
                Ok(config) => {
                    opened = Some(config.clone());
                    break;
                }
                Err(error) => failures.note(site, error)?,
            }
        }
        match opened {
            Some(config) => Ok(Self::new(Parts {
                config,
                sites,
                retry,
                is_offline,
            })),
            None => Err(failures.into_error(super::CONFIG_PATH)),
        }
    }
}

fn source(
    location: &Location,
    access: &Access,
    client: &mut Option<HttpClient>,
) -> Result<Arc<dyn Source>, Error> {
    Ok(match location {
        Location::Embedded => Arc::new(EmbeddedSource::new()),
        Location::Folder(folder) => Arc::new(FolderSource::new(folder)),
        Location::Http(_) if access.offline => Arc::new(OfflineSource::new(location.to_string())),
        Location::Http(base) => {
            let client = match client {
                Some(client) => client.clone(),
                None => client.insert(HttpClient::new(&access.http)?).clone(),
            };
            Arc::new(HttpSource::with_client(client, base.clone()))
        }
    })
}
