//! Which adapter serves a component, and which components none serves.

use annexe::{
    EngineError, Hint as _, HostError, api,
    version::{ComponentError, UnsupportedApi},
};

use crate::{
    guest::{self, Place, VERSIONS},
    support::guests::stopping,
};

const ADAPTERS: [(&str, &str); 12] = [
    ("0.0.1", "since_v0_0_1"),
    ("0.0.3", "since_v0_0_1"),
    ("0.0.4", "since_v0_0_4"),
    ("0.0.5", "since_v0_0_4"),
    ("0.0.6", "since_v0_0_6"),
    ("0.1.0", "since_v0_1_0"),
    ("0.2.0", "since_v0_2_0"),
    ("0.3.0", "since_v0_3_0"),
    ("0.4.0", "since_v0_4_0"),
    ("0.5.0", "since_v0_5_0"),
    ("0.6.0", "since_v0_6_0"),
    ("0.7.0", "since_v0_6_0"),
];

/// The guest of one version with another version written into its section.
fn stamped(built_with: &str, says: &str) -> Vec<u8> {
    let mut wasm = guest::wasm(built_with);
    let mut section = b"zed:api-version".to_vec();
    section.extend(bytes(built_with));
    let places: Vec<_> = wasm
        .windows(section.len())
        .enumerate()
        .filter(|(_, window)| *window == section)
        .collect();
    assert_eq!(places.len(), 1, "a guest has one section of its version");
    let end = places[0].0 + section.len();
    wasm[end - 6..end].copy_from_slice(&bytes(says));
    wasm
}

fn bytes(version: &str) -> [u8; 6] {
    let mut bytes = [0; 6];
    for (number, pair) in version.split('.').zip(bytes.chunks_mut(2)) {
        pair.copy_from_slice(&number.parse::<u16>().unwrap().to_be_bytes());
    }
    bytes
}

#[tokio::test]
async fn every_published_version_fits_its_adapter_and_answers() {
    assert_eq!(ADAPTERS.map(|(version, _)| version), VERSIONS);
    let host = guest::host();
    for (version, adapter) in ADAPTERS {
        let fit = api::inspect(&guest::wasm(version)).unwrap();
        assert_eq!((fit.family, fit.adapter), ("extension", adapter));
        assert_eq!(fit.api.to_string(), version);

        let place = Place::new();
        let extension = guest::start(&host, version, &place).await;
        assert_eq!(extension.adapter(), adapter);
        assert_eq!(extension.api().to_string(), version);
        assert_eq!(extension.id().to_string(), "guest");
        assert_eq!(
            guest::ask(&extension, &place, "version").await.unwrap(),
            [version]
        );
    }
}

#[test]
fn a_version_between_two_worlds_fits_the_older_one() {
    let table = [
        ("0.0.2", "since_v0_0_1"),
        ("0.1.9", "since_v0_1_0"),
        ("0.4.65535", "since_v0_4_0"),
        ("0.6.1", "since_v0_6_0"),
        ("0.7.65535", "since_v0_6_0"),
    ];
    for (version, adapter) in table {
        let fit = api::inspect(&stamped("0.6.0", version)).unwrap();
        assert_eq!(
            (fit.api.to_string().as_str(), fit.adapter),
            (version, adapter)
        );
    }
}

#[tokio::test]
async fn a_version_that_no_adapter_serves_is_refused_by_both_names() {
    let host = guest::host();
    let table: [(&str, &[&str]); 8] = [
        ("0.0.0", &["older", ">=0.0.1, <0.0.4"]),
        ("0.0.7", &[">=0.0.6, <0.0.7", ">=0.1.0, <0.2.0"]),
        ("0.0.65535", &[">=0.0.6, <0.0.7", ">=0.1.0, <0.2.0"]),
        ("0.8.0", &["newer", ">=0.6.0, <0.8.0"]),
        ("0.9.0", &["newer", ">=0.6.0, <0.8.0"]),
        ("1.0.0", &["newer", ">=0.6.0, <0.8.0"]),
        ("256.1.0", &["newer", ">=0.6.0, <0.8.0"]),
        ("65535.65535.65535", &["newer", ">=0.6.0, <0.8.0"]),
    ];
    for (version, sides) in table {
        let wasm = stamped("0.6.0", version);
        let refused = [
            api::inspect(&wasm).unwrap_err(),
            host.compile(wasm).await.unwrap_err(),
        ];
        for error in refused {
            let message = error.to_string();
            for side in [&[version], sides].concat() {
                assert!(message.contains(side), "{version}: {message} lacks {side}");
            }
            assert!(error.hint().is_some_and(|hint| !hint.is_empty()));
            let HostError::Unsupported(unsupported) = error else {
                panic!("{version}: {error:?}");
            };
            let actual = match &unsupported {
                UnsupportedApi::TooOld { actual, .. } if sides[0] == "older" => actual,
                UnsupportedApi::TooNew { actual, .. } if sides[0] == "newer" => actual,
                UnsupportedApi::Gap { actual, .. } if sides[0].starts_with('>') => actual,
                other => panic!("{version}: {other:?}"),
            };
            assert_eq!(actual.to_string(), version);
        }
    }
}

