//! The sockets that a guest may use.

use std::{fmt, net::SocketAddr, sync::Arc};

use crate::base::types::ExtensionId;

/// The sockets that a guest may use, and whether it may look names up.
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
        match self {
            Self::Denied => false,
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
