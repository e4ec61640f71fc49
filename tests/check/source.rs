//! The package that a component is built from.

use crate::Folder;

const SERVER: &str = "[language_servers.marsh]\nlanguages = [\"Marsh\"]\n";

const PACKAGE: &str = "[package]\nname = \"marsh\"\nversion = \"0.1.0\"\n[lib]\ncrate-type = [\"cdylib\"]\n[dependencies]\nzed_extension_api = \"0.7.0\"\n";

fn found(package: &str) -> Vec<String> {
    let found = Folder::new(SERVER).with("Cargo.toml", package).found();
    let (first, rest) = found.split_first().unwrap();
    assert_eq!(first, "note[source-unbuilt] Cargo.toml");
    rest.to_vec()
}

#[test]
fn a_package_that_becomes_a_component_is_told_that_it_is_not_built() {
    assert_eq!(found(PACKAGE), [""; 0]);
    let folder = Folder::new(SERVER).with("Cargo.toml", PACKAGE);
    let checked = folder.check();
    assert!(checked.is_unbuilt && checked.passes());
    assert!(checked.findings[0].fix.contains("`annexe build`"));
    let built = folder.with_guest("0.2.0");
    assert_eq!(built.found(), [""; 0]);
}

#[test]
fn other_toolchains_manifests_count_where_a_component_is_needed() {
    for file in ["package.json", "pyproject.toml", "go.mod", "CMakeLists.txt"] {
        let unused = Folder::new("").with(file, "{}");
        assert_eq!(unused.found(), [""; 0], "{file}");
        assert!(!unused.check().is_unbuilt, "{file}");
        let needed = Folder::new(SERVER).with(file, "{}");
        assert_eq!(needed.found(), [format!("note[source-unbuilt] {file}")]);
        let library = Folder::new("[lib]\nkind = \"Rust\"\n").with(file, "{}");
        assert_eq!(library.found(), [format!("note[source-unbuilt] {file}")]);
    }
}

#[test]
fn the_dependency_is_found_in_every_form_that_cargo_reads() {
    let of = |line: &str| PACKAGE.replace("zed_extension_api = \"0.7.0\"", line);
    for line in [
        "zed_extension_api = { version = \"0.1\" }",
        "zed_extension_api = { path = \"../api\" }",
        "zed_extension_api.workspace = true",
        "api = { package = \"zed_extension_api\", version = \"0.6\" }",
        "[target.'cfg(target_arch = \"wasm32\")'.dependencies]\nzed_extension_api = \"0.7\"",
    ] {
        assert_eq!(found(&of(line)), [""; 0], "{line}");
    }
    for (line, expected) in [
        (
            "",
            "warning[source-api-missing] Cargo.toml:6:1 (dependencies)",
        ),
        (
            "api = { package = \"other\", version = \"1\" }",
            "warning[source-api-missing] Cargo.toml:6:1 (dependencies)",
        ),
        (
            "zed_extension_api = \"0.9\"",
            "error[source-api-unsupported] Cargo.toml:7:21 (dependencies.zed_extension_api)",
        ),
        (
            "zed_extension_api = { version = \"six\" }",
            "error[source-api-unsupported] Cargo.toml:7:33 (dependencies.zed_extension_api.version)",
        ),
    ] {
        assert_eq!(found(&of(line)), [expected], "{line}");
    }
}

#[test]
fn a_package_must_be_a_library_of_the_right_type() {
    let expected = "error[source-crate-type] Cargo.toml:5:14 (lib.crate-type)";
    assert_eq!(found(&PACKAGE.replace("cdylib", "rlib")), [expected]);
    let without = PACKAGE.replace("[lib]\ncrate-type = [\"cdylib\"]\n", "");
    assert_eq!(
        found(&without),
        ["error[source-crate-type] Cargo.toml (lib.crate-type)"]
    );
    assert_eq!(found("[lib"), ["error[source-manifest] Cargo.toml:1:5"]);
}

#[test]
fn what_builds_leave_behind_is_noted() {
    let folder = Folder::new(SERVER)
        .with("Cargo.toml", PACKAGE)
        .with("target/wasm32-wasip2/release/marsh.wasm", "")
        .with("grammars/marsh/grammar.js", "")
        .with_guest("0.2.0");
    assert_eq!(
        folder.found(),
        [
            "note[source-leftover] target",
            "note[source-leftover] grammars/marsh"
        ]
    );
}
