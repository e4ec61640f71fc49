//! Tests of changes to files, by editors first of all.

use std::{
    fs::{File, FileTimes, OpenOptions},
    io::{Read as _, Seek as _, Write as _},
    process::Command,
    time::SystemTime,
};

use super::*;

fn with_a_file() -> Desk {
    Desk::new(|folder| write(&folder.join("src/lib.rs"), "old"))
}

#[tokio::test]
async fn a_file_written_in_place_counts() {
    let mut desk = with_a_file();
    write(&desk.path("src/lib.rs"), "new");
    assert_eq!(desk.changed().await, names(["src/lib.rs"]));
}

#[tokio::test]
async fn a_file_that_is_truncated_and_written_counts() {
    let mut desk = with_a_file();
    let path = desk.path("src/lib.rs");
    let mut file = OpenOptions::new().write(true).open(path).unwrap();
    file.set_len(0).unwrap();
    file.write_all(b"new").unwrap();
    assert_eq!(desk.changed().await, names(["src/lib.rs"]));
    // The same length and, for all that is known, the same time.
    file.rewind().unwrap();
    file.write_all(b"two").unwrap();
    assert_eq!(desk.changed().await, names(["src/lib.rs"]));
}

#[tokio::test]
async fn an_atomic_save_counts() {
    let mut desk = with_a_file();
    put(&desk.path("src/.lib.rs.tmp1f"), &desk.path("src/lib.rs"));
    assert!(desk.changed().await.contains("extension/src/lib.rs"));
    // By way of another folder.
    put(&desk.outside("lib.rs"), &desk.path("src/lib.rs"));
    assert_eq!(desk.changed().await, names(["src/lib.rs"]));
}

#[tokio::test]
async fn a_save_as_vim_does_it_is_of_one_file() {
    let mut desk = with_a_file();
    let path = |name: &str| desk.path(&format!("src/{name}"));
    write(&path(".lib.rs.swp"), "swap");
    write(&path(".lib.rs.swx"), "swap");
    write(&path("4913"), "");
    fs::remove_file(path("4913")).unwrap();
    fs::rename(path("lib.rs"), path("lib.rs~")).unwrap();
    write(&path("lib.rs"), "new");
    fs::remove_file(path("lib.rs~")).unwrap();
    fs::remove_file(path(".lib.rs.swp")).unwrap();
    assert_eq!(desk.changed().await, names(["src/lib.rs"]));
}

#[cfg(unix)]
#[tokio::test]
async fn a_save_as_emacs_does_it_is_of_one_file() {
    let mut desk = with_a_file();
    let path = |name: &str| desk.path(&format!("src/{name}"));
    link("somebody@somewhere.1:2", &path(".#lib.rs"));
    write(&path("#lib.rs#"), "unsaved");
    assert_eq!(desk.changed().await, names([]));
    let path = |name: &str| desk.path(&format!("src/{name}"));
    fs::rename(path("lib.rs"), path("lib.rs~")).unwrap();
    write(&path("lib.rs"), "new");
    fs::remove_file(path(".#lib.rs")).unwrap();
    fs::remove_file(path("#lib.rs#")).unwrap();
    assert_eq!(desk.changed().await, names(["src/lib.rs"]));
}

#[tokio::test]
async fn files_that_come_and_go_and_get_another_name_count() {
    let mut desk = with_a_file();
    write(&desk.path("src/new.rs"), "new");
    assert_eq!(desk.changed().await, names(["src/new.rs"]));
    fs::rename(desk.path("src/new.rs"), desk.path("src/newer.rs")).unwrap();
    let renamed = names(["src/new.rs", "src/newer.rs"]);
    assert_eq!(desk.changed().await, renamed);
    fs::remove_file(desk.path("src/newer.rs")).unwrap();
    assert_eq!(desk.changed().await, names(["src/newer.rs"]));
}

#[tokio::test]
async fn a_new_time_of_modification_counts() {
    let mut desk = with_a_file();
    let path = desk.path("src/lib.rs");
    let file = OpenOptions::new().write(true).open(path).unwrap();
    file.set_modified(SystemTime::UNIX_EPOCH).unwrap();
    assert_eq!(desk.changed().await, names(["src/lib.rs"]));
}

#[tokio::test]
async fn reading_does_not_count() {
    let mut desk = with_a_file();
    let mut file = File::open(desk.path("src/lib.rs")).unwrap();
    file.read_to_end(&mut Vec::new()).unwrap();
    let read = FileTimes::new().set_accessed(SystemTime::UNIX_EPOCH);
    file.set_times(read).unwrap();
    drop(file);
    assert_eq!(fs::read_dir(desk.path("src")).unwrap().count(), 1);
    // Cargo opens its lock file so.
    drop(
        OpenOptions::new()
            .append(true)
            .open(desk.path("src/lib.rs")),
    );
    assert_eq!(desk.changed().await, names([]));
}

#[cfg(unix)]
#[tokio::test]
async fn a_new_mode_does_not_count() {
    let mut desk = with_a_file();
    for name in ["src/lib.rs", "src", ""] {
        crate::base::fs::set_mode(&desk.path(name), 0o700).unwrap();
    }
    assert_eq!(desk.changed().await, names([]));
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn what_came_and_is_gone_again_does_not_count() {
    let mut desk = with_a_file();
    put(&desk.path("src/lib.rs.tmp"), &desk.path("src/lib.rs"));
    write(&desk.path("probe"), "");
    fs::remove_file(desk.path("probe")).unwrap();
    // All of it is looked at together.
    assert_eq!(desk.changed().await, names(["src/lib.rs"]));
}

#[tokio::test]
async fn another_branch_that_is_checked_out_counts() {
    let git = |folder: &Path, arguments: &[&str]| {
        let mut git = Command::new("git");
        git.arg("-C")
            .arg(folder)
            .args(["-c", "user.name=a", "-c", "user.email=a@b"]);
        git.args(arguments)
            .output()
            .is_ok_and(|output| output.status.success())
    };
    if !git(Path::new("."), &["--version"]) {
        println!("skipped: there is no git");
        return;
    }
    let commit = |folder: &Path| {
        assert!(git(folder, &["add", "--all"]));
        assert!(git(folder, &["commit", "--quiet", "--message", "change"]));
    };
    let mut desk = Desk::new(|folder| {
        assert!(git(folder, &["init", "--quiet", "--initial-branch", "one"]));
        for name in ["both", "src/changed.rs", "gone/deep/a", "gone/b"] {
            write(&folder.join(name), name);
        }
        commit(folder);
        assert!(git(folder, &["checkout", "--quiet", "-b", "two"]));
        write(&folder.join("src/changed.rs"), "longer than it was");
        write(&folder.join("new/deep/c"), "");
        fs::remove_dir_all(folder.join("gone")).unwrap();
        commit(folder);
        assert!(git(folder, &["checkout", "--quiet", "one"]));
    });
    let difference = names(["src/changed.rs", "gone/deep/a", "gone/b", "new/deep/c"]);
    assert!(git(&desk.folder, &["checkout", "--quiet", "two"]));
    assert_eq!(desk.changed().await, difference);
    desk.sees("new/deep/c").await;
    assert!(git(
        &desk.folder,
        &["checkout", "--quiet", "--force", "one"]
    ));
    assert_eq!(desk.changed().await, difference);
    desk.sees("gone/deep/a").await;
    // What git itself does changes no source.
    assert!(git(&desk.folder, &["status"]));
    assert!(git(&desk.folder, &["branch", "three"]));
    assert_eq!(desk.changed().await, names([]));
}
