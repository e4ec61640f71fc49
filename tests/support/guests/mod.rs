//! The guests of `tests/guests`, and a host for them.

pub mod heavy;
pub mod stopping;
pub mod text;

use std::path::{Path, PathBuf};

use annexe::{CacheConfiguration, Host, HostBuilder, ServiceOptions};

/// The versions of the published crates a guest is there for, oldest first.
pub const VERSIONS: [&str; 12] = [
    "0.0.1", "0.0.3", "0.0.4", "0.0.5", "0.0.6", "0.1.0", "0.2.0", "0.3.0", "0.4.0", "0.5.0",
    "0.6.0", "0.7.0",
];

/// The versions from `since` on.
pub fn since(since: &str) -> impl Iterator<Item = &'static str> {
    VERSIONS
        .into_iter()
        .filter(move |version| has(version, since))
}

/// Whether a version has what came with `since`.
pub fn has(version: &str, since: &str) -> bool {
    let number = |text: &str| text.parse::<semver::Version>().unwrap();
    number(version) >= number(since)
}

/// The folder of the guests that are built.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/guests/prebuilt")
}

/// The file of the guest built with one version of the crate.
pub fn file(version: &str) -> PathBuf {
    folder().join(format!("api-{version}.wasm"))
}

/// The guest built with one version of the crate.
pub fn wasm(version: &str) -> Vec<u8> {
    std::fs::read(file(version)).unwrap()
}

/// A file that `.ci/build-foreign` makes from what is written in another language, `javascript` or `python`; `None`,
/// with the reason told, where it could not be made here.
pub fn foreign(language: &str, name: &str) -> Option<PathBuf> {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    let file = target.join("foreign").join(name);
    if !file.exists() {
        let reason = format!("{name}: .ci/build-foreign has not built it here");
        super::skip(&format!("foreign-{language}"), reason);
        return None;
    }
    Some(file)
}

/// A compiled cache in the build's own folder: a guest is compiled once for all tests and runs.
pub fn cache() -> CacheConfiguration {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    CacheConfiguration::new(folder.join("cache"), folder.join("cache-key"))
}

/// Where the command keeps what it compiled and what registries answered, for all tests and runs.
pub fn command_cache() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("command-cache")
}

/// A host with the [cache] of all tests, and their [services].
pub fn host() -> HostBuilder {
    Host::builder().cache(cache()).services(services())
}

/// Services with which extensions may ask the servers of tests, which are on this machine.
pub fn services() -> ServiceOptions {
    let mut services = ServiceOptions::default();
    let rules = ["127.0.0.0/8", "::1"];
    services.http.private = rules.map(|rule| rule.parse().unwrap()).into();
    services
}
