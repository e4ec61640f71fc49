//! What is run, as data: of the extensions themselves. To add one: write it into [`ALL`].

use std::{fs, path::Path};

use serde_json::Value;

use super::place::{Cache, PUBLISHED, Place};

type Installed = &'static [(&'static str, &'static str)];

/// A command line, what it is run on, and what it comes to.
pub struct Scenario {
    pub name: &'static str,
    pub arguments: &'static [&'static str],
    /// What is done before, in a place where [`OLD`] is installed from a registry with newer versions.
    pub prepare: fn(&mut Place),
    pub cache: Cache,
    /// What is installed before and after, sorted.
    pub before: Installed,
    pub after: Installed,
    /// `verify` finds nothing before. What is damaged is found until the command has succeeded.
    pub is_whole_before: bool,
    /// The files that hold the old or the new text as a whole, wherever the command stops.
    pub replaced: &'static [&'static str],
    /// What can be installed from the registry afterwards, and could not be before.
    pub publishes: &'static [&'static str],
    /// What comes of the command where it had done its work before it was stopped.
    pub again: Again,
    /// It says on standard output what failed, in a table that is its result.
    pub has_report: bool,
    /// What succeeds once the command has.
    pub then: &'static [&'static [&'static str]],
}

/// What a command that is run again comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Again {
    /// It is content.
    Content,
    /// It refuses, in these words.
    Refuses(&'static str),
    /// It would do more of the same, so it is not run again.
    DoesMore,
}

/// What is installed before most scenarios: one with a component, one without.
const OLD: Installed = &[("echo", "1.0.0"), ("paper", "1.0.0")];
pub const NEW: Installed = &[("echo", "2.0.0"), ("paper", "2.0.0")];

pub const BASE: Scenario = Scenario {
    name: "",
    arguments: &[],
    prepare: |_| {},
    cache: Cache::Warm,
    before: OLD,
    after: OLD,
    is_whole_before: true,
    replaced: &[],
    publishes: &[],
    again: Again::Content,
    has_report: false,
    then: &[],
};

pub const LOCKFILE: &str = "here/annexe.lock";
const CONFIG: &str = "registry/config.json";
const CATALOGUE: &str = "registry/catalogue.jsonl";

