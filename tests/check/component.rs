//! The component: that it is one, fits the API it was built with, and is what the manifest says.

use annexe::{
    EngineError, Host, HostError,
    check::{self, Severity},
};

use wasm_encoder::{ComponentSectionId, CustomSection, Encode as _};

use crate::{
    Folder, guest,
    support::guests::stopping::{self, section},
    told,
};

const SERVER: &str = "[language_servers.marsh]\nlanguages = [\"Marsh\"]\n";

/// The guest of one version with another version written into its section.
pub fn stamped(version: &str, numbers: [u8; 3]) -> Vec<u8> {
    restamped(guest(version), numbers)
}

fn restamped(mut wasm: Vec<u8>, numbers: [u8; 3]) -> Vec<u8> {
    let name = b"zed:api-version";
    let at = wasm
        .windows(name.len())
        .position(|bytes| bytes == name)
        .unwrap()
        + name.len();
    for (pair, number) in wasm[at..at + 6].chunks_mut(2).zip(numbers) {
        pair.copy_from_slice(&u16::from(number).to_be_bytes());
    }
    wasm
}

/// The newest guest with a byte of its code overwritten: a component by its types, and none by its code.
pub fn damaged() -> Vec<u8> {
    let mut wasm = guest("0.7.0");
    let body = wasmparser::Parser::new(0)
        .parse_all(&wasm)
        .filter_map(|payload| match payload {
            Ok(wasmparser::Payload::CodeSectionEntry(body)) => Some(body.range()),
            _ => None,
        })
        .next()
        .unwrap();
    // Before the last byte, which ends the function.
    wasm[body.end - 2] = 0xff;
    wasm
}

/// A sample's component that says it was built with an older API than it was, and fits that as well.
pub fn never_asked() -> Vec<u8> {
    let archives = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let archives = archives.join("registry-index/archives/taplo/0.1.0");
    let archive = std::fs::read_dir(archives)
        .unwrap()
        .next()
        .unwrap()
        .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = std::fs::File::open(archive.path()).unwrap();
    annexe::archive::unpack(file, folder.path(), &Default::default()).unwrap();
    restamped(
        std::fs::read(folder.path().join("extension.wasm")).unwrap(),
        [0, 5, 0],
    )
}

/// A guest with 33 MiB of nothing.
pub fn large() -> Vec<u8> {
    let section = CustomSection {
        name: "padding".into(),
        data: vec![0; 33 << 20].into(),
    };
    let mut wasm = guest("0.2.0");
    wasm.push(ComponentSectionId::CoreCustom.into());
    section.encode(&mut wasm);
    wasm
}

/// A component that exports what a program to run does.
pub fn command() -> Vec<u8> {
    let mut builder = wasm_encoder::ComponentBuilder::default();
    let nested = builder.component(None, wasm_encoder::ComponentBuilder::default());
    let none = Vec::<(&str, wasm_encoder::ComponentExportKind, u32)>::new();
    let instance = builder.instantiate(None, nested, none);
    let kind = wasm_encoder::ComponentExportKind::Instance;
    builder.export("wasi:cli/run@0.2.6", kind, instance, None);
    builder.finish()
}

/// A component with functions that stop at once: of the world of API 0.1.0 and one more import.
pub fn importing(package: &str, interface: &str) -> Vec<u8> {
    let wit = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("wit/extension/since_v0.1.0");
    let folder = tempfile::tempdir().unwrap();
    for entry in std::fs::read_dir(wit).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let (name, version) = package.split_once('@').unwrap();
        let import = format!("world extension {{\n    import {name}/{interface}@{version};");
        let text = text.replace("world extension {", &import);
        std::fs::write(folder.path().join(path.file_name().unwrap()), text).unwrap();
    }
    let text = format!("package {package};\ninterface {interface} {{ ask: func(); }}\n");
    std::fs::create_dir_all(folder.path().join("deps/other")).unwrap();
    std::fs::write(folder.path().join("deps/other/other.wit"), text).unwrap();

    stopping::of_world(folder.path(), [0, 0, 0, 1, 0, 0])
}

/// What is found of a component alone.
fn alone(wasm: impl Into<Vec<u8>>) -> Vec<String> {
    told(&check::component(wasm.into()).findings)
}

#[test]
fn every_guest_passes_alone() {
    for version in [
        "0.0.1", "0.0.4", "0.0.6", "0.1.0", "0.2.0", "0.3.0", "0.6.0", "0.7.0",
    ] {
        let checked = check::component(guest(version));
        // The newest one tries to open connections.
        let worse = checked
            .findings
            .iter()
            .find(|it| it.severity != Severity::Note);
        assert_eq!(worse, None, "{version}");
        assert_eq!(checked.compatibility.unwrap().api.to_string(), version);
    }
}

#[test]
fn what_is_no_component_is_told_what_it_is() {
    let core = b"\0asm\x01\0\0\0";
    let empty = b"\0asm\x0d\0\x01\0";
    for (wasm, code) in [
        (&b""[..], "component-invalid"),
        (b"(component)", "component-invalid"),
        (b"\x7fELF", "component-invalid"),
        (&guest("0.7.0")[..5_000], "component-invalid"),
        (core, "component-core-module"),
        (empty, "component-api-missing"),
        (
            &[&empty[..], &section(b"123")].concat(),
            "component-api-ambiguous",
        ),
        (
            &[&empty[..], &section(&[0; 6]), &section(&[1; 6])].concat(),
            "component-api-ambiguous",
        ),
        (
            &[&empty[..], &section(&[0, 9, 0, 0, 0, 0])].concat(),
            "component-api-unsupported",
        ),
    ] {
        assert_eq!(alone(wasm), [format!("error[{code}]")]);
    }
    let folder = Folder::new(SERVER).with("extension.wasm", core);
    assert_eq!(
        folder.found(),
        ["error[component-core-module] extension.wasm"]
    );
}

