//! What is run, as data: of where extensions come from, and of what their starts need.

use std::{fs, rc::Rc};

use crate::support::{
    git::Repository,
    server::{
        archives::gzip,
        port::{Answer, Port},
    },
    zed::ZedRegistry,
};

use super::{
    place::Place,
    scenario::{BASE, LOCKFILE, NEW, Scenario},
};

/// The archives of a registry without digests that were seen.
pub const SEEN: &str = "store/seen-archives.json";

/// What `tool` downloads, and where a bundle's is kept.
const TOOL: &str = "a tool\n";
const TOOL_KEPT: &str =
    "store/files/sha256-99e29f83703d695b9d2e446c6992c279ddb30a42bdd32a51f7b3e7c294d9198c";

const WITH_TOOL: &[(&str, &str)] = &[("echo", "1.0.0"), ("paper", "1.0.0"), ("tool", "1.0.0")];

/// Needs what the lockfile has of the tool.
const CALL_TOOL_LOCKED: &[&str] = &[
    "call",
    "tool",
    "language-server-command",
    "{tool}",
    "--locked",
    "--json",
];

/// Needs the file that was in the bundle.
const CALL_TOOL: &[&str] = &[
    "call",
    "tool",
    "language-server-command",
    "{tool}",
    "--offline",
    "--json",
];

pub const ALL: &[Scenario] = &[
    Scenario {
        name: "zed-install-first",
        arguments: &["install", "echo@=1.0.0", "paper@=1.0.0"],
        prepare: |place| {
            switch_to_zed(place);
            super::place::remove(&place.path("store"));
        },
        before: &[],
        replaced: &[SEEN],
        ..BASE
    },
    Scenario {
        name: "zed-install",
        arguments: &["install", "other"],
        prepare: install_from_zed,
        after: &[("echo", "1.0.0"), ("other", "1.0.0"), ("paper", "1.0.0")],
        replaced: &[SEEN],
        ..BASE
    },
    Scenario {
        name: "zed-update",
        arguments: &["update", "--accept-capabilities"],
        prepare: install_from_zed,
        after: NEW,
        replaced: &[SEEN],
        ..BASE
    },
    Scenario {
        name: "import-again",
        arguments: &["import", "zed", "--from", "../zed", "--yes"],
        prepare: |place| {
            place.in_zed("dawn", "1.0.0");
            place.in_zed("dusk", "1.0.0");
            place.ok(["import", "zed", "--from", "../zed", "--yes"]);
            place.ok(["lock"]);
            place.in_zed("dusk", "1.1.0");
            place.in_zed("noon", "1.0.0");
        },
        before: &[
            ("dawn", "1.0.0"),
            ("dusk", "1.0.0"),
            ("echo", "1.0.0"),
            ("paper", "1.0.0"),
        ],
        after: &[
            ("dawn", "1.0.0"),
            ("dusk", "1.1.0"),
            ("echo", "1.0.0"),
            ("noon", "1.0.0"),
            ("paper", "1.0.0"),
        ],
        replaced: &[IN_ZED, LOCKFILE],
        ..BASE
    },
    Scenario {
        name: "git-install",
        arguments: &["install", "{git}"],
        prepare: |place| drop(repository(place)),
        after: &[("echo", "1.0.0"), ("paper", "1.0.0"), ("shades", "1.0.0")],
        ..BASE
    },
    Scenario {
        name: "git-update",
        arguments: &["update", "shades"],
        prepare: |place| {
            let repository = repository(place);
            place.ok(["install", "{git}#v1.0.0"]);
            repository.release("1.1.0");
        },
        before: &[("echo", "1.0.0"), ("paper", "1.0.0"), ("shades", "1.0.0")],
        after: &[("echo", "1.0.0"), ("paper", "1.0.0"), ("shades", "1.1.0")],
        ..BASE
    },
    Scenario {
        name: "fetch",
        arguments: &["fetch", "tool"],
        // It is written twice: as it comes, and unpacked.
        prepare: |place| {
            install_tool_as(place, "gzip", gzip(TOOL.as_bytes()));
            place.ok(["lock"]);
        },
        before: WITH_TOOL,
        after: WITH_TOOL,
        replaced: &[LOCKFILE],
        has_report: true,
        then: &[CALL_TOOL_LOCKED],
        ..BASE
    },
    Scenario {
        name: "bundle",
        arguments: &["bundle", "-o", "bundle.tar"],
        prepare: |place| {
            place.ok(["bundle", "-o", "bundle.tar"]);
            install_tool(place);
            place.ok(["fetch", "tool"]);
        },
        before: WITH_TOOL,
        after: WITH_TOOL,
        replaced: &["here/bundle.tar"],
        then: &[&["sync", "--from", "bundle.tar", "--yes"], CALL_TOOL],
        ..BASE
    },
    Scenario {
        name: "sync-from-tool",
        arguments: &["sync", "--from", "../bundle.tar", "--yes"],
        // What the bundle has of `tool` is nowhere else.
        prepare: |place| {
            install_tool(place);
            place.ok(["fetch", "tool"]);
            place.ok(["bundle", "-o", "../bundle.tar"]);
            super::place::remove(&place.path("store"));
            place.services.clear();
            place.ok(["install", "echo", "paper"]);
        },
        before: NEW,
        after: WITH_TOOL,
        replaced: &[TOOL_KEPT],
        then: &[CALL_TOOL],
        ..BASE
    },
];

