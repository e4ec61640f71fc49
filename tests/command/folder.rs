//! The folder of a store: one that is none, is another's, or may only be read.
#![cfg(unix)]

use std::{
    collections::BTreeMap,
    fs,
    os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown, symlink},
    path::Path,
    process::Command,
};

use crate::support::place::{CommandForAll, Place, Ran, text};

/// What may be asked of a store without changing it.
const READING: [&[&str]; 10] = [
    &["list"],
    &["history"],
    &["verify"],
    &["stats"],
    &["audit"],
    &["grants", "echo"],
    &["info", "echo"],
    &["explain", "echo"],
    &["outdated"],
    &["log", "echo"],
];

/// What changes it.
const CHANGING: [&[&str]; 10] = [
    &["install", "echo"],
    &["update"],
    &["remove", "echo"],
    &["pin", "echo"],
    &["unpin", "echo"],
    &["disable", "echo"],
    &["enable", "echo"],
    &["rollback"],
    &["gc"],
    &["dev", "--stop", "echo"],
];

/// Everything below a folder: kind, mode, time of its last change and content.
pub fn digest(folder: &Path) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    let mut pending = vec![folder.to_path_buf()];
    while let Some(path) = pending.pop() {
        let metadata = fs::symlink_metadata(&path).unwrap();
        // Of one that is made of a hole alone, its size tells enough.
        let content = if metadata.len() > 1 << 26 {
            metadata.len().to_string()
        } else if metadata.is_file() {
            format!("{:?}", fs::read(&path).unwrap())
        } else if metadata.is_symlink() {
            format!("{:?}", fs::read_link(&path).unwrap())
        } else if !metadata.is_dir() {
            "neither a folder nor a file".into()
        } else {
            pending.extend(fs::read_dir(&path).unwrap().map(|it| it.unwrap().path()));
            String::new()
        };
        let facts = format!(
            "{:o} {}.{} {content}",
            metadata.mode(),
            metadata.mtime(),
            metadata.mtime_nsec()
        );
        all.insert(path.display().to_string(), facts);
    }
    all
}

/// Runs a command on a store in another folder.
fn run_on(place: &Place, store: &Path, arguments: &[&str]) -> Ran {
    place.run(
        ["--store", text(store)]
            .into_iter()
            .chain(arguments.iter().copied()),
    )
}

/// Publishes an extension in a registry that the user has configured.
fn publish(place: &Place) {
    let registry = place.registry(&[("echo", "1.0.0")]);
    place.configure(&format!(
        "[[registry]]\nname = \"test\"\nlocation = \"{registry}\"\n"
    ));
}

/// A user's folder, with names that a store has too.
fn home(place: &Place) -> std::path::PathBuf {
    let home = place.path("somebody");
    for folder in [
        "staging/change-abcdef",
        "trees/mine",
        "work",
        "generations",
        "dev/x",
    ] {
        fs::create_dir_all(home.join(folder)).unwrap();
    }
    for file in [
        "notes.txt",
        "staging/report.odt",
        "staging/change-abcdef/file",
        "trees/mine/oak.jpg",
        "generations/parents.json",
        "store.json",
        ".tmp-draft",
    ] {
        fs::write(home.join(file), "precious").unwrap();
    }
    home
}

#[test]
fn a_folder_that_is_no_store_is_refused_by_every_command_and_stays_as_it_is() {
    let place = Place::new();
    publish(&place);
    let home = home(&place);
    let lone = place.path("lone");
    fs::create_dir(&lone).unwrap();
    fs::write(lone.join("staging"), "a file").unwrap();
    for folder in [home, lone] {
        let before = digest(&folder);
        for arguments in READING.iter().chain(&CHANGING) {
            let ran = run_on(&place, &folder, arguments);
            assert_eq!(
                (ran.code, ran.stdout.as_str()),
                (1, ""),
                "{arguments:?}: {ran:?}"
            );
            let words = format!("`{}` is not a store", folder.display());
            assert!(ran.stderr.contains(&words), "{arguments:?}: {ran:?}");
            assert!(
                ran.stderr.contains(
                    "hint: nothing in it was touched; name a new or an empty folder with `--store`"
                ),
                "{ran:?}"
            );
            assert_eq!(digest(&folder), before, "{arguments:?}");
        }
    }
}

#[test]
fn what_is_no_folder_is_refused_with_words() {
    let place = Place::new();
    fs::write(place.path("file"), "x").unwrap();
    symlink("nowhere", place.path("dangling")).unwrap();
    for (name, words) in [
        ("file", "it is not a folder"),
        ("dangling", "it is a link that leads nowhere"),
    ] {
        for arguments in [&["list"][..], &["gc"]] {
            let ran = run_on(&place, &place.path(name), arguments);
            assert_eq!(ran.code, 1, "{ran:?}");
            assert!(
                ran.stderr.contains(words) && ran.stderr.contains("hint: "),
                "{ran:?}"
            );
        }
    }
    assert!(!place.path("nowhere").exists());
}

