//! What is done to a component once it is there: stripped, stamped and checked.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use annexe::{
    CacheConfiguration, Hint as _, Host, HostError, Identity,
    api::Incompatibility,
    builder::{BuildError, stamp, strip},
    delegate::LocalWorktree,
    version::{ComponentError, UnsupportedApi},
};
use semver::Version;
use wasm_encoder::{Component, CustomSection, Module, ModuleSection, NestedComponentSection};
use wasmparser::{Parser, Payload, Validator, WasmFeatures};

use crate::support::guests::{self, wasm as guest};

fn prebuilt() -> Vec<(Version, Vec<u8>)> {
    let mut found: Vec<(Version, Vec<u8>)> = std::fs::read_dir(guests::folder())
        .unwrap()
        .filter_map(|entry| {
            let path: PathBuf = entry.unwrap().path();
            let name = path.file_stem()?.to_str()?.strip_prefix("api-")?;
            Some((name.parse().unwrap(), std::fs::read(&path).unwrap()))
        })
        .collect();
    found.sort();
    assert_eq!(found.len(), 12);
    found
}

fn stamp_as(wasm: &[u8], version: &str) -> Result<Vec<u8>, BuildError> {
    stamp(wasm, &version.parse().unwrap())
}

/// A component without the sections that give its API version.
fn without_version(wasm: &[u8]) -> Vec<u8> {
    // Its name is made another of the same length.
    let name = b"zed:api-version";
    let mut wasm = wasm.to_vec();
    let mut at = 0;
    while let Some(found) = wasm[at..].windows(name.len()).position(|it| it == name) {
        at += found;
        wasm[at] = b'x';
    }
    assert!(at > 0);
    wasm
}

/// What a component's guest says of its version when it is asked.
async fn answer(host: &Host, wasm: Vec<u8>) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let component = host.compile(wasm).await.unwrap();
    let identity = Identity::new("guest".parse().unwrap(), folder.path().join("work"));
    let extension = host.start(&component, identity).await.unwrap();
    let worktree = LocalWorktree::new(1, folder.path(), Vec::new());
    let command = extension.language_server_command("version".into(), Arc::new(worktree));
    command.await.unwrap().args
}

fn host() -> Host {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let cache = CacheConfiguration::new(folder.join("build-cache"), folder.join("build-cache-key"));
    Host::builder().cache(cache).build().unwrap()
}

fn validate(wasm: &[u8]) {
    let mut validator = Validator::new_with_features(WasmFeatures::all());
    validator.validate_all(wasm).unwrap();
}

#[tokio::test]
async fn a_stripped_component_fits_and_answers_as_before() {
    let host = host();
    for (version, wasm) in prebuilt() {
        let before = custom_sections(&wasm);
        let stripped = strip(&wasm).unwrap();
        assert!(stripped.len() < wasm.len(), "{version}");
        let after = custom_sections(&stripped);
        let kept = |name: &&String| ["name", "zed:api-version"].contains(&name.as_str());
        let expected: Vec<&String> = before.iter().filter(kept).collect();
        assert_eq!(after.iter().collect::<Vec<_>>(), expected, "{version}");
        assert!(before.iter().any(|name| name == "producers"), "{before:?}");

        validate(&stripped);
        assert_eq!(annexe::api::examine(&stripped).unwrap().api, version);
        assert_eq!(strip(&stripped).unwrap(), stripped, "{version}");
        assert_eq!(answer(&host, stripped).await, [version.to_string()]);
    }
}

#[test]
fn what_is_kept_is_kept_at_every_depth_and_the_rest_is_not() {
    let custom = |name: &'static str| CustomSection {
        name: name.into(),
        data: b"\x01\x02"[..].into(),
    };
    let names = [
        "name",
        "component-type:x:y",
        "dylink.0",
        "zed:api-version",
        ".debug_info",
        "producers",
        "component-name",
        "name ",
        "",
    ];
    let mut module = Module::new();
    let mut inner = Component::new();
    let mut outer = Component::new();
    for name in names {
        module.section(&custom(name));
        inner.section(&custom(name));
        outer.section(&custom(name));
    }
    inner.section(&ModuleSection(&module));
    outer.section(&NestedComponentSection(&inner));
    outer.section(&custom(".debug_line"));
    let stripped = strip(&outer.finish()).unwrap();
    validate(&stripped);
    assert_eq!(custom_sections(&stripped), names[..4].repeat(3));
    for cut in [&stripped[..stripped.len() - 3], b"", b"\0asm"] {
        assert!(strip(cut).is_err(), "{} bytes", cut.len());
    }
}

