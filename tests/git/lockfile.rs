//! Lockfiles with what came from repositories.

use std::{fs, sync::atomic::Ordering};

use crate::{
    repository::{Repository, assert_nothing_left, has_git, place},
    server::Server,
};

#[test]
fn another_machine_gets_the_same_from_the_commit_that_is_locked() {
    if !has_git() {
        return;
    }
    let repository = Repository::themes("1.0.0");
    let server = Server::start(repository.folder(), false);
    let first = place();
    first.ok(["install", &format!("{}/shades.git#v1.0.0", server.address)]);
    first.ok(["lock"]);
    let lockfile = fs::read_to_string(first.path("annexe.lock")).unwrap();
    // The tag has moved since: the commit counts.
    repository.release("1.1.0");
    repository.tag("v1.0.0");

    let second = place();
    let file = second.path("annexe.lock");
    fs::write(&file, &lockfile).unwrap();
    let before = server.served.load(Ordering::Relaxed);
    let error = second.error(1, ["sync"]);
    assert!(
        error["message"].as_str().unwrap().contains("shades.git"),
        "{error}"
    );
    assert_eq!(
        server.served.load(Ordering::Relaxed),
        before,
        "a stranger's file asks nobody"
    );
    let error = second.error(1, ["sync", "--lockfile", "annexe.lock", "--offline"]);
    assert!(
        error["message"].as_str().unwrap().contains("no connection"),
        "{error}"
    );
    let synced = second.json(["sync", "--lockfile", "annexe.lock"]);
    let receipt = first.json(["sync", "--lockfile", "annexe.lock"]);
    assert_eq!(synced["digest"], receipt["digest"]);
    assert_eq!(second.json(["list"])[0]["reference"], "refs/tags/v1.0.0");
    second.ok(["lock"]);
    assert_eq!(fs::read_to_string(&file).unwrap(), lockfile);
    // What is here is not asked for again.
    let before = server.served.load(Ordering::Relaxed);
    second.ok(["remove", "shades", "--lockfile", "other.lock"]);
    second.ok(["sync", "--lockfile", "annexe.lock", "--offline"]);
    assert_eq!(server.served.load(Ordering::Relaxed), before);
    let third = place();
    fs::write(third.path("annexe.lock"), &lockfile).unwrap();
    third.ok(["sync", "--yes"]);
    let fourth = place();
    fs::write(fourth.path("annexe.lock"), &lockfile).unwrap();
    fourth.ok(["install", "shades", "--lockfile", "annexe.lock"]);
    assert_eq!(fourth.json(["list"])[0]["version"], "1.0.0");
    assert_nothing_left(&fourth);
}

#[test]
fn other_bytes_than_the_locked_ones_are_refused_by_name() {
    if !has_git() {
        return;
    }
    let repository = Repository::themes("1.0.0");
    let server = Server::start(repository.folder(), false);
    let first = place();
    first.ok(["install", &format!("{}/shades.git#v1.0.0", server.address)]);
    first.ok(["lock"]);
    let lockfile = fs::read_to_string(first.path("annexe.lock")).unwrap();
    let at = lockfile.find("sha256 = \"").unwrap() + 10;
    let second = place();
    let mut other = lockfile;
    other.replace_range(at..at + 8, "00000000");
    fs::write(second.path("annexe.lock"), &other).unwrap();
    let error = second.error(1, ["sync", "--lockfile", "annexe.lock"]);
    assert_eq!(error["kind"], "damaged", "{error}");
    assert!(
        error["message"]
            .as_str()
            .unwrap()
            .contains("has the sha256"),
        "{error}"
    );
    assert!(
        error["hint"].as_str().unwrap().contains("annexe install"),
        "{error}"
    );
    assert_nothing_left(&second);
    assert_eq!(second.json(["list"]).as_array().unwrap().len(), 0);
}

#[test]
fn a_found_lockfile_names_no_folder_of_this_machine() {
    if !has_git() {
        return;
    }
    let repository = Repository::themes("1.0.0");
    let first = place();
    first.ok(["install", &repository.url()]);
    first.ok(["lock"]);
    let second = place();
    fs::copy(first.path("annexe.lock"), second.path("annexe.lock")).unwrap();
    let error = second.error(1, ["sync", "--yes"]);
    assert!(
        error["message"]
            .as_str()
            .unwrap()
            .contains("only the user may name"),
        "{error}"
    );
    second.ok(["sync", "--lockfile", "annexe.lock"]);
}
