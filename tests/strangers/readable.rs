//! A store that this user can only read: on a read-only mount, and as another user than its owner. It is listed,
//! verified and run; what would change it is refused in words.

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path, process::Command};

use crate::{
    commands::{Case, Store},
    digest,
    foreign::{STRANGER, give_away},
    support::place::{CommandForAll, Place, Ran},
    template::{self, try_all},
};

/// The command as it was built.
const COMMAND: &str = env!("CARGO_BIN_EXE_annexe");

/// What is wrong with how a command fared.
fn wrong(case: &Case, ran: &Ran) -> Option<String> {
    let is_right = match case.store {
        Store::Ignores => true,
        Store::Reads | Store::Runs => ran.code == case.code(),
        Store::Changes => {
            ran.code == 1
                && ran.stderr.contains("error: the store `")
                && ran.stderr.contains("\nhint: ")
        }
    };
    (!is_right).then(|| format!("{ran:?}"))
}

/// Runs `program` with a command's words in `wrapper`, a program that runs another.
fn run_in(place: &Place, wrapper: &[String], program: &Path, case: &Case) -> Ran {
    let plain = place.command();
    let mut command = Command::new(&wrapper[0]);
    command
        .args(&wrapper[1..])
        .arg(program)
        .args(case.words(place));
    for (name, value) in plain.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    command.current_dir(place.here());
    Ran::of(command)
}

#[test]
fn a_store_on_a_read_only_mount_is_read_and_run() {
    let place = template::place();
    let words = |place: &Place| {
        let store = place.store().display().to_string();
        let script = format!(
            "mount --bind '{store}' '{store}' && mount -o remount,ro,bind '{store}' && exec \"$@\""
        );
        ["unshare", "-m", "sh", "-c", &script, "sh"].map(str::to_owned)
    };
    let [unshare, rest @ ..] = words(&place);
    let mounts = Command::new(unshare).args(rest).arg("true").output();
    if !mounts.is_ok_and(|output| output.status.success()) {
        crate::support::skip("mount", "this user cannot mount anything");
        return;
    }
    try_all(
        |case| case.store != Store::Ignores,
        |case, place| {
            let before = digest::of(&place.store(), &[]);
            let ran = run_in(place, &words(place), Path::new(COMMAND), case);
            let mut found = digest::difference(&before, &digest::of(&place.store(), &[]));
            found.extend(wrong(case, &ran));
            found
        },
    );
}

#[test]
fn a_store_of_the_systems_is_read_and_run_by_every_user() {
    if !give_away(&template::place().home(), STRANGER) {
        crate::support::skip("root", "this user cannot act as another");
        return;
    }
    let id = STRANGER.to_string();
    let as_stranger = ["setpriv", "--reuid", &id, "--regid", &id, "--clear-groups"];
    let wrapper = as_stranger.map(str::to_owned);
    let command = CommandForAll::new();
    let program = command.path();
    // Through `env`, as below: `setpriv` itself still has the rights of before when it starts a program.
    if !Command::new(&wrapper[0])
        .args(&wrapper[1..])
        .arg("env")
        .arg(&program)
        .arg("--version")
        .output()
        .is_ok_and(|output| output.status.success())
    {
        crate::support::skip("other-user", "another user cannot run the command");
        return;
    }
    try_all(
        // The configuration's folder is the system's too, so that the file cannot be replaced.
        |case| case.store != Store::Ignores && case.command != "source remove",
        |case, place| {
            // The store is the system's, all else this user's own.
            for name in ["here", "home", "config.toml"] {
                assert!(give_away(&place.beside(name), STRANGER));
            }
            let all = Command::new("chmod")
                .args(["-R", "go+rX,go-w"])
                .arg(place.beside(""))
                .status();
            assert!(all.unwrap().success());
            let cache = place.home().join("cache");
            fs::create_dir(&cache).unwrap();
            fs::set_permissions(&cache, fs::Permissions::from_mode(0o700)).unwrap();
            give_away(&cache, STRANGER);
            let mut in_cache = wrapper.to_vec();
            in_cache.extend([
                "env".to_owned(),
                format!("ANNEXE_CACHE={}", cache.display()),
            ]);
            let before = digest::of(&place.store(), &[]);
            let ran = run_in(place, &in_cache, &program, case);
            let mut found = digest::difference(&before, &digest::of(&place.store(), &[]));
            found.extend(wrong(case, &ran));
            found
        },
    );
}
