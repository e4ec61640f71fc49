//! `annexe dev`, as a process that is watched, killed and stopped. Its extensions have their components:
//! nothing is compiled by cargo here.
#![cfg(unix)]

use std::{
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Child, ChildStdout, Stdio},
};

use serde_json::{Value, json};

use crate::support::place::{Place, Ran, wasm};

/// A running `annexe dev --json`.
struct Dev {
    child: Child,
    events: std::io::Lines<BufReader<ChildStdout>>,
}

impl Dev {
    fn start(place: &Place, folder: &str) -> Self {
        let mut command = place.command();
        command
            .args(["dev", folder, "--json"])
            .stdout(Stdio::piped())
            .stdin(Stdio::null());
        let mut child = command.spawn().unwrap();
        let events = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, events }
    }

    /// The next event of one of these kinds.
    #[expect(
        clippy::panic,
        reason = "a helper of the tests may fail the test it helps"
    )]
    fn until(&mut self, kinds: &[&str]) -> Value {
        for line in self.events.by_ref() {
            let event: Value = serde_json::from_str(&line.unwrap()).unwrap();
            if kinds.iter().any(|kind| event["event"] == *kind) {
                return event;
            }
        }
        panic!("it has ended: {:?}", self.child.wait());
    }

    fn served(&mut self) -> Value {
        self.until(&["serving"])
    }

    fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    fn interrupt(mut self) -> Option<i32> {
        let kill = std::process::Command::new("kill")
            .args(["-INT", &self.child.id().to_string()])
            .status();
        assert!(kill.unwrap().success());
        self.child.wait().unwrap().code()
    }
}

fn version(place: &Place, name: &str) -> Value {
    let answer = place.json(["call", name, "language-server-command", "version"]);
    answer["args"][0].clone()
}

fn replace(folder: &Path, api: &str) {
    let new = folder.join("extension.wasm~");
    std::fs::copy(wasm(api), &new).unwrap();
    std::fs::rename(new, folder.join("extension.wasm")).unwrap();
}

#[test]
fn a_folder_is_kept_live_until_it_is_stopped() {
    let place = Place::asking(["version"]);
    let registry = place.registry(&[("echo-server", "1.0.0")]);
    place.ok(["install", "echo-server", "--registry", &registry]);
    let folder = place.path("echo-server");
    replace(&folder, "0.7.0");
    let mut dev = Dev::start(&place, "echo-server");
    let served = dev.served();
    assert_eq!(served["extension"]["id"], "echo-server");
    assert_eq!(version(&place, "echo-server"), "0.7.0");
    let list = place.ok(["list"]);
    assert!(
        list.contains("dev extension from")
            && list.contains("kept live")
            && list.contains("shadows 1.0.0"),
        "{list}"
    );
    replace(&folder, "0.2.0");
    dev.served();
    assert_eq!(version(&place, "echo-server"), "0.2.0");

    // What concerns what is installed leaves it alone, and says so.
    let updated = place.json(["update", "--registry", &registry]);
    assert_eq!(
        updated["skipped"][0]["reason"],
        "is shadowed by a dev extension"
    );
    for arguments in [&["lock"][..], &["remove", "echo-server"]] {
        let error = place.error(1, arguments.iter().copied());
        assert!(
            error["message"].as_str().unwrap().contains("echo-server"),
            "{error}"
        );
        assert!(
            error["hint"]
                .as_str()
                .unwrap()
                .contains("annexe dev --stop echo-server"),
            "{error}"
        );
    }
    let info = place.json(["info", "echo-server"]);
    assert_eq!(
        info["installed"]["folder"],
        json!(folder.canonicalize().unwrap())
    );

    let stopped = place.json(["dev", "--stop", "echo-server"]);
    assert_eq!(stopped[0]["restored"], "1.0.0");
    dev.until(&["stopped"]);
    assert_eq!(dev.child.wait().unwrap().code(), Some(0));
    assert_eq!(version(&place, "echo-server"), "0.0.1");
    assert!(!place.ok(["list"]).contains("dev extension"));
}

