//! Permission bits of files and folders.

use std::path::Path;

use super::{Result, metadata, named, symlink_metadata, walk};

/// Takes write permission from every file and folder below `path`, so that what is installed stays
/// as it was verified.
pub fn make_read_only(path: &Path) -> Result<()> {
    let mut entries = walk(path)?;
    entries.push(path.to_path_buf());
    // Innermost first: a folder that is read-only already would refuse nothing here, but order keeps
    // a crash in the middle easy to reason about.
    entries
        .iter()
        .rev()
        .try_for_each(|entry| set_read_only(entry, true))
}

/// Lets a folder be moved that [`make_read_only`] has protected: its own name for what is above it is
/// changed with it. What lies in it stays protected.
pub fn make_movable(path: &Path) -> Result<()> {
    if symlink_metadata(path)?.is_dir() {
        set_read_only(path, false)?;
    }
    Ok(())
}

/// Gives a file or folder exactly these permission bits, whatever the umask; a no-op where modes do
/// not exist.
pub fn set_mode(path: &Path, mode: u32) -> Result<()> {
    #[cfg(unix)]
    {
        let permissions = std::os::unix::fs::PermissionsExt::from_mode(mode);
        named(
            "change the permissions of",
            path,
            std::fs::set_permissions(path, permissions),
        )?;
    }
    #[cfg(not(unix))]
    let _ = (path, mode);
    Ok(())
}

/// Gives write permission to a file or folder, and to all below it.
pub(super) fn make_writable(path: &Path) -> Result<()> {
    // Outermost first: a folder must be writable before what is in it can be removed.
    set_read_only(path, false)?;
    walk(path)?.iter().try_for_each(|entry| {
        if symlink_metadata(entry)?.is_symlink() {
            Ok(())
        } else {
            set_read_only(entry, false)
        }
    })
}

fn set_read_only(path: &Path, read_only: bool) -> Result<()> {
    let mut permissions = metadata(path)?.permissions();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = permissions.mode();
        permissions.set_mode(if read_only {
            mode & !0o222
        } else {
            mode | 0o200
        });
    }
    #[cfg(not(unix))]
    permissions.set_readonly(read_only);
    named(
        "change the permissions of",
        path,
        std::fs::set_permissions(path, permissions),
    )
}

#[cfg(test)]
mod tests {
    use super::super::{create_dir_all, remove_dir_all, write_atomic};
    use super::*;

    #[test]
    fn a_read_only_tree_can_be_removed() {
        let folder = tempfile::tempdir().unwrap();
        let tree = folder.path().join("tree");
        create_dir_all(&tree.join("inner")).unwrap();
        write_atomic(&tree.join("inner/file"), b"x").unwrap();
        make_read_only(&tree).unwrap();
        remove_dir_all(&tree).unwrap();
        assert!(!tree.exists());
    }
}
