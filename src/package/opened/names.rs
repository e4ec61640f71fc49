//! The ids that files without a manifest's word are known by.

use std::path::Path;

use crate::base::types::{ExtensionId, ExtensionVersion};

/// The id of what has no name that could be one.
pub(super) const NAMELESS: &str = "extension";

/// The file's name up to the endings of archives and components.
pub(super) fn stem(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let endings = [".tar.gz", ".tgz", ".wasm"];
    let stem = endings
        .iter()
        .find_map(|ending| name.strip_suffix(ending))
        .unwrap_or(&name);
    stem.to_lowercase().replace(['.', ' '], "-")
}

/// The id that an archive's name gives: what stands before `-<version>.tar.gz`.
pub(super) fn legacy_id(path: &Path) -> String {
    let name = path
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let name = name
        .strip_suffix(".tar.gz")
        .or(name.strip_suffix(".tgz"))
        .unwrap_or(&name);
    let before_version = name.match_indices('-').find_map(|(at, _)| {
        let (before, version) = name.split_at(at);
        let version = &version[1..];
        // Without a dot its first number may belong to the id.
        let numbers = version.split('-').next().unwrap_or_default();
        let is_version = numbers.contains('.') && version.parse::<ExtensionVersion>().is_ok();
        is_version.then_some(before)
    });
    let id = before_version.unwrap_or(name);
    match id.parse::<ExtensionId>() {
        Ok(id) => id.to_string(),
        Err(_) => NAMELESS.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_archives_name_gives_the_id_of_a_legacy_extension() {
        let id = |name: &str| legacy_id(Path::new(name));
        assert_eq!(id("a/java-server-1.2.0.tar.gz"), "java-server");
        assert_eq!(id("toml-0.1.0-beta.1.tgz"), "toml");
        assert_eq!(id("toml-v0.0.1.tgz"), "toml");
        assert_eq!(id("base-16-1.0.tar.gz"), "base-16");
        assert_eq!(id("base-16.tar.gz"), "base-16");
        assert_eq!(id("toml.tar.gz"), "toml");
        assert_eq!(id("Some Thing.tar.gz"), "extension");
        assert_eq!(id(".."), "extension");
    }
}
