//! This test program again, as another process that installs.

use std::{
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Child, ChildStdout, Command, Stdio},
};

use annexe::{
    CacheConfiguration, Host,
    registry::{Location, Registry},
    store::{Event, ExtensionStore, Listener, StoreConfiguration},
};

use crate::place::{ID, Place, id, name};

const FOLDER: &str = "ANNEXE_TEST_PLACE";
const CACHE: &str = "ANNEXE_TEST_CACHE";
const REQUIREMENTS: &str = "ANNEXE_TEST_REQUIREMENTS";

/// A process that installs versions of [`ID`] one after the other, and tells each step on a line.
pub struct Installer {
    child: Child,
    lines: std::io::Lines<BufReader<ChildStdout>>,
}

impl Installer {
    pub fn spawn(place: &Place, cache: &Path, requirements: &[&str]) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--ignored", "--exact", "child::child", "--nocapture"])
            .env(FOLDER, place.path(""))
            .env(CACHE, cache)
            .env(REQUIREMENTS, requirements.join(" "))
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines }
    }

    /// The next step: an event's name, or `done` and what it came to.
    pub fn step(&mut self) -> Option<String> {
        self.lines
            .find_map(|line| Some(line.ok()?.split_once("step ")?.1.to_owned()))
    }

    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Waits for the end and gives the last step.
    pub fn finish(mut self) -> String {
        let last = std::iter::from_fn(|| self.step()).last().unwrap();
        assert!(self.child.wait().unwrap().success());
        last
    }
}

struct Steps;

impl Listener for Steps {
    fn hear(&self, event: &Event) {
        if let Event::Change { step, .. } = event {
            println!("\nstep {}", name(step));
        }
    }
}

#[test]
#[ignore = "it is no test: other tests run it as another process"]
fn child() {
    let Some(folder) = std::env::var_os(FOLDER) else {
        return;
    };
    let folder = Path::new(&folder);
    let cache = std::env::var_os(CACHE).unwrap();
    let cache = Path::new(&cache);
    let requirements = std::env::var(REQUIREMENTS).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let cache = CacheConfiguration::new(cache.join("cache"), cache.join("cache-key"));
        let host = Host::builder().cache(cache).build().unwrap();
        let store =
            ExtensionStore::open(StoreConfiguration::new(folder.join("store")), host).unwrap();
        let store = store.with_listener(std::sync::Arc::new(Steps));
        let registry = Registry::open(&Location::Folder(folder.join("registry")))
            .await
            .unwrap();
        for requirement in requirements.split(' ') {
            let requirement = requirement.parse().unwrap();
            let receipt = store
                .install(&registry, &id(ID), &requirement)
                .await
                .unwrap();
            println!(
                "\nstep done {:?} unchanged={}",
                receipt.code.unwrap(),
                receipt.unchanged
            );
        }
    });
}
