//! The committed guests import and export what their source does, whatever compiler builds it.

use std::path::{Path, PathBuf};

use annexe::component_type::ComponentType;

use crate::{folders, support::guests};

/// The imports and exports of a component, without those of its language's own library, which follow the
/// compiler.
fn interface(file: &Path) -> ComponentType {
    let bytes = std::fs::read(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let mut component = ComponentType::of_component(&bytes).unwrap();
    let is_own = |name: &annexe::component_type::FunctionName| {
        name.package()
            .is_none_or(|package| package == "zed:extension")
    };
    component.imports.retain(|name, _| is_own(name));
    component
}

#[test]
#[ignore = "it needs guests that are built from source: `.ci/build-guests --check` runs it"]
fn guests_from_source_have_the_interface_of_the_committed_ones() {
    let fresh = PathBuf::from(std::env::var_os("ANNEXE_GUESTS").unwrap());
    let committed = guests::folder();
    let names = |folder: &Path| -> Vec<String> {
        let mut names = folders::names(folder);
        names.retain(|name| name.ends_with(".wasm"));
        names
    };
    assert_eq!(names(&fresh), names(&committed));
    for name in names(&committed) {
        let (ours, theirs) = (committed.join(&name), fresh.join(&name));
        assert_eq!(interface(&ours), interface(&theirs), "{name}");
        assert!(!interface(&ours).exports.is_empty());
        assert_eq!(version(&ours), version(&theirs), "{name}");
    }
}

fn version(file: &Path) -> semver::Version {
    annexe::version::api_version(&std::fs::read(file).unwrap()).unwrap()
}
