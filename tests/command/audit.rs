//! What is kept of what extensions ask for, whatever they do to the process that keeps it.
#![cfg(target_os = "linux")]

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path};

use crate::support::place::{Place, Ran, text, wasm};

/// Takes the descriptors of the process away that has started this.
const TAKES_AWAY: &str = "#!/bin/sh\nexec /usr/bin/prlimit --pid $PPID --nofile=3:3\n";

#[test]
fn a_program_that_leaves_its_host_no_descriptor_leaves_its_line() {
    if !Path::new("/usr/bin/prlimit").exists() {
        crate::support::skip("prlimit", "there is no `/usr/bin/prlimit`");
        return;
    }
    let place = Place::asking(["process:gem install x"]);
    let folder = place.extension("one", "1.0.0");
    fs::copy(wasm("0.7.0"), folder.join("extension.wasm")).unwrap();
    let registry = place.registry(&[]);
    place.publish(&registry, "one", "1.0.0");
    place.ok(["install", "one", "--registry", &registry, "--quiet"]);
    let programs = place.path("programs");
    fs::create_dir(&programs).unwrap();
    let gem = programs.join("gem");
    fs::write(&gem, TAKES_AWAY).unwrap();
    fs::set_permissions(&gem, fs::Permissions::from_mode(0o755)).unwrap();

    let mut command = place.command();
    let verb = "process:gem install x";
    command
        .args(["call", "one", "language-server-command", verb])
        .env("PATH", format!("{}:/usr/bin:/bin", text(&programs)));
    let ran = Ran::of(command);
    let audit = place.ok(["audit", "one"]);
    // The program that ran, and the one that the answer would have started.
    assert_eq!(audit.matches("allowed").count(), 2, "{ran:?}\n{audit}");
    assert!(audit.contains("gem install x"), "{audit}");
}
