//! The table of worlds, and the folders.

use annexe::version::API_VERSION_SECTION;
use semver::Version;
use wasm_encoder::{Component, CustomSection};

use crate::folders;

/// A component that says nothing but its API version.
fn component(version: &Version) -> Vec<u8> {
    let numbers = [version.major, version.minor, version.patch];
    let data: Vec<u8> = numbers
        .iter()
        .flat_map(|number| u16::try_from(*number).unwrap().to_be_bytes())
        .collect();
    let mut component = Component::new();
    component.section(&CustomSection {
        name: API_VERSION_SECTION.into(),
        data: data.into(),
    });
    component.finish()
}

fn adapter(version: &Version) -> Option<&'static str> {
    annexe::api::inspect(&component(version))
        .ok()
        .map(|fit| fit.adapter)
}

#[test]
fn every_folder_has_its_adapter_and_every_adapter_its_folder() {
    let versions = folders::versions();
    for version in &versions {
        assert_eq!(adapter(version), Some(folders::module(version).as_str()));
    }
    let mut modules: Vec<_> = folders::names(&folders::root().join("src/runtime/api/extension"))
        .into_iter()
        .filter(|name| name.starts_with("since_v"))
        .collect();
    let mut expected: Vec<_> = versions.iter().map(folders::module).collect();
    modules.sort();
    expected.sort();
    assert_eq!(modules, expected);
    for version in &versions {
        let module = folders::root()
            .join("src/runtime/api/extension")
            .join(folders::module(version));
        let text = std::fs::read_to_string(module.join("mod.rs")).unwrap();
        assert!(
            text.contains(&format!("path: \"wit/extension/since_v{version}\",")),
            "{version}"
        );
    }
}

#[test]
fn the_table_lists_the_worlds_oldest_first() {
    let text =
        std::fs::read_to_string(folders::root().join("src/runtime/api/extension/mod.rs")).unwrap();
    let listed: Vec<_> = text
        .lines()
        .filter_map(|line| line.trim().strip_suffix("\";")?.split_once(" = \""))
        .filter(|(module, _)| module.starts_with("since_v"))
        .collect();
    let modules: Vec<_> = folders::versions().iter().map(folders::module).collect();
    assert_eq!(
        listed.iter().map(|(module, _)| *module).collect::<Vec<_>>(),
        modules
    );
}

#[test]
fn each_version_is_served_by_the_newest_world_that_is_not_newer_or_by_none() {
    let versions = folders::versions();
    for major in [0, 1, 2, 65535] {
        for minor in (0..12).chain([255, 256, 65535]) {
            for patch in (0..10).chain([255, 256, 65535]) {
                let version = Version::new(major, minor, patch);
                let newest = versions
                    .iter()
                    .rfind(|world| **world <= version)
                    .map(folders::module);
                // 0.0.7 was withdrawn, and nothing was ever published between it and 0.1.0.
                let is_gap = version > Version::new(0, 0, 6) && version < Version::new(0, 1, 0);
                let is_newer = version >= Version::new(0, 8, 0);
                let expected = newest.filter(|_| !is_gap && !is_newer);
                assert_eq!(adapter(&version), expected.as_deref(), "{version}");
            }
        }
    }
}
