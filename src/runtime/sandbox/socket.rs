//! The sockets that a guest may use.

use std::{fmt, net::SocketAddr, sync::Arc};

use crate::{base::types::ExtensionId, network::http::is_never_asked};

/// The sockets that a guest may use, and whether it may look names up.
///
/// Addresses of a link and of a cloud's metadata are never connected to, nor sent anything, whatever is said here.
#[derive(Clone, Default)]
#[non_exhaustive]
pub enum Sockets {
    /// None, and no names.
    #[default]
    Denied,
    /// TCP connections to these addresses, and no names.
    Connect(Vec<SocketAddr>),
    /// What a policy of the embedder's allows.
    Policy(Arc<dyn SocketPolicy>),
}

impl fmt::Debug for Sockets {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Denied => formatter.write_str("Denied"),
            Self::Connect(addresses) => formatter.debug_tuple("Connect").field(addresses).finish(),
            Self::Policy(_) => formatter.write_str("Policy(..)"),
        }
    }
}

impl Sockets {
    /// Whether an address is one of a link or of a cloud's metadata, which no guest reaches whatever is allowed.
    pub fn never_reach(address: SocketAddr) -> bool {
        is_never_asked(address.ip())
    }

    /// Whether a guest may do this with the address. A socket may always be bound to any free port of all
    /// interfaces, which the system does with every socket that connects: it receives nothing until it listens
    /// or receives, and that is asked for again.
    pub(crate) fn allow(
        &self,
        extension: &ExtensionId,
        address: SocketAddr,
        socket_use: SocketUse,
    ) -> bool {
        let is_bind = matches!(socket_use, SocketUse::TcpBind | SocketUse::UdpBind);
        let is_any = address.ip().is_unspecified() && address.port() == 0;
        let is_outgoing = matches!(socket_use, SocketUse::TcpConnect | SocketUse::UdpSend);
        match self {
            Self::Denied => false,
            _ if is_outgoing && Self::never_reach(address) => false,
            _ if is_bind && is_any => true,
            Self::Connect(addresses) => {
                socket_use == SocketUse::TcpConnect && addresses.contains(&address)
            }
            Self::Policy(policy) => policy.allows(extension, address, socket_use),
        }
    }
}

/// A policy that decides what a guest may do with sockets.
pub trait SocketPolicy: Send + Sync {
    /// Whether a guest may do this with the address. It is called in the middle of the guest's call, and must
    /// not block. What it refuses fails in the guest with `access-denied`.
    fn allows(&self, extension: &ExtensionId, address: SocketAddr, socket_use: SocketUse) -> bool;

    /// Whether guests may ask the system for the addresses of a name. Default: no.
    fn allows_name_lookup(&self) -> bool {
        false
    }
}

/// The use of an address that a guest wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SocketUse {
    /// Bind a TCP socket to this address of the machine.
    TcpBind,
    /// Listen on this address of the machine.
    TcpListen,
    /// Accept a connection that comes from this address. One that is refused is closed.
    TcpAccept,
    /// Connect to this address.
    TcpConnect,
    /// Bind a UDP socket to this address of the machine.
    UdpBind,
    /// Send a datagram to this address.
    UdpSend,
    /// Receive a datagram from this address. One that is refused is dropped.
    UdpReceive,
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Anything;

    impl SocketPolicy for Anything {
        fn allows(&self, _: &ExtensionId, _: SocketAddr, _: SocketUse) -> bool {
            true
        }
    }

    #[test]
    fn a_clouds_metadata_is_out_of_reach_whatever_is_allowed() {
        let never = [
            "169.254.169.254:80",
            "[::ffff:169.254.169.254]:80",
            "[fe80::1]:80",
        ];
        let other = ["127.0.0.1:80", "10.0.0.1:80", "8.8.8.8:53"];
        let extension: ExtensionId = "test".parse().unwrap();
        for (addresses, is_allowed) in [(never, false), (other, true)] {
            let addresses = addresses.map(|it| it.parse::<SocketAddr>().unwrap());
            let listed = Sockets::Connect(addresses.to_vec());
            for address in addresses {
                for sockets in [listed.clone(), Sockets::Policy(Arc::new(Anything))] {
                    let found = sockets.allow(&extension, address, SocketUse::TcpConnect);
                    assert_eq!(found, is_allowed, "{sockets:?} {address}");
                }
                let policy = Sockets::Policy(Arc::new(Anything));
                let sends = policy.allow(&extension, address, SocketUse::UdpSend);
                assert_eq!(sends, is_allowed, "{address}");
            }
        }
    }
}
