//! The real server from the real registry, as this machine's npm is set up to reach it.

use std::process::Command;

use crate::{language_server::initialize, yaml};

/// Whether npm reaches its registry and finds the package there; if not, the test is skipped.
pub fn is_reached() -> bool {
    let asked = Command::new("npm")
        .args([
            "view",
            "yaml-language-server",
            "version",
            "--fetch-retries=0",
        ])
        .output();
    let is_reached = asked.is_ok_and(|output| output.status.success() && !output.stdout.is_empty());
    if !is_reached {
        crate::support::skip(
            "network",
            "npm reaches no registry that has yaml-language-server",
        );
    }
    is_reached
}

#[test]
#[ignore = "it asks npm's registry over the network"]
fn the_real_server_answers() {
    let Some(mut machine) = yaml::machine() else {
        return;
    };
    if !is_reached() {
        return;
    }
    // npm's configuration is that of whoever runs the tests.
    if let Some(home) = std::env::var_os("HOME") {
        machine.place.environment.push(("HOME".into(), home));
    }
    let (answer, _) = machine.ask(&["--deadline", "300"]);
    let told = initialize(&answer);
    assert!(
        told["capabilities"]["hoverProvider"].as_bool().unwrap(),
        "{told}"
    );
    // It starts again without a network.
    let (again, _) = machine.ask(&["--offline"]);
    assert_eq!(again["args"], answer["args"]);
    initialize(&again);
}
