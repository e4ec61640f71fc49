//! Finds the worlds' folders, and what is in them.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use semver::Version;

pub use crate::support::files::names;

pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The versions that have a folder, oldest first.
pub fn versions() -> Vec<Version> {
    let mut versions: Vec<Version> = names(&root().join("wit/extension"))
        .iter()
        .filter_map(|name| name.strip_prefix("since_v"))
        .map(|version| version.parse().unwrap())
        .collect();
    versions.sort();
    assert!(versions.len() >= 9);
    versions
}

/// The folder of a world's interfaces.
pub fn wit(version: &Version) -> PathBuf {
    root().join(format!("wit/extension/since_v{version}"))
}

/// The name of the module that adapts a world.
pub fn module(version: &Version) -> String {
    format!("since_v{}", version.to_string().replace('.', "_"))
}

/// The files of a world by their names without `.wit`.
pub fn files(version: &Version) -> BTreeMap<String, String> {
    let folder = wit(version);
    let read = |name: String| {
        let text = std::fs::read_to_string(folder.join(&name)).unwrap();
        (
            name.strip_suffix(".wit")
                .unwrap_or_else(|| panic!("{name} is no interface"))
                .to_owned(),
            text,
        )
    };
    names(&folder).into_iter().map(read).collect()
}

/// The interfaces of a world, each in a file of its name.
pub fn interfaces(version: &Version) -> BTreeMap<String, String> {
    let mut interfaces = files(version);
    let world = interfaces.remove("extension").unwrap();
    assert!(
        world.contains("world extension {") && !world.contains("\ninterface "),
        "{version}"
    );
    for (name, text) in &interfaces {
        let declared: Vec<_> = text
            .lines()
            .filter_map(|line| line.strip_prefix("interface "))
            .collect();
        assert_eq!(
            declared,
            [format!("{name} {{")],
            "{version}: a file holds the interface of its name"
        );
    }
    interfaces
}
