//! Starts that keep to a lockfile, and what is fetched ahead of them.

use serde_json::Value;

use crate::{
    language_server::initialize,
    machine::PASSED,
    releases::{Releases, archive_of},
    support::{place::Ran, server::archives::zip},
    yaml::{Packages, SERVER, package},
};

const NAMED: [&str; 3] = ["--locked", "--lockfile", "annexe.lock"];

impl Packages {
    /// Runs a command that is done, and gives what it printed.
    fn done(&self, arguments: &[&str]) -> String {
        let ran = Ran::of(self.machine.command(arguments));
        assert_eq!(ran.code, 0, "{ran:?}");
        ran.stdout
    }

    fn lockfile(&self) -> String {
        std::fs::read_to_string(self.machine.place.path("annexe.lock")).unwrap()
    }

    fn edit_lockfile(&self, from: &str, to: &str) {
        let text = self.lockfile();
        assert!(text.contains(from), "{text}");
        let path = self.machine.place.path("annexe.lock");
        std::fs::write(path, text.replace(from, to)).unwrap();
    }

    fn forget_work(&self) {
        std::fs::remove_dir_all(self.machine.work_dir()).unwrap();
    }
}

#[test]
fn a_locked_start_has_what_was_locked_while_the_registry_has_a_newer_one() {
    let Some(packages) = Packages::new() else {
        return;
    };
    packages.keep_answers_for(PASSED);
    packages.starts(&[], "1.0.0");
    packages.done(&["lock"]);
    let lockfile: toml::Table = packages.lockfile().parse().unwrap();
    let answer = &lockfile["extension"][0]["answer"][0];
    assert_eq!(
        (answer["from"].as_str(), answer["version"].as_str()),
        (Some("npm"), Some("1.0.0"))
    );
    let package_locked = &lockfile["extension"][0]["package"][0];
    assert!(
        package_locked["integrity"]
            .as_str()
            .unwrap()
            .starts_with("sha512-")
    );

    packages.registry.publish(package("1.1.0"));
    // Wherever it is started for the first time: nothing but the archive is asked for.
    packages.forget_work();
    packages.forget_of_npm();
    packages.requests();
    packages.starts(&NAMED, "1.0.0");
    let archive = format!("archives/{SERVER}/1.0.0.tgz");
    assert_eq!(packages.requests(), [archive]);

    packages.starts(&[], "1.1.0");
    // What is there is another version.
    packages.starts(&NAMED, "1.0.0");
    packages.requests();
    packages.starts(&["--frozen", "--lockfile", "annexe.lock"], "1.0.0");
    // This machine has once been told so by npm.
    packages.starts(&["--locked"], "1.0.0");
    assert!(packages.requests().is_empty());
}

#[test]
fn a_lockfile_that_was_found_chooses_nothing_that_this_machine_has_not_had() {
    let Some(packages) = Packages::new() else {
        return;
    };
    packages.keep_answers_for(PASSED);
    packages.starts(&[], "1.0.0");
    packages.done(&["lock"]);
    packages.registry.publish(package("1.1.0"));
    packages.edit_lockfile("version = \"1.0.0\"", "version = \"1.1.0\"");
    packages.requests();
    let said = packages.machine.refused(&["--locked"]);
    assert!(
        said.contains("was never so on this machine") && said.contains("--lockfile"),
        "{said}"
    );
    // One that was named is used as it is, but its digest is not that of the archive.
    packages.edit_lockfile("/1.0.0.tgz", "/1.1.0.tgz");
    packages.forget_of_npm();
    let said = packages.machine.refused(&NAMED);
    assert!(
        said.contains("EINTEGRITY") || said.contains("integrity"),
        "{said}"
    );
    packages.starts(&[], "1.1.0");
}

#[test]
fn what_is_not_as_it_was_locked_is_refused_and_leaves_what_was_there() {
    let Some(packages) = Packages::new() else {
        return;
    };
    packages.starts(&[], "1.0.0");
    packages.done(&["lock"]);
    packages.forget_work();
    packages.forget_of_npm();
    packages.registry.tamper();
    let said = packages.machine.refused(&NAMED);
    assert!(said.contains("npm"), "{said}");
    assert!(!packages.machine.work_dir().join("node_modules").exists());

    // An extension that is locked otherwise.
    packages.edit_lockfile("version = \"0.1.0\"", "version = \"0.0.9\"");
    packages.edit_lockfile("sha256 = \"", "sha256 = \"0000");
    let said = packages.machine.refused(&["--locked"]);
    assert!(said.contains("lockfile"), "{said}");
}

#[test]
fn a_file_is_the_locked_one_whatever_is_released() {
    let Some(releases) = Releases::new() else {
        return;
    };
    releases.keep_answers_for(PASSED);
    let machine = &releases.machine;
    machine.ask(&[]);
    assert_eq!(Ran::of(machine.command(&["lock"])).code, 0);
    releases.release("2.0.0");
    std::fs::remove_dir_all(machine.work_dir()).unwrap();
    releases.requests();
    let (answer, _) = machine.ask(&NAMED);
    assert_eq!(initialize(&answer)["serverInfo"]["version"], "1.0.0");
    assert_eq!(releases.requests(), [archive_of("1.0.0")]);

    // Other bytes, of the same length or not.
    for content in [
        "#!/bin/sh\n",
        "#!/bin/sh\n# longer than what was there before\n",
    ] {
        let other = [("clangd_1.0.0/bin/clangd", 0o755, content)];
        releases.upload("1.0.0", &zip(&other));
        std::fs::remove_dir_all(machine.work_dir()).unwrap();
        let said = machine.refused(&NAMED);
        assert!(said.contains("not the file that is locked"), "{said}");
    }
    // Now it has fetched the other one: what it has is not what is locked.
    machine.ask(&[]);
    releases.upload(
        "1.0.0",
        &zip(&[("clangd_1.0.0/bin/clangd", 0o755, "#!/bin/sh\n")]),
    );
    std::fs::remove_dir_all(machine.work_dir()).unwrap();
    machine.ask(&[]);
    let said = machine.refused(&NAMED);
    assert!(said.contains("remove `"), "{said}");
}

#[test]
fn what_was_fetched_ahead_starts_without_a_network_and_is_in_the_lockfile() {
    let Some(mut packages) = Packages::new() else {
        return;
    };
    packages.done(&["lock"]);
    assert!(!packages.lockfile().contains("integrity"));
    let fetched: Value = serde_json::from_str(&packages.done(&["fetch", "--json"])).unwrap();
    let server = &fetched[0];
    assert_eq!(
        (&server["state"], &server["kind"], &server["server"]),
        (&"ready".into(), &"language-server".into(), &SERVER.into())
    );
    assert!(packages.lockfile().contains("integrity"));
    packages.registry.stop();
    packages.starts(&["--offline"], "1.0.0");
    let table = packages.done(&["fetch", "--offline", "yaml-server"]);
    assert!(table.contains("ready"), "{table}");
    packages.done(&["fetch", "--locked"]);

    packages.forget_work();
    packages.forget_of_npm();
    let ran = Ran::of(packages.machine.command(&["fetch"]));
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(
        ran.stdout.contains("failed") && ran.stdout.contains("check the network"),
        "{ran:?}"
    );
    let ran = Ran::of(packages.machine.command(&["fetch", "nothing"]));
    assert_eq!((ran.code, ran.stdout.as_str()), (1, ""), "{ran:?}");
}
