//! What the host knows of a failure and the guest keeps to itself: each on every version of the API.

use std::error::Error as _;

use annexe::{
    CallError, ErrorKind, Extension, Hint as _, Host, HostFailure,
    capability::Profile,
    sandbox::{Sandbox, Sockets},
};

use crate::guest::{self, Place, VERSIONS, found, has, words};

/// What a guest says that tells nothing of the reason.
const OWN_WORDS: &str = "failed to download latest github release";

/// A verb that something fails with, the version that brought it, the operation, what the host knows, and of which
/// kind that is.
struct Failing {
    verb: &'static str,
    since: &'static str,
    operation: &'static str,
    knows: &'static str,
    kind: ErrorKind,
}

const fn failing(
    verb: &'static str,
    since: &'static str,
    operation: &'static str,
    knows: &'static str,
    kind: ErrorKind,
) -> Failing {
    Failing {
        verb,
        since,
        operation,
        knows,
        kind,
    }
}

use ErrorKind::{Invalid, NotFound, Other, Refused};

/// Nothing is granted but what is asked of the worktree and of the work directory.
const FAILING: [Failing; 10] = [
    failing(
        "read:not/there",
        "0.0.1",
        "worktree.read-text-file",
        "not/there",
        Other,
    ),
    failing(
        "download:http://127.0.0.1:9/a/b",
        "0.0.1",
        "download-file",
        "to download `127.0.0.1/a/b` is not granted",
        Refused,
    ),
    failing(
        "npm-install:none-such@1.0.0",
        "0.0.1",
        "npm-install-package",
        "to install the package `none-such` from npm is not granted",
        Refused,
    ),
    failing(
        "github:owner/name",
        "0.0.1",
        "latest-github-release",
        "to send requests to `127.0.0.1` is not granted",
        Refused,
    ),
    failing(
        "github:no-slash",
        "0.0.1",
        "latest-github-release",
        "`no-slash`",
        Invalid,
    ),
    failing(
        "executable:not-there",
        "0.0.5",
        "make-file-executable",
        "not-there",
        NotFound,
    ),
    failing(
        "github-tag:owner/name v1",
        "0.1.0",
        "github-release-by-tag-name",
        "to send requests to `127.0.0.1` is not granted",
        Refused,
    ),
    failing(
        "http:http://127.0.0.1:9/x",
        "0.1.0",
        "fetch",
        "to send requests to `127.0.0.1` is not granted",
        Refused,
    ),
    failing(
        "http-stream:http://127.0.0.1:9/",
        "0.1.0",
        "fetch-stream",
        "to send requests to `127.0.0.1` is not granted",
        Refused,
    ),
    failing(
        "process:/no/such/program x",
        "0.3.0",
        "run-command",
        "`/no/such/program x`",
        Refused,
    ),
];

fn strict_host() -> Host {
    let mut services = annexe::ServiceOptions::default();
    services.github.api = Some("http://127.0.0.1:9/".parse().unwrap());
    guest::builder()
        .policy(Profile::Strict.into())
        .services(services)
        .build()
        .unwrap()
}

async fn error(extension: &Extension, place: &Place, verb: &str) -> CallError {
    found(extension, place, verb).await.unwrap_err()
}

/// The failure that an error names as its source.
#[track_caller]
fn source(error: &CallError) -> HostFailure {
    let source = error
        .source()
        .and_then(|it| it.downcast_ref::<HostFailure>());
    source.unwrap_or_else(|| panic!("{error:?}")).clone()
}

#[tokio::test]
async fn what_a_guest_keeps_to_itself_is_the_source_of_its_error() {
    let host = strict_host();
    for version in VERSIONS {
        let place = Place::new();
        let extension = guest::start(&host, version, &place).await;
        for case in FAILING.iter().filter(|case| has(version, case.since)) {
            let Failing { verb, .. } = case;
            let swallowed = error(&extension, &place, &format!("swallow:{verb}")).await;
            let expected = format!("the extension answered with an error: {OWN_WORDS}");
            assert_eq!(swallowed.to_string(), expected, "{version} {verb}");
            let failure = source(&swallowed);
            assert_eq!(failure.operation(), case.operation, "{version} {verb}");
            assert!(
                failure.message().contains(case.knows),
                "{version}: {failure:?}"
            );
            assert_eq!(failure.kind(), case.kind, "{version}: {failure:?}");
            assert_eq!(swallowed.host_failure(), Some(&failure));
            if case.kind == Refused {
                let hint = annexe::Error::from(swallowed).hint();
                let hint = hint.unwrap_or_else(|| panic!("{version} {verb}"));
                assert!(
                    hint.contains("grant `") || hint.contains("author can add"),
                    "{version}: {hint}"
                );
            }
        }
    }
}

