//! Versions that are not semantic ones: kept as they were published, and put in order.

use std::fs;

use serde_json::{Value, json};

use crate::support::place::{Place, text};

/// Versions in their order, as authors write them.
const RISING: [&str; 6] = [
    "0.0.1",
    "v0.0.2",
    "1.0",
    "25.12.31",
    "26.04.06",
    "2025.08.0",
];

fn installed(place: &Place) -> Value {
    place.json(["list"])[0]["version"].clone()
}

/// Makes a registry of themes called `dusk`.
fn registry(place: &Place, versions: &[&str]) -> String {
    let registry = place.registry(&[]);
    for version in versions {
        publish(place, &registry, version);
    }
    registry
}

fn publish(place: &Place, registry: &str, version: &str) {
    place.themes("dusk", version);
    place.publish(registry, "dusk", version);
}

#[test]
fn each_is_an_update_of_the_one_before() {
    let place = Place::new();
    let registry = registry(&place, &RISING[..1]);
    let named = ["--registry", &registry];
    place.ok(["install", "dusk"].into_iter().chain(named));
    assert_eq!(installed(&place), RISING[0]);
    for pair in RISING.windows(2) {
        publish(&place, &registry, pair[1]);
        let answer = place.json(["update"].into_iter().chain(named));
        let words = answer.to_string();
        assert!(words.contains(&format!("\"{}\"", pair[0])), "{words}");
        assert_eq!(installed(&place), pair[1]);
    }
    let explained = place.ok(["explain", "dusk"].into_iter().chain(named));
    let places = RISING.map(|version| explained.find(&format!("{version} ")).unwrap());
    assert!(places.is_sorted_by(|one, other| one > other), "{explained}");
    // Each lies where its name says.
    for version in RISING {
        assert!(
            place
                .path(&format!("registry/archives/dusk/{version}"))
                .is_dir()
        );
    }
}

#[test]
fn one_is_pinned_gone_back_to_locked_and_synced_by_its_name() {
    let place = Place::new();
    let registry = registry(&place, &["v0.0.1"]);
    let named = ["--registry", &registry];
    place.ok(["install", "dusk"].into_iter().chain(named));
    publish(&place, &registry, "1.0");
    place.ok(["update"].into_iter().chain(named));
    place.ok(["pin", "dusk"]);
    publish(&place, &registry, "26.04.06");
    place.ok(["update"].into_iter().chain(named));
    assert_eq!(installed(&place), "1.0");

    place.ok(["lock"]);
    let lockfile = fs::read_to_string(place.path("annexe.lock")).unwrap();
    assert!(lockfile.contains("version = \"1.0\"\n"), "{lockfile}");
    let there = Place::new();
    fs::write(there.path("annexe.lock"), &lockfile).unwrap();
    let lockfile_named = [
        "--lockfile",
        text(&there.path("annexe.lock")),
        "--registry",
        &registry,
    ]
    .map(str::to_owned);
    let arguments = lockfile_named.iter().map(String::as_str);
    there.ok(["sync", "--yes"].into_iter().chain(arguments));
    assert_eq!(installed(&there), "1.0");
    assert_eq!(there.json(["list"])[0]["pinned"], true);
    there.ok(["verify"]);
    let again = fs::read_to_string(there.path("annexe.lock")).unwrap();
    assert_eq!(again, lockfile);

    // Before it were the pin and the update.
    place.ok(["rollback"]);
    place.ok(["rollback"]);
    assert_eq!(installed(&place), "v0.0.1");
    place.ok(["verify"]);
}

#[test]
fn a_version_is_asked_for_by_the_name_it_was_published_under() {
    let place = Place::new();
    let registry = registry(&place, &["v0.0.1", "1.0", "1.1", "2025.08.0"]);
    for (asked, version) in [
        ("dusk@1.0", "1.0"),
        ("dusk@1", "1.1"),
        ("dusk@=1.0", "1.0"),
        ("dusk@=1.1.0", "1.1"),
        ("dusk@v0.0.1", "v0.0.1"),
        ("dusk@2025.08.0", "2025.08.0"),
        ("dusk@>=1, <2", "1.1"),
        ("dusk@>=2025.08", "2025.08.0"),
    ] {
        place.ok(["install", asked, "--registry", &registry]);
        assert_eq!(installed(&place), version, "{asked}");
    }
    let error = place.error(1, ["install", "dusk@v3", "--registry", &registry]);
    let message = "no version of `dusk` can be installed for the requirement `^3`";
    assert_eq!(error["message"], message);
    let error = place.error(2, ["install", "dusk@newest", "--registry", &registry]);
    assert!(
        error["message"]
            .to_string()
            .contains("is not a version requirement")
    );
}

