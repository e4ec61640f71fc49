//! The user's own files in a folder that others can change, and those who may read a store and hold its locks.

use std::{
    fs::{self, File},
    io::{BufRead as _, BufReader},
    os::unix::fs::{PermissionsExt as _, chown},
    process::{Command, Stdio},
};

use crate::{support::place::CommandForAll, template};

fn words<const N: usize>(words: [&str; N]) -> [String; N] {
    words.map(str::to_owned)
}

#[test]
fn the_persons_files_are_not_believed_where_others_can_change_them() {
    for (name, content, asked) in [
        ("config.toml", "", "explain taplo"),
        ("grants.toml", "", "grants guest"),
        (
            "registries.json",
            r#"{"format":1,"registries":{}}"#,
            "explain taplo",
        ),
    ] {
        for (shared, mode) in [("folder", 0o777), ("file", 0o666)] {
            let place = template::place();
            let folder = place.beside("shared");
            fs::create_dir(&folder).unwrap();
            for (name, content) in [("config.toml", ""), (name, content)] {
                fs::write(folder.join(name), content).unwrap();
            }
            let changed = match shared {
                "folder" => folder.clone(),
                _ => folder.join(name),
            };
            let ran = |expected: i32| {
                let mut command = place.command();
                command.env("ANNEXE_CONFIG", folder.join("config.toml"));
                let ran = crate::support::place::Ran::of({
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
    let place = template::place();
    for name in ["trees.lock", "trees"] {
        let kept = File::open(place.store().join(name)).unwrap();
        kept.lock().unwrap();
        let ran = place.run(words(["verify"]));
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
    let place = template::place();
    for name in ["trees.lock", "trees"] {
        let kept = File::open(place.store().join(name)).unwrap();
        kept.lock_shared().unwrap();
        let mut command = place.command();
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
            told.contains(&format!("`{}`", place.store().join(name).display())),
            "{told}"
        );
        drop(kept);
        assert!(collecting.wait().unwrap().success());
    }
}

#[test]
fn what_takes_something_away_makes_no_store() {
    let place = template::place();
    for (asked, code) in [
        ("gc", 0),
        ("rollback", 1),
        ("rollback 1", 1),
        ("remove paper", 1),
        ("pin paper", 1),
    ] {
        for is_there in [false, true] {
            let store = place.beside("elsewhere");
            if is_there {
                fs::create_dir(&store).unwrap();
            }
            let named = ["--store".to_owned(), store.display().to_string()];
            let asked = asked.split(' ').map(str::to_owned);
            let ran = place.run(asked.chain(named));
            assert_eq!(ran.code, code, "{ran:?}");
            assert_eq!(store.exists(), is_there, "{ran:?}");
            // Nothing is in it, or it could not be removed.
            if is_there {
                fs::remove_dir(&store).unwrap();
            }
        }
    }
}

#[test]
fn settings_and_trusted_projects_that_others_can_change_are_not_believed() {
    let place = template::place();
    let call = || place.run(words(["call", "guest", "language-server-command", "echo"]));
    let (settings, project) = (place.beside("settings.json"), place.beside("project"));
    fs::write(&settings, "{}").unwrap();
    fs::create_dir(&project).unwrap();
    let config = place.beside("config.toml");
    let before = fs::read_to_string(&config).unwrap_or_default();
    let trusted = format!("trusted_projects = ['{}']\n{before}", project.display());
    fs::write(config, trusted).unwrap();
    let ran = call();
    assert!(
        ran.code == 0 && !ran.stderr.contains("not trusted"),
        "{ran:?}"
    );

    fs::set_permissions(&project, fs::Permissions::from_mode(0o777)).unwrap();
    let ran = call();
    assert!(ran.code == 0, "{ran:?}");
    assert!(
        ran.stderr
            .contains("project` of `trusted_projects` is not trusted"),
        "{ran:?}"
    );

    fs::set_permissions(&settings, fs::Permissions::from_mode(0o666)).unwrap();
    let ran = call();
    assert!(ran.code == 1, "{ran:?}");
    assert!(
        ran.stderr.contains("settings.json`: it belongs to"),
        "{ran:?}"
    );
}

#[test]
fn who_may_only_read_a_store_and_has_no_home_is_told_to_set_one() {
    let place = template::place();
    let nobody = "1999999999";
    // The key lies beside the cache.
    let own = place.beside("nobody");
    let cache = own.join("cache");
    fs::create_dir(&own).unwrap();
    fs::set_permissions(&own, fs::Permissions::from_mode(0o700)).unwrap();
    let opened = Command::new("chmod")
        .args(["-R", "go+rX,go-w"])
        .arg(place.beside(""))
        .status();
    assert!(opened.unwrap().success());
    let program = CommandForAll::new();
    let as_nobody = |arguments: &[&str]| {
        let mut command = Command::new("setpriv");
        command.args(["--reuid", nobody, "--regid", nobody, "--clear-groups"]);
        command
            .arg(program.path())
            .args(arguments)
            .current_dir(place.here());
        command
            .env("ANNEXE_CACHE", &cache)
            .env("ANNEXE_STORE", place.store());
        command
            .env("ANNEXE_CONFIG", place.beside("config.toml"))
            .env_remove("HOME");
        for name in ["XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"] {
            command.env_remove(name);
        }
        command.output()
    };
    let owner = chown(&own, Some(1_999_999_999), Some(1_999_999_999));
    if owner.is_err() || !as_nobody(&["--version"]).is_ok_and(|it| it.status.success()) {
        crate::support::skip("other-user", "this user cannot act as another");
        return;
    }
    let output = as_nobody(&["call", "guest", "language-server-command", "echo"]).unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(
        told.contains("may only be read") && told.contains("set ANNEXE_STATE, or HOME,"),
        "{told}"
    );
    assert!(!told.contains("WARN"), "{told}");
}