#[tokio::test]
async fn what_a_guest_passes_on_is_not_said_twice() {
    let host = strict_host();
    for version in VERSIONS {
        let place = Place::new();
        let extension = guest::start(&host, version, &place).await;
        for case in FAILING.iter().filter(|case| has(version, case.since)) {
            for verb in [case.verb.to_owned(), format!("wrap:{}", case.verb)] {
                let passed_on = error(&extension, &place, &verb).await;
                assert!(passed_on.source().is_none(), "{version}: {passed_on:?}");
                // It is known all the same.
                let failure = passed_on.host_failure();
                let failure = failure.unwrap_or_else(|| panic!("{version} {verb}"));
                assert_eq!(failure.operation(), case.operation, "{version} {verb}");
                assert_eq!(failure.kind(), case.kind, "{version} {verb}");
                // So is its way out.
                let hint = annexe::Error::from(failure.clone()).hint();
                let told = annexe::Error::from(passed_on.clone()).hint();
                assert_eq!(told, hint, "{version} {verb}");
            }
        }
    }
}

#[tokio::test]
async fn a_guest_that_stops_over_a_failure_is_told_of_with_it() {
    let mut supervision = annexe::Supervision::default();
    supervision.faults = u32::MAX;
    let host = guest::builder().supervision(supervision).build().unwrap();
    for version in VERSIONS {
        let place = Place::new();
        let extension = guest::start(&host, version, &place).await;
        let stopped = error(&extension, &place, "unwrap:read:not/there").await;
        assert!(matches!(stopped, CallError::Trap { .. }), "{stopped:?}");
        assert_eq!(source(&stopped).operation(), "worktree.read-text-file");
        // One that stops by itself has no such source.
        let server = annexe::types::ServerId::new("trap", "Rust");
        let command = extension.language_server_command(server, place.worktree());
        let stopped = command.await.unwrap_err();
        assert!(stopped.source().is_none(), "{version}: {stopped:?}");
    }
}

#[tokio::test]
async fn the_last_failure_counts_and_none_outlives_its_call() {
    let host = guest::host();
    for version in VERSIONS {
        let place = Place::new();
        let extension = guest::start(&host, version, &place).await;
        let several = error(&extension, &place, "swallow:each:20 read:no/").await;
        let failure = source(&several);
        assert!(failure.message().contains("no/19"), "{version}: {failure}");
        // That it succeeded afterwards, or never failed, is no reason.
        let recovered = found(&extension, &place, "recover:read:not/there").await;
        assert_eq!(recovered.unwrap(), [""; 0], "{version}");
        for own in ["forget:platform", "swallow:no-such-verb"] {
            let own = error(&extension, &place, own).await;
            assert!(own.source().is_none(), "{version}: {own:?}");
            assert_eq!(own.host_failure(), None, "{version}");
        }
        let first = "each:9 read:no/";
        let message = words(found(&extension, &place, first).await);
        assert!(message.contains("no/8"), "{version}: {message}");
    }
}

#[tokio::test]
async fn that_the_network_may_not_be_asked_is_known_whatever_the_guest_says() {
    let mut services = annexe::ServiceOptions::default();
    services.offline = true;
    let host = guest::builder().services(services).build().unwrap();
    for version in VERSIONS {
        let place = Place::new();
        let extension = guest::start(&host, version, &place).await;
        for verb in ["swallow:github:owner/name", "github:owner/name"] {
            let offline = error(&extension, &place, verb).await;
            assert!(offline.is_offline(), "{version} {verb}: {offline:?}");
            let failure = offline.host_failure().unwrap();
            assert_eq!(failure.kind(), ErrorKind::Network, "{version}");
        }
        let swallowed = error(&extension, &place, "swallow:github:owner/name").await;
        let hint = annexe::Error::from(swallowed).hint();
        assert_eq!(hint.as_deref(), Some("do it once with a network"));
        // The words alone are no proof.
        for own in ["swallow:read:not/there", "this is offline"] {
            let other = error(&extension, &place, own).await;
            assert!(!other.is_offline(), "{version}: {other:?}");
        }
    }
}

#[tokio::test]
async fn what_the_sandbox_refuses_is_known_too() {
    let mut sandbox = Sandbox::default();
    sandbox.sockets = Sockets::Connect(vec!["127.0.0.1:9".parse().unwrap()]);
    let host = guest::builder().sandbox(sandbox).build().unwrap();
    let place = Place::new();
    let extension = guest::start(&host, "0.7.0", &place).await;
    let refused = error(&extension, &place, "swallow:connect:10").await;
    let failure = source(&refused);
    assert_eq!(failure.operation(), "wasi:sockets");
    assert_eq!(failure.kind(), Refused);
    assert!(failure.message().contains("`127.0.0.1:10`"), "{failure}");
}
