//! Builds of what came from a repository: told of, asked about, and nothing but them runs.

use std::{fs, path::Path};

use serde_json::Value;

use crate::{
    repository::{Repository, assert_nothing_left, has_git, place},
    support::{place::Place, toolchain},
};

#[path = "../builder/place.rs"]
#[allow(dead_code, reason = "it is another suite's")]
mod sources;

/// A repository with the sources of an extension, which notes in `marker` that its build script has run.
fn with_sources(marker: &Path) -> Repository {
    let written = sources::Place::anywhere();
    written.extension("echo", sources::LIB);
    written.lock("echo");
    let repository = Repository::new();
    for name in ["extension.toml", "Cargo.toml", "Cargo.lock", "src/lib.rs"] {
        let content = fs::read_to_string(written.path("echo").join(name)).unwrap();
        repository.write(name, &content);
    }
    let world = repository.tree().join("src/world.bin");
    fs::copy(written.path("echo/src/world.bin"), world).unwrap();
    let script = format!("fn main() {{ std::fs::write({marker:?}, \"ran\").unwrap(); }}\n");
    repository.write("build.rs", &script);
    repository.commit();
    repository.tag("v1.0.0");
    repository
}

/// A place whose home is not the toolchain's.
fn building() -> Place {
    let mut place = place();
    let home = std::env::var_os("HOME").unwrap();
    for (name, folder) in [("CARGO_HOME", ".cargo"), ("RUSTUP_HOME", ".rustup")] {
        let of_user = std::env::var_os(name);
        let value = of_user.unwrap_or_else(|| Path::new(&home).join(folder).into());
        place.environment.push((name.into(), value));
    }
    place
}

#[test]
fn sources_are_built_once_the_user_has_agreed_and_not_before() {
    if !has_git() || !toolchain::can_compile() {
        return;
    }
    let place = building();
    let marker = place.beside("marker");
    let repository = with_sources(&marker);
    let source = format!("{}#v1.0.0", repository.url());
    let commit = repository.git(["rev-parse", "HEAD"]);

    let ran = place.run(["install", &source, "--quiet"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    let words = format!(
        "(commit {}) runs what its author has written as you",
        &commit[..10]
    );
    assert!(ran.stderr.contains(&words), "{ran:?}");
    assert!(ran.stderr.contains("--accept-build"), "{ran:?}");
    assert!(!marker.exists());
    assert_nothing_left(&place);

    let ran = place.run(["install", &source, "--accept-build", "--json"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.stderr.contains(&words), "it is always told: {ran:?}");
    assert!(marker.exists());
    let receipt: Value = serde_json::from_str(&ran.stdout).unwrap();
    let installed = &receipt[0]["installed"];
    assert_eq!(
        (installed["id"].as_str(), installed["api"].as_str()),
        (Some("echo"), Some("0.0.1"))
    );
    assert_eq!(installed["revision"], commit);
    assert_nothing_left(&place);
    assert!(
        !place.beside("cache/build").exists(),
        "a stranger's build serves no other"
    );

    // What is held is not built again; where it is built, other bytes are another compiler's.
    place.ok(["lock"]);
    let lockfile = fs::read_to_string(place.path("annexe.lock")).unwrap();
    fs::remove_file(&marker).unwrap();
    place.ok(["sync", "--lockfile", "annexe.lock"]);
    assert!(!marker.exists());
    let at = lockfile.find("sha256 = \"").unwrap() + 10;
    let mut other = lockfile.clone();
    other.replace_range(at..at + 8, "00000000");
    let elsewhere = building();
    fs::write(elsewhere.path("annexe.lock"), &other).unwrap();
    let error = elsewhere.error(1, ["sync", "--lockfile", "annexe.lock"]);
    assert_eq!(error["kind"], "refused", "{error}");
    assert!(!marker.exists());
    let built = ["sync", "--lockfile", "annexe.lock", "--accept-build"];
    let error = elsewhere.error(1, built);
    assert!(
        error["hint"].as_str().unwrap().contains("compilers"),
        "{error}"
    );
    assert_eq!(elsewhere.json(["list"]).as_array().unwrap().len(), 0);
    // The commit is the same, and here so is the compiler.
    fs::write(elsewhere.path("annexe.lock"), &lockfile).unwrap();
    let synced = elsewhere.run(built);
    if synced.code == 0 {
        assert_eq!(
            fs::read_to_string(elsewhere.path("annexe.lock")).unwrap(),
            lockfile
        );
    } else {
        assert!(synced.stderr.contains("has the sha256"), "{synced:?}");
    }
}
