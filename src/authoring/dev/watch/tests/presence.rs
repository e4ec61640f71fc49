//! The extension's folder goes, and comes back.

use super::*;
use crate::base::hint::Hint as _;

fn in_a_parent() -> Desk {
    Desk::at("parent/extension", |folder| {
        write(&folder.join("src/lib.rs"), "")
    })
}

impl Desk {
    async fn is_missing(&mut self) {
        assert_eq!(self.next().await, Change::Missing);
    }

    /// It is back, and what changes from now on is seen.
    async fn is_back(&mut self) {
        assert_eq!(self.next().await, Change::Back);
        for round in 0..2 {
            let file = self.path(&format!("src/seen{round}.rs"));
            put(&self.outside("seen"), &file);
            self.until(&file).await;
        }
    }
}

#[tokio::test]
async fn a_deleted_folder_is_missing_until_it_is_made_again() {
    let mut desk = in_a_parent();
    for _ in 0..3 {
        fs::remove_dir_all(&desk.folder).unwrap();
        desk.is_missing().await;
        write(&desk.path("src/lib.rs"), "again");
        desk.is_back().await;
    }
}

#[tokio::test]
async fn a_folder_that_is_deleted_and_made_at_once_is_another() {
    let mut desk = in_a_parent();
    for _ in 0..5 {
        fs::remove_dir_all(&desk.folder).unwrap();
        write(&desk.path("src/lib.rs"), "again");
        desk.is_missing().await;
        desk.is_back().await;
    }
}

#[tokio::test]
async fn a_folder_that_moved_away_does_not_count_until_it_moves_back() {
    let mut desk = in_a_parent();
    let away = desk.outside("away");
    for _ in 0..3 {
        fs::rename(&desk.folder, &away).unwrap();
        write(&away.join("src/lib.rs"), "away");
        desk.is_missing().await;
        write(&away.join("src/lib.rs"), "away again");
        fs::rename(&away, &desk.folder).unwrap();
        desk.is_back().await;
    }
}

#[tokio::test]
async fn a_folder_whose_parent_goes_is_missing() {
    let mut desk = in_a_parent();
    let parent = desk.outside("parent");
    fs::rename(&parent, desk.outside("away")).unwrap();
    desk.is_missing().await;
    fs::rename(desk.outside("away"), &parent).unwrap();
    desk.is_back().await;
    fs::remove_dir_all(&parent).unwrap();
    desk.is_missing().await;
    write(&desk.path("src/lib.rs"), "again");
    desk.is_back().await;
}

#[tokio::test]
async fn a_file_in_the_folders_place_is_no_folder() {
    let mut desk = in_a_parent();
    fs::remove_dir_all(&desk.folder).unwrap();
    fs::write(&desk.folder, "a file").unwrap();
    desk.is_missing().await;
    fs::remove_file(&desk.folder).unwrap();
    write(&desk.path("src/lib.rs"), "again");
    desk.is_back().await;
}

#[tokio::test]
async fn another_folder_may_take_the_name() {
    let mut desk = in_a_parent();
    for name in ["one", "two"] {
        let another = desk.outside(name);
        write(&another.join("src/lib.rs"), "another");
        fs::rename(&desk.folder, desk.outside(&format!("before {name}"))).unwrap();
        fs::rename(&another, &desk.folder).unwrap();
        desk.is_missing().await;
        desk.is_back().await;
    }
    write(&desk.outside("before one/src/lib.rs"), "no more");
    let file = desk.path("src/last.rs");
    put(&desk.outside("last"), &file);
    assert_eq!(desk.next_sources().await.paths, [file]);
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn another_folder_may_take_the_name_of_the_parent() {
    let mut desk = in_a_parent();
    let another = desk.outside("another");
    write(&another.join("extension/src/lib.rs"), "another");
    if !crate::base::fs::exchange(&another, &desk.outside("parent")).unwrap() {
        println!("skipped: names cannot be exchanged here");
        return;
    }
    // No event tells of it.
    desk.is_missing().await;
    desk.is_back().await;
}

#[cfg(unix)]
#[tokio::test]
async fn a_link_may_lead_elsewhere() {
    let room = tempfile::tempdir().unwrap();
    for name in ["one", "two"] {
        write(&room.path().join(name).join("src/lib.rs"), name);
    }
    let folder = room.path().join("extension");
    link("one", &folder);
    let mut desk = Desk::watching(room, folder);
    desk.sees("src/lib.rs").await;
    link("two", &desk.outside("new"));
    fs::rename(desk.outside("new"), &desk.folder).unwrap();
    desk.is_missing().await;
    desk.is_back().await;
    fs::remove_file(&desk.folder).unwrap();
    desk.is_missing().await;
}

#[tokio::test]
async fn what_is_watched_beside_the_folder_is_watched_when_it_is_back() {
    let mut desk = in_a_parent();
    let beside = desk.outside("beside/lib.rs");
    write(&beside, "");
    desk.watch.also(&[desk.outside("beside")]).unwrap();
    fs::remove_dir_all(&desk.folder).unwrap();
    desk.is_missing().await;
    write(&desk.path("src/lib.rs"), "again");
    desk.is_back().await;
    write(&beside, "new");
    desk.until(&beside).await;
}

#[test]
fn what_is_no_folder_cannot_be_watched() {
    let room = tempfile::tempdir().unwrap();
    let refused = |path: &Path| {
        let error = SourceWatch::start(path.to_path_buf(), QUIET).unwrap_err();
        (error.to_string(), error.hint().is_some())
    };
    let file = room.path().join("file");
    fs::write(&file, "").unwrap();
    for path in [&file, &room.path().join("nothing")] {
        let message = format!("there is no folder `{}`", path.display());
        assert_eq!(refused(path), (message, true));
    }
    let relative = "`src` is not an absolute path".to_owned();
    assert_eq!(refused(Path::new("src")), (relative, false));
}
