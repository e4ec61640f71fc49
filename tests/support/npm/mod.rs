//! A real registry of npm packages on this machine, for the npm client that is on it.

mod package;

use std::{
    collections::BTreeMap,
    ffi::OsString,
    io::{BufRead as _, BufReader, Write as _},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    thread::JoinHandle,
};

use annexe::NodeOptions;
use serde_json::{Value, json};

pub use self::package::Package;

/// A registry that serves what is published to it, and notes what it is asked for.
pub struct Registry {
    shared: Arc<Shared>,
    accepting: Option<JoinHandle<()>>,
}

struct Shared {
    address: String,
    packages: Mutex<BTreeMap<String, Vec<Package>>>,
    requests: Mutex<Vec<String>>,
    /// Answers every request with this status.
    status: Mutex<Option<u16>>,
    /// Serves archives that are not those it has announced.
    is_tampering: Mutex<bool>,
    is_stopping: Mutex<bool>,
}

impl Registry {
    pub fn start(packages: impl IntoIterator<Item = Package>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let shared = Arc::new(Shared {
            address: listener.local_addr().unwrap().to_string(),
            packages: Mutex::default(),
            requests: Mutex::default(),
            status: Mutex::default(),
            is_tampering: Mutex::default(),
            is_stopping: Mutex::default(),
        });
        let serving = shared.clone();
        let accepting = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if *serving.is_stopping.lock().unwrap() {
                    break;
                }
                let (serving, stream) = (serving.clone(), stream.unwrap());
                std::thread::spawn(move || serving.answer(stream));
            }
        });
        let registry = Self {
            shared,
            accepting: Some(accepting),
        };
        for package in packages {
            registry.publish(package);
        }
        registry
    }

    /// Adds a version, which is the newest from now on.
    pub fn publish(&self, package: Package) {
        let mut packages = self.shared.packages.lock().unwrap();
        packages
            .entry(package.name.clone())
            .or_default()
            .push(package);
    }

    /// The paths that were asked for.
    pub fn requests(&self) -> Vec<String> {
        self.shared.requests.lock().unwrap().clone()
    }

    /// Forgets what was asked for.
    pub fn forget(&self) {
        self.shared.requests.lock().unwrap().clear();
    }

    /// Answers every request with a status from now on.
    pub fn fail_with(&self, status: u16) {
        *self.shared.status.lock().unwrap() = Some(status);
    }

    /// Serves archives from now on that are not those it has announced.
    pub fn tamper(&self) {
        *self.shared.is_tampering.lock().unwrap() = true;
    }

    /// Listens no longer.
    pub fn stop(&mut self) {
        let Some(accepting) = self.accepting.take() else {
            return;
        };
        *self.shared.is_stopping.lock().unwrap() = true;
        let _ = TcpStream::connect(&self.shared.address);
        let _ = accepting.join();
    }

    /// How npm is found and set up to use this registry alone, with all its files in `folder`; `None`, with
    /// the reason told, where this machine has none.
    pub fn options(&self, folder: &Path) -> Option<NodeOptions> {
        let mut options = machine()?;
        std::fs::create_dir_all(folder).unwrap();
        let registry = format!("http://{}/", self.shared.address);
        let path = |name: &str| folder.join(name).into_os_string();
        let variables: [(&str, OsString); 8] = [
            ("HOME", folder.into()),
            ("npm_config_registry", registry.into()),
            ("npm_config_cache", path("cache")),
            ("npm_config_userconfig", path("user.npmrc")),
            ("npm_config_globalconfig", path("global.npmrc")),
            ("npm_config_fetch_retries", "0".into()),
            ("npm_config_ignore_scripts", "false".into()),
            ("npm_config_proxy", OsString::new()),
        ];
        options.environment = variables.map(|(name, value)| (name.into(), value)).to_vec();
        Some(options)
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        self.stop();
    }
}

/// The Node.js and npm of this machine.
pub fn machine() -> Option<NodeOptions> {
    let search_path = std::env::var_os("PATH")?;
    for program in ["node", "npm"] {
        if which::which_in_global(program, Some(&search_path))
            .ok()
            .and_then(|mut found| found.next())
            .is_none()
        {
            super::skip(program, format!("this machine has no `{program}`"));
            return None;
        }
    }
    let mut options = NodeOptions::default();
    options.search_path = Some(search_path);
    Some(options)
}

/// The path of this machine's Node.js.
pub fn node() -> Option<PathBuf> {
    which::which_in_global("node", machine()?.search_path)
        .ok()?
        .next()
}

impl Shared {
    /// One request for each connection.
    fn answer(&self, mut stream: TcpStream) {
        let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
        let Some(Ok(request)) = lines.next() else {
            return;
        };
        // The rest of the head; no request has a body.
        for line in lines {
            if line.is_ok_and(|line| line.is_empty()) {
                break;
            }
        }
        let path = request.split(' ').nth(1).unwrap_or_default();
        let path = percent_encoding::percent_decode_str(path.trim_start_matches('/'));
        let path = path.decode_utf8_lossy().into_owned();
        self.requests.lock().unwrap().push(path.clone());
        let status = *self.status.lock().unwrap();
        let (status, body) = match (status, self.find(&path)) {
            (Some(status), _) => (status, b"{\"error\":\"told to fail\"}".to_vec()),
            (None, Some(body)) => (200, body),
            (None, None) => (404, b"{\"error\":\"not found\"}".to_vec()),
        };
        let head = format!(
            "HTTP/1.1 {status} Whatever\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        let _ = stream.write_all(head.as_bytes());
        let _ = stream.write_all(&body);
    }

    /// What is at a path: a document of all versions of a package, or an archive of one.
    fn find(&self, path: &str) -> Option<Vec<u8>> {
        let packages = self.packages.lock().unwrap();
        if let Some(path) = path.strip_prefix("archives/") {
            let (name, version) = path.strip_suffix(".tgz")?.rsplit_once('/')?;
            let package = packages
                .get(name)?
                .iter()
                .find(|it| it.version == version)?;
            if *self.is_tampering.lock().unwrap() {
                return Some(Package::new(name, "6.6.6").archive());
            }
            return Some(package.archive());
        }
        let versions = packages.get(path)?;
        let documents: BTreeMap<&str, Value> = versions
            .iter()
            .map(|package| {
                let address = &self.address;
                let url = format!("http://{address}/archives/{path}/{}.tgz", package.version);
                (package.version.as_str(), package.document(&url))
            })
            .collect();
        let latest = &versions.last()?.version;
        let document =
            json!({"name": path, "dist-tags": {"latest": latest}, "versions": documents});
        Some(document.to_string().into_bytes())
    }
}
