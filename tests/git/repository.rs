//! Where repositories are read: a place, and what must not be left in it.

use std::{fs, path::PathBuf};

pub use crate::support::git::{Repository, has_git};
use crate::support::place::Place;

/// A place with a cache of its own, so that what is left in it can be seen.
pub fn place() -> Place {
    let mut place = Place::new();
    let cache = place.beside("cache");
    place
        .environment
        .push(("ANNEXE_CACHE".into(), cache.into()));
    for name in [
        "GIT_SSH_COMMAND",
        "GIT_ASKPASS",
        "SSH_ASKPASS",
        "SSH_AUTH_SOCK",
    ] {
        place.environment.push((name.into(), "".into()));
    }
    place
}

/// Nothing of what was fetched is left.
pub fn assert_nothing_left(place: &Place) {
    place.assert_clean();
    assert_eq!(left(place), Vec::<PathBuf>::new());
}

/// The folders of repositories that are being read, or were left.
pub fn left(place: &Place) -> Vec<PathBuf> {
    let entries = fs::read_dir(place.beside("cache/git"))
        .into_iter()
        .flatten();
    let paths = entries.map(|entry| entry.unwrap().path());
    paths.filter(|path| path.is_dir()).collect()
}
