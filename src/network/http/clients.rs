//! The clients that requests go through, one for each permission: the addresses that a name stands for are looked at
//! where they are looked up, so that the one that was judged is the one that is connected to.

use std::{
    collections::HashMap,
    io,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex, PoisonError},
};

use futures_util::future::BoxFuture;
use hyper_util::client::proxy::matcher::Matcher;
use reqwest::{
    Client,
    dns::{Addrs, Name, Resolve, Resolving},
};
use rustls::ClientConfig;
use url::{Host, Url};

use super::{
    client::{ClientError, new_client, tls},
    options::HttpOptions,
    private::Permission,
    reach::Reach,
};

/// The address of a cloud's metadata, which some clouds give a name.
const METADATA: IpAddr = IpAddr::V4(Ipv4Addr::new(169, 254, 169, 254));

/// The lookup of a name's addresses.
pub(super) type Lookup =
    Arc<dyn Fn(String) -> BoxFuture<'static, io::Result<Vec<SocketAddr>>> + Send + Sync>;

/// The refusal to connect to an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("`{address}` is not asked")]
pub(super) struct Refused {
    pub(super) address: IpAddr,
    pub(super) reason: Reason,
}

/// The reason why an address is not asked; the later ones first where a name stands for several.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Reason {
    /// Nothing lets it be asked.
    Never,
    /// The user denies it.
    Denied,
    /// It is private, and could be allowed.
    Private,
}

/// The clients that requests go through, each made when it is first needed.
pub(super) struct Clients {
    options: Arc<HttpOptions>,
    tls: ClientConfig,
    /// The system's proxies, where they are used.
    proxies: Option<Matcher>,
    lookup: Lookup,
    made: Mutex<HashMap<Way, Client>>,
}

/// The way to a server.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Way {
    /// Through the system's proxy, which looks names up itself.
    Proxy,
    Direct(Permission),
}

impl std::fmt::Debug for Clients {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Clients").finish_non_exhaustive()
    }
}

impl Clients {
    /// The clients of some options.
    ///
    /// # Errors
    /// As [`new_client`].
    pub(super) fn new(options: HttpOptions) -> Result<Self, ClientError> {
        let look_up = |name: String| -> BoxFuture<'static, io::Result<Vec<SocketAddr>>> {
            Box::pin(async move { Ok(tokio::net::lookup_host((name, 0)).await?.collect()) })
        };
        Self::with_lookup(options, Arc::new(look_up))
    }

    pub(super) fn with_lookup(options: HttpOptions, lookup: Lookup) -> Result<Self, ClientError> {
        let clients = Self {
            tls: tls(&options.root_certificates)?,
            proxies: options.system_proxy.then(Matcher::from_system),
            options: options.into(),
            lookup,
            made: Mutex::default(),
        };
        // What cannot be used is known before anything is sent.
        clients.client(Way::Direct(Permission::PUBLIC))?;
        Ok(clients)
    }

    pub(super) fn options(&self) -> &HttpOptions {
        &self.options
    }

    /// The client for an address, with what the options permit there besides.
    ///
    /// # Errors
    /// [`Refused`] for an address that is written as one and may not be asked, else as [`new_client`].
    pub(super) fn client_for(
        &self,
        url: &Url,
        permission: &Permission,
    ) -> Result<Result<Client, Refused>, ClientError> {
        if let Err(refused) = self.check_written(url, permission) {
            return Ok(Err(refused));
        }
        let way = match self.is_proxied(url) {
            true => Way::Proxy,
            false => Way::Direct(self.permission(url, permission)),
        };
        self.client(way).map(Ok)
    }

    /// Checks the host that an address names, where it is an address itself or a name that stands for one.
    ///
    /// # Errors
    /// [`Refused`] where it may not be asked.
    pub(super) fn check_written(&self, url: &Url, permission: &Permission) -> Result<(), Refused> {
        let Some(address) = self.written_address(url) else {
            return Ok(());
        };
        let permission = self.permission(url, permission);
        let judge = Judge {
            permission,
            options: Arc::clone(&self.options),
        };
        judge.check(address)
    }

    /// What is permitted at an address: by its request, and by the options for its host.
    fn permission(&self, url: &Url, asked: &Permission) -> Permission {
        let is_configured = |server: &Url| is_same_server(server, url);
        let configured = self.options.configured.iter().any(is_configured);
        match configured || self.options.private.iter().any(|it| it.allows_host(url)) {
            true => asked.named(),
            false => asked.clone(),
        }
    }

    /// The address that a URL has in the place of a host's name, or that its host's name always stands for.
    fn written_address(&self, url: &Url) -> Option<IpAddr> {
        match url.host()? {
            Host::Ipv4(address) => Some(address.into()),
            Host::Ipv6(address) => Some(address.into()),
            Host::Domain(name) => match name.trim_end_matches('.') {
                "metadata.google.internal" => Some(METADATA),
                // Else it is looked up here, and may be either of two.
                name if is_local(name) && self.is_proxied(url) => Some(Ipv4Addr::LOCALHOST.into()),
                _ => None,
            },
        }
    }

    fn is_proxied(&self, url: &Url) -> bool {
        let Some(proxies) = &self.proxies else {
            return false;
        };
        let address = url.as_str().parse();
        address.is_ok_and(|address| proxies.intercept(&address).is_some())
    }

    fn client(&self, way: Way) -> Result<Client, ClientError> {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = made.get(&way) {
            return Ok(client.clone());
        }
        let permission = match &way {
            // The user has named the proxy.
            Way::Proxy => Permission::NAMED,
            Way::Direct(permission) => permission.clone(),
        };
        let judge = Judge {
            permission,
            options: Arc::clone(&self.options),
        };
        let resolver = Resolver {
            judge,
            lookup: Arc::clone(&self.lookup),
        };
        let uses_proxy = way == Way::Proxy;
        let client = new_client(&self.options, self.tls.clone(), uses_proxy, resolver)?;
        made.insert(way, client.clone());
        Ok(client)
    }
}

