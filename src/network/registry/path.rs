//! Paths of files in a registry: relative with `/` between the parts, the same in a folder,
//! in a binary and below a URL.

use crate::base::types::ExtensionId;

/// The configuration's path.
pub const CONFIG_PATH: &str = "config.json";

/// The path of an extension's index file, by cargo's rule, so that no folder grows too long:
/// `index/1/a`, `index/2/ab`, `index/3/a/abc`, `index/ab/cd/abcd…`.
pub fn index_path(id: &ExtensionId) -> String {
    let id = id.as_str();
    match (id.len(), id.get(..1), id.get(..2), id.get(2..4)) {
        (3, Some(first), ..) => format!("index/3/{first}/{id}"),
        (_, _, Some(first), Some(second)) => format!("index/{first}/{second}/{id}"),
        (length, ..) => format!("index/{length}/{id}"),
    }
}

/// Whether `path` stays below the registry wherever it is joined: parts of plain characters between
/// single `/`, none of them empty, `.` or `..`, no scheme, no drive, no backslash.
pub(crate) fn is_contained(path: &str) -> bool {
    let plain = |character: char| character.is_ascii_alphanumeric() || "._-+{}".contains(character);
    path.len() <= 1024
        && path
            .split('/')
            .all(|part| !part.is_empty() && part != "." && part != ".." && part.chars().all(plain))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn index_files_lie_by_cargos_rule() {
        for (id, path) in [
            ("a", "index/1/a"),
            ("ab", "index/2/ab"),
            ("abc", "index/3/a/abc"),
            ("abcd", "index/ab/cd/abcd"),
            ("html-snippets", "index/ht/ml/html-snippets"),
        ] {
            assert_eq!(index_path(&id.parse().unwrap()), path);
        }
    }

    #[test]
    fn a_path_that_leaves_the_registry_is_seen() {
        for path in ["a", "archives/a/1.0.0+x/f.tar.gz", "a..b/c"] {
            assert!(is_contained(path), "{path}");
        }
        for path in [
            "",
            "/a",
            "a/",
            "a//b",
            "..",
            "a/../b",
            "./a",
            "https://x/y",
            "c:\\x",
            "a\\..\\b",
            "a b",
            "%2e%2e/a",
        ] {
            assert!(!is_contained(path), "{path}");
        }
    }
}
