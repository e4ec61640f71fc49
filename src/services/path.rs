//! Which paths of a worktree a guest may name: relative ones with `/`, as in Zed. What it writes lies in its
//! work directory, by the rule of [`ConfinedFolder::locate`](crate::fs::ConfinedFolder::locate).

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
