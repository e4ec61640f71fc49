//! Paths that a task writes from its own folder, and cargo would take from the extension's.

/// A path as it is where it is absolute, else from `folder`.
pub fn resolve(path: &str, folder: &str) -> String {
    if is_absolute(path) {
        return path.to_owned();
    }
    let relative = path.strip_prefix("./").unwrap_or(path);
    format!("{}/{relative}", folder.trim_end_matches(['/', '\\']))
}

/// Whether a path is absolute on the machine of the host, whichever system that has.
pub fn is_absolute(path: &str) -> bool {
    path.starts_with(['/', '\\']) || path.as_bytes().get(1) == Some(&b':')
}

/// The folder of a file that is given by an absolute path.
pub fn folder(path: &str) -> &str {
    path.rfind(['/', '\\'])
        .and_then(|end| path.get(..end))
        .unwrap_or(path)
}
