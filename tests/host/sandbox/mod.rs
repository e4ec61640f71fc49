//! What a guest sees of the machine is what its sandbox says, on every version of the API.

#[cfg(unix)]
mod escape;
mod mounts;
#[cfg(unix)]
mod read_only;
mod repeatable;
mod sockets;
mod streams;

use std::path::PathBuf;

use annexe::{
    CallError, Extension,
    sandbox::{Access, Mount, Sandbox},
};

use crate::guest::{self, Place, ask};

/// A work directory, and beside it a folder to mount, with a file in it, and a file that no guest is given.
pub struct Fixture {
    pub place: Place,
    folder: tempfile::TempDir,
}

const CONTENT: &str = "content of the file";
const SECRET: &str = "content of the secret";

impl Fixture {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let fixture = Self {
            place: Place::new(),
            folder,
        };
        std::fs::create_dir_all(fixture.path("data/folder")).unwrap();
        std::fs::write(fixture.path("data/file"), CONTENT).unwrap();
        std::fs::write(
            fixture.path("data/folder/inner"),
            "content of the inner file",
        )
        .unwrap();
        std::fs::write(fixture.path("secret"), SECRET).unwrap();
        fixture
    }

    /// A path beside the work directory's.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn data(&self) -> PathBuf {
        self.path("data")
    }

    pub fn mount(&self, guest: &str, access: Access) -> Mount {
        Mount::new(self.data(), guest.parse().unwrap(), access)
    }

    pub async fn start(&self, version: &str, sandbox: &Sandbox) -> Extension {
        let host = guest::builder().sandbox(sandbox.clone()).build().unwrap();
        guest::start(&host, version, &self.place).await
    }

    pub async fn ask(&self, extension: &Extension, verb: &str) -> Result<Vec<String>, CallError> {
        ask(extension, &self.place, verb).await
    }
}

pub fn with_mounts(mounts: impl IntoIterator<Item = Mount>) -> Sandbox {
    let mut sandbox = Sandbox::default();
    sandbox.mounts.extend(mounts);
    sandbox
}
