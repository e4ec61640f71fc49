//! What a world takes from an older one is the same, to the letter.
//!
//! The binding generator accepts an older interface that lacks a function, and such an adapter fails
//! only when an extension calls that function. Equal text is the guard.

use std::collections::BTreeMap;

use semver::Version;

use crate::folders;

/// The interfaces that a world maps to older modules, read from the text of its module: a name, or
/// `None` for all of them, and the module.
fn mapped(version: &Version) -> Vec<(Option<String>, Version, String)> {
    let path = format!(
        "src/runtime/api/extension/{}/mod.rs",
        folders::module(version)
    );
    let text = std::fs::read_to_string(folders::root().join(path)).unwrap();
    let mut mapped = Vec::new();
    for line in text.lines().map(str::trim) {
        let Some((key, value)) = line
            .strip_prefix("\"zed:extension")
            .and_then(|line| line.split_once("\": "))
        else {
            continue;
        };
        let Some(value) = value
            .strip_prefix("super::")
            .map(|value| value.trim_end_matches(','))
        else {
            // A resource, which the host itself defines.
            assert!(
                value.starts_with("crate::runtime::services::") && key.contains('.'),
                "{version}: {line}"
            );
            continue;
        };
        let (module, rest) = value.split_once("::zed::extension").unwrap();
        let owner = module
            .strip_prefix("since_v")
            .unwrap()
            .replace('_', ".")
            .parse()
            .unwrap();
        let interface = key.strip_prefix('/').map(str::to_owned);
        let expected = interface.as_ref().map_or(String::new(), |name| {
            format!("::{}", name.replace('-', "_"))
        });
        assert_eq!(
            rest, expected,
            "{version}: {line}: an interface is mapped to the one of its name"
        );
        mapped.push((interface, owner, line.to_owned()));
    }
    mapped
}

/// The module that an interface of a world comes from: its own, or the one it is mapped to.
fn owner(version: &Version, interface: &str) -> Version {
    let mapped = mapped(version);
    let exact = mapped
        .iter()
        .find(|(name, _, _)| name.as_deref() == Some(interface));
    let entry = exact.or_else(|| mapped.iter().find(|(name, _, _)| name.is_none()));
    match entry {
        Some((_, older, line)) => {
            assert!(
                older < version,
                "{version}: {line}: the arrow runs from new to old"
            );
            owner(older, interface)
        }
        None => version.clone(),
    }
}

#[test]
fn a_mapped_interface_is_its_owners_to_the_letter() {
    let mut shared = 0;
    for version in folders::versions() {
        for (name, text) in folders::interfaces(&version) {
            let owner = owner(&version, &name);
            let owned = folders::interfaces(&owner);
            let original = owned
                .get(&name)
                .unwrap_or_else(|| panic!("{version}: {owner} has no interface {name}"));
            assert!(
                text == *original,
                "wit/extension/since_v{version}/{name}.wit is mapped to {owner}, and differs from it: the adapter \
                 must have its own"
            );
            shared += usize::from(owner != version);
        }
    }
    assert!(
        shared >= 30,
        "only {shared} mapped interfaces were found: is the form of `with` another?"
    );
}

#[test]
fn every_interface_is_mapped_or_owned_and_nothing_else_is() {
    let mut newest: BTreeMap<String, (Version, String)> = BTreeMap::new();
    for version in folders::versions() {
        let interfaces = folders::interfaces(&version);
        for (name, _, line) in mapped(&version) {
            assert!(
                name.is_none_or(|name| interfaces.contains_key(&name)),
                "{version}: {line}: no such interface"
            );
        }
        for (name, text) in interfaces {
            match newest.get(&name) {
                Some((before, same)) if *same == text => {
                    assert_ne!(
                        owner(&version, &name),
                        version,
                        "{version}: {name} is as in {before}: map it there"
                    );
                }
                _ => assert_eq!(
                    owner(&version, &name),
                    version,
                    "{version}: {name} is new or has changed"
                ),
            }
            newest.insert(name, (version.clone(), text));
        }
    }
}