/// A file that Zed has, which stays as it is.
const IN_ZED: &str = "zed/installed/dusk/extension.toml";

/// Has a registry of Zed's interface be asked from now on.
fn switch_to_zed(place: &mut Place) -> Rc<ZedRegistry> {
    let registry = Rc::new(ZedRegistry::start([
        place.for_zed("echo", "1.0.0", true),
        place.for_zed("other", "1.0.0", true),
        place.for_zed("paper", "1.0.0", false),
    ]));
    place.registry = format!("zed+{}", registry.address());
    // A user who has agreed to use it.
    let location = &place.registry;
    configure(place, &format!("[[registry]]\nlocation = \"{location}\"\n"));
    place.services.push(registry.clone());
    registry
}

/// Has what is installed be from a registry of Zed's interface, which has newer versions.
fn install_from_zed(place: &mut Place) {
    super::place::remove(&place.path("store"));
    let registry = switch_to_zed(place);
    place.ok(["install", "echo", "paper"]);
    registry.publish(place.for_zed("echo", "2.0.0", true));
    registry.publish(place.for_zed("paper", "2.0.0", false));
}

/// A repository with version 1.0.0 of `shades`, which arguments name as `{git}`.
fn repository(place: &mut Place) -> Rc<Repository> {
    let repository = Rc::new(Repository::themes("1.0.0"));
    place.words.push(("{git}", repository.url()));
    place.services.push(repository.clone());
    repository
}

/// Installs `tool`, whose server arguments name as `{tool}`: it has not downloaded its file yet.
fn install_tool(place: &mut Place) {
    install_tool_as(place, "uncompressed", TOOL.into());
}

fn install_tool_as(place: &mut Place, kind: &str, content: Vec<u8>) {
    let web = Port::open(move |_| Answer::new(200, "application/octet-stream", content.clone()));
    let server = format!("download:{} {kind} download", web.url("/tool"));
    configure(place, "[http]\nprivate = [\"127.0.0.0/8\"]\n");
    place.publish_tool(&server);
    place.ok(["install", "tool"]);
    place.words.push(("{tool}", server));
    place.services.push(Rc::new(web));
}

/// Writes the user's configuration.
fn configure(place: &Place, text: &str) {
    let configuration = place.path("home/.config/annexe/config.toml");
    fs::create_dir_all(configuration.parent().unwrap()).unwrap();
    fs::write(configuration, text).unwrap();
}