#[tokio::test]
async fn a_stamped_component_fits_and_answers_as_the_one_its_own_toolchain_has_stamped() {
    let host = host();
    for (version, wasm) in prebuilt() {
        let bare = without_version(&wasm);
        let stamped = stamp(&bare, &version).unwrap();
        // The section stands behind what was there, which is as it was.
        assert_eq!(&stamped[..bare.len()], bare);
        assert_eq!(stamped.len(), bare.len() + 24);
        validate(&stamped);
        assert_eq!(annexe::api::examine(&stamped).unwrap().api, version);
        assert_eq!(stamp(&stamped, &version).unwrap(), stamped);
        assert_eq!(answer(&host, stamped).await, [version.to_string()]);
    }
}

#[test]
fn a_component_that_says_another_version_is_not_stamped() {
    for (version, wasm) in prebuilt() {
        assert_eq!(stamp(&wasm, &version).unwrap(), wasm);
    }
    let error = stamp_as(&guest("0.7.0"), "0.1.0").unwrap_err();
    assert!(
        matches!(&error, BuildError::OtherVersion { declared, .. } if *declared == Version::new(0, 7, 0))
    );
    assert!(error.to_string().contains("0.7.0, not 0.1.0"), "{error}");
    assert!(error.hint().is_some());
}

#[test]
fn a_component_is_not_stamped_with_a_version_that_it_does_not_fit() {
    // 0.0.1 has no `get-settings`, and another `language-server-command`.
    let error = stamp_as(&without_version(&guest("0.7.0")), "0.0.1").unwrap_err();
    let BuildError::Incompatible {
        api,
        incompatibilities,
        fits,
    } = &error
    else {
        panic!("{error:?}");
    };
    assert_eq!(
        (api, *fits),
        (&Version::new(0, 0, 1), Some(">=0.6.0, <0.8.0"))
    );
    assert!(
        error
            .to_string()
            .contains(&incompatibilities[0].to_string()),
        "{error}"
    );
    assert!(error.hint().unwrap().contains(">=0.6.0, <0.8.0"));

    let error = stamp_as(&without_version(&guest("0.5.0")), "0.7.0").unwrap_err();
    assert!(
        matches!(&error, BuildError::Incompatible { incompatibilities, .. } if incompatibilities.iter().any(|it| matches!(
            it,
            Incompatibility::MissingExport { name } if name == "get-dap-binary"
        ))),
        "{error:?}"
    );
}

#[test]
fn a_version_that_no_adapter_serves_is_refused_by_the_names_of_those_that_are() {
    let bare = without_version(&guest("0.7.0"));
    for (version, named) in [
        ("0.0.7", ">=0.1.0, <0.2.0"),
        ("0.9.0", ">=0.6.0, <0.8.0"),
        ("0.0.0", ">=0.0.1, <0.0.4"),
    ] {
        let error = stamp_as(&bare, version).unwrap_err();
        assert!(
            matches!(&error, BuildError::Host(HostError::Unsupported(_))),
            "{error:?}"
        );
        assert!(error.to_string().contains(named), "{version}: {error}");
        assert!(error.hint().is_some());
    }
    let error = stamp_as(&bare, "0.0.7").unwrap_err();
    assert!(matches!(
        error,
        BuildError::Host(HostError::Unsupported(UnsupportedApi::Gap { .. }))
    ));
    // What would not fit into the section's sixteen bits.
    let error = stamp_as(&bare, "0.7.65536").unwrap_err();
    assert!(
        matches!(error, BuildError::NoSuchVersion { .. }),
        "{error:?}"
    );
}

#[test]
fn what_is_no_component_is_refused_with_what_makes_it_one() {
    let module = b"\0asm\x01\0\0\0";
    let error = stamp_as(module, "0.7.0").unwrap_err();
    assert!(matches!(
        error,
        BuildError::Component(ComponentError::CoreModule)
    ));
    assert!(error.hint().unwrap().contains("wasm-tools component new"));
    for bytes in [
        &b""[..],
        b"(component)",
        b"\x7fELF\x02\x01",
        &guest("0.7.0")[..5000],
    ] {
        let error = stamp_as(bytes, "0.7.0").unwrap_err();
        assert!(matches!(error, BuildError::Component(_)), "{error:?}");
        assert!(error.hint().is_some());
    }
}

/// The names of all custom sections, those of nested modules included.
fn custom_sections(wasm: &[u8]) -> Vec<String> {
    let payloads = Parser::new(0).parse_all(wasm);
    payloads
        .filter_map(|payload| match payload.unwrap() {
            Payload::CustomSection(section) => Some(section.name().to_owned()),
            _ => None,
        })
        .collect()
}
