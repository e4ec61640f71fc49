//! Tests of changes to folders.

use super::*;

#[tokio::test]
async fn new_folders_with_files_in_them_are_watched_and_count() {
    let mut desk = Desk::new(|_| {});
    for round in 0..10 {
        let file = format!("{round}/b/c/d.rs");
        write(&desk.path(&file), "new");
        assert_eq!(desk.changed().await, names([&file]));
        desk.sees(&file).await;
    }
}

#[tokio::test]
async fn a_folder_without_a_file_does_not_count() {
    let mut desk = Desk::new(|_| {});
    fs::create_dir_all(desk.path("a/b")).unwrap();
    assert_eq!(desk.changed().await, names([]));
    write(&desk.path("a/b/c"), "new");
    assert_eq!(desk.changed().await, names(["a/b/c"]));
}

#[tokio::test]
async fn a_tree_that_is_copied_counts() {
    let mut desk = Desk::new(|_| {});
    let mut copied = BTreeSet::new();
    for folder in ["a", "a/b", "c"] {
        for file in ["x", "y", "z"] {
            let name = format!("copy/{folder}/{file}");
            write(&desk.path(&name), &name);
            copied.insert(format!("extension/{name}"));
        }
    }
    assert_eq!(desk.changed().await, copied);
    desk.sees("copy/a/b/z").await;
}

#[tokio::test]
async fn a_folder_that_is_removed_counts_by_its_files() {
    let mut desk = Desk::new(|folder| {
        write(&folder.join("a/b/c"), "");
        write(&folder.join("a/d"), "");
    });
    fs::remove_dir_all(desk.path("a")).unwrap();
    assert_eq!(desk.changed().await, names(["a/b/c", "a/d"]));
    write(&desk.path("a/b/c"), "again");
    assert_eq!(desk.changed().await, names(["a/b/c"]));
    desk.sees("a/b/c").await;
}

#[tokio::test]
async fn a_folder_is_watched_by_its_new_name() {
    let mut desk = Desk::new(|folder| write(&folder.join("a/b/c"), ""));
    fs::rename(desk.path("a"), desk.path("z")).unwrap();
    assert_eq!(desk.changed().await, names(["a/b/c", "z/b/c"]));
    desk.sees("z/b/c").await;
    // Another takes the old name.
    write(&desk.path("a/b/c"), "another");
    assert_eq!(desk.changed().await, names(["a/b/c"]));
    for file in ["a/b/c", "z/b/c"] {
        desk.sees(file).await;
    }
}

#[tokio::test]
async fn a_folder_that_moves_into_a_new_one_is_watched_there() {
    let mut desk = Desk::new(|folder| write(&folder.join("0/b/c"), ""));
    for round in 0..20 {
        let from = desk.path(&format!("{round}"));
        let to = desk.path(&format!("{}", round + 1));
        fs::create_dir(&to).unwrap();
        fs::rename(from.join("b"), to.join("b")).unwrap();
        fs::remove_dir(&from).unwrap();
        // However the system's tidings and what was found by looking come together.
        if round % 2 == 0 {
            desk.changed().await;
        }
        desk.sees(&format!("{}/b/c", round + 1)).await;
    }
}

#[tokio::test]
async fn a_folder_that_moves_out_is_not_watched_there() {
    let mut desk = Desk::new(|folder| write(&folder.join("a/b/c"), ""));
    fs::rename(desk.path("a"), desk.outside("a")).unwrap();
    assert_eq!(desk.changed().await, names(["a/b/c"]));
    write(&desk.outside("a/b/c"), "outside");
    assert_eq!(desk.changed().await, names([]));
    fs::rename(desk.outside("a"), desk.path("a")).unwrap();
    assert_eq!(desk.changed().await, names(["a/b/c"]));
    desk.sees("a/b/c").await;
}

