//! Which paths a guest may name.
//!
//! Two rules, both as Zed has them: a worktree's file is named by a relative path with `/`, and what
//! is written must lie in the work directory once every link on the way is resolved.

use std::path::{Component, Path, PathBuf};

use super::{ServiceError, ServiceResult};

/// Checks a path inside a worktree and gives its normal form, with `/` between the parts.
pub(super) fn worktree_relative(path: &str) -> ServiceResult<String> {
    let refuse = |problem| ServiceError::Path {
        path: path.into(),
        problem,
    };
    if path.starts_with('/') || path.starts_with('\\') || path.get(1..2) == Some(":") {
        return Err(refuse("is absolute; name a file relative to the worktree"));
    }
    if path.contains('\0') {
        return Err(refuse("contains a NUL character"));
    }
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop().ok_or_else(|| refuse("leaves the worktree"))?;
            }
            part => parts.push(part),
        }
    }
    Ok(parts.join("/"))
}

/// Resolves a path that must lie within `folder`, following every link of the part that exists.
/// A relative path starts at `folder`; an absolute one is kept.
pub(super) fn within(folder: &Path, path: &str) -> ServiceResult<PathBuf> {
    let refuse = |problem| ServiceError::Path {
        path: path.into(),
        problem,
    };
    let normal = normalize(&folder.join(path)).ok_or_else(|| refuse("leaves its parent"))?;
    let root = crate::fs::canonicalize(folder)?;
    let mut existing = normal.as_path();
    while crate::fs::symlink_metadata(existing).is_err() {
        existing = existing
            .parent()
            .ok_or_else(|| refuse("has no folder that exists"))?;
    }
    // A link whose target is missing exists by name but cannot be resolved: it is refused, since what
    // is written to it would land wherever it points.
    let resolved = crate::fs::canonicalize(existing)?;
    if !resolved.starts_with(&root) {
        return Err(refuse("is outside the extension's work directory"));
    }
    let missing = normal.strip_prefix(existing).unwrap_or(Path::new(""));
    Ok(if missing.as_os_str().is_empty() {
        resolved
    } else {
        resolved.join(missing)
    })
}

/// Removes `.` and `..` by their text alone; `None` where `..` would leave the root.
fn normalize(path: &Path) -> Option<PathBuf> {
    let mut normal = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                if !normal.pop() {
                    return None;
                }
            }
            component => normal.push(component),
        }
    }
    Some(normal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_worktree_path_is_relative_and_stays_inside() {
        assert_eq!(
            worktree_relative("./src//a/../main.rs").unwrap(),
            "src/main.rs"
        );
        for path in ["/etc/passwd", "../x", "a/../../x", "C:/x", "\\x", "a\0"] {
            assert!(worktree_relative(path).is_err(), "{path}");
        }
    }

    #[test]
    #[cfg(unix)]
    fn a_path_stays_within_its_folder_even_through_links() {
        let folder = tempfile::tempdir().unwrap();
        let work = folder.path().join("work");
        crate::fs::create_dir_all(&work.join("bin")).unwrap();
        std::os::unix::fs::symlink("/etc", work.join("out")).unwrap();
        std::os::unix::fs::symlink("/nowhere", work.join("dangling")).unwrap();
        let root = crate::fs::canonicalize(&work).unwrap();
        assert_eq!(
            within(&work, "bin/new/tool").unwrap(),
            root.join("bin/new/tool")
        );
        assert_eq!(within(&work, "bin").unwrap(), root.join("bin"));
        assert_eq!(
            within(&work, work.join("x").to_str().unwrap()).unwrap(),
            root.join("x")
        );
        for path in [
            "..",
            "../work2/x",
            "/etc/passwd",
            "out/passwd",
            "out/new",
            "dangling",
            "dangling/x",
            "bin/none/../../../x",
        ] {
            assert!(within(&work, path).is_err(), "{path}");
        }
    }
}
