//! Ctrl-C.
#![cfg(unix)]

use std::process::Stdio;

use crate::support::{
    place::{Place, Ran},
    server::background::Server,
};

#[test]
fn an_interrupted_installation_leaves_the_store_as_it_was() {
    let place = Place::new();
    let registry = place.registry(&[("echo", "1.2.3"), ("other", "1.0.0")]);
    place.ok(["install", "echo", "--registry", &registry]);
    let before = place.json(["list"]);

    let server = Server::start(&place.path("registry"), true);
    let mut command = place.command();
    command.args(["install", "other", "--registry", &server.address]);
    let child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    server.archives.recv().unwrap();
    let kill = std::process::Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(kill.unwrap().success());
    let ran = Ran::from(child.wait_with_output().unwrap());
    assert_eq!(
        (ran.code, ran.stdout.as_str(), ran.stderr.as_str()),
        (130, "", "interrupted\n")
    );

    assert_eq!(place.json(["list"]), before);
    let staging = place.store().join("staging");
    assert_eq!(std::fs::read_dir(staging).map_or(0, Iterator::count), 0);
    place.ok(["install", "other", "--registry", &registry]);
}
