//! A server that comes from npm.

use serde_json::json;

use crate::{
    language_server::initialize,
    machine::{Machine, PASSED},
    support::npm::{self, Package, Registry},
};

/// The server, its package and its program.
pub const SERVER: &str = "yaml-language-server";

/// What is said where all goes well and nothing is new.
const CHECKING: &str = "yaml-language-server: looking for a newer version\n";

/// A user's machine with the extension, and the registry that npm asks.
pub struct Packages {
    pub machine: Machine,
    pub registry: Registry,
}

pub fn package(version: &str) -> Package {
    Package::language_server_at(SERVER, version, "bin/yaml-language-server")
}

/// A user's machine with Node.js and npm and the extension.
pub fn machine() -> Option<Machine> {
    npm::machine()?;
    // npm runs scripts of packages with a shell.
    let programs = ["node", "npm", "sh", "env"];
    Some(Machine::new("yaml-server", SERVER, &programs))
}

impl Packages {
    pub fn new() -> Option<Self> {
        let mut machine = machine()?;
        let registry = Registry::start([package("1.0.0")]);
        let npm = registry.options(&machine.place.path("npm"))?.environment;
        machine.place.environment.extend(npm);
        Some(Self { machine, registry })
    }

    /// Writes the configuration: how many seconds an answer is taken for new.
    pub fn keep_answers_for(&self, seconds: &str) {
        let text = format!("[node]\nlifetime_seconds = {seconds}\n");
        self.machine.place.configure(&text);
    }

    /// Removes what npm keeps.
    pub fn forget_of_npm(&self) {
        std::fs::remove_dir_all(self.machine.place.path("npm/cache")).unwrap();
    }

    /// What was asked for since the last time.
    pub fn requests(&self) -> Vec<String> {
        let requests = self.registry.requests();
        self.registry.forget();
        requests
    }

    /// Asks for the server, which must be one of a version and answer; gives what was said on stderr.
    pub fn starts(&self, options: &[&str], version: &str) -> String {
        let (answer, said) = self.machine.ask(options);
        assert_eq!(
            answer["command"],
            json!(self.machine.place.path("bin/node"))
        );
        let program = format!("node_modules/{SERVER}/bin/{SERVER}");
        let program = self.machine.work_dir().join(program);
        assert_eq!(answer["args"], json!([program, "--stdio"]), "{said}");
        let told = initialize(&answer);
        assert_eq!(
            told["serverInfo"],
            json!({"name": SERVER, "version": version})
        );
        said
    }
}

/// That what was said is that an older answer was given, and why.
fn is_the_last_answer(said: &str, why: &str) {
    let what = "the newest version of the npm package `yaml-language-server` is what was answered the last time";
    assert!(said.contains(what) && said.contains(why), "{said}");
}

#[test]
fn it_starts_cold_and_then_whatever_becomes_of_the_registry() {
    let Some(mut packages) = Packages::new() else {
        return;
    };
    packages.starts(&[], "1.0.0");
    let requests = packages.requests();
    let archive = format!("archives/{SERVER}/1.0.0.tgz");
    assert!(requests.contains(&archive), "{requests:?}");

    // Within the lifetime of an answer nobody is asked.
    assert_eq!(packages.starts(&[], "1.0.0"), CHECKING);
    assert!(packages.requests().is_empty());

    // After it the registry is asked, and nothing is installed anew.
    packages.keep_answers_for(PASSED);
    assert_eq!(packages.starts(&[], "1.0.0"), CHECKING);
    assert_eq!(packages.requests(), [SERVER]);

    let said = packages.starts(&["--offline"], "1.0.0");
    is_the_last_answer(&said, "offline");
    assert!(packages.requests().is_empty());

    for status in [429, 503] {
        packages.registry.fail_with(status);
        packages.starts(&[], "1.0.0");
        // npm has a cache of its own, with which it gets over some failures; it may be gone.
        packages.forget_of_npm();
        let said = packages.starts(&[], "1.0.0");
        is_the_last_answer(&said, &status.to_string());
        assert!(!packages.requests().is_empty());
    }
    packages.registry.stop();
    is_the_last_answer(&packages.starts(&[], "1.0.0"), "npm failed");
}

#[test]
fn a_new_version_takes_the_place_of_the_one_before() {
    let Some(packages) = Packages::new() else {
        return;
    };
    packages.keep_answers_for(PASSED);
    packages.starts(&[], "1.0.0");
    packages.registry.publish(package("1.1.0"));
    packages.starts(&[], "1.1.0");
}

#[test]
fn what_was_never_installed_is_an_error_with_a_way_out() {
    let Some(mut packages) = Packages::new() else {
        return;
    };
    let said = packages.machine.refused(&["--offline"]);
    assert!(said.contains("offline") && said.contains("once"), "{said}");
    assert!(packages.requests().is_empty());
    packages.registry.fail_with(429);
    let said = packages.machine.refused(&[]);
    assert!(said.contains("429"), "{said}");
    packages.registry.stop();
    let said = packages.machine.refused(&[]);
    assert!(said.contains("check the network"), "{said}");
}
