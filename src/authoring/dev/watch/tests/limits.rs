//! Tests of what the system, or the receiver, cannot keep up with.

use std::{io::Write as _, time::Instant};

use super::{
    super::{
        DEBOUNCE,
        changes::{Changes, LONGEST_BURST},
    },
    *,
};

#[tokio::test]
async fn a_next_that_is_dropped_loses_nothing() {
    let mut desk = Desk::new(|_| {});
    for round in 0..20 {
        let name = format!("{round}.rs");
        write(&desk.path(&name), "");
        let started = Instant::now();
        loop {
            assert!(started.elapsed() < PATIENCE, "`{name}` is reported");
            let next = tokio::time::timeout(Duration::from_micros(300), desk.watch.next());
            if let Ok(change) = next.await {
                assert!(matches!(change, Change::Sources(changed) if changed.count == 1));
                break;
            }
        }
        // That it was written and closed may come apart.
        desk.changed().await;
    }
}

#[tokio::test]
async fn a_file_that_is_written_all_the_time_is_reported() {
    let mut desk = Desk::new(|_| {});
    let path = desk.path("log");
    let (stop, stopped) = std::sync::mpsc::channel::<()>();
    let writer = std::thread::spawn(move || {
        let mut file = fs::File::create(path).unwrap();
        while stopped.try_recv() == Err(std::sync::mpsc::TryRecvError::Empty) {
            file.write_all(b"line\n").unwrap();
            std::thread::sleep(Duration::from_millis(1));
        }
    });
    for _ in 0..2 {
        assert_eq!(desk.next_sources().await.paths, [desk.path("log")]);
    }
    drop(stop);
    writer.join().unwrap();
}

#[test]
fn a_burst_ends_when_it_is_quiet_or_has_lasted() {
    let start = Instant::now();
    let at = |milliseconds| start + Duration::from_millis(milliseconds);
    let mut changes = Changes::default();
    assert_eq!(changes.due(DEBOUNCE), None);
    for milliseconds in [20, 0, 29] {
        let moment = at(milliseconds);
        changes.add(PathBuf::from("/a"), None, (moment, moment));
    }
    assert_eq!(changes.due(DEBOUNCE), Some(at(29) + DEBOUNCE));
    changes.add(PathBuf::from("/b"), None, (at(480), at(499)));
    assert_eq!(changes.due(DEBOUNCE), Some(start + LONGEST_BURST));
    let changed = changes.take(|_| true).unwrap();
    assert_eq!(changed.paths, [Path::new("/a"), Path::new("/b")]);
    assert_eq!(changes.due(DEBOUNCE), None);
}

#[test]
fn a_change_of_many_files_names_the_first() {
    let mut changes = Changes::default();
    let now = Instant::now();
    for file in 0..1000 {
        changes.add(PathBuf::from(format!("/{file:04}")), None, (now, now));
    }
    let changed = changes.take(|path| path != Path::new("/0003")).unwrap();
    assert_eq!((changed.count, changed.paths.len()), (999, 20));
    assert_eq!(changed.paths[3], Path::new("/0004"));
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn when_events_are_lost_everything_counts() {
    let limit = fs::read_to_string("/proc/sys/fs/inotify/max_queued_events").unwrap();
    let limit: usize = limit.trim().parse().unwrap();
    if limit > 1 << 18 {
        crate::base::skip::skip("inotify", format!("the system keeps {limit} events"));
        return;
    }
    let mut desk = Desk::new(|folder| {
        for name in ["a", "b", "untouched", "folder/c"] {
            write(&folder.join(name), "");
        }
    });
    {
        let _held = desk.watch.events.lock();
        let mut files = ["a", "b"].map(|name| fs::File::create(desk.path(name)).unwrap());
        // Turn by turn: two events that are the same become one.
        for _ in 0..limit {
            for file in &mut files {
                file.write_all(b"x").unwrap();
            }
        }
        // These are not reported.
        fs::remove_dir_all(desk.path("folder")).unwrap();
        write(&desk.path("new/d"), "");
    }
    let mut all = BTreeSet::new();
    let untouched = "extension/untouched";
    while !all.contains(untouched) {
        all.extend(desk.changed().await);
    }
    assert_eq!(all, names(["a", "b", "folder/c", "new/d", "untouched"]));
    desk.sees("new/d").await;
}

/// Says to a test that it is the process whose watches are limited.
#[cfg(target_os = "linux")]
const LIMITED: &str = "ANNEXE_TEST_LIMITED_WATCHES";

/// Whether this is the process in which a limit holds. Where it is not, the test of this name is run in one.
#[cfg(target_os = "linux")]
fn is_limited(limit: &str, test: &str) -> bool {
    if std::env::var_os(LIMITED).is_some() {
        return true;
    }
    // Each user namespace has limits of its own.
    let limited = std::process::Command::new("unshare")
        .args(["--user", "--map-root-user", "sh", "-c"])
        .arg(format!(
            "echo {limit} && echo limited && exec \"$0\" \"$@\""
        ))
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", "--nocapture"])
        .arg(format!("authoring::dev::watch::tests::limits::{test}"))
        .env(LIMITED, "1")
        .output();
    match limited {
        Ok(output) => {
            let told = String::from_utf8_lossy(&output.stdout);
            if told.contains("limited") {
                assert!(told.contains("1 passed"), "{output:?}");
            } else {
                crate::base::skip::skip("unshare", "the system's watches cannot be limited");
            }
        }
        Err(error) => crate::base::skip::skip("unshare", error),
    }
    false
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn where_no_watches_are_left_changes_are_looked_for() {
    if !is_limited(
        "3 >/proc/sys/user/max_inotify_watches",
        "where_no_watches_are_left_changes_are_looked_for",
    ) {
        return;
    }
    // They run out while it is watched.
    let mut desk = Desk::new(|folder| write(&folder.join("a"), ""));
    desk.sees("a").await;
    write(&desk.path("b/c/d/e/f"), "");
    assert_eq!(desk.changed().await, names(["b/c/d/e/f"]));
    desk.sees("b/c/d/e/f").await;
    drop(desk);
    // There are too few from the start.
    let mut desk = Desk::new(|folder| {
        for name in ["a/b/c/d", "e", "target/f", "Cargo.toml"] {
            write(&folder.join(name), "");
        }
    });
    write(&desk.path("a/b/c/d"), "longer");
    write(&desk.path("target/f"), "built");
    write(&desk.path("new/g"), "");
    fs::remove_file(desk.path("e")).unwrap();
    assert_eq!(desk.changed().await, names(["a/b/c/d", "e", "new/g"]));
    fs::remove_dir_all(&desk.folder).unwrap();
    assert_eq!(desk.next().await, Change::Missing);
    write(&desk.path("a/b/c/d"), "");
    assert_eq!(desk.next().await, Change::Back);
    desk.sees("a/b/c/d").await;
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn where_the_system_watches_nothing_changes_are_looked_for() {
    if is_limited(
        "0 >/proc/sys/user/max_inotify_instances",
        "where_the_system_watches_nothing_changes_are_looked_for",
    ) {
        let mut desk = Desk::new(|folder| write(&folder.join("src/lib.rs"), ""));
        desk.sees("src/lib.rs").await;
    }
}
