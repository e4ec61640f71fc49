//! Addresses for debug adapters to listen at.

use std::net::{IpAddr, Ipv4Addr};

use tokio::net::TcpListener;

use super::{ServiceResult, Services, error::ServiceError};
use crate::base::types::{TcpArguments, TcpArgumentsTemplate};

/// How long to wait for a debug adapter where nothing else is said: 2 seconds, in milliseconds.
const TIMEOUT: u64 = 2_000;

impl Services {
    /// Fills in what a template leaves open: this machine's own address, a port that is free now, two
    /// seconds.
    ///
    /// # Errors
    /// [`ServiceError::Argument`] where no port is free at the address.
    pub async fn resolve_tcp_template(
        &self,
        template: TcpArgumentsTemplate,
    ) -> ServiceResult<TcpArguments> {
        let host = template.host.unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST));
        let port = match template.port {
            Some(port) => port,
            None => free_port(host).await?,
        };
        Ok(TcpArguments {
            host,
            port,
            timeout: template.timeout.or(Some(TIMEOUT)),
        })
    }
}

/// Asks the system for a port: the listener is gone again when this returns, so another program may
/// take it before the adapter does, which is as good as it gets.
async fn free_port(host: IpAddr) -> ServiceResult<u16> {
    let listen = async { TcpListener::bind((host, 0)).await?.local_addr() };
    let address = listen
        .await
        .map_err(|error| ServiceError::Argument(format!("no port is free at `{host}`: {error}")))?;
    Ok(address.port())
}