#[tokio::test]
async fn a_component_that_lies_about_its_version_is_told_what_differs_and_what_it_fits() {
    let host = guest::host();
    // Newer than it says: it imports what that world lacks. Older than it says: it lacks exports. And
    // what has the same name in both, with other types.
    let table: [(&str, &str, &str, &str); 8] = [
        (
            "0.6.0",
            "0.1.0",
            "imports `dap.resolve-tcp-template`, which came with API 0.6.0",
            ">=0.6.0, <0.8.0",
        ),
        (
            "0.1.0",
            "0.0.6",
            "imports `key-value-store`, which came with API 0.1.0",
            ">=0.1.0, <0.2.0",
        ),
        (
            "0.0.6",
            "0.0.4",
            "imports `get-settings`, which came with API 0.0.6",
            ">=0.0.6, <0.0.7",
        ),
        (
            "0.0.5",
            "0.6.0",
            "imports `current-platform`, which is `platform.current-platform`",
            ">=0.0.4, <0.0.6",
        ),
        (
            "0.5.0",
            "0.7.0",
            "does not export `dap-config-to-scenario`",
            ">=0.5.0, <0.6.0",
        ),
        (
            "0.3.0",
            "0.4.0",
            "does not export `language-server-additional-initialization-options`",
            ">=0.3.0, <0.4.0",
        ),
        (
            "0.0.1",
            "0.0.4",
            "import `set-language-server-installation-status` is not the same",
            ">=0.0.1, <0.0.4",
        ),
        (
            "0.0.4",
            "0.0.3",
            "import `set-language-server-installation-status` is not the same",
            ">=0.0.4, <0.0.6",
        ),
    ];
    for (built_with, says, words, serves) in table {
        let error = host.compile(stamped(built_with, says)).await.unwrap_err();
        let HostError::Unfit {
            api,
            incompatibilities,
            fits,
            ..
        } = &error
        else {
            panic!("{built_with} as {says}: {error:?}");
        };
        assert_eq!(api.to_string(), says);
        assert!(!incompatibilities.is_empty());
        assert_eq!(*fits, Some(serves), "{built_with} as {says}");
        let all: Vec<_> = incompatibilities.iter().map(ToString::to_string).collect();
        assert!(
            all.iter()
                .any(|incompatibility| incompatibility.contains(words)),
            "{built_with} as {says}: {all:#?}"
        );
        assert!(error.to_string().contains(says), "{error}");
        assert!(error.hint().is_some_and(|hint| hint.contains(serves)));
    }
}

#[tokio::test]
async fn what_is_no_component_is_refused_by_name() {
    let host = guest::host();
    for (bytes, word) in [
        (&b""[..], "empty"),
        (b"(component)", "text"),
        (b"\x7fELF\x02\x01\x01\0", "7f454c46"),
        (b"\0asm\x01\0\0\0", "core WebAssembly module"),
        (b"\0asm\x0d\0\x01\0", "zed:api-version"),
    ] {
        let error = host.compile(bytes.to_vec()).await.unwrap_err();
        assert!(matches!(error, HostError::Engine(_)), "{error:?}");
        assert!(error.to_string().contains(word), "{error}");
        assert!(error.hint().is_some_and(|hint| !hint.is_empty()));
    }
}

