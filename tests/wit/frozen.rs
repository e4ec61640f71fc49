//! Released interfaces never change.

use std::fmt::Write as _;

use crate::folders;

/// The blake3 digest over the names and texts of each world's files.
const FROZEN: [(&str, &str); 9] = [
    (
        "0.0.1",
        "feb586f7e531f0fa1465392d4e4f4195b9c92cdecb253d0719edd289a2ea8f64",
    ),
    (
        "0.0.4",
        "e090eeded936e678af8180a10b5a22f547eeace3f226b28e47461f7fa2180958",
    ),
    (
        "0.0.6",
        "7d19502a5d084984f57deb9dc7c05bcd978453d527486024c0266fd2e926e4e2",
    ),
    (
        "0.1.0",
        "c59673f2da7ad3141730295711f8d5b67d7229870dfb4ecacc15bd7f73cad87c",
    ),
    (
        "0.2.0",
        "4525da48ee2532d7b68d0060ebfb9a17567545ce146581d203b46c91762e6f88",
    ),
    (
        "0.3.0",
        "949ef22648496bce7ae598ba4ccc5a46f70a78670ebe8e04c9aee862afae9c90",
    ),
    (
        "0.4.0",
        "9b025a484cc095651268c19f761bcd80fcd08f57a2cff68b112d904a95d915b3",
    ),
    (
        "0.5.0",
        "940acffa9f180c1855e108b5aeb97f0764532eb6b28bc5900c2f29341e2a65dd",
    ),
    (
        "0.6.0",
        "b4dd8cdec07a9346ad9332289692b1c7696be1432142fd008f26ef148987add5",
    ),
];

fn digest(version: &semver::Version) -> String {
    let mut hasher = blake3::Hasher::new();
    for (name, text) in folders::files(version) {
        // A checkout may have another kind of line ends.
        let text = text.replace("\r\n", "\n");
        hasher.update(format!("{name} {}\n{text}", text.len()).as_bytes());
    }
    hasher.finalize().to_hex().to_string()
}

#[test]
fn released_interfaces_are_as_they_were_released() {
    let mut found = String::new();
    for version in folders::versions() {
        writeln!(found, "    (\"{version}\", \"{}\"),", digest(&version)).unwrap();
    }
    let mut frozen = String::new();
    for (version, digest) in FROZEN {
        writeln!(frozen, "    (\"{version}\", \"{digest}\"),").unwrap();
    }
    assert!(
        found == frozen,
        "released WIT never changes, not even its comments: extensions are built against it, and older \
         adapters share it. Undo the change; what a new API version changes goes into a folder of its own, \
         whose line is added to this table. The folders are now\n{found}"
    );
}