#[test]
fn reading_creates_nothing_where_there_is_no_store_yet() {
    let place = Place::new();
    let empty = place.path("empty");
    fs::create_dir(&empty).unwrap();
    let none = place.path("none");
    let before = digest(&empty);
    for arguments in READING {
        let answers = [&empty, &none].map(|store| {
            let ran = run_on(&place, store, arguments);
            assert!(!ran.stderr.contains("not a store"), "{ran:?}");
            (ran.code, ran.stdout)
        });
        assert_eq!(answers[0], answers[1], "{arguments:?}");
        assert_eq!(digest(&empty), before, "{arguments:?}");
        assert!(!none.exists(), "{arguments:?}");
    }
    // A change makes either a store, for its owner alone.
    publish(&place);
    for store in [&empty, &none] {
        let ran = run_on(&place, store, &["install", "echo"]);
        assert_eq!(ran.code, 0, "{ran:?}");
        assert!(store.join("annexe-store.json").is_file());
    }
    assert_eq!(fs::metadata(&none).unwrap().mode() & 0o777, 0o700);
}

#[test]
fn reading_leaves_a_store_as_it_is_whatever_lies_in_it() {
    let place = Place::new();
    publish(&place);
    place.ok(["install", "echo"]);
    place.ok(["call", "echo", "language-server-command", "echo"]);
    let store = place.store();
    let left = store.join("staging/change-aB3dE6");
    fs::create_dir(&left).unwrap();
    fs::write(left.join("file"), "").unwrap();
    fs::write(store.join(".tmp-aB3dE6"), "").unwrap();
    let before = digest(&store);
    for arguments in READING {
        let ran = place.run(arguments.iter().copied());
        assert_eq!(ran.code, 0, "{arguments:?}: {ran:?}");
        assert_eq!(digest(&store), before, "{arguments:?}");
    }
    // The next change sweeps.
    place.ok(["pin", "echo"]);
    assert!(!left.exists() && !store.join(".tmp-aB3dE6").exists());
}

#[test]
fn what_is_not_the_stores_own_survives_its_changes_and_collections() {
    let place = Place::new();
    publish(&place);
    place.ok(["install", "echo"]);
    let store = place.store();
    let outside = place.path("outside");
    fs::create_dir(&outside).unwrap();
    fs::write(outside.join("precious"), "x").unwrap();
    let link = "0".repeat(64);
    symlink(&outside, store.join("trees").join(&link)).unwrap();
    symlink(&outside, store.join("staging/change-aB3dE6")).unwrap();
    let foreign = [
        "trees/notes/file",
        "trees/ABCDEF/file",
        "staging/notes/file",
        "staging/change-left/file",
        "generations/notes.txt",
        "generations/7.json/file",
        "started/notes",
        "dev/notes/file",
        "work/notes/file",
        "logs/notes.txt",
        "stats/readme",
        ".tmp-notes",
        "notes/file",
    ];
    for path in foreign {
        let path = store.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "precious").unwrap();
    }
    place.ok(["pin", "echo"]);
    place.ok(["gc", "--keep", "1"]);
    place.ok(["verify"]);
    place.ok(["remove", "echo", "--work"]);
    place.ok(["gc", "--keep", "1"]);
    for path in foreign {
        assert_eq!(fs::read(store.join(path)).unwrap(), b"precious", "{path}");
    }
    assert!(store.join("trees").join(link).is_symlink());
    assert!(outside.join("precious").exists());
    let trees = fs::read_dir(store.join("trees")).unwrap();
    assert_eq!(trees.count(), 3, "its own was collected");
}

#[test]
fn a_file_in_the_place_of_a_stores_folder_is_named_with_the_way_out() {
    let place = Place::new();
    publish(&place);
    place.ok(["install", "echo"]);
    let staging = place.store().join("staging");
    fs::remove_dir_all(&staging).unwrap();
    fs::write(&staging, "in the way").unwrap();
    for arguments in [&["pin", "echo"][..], &["gc"]] {
        let ran = place.run(arguments.iter().copied());
        assert_eq!(ran.code, 1, "{ran:?}");
        let words = format!("error: the store needs a folder at `{}`", staging.display());
        let hint = format!("hint: move `{}` to another place", staging.display());
        assert!(
            ran.stderr.contains(&words) && ran.stderr.contains(&hint),
            "{ran:?}"
        );
    }
    assert_eq!(fs::read(&staging).unwrap(), b"in the way");
    fs::remove_file(&staging).unwrap();
    place.ok(["pin", "echo"]);
}

