//! The mark by which a session that an adapter asks for reaches the adapter that asked: an editor starts another bridge
//! for it, with the configuration that passes through this one.
//!
//! It holds an address of this machine alone: a configuration may come with a project, whose author must not send
//! anybody's debugger elsewhere.

use std::net::{IpAddr, SocketAddr};

use serde_json::{Value, json};

use crate::base::types::TcpArguments;

/// The member of a configuration that holds it.
const MARK: &str = "__annexe";

/// The text of the mark for an adapter that listens there, and the path of keys to it in a `startDebugging` request;
/// `None` where it is on another machine.
pub(super) fn mark(address: SocketAddr) -> Option<([&'static str; 3], String)> {
    address.ip().is_loopback().then(|| {
        let mark = json!({ "host": address.ip(), "port": address.port() });
        (["arguments", "configuration", MARK], mark.to_string())
    })
}

/// Takes the mark out of a configuration: the address of the adapter that has asked for its session.
///
/// # Errors
/// Where it is not an address of this machine.
pub(super) fn take(configuration: &mut Value) -> Result<Option<TcpArguments>, String> {
    let Some(mark) = configuration
        .as_object_mut()
        .and_then(|it| it.shift_remove(MARK))
    else {
        return Ok(None);
    };
    let host: Option<IpAddr> = mark["host"].as_str().and_then(|host| host.parse().ok());
    let port = mark["port"]
        .as_u64()
        .and_then(|port| u16::try_from(port).ok());
    match (host.filter(IpAddr::is_loopback), port) {
        (Some(host), Some(port)) if port > 0 => Ok(Some(TcpArguments {
            host,
            port,
            timeout: None,
        })),
        _ => Err(format!(
            "`{MARK}` in the configuration is not an address of this machine"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mark_is_taken_out_and_leads_to_this_machine_alone() {
        let address = "127.0.0.1:4711".parse().unwrap();
        let (path, text) = mark(address).unwrap();
        let mut configuration = json!({ "program": "a" });
        configuration[path[2]] = serde_json::from_str(&text).unwrap();
        let taken = take(&mut configuration).unwrap().unwrap();
        assert_eq!((taken.host, taken.port), (address.ip(), 4711));
        assert_eq!(configuration, json!({ "program": "a" }));
        assert_eq!(take(&mut configuration).unwrap(), None);
        assert!(mark("10.0.0.1:4711".parse().unwrap()).is_none());
        for wrong in [
            json!({ "host": "10.0.0.1", "port": 1 }),
            json!({ "host": "localhost", "port": 1 }),
            json!({ "host": "127.0.0.1", "port": 0 }),
            json!({ "host": "127.0.0.1", "port": 70_000 }),
            json!("127.0.0.1:1"),
            json!(null),
        ] {
            let mut configuration = json!({ MARK: wrong });
            take(&mut configuration).unwrap_err();
            assert_eq!(configuration, json!({}));
        }
    }
}
