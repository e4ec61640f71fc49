//! Package specs of guests that npm is given: the name of a package in a registry, and a version, a range or a
//! tag of it. npm takes URLs, files, repositories and aliases in the same places; none of these is let in.

use super::error::NodeError;
use crate::package::capability::{is_package_archive, is_package_name};

/// The longest version that is given to npm, in bytes; as semver has it.
const LONGEST_VERSION: usize = 256;

/// Checks that a name is one of a package in a registry: `name` or `@scope/name`.
pub(super) fn check_name(name: &str) -> Result<(), NodeError> {
    match is_package_name(name) {
        true => Ok(()),
        false => Err(NodeError::Name { name: name.into() }),
    }
}

/// Checks that a version is one, or a range without spaces, or a tag.
pub(super) fn check_version(version: &str) -> Result<(), NodeError> {
    let is_version = version.len() <= LONGEST_VERSION
        && version
            .starts_with(|first: char| first.is_ascii_alphanumeric() || "^~<>=*".contains(first))
        && version
            .chars()
            .all(|letter| letter.is_ascii_alphanumeric() || "-_.+^~<>=*|".contains(letter))
        && !is_package_archive(version);
    if is_version {
        return Ok(());
    }
    Err(NodeError::Version {
        version: version.into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_one_or_a_range_or_a_tag() {
        for version in [
            "1.2.3",
            "1.2.3-rc.1+build.5",
            "v1.2.3",
            "1.x",
            "^1.2",
            "~1",
            ">=1.2.3",
            "*",
            "1||2",
            "latest",
            "next-11",
        ] {
            assert!(check_version(version).is_ok(), "{version}");
        }
        let long = "1".repeat(LONGEST_VERSION + 1);
        for version in [
            "",
            " ",
            ">=1 <2",
            "1.0.0 --ignore-scripts",
            "-g",
            "--global",
            ".",
            "..",
            "./x",
            "~/x",
            "/x",
            "x/y",
            "C:x",
            "npm:other@1",
            "file:x",
            "https://host/x",
            "user@host",
            "1.tgz",
            "x.tar.gz",
            "a\nb",
            "a\0",
            &long,
        ] {
            assert!(check_version(version).is_err(), "{version}");
        }
    }
}
