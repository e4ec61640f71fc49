//! The person's own files in a folder that others can change, and those who may read a store and hold its locks.

use std::{
    fs::{self, File},
    io::{BufRead as _, BufReader},
    os::unix::fs::PermissionsExt as _,
    process::Stdio,
};

use crate::scene::Scene;

fn words<const N: usize>(words: [&str; N]) -> [String; N] {
    words.map(str::to_owned)
}

#[test]
fn the_persons_files_are_not_believed_where_others_can_change_them() {
    for (name, content, asked) in [
        ("config.toml", "", "search taplo"),
        ("grants.toml", "", "grants"),
        (
            "registries.json",
            r#"{"format":1,"registries":{}}"#,
            "search taplo",
        ),
    ] {
        for (shared, mode) in [("folder", 0o777), ("file", 0o666)] {
            let scene = Scene::new();
            let folder = scene.path("shared");
            fs::create_dir(&folder).unwrap();
            for (name, content) in [("config.toml", ""), (name, content)] {
                fs::write(folder.join(name), content).unwrap();
            }
            let changed = match shared {
                "folder" => folder.clone(),
                _ => folder.join(name),
            };
            let ran = |expected: i32| {
                let mut command = scene.command();
                command.env("ANNEXE_CONFIG", folder.join("config.toml"));
                let ran = crate::place::Ran::of({
                    command.args(asked.split(' '));
                    command
                });
                assert_eq!(ran.code, expected, "{name} in {shared}: {ran:?}");
                ran.stderr
            };
            ran(0);
            fs::set_permissions(&changed, fs::Permissions::from_mode(mode)).unwrap();
            let told = ran(1);
            assert!(told.contains("others can change `"), "{told}");
            let hint = format!("chmod go-w {}`", changed.display());
            assert!(told.contains(&hint), "{told}");
        }
    }
}

#[test]
fn who_reads_goes_on_without_a_lock_that_somebody_keeps_and_says_so() {
    let scene = Scene::new();
    for name in ["trees.lock", "trees"] {
        let kept = File::open(scene.store().join(name)).unwrap();
        kept.lock().unwrap();
        let ran = scene.run(words(["verify"]));
        assert_eq!(ran.code, 0, "{ran:?}");
        if name == "trees.lock" {
            let waits = format!("waiting for process {}", std::process::id());
            assert!(ran.stderr.contains(&waits), "{ran:?}");
            assert!(ran.stderr.contains("read without that lock"), "{ran:?}");
        }
    }
}

#[test]
fn who_collects_tells_for_whom_it_waits() {
    let scene = Scene::new();
    for name in ["trees.lock", "trees"] {
        let kept = File::open(scene.store().join(name)).unwrap();
        kept.lock_shared().unwrap();
        let mut command = scene.command();
        command
            .arg("gc")
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        let mut collecting = command.spawn().unwrap();
        let mut told = String::new();
        let mut lines = BufReader::new(collecting.stderr.take().unwrap());
        while !told.contains("waiting for") {
            assert_ne!(lines.read_line(&mut told).unwrap(), 0, "{name}: {told}");
        }
        assert!(
            told.contains(&format!("`{}`", scene.store().join(name).display())),
            "{told}"
        );
        drop(kept);
        assert!(collecting.wait().unwrap().success());
    }
}

#[test]
fn what_takes_something_away_makes_no_store() {
    let scene = Scene::new();
    for (asked, code) in [
        ("gc", 0),
        ("rollback", 1),
        ("rollback 1", 1),
        ("remove paper", 1),
        ("pin paper", 1),
    ] {
        for is_there in [false, true] {
            let store = scene.path("elsewhere");
            if is_there {
                fs::create_dir(&store).unwrap();
            }
            let named = ["--store".to_owned(), store.display().to_string()];
            let asked = asked.split(' ').map(str::to_owned);
            let ran = scene.run(asked.chain(named));
            assert_eq!(ran.code, code, "{ran:?}");
            assert_eq!(store.exists(), is_there, "{ran:?}");
            // Nothing is in it, or it could not be removed.
            if is_there {
                fs::remove_dir(&store).unwrap();
            }
        }
    }
}
