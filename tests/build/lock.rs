//! The lock file: the author's is kept to where it fits, and never written.

use annexe::builder::BuildError;

use crate::{
    layouts::package,
    yard::{LIB, Yard, holds},
};

/// The lock file that stands in for the author's of an extension's.
fn own_lock(yard: &Yard) -> String {
    let mut found = Vec::new();
    let mut pending = vec![yard.builds()];
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
    let Some(yard) = Yard::new() else { return };
    yard.extension(
        "new",
        &format!("{LIB}[dependencies]\nother = {{ path = \"../other\" }}\n"),
    );
    package(&yard, "other", "");
    let before = yard.snapshot();
    let (built, words) = yard.built("new").await;
    assert!(holds(&built, "no server"));
    assert!(!words.contains("--locked"), "{words}");
    assert_eq!(yard.snapshot(), before);
    assert!(own_lock(&yard).contains("name = \"other\""));
}

#[tokio::test]
async fn an_outdated_lock_file_is_where_another_begins() {
    let Some(yard) = Yard::new() else { return };
    let manifest = format!("{LIB}[dependencies]\nother = {{ path = \"../other\" }}\n");
    yard.extension("old", &manifest);
    package(&yard, "other", "");
    yard.lock("old");
    // A comment that cargo would lose if it wrote the file anew from nothing.
    package(&yard, "added", "");
    yard.extension(
        "old",
        &format!("{manifest}added = {{ path = \"../added\" }}\n"),
    );
    let before = yard.snapshot();
    let (_, words) = yard.built("old").await;
    assert!(
        !words.contains("--locked") && !words.contains("error"),
        "{words}"
    );
    let lock = own_lock(&yard);
    assert!(
        lock.contains("name = \"added\"") && lock.contains("name = \"other\""),
        "{lock}"
    );
    let (_, words) = yard.built("old").await;
    assert!(
        !words.contains("Compiling") && !words.contains("Locking"),
        "{words}"
    );
    assert_eq!(yard.snapshot(), before);

    // Once the author has brought it up to date it is kept to again.
    yard.lock("old");
    let (_, words) = yard.built("old").await;
    // Cargo names what is outside a workspace by its whole path.
    assert!(words.contains("Finished"), "{words}");
    assert!(!yard.snapshot().keys().any(|path| path.ends_with("target")));
}

#[tokio::test]
async fn the_versions_that_the_author_has_chosen_are_kept_when_another_package_is_added() {
    let Some(yard) = Yard::new() else { return };
    // A registry of files, with two versions of one package.
    for version in ["1.0.0", "1.1.0"] {
        let folder = format!("registry/chosen-{version}");
        yard.write(
            &format!("{folder}/Cargo.toml"),
            format!("[package]\nname = \"chosen\"\nversion = \"{version}\"\nedition = \"2024\"\n"),
        );
        yard.write(
            &format!("{folder}/src/lib.rs"),
            format!("pub const VERSION: &str = \"chosen is {version}\";"),
        );
        yard.write(&format!("{folder}/.cargo-checksum.json"), "{\"files\":{}}");
    }
    let manifest = format!("{LIB}[dependencies]\nchosen = \"1\"\n");
    yard.extension("keeps", &manifest);
    yard.write(
        ".cargo/config.toml",
        format!(
            "[source.crates-io]\nreplace-with = \"files\"\n[source.files]\ndirectory = {:?}\n",
            yard.path("registry")
        ),
    );
    let source = std::fs::read_to_string(yard.path("keeps/src/lib.rs")).unwrap();
    yard.write(
        "keeps/src/lib.rs",
        source.replace("{ \"no server\" }", "{ chosen::VERSION }"),
    );
    // Locked while there was one version, built when there are two.
    std::fs::rename(yard.path("registry/chosen-1.1.0"), yard.path("later")).unwrap();
    yard.lock("keeps");
    std::fs::rename(yard.path("later"), yard.path("registry/chosen-1.1.0")).unwrap();
    let (built, _) = yard.built("keeps").await;
    assert!(holds(&built, "chosen is 1.0.0"));

    package(&yard, "added", "");
    let lock = std::fs::read(yard.path("keeps/Cargo.lock")).unwrap();
    yard.write(
        "keeps/Cargo.toml",
        std::fs::read_to_string(yard.path("keeps/Cargo.toml")).unwrap()
            + "added = { path = \"../added\" }\n",
    );
    let (built, _) = yard.built("keeps").await;
    assert!(holds(&built, "chosen is 1.0.0"));
    assert!(own_lock(&yard).contains("version = \"1.0.0\""));
    assert_eq!(std::fs::read(yard.path("keeps/Cargo.lock")).unwrap(), lock);

    // Without any lock file the newest is chosen.
    std::fs::remove_file(yard.path("keeps/Cargo.lock")).unwrap();
    std::fs::remove_dir_all(yard.builds()).unwrap();
    let (built, _) = yard.built("keeps").await;
    assert!(holds(&built, "chosen is 1.1.0"));
}

#[cfg(unix)]
#[tokio::test]
async fn a_tree_that_cannot_be_written_to_can_be_built() {
    use std::os::unix::fs::PermissionsExt as _;

    let Some(yard) = Yard::new() else { return };
    for (folder, is_locked) in [("locked", true), ("open", false)] {
        yard.extension(folder, LIB);
        if is_locked {
            yard.lock(folder);
        }
    }
    let set_mode = |mode: u32| {
        let mut paths: Vec<_> = yard.snapshot().into_keys().collect();
        // What is inside comes first when it is closed, and last when it is opened.
        paths.sort_by_key(|path| path.components().count());
        for path in paths.iter().rev().filter(|path| path.is_dir()) {
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
        }
    };
    set_mode(0o555);
    let before = yard.snapshot();
    let results = [yard.build("locked").await.0, yard.build("open").await.0];
    let after = yard.snapshot();
    set_mode(0o755);
    assert_eq!(after, before);
    for result in results {
        assert!(holds(&result.unwrap(), "no server"));
    }
}

#[tokio::test]
async fn a_mistake_in_the_package_is_no_reason_to_try_another_lock_file() {
    let Some(yard) = Yard::new() else { return };
    yard.extension("wrong", LIB);
    yard.lock("wrong");
    yard.write("wrong/src/lib.rs", "fn main() -> u8 { \"text\" }");
    let before = yard.snapshot();
    let (result, words) = yard.build("wrong").await;
    let error = result.unwrap_err();
    assert!(matches!(error, BuildError::Compiler { .. }), "{error:?}");
    assert_eq!(words.matches("error[E0308]").count(), 1, "{words}");
    assert_eq!(error.output().unwrap(), words);
    assert_eq!(yard.snapshot(), before);
}