#[test]
fn a_store_that_others_can_change_is_refused_and_not_touched() {
    let place = Place::new();
    publish(&place);
    place.ok(["install", "echo"]);
    let store = place.store();
    let shared = place.path("shared");
    fs::create_dir(&shared).unwrap();
    fs::set_permissions(&shared, fs::Permissions::from_mode(0o1777)).unwrap();
    let in_shared = shared.join("store");
    let copied = Command::new("cp")
        .arg("-a")
        .arg(&store)
        .arg(&in_shared)
        .status();
    assert!(copied.unwrap().success());

    let refused = |folder: &Path, at_fault: &Path, words: &str| {
        let before = digest(folder);
        for arguments in [
            &["list"][..],
            &["verify"],
            &["call", "echo", "language-server-command", "echo"],
            &["gc"],
            &["remove", "echo"],
        ] {
            let ran = run_on(&place, folder, arguments);
            assert_eq!(
                (ran.code, ran.stdout.as_str()),
                (1, ""),
                "{arguments:?}: {ran:?}"
            );
            assert!(
                ran.stderr
                    .contains(&format!("others can change `{}`", at_fault.display())),
                "{ran:?}"
            );
            assert!(ran.stderr.contains(words), "{ran:?}");
            assert_eq!(digest(folder), before, "{arguments:?}");
        }
    };
    refused(&in_shared, &shared, "of your own");
    for inner in [
        "",
        "generations",
        "trees",
        "staging",
        "work",
        "started",
        "dev",
        "logs",
    ] {
        let path = match inner {
            "" => store.clone(),
            inner => store.join(inner),
        };
        if !path.exists() {
            continue;
        }
        for mode in [0o770, 0o707] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            refused(&store, &path, &format!("chmod go-w {}", path.display()));
        }
        fs::set_permissions(&path, fs::Permissions::from_mode(0o700)).unwrap();
        if rustix::process::geteuid().is_root() {
            chown(&path, Some(65534), None).unwrap();
            refused(&store, &path, "user 65534");
            chown(&path, Some(0), None).unwrap();
        } else {
            crate::support::skip("root", "only root can give a folder away");
        }
    }
    place.ok(["verify"]);
}

/// Another user's command, who has a home and nothing else of their own.
fn as_another(place: &Place, program: &Path, store: &Path, home: &Path, arguments: &[&str]) -> Ran {
    let ours = place.command();
    let mut command = Command::new("setpriv");
    command
        .args(["--reuid", "65534", "--regid", "65534", "--clear-groups"])
        .arg(program)
        .arg("--store")
        .arg(store)
        .args(arguments)
        .current_dir(home)
        .env("HOME", home)
        .env_remove("XDG_DATA_HOME")
        .env_remove("XDG_CACHE_HOME");
    for (name, value) in ours.get_envs() {
        if let ("ANNEXE_CONFIG", Some(value)) = (name.to_str().unwrap(), value) {
            command.env(name, value);
        }
    }
    Ran::of(command)
}

#[test]
fn a_store_that_this_user_may_only_read_is_listed_verified_and_run_and_never_changed() {
    if !rustix::process::geteuid().is_root() {
        return crate::support::skip("root", "only root can be another user");
    }
    if Command::new("setpriv").arg("--version").output().is_err() {
        return crate::support::skip("setpriv", "there is no `setpriv`");
    }
    let place = Place::new();
    publish(&place);
    place.ok(["install", "echo"]);
    let root = place.here().parent().unwrap().to_path_buf();
    let store = place.store();
    // What an administrator does for all who are to use it; a work directory of before stays private.
    let opened = Command::new("chmod")
        .args(["-R", "a+rX"])
        .arg(&root)
        .status();
    assert!(opened.unwrap().success());
    fs::set_permissions(&root, fs::Permissions::from_mode(0o755)).unwrap();
    let home = place.path("theirs");
    fs::create_dir(&home).unwrap();
    fs::set_permissions(&home, fs::Permissions::from_mode(0o700)).unwrap();
    chown(&home, Some(65534), Some(65534)).unwrap();
    let program = CommandForAll::new();
    let as_another = |arguments: &[&str]| {
        let program = program.path();
        as_another(&place, &program, &store, &home, arguments)
    };
    let probe = as_another(&["--version"]);
    if probe.code != 0 {
        crate::support::skip(
            "other-user",
            format!("the command cannot be run by another user: {probe:?}"),
        );
        return;
    }
    reads_and_runs(&store, as_another);
    let state = home.join(".local/share/annexe/state");
    assert_eq!(fs::read_dir(state).unwrap().count(), 1);
    // After its owner's next changes it is so still.
    for change in [["pin", "echo"], ["unpin", "echo"]] {
        place.ok(change);
        reads_and_runs(&store, as_another);
    }
    for unreadable in ["trees.lock", "store.lock"] {
        fs::set_permissions(store.join(unreadable), fs::Permissions::from_mode(0o600)).unwrap();
    }
    reads_and_runs(&store, as_another);
}

