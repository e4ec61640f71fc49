//! Paths that a guest may name.
//!
//! Two rules, both as Zed has them: a worktree's file is named by a relative path with `/`, and what
//! is written must lie in the work directory once every link on the way is resolved.

use std::path::PathBuf;

use super::{ServiceResult, error::ServiceError};
use crate::base::fs::ConfinedFolder;

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

/// Returns the place of a guest's path beneath its work directory, every link on the way resolved. It may be relative or
/// absolute, and need not be there.
pub(super) fn within(work: &ConfinedFolder, path: &str) -> ServiceResult<PathBuf> {
    let located = if path.contains('\0') {
        None
    } else {
        work.locate(path)?
    };
    located.ok_or_else(|| ServiceError::Path {
        path: path.into(),
        problem: "is outside the extension's work directory",
    })
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
}
