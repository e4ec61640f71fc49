//! A host that is killed takes the programs of its extensions with it.

use std::{
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use annexe::{CacheConfiguration, Host};

use super::{
    group::{FAMILY, Family, is_running},
    process,
};
use crate::guest::{self, ask};

/// The folder in which the other process notes what it has started.
const NOTES: &str = "ANNEXE_TEST_NOTES";
/// Set where its first watcher is killed.
const WATCHER_DIES: &str = "ANNEXE_TEST_WATCHER_DIES";

/// The numbers of the programs that a process has started and that match.
fn children(of: u32, name: &str) -> Vec<String> {
    let output = Command::new("ps")
        .args(["-A", "-o", "pid=,ppid=,stat=,args="])
        .output()
        .unwrap();
    let lines = String::from_utf8_lossy(&output.stdout).into_owned();
    let of = of.to_string();
    lines
        .lines()
        .filter_map(|line| {
            let mut words = line.split_whitespace();
            let (id, parent, state) = (words.next()?, words.next()?, words.next()?);
            (parent == of && !state.starts_with('Z') && line.contains(name)).then(|| id.to_owned())
        })
        .collect()
}

const WATCHER: &str = "annexe-watcher";

#[tokio::test]
#[ignore = "it is no test: others run it as another process"]
async fn runs_a_program_that_does_not_end() {
    let Some(notes) = std::env::var_os(NOTES) else {
        return;
    };
    let notes = Path::new(&notes);
    let host = guest::host();
    let own = std::process::id();
    assert!(
        children(own, WATCHER).is_empty(),
        "before the first program"
    );
    let mut families = vec![Family::new(&host, &format!("{FAMILY} echo done")).await];
    assert_eq!(families[0].run().await.unwrap()[1], "done\n");
    let watchers = children(own, WATCHER);
    assert_eq!(watchers.len(), 1);
    if std::env::var_os(WATCHER_DIES).is_some() {
        let killed = Command::new("kill").args(["-KILL", &watchers[0]]).status();
        assert!(killed.unwrap().success());
        while !children(own, WATCHER).is_empty() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
    families.clear();
    for _ in 0..3 {
        families.push(Family::new(&host, &format!("{FAMILY} wait")).await);
    }
    let ready = async {
        for family in &families {
            family.is_ready().await;
        }
        let mut ids = children(own, WATCHER);
        assert_eq!(ids.len(), 1);
        for family in &families {
            for name in ["leader", "child", "grandchild"] {
                let id = std::fs::read_to_string(family.place.work_dir().join(name)).unwrap();
                ids.push(id.trim().to_owned());
            }
        }
        std::fs::write(notes.join("new"), ids.join(" ")).unwrap();
        std::fs::rename(notes.join("new"), notes.join("ids")).unwrap();
        std::future::pending::<()>().await;
    };
    tokio::select! {
        _ = futures_util::future::join_all(families.iter().map(Family::run)) => panic!("they ended"),
        () = ready => {}
    }
}

/// Starts the process above, kills it, and waits for the end of all that it had started.
fn kill_the_host(watcher_dies: bool) {
    let notes = tempfile::tempdir().unwrap();
    let mut host = Command::new(std::env::current_exe().unwrap());
    host.args(["--ignored", "--exact", "--nocapture"])
        .arg("process::lifeline::runs_a_program_that_does_not_end")
        .env(NOTES, notes.path())
        // Its places go with it only where it ends by itself.
        .env("TMPDIR", notes.path())
        .stdin(Stdio::null())
        .stdout(Stdio::null());
    if watcher_dies {
        host.env(WATCHER_DIES, "1");
    }
    let mut host = host.spawn().unwrap();
    let ids = loop {
        if let Ok(ids) = std::fs::read_to_string(notes.path().join("ids")) {
            break ids;
        }
        assert_eq!(
            host.try_wait().unwrap(),
            None,
            "it ended before it was killed"
        );
        std::thread::sleep(Duration::from_millis(10));
    };
    let ids: Vec<&str> = ids.split(' ').collect();
    assert_eq!(ids.len(), 10);
    assert!(ids.iter().all(|id| is_running(id)));
    host.kill().unwrap();
    let began = Instant::now();
    while ids.iter().any(|id| is_running(id)) {
        assert!(began.elapsed() < Duration::from_secs(10), "some still run");
        std::thread::sleep(Duration::from_millis(10));
    }
    println!(
        "all ended {:?} after their host was killed",
        began.elapsed()
    );
    host.wait().unwrap();
}

#[test]
fn a_host_that_is_killed_takes_the_programs_of_its_extensions_with_it() {
    kill_the_host(false);
}

#[test]
fn a_watcher_that_was_killed_is_replaced() {
    kill_the_host(true);
}

#[tokio::test]
#[ignore = "it is no test: another runs it as another process"]
async fn drops_a_host() {
    let own = std::process::id();
    let place = guest::Place::new();
    let cache = place.worktree_dir();
    let cache = CacheConfiguration::new(cache.join("cache"), cache.join("cache-key"));
    let host = Host::builder().cache(cache).build().unwrap();
    let extension = guest::start_with(&host, "0.6.0", &place, vec![process("*", &["**"])]).await;
    ask(&extension, &place, "process:/bin/echo").await.unwrap();
    assert_eq!(children(own, WATCHER).len(), 1);
    drop((extension, host));
    while !children(own, WATCHER).is_empty() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[test]
fn a_watcher_ends_with_its_host() {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "process::lifeline::drops_a_host"])
        .output()
        .unwrap();
    let stdout = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && stdout.contains("1 passed"),
        "{stdout}"
    );
}
