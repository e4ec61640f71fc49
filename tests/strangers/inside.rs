//! A store of the user's own in which somebody has laid links and files of theirs: no command follows, changes or
//! removes what a link leads to, whatever its name, and what has another name than the store's own stays.

use std::{fs, os::unix::fs::symlink, path::Path};

use crate::{commands::Store, digest, template::try_all};

/// Where links are laid; the last in the place of a folder of the store's.
const LINKS: &[&str] = &[
    "staging/change-aaaaaa",
    "staging/x",
    "trees/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "trees/x",
    "generations/99",
    "dev/x",
    "started/aaaaaaaa",
    "work/x",
    "work/guest",
];

/// What is laid that is nobody's but the user's.
const MINE: &[&str] = &[
    "staging/mine",
    "staging/.tmp-mine",
    "trees/mine",
    "trees/.tmp-mine",
    "generations/mine",
    "generations/.tmp-mine",
    "work/.tmp-mine",
    "started/mine",
    ".tmp-mine",
    "mine",
];

fn lay(store: &Path, photos: &Path) {
    fs::create_dir_all(photos.join("below")).unwrap();
    for name in [
        "one.jpg",
        "below/two.jpg",
        ".tmp-three.jpg",
        "extension.toml",
    ] {
        fs::write(photos.join(name), "a picture").unwrap();
    }
    for name in LINKS {
        let path = store.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        if path.is_dir() {
            fs::rename(&path, photos.with_file_name("aside")).unwrap();
        }
        symlink(photos, path).unwrap();
    }
    for name in MINE {
        let path = store.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "mine").unwrap();
    }
}

#[test]
fn no_command_goes_through_links_in_a_store_or_removes_what_is_not_its_own() {
    try_all(
        |case| case.store != Store::Ignores,
        |case, place| {
            let photos = place.beside("photos");
            let store = place.store();
            lay(&store, &photos);
            let mine = || left(&store);
            let before = (digest::of(&photos, &[]), mine());
            let ran = place.run(case.words(place));
            let mut wrong = digest::difference(&before.0, &digest::of(&photos, &[]));
            if mine() != before.1 {
                wrong.push(format!("left of what is mine: {:?}", mine()));
            }
            // It may be refused in words, and nothing else.
            let is_refused = ran.code == 1 && ran.stderr.contains("\nhint: ");
            if ran.code != case.code() && !is_refused {
                wrong.push(format!("{ran:?}"));
            }
            // Nothing of the pictures is told.
            if ran.stdout.contains("a picture") {
                wrong.push(format!("{ran:?}"));
            }
            wrong
        },
    );
}

/// Which of the user's files are there, as they were laid.
fn left(store: &Path) -> Vec<&'static str> {
    let is_there = |name: &&str| fs::read_to_string(store.join(name)).is_ok_and(|it| it == "mine");
    MINE.iter().copied().filter(is_there).collect()
}