#[test]
fn two_that_read_alike_are_refused_by_name() {
    let place = Place::new();
    let registry = registry(&place, &["1.0", "2.0.0-rc.1"]);
    let index = || fs::read_to_string(place.path("registry/index/du/sk/dusk")).unwrap();
    let before = index();
    for (version, message) in [
        (
            "1.0.0",
            "`dusk` 1.0.0 reads as 1.0 does, which is published already",
        ),
        (
            "V1",
            "`dusk` V1 reads as 1.0 does, which is published already",
        ),
        (
            "2.0-rc.01",
            "`dusk` 2.0-rc.01 reads as 2.0.0-rc.1 does, which is published already",
        ),
        (
            "2.0.0-RC.1",
            "`dusk` 2.0.0-RC.1 differs from 2.0.0-rc.1, which is published, in the case of letters alone",
        ),
    ] {
        place.themes("dusk", version);
        place.ok(["pack", "dusk"]);
        let archive = format!("dusk-{version}.tar.gz");
        let error = place.error(1, ["registry", "add", &registry, &archive]);
        assert_eq!(error["message"], message);
        assert_eq!(index(), before);
    }
    let error = place.error(1, ["registry", "yank", &registry, "dusk@1.0.0"]);
    assert_eq!(error["message"], "`dusk` has no version 1.0.0");
    assert_eq!(error["hint"], "there is 1.0, 2.0.0-rc.1");
    place.ok(["registry", "yank", &registry, "dusk@1.0"]);

    // Whoever writes an index by hand is told of it, and the others can be installed.
    let line: Value = serde_json::from_str(before.lines().next().unwrap()).unwrap();
    let with = |version: &str| {
        let mut line = line.clone();
        line["version"] = json!(version);
        format!("{line}\n")
    };
    let lines = [before.as_str(), &with("v1.0.0"), &with("../../../up")].concat();
    fs::write(place.path("registry/index/du/sk/dusk"), lines).unwrap();
    let ran = place.run(["explain", "dusk", "--registry", &registry]);
    for words in [
        "it publishes `v1.0.0`, which reads as `1.0` of an earlier line does",
        "`../../../up` is not a version: it contains `/`",
    ] {
        assert!(ran.code == 0 && ran.stderr.contains(words), "{ran:?}");
    }
    place.ok(["install", "dusk@=1.0", "--registry", &registry]);
}

#[test]
fn a_check_warns_and_what_is_no_version_is_refused() {
    let place = Place::new();
    place.themes("dusk", "2025.08.0");
    for ruleset in [&["check", "dusk"][..], &["check", "dusk", "--for", "zed"]] {
        let words = place.ok(ruleset.iter().copied());
        let problem = "warning[version-form] extension.toml:3:11 (version): `2025.08.0` is not a semantic \
                       version, which Zed needs to find an update; it reads as 2025.8.0";
        assert!(words.contains(problem), "{words}");
    }
    let registry = registry(&place, &["1.0"]);
    place.themes("dusk", "1.0.0");
    let ran = place.run(["check", "dusk", "--against", &registry]);
    let problem = "1.0.0 reads as 1.0 does, which is published already";
    assert!(ran.code == 1 && ran.stdout.contains(problem), "{ran:?}");
    for version in ["1.0rc1", "../1.0", "1.0/..", "1.0 ", "v", "1..0"] {
        place.themes("dusk", version);
        let ran = place.run(["pack", "dusk"]);
        let is_refused = ran.code == 1 && ran.stderr.contains("is not a version");
        assert_eq!(is_refused, version != "1.0 ", "{version}: {ran:?}");
    }
}
