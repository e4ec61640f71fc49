//! The longest texts of a manifest: what lists and messages show is bounded where it is read.

use crate::base::types::MAX_VERSION_BYTES;

/// The most authors that are read. Manifests that exist have some ten.
pub(super) const AUTHORS: usize = 50;

/// The longest name that a table gives to one of its entries, in characters.
pub(super) const ENTRY_NAME: usize = 200;

/// The longest text that may stand at a place of a manifest, in characters.
///
/// `place` is the path of a key, such as `description` or `authors[2]`. Texts of no place with a limit of
/// its own are addresses, arguments and values of variables.
pub(super) fn longest(place: &str) -> usize {
    match place {
        "version" | "lib.version" => MAX_VERSION_BYTES,
        "name" => 200,
        "description" => 2_000,
        _ if place.starts_with("authors[") => 200,
        _ => 4_000,
    }
}

/// The complaint about a text that is longer than its place takes; `None` where it is not.
pub(super) fn too_long(place: &str, text: &str) -> Option<String> {
    let longest = longest(place);
    // As many bytes hold no more characters.
    if text.len() <= longest {
        return None;
    }
    let length = text.chars().count();
    (length > longest).then(|| complaint(place, length, longest, "characters"))
}

/// The complaint about a list of authors that is too long; `None` where it is not.
pub(super) fn too_many_authors(count: usize) -> Option<String> {
    (count > AUTHORS).then(|| complaint("authors", count, AUTHORS, "entries"))
}

fn complaint(place: &str, found: usize, most: usize, what: &str) -> String {
    format!("`{place}` has {found} {what}, and at most {most} are allowed")
}
