//! The lock file: the author's is kept to where it fits, and never written.

use annexe::builder::BuildError;

use crate::{
    layouts::package,
    place::{LIB, Place, holds},
};

/// The lock file that stands in for the author's of an extension's.
fn own_lock(place: &Place) -> String {
    let mut found = Vec::new();
    let mut pending = vec![place.builds()];
    while let Some(folder) = pending.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.ends_with("Cargo.lock") {
                found.push(std::fs::read_to_string(&path).unwrap());
            } else if path.is_dir() && !path.ends_with("target") {
                pending.push(path);
            }
        }
    }
    assert_eq!(found.len(), 1, "{found:?}");
    found.remove(0)
}

#[tokio::test]
async fn a_missing_lock_file_is_kept_elsewhere() {
    let Some(place) = Place::new() else { return };
    place.extension(
        "new",
        &format!("{LIB}[dependencies]\nother = {{ path = \"../other\" }}\n"),
    );
    package(&place, "other", "");
    let before = place.snapshot();
    let (built, words) = place.built("new").await;
    assert!(holds(&built, "no server"));
    assert!(!words.contains("--locked"), "{words}");
    assert_eq!(place.snapshot(), before);
    assert!(own_lock(&place).contains("name = \"other\""));
}

#[tokio::test]
async fn an_outdated_lock_file_is_where_another_begins() {
    let Some(place) = Place::new() else { return };
    let manifest = format!("{LIB}[dependencies]\nother = {{ path = \"../other\" }}\n");
    place.extension("old", &manifest);
    package(&place, "other", "");
    place.lock("old");
    // A comment that cargo would lose if it wrote the file anew from nothing.
    package(&place, "added", "");
    place.extension(
        "old",
        &format!("{manifest}added = {{ path = \"../added\" }}\n"),
    );
    let before = place.snapshot();
    let (_, words) = place.built("old").await;
    assert!(
        !words.contains("--locked") && !words.contains("error"),
        "{words}"
    );
    let lock = own_lock(&place);
    assert!(
        lock.contains("name = \"added\"") && lock.contains("name = \"other\""),
        "{lock}"
    );
    let (_, words) = place.built("old").await;
    assert!(
        !words.contains("Compiling") && !words.contains("Locking"),
        "{words}"
    );
    assert_eq!(place.snapshot(), before);

    // Once the author has brought it up to date it is kept to again.
    place.lock("old");
    let (_, words) = place.built("old").await;
    // Cargo names what is outside a workspace by its whole path.
    assert!(words.contains("Finished"), "{words}");
    assert!(!place.snapshot().keys().any(|path| path.ends_with("target")));
}

#[tokio::test]
async fn the_versions_that_the_author_has_chosen_are_kept_when_another_package_is_added() {
    let Some(place) = Place::new() else { return };
    // A registry of files, with two versions of one package.
    for version in ["1.0.0", "1.1.0"] {
        let folder = format!("registry/chosen-{version}");
        place.write(
            &format!("{folder}/Cargo.toml"),
            format!("[package]\nname = \"chosen\"\nversion = \"{version}\"\nedition = \"2024\"\n"),
        );
        place.write(
            &format!("{folder}/src/lib.rs"),
            format!("pub const VERSION: &str = \"chosen is {version}\";"),
        );
        place.write(&format!("{folder}/.cargo-checksum.json"), "{\"files\":{}}");
    }
    let manifest = format!("{LIB}[dependencies]\nchosen = \"1\"\n");
    place.extension("keeps", &manifest);
    place.write(
        ".cargo/config.toml",
        format!(
            "[source.crates-io]\nreplace-with = \"files\"\n[source.files]\ndirectory = {:?}\n",
            place.path("registry")
        ),
    );
    let source = std::fs::read_to_string(place.path("keeps/src/lib.rs")).unwrap();
    place.write(
        "keeps/src/lib.rs",
        source.replace("{ \"no server\" }", "{ chosen::VERSION }"),
    );
    // Locked while there was one version, built when there are two.
    std::fs::rename(place.path("registry/chosen-1.1.0"), place.path("later")).unwrap();
    place.lock("keeps");
    std::fs::rename(place.path("later"), place.path("registry/chosen-1.1.0")).unwrap();
    let (built, _) = place.built("keeps").await;
    assert!(holds(&built, "chosen is 1.0.0"));

    package(&place, "added", "");
    let lock = std::fs::read(place.path("keeps/Cargo.lock")).unwrap();
    place.write(
        "keeps/Cargo.toml",
        std::fs::read_to_string(place.path("keeps/Cargo.toml")).unwrap()
            + "added = { path = \"../added\" }\n",
    );
    let (built, _) = place.built("keeps").await;
    assert!(holds(&built, "chosen is 1.0.0"));
    assert!(own_lock(&place).contains("version = \"1.0.0\""));
    assert_eq!(std::fs::read(place.path("keeps/Cargo.lock")).unwrap(), lock);

    // Without any lock file the newest is chosen.
    std::fs::remove_file(place.path("keeps/Cargo.lock")).unwrap();
    std::fs::remove_dir_all(place.builds()).unwrap();
    let (built, _) = place.built("keeps").await;
    assert!(holds(&built, "chosen is 1.1.0"));
}

#[cfg(unix)]
#[tokio::test]
async fn a_tree_that_cannot_be_written_to_can_be_built() {
    use std::os::unix::fs::PermissionsExt as _;

    let Some(place) = Place::new() else { return };
    for (folder, is_locked) in [("locked", true), ("open", false)] {
        place.extension(folder, LIB);
        if is_locked {
            place.lock(folder);
        }
    }
    let set_mode = |mode: u32| {
        let mut paths: Vec<_> = place.snapshot().into_keys().collect();
        // What is inside comes first when it is closed, and last when it is opened.
        paths.sort_by_key(|path| path.components().count());
        for path in paths.iter().rev().filter(|path| path.is_dir()) {
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
        }
    };
    set_mode(0o555);
    let before = place.snapshot();
    let results = [place.build("locked").await.0, place.build("open").await.0];
    let after = place.snapshot();
    set_mode(0o755);
    assert_eq!(after, before);
    for result in results {
        assert!(holds(&result.unwrap(), "no server"));
    }
}

#[tokio::test]
async fn a_mistake_in_the_package_is_no_reason_to_try_another_lock_file() {
    let Some(place) = Place::new() else { return };
    place.extension("wrong", LIB);
    place.lock("wrong");
    place.write("wrong/src/lib.rs", "fn main() -> u8 { \"text\" }");
    let before = place.snapshot();
    let (result, words) = place.build("wrong").await;
    let error = result.unwrap_err();
    assert!(matches!(error, BuildError::Compiler { .. }), "{error:?}");
    assert_eq!(words.matches("error[E0308]").count(), 1, "{words}");
    assert_eq!(error.output().unwrap(), words);
    assert_eq!(place.snapshot(), before);
}