#[test]
fn everything_that_does_not_fit_is_found() {
    let findings = check::component(stamped("0.0.5", [0, 0, 3])).findings;
    let problems: Vec<_> = findings
        .iter()
        .map(|finding| finding.problem.as_str())
        .collect();
    assert_eq!(
        problems,
        [
            "it was built with API 0.0.3, but it imports `make-file-executable`, which came with API 0.0.5",
            "it was built with API 0.0.3, but its import `set-language-server-installation-status` is not the same: parameter 2 (status) is `variant {none, downloading, checking-for-update, failed(string)}` and must be `variant {checking-for-update, downloaded, downloading, cached, failed(string)}`",
        ]
    );
    assert!(
        findings[0].fix.contains(">=0.0.4, <0.0.6"),
        "{}",
        findings[0].fix
    );
}

#[test]
fn wasi_is_of_preview_2_and_connections_are_noted() {
    assert_eq!(
        alone(importing("wasi:random@0.3.0", "random")),
        ["error[component-wasi]"]
    );
    assert_eq!(
        alone(importing("wasi:http@0.2.0", "types")),
        ["note[component-network]"]
    );
    assert_eq!(alone(importing("wasi:random@0.2.9", "random")), [""; 0]);
    let other = alone(importing("wasi:nn@0.2.0", "graph"));
    assert_eq!(other, ["error[component-unfit]"]);
}

#[tokio::test]
async fn what_the_engine_refuses_is_added() {
    let mut checked = check::component(damaged());
    assert!(checked.passes() && checked.compatibility.is_some());
    checked.findings.clear();
    let host = Host::builder().build().unwrap();
    let error = host.compile(damaged()).await.unwrap_err();
    assert!(
        matches!(error, HostError::Engine(EngineError::Compile { .. })),
        "{error}"
    );
    checked.not_compiled(&error);
    assert_eq!(told(&checked.findings), ["error[component-not-compiled]"]);
}

#[test]
fn a_component_that_is_larger_than_any_is_warned_of() {
    assert_eq!(alone(large()), ["warning[component-size]"]);
}

#[test]
fn a_manifest_and_its_component_say_the_same() {
    let folder = Folder::new(&format!("lib.version = \"0.1.0\"\n{SERVER}")).with_guest("0.2.0");
    assert_eq!(
        folder.found(),
        ["warning[component-version-differs] extension.toml:8:15 (lib.version)"]
    );
    let folder = Folder::new("lib.version = \"0.2.0\"\n").with_guest("0.2.0");
    assert_eq!(folder.found(), ["warning[component-unused] extension.toml"]);
    let folder = Folder::new(SERVER).with("extension.wasm", never_asked());
    let found = folder.found();
    let expected = "warning[component-never-asked] extension.wasm".to_owned();
    assert!(found.contains(&expected), "{found:?}");
}

#[test]
fn what_the_manifest_names_must_have_somebody_to_answer() {
    let parts = [
        ("context_servers", "", "0.1.0", "0.2.0"),
        (
            "slash_commands",
            "description = \"a\"\nrequires_argument = true\n",
            "0.0.6",
            "0.1.0",
        ),
        ("indexed_docs_providers", "", "0.0.6", "0.1.0"),
        ("debug_locators", "", "0.5.0", "0.6.0"),
    ];
    for (table, rest, older, newer) in parts {
        let part = format!("[{table}.a]\n{rest}");
        let unanswered = format!("error[component-unanswered] extension.toml:8:2 ({table})");
        let errors = |folder: Folder| {
            let checked = folder.check();
            let errors: Vec<_> = checked.errors().cloned().collect();
            told(&errors)
        };
        assert_eq!(errors(Folder::new(&part).with_guest(older)), [unanswered]);
        assert_eq!(errors(Folder::new(&part).with_guest(newer)), [""; 0]);
        let missing = format!("error[component-missing] extension.toml:8:2 ({table})");
        assert_eq!(errors(Folder::new(&part)), [missing]);
    }
    assert_eq!(
        Folder::new("[lib]\nkind = \"Rust\"\n").found(),
        ["error[component-missing] extension.toml:8:1 (lib)"]
    );
}

#[test]
fn what_a_component_can_ask_for_is_among_its_capabilities() {
    let folder = |rest: &str| {
        Folder::new(&format!("{SERVER}{rest}"))
            .with("extension.wasm", guest("0.3.0"))
            .found()
    };
    let missing = "warning[capability-missing] extension.toml (capabilities)";
    let undeclared = "note[capability-undeclared] extension.toml (capabilities)";
    assert_eq!(folder(""), [missing, undeclared, undeclared]);
    let all = r#"
[[capabilities]]
kind = "process:exec"
command = "a"
args = []
[[capabilities]]
kind = "download_file"
host = "*"
path = ["**"]
[[capabilities]]
kind = "npm:install"
package = "a"
"#;
    assert_eq!(folder(all), [""; 0]);
}
