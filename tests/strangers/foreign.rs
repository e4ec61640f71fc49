//! A store that another user can change: its own, one that others may write to, and one in a folder of theirs.

use std::{
    fs,
    os::unix::fs::{PermissionsExt as _, chown},
    path::{Path, PathBuf},
};

use crate::{
    commands::Store,
    digest,
    support::{files::copy_exactly, place::Place},
    template::{self, try_all},
};

/// A user who is not the one that runs the tests.
pub const STRANGER: u32 = 65534;

/// Gives everything in a folder to another user; `false` where this user may not.
pub fn give_away(path: &Path, to: u32) -> bool {
    let given = std::process::Command::new("chown")
        .arg("-R")
        .arg(format!("{to}:{to}"))
        .arg(path)
        .output();
    given.unwrap().status.success()
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// Tries everything on a store that `make` puts somewhere, and gives the way of telling.
fn try_on(name: &str, make: impl Fn(&Place) -> PathBuf + Sync) {
    try_all(
        |case| case.store != Store::Ignores,
        |case, place| {
            let store = make(place);
            let before = digest::of(&store, &[]);
            let named = ["--store".to_owned(), store.display().to_string()];
            let ran = place.run(case.words(place).into_iter().chain(named));
            let mut wrong = digest::difference(&before, &digest::of(&store, &[]));
            // It names the folder that is not safe, which may be one above the store.
            let mut above = store
                .ancestors()
                .map(|it| format!("can change `{}`", it.display()));
            let refused = ran.code == 1
                && above.any(|it| ran.stderr.contains(&it))
                && ran.stderr.contains("\nhint: ");
            if !refused || !ran.stdout.is_empty() {
                wrong.push(format!("{ran:?}"));
            }
            wrong
                .into_iter()
                .map(|it| format!("{name}: {it}"))
                .collect()
        },
    );
}

#[test]
fn a_store_of_another_user_is_refused() {
    if !give_away(&template::place().store(), STRANGER) {
        crate::support::skip("root", "this user cannot give a store to another");
        return;
    }
    try_on("of another user", |place| {
        give_away(&place.store(), STRANGER);
        place.store()
    });
}

#[test]
fn a_store_that_others_can_write_to_is_refused() {
    for mode in [0o775, 0o757, 0o1777] {
        try_on(&format!("with the mode {mode:o}"), |place| {
            set_mode(&place.store(), mode);
            place.store()
        });
    }
}

#[test]
fn a_store_in_a_folder_that_others_can_change_is_refused() {
    for mode in [0o777, 0o1777] {
        try_on(&format!("in a folder of the mode {mode:o}"), |place| {
            let shared = place.beside("shared");
            let store = shared.join("store");
            fs::create_dir_all(&store).unwrap();
            copy_exactly(&place.store(), &store);
            set_mode(&shared, mode);
            store
        });
    }
}

#[test]
fn a_store_far_below_a_folder_that_others_can_change_is_refused() {
    for mode in [0o775, 0o777] {
        try_on(&format!("below a folder of the mode {mode:o}"), |place| {
            let shared = place.beside("shared");
            let store = shared.join("person/own/store");
            fs::create_dir_all(&store).unwrap();
            copy_exactly(&place.store(), &store);
            // Whoever can rename the folder between puts another in its place.
            set_mode(&shared, mode);
            store
        });
    }
}

#[test]
fn a_store_through_a_link_of_another_user_is_refused() {
    if chown(template::place().home(), Some(STRANGER), None).is_err() {
        crate::support::skip("root", "this user cannot give a folder to another");
        return;
    }
    try_on("through a link", |place| {
        let theirs = place.beside("theirs");
        fs::create_dir(&theirs).unwrap();
        std::os::unix::fs::symlink(place.store(), theirs.join("store")).unwrap();
        chown(&theirs, Some(STRANGER), None).unwrap();
        theirs.join("store")
    });
}