#[test]
fn a_store_that_others_may_read_stays_so_with_each_change_and_a_private_one_private() {
    let place = Place::new();
    publish(&place);
    for mode in [0o755, 0o700] {
        let store = place.path(&format!("store-{mode:o}"));
        fs::create_dir(&store).unwrap();
        fs::set_permissions(&store, fs::Permissions::from_mode(mode)).unwrap();
        for change in [&["install", "echo"][..], &["pin", "echo"]] {
            assert_eq!(run_on(&place, &store, change).code, 0);
        }
        for file in [
            "current",
            "annexe-store.json",
            "generations/1.json",
            "generations/2.json",
        ] {
            let file_mode = fs::metadata(store.join(file)).unwrap().mode() & 0o777;
            assert_eq!(file_mode, 0o600 | mode & 0o044, "{file} of {mode:o}");
        }
        for folder in ["generations", "trees", "started", "dev", "staging"] {
            let folder_mode = fs::metadata(store.join(folder)).unwrap().mode() & 0o777;
            assert_eq!(folder_mode, mode, "{folder} of {mode:o}");
        }
        let of_work = fs::metadata(store.join("work")).unwrap().mode() & 0o777;
        assert_eq!(of_work, 0o700);
    }
}

#[test]
fn a_store_on_a_read_only_file_system_is_listed_verified_and_run() {
    let place = Place::new();
    publish(&place);
    place.ok(["install", "echo"]);
    let store = place.store();
    let mount = |arguments: &[&str]| {
        let ours = place.command();
        let mut command = Command::new("unshare");
        command.args(["-m", "sh", "-c"]);
        command.arg(
            "mount --bind \"$1\" \"$1\" && mount -o remount,ro,bind \"$1\" && shift && exec \"$@\"",
        );
        command.args(["sh", text(&store)]).arg(ours.get_program());
        command.args(arguments).current_dir(place.here());
        for (name, value) in ours.get_envs() {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        command
    };
    match mount(&["--version"]).output() {
        Ok(output) if output.status.success() => {}
        other => {
            return crate::support::skip(
                "mount",
                format!("nothing can be mounted here: {other:?}"),
            );
        }
    }
    reads_and_runs(&store, |arguments| Ran::of(mount(arguments)));
}

/// Reads and runs what a store has, and tries to change it: it stays as it is.
fn reads_and_runs(store: &Path, run: impl Fn(&[&str]) -> Ran) {
    let before = digest(store);
    for arguments in READING {
        let ran = run(arguments);
        assert_eq!(ran.code, 0, "{arguments:?}: {ran:?}");
    }
    let ran = run(&["call", "echo", "language-server-command", "echo"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.stdout.contains("echo"), "{ran:?}");
    assert!(!ran.stderr.contains("warning"), "{ran:?}");
    let log = run(&["log", "echo"]);
    assert!(log.stdout.contains("started"), "{log:?}");
    // No dev extension is there to be stopped.
    for arguments in CHANGING.into_iter().filter(|it| it[0] != "dev") {
        let ran = run(arguments);
        assert_eq!(ran.code, 1, "{arguments:?}: {ran:?}");
        assert!(
            ran.stderr.contains("may only be read") && ran.stderr.contains("hint: "),
            "{arguments:?}: {ran:?}"
        );
    }
    assert_eq!(digest(store), before);
}

#[test]
fn a_work_directory_that_others_can_change_is_refused() {
    let place = Place::new();
    place.extension("echo", "1.0.0");
    let shared = place.path("shared");
    fs::create_dir(&shared).unwrap();
    fs::set_permissions(&shared, fs::Permissions::from_mode(0o1777)).unwrap();
    let open = place.path("open");
    fs::create_dir(&open).unwrap();
    fs::set_permissions(&open, fs::Permissions::from_mode(0o777)).unwrap();
    for work in [shared.join("work"), shared.clone(), open] {
        let call = [
            "call",
            "./echo",
            "language-server-command",
            "echo",
            "--work-dir",
            text(&work),
        ];
        let ran = place.run(call);
        assert_eq!((ran.code, ran.stdout.as_str()), (1, ""), "{ran:?}");
        assert!(ran.stderr.contains("others can change"), "{ran:?}");
    }
    assert_eq!(fs::read_dir(&shared).unwrap().count(), 0);
    let own = place.path("own");
    place.ok([
        "call",
        "./echo",
        "language-server-command",
        "echo",
        "--work-dir",
        text(&own),
    ]);
}
