//! A server of releases as GitHub has them, with one of clangd.

use annexe::digest::Sha256Digest;
use serde_json::json;

use crate::{
    machine::Machine,
    support::server::{Fault, archives::zip, background::Server},
};

/// Answers `initialize` once, and waits for the end of its input.
const CLANGD: &str = r#"#!/bin/sh
while IFS= read -r line && [ "$line" != "$(printf '\r')" ]; do :; done
body='{"jsonrpc":"2.0","id":1,"result":{"capabilities":{},"serverInfo":{"name":"clangd","version":"VERSION"}}}'
printf 'Content-Length: %s\r\n\r\n%s' "${#body}" "$body"
while read -r line; do :; done
"#;

/// The path of the list of releases.
pub const LIST: &str = "repos/clangd/clangd/releases";

/// A user's machine with the extension, and the server it asks.
pub struct Releases {
    pub machine: Machine,
    pub server: Server,
    folder: tempfile::TempDir,
}

impl Releases {
    /// `None`, with the reason told, where clangd has no release for this machine.
    pub fn new() -> Option<Self> {
        if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
            crate::support::skip(
                "system",
                "the server has releases for Linux on x86-64 alone",
            );
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let server = Server::start(folder.path(), false);
        let releases = Self {
            machine: Machine::new("clangd-server", "clangd", &[]),
            server,
            folder,
        };
        releases.keep_answers_for("600");
        releases.release("1.0.0");
        Some(releases)
    }

    /// Releases a version, which is the only one from now on.
    pub fn release(&self, version: &str) {
        let script = CLANGD.replace("VERSION", version);
        let program = format!("clangd_{version}/bin/clangd");
        self.upload(version, &zip(&[(&program, 0o755, &script)]));
    }

    /// Has an archive be that of a version.
    pub fn upload(&self, version: &str, archive: &[u8]) {
        let name = archive_of(version);
        std::fs::write(self.folder.path().join(&name), archive).unwrap();
        let url = format!("{}{name}", self.server.address);
        let asset = json!({"name": name, "browser_download_url": url});
        let list = json!([{"tag_name": version, "assets": [asset]}]);
        let list = list.to_string().into_bytes();
        let path = self.folder.path().join(LIST);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, list).unwrap();
    }

    /// Writes the configuration: how many seconds an answer is taken for new.
    pub fn keep_answers_for(&self, seconds: &str) {
        let api = &self.server.address;
        self.machine.place.configure(&format!(
            "[github]\napi = \"{api}\"\nlifetime_seconds = {seconds}\n"
        ));
    }

    /// What was asked for since the last time.
    pub fn requests(&self) -> Vec<String> {
        let requests = self.server.web.requests();
        self.server.web.forget();
        requests
    }

    /// The digest of the archive of a version.
    pub fn digest(&self, version: &str) -> String {
        let archive = std::fs::read(self.folder.path().join(archive_of(version))).unwrap();
        Sha256Digest::of(&archive).to_string()
    }

    /// What GitHub answers to whom has asked too often.
    pub fn limit(&self) {
        let head = "x-ratelimit-remaining: 0\r\nx-ratelimit-reset: 9999999999\r\n";
        let limited = Fault::Answer(403, head.into(), Vec::new());
        self.server.web.fail_all(limited);
    }
}

/// The name of the archive of a version.
pub fn archive_of(version: &str) -> String {
    format!("clangd-linux-{version}.zip")
}
