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
fn a_source_that_is_newer_than_its_component_is_named() {
    for file in ["Cargo.toml", "Cargo.lock", "build.rs", "src/deep/er/lib.rs"] {
        let folder = Folder::new(SERVER)
            .with("Cargo.toml", PACKAGE)
            .with("src/main.rs", "")
            .aged("Cargo.toml")
            .aged("src/main.rs")
            .with_guest("0.2.0")
            .aged("extension.wasm");
        let folder = match file {
            "Cargo.toml" => folder.with(file, PACKAGE),
            _ => folder.with(file, ""),
        };
        assert_eq!(folder.found(), [format!("warning[source-newer] {file}")]);
        // What is no source may be as new as it likes, and so may all where there is no package.
        let folder = folder.with_guest("0.2.0").with("README.md", "new");
        let newer = |folder: &Folder| folder.found().iter().any(|it| it.contains("source-newer"));
        assert!(!newer(&folder), "{file}");
        let folder = folder.aged("extension.wasm").without("Cargo.toml");
        assert!(!newer(&folder), "{file}");
    }
}

#[test]
fn a_core_module_among_sources_is_left_over_from_a_build() {
    let module = b"\0asm\x01\0\0\0";
    let folder = Folder::new(SERVER)
        .with("Cargo.toml", PACKAGE)
        .with("extension.wasm", module);
    assert_eq!(folder.found(), ["note[source-unbuilt] Cargo.toml"]);
    let checked = folder.check();
    assert!(checked.is_unbuilt && !checked.has_component && checked.passes());
    assert_eq!(checked.wasm, None);
    // Where nothing else would make the component, it is the mistake.
    let folder = folder.without("Cargo.toml").with("package.json", "{}");
    assert_eq!(
        folder.found(),
        ["error[component-core-module] extension.wasm"]
    );
}

#[test]
fn the_package_has_the_extensions_version() {
    let of = |line: &str| found(&PACKAGE.replace("version = \"0.1.0\"", line));
    assert_eq!(
        of("version = \"0.2.0\""),
        ["warning[source-version-differs] Cargo.toml:3:11 (package.version)"]
    );
    // The workspace says it, or nothing does.
    assert_eq!(of("version.workspace = true"), [""; 0]);
    assert_eq!(of(""), [""; 0]);
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
