//! Ids and versions as they were published.

use super::{case::Case, parts::theme, text};

const IDS: [&str; 14] = [
    "a",
    "0x96f",
    "1984",
    "vscode_dark_plus",
    "c",
    "git-firefly",
    "double--dash",
    "trailing-",
    "trailing_",
    "java-eclipse-jdtls",
    "zed-legacy-themes",
    "x86-64-assembly",
    "con-fig",
    "an-id-of-sixty-four-characters-which-is-as-long-as-any-id-may-be",
];

const VERSIONS: [&str; 20] = [
    "0",
    "1",
    "1.0",
    "v2.3.0",
    "V1",
    "2024.01.02",
    "2025.08.0",
    "26.04.06",
    "0.0.1-alpha",
    "0.0.1-alpha.1",
    "1.0.0-rc.01",
    "1.0.0-beta+build.5",
    "1.0.0+20240101",
    "1.2.3.4",
    "0.0.00",
    "00.1",
    "1.0.0-SNAPSHOT",
    "999999999.0.0",
    "18446744073709551615.0.0",
    " 1.4.0 ",
];

fn case(name: &str, id: &str, version: &str) -> Case {
    let mut manifest = text::head(id, version);
    manifest.insert("themes".into(), serde_json::json!(["themes/one.json"]));
    Case::installed(name, &["themes"])
        .under(id, version.trim())
        .file("extension.toml", text::reserialised(&manifest, None))
        .file("themes/one.json", theme(id))
}

pub fn cases() -> Vec<Case> {
    let ids = IDS.map(|id| case(&format!("id-{id}"), id, "1.2.3"));
    let versions = VERSIONS.iter().enumerate().map(|(at, version)| {
        let name = format!("version-{at}");
        case(&name, &name, version)
    });
    ids.into_iter().chain(versions).collect()
}
