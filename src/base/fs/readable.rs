//! Files and folders that all users who may read the folder they are in may read too.

use std::{io::Write as _, path::Path};

use super::{Result, named, put_in_place, temporary_beside};

/// Replaces a file as [`write_atomic`](super::write_atomic) does. All users who may read `folder` may read the file,
/// and only its owner may write to it, whatever the process's mask is.
pub fn write_readable_as(folder: &Path, path: &Path, content: &[u8]) -> Result<()> {
    let mut temporary = temporary_beside(path, None)?;
    named("write", path, temporary.write_all(content))?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let bits = super::metadata(folder)?.permissions().mode() & 0o044;
        let permissions = std::fs::Permissions::from_mode(0o600 | bits);
        let set = temporary.as_file().set_permissions(permissions);
        named("set the mode of", path, set)?;
    }
    #[cfg(not(unix))]
    let _ = folder;
    put_in_place(temporary, path)
}

/// Creates a folder, content with one that is there. All users who may read `folder` may read a new one, and only its
/// owner may write to it, whatever the process's mask is.
pub fn create_dir_readable_as(folder: &Path, path: &Path) -> Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    match named("create the folder", path, builder.create(path)) {
        Err(error) if error.is_already_exists() && path.is_dir() => return Ok(()),
        created => created?,
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let bits = super::metadata(folder)?.permissions().mode() & 0o044;
        // Who may list a folder may go into it.
        super::mode::set_mode(path, 0o700 | bits | (bits >> 2))?;
    }
    #[cfg(not(unix))]
    let _ = folder;
    Ok(())
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;
    use crate::base::fs::{metadata, mode::set_mode, read};

    #[test]
    fn a_file_is_read_by_those_who_may_read_the_folder_and_by_no_others() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        for (of_folder, of_file) in [
            (0o700, 0o600),
            (0o755, 0o644),
            (0o750, 0o640),
            (0o711, 0o600),
            (0o777, 0o644),
        ] {
            set_mode(folder.path(), of_folder).unwrap();
            write_readable_as(folder.path(), &path, b"content").unwrap();
            let mode = metadata(&path).unwrap().permissions().mode() & 0o777;
            assert_eq!(mode, of_file, "{of_folder:o}");
            assert_eq!(read(&path).unwrap(), b"content");
        }
    }

    #[test]
    fn so_is_a_new_folder_and_one_that_is_there_stays_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let mode = |path: &Path| metadata(path).unwrap().permissions().mode() & 0o777;
        for (of_folder, expected) in [
            (0o700, 0o700),
            (0o755, 0o755),
            (0o750, 0o750),
            (0o711, 0o700),
        ] {
            set_mode(folder.path(), of_folder).unwrap();
            let path = folder.path().join(format!("{of_folder:o}"));
            create_dir_readable_as(folder.path(), &path).unwrap();
            assert_eq!(mode(&path), expected, "{of_folder:o}");
            set_mode(&path, 0o500).unwrap();
            create_dir_readable_as(folder.path(), &path).unwrap();
            assert_eq!(mode(&path), 0o500);
        }
        let file = folder.path().join("file");
        write_readable_as(folder.path(), &file, b"").unwrap();
        assert!(create_dir_readable_as(folder.path(), &file).is_err());
    }
}
