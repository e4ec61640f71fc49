//! Names of packages in npm's registry.

/// The longest name that npm publishes under, in bytes.
const LONGEST_NAME: usize = 214;

/// What npm takes for the name of a file, whatever is before it.
const ARCHIVES: [&str; 3] = [".tgz", ".tar", ".tar.gz"];

/// Whether a name is one of a package in a registry: `name` or `@scope/name`. npm takes URLs, files, repositories and
/// aliases in its place.
pub(crate) fn is_package_name(name: &str) -> bool {
    name.len() <= LONGEST_NAME
        && match name.strip_prefix('@') {
            Some(scoped) => scoped
                .split_once('/')
                .is_some_and(|(scope, name)| is_part(scope) && is_part(name)),
            None => is_part(name),
        }
}

/// Whether a word may be a scope, or a name within one.
pub(super) fn is_part(part: &str) -> bool {
    part.starts_with(|first: char| first.is_ascii_alphanumeric())
        && part
            .chars()
            .all(|letter| letter.is_ascii_alphanumeric() || "-_.~".contains(letter))
        && !is_package_archive(part)
        && !["node_modules", "favicon.ico"].contains(&part)
}

/// Whether npm takes a word for the name of a file.
pub(crate) fn is_package_archive(word: &str) -> bool {
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
            assert!(is_package_name(name), "{name}");
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
            assert!(!is_package_name(name), "{name}");
        }
    }
}
