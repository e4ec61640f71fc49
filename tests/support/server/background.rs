//! The tests' web server, for tests that run commands and wait for them.

use std::{path::Path, sync::mpsc::Receiver};

use tokio::runtime::Runtime;

use super::Fault;
use crate::support::guests::command_cache;

/// A web server on threads of its own.
pub struct Server {
    pub address: String,
    /// Hears of each archive that is asked for.
    pub archives: Receiver<String>,
    pub web: super::Server,
    runtime: Runtime,
}

impl Server {
    /// Serves `folder` until it is dropped. A stalling one sends the beginning of each archive.
    pub fn start(folder: &Path, stalls: bool) -> Self {
        let runtime = Runtime::new().unwrap();
        let web = runtime.block_on(super::Server::start(folder));
        forget_earlier(&web.base);
        if stalls {
            web.fail_below("archives/", Fault::StallAfter(20_000));
        }
        Self {
            address: format!("{}/", web.base),
            archives: web.hear("archives/"),
            web,
            runtime,
        }
    }

    /// Listens no longer: whoever comes is turned away by the system.
    pub fn stop(&self) {
        self.runtime.block_on(self.web.stop());
    }

    /// Listens again at the address it had.
    pub fn listen_again(&self) {
        self.runtime.block_on(self.web.listen_again());
    }
}

/// Has the command forget the server of an earlier run that had the same address: the system gives a port again.
fn forget_earlier(base: &str) {
    let address = base.trim_start_matches("http://").split('/').next();
    let start = format!("{}-", address.unwrap_or_default().replace(':', "_"));
    let entries = std::fs::read_dir(command_cache().join("index"));
    for entry in entries.into_iter().flatten().flatten() {
        if entry.file_name().to_string_lossy().starts_with(&start) {
            std::fs::remove_dir_all(entry.path()).unwrap();
        }
    }
}
