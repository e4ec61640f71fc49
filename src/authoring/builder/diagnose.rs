//! Recognises in cargo's own words what is wrong, where there is a way out to tell. What is not
//! recognised stays in those words.

use std::path::PathBuf;

use super::error::BuildError;

/// What cargo says where it cannot have the crates: no connection, or none allowed.
const UNREACHABLE: [&str; 10] = [
    "offline mode",
    "--offline was specified",
    "failed to download",
    "download of ",
    "spurious network error",
    "network failure",
    "Could not resolve",
    "Couldn't resolve",
    "Could not connect",
    "Couldn't connect",
];

/// Whether a line says that the lock file would have to change and may not.
pub(super) fn is_outdated_lock(line: &str) -> bool {
    line.contains("--locked was passed")
}

/// Returns the error for a `Cargo.toml` that cargo does not accept.
pub(super) fn manifest_error(words: &str) -> BuildError {
    if words.contains("believes it's in a workspace when it's not") {
        let workspace = after(words, "workspace:").unwrap_or_default();
        return BuildError::NotAMember {
            workspace: PathBuf::from(workspace.trim()),
        };
    }
    if words.contains("failed to find a workspace root")
        && let Some(key) = after(words, "error inheriting `").and_then(until_quote)
    {
        return BuildError::NoWorkspace { key: key.into() };
    }
    BuildError::CargoManifest {
        message: without_prefix(words),
    }
}

/// Returns the error for a `cargo build` that failed with these words.
pub(super) fn build_error(words: String) -> BuildError {
    if words.contains("linker `wasm-component-ld` not found") {
        return BuildError::MissingLinker { output: words };
    }
    if words.contains("could not compile `") || words.contains("failed to run custom build command")
    {
        return BuildError::Compiler { output: words };
    }
    if UNREACHABLE.iter().any(|known| words.contains(known)) {
        return BuildError::Unreachable { output: words };
    }
    BuildError::Cargo { output: words }
}

/// A line without the colours that a terminal would show it in.
pub(super) fn plain(line: &str) -> String {
    let mut plain = String::with_capacity(line.len());
    let mut rest = line;
    while let Some((before, after)) = rest.split_once("\u{1b}[") {
        plain.push_str(before);
        let end = after.find(|character: char| character.is_ascii_alphabetic());
        rest = end.and_then(|end| after.get(end + 1..)).unwrap_or_default();
    }
    plain.push_str(rest);
    plain
}

/// The rest of the line after some words.
fn after<'a>(words: &'a str, start: &str) -> Option<&'a str> {
    let (_, rest) = words.split_once(start)?;
    rest.lines().next()
}

fn until_quote(rest: &str) -> Option<&str> {
    rest.split_once('`').map(|(key, _)| key)
}

fn without_prefix(words: &str) -> String {
    let words = words.trim();
    words.strip_prefix("error: ").unwrap_or(words).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_taken_from_a_line() {
        let line = "\u{1b}[1m\u{1b}[91merror\u{1b}[0m: no `x`\u{1b}[";
        assert_eq!(plain(line), "error: no `x`");
        assert_eq!(plain("plain"), "plain");
    }

    #[test]
    fn cargo_is_understood() {
        let orphan = "error: failed to parse manifest at `/x/Cargo.toml`\n\nCaused by:\n  error inheriting `lints` from workspace root manifest's `workspace.lints`\n\nCaused by:\n  failed to find a workspace root\n";
        assert!(matches!(
            manifest_error(orphan),
            BuildError::NoWorkspace { key } if key == "lints"
        ));
        let stray = "error: current package believes it's in a workspace when it's not:\ncurrent:   /x/a/Cargo.toml\nworkspace: /x/Cargo.toml\n\nthis may be fixable";
        assert!(matches!(
            manifest_error(stray),
            BuildError::NotAMember { workspace } if workspace.ends_with("x/Cargo.toml")
        ));
        // Both wordings that cargo has had.
        for words in [
            "error: the lock file /x/Cargo.lock needs to be updated but --locked was passed to prevent this",
            "error: cannot update the lock file /x/Cargo.lock because --locked was passed to prevent this",
        ] {
            assert!(is_outdated_lock(words));
        }
        let error = |words: &str| build_error(words.into());
        assert!(matches!(
            error("error: failed to download from `https://example.org/config.json`"),
            BuildError::Unreachable { .. }
        ));
        // A crate's own test of the network is not a network that is missing.
        assert!(matches!(
            error(
                "error: Could not connect\nerror: could not compile `x` (lib) due to 1 previous error"
            ),
            BuildError::Compiler { .. }
        ));
        assert!(matches!(
            error("error: no matching package named `zzz` found"),
            BuildError::Cargo { .. }
        ));
    }
}