pub const ALL: &[Scenario] = &[
    Scenario {
        name: "install-new",
        arguments: &["install", "other"],
        after: &[("echo", "1.0.0"), ("other", "1.0.0"), ("paper", "1.0.0")],
        ..BASE
    },
    Scenario {
        name: "install-first",
        arguments: &["install", "echo"],
        prepare: |place| super::place::remove(&place.path("store")),
        before: &[],
        after: &[("echo", "2.0.0")],
        ..BASE
    },
    Scenario {
        name: "install-over",
        arguments: &["install", "echo", "--accept-capabilities"],
        after: &[("echo", "2.0.0"), ("paper", "1.0.0")],
        ..BASE
    },
    Scenario {
        name: "install-two",
        arguments: &["install", "echo", "paper", "--accept-capabilities"],
        after: NEW,
        ..BASE
    },
    Scenario {
        name: "install-cold-cache",
        arguments: &["install", "echo", "--accept-capabilities"],
        cache: Cache::Cold,
        after: &[("echo", "2.0.0"), ("paper", "1.0.0")],
        ..BASE
    },
    Scenario {
        name: "install-repair",
        arguments: &["install", "echo@=1.0.0"],
        prepare: damage,
        is_whole_before: false,
        ..BASE
    },
    Scenario {
        name: "install-with-lockfile",
        arguments: &["install", "echo@=2.0.0", "--accept-capabilities"],
        prepare: |place| drop(place.ok(["lock"])),
        after: &[("echo", "2.0.0"), ("paper", "1.0.0")],
        replaced: &[LOCKFILE],
        ..BASE
    },
    Scenario {
        name: "import",
        arguments: &["import", "zed", "--yes", "--from", "../zed"],
        prepare: zed,
        after: &[("dusk", "1.0.0"), ("echo", "1.0.0"), ("paper", "1.0.0")],
        ..BASE
    },
    Scenario {
        name: "remove",
        arguments: &["remove", "echo"],
        prepare: work,
        after: &[("paper", "1.0.0")],
        again: Again::Refuses("`echo` is not installed"),
        ..BASE
    },
    Scenario {
        name: "remove-work",
        arguments: &["remove", "echo", "--work"],
        prepare: work,
        after: &[("paper", "1.0.0")],
        again: Again::Refuses("`echo` is not installed"),
        ..BASE
    },
    Scenario {
        name: "update",
        arguments: &["update", "--accept-capabilities"],
        after: NEW,
        ..BASE
    },
    Scenario {
        name: "rollback",
        arguments: &["rollback"],
        prepare: |place| drop(place.ok(["update", "echo", "--accept-capabilities"])),
        before: &[("echo", "2.0.0"), ("paper", "1.0.0")],
        again: Again::DoesMore,
        ..BASE
    },
    Scenario {
        name: "gc",
        arguments: &["gc", "--keep", "1"],
        prepare: |place| drop(place.ok(["update", "--accept-capabilities"])),
        before: NEW,
        after: NEW,
        ..BASE
    },
    Scenario {
        name: "sync",
        arguments: &["sync"],
        // What the lockfile has of `other` is nowhere on the disk.
        prepare: |place| {
            place.ok(["install", "other"]);
            place.ok(["lock"]);
            super::place::remove(&place.path("store"));
            place.ok(["install", "echo", "paper"]);
        },
        before: NEW,
        after: &[("echo", "1.0.0"), ("other", "1.0.0"), ("paper", "1.0.0")],
        replaced: &[LOCKFILE],
        ..BASE
    },
    Scenario {
        name: "sync-from",
        arguments: &["sync", "--from", "../bundle.tar", "--yes"],
        // What the bundle has of `other` is nowhere else.
        prepare: |place| {
            place.ok(["install", "other"]);
            place.ok(["bundle", "-o", "../bundle.tar"]);
            super::place::remove(&place.path("store"));
            place.ok(["install", "echo", "paper"]);
        },
        before: NEW,
        after: &[("echo", "1.0.0"), ("other", "1.0.0"), ("paper", "1.0.0")],
        ..BASE
    },
    Scenario {
        name: "lock",
        arguments: &["lock"],
        prepare: |place| {
            place.ok(["lock"]);
            place.ok([
                "update",
                "echo",
                "--accept-capabilities",
                "--lockfile",
                "../other.lock",
            ]);
        },
        before: &[("echo", "2.0.0"), ("paper", "1.0.0")],
        after: &[("echo", "2.0.0"), ("paper", "1.0.0")],
        replaced: &[LOCKFILE],
        ..BASE
    },
    Scenario {
        name: "pin",
        arguments: &["pin", "echo"],
        ..BASE
    },
    Scenario {
        name: "disable",
        // One that is not called afterwards: it would not be started.
        arguments: &["disable", "paper"],
        ..BASE
    },
    Scenario {
        name: "dev",
        arguments: &["dev", "../sources", "--once"],
        prepare: |place| place.sources("3.0.0"),
        after: &[("echo", "3.0.0"), ("paper", "1.0.0")],
        ..BASE
    },
    Scenario {
        name: "dev-again",
        arguments: &["dev", "../sources", "--once"],
        prepare: |place| {
            place.sources("3.0.0");
            place.ok(["dev", "../sources", "--once"]);
            place.sources("3.1.0");
        },
        before: &[("echo", "3.0.0"), ("paper", "1.0.0")],
        after: &[("echo", "3.1.0"), ("paper", "1.0.0")],
        ..BASE
    },
    Scenario {
        name: "dev-stop",
        arguments: &["dev", "--stop", "echo"],
        prepare: |place| {
            place.sources("3.0.0");
            place.ok(["dev", "../sources", "--once"]);
        },
        before: &[("echo", "3.0.0"), ("paper", "1.0.0")],
        again: Again::Refuses("`echo` is not a dev extension"),
        ..BASE
    },
    Scenario {
        name: "registry-add",
        arguments: &[
            "registry",
            "add",
            "../registry",
            "echo-3.0.0.tar.gz",
            "--published",
            PUBLISHED,
        ],
        prepare: |place| place.pack("echo", "3.0.0", true),
        replaced: &[CONFIG, CATALOGUE, "registry/index/ec/ho/echo"],
        publishes: &["echo@=3.0.0"],
        ..BASE
    },
    Scenario {
        name: "registry-add-several",
        arguments: &[
            "registry",
            "add",
            "../registry",
            "fresh-1.0.0.tar.gz",
            "paper-3.0.0.tar.gz",
            "--published",
            PUBLISHED,
        ],
        prepare: |place| {
            place.pack("fresh", "1.0.0", false);
            place.pack("paper", "3.0.0", false);
        },
        replaced: &[
            CONFIG,
            "registry/index/fr/es/fresh",
            "registry/index/pa/pe/paper",
        ],
        publishes: &["fresh@=1.0.0", "paper@=3.0.0"],
        ..BASE
    },
    Scenario {
        name: "registry-init",
        arguments: &["registry", "init", "../another/one", "--name", "another"],
        replaced: &["another/one/config.json", "another/one/catalogue.jsonl"],
        ..BASE
    },
];

impl Scenario {
    /// Prepares the place that each of its runs begins with.
    pub fn prepare(&self, place: &mut Place) {
        place.ok(["registry", "init", "../registry", "--name", "test"]);
        for version in ["1.0.0", "2.0.0"] {
            place.publish("echo", version, true);
            place.publish("paper", version, false);
        }
        place.publish("other", "1.0.0", true);
        place.ok(["install", "echo@=1.0.0", "paper@=1.0.0"]);
        (self.prepare)(place);
        if self.cache == Cache::Cold {
            super::place::remove(&place.path("cache"));
        }
        place.keep();
    }
}

/// Has another editor's folder hold an extension.
fn zed(place: &mut Place) {
    let folder = place.path("zed/extensions/installed/dusk");
    fs::create_dir_all(folder.join("themes")).unwrap();
    let manifest = "id = \"dusk\"\nname = \"Dusk\"\nversion = \"1.0.0\"\nschema_version = 1\n\
                    authors = [\"A <a@example.com>\"]\n";
    fs::write(folder.join("extension.toml"), manifest).unwrap();
    let theme = "{\"name\": \"One\", \"author\": \"A\", \"themes\": []}";
    fs::write(folder.join("themes/one.json"), theme).unwrap();
}

/// Lets the extension write into its working directory.
fn work(place: &mut Place) {
    let info: Value = serde_json::from_str(&place.ok(["info", "echo", "--json"])).unwrap();
    let work_dir = Path::new(info["installed"]["work_dir"].as_str().unwrap());
    let folder = work_dir.join("downloaded");
    fs::create_dir_all(&folder).unwrap();
    for name in ["one", "two"] {
        fs::write(folder.join(name), name).unwrap();
    }
}

/// Changes a file of the installed version of `echo`, without a component's running being affected.
fn damage(place: &mut Place) {
    let trees = fs::read_dir(place.path("store/trees")).unwrap();
    let files = trees.map(|tree| tree.unwrap().path().join("README.md"));
    for file in files.filter(|file| fs::read(file).unwrap().starts_with(b"echo")) {
        fs::remove_file(&file).unwrap();
    }
}
