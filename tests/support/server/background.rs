//! The tests' web server, for tests that run commands and wait for them.

use std::{path::Path, sync::mpsc::Receiver};

use tokio::runtime::Runtime;

use super::Fault;

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
