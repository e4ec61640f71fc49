//! A folder that is no store: refused by whatever looks for extensions there, with the way out, and left as it is.

use std::{fs, os::unix::fs::symlink, path::Path};

use crate::{commands::Store, digest, template::try_all};

/// What stands where the store should be, and how it is made.
type Obstacle = (&'static str, fn(&Path));

const OBSTACLES: [Obstacle; 6] = [
    ("a folder of files", |path| {
        fs::create_dir_all(path.join("photos")).unwrap();
        fs::write(path.join("photos/one.jpg"), "a picture").unwrap();
        fs::write(path.join("letter.txt"), "Dear").unwrap();
    }),
    ("a folder with names that a store has", |path| {
        for name in ["staging", "trees", "generations", "work", "dev"] {
            fs::create_dir_all(path.join(name).join("x")).unwrap();
            fs::write(path.join(name).join("x/y"), "mine").unwrap();
            fs::write(path.join(name).join(".tmp-mine"), "mine").unwrap();
        }
        fs::write(path.join("store.lock"), "mine").unwrap();
    }),
    ("a folder with files in their place", |path| {
        fs::create_dir(path).unwrap();
        for name in ["staging", "trees", "generations", "current"] {
            fs::write(path.join(name), "mine").unwrap();
        }
    }),
    ("a file", |path| fs::write(path, "mine").unwrap()),
    ("a link that leads nowhere", |path| {
        symlink("/nowhere/at/all", path).unwrap();
    }),
    ("a device", |path| symlink("/dev/null", path).unwrap()),
];

#[test]
fn what_is_no_store_is_refused_and_stays_as_it_is() {
    for (name, make) in OBSTACLES {
        // What has nothing to do with stores is tried once.
        let is_first = name == OBSTACLES[0].0;
        try_all(
            |case| is_first || case.store != Store::Ignores,
            |case, place| {
                let store = place.beside("elsewhere");
                make(&store);
                let before = digest::of(&store, &[]);
                let words = case.words(place);
                let named = ["--store".to_owned(), store.display().to_string()];
                let ran = place.run(words.into_iter().chain(named));
                let after = digest::of(&store, &[]);
                let mut wrong = digest::difference(&before, &after);
                let refused = ran.code == 1
                    && ran.stderr.contains(store.to_str().unwrap())
                    && ran.stderr.contains("\nhint: ");
                // `build` finds that what it built is no extension.
                let ignores = case.store == Store::Ignores;
                if ignores && ran.stderr.contains(store.to_str().unwrap()) || !ignores && !refused {
                    wrong.push(format!("{ran:?}"));
                }
                wrong
                    .into_iter()
                    .map(|it| format!("{name}: {it}"))
                    .collect()
            },
        );
    }
}

#[test]
fn nothing_is_made_where_there_is_nothing_to_read() {
    try_all(
        |case| matches!(case.store, Store::Reads | Store::Runs),
        |case, place| {
            let mut wrong = Vec::new();
            for is_there in [false, true] {
                let store = place.beside(&format!("elsewhere-{is_there}"));
                if is_there {
                    fs::create_dir(&store).unwrap();
                }
                let before = digest::of(&store, &[]);
                let named = ["--store".to_owned(), store.display().to_string()];
                place.run(case.words(place).into_iter().chain(named));
                wrong.extend(digest::difference(&before, &digest::of(&store, &[])));
            }
            wrong
        },
    );
}
