//! Tests of what is watched outside the extension's folder.

use super::*;

/// A workspace with the extension and a crate that it depends on.
fn in_a_workspace() -> Desk {
    Desk::new(|folder| {
        write(&folder.join("src/lib.rs"), "");
        write(&folder.with_file_name("Cargo.toml"), "");
        write(&folder.with_file_name("shared").join("src/lib.rs"), "");
        write(&folder.with_file_name("shared").join("target/a"), "");
        write(&folder.with_file_name("shared").join("Cargo.toml"), "");
    })
}

fn set(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

#[tokio::test]
async fn files_and_folders_outside_count_once_they_are_named() {
    let mut desk = in_a_workspace();
    let (manifest, shared) = (desk.outside("Cargo.toml"), desk.outside("shared"));
    write(&manifest, "unnamed");
    assert_eq!(desk.changed().await, set(&[]));
    desk.watch
        .also(&[manifest.clone(), shared.clone()])
        .unwrap();
    assert_eq!(desk.changed().await, set(&[]));
    write(&manifest, "new");
    write(&shared.join("src/new/mod.rs"), "new");
    write(&shared.join("target/a"), "built");
    write(&desk.outside("README.md"), "unnamed");
    let changed = set(&["Cargo.toml", "shared/src/new/mod.rs"]);
    assert_eq!(desk.changed().await, changed);
    desk.watch.also(std::slice::from_ref(&manifest)).unwrap();
    write(&shared.join("src/lib.rs"), "not any more");
    assert_eq!(desk.changed().await, set(&[]));
    desk.watch.also(&[]).unwrap();
    write(&manifest, "not any more");
    assert_eq!(desk.changed().await, set(&[]));
    desk.sees("src/lib.rs").await;
}

#[tokio::test]
async fn a_file_outside_is_seen_however_it_is_replaced() {
    let mut desk = in_a_workspace();
    let manifest = desk.outside("Cargo.toml");
    desk.watch.also(std::slice::from_ref(&manifest)).unwrap();
    for _ in 0..5 {
        put(&desk.outside("saved"), &manifest);
        desk.until(&manifest).await;
        write(&manifest, "in place");
        desk.until(&manifest).await;
        fs::rename(&manifest, desk.outside("Cargo.toml~")).unwrap();
        write(&manifest, "by a backup");
        desk.until(&manifest).await;
        fs::remove_file(&manifest).unwrap();
        desk.until(&manifest).await;
        write(&manifest, "made again");
        desk.until(&manifest).await;
    }
}

#[tokio::test]
async fn what_is_not_there_yet_is_seen_when_it_comes() {
    let mut desk = in_a_workspace();
    let (folder, file) = (desk.outside("later/folder"), desk.outside("later/file"));
    desk.watch.also(&[folder.clone(), file.clone()]).unwrap();
    write(&file, "");
    desk.until(&file).await;
    let inner = folder.join("src/lib.rs");
    write(&inner, "");
    desk.until(&inner).await;
    write(&inner, "in place");
    desk.until(&inner).await;
    // A folder above goes, of which no event tells.
    fs::rename(desk.outside("later"), desk.outside("away")).unwrap();
    desk.until(&inner).await;
    fs::rename(desk.outside("away"), desk.outside("later")).unwrap();
    desk.until(&inner).await;
    write(&inner, "in place again");
    desk.until(&inner).await;
}

#[tokio::test]
async fn a_folder_around_the_extensions_may_be_named() {
    let mut desk = in_a_workspace();
    desk.watch.also(&[desk.room.path().to_path_buf()]).unwrap();
    assert_eq!(desk.changed().await, set(&[]));
    write(&desk.outside("shared/src/lib.rs"), "new");
    write(&desk.path("src/lib.rs"), "new");
    let changed = desk.changed().await;
    assert_eq!(changed, set(&["extension/src/lib.rs", "shared/src/lib.rs"]));
    // It comes and goes without the extension's own.
    desk.watch.also(&[]).unwrap();
    write(&desk.outside("shared/src/lib.rs"), "not any more");
    write(&desk.path("src/new.rs"), "new");
    assert_eq!(desk.changed().await, names(["src/new.rs"]));
    fs::remove_dir_all(&desk.folder).unwrap();
    while desk.next().await != Change::Missing {}
}

#[tokio::test]
async fn what_lies_in_the_folder_may_be_named() {
    let mut desk = in_a_workspace();
    write(&desk.path(".hidden/crate/lib.rs"), "");
    write(&desk.path("node_modules/crate/lib.rs"), "");
    let named = ["src", "src/lib.rs", "", ".hidden/crate"].map(|name| desk.path(name));
    desk.watch.also(&named).unwrap();
    for name in [
        "src/lib.rs",
        ".hidden/crate/lib.rs",
        "node_modules/crate/lib.rs",
    ] {
        write(&desk.path(name), "new");
    }
    let changed = names(["src/lib.rs", ".hidden/crate/lib.rs"]);
    assert_eq!(desk.changed().await, changed);
    desk.watch.also(&[]).unwrap();
    write(&desk.path(".hidden/crate/lib.rs"), "not any more");
    assert_eq!(desk.changed().await, names([]));
    desk.sees("src/lib.rs").await;
}

#[cfg(unix)]
#[tokio::test]
async fn a_folder_may_be_named_by_two_names() {
    let room = tempfile::tempdir().unwrap();
    write(&room.path().join("real/extension/src/lib.rs"), "");
    write(&room.path().join("real/shared/lib.rs"), "");
    link("real/extension", &room.path().join("extension"));
    let folder = room.path().join("extension");
    let mut desk = Desk::watching(room, folder);
    // As cargo names them: links resolved.
    let real = fs::canonicalize(desk.outside("real")).unwrap();
    let others = [
        real.clone(),
        real.join("extension"),
        real.join("extension/src"),
        real.join("extension/src/lib.rs"),
    ];
    for _ in 0..3 {
        desk.watch.also(&others).unwrap();
        write(&desk.outside("real/shared/lib.rs"), "new");
        write(&desk.path("src/lib.rs"), "new");
        let changed = set(&["real/shared/lib.rs", "extension/src/lib.rs"]);
        let reported = desk.changed().await;
        assert!(reported.is_superset(&changed), "{reported:?}");
        desk.watch.also(&[]).unwrap();
        write(&desk.outside("real/shared/lib.rs"), "not any more");
        write(&desk.path("src/lib.rs"), "new again");
        assert_eq!(desk.changed().await, names(["src/lib.rs"]));
    }
}

#[tokio::test]
async fn a_relative_path_is_refused_and_changes_nothing() {
    let mut desk = in_a_workspace();
    let shared = desk.outside("shared");
    desk.watch.also(std::slice::from_ref(&shared)).unwrap();
    let error = desk.watch.also(&[PathBuf::from("../shared")]).unwrap_err();
    assert_eq!(error.to_string(), "`../shared` is not an absolute path");
    write(&shared.join("src/lib.rs"), "new");
    assert_eq!(desk.changed().await, set(&["shared/src/lib.rs"]));
}