#[test]
fn one_that_was_killed_is_explained_and_taken_up_again_or_stopped_by_its_folder() {
    let place = Place::asking(["version"]);
    let folder = place.extension("echo-server", "0.1.0");
    let mut dev = Dev::start(&place, "echo-server");
    dev.served();
    dev.kill();
    let list = place.ok(["list"]);
    assert!(list.contains("not kept live"), "{list}");
    let listed = place.json(["list"]);
    assert_eq!(listed[0]["dev"]["kept_live_by"], Value::Null);
    assert_eq!(version(&place, "echo-server"), "0.0.1");

    replace(&folder, "0.5.0");
    let mut dev = Dev::start(&place, "echo-server");
    dev.served();
    assert_eq!(version(&place, "echo-server"), "0.5.0");
    // A second one is told who has it.
    let error = place.error(1, ["dev", "echo-server"]);
    assert!(
        error["message"].as_str().unwrap().contains("kept live"),
        "{error}"
    );
    dev.kill();
    std::fs::remove_dir_all(&folder).unwrap();
    let stopped = place.json(["dev", "--stop", "echo-server"]);
    assert_eq!(stopped[0]["restored"], Value::Null);
    assert_eq!(place.json(["list"]), json!([]));
    assert_eq!(
        std::fs::read_dir(place.store().join("dev"))
            .unwrap()
            .count(),
        0
    );
}

#[test]
fn interrupting_ends_the_watching_and_leaves_the_build_in_service() {
    let place = Place::asking(["version"]);
    place.extension("echo-server", "0.1.0");
    let mut dev = Dev::start(&place, "echo-server");
    dev.served();
    assert_eq!(dev.interrupt(), Some(0));
    assert_eq!(version(&place, "echo-server"), "0.0.1");
    let mut command = place.command();
    command
        .current_dir(place.path("echo-server"))
        .args(["dev", "--stop"]);
    let ran = Ran::of(command);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.stdout.contains("nothing else is installed"), "{ran:?}");
}

#[test]
fn once_builds_and_goes() {
    let place = Place::asking(["version"]);
    let folder = place.extension("echo-server", "0.1.0");
    let said = place.ok(["dev", "echo-server", "--once"]);
    assert!(
        said.contains("echo-server 0.1.0 is in service, API 0.0.1"),
        "{said}"
    );
    assert_eq!(version(&place, "echo-server"), "0.0.1");

    std::fs::write(folder.join("extension.wasm"), b"\0asm").unwrap();
    let ran = place.run(["dev", "echo-server", "--once"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.stderr.contains("error:"), "{ran:?}");
    // What was in service still is.
    assert_eq!(version(&place, "echo-server"), "0.0.1");
    let list = place.ok(["list"]);
    assert!(list.contains("the last attempt failed"), "{list}");
    let log = place.run(["log", "echo-server"]);
    let words = "the last attempt to build it failed at 20";
    assert!(log.stderr.contains(words), "{log:?}");
}

#[test]
fn what_names_no_dev_extension_is_told_the_way_out() {
    let place = Place::asking(["version"]);
    place.themes("dark", "0.1.0");
    for (arguments, code, hint) in [
        (&["dev", "missing"][..], 1, "annexe new"),
        (&["dev", "one", "two"], 2, "once for each"),
        (&["dev", "--stop", "dark"], 1, "annexe dev <folder>"),
        (&["dev", "--stop"], 1, "annexe dev <folder>"),
    ] {
        let error = place.error(code, arguments.iter().copied());
        assert!(
            error["hint"].as_str().unwrap().contains(hint),
            "{arguments:?}: {error}"
        );
    }
    // A folder without a component is one as well; there is nothing to call.
    place.ok(["dev", "dark", "--once"]);
    let listed = place.json(["list"]);
    assert_eq!(listed[0]["dev"]["build"]["provides"], json!(["themes"]));
    let error = place.error(1, ["dev", "--stop", "light"]);
    assert!(
        error["hint"].as_str().unwrap().contains("`dark`"),
        "{error}"
    );
}
