//! A real container registry.

use std::{
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use crate::support::skip;

/// The name and the password of its one user, where it has one.
pub const LOGIN: (&str, &str) = ("me", "the-word");

/// What the password is kept as, made with the least effort.
const KEPT: &str = "$2b$05$abcdefghijklmnopqrstuu7uazGHzst4Lhr4yWGtTmH1iX7cKu3Ce";

/// A real container registry on a free port of this machine, ended when dropped.
pub struct ContainerRegistry {
    process: Child,
    /// Its host and port.
    pub host: String,
    folder: tempfile::TempDir,
}

impl Drop for ContainerRegistry {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl ContainerRegistry {
    /// An empty one that anybody may read and write; `None`, with the reason told, where this machine has none.
    pub fn start() -> Option<Self> {
        Self::start_as("")
    }

    /// An empty one that wants the name and the password of [`LOGIN`].
    pub fn start_with_login() -> Option<Self> {
        Self::start_as("auth: { htpasswd: { realm: tests, path: FOLDER/users } }\n")
    }

    fn start_as(more: &str) -> Option<Self> {
        let places = ["/usr/bin/docker-registry", "/usr/local/bin/docker-registry"];
        let Some(program) = places.into_iter().find(|path| Path::new(path).exists()) else {
            skip("docker-registry", "this machine has no `docker-registry`");
            return None;
        };
        let folder = tempfile::tempdir().unwrap();
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let host = free.local_addr().unwrap().to_string();
        drop(free);
        let root = folder.path().display().to_string();
        let configuration = format!(
            "version: 0.1\nlog: {{ level: error, accesslog: {{ disabled: true }} }}\n\
             storage: {{ filesystem: {{ rootdirectory: FOLDER/data }}, delete: {{ enabled: true }} }}\n\
             http: {{ addr: \"{host}\", secret: tests }}\n{more}"
        );
        let configuration = configuration.replace("FOLDER", &root);
        let file = folder.path().join("config.yml");
        std::fs::write(&file, configuration).unwrap();
        std::fs::write(folder.path().join("users"), format!("{}:{KEPT}\n", LOGIN.0)).unwrap();
        let process = Command::new(program)
            .arg("serve")
            .arg(&file)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let registry = Self {
            process,
            host,
            folder,
        };
        for _ in 0..400 {
            if std::net::TcpStream::connect(&registry.host).is_ok() {
                return Some(registry);
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("docker-registry does not listen");
    }

    /// The address of a repository.
    pub fn address(&self, repository: &str) -> String {
        format!("oci://{}/{repository}", self.host)
    }

    /// Where the program keeps what it was sent.
    fn kept(&self) -> PathBuf {
        self.folder.path().join("data/docker/registry/v2")
    }

    /// The file that says what a tag leads to.
    pub fn tag(&self, repository: &str, tag: &str) -> PathBuf {
        let tags = self.kept().join("repositories").join(repository);
        tags.join("_manifests/tags").join(tag).join("current/link")
    }

    /// The digest of the manifest that a tag leads to; `None` where there is no such tag.
    pub fn leads_to(&self, repository: &str, tag: &str) -> Option<String> {
        std::fs::read_to_string(self.tag(repository, tag)).ok()
    }

    /// The file of a blob, by its digest with `sha256:` before it.
    pub fn blob(&self, digest: &str) -> PathBuf {
        let hex = digest.trim().strip_prefix("sha256:").unwrap();
        let blobs = self.kept().join("blobs/sha256").join(&hex[..2]);
        blobs.join(hex).join("data")
    }
}
