//! What can go wrong with npm: each is an error of one line that gives the way out.

use std::{path::PathBuf, time::Duration};

use annexe::NodeOptions;

use super::{Difference, Package, Place, Setup, ask, start, words};
use crate::process::group::wait_for_the_end;

#[tokio::test]
async fn what_no_registry_has_is_an_error_of_one_line() {
    let Some(mut setup) = Setup::new(["one", "two"].map(|name| Package::new(name, "1.0.0"))).await
    else {
        return;
    };
    let mut failing = vec![
        ("npm-latest:missing", "check the name"),
        ("npm-latest:@scope/missing", "check the name"),
        ("npm-install:missing@1.0.0", "check the name"),
        ("npm-install:one@9.9.9", "no such version"),
        ("npm-install:one@no-such-tag", "no such version"),
    ];
    check(&setup, &failing).await;
    // Where npm has an older answer, it gives that.
    failing = vec![("npm-latest:two", ""), ("npm-install:two@1.0.0", "")];
    for (status, hint) in [
        (401, "npm login"),
        (403, "npm login"),
        (500, "try again later"),
    ] {
        setup.registry.fail_with(status);
        failing.iter_mut().for_each(|failing| failing.1 = hint);
        check(&setup, &failing).await;
    }
    setup.registry.stop();
    failing
        .iter_mut()
        .for_each(|failing| failing.1 = "check the network");
    check(&setup, &failing).await;
    assert!(!setup.has("node_modules") && !setup.has("package.json"));
}

async fn check(setup: &Setup, failing: &[(&str, &str)]) {
    for (verb, hint) in failing {
        let message = words(setup.ask(verb).await);
        assert!(message.contains(hint), "{verb}: {message}");
        assert!(message.len() < 500 && !message.contains('\n'), "{message}");
    }
}

#[tokio::test]
async fn what_is_no_name_or_no_version_never_reaches_npm() {
    let Some(setup) = Setup::new([Package::new("one", "1.0.0")]).await else {
        return;
    };
    let names = [
        "../one",
        "/etc/passwd",
        "./one",
        "~/one",
        "one/two",
        "file:one",
        "https://127.0.0.1:9/one.tgz",
        "git+ssh://127.0.0.1/one",
        "github:one/two",
        "one.tgz",
        "@scope/../one",
        "-g",
        "--global",
        "a b",
    ];
    for name in names {
        for verb in ["npm-latest", "npm-installed"] {
            let message = words(setup.ask(&format!("{verb}:{name}")).await);
            assert!(
                message.contains("not the name of an npm package"),
                "{verb} {name}: {message}"
            );
        }
        let message = words(setup.ask(&format!("npm-install:{name}@1.0.0")).await);
        assert!(
            message.contains("not the name of an npm package"),
            "{name}: {message}"
        );
    }
    let versions = [
        "",
        " ",
        "../one",
        "/etc",
        ".",
        "npm:two",
        "file:one",
        "http://127.0.0.1:9/one.tgz",
        "one.tgz",
        "--global",
        "-g",
        "1.0.0 --global",
        ">=1 <2",
    ];
    for version in versions {
        let message = words(setup.ask(&format!("npm-install:one@{version}")).await);
        assert!(
            message.contains("not a version of an npm package"),
            "{version}: {message}"
        );
    }
    assert!(setup.registry.requests().is_empty());
    let count = (3 * names.len() + versions.len() + 1).to_string();
    assert_eq!(setup.ask("count").await.unwrap(), [count]);
}

#[tokio::test]
async fn without_node_or_npm_the_error_says_how_to_get_it() {
    let with = |change: fn(&mut NodeOptions)| {
        let mut options = NodeOptions::default();
        change(&mut options);
        options
    };
    for (options, told, hint) in [
        (with(|_| {}), "Node.js was not found", "https://nodejs.org"),
        (
            with(|options| options.search_path = Some("/no/such/folder".into())),
            "Node.js was not found",
            "`PATH`",
        ),
        (
            with(|options| options.node = Some(PathBuf::from("/no/such/node"))),
            "`/no/such/node`",
            "correct the path",
        ),
        (
            with(|options| options.node = Some(PathBuf::from("/etc"))),
            "`/etc`",
            "correct the path",
        ),
    ] {
        let place = Place::new();
        let extension = start(&place, &options, Difference::default()).await;
        for verb in ["node", "npm-latest:one", "npm-install:one@1.0.0"] {
            let message = words(ask(&extension, &place, verb).await);
            assert!(
                message.contains(told) && message.contains(hint),
                "{verb}: {message}"
            );
        }
    }
    let place = Place::new();
    let alone = place.worktree_dir().join("node");
    std::fs::copy("/bin/sh", &alone).unwrap();
    let mut options = NodeOptions::default();
    options.node = Some(alone.clone());
    let extension = start(&place, &options, Difference::default()).await;
    let answer = ask(&extension, &place, "node").await.unwrap();
    assert_eq!(answer, [alone.to_str().unwrap()]);
    let message = words(ask(&extension, &place, "npm-latest:one").await);
    assert!(message.contains("npm was not found"), "{message}");
}

#[tokio::test]
async fn an_installation_that_hangs_is_ended_with_its_scripts() {
    let script = "echo $$ > $HOME/script; sleep 1000 & echo $! > $HOME/child; wait";
    let hanging =
        Package::new("one", "1.0.0").with("scripts", serde_json::json!({"postinstall": script}));
    let difference = Difference {
        change: Some(|options| options.processes.time = Duration::from_secs(15)),
        ..Difference::default()
    };
    let Some(setup) = Setup::with([hanging], difference).await else {
        return;
    };
    let message = words(setup.ask("npm-install:one@1.0.0").await);
    assert!(
        message.contains("it was ended after 15 seconds"),
        "{message}"
    );
    for name in ["script", "child"] {
        let npm = setup.place.work_dir().with_file_name("npm");
        let id = std::fs::read_to_string(npm.join(name)).unwrap();
        wait_for_the_end(id.trim(), name).await;
    }
    assert_eq!(setup.installed("one").await, "none");
    // The next one finds the folder free.
    setup.registry.publish(Package::new("one", "1.1.0"));
    setup.install("one@1.1.0").await;
}
