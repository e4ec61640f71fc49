//! A registry that speaks Zed's interface, as the reference describes it.
//!
//! Two ports of this machine stand for two services:
//!
//! - `api` answers what is published: `/extensions`, `/extensions/updates`, `/extensions/{id}`, and two paths that end in
//!   `/download`, which lead to
//! - `storage`: an object store, whose addresses are signed and live three minutes of a clock that a test moves.
//!
//! Nothing in its answers says what the bytes of an archive are: neither a digest nor a size.

pub mod extension;
mod query;
mod storage;

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

pub use self::extension::Published;
use self::{query::Query, storage::Storage};
use super::server::{
    Fault,
    port::{Answer, Port, Request},
};

/// A registry of Zed's interface, which runs until it is dropped.
pub struct ZedRegistry {
    pub api: Port,
    pub storage: Port,
    state: Arc<Mutex<State>>,
}

/// What is published, and where the bytes are.
#[derive(Default)]
struct State {
    published: Vec<Published>,
    storage: Storage,
    /// Whether addresses of archives are given with 302 instead of 307.
    leads_by_302: bool,
    downloads: Vec<(String, String)>,
    /// Done once before the next request is answered.
    meanwhile: Option<Box<dyn FnOnce() + Send>>,
}

impl ZedRegistry {
    /// A registry with these extensions in it.
    pub fn start(published: impl IntoIterator<Item = Published>) -> Self {
        let state: Arc<Mutex<State>> = Arc::default();
        let serving = state.clone();
        let storage = Port::open(move |request| serving.lock().unwrap().storage.answer(request));
        let (serving, base) = (state.clone(), storage.url(""));
        let api = Port::open(move |request| {
            let meanwhile = serving.lock().unwrap().meanwhile.take();
            meanwhile.into_iter().for_each(|done| done());
            serving.lock().unwrap().answer(request, &base)
        });
        let registry = Self {
            api,
            storage,
            state,
        };
        for published in published {
            registry.publish(published);
        }
        registry
    }

    /// The address that a client is given.
    pub fn address(&self) -> String {
        self.api.url("")
    }

    fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        change(&mut self.state.lock().unwrap())
    }

    /// Adds a version, or puts other bytes and another row in the place of what has its id and version.
    pub fn publish(&self, published: Published) {
        self.change(|state| {
            state.withdraw(&published.id, &published.version);
            state.published.push(published);
        });
    }

    /// A version is as if it had never been.
    pub fn withdraw(&self, id: &str, version: &str) {
        self.change(|state| state.withdraw(id, version));
    }

    /// Puts other bytes where the archive of a version is; its row says nothing of it.
    pub fn replace(&self, id: &str, version: &str, archive: Vec<u8>) {
        self.change(|state| {
            let mut published = state.published.iter_mut();
            let found = published.find(|it| it.id == id && it.version == version);
            found.unwrap().archive = archive;
        });
    }

    /// Lets so many seconds pass for the addresses of archives.
    pub fn pass(&self, seconds: u64) {
        self.change(|state| state.storage.pass(seconds));
    }

    /// Gives addresses with 302 from now on; else it does with 307.
    pub fn lead_by_302(&self) {
        self.change(|state| state.leads_by_302 = true);
    }

    /// Does something once, before the next request of what is published is answered.
    pub fn meanwhile(&self, done: impl FnOnce() + Send + 'static) {
        self.change(|state| state.meanwhile = Some(Box::new(done)));
    }

    /// Each download that was counted: id and version.
    pub fn downloads(&self) -> Vec<(String, String)> {
        self.change(|state| state.downloads.clone())
    }

    /// Both services can be reached no longer.
    pub fn stop(&self) {
        self.api.stop();
        self.storage.stop();
    }

    /// Both services are there again.
    pub fn listen_again(&self) {
        self.api.listen_again();
        self.storage.listen_again();
    }

    /// Forgets the requests so far.
    pub fn forget(&self) {
        self.api.forget();
        self.storage.forget();
    }
}

/// An error as the service's newer parts have it.
pub fn json_error(status: u16, message: &str) -> Fault {
    let body = json!({"code": "error", "message": message}).to_string();
    let head = "Content-Type: application/json\r\n".to_owned();
    Fault::Answer(status, head, body.into())
}

/// The page that stands before a service which does not run.
pub fn page(status: u16) -> Fault {
    let body = format!("<html><body><h1>{status} Bad Gateway</h1>\x1b[2J</body></html>");
    Fault::Answer(status, "Content-Type: text/html\r\n".into(), body.into())
}

/// Too many requests, with a time to wait where one is given, in seconds.
pub fn too_many(seconds: Option<u64>) -> Fault {
    let wait = seconds.map(|seconds| format!("Retry-After: {seconds}\r\n"));
    Fault::Answer(429, wait.unwrap_or_default(), b"Too many requests".into())
}

impl State {
    fn withdraw(&mut self, id: &str, version: &str) {
        self.published
            .retain(|it| it.id != id || it.version != version);
    }

    fn answer(&mut self, request: &Request, storage: &str) -> Answer {
        if request.method != "GET" {
            return text(405, "");
        }
        let segments: Vec<&str> = request.path().trim_start_matches('/').split('/').collect();
        let query = match Query::read(request) {
            Ok(query) => query,
            Err(complaint) => return text(400, &complaint),
        };
        match segments[..] {
            ["extensions"] => data(query.list(&self.published)),
            ["extensions", "updates"] => data(query.updates(&self.published)),
            ["extensions", id] => data(query::versions(&self.published, id)),
            ["extensions", id, "download"] => match query.newest(&self.published, id) {
                Some(at) => self.lead(at, storage),
                None => text(404, "unknown extension"),
            },
            ["extensions", id, version, "download"] => {
                let mut published = self.published.iter();
                match published.position(|it| it.id == id && it.version == version) {
                    Some(at) => self.lead(at, storage),
                    None => text(404, "unknown extension version"),
                }
            }
            _ => text(404, ""),
        }
    }

    /// Leads to where the bytes are.
    fn lead(&mut self, at: usize, storage: &str) -> Answer {
        let published = &self.published[at];
        let named = (published.id.clone(), published.version.clone());
        let to = self.storage.sign(&named.0, &named.1, &published.archive);
        self.downloads.push(named);
        let status = if self.leads_by_302 { 302 } else { 307 };
        text(status, "").with("Location", &format!("{storage}{to}"))
    }
}

fn text(status: u16, text: &str) -> Answer {
    Answer::new(status, "text/plain; charset=utf-8", text)
}

fn data(rows: Vec<Value>) -> Answer {
    let body = json!({"data": rows}).to_string();
    Answer::new(200, "application/json", body)
}
