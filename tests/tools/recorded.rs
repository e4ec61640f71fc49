//! What was fetched is known: by the lockfile, and when it is another file the next time.

use crate::{
    releases::{Releases, archive_of},
    support::{place::Ran, server::archives::zip},
};

#[test]
fn the_lockfile_names_each_file_that_was_fetched() {
    let Some(releases) = Releases::new() else {
        return;
    };
    let machine = &releases.machine;
    machine.ask(&[]);
    assert_eq!(Ran::of(machine.command(&["lock"])).code, 0);
    let lockfile = std::fs::read_to_string(machine.place.path("annexe.lock")).unwrap();
    let lockfile: toml::Table = lockfile.parse().unwrap();
    let downloads = lockfile["extension"][0]["download"].as_array().unwrap();
    let [download] = downloads.as_slice() else {
        panic!("{lockfile}")
    };
    let url = format!("{}{}", releases.server.address, archive_of("1.0.0"));
    assert_eq!(download["url"].as_str(), Some(url.as_str()));
    let digest = releases.digest("1.0.0");
    assert_eq!(download["sha256"].as_str(), Some(digest.as_str()));
    assert!(download["size"].as_integer().unwrap() > 0);
}

#[test]
fn another_file_at_the_same_address_is_warned_of_and_used() {
    let Some(releases) = Releases::new() else {
        return;
    };
    let machine = &releases.machine;
    let (_, said) = machine.ask(&[]);
    assert!(!said.contains("another file"), "{said}");
    let before = releases.digest("1.0.0");
    let other = [("clangd_1.0.0/bin/clangd", 0o755, "#!/bin/sh\n")];
    releases.upload("1.0.0", &zip(&other));
    // It is fetched again by whom has lost it.
    std::fs::remove_dir_all(machine.work_dir().join("clangd_1.0.0")).unwrap();
    let (_, said) = machine.ask(&[]);
    assert!(
        said.contains("warning: ") && said.contains("another file than before"),
        "{said}"
    );
    for digest in [before, releases.digest("1.0.0")] {
        assert!(said.contains(&digest), "{said}");
    }
}