/// A component of the portable form of a world, made as `portable.wit` says, with functions that stop
/// at once.
fn portable(version: &str) -> Vec<u8> {
    let wit = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("wit/extension");
    let read = |path: &std::path::Path| std::fs::read_to_string(path).unwrap();
    let folder = tempfile::tempdir().unwrap();
    for entry in std::fs::read_dir(wit.join(format!("since_v{version}"))).unwrap() {
        let path = entry.unwrap().path();
        let mut text = read(&path);
        if path.ends_with("extension.wit") {
            let mut moved = Vec::new();
            for name in ["worktree", "project", "key-value-store"] {
                if let Some(start) = text.find(&format!("    resource {name} {{")) {
                    let end = start + text[start..].find("\n    }\n").unwrap();
                    text.replace_range(start..end + "\n    }\n".len(), "");
                    moved.push(name);
                }
            }
            assert!(!moved.is_empty());
            let opening = "world extension {";
            let uses = format!("{opening}\n    use host.{{{}}};", moved.join(", "));
            text = text.replace(opening, &uses);
        }
        std::fs::write(folder.path().join(path.file_name().unwrap()), text).unwrap();
    }
    let interface = read(&wit.join("portable/host.wit"));
    std::fs::write(folder.path().join("host.wit"), interface).unwrap();

    stopping::of_world(folder.path(), bytes(version))
}

#[tokio::test]
async fn the_portable_form_of_every_world_fits_its_adapter() {
    let host = guest::host();
    for (version, adapter) in ADAPTERS {
        if adapter != format!("since_v{}", version.replace('.', "_")) {
            continue;
        }
        let component = host.compile(portable(version)).await.unwrap();
        assert_eq!(component.api().to_string(), version);
        // It is linked and started: its own start is what stops.
        let place = Place::new();
        let error = host.start(&component, place.identity("guest")).await;
        let error = error.unwrap_err().to_string();
        assert!(error.contains("unreachable"), "{version}: {error}");
    }
}

/// A component in a component and so on, with the version in the outermost.
fn nested(depth: usize) -> Vec<u8> {
    let header = b"\0asm\x0d\0\x01\0";
    let mut headers = Vec::new();
    let mut length = header.len();
    for _ in 0..depth {
        let mut section = vec![4];
        let mut rest = length;
        while rest > 0x7f {
            section.push(rest as u8 | 0x80);
            rest >>= 7;
        }
        section.push(rest as u8);
        length += header.len() + section.len();
        headers.push(section);
    }
    let mut bytes = Vec::with_capacity(length);
    for section in headers.iter().rev() {
        bytes.extend(header);
        bytes.extend(section);
    }
    bytes.extend(header);
    bytes.extend([0, 22, 15]);
    bytes.extend(b"zed:api-version");
    bytes.extend([0, 0, 0, 6, 0, 0]);
    bytes
}

#[tokio::test]
async fn a_component_nested_without_end_is_refused_before_the_engine_sees_it() {
    // The engine would take gigabytes to compile it.
    let error = guest::host().compile(nested(20_000)).await.unwrap_err();
    let expected = matches!(
        error,
        HostError::Engine(EngineError::Component(ComponentError::Malformed { .. }))
    );
    assert!(expected, "{error:?}");
}

#[tokio::test]
async fn a_component_that_breaks_off_behind_a_section_is_refused() {
    let host = guest::host();
    let place = Place::new();
    let wasm = guest::wasm("0.6.0");
    // Behind the core module that carries the version, and in the middle of the exports.
    let mut ends = Vec::new();
    let mut at = 8;
    while at < wasm.len() {
        let (mut length, mut shift) = (0, 0);
        at += 1;
        while wasm[at] > 0x7f {
            length |= usize::from(wasm[at] & 0x7f) << shift;
            shift += 7;
            at += 1;
        }
        at += 1 + (length | usize::from(wasm[at]) << shift);
        ends.push(at);
    }
    let versioned: Vec<_> = ends
        .into_iter()
        .filter(|end| *end < wasm.len() && api::inspect(&wasm[..*end]).is_ok())
        .collect();
    assert!(versioned.len() > 100);
    for end in [
        versioned[0],
        versioned[versioned.len() / 2],
        versioned[versioned.len() - 3],
    ] {
        let error = match host.compile(wasm[..end].to_vec()).await {
            Ok(component) => host
                .start(&component, place.identity("guest"))
                .await
                .unwrap_err(),
            Err(error) => error,
        };
        assert!(matches!(error, HostError::Unfit { .. }), "{end}: {error:?}");
    }
}
