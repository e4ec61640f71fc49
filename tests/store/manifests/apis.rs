//! Components of each version of the API, and of those that nobody serves.

use serde_json::json;

use super::{case::Case, text};
use crate::support::guests;

fn with(case: Case, wasm: Vec<u8>, says: Option<&str>) -> Case {
    let mut manifest = text::head(&case.name, "1.2.3");
    manifest.insert(
        "language_servers".into(),
        json!({"ls": {"languages": ["Marsh"]}}),
    );
    let text = text::reserialised(&manifest, says);
    case.file("extension.toml", text)
        .file("extension.wasm", wasm)
}

/// A component with another version in its section.
fn stamped(api: [u8; 3]) -> Vec<u8> {
    let mut wasm = guests::wasm("0.7.0");
    let name = b"zed:api-version";
    let at = wasm.windows(name.len()).rposition(|it| it == name).unwrap() + name.len();
    for (index, number) in api.into_iter().enumerate() {
        wasm[at + 2 * index..at + 2 * index + 2].copy_from_slice(&[0, number]);
    }
    wasm
}

pub fn cases() -> Vec<Case> {
    let served = guests::VERSIONS.map(|version| {
        let name = format!("api-{}", version.replace('.', "-"));
        let case = Case::installed(&name, &["language-servers"]).built_with(version);
        with(case, guests::wasm(version), Some(version))
    });
    let unreleased =
        "unreleased versions of the extension API can only be used on development builds of Zed";
    let mut cases = served.to_vec();
    // What the manifest says of the component is not what counts.
    let name = "api-said-otherwise";
    let case = Case::installed(name, &["language-servers"]).built_with("0.6.0");
    cases.push(with(case, guests::wasm("0.6.0"), Some("0.1.0")));
    let name = "api-unsaid";
    let case = Case::installed(name, &["language-servers"]).built_with("0.6.0");
    cases.push(with(case, guests::wasm("0.6.0"), None));
    for (name, api, reason, there) in [
        ("api-0-8-0", [0, 8, 0], "0.8.0", unreleased),
        ("api-0-9-0", [0, 9, 0], "0.9.0", unreleased),
        ("api-1-0-0", [1, 0, 0], "1.0.0", unreleased),
        (
            "api-0-0-7",
            [0, 0, 7],
            "0.0.7",
            "it is run as if it were of 0.0.6",
        ),
    ] {
        cases.push(with(Case::refused(name, reason, there), stamped(api), None));
    }
    let half = guests::wasm("0.6.0");
    let half = half[..half.len() / 2].to_vec();
    for (name, wasm, reason, there) in [
        ("api-cut", half, "damaged", "error parsing wasm extension"),
        (
            "api-none",
            b"\0asm\x0d\0\x01\0".to_vec(),
            "has no `zed:api-version` section",
            "has no zed:api-version section",
        ),
        (
            "api-text",
            b"<html>".to_vec(),
            "is text, not binary WebAssembly",
            "error parsing wasm extension",
        ),
        (
            "api-empty",
            Vec::new(),
            "empty",
            "error parsing wasm extension",
        ),
    ] {
        cases.push(with(
            Case::refused(name, reason, there),
            wasm,
            Some("0.6.0"),
        ));
    }
    cases
}
