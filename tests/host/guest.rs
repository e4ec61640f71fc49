//! Starts prebuilt guests.

use std::{path::PathBuf, sync::Arc};

use annexe::{
    CacheConfiguration, Extension, Host, Identity,
    delegate::{LocalWorktree, SharedWorktree},
};

/// A folder with a work directory and a worktree, which goes when dropped.
pub struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("worktree")).unwrap();
        Self { folder }
    }

    pub fn work_dir(&self) -> PathBuf {
        self.folder.path().join("work")
    }

    pub fn worktree_dir(&self) -> PathBuf {
        self.folder.path().join("worktree")
    }

    pub fn worktree(&self) -> SharedWorktree {
        let environment = vec![("NAME".into(), "value".into()), ("PATH".into(), "/usr/bin:/bin".into())];
        Arc::new(LocalWorktree::new(7, self.worktree_dir(), environment))
    }

    pub fn identity(&self, id: &str) -> Identity {
        Identity { id: id.parse().unwrap(), work_dir: self.work_dir(), capabilities: Vec::new() }
    }
}

/// The versions of the published crates a guest is there for, oldest first.
pub const VERSIONS: [&str; 12] = [
    "0.0.1", "0.0.3", "0.0.4", "0.0.5", "0.0.6", "0.1.0", "0.2.0", "0.3.0", "0.4.0", "0.5.0", "0.6.0",
    "0.7.0",
];

/// The guest built with one version of the crate.
pub fn wasm(version: &str) -> Vec<u8> {
    let path = format!("{}/tests/guests/prebuilt/api-{version}.wasm", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(path).unwrap()
}

/// A host whose compiled cache lives in the build's own folder, so that a guest is compiled once for
/// all tests and runs.
pub fn host() -> Host {
    builder().build().unwrap()
}

pub fn builder() -> annexe::HostBuilder {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    Host::builder().cache(CacheConfiguration::new(folder.join("cache"), folder.join("cache-key")))
}

pub async fn start(host: &Host, version: &str, place: &Place) -> Extension {
    let component = host.compile(wasm(version)).await.unwrap();
    host.start(&component, place.identity("guest")).await.unwrap()
}
