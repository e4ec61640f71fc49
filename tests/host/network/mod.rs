//! What extensions ask of the network, against real servers on this machine.

mod download;
mod fetch;
mod github;
mod kept;
mod outages;
mod secure;
mod tools;

use std::{path::PathBuf, sync::Arc, time::Duration};

use annexe::{
    Extension, Host, ServiceOptions,
    delegate::{ExtensionEvent, ExtensionObserver},
    types::ExtensionId,
};

use crate::{
    guest::{self, Place, ask, found, words},
    support::server::Server,
};

/// A server, and a place for an extension that asks it.
struct Network {
    server: Server,
    folder: tempfile::TempDir,
    place: Place,
    events: Arc<Events>,
}

/// What an observer was told, as JSON.
#[derive(Default)]
struct Events(std::sync::Mutex<Vec<serde_json::Value>>);

impl ExtensionObserver for Events {
    fn observe(&self, _: &ExtensionId, event: &ExtensionEvent) {
        let event = serde_json::to_value(event).unwrap();
        self.0.lock().unwrap().push(event);
    }
}

impl Events {
    /// Those of one kind.
    fn of(&self, kind: &str) -> Vec<serde_json::Value> {
        let events = self.0.lock().unwrap();
        let of_kind = events.iter().filter(|event| event["event"] == kind);
        of_kind.cloned().collect()
    }
}

impl Network {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self {
            server: Server::start(folder.path()).await,
            folder,
            place: Place::new(),
            events: Arc::default(),
        }
    }

    /// Has the server serve a file.
    fn serve(&self, path: &str, content: impl AsRef<[u8]>) {
        let file = self.folder.path().join(path);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, content).unwrap();
    }

    fn url(&self, path: &str) -> String {
        format!("{}/{path}", self.server.base)
    }

    /// Settings under which the server is GitHub, and no test waits for long.
    fn options(&self) -> ServiceOptions {
        let mut options = ServiceOptions::default();
        options.http = Server::options();
        options.github.api = Some(format!("{}/", self.server.base).parse().unwrap());
        options.github.lifetime = Duration::ZERO;
        options.answers = Some(self.answers());
        options
    }

    fn answers(&self) -> PathBuf {
        self.place.work_dir().with_file_name("answers")
    }

    fn host(&self, options: ServiceOptions) -> Host {
        let builder = guest::builder().observer(self.events.clone());
        builder.services(options).build().unwrap()
    }

    /// The newest guest, on a host of its own.
    async fn guest(&self, options: ServiceOptions) -> Extension {
        guest::start(&self.host(options), "0.7.0", &self.place).await
    }

    async fn ask(&self, extension: &Extension, verb: &str) -> Vec<String> {
        found(extension, &self.place, verb).await.unwrap()
    }

    /// The words of the error that a verb comes to.
    async fn refused(&self, extension: &Extension, verb: &str) -> String {
        words(ask(extension, &self.place, verb).await)
    }

    /// Everything in the work directory, files and folders, sorted.
    fn written(&self) -> Vec<String> {
        let root = self.place.work_dir();
        let mut found = Vec::new();
        let mut folders = vec![root.clone()];
        while let Some(folder) = folders.pop() {
            let Ok(entries) = std::fs::read_dir(&folder) else {
                continue;
            };
            for entry in entries {
                let entry = entry.unwrap();
                let path = entry.path();
                if entry.file_type().unwrap().is_dir() {
                    folders.push(path.clone());
                }
                let relative = path.strip_prefix(&root).unwrap();
                found.push(relative.to_str().unwrap().to_owned());
            }
        }
        found.sort();
        found
    }
}