#[tokio::test]
async fn a_folder_that_is_removed_and_made_at_once_is_watched() {
    let mut desk = Desk::new(|folder| write(&folder.join("a/b/c"), ""));
    for round in 0..20 {
        fs::remove_dir_all(desk.path("a")).unwrap();
        write(&desk.path("a/b/c"), "again");
        if round % 2 == 0 {
            assert_eq!(desk.changed().await, names(["a/b/c"]));
        }
        desk.sees("a/b/c").await;
    }
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn folders_that_change_places_are_watched() {
    let mut desk = Desk::new(|folder| {
        write(&folder.join("a/x"), "");
        write(&folder.join("b/y"), "");
    });
    for round in 0..10 {
        if !crate::base::fs::exchange(&desk.path("a"), &desk.path("b")).unwrap() {
            println!("skipped: names cannot be exchanged here");
            return;
        }
        assert_eq!(desk.changed().await, names(["a/x", "a/y", "b/x", "b/y"]));
        let seen = if round % 2 == 0 {
            ["a/y", "b/x"]
        } else {
            ["a/x", "b/y"]
        };
        for file in seen {
            desk.sees(file).await;
        }
    }
}

#[tokio::test]
async fn a_file_and_a_folder_take_each_others_place() {
    let mut desk = Desk::new(|folder| write(&folder.join("a"), ""));
    fs::remove_file(desk.path("a")).unwrap();
    write(&desk.path("a/b"), "");
    assert_eq!(desk.changed().await, names(["a", "a/b"]));
    desk.sees("a/b").await;
    fs::remove_dir_all(desk.path("a")).unwrap();
    write(&desk.path("a"), "");
    assert_eq!(desk.changed().await, names(["a", "a/b"]));
    desk.sees("a").await;
}

#[cfg(unix)]
#[tokio::test]
async fn a_closed_folder_counts_once_it_is_opened() {
    let mut desk = Desk::new(|folder| {
        write(&folder.join("a/b/c"), "");
        crate::base::fs::set_mode(&folder.join("a"), 0).unwrap();
    });
    let open = |desk: &Desk, open: bool| {
        let mode = if open { 0o700 } else { 0 };
        crate::base::fs::set_mode(&desk.path("a"), mode).unwrap();
    };
    if fs::read_dir(desk.path("a")).is_ok() {
        println!("skipped: nothing is closed to who runs this");
        return;
    }
    open(&desk, true);
    assert_eq!(desk.changed().await, names(["a/b/c"]));
    desk.sees("a/b/c").await;
    // What is closed is taken to be as it was.
    open(&desk, false);
    write(&desk.path("Cargo.toml"), "");
    assert_eq!(desk.changed().await, names(["Cargo.toml"]));
    open(&desk, true);
    desk.sees("a/b/c").await;
}

#[cfg(unix)]
#[tokio::test]
async fn links_are_not_followed() {
    let mut desk = Desk::new(|folder| {
        write(&folder.join("a/b/c"), "");
        link("..", &folder.join("a/loop"));
        write(&folder.with_file_name("elsewhere").join("d"), "");
        link("../elsewhere", &folder.join("out"));
    });
    write(&desk.outside("elsewhere/d"), "changed");
    assert_eq!(desk.changed().await, names([]));
    // A link itself counts.
    link("../elsewhere", &desk.path("a/b/out"));
    write(&desk.outside("elsewhere/e"), "");
    assert_eq!(desk.changed().await, names(["a/b/out"]));
    link("b", &desk.outside("another"));
    fs::rename(desk.outside("another"), desk.path("out")).unwrap();
    assert_eq!(desk.changed().await, names(["out"]));
    desk.sees("a/b/c").await;
}

#[cfg(unix)]
#[tokio::test]
async fn a_link_to_the_extensions_folder_is_followed() {
    let room = tempfile::tempdir().unwrap();
    let real = room.path().join("real");
    write(&real.join("src/lib.rs"), "");
    let folder = room.path().join("extension");
    link("real", &folder);
    let mut desk = Desk::watching(room, folder);
    desk.sees("src/lib.rs").await;
    write(&real.join("src/lib.rs"), "by its real name");
    assert_eq!(desk.changed().await, names(["src/lib.rs"]));
}
