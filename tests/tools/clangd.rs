//! A server that comes from the archive of a release.

use serde_json::json;

use crate::{
    language_server::initialize,
    machine::PASSED,
    releases::{LIST, Releases, archive_of},
};

/// What is said where all goes well and nothing is new.
const CHECKING: &str = "clangd: looking for a newer version\n";

/// Asks for the server, which must be one of a version and answer; gives what was said on stderr.
fn starts(releases: &Releases, options: &[&str], version: &str) -> String {
    let (answer, said) = releases.machine.ask(options);
    let program = format!("clangd_{version}/bin/clangd");
    let program = releases.machine.work_dir().join(program);
    assert_eq!(answer["command"], json!(program), "{said}");
    let told = initialize(&answer);
    assert_eq!(
        told["serverInfo"],
        json!({"name": "clangd", "version": version})
    );
    said
}

/// That what was said is that an older answer was given, and why.
fn is_the_last_answer(said: &str, why: &str) {
    let what = "the latest release of `clangd/clangd` is what was answered the last time";
    assert!(said.contains(what) && said.contains(why), "{said}");
}

#[test]
fn it_starts_cold_and_then_whatever_becomes_of_the_network() {
    let Some(releases) = Releases::new() else {
        return;
    };
    starts(&releases, &[], "1.0.0");
    let requests = releases.requests();
    assert_eq!(requests.len(), 2, "{requests:?}");
    assert!(requests[0].starts_with(LIST), "{requests:?}");
    assert_eq!(requests[1], archive_of("1.0.0"));

    // Within the lifetime of an answer nobody is asked.
    assert_eq!(starts(&releases, &[], "1.0.0"), CHECKING);
    assert!(releases.requests().is_empty());

    // After it the server is asked whether anything has changed.
    releases.keep_answers_for(PASSED);
    assert_eq!(starts(&releases, &[], "1.0.0"), CHECKING);
    assert_eq!(releases.server.web.unchanged().len(), 1);
    assert_eq!(releases.requests().len(), 1);

    let said = starts(&releases, &["--offline"], "1.0.0");
    is_the_last_answer(&said, "offline");
    assert!(releases.requests().is_empty());

    releases.limit();
    is_the_last_answer(&starts(&releases, &[], "1.0.0"), "GITHUB_TOKEN");
    assert_eq!(releases.requests().len(), 1);

    releases.server.stop();
    is_the_last_answer(&starts(&releases, &[], "1.0.0"), "cannot be reached");
}

#[test]
fn a_new_release_takes_the_place_of_the_one_before() {
    let Some(releases) = Releases::new() else {
        return;
    };
    releases.keep_answers_for(PASSED);
    starts(&releases, &[], "1.0.0");
    releases.release("1.1.0");
    starts(&releases, &[], "1.1.0");
    assert!(!releases.machine.work_dir().join("clangd_1.0.0").exists());
}

#[test]
fn what_was_never_fetched_is_an_error_with_a_way_out() {
    let Some(releases) = Releases::new() else {
        return;
    };
    let said = releases.machine.refused(&["--offline"]);
    assert!(said.contains("offline") && said.contains("once"), "{said}");
    assert!(releases.requests().is_empty());
    releases.limit();
    let said = releases.machine.refused(&[]);
    assert!(said.contains("GITHUB_TOKEN"), "{said}");
    releases.server.stop();
    let said = releases.machine.refused(&[]);
    assert!(said.contains("check the network"), "{said}");
    releases.server.listen_again();
    releases.server.web.come_back();
    starts(&releases, &[], "1.0.0");
}
