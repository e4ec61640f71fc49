//! An extension whose context server is the script beside this file.

use std::process::Command;

use crate::{
    agent::Agent,
    support::place::{Place, wasm},
};

/// The script.
pub const SERVER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/mcp/server.py");

/// The name of the server that is the script: the guest is asked to start this line. The host takes a name alone for a file
/// of the extension's own.
pub fn name() -> String {
    format!("start:STAND_IN=1 /usr/bin/env python3 {SERVER}")
}

/// Installs an extension that brings these servers.
pub fn install(place: &Place, id: &str, api: &str, servers: &[&str]) {
    let folder = place.themes(id, "1.0.0");
    std::fs::copy(wasm(api), folder.join("extension.wasm")).unwrap();
    let manifest = folder.join("extension.toml");
    let mut added = std::fs::read_to_string(&manifest).unwrap();
    for server in servers {
        added.push_str(&format!("\n[context_servers.\"{server}\"]\n"));
    }
    std::fs::write(&manifest, added).unwrap();
    place.ok(["pack", id]);
    place.ok(["install", &format!("{id}-1.0.0.tar.gz")]);
}

/// A place with the stand-in, of an extension built with this API version.
pub fn place_of(api: &str) -> Place {
    let place = Place::new();
    install(&place, "one", api, &[&name()]);
    place
}

/// `annexe mcp`, in the folder to work in.
pub fn mcp(place: &Place, arguments: &[&str]) -> Command {
    let mut command = place.command();
    command.arg("mcp").args(arguments);
    command
}

/// An agent of a server that is at hand.
pub fn agent(place: &Place) -> Agent {
    Agent::start(mcp(place, &["--offline", &name()]))
}
