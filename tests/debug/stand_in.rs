//! An extension whose debug adapter is the script beside this file.

use std::{path::Path, process::Command};

use crate::{
    client::Client,
    support::place::{Place, text, wasm},
};

/// The script.
const ADAPTER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/debug/adapter.py");

/// A place with an extension that brings the stand-in, and its adapter's name.
pub struct StandIn {
    pub place: Place,
    pub name: String,
}

impl StandIn {
    /// A stand-in that behaves so: words with commas between them.
    pub fn new(behaviour: &str) -> Self {
        Self::of_api(behaviour, "0.7.0")
    }

    /// One whose extension was built with this API version.
    pub fn of_api(behaviour: &str, api: &str) -> Self {
        let place = Place::new();
        let name = format!("start:STAND_IN={behaviour} python3 {ADAPTER}");
        install(&place, "one", api, &[&name]);
        Self { place, name }
    }

    /// `annexe dap`, in the folder to work in.
    pub fn command(&self) -> Command {
        let mut command = self.place.command();
        command.args(["dap", "--offline", &self.name]);
        command
    }

    pub fn client(&self) -> Client {
        Client::start(self.command())
    }

    /// A session with the adapter, which has begun.
    pub fn begun(&self) -> Client {
        let mut client = self.client();
        client.initialize();
        let launch = client.request("launch", serde_json::json!({ "request": "launch" }));
        client.event("initialized");
        client.answer(launch);
        client
    }
}

/// Installs an extension that brings these adapters, and a locator `cargo`.
pub fn install(place: &Place, id: &str, api: &str, adapters: &[&str]) {
    let folder = place.themes(id, "1.0.0");
    std::fs::copy(wasm(api), folder.join("extension.wasm")).unwrap();
    let manifest = folder.join("extension.toml");
    let mut added = std::fs::read_to_string(&manifest).unwrap();
    added.push_str("\n[debug_locators.cargo]\n");
    for adapter in adapters {
        added.push_str(&format!(
            "\n[debug_adapters.\"{adapter}\"]\nschema_path = \"schema.json\"\n"
        ));
    }
    std::fs::write(&manifest, added).unwrap();
    std::fs::write(folder.join("schema.json"), "{}").unwrap();
    place.ok(["pack", id]);
    place.ok(["install", &format!("{id}-1.0.0.tar.gz")]);
}

/// A program that starts the stand-in with the arguments it is given, as one whose path a user sets.
pub fn program(path: &Path, behaviour: &str) {
    use std::os::unix::fs::PermissionsExt as _;

    let script = format!("#!/bin/sh\nSTAND_IN={behaviour} exec python3 {ADAPTER} \"$@\"\n");
    crate::support::files::write(path, script);
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
    assert!(path.is_absolute(), "{}", text(path));
}

/// Whether a process is there.
pub fn lives(process: u32) -> bool {
    // One that has ended and was not waited for is gone too.
    let status = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    let state = status
        .rsplit(')')
        .next()
        .and_then(|rest| rest.trim().chars().next());
    state.is_some_and(|state| state != 'Z')
}

/// Waits until a process is gone.
pub fn wait_for_end(process: u32) {
    for _ in 0..1200 {
        if !lives(process) {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    panic!("process {process} lives on");
}