fn is_local(name: &str) -> bool {
    name == "localhost" || name.ends_with(".localhost")
}

/// Whether both are of one server, be it by `http` or by `https`: of one host, at one port or at the usual ones.
fn is_same_server(one: &Url, other: &Url) -> bool {
    let host = |url: &Url| url.host_str().map(|it| it.trim_end_matches('.').to_owned());
    host(one).is_some() && host(one) == host(other) && one.port() == other.port()
}

/// The judge of addresses.
#[derive(Debug, Clone)]
struct Judge {
    permission: Permission,
    options: Arc<HttpOptions>,
}

impl Judge {
    fn check(&self, address: IpAddr) -> Result<(), Refused> {
        let may = || {
            let mut rules = self.options.private.iter();
            self.permission.allows(address) || rules.any(|rule| rule.allows_address(address))
        };
        let reason = match Reach::of(address) {
            Reach::Never => Reason::Never,
            _ if self.permission.denies(address) => Reason::Denied,
            Reach::Private if !may() => Reason::Private,
            Reach::Public | Reach::Private => return Ok(()),
        };
        let address = address.to_canonical();
        Err(Refused { address, reason })
    }

    /// The addresses of a name that may be asked.
    ///
    /// # Errors
    /// [`Refused`] where none of them may: for one that could be permitted, if there is one.
    fn choose(&self, found: Vec<SocketAddr>) -> Result<Vec<SocketAddr>, Refused> {
        let mut chosen = Vec::new();
        let mut refused: Option<Refused> = None;
        for one in found {
            match self.check(one.ip()) {
                Ok(()) => chosen.push(one),
                Err(error) if refused.is_none_or(|it| it.reason < error.reason) => {
                    refused = Some(error);
                }
                Err(_) => {}
            }
        }
        match refused {
            Some(refused) if chosen.is_empty() => Err(refused),
            _ => Ok(chosen),
        }
    }
}

/// A resolver that leaves out what may not be asked.
struct Resolver {
    judge: Judge,
    lookup: Lookup,
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let looking = (self.lookup)(name.as_str().to_owned());
        let judge = self.judge.clone();
        Box::pin(async move {
            let chosen = judge.choose(looking.await?)?;
            Ok(Box::new(chosen.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests;
