//! Package specs of guests that npm is given: the name of a package in a registry, and a version, a range or a
//! tag of it. npm takes URLs, files, repositories and aliases in the same places; none of these is let in.

use super::error::NodeError;

/// The longest name that npm publishes under, in bytes.
const LONGEST_NAME: usize = 214;
/// The longest version that is given to npm, in bytes; as semver has it.
const LONGEST_VERSION: usize = 256;

/// What npm takes for the name of a file, whatever is before it.
const ARCHIVES: [&str; 3] = [".tgz", ".tar", ".tar.gz"];

/// Checks that a name is one of a package in a registry: `name` or `@scope/name`.
pub(super) fn check_name(name: &str) -> Result<(), NodeError> {
    let is_name = name.len() <= LONGEST_NAME
        && match name.strip_prefix('@') {
            Some(scoped) => scoped
                .split_once('/')
                .is_some_and(|(scope, name)| is_part(scope) && is_part(name)),
            None => is_part(name),
        };
    if is_name {
        return Ok(());
    }
    Err(NodeError::Name { name: name.into() })
}

fn is_part(part: &str) -> bool {
    part.starts_with(|first: char| first.is_ascii_alphanumeric())
        && part
            .chars()
            .all(|letter| letter.is_ascii_alphanumeric() || "-_.~".contains(letter))
        && !is_archive(part)
        && !["node_modules", "favicon.ico"].contains(&part)
}

/// Checks that a version is one, or a range without spaces, or a tag.
pub(super) fn check_version(version: &str) -> Result<(), NodeError> {
    let is_version = version.len() <= LONGEST_VERSION
        && version
            .starts_with(|first: char| first.is_ascii_alphanumeric() || "^~<>=*".contains(first))
        && version
            .chars()
            .all(|letter| letter.is_ascii_alphanumeric() || "-_.+^~<>=*|".contains(letter))
        && !is_archive(version);
    if is_version {
        return Ok(());
    }
    Err(NodeError::Version {
        version: version.into(),
    })
}

fn is_archive(word: &str) -> bool {
    let word = word.to_ascii_lowercase();
    ARCHIVES.iter().any(|end| word.ends_with(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_that_of_a_package_in_a_registry() {
        for name in [
            "pyright",
            "vscode-langservers-extracted",
            "@vue/language-server",
            "@types/node",
            "lodash.merge",
            "JSONStream",
            "7zip",
            "a_b~c",
        ] {
            assert!(check_name(name).is_ok(), "{name}");
        }
        let long = "a".repeat(LONGEST_NAME + 1);
        for name in [
            "",
            "@",
            "@/",
            "@scope",
            "@scope/",
            "@/name",
            "@scope/a/b",
            "@../name",
            "@scope/..",
            "..",
            ".",
            "./here",
            "../there",
            "~/home",
            "~home",
            "/etc",
            "C:folder",
            "a\\b",
            "owner/repository",
            "github:owner/repository",
            "git+ssh://host/x.git",
            "https://host/x.tgz",
            "x.tgz",
            "x.TAR.gz",
            "@scope/x.tar",
            "file:x",
            "name@1.0.0",
            "name@npm:other",
            "-g",
            "--registry=http://evil",
            "a b",
            "a\nb",
            "a\0b",
            "a?b",
            "a#b",
            "a%2fb",
            "_hidden",
            "é",
            "node_modules",
            &long,
        ] {
            assert!(check_name(name).is_err(), "{name}");
        }
    }

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
