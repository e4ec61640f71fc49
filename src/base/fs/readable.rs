//! Files that all users who may read their folder may read too.

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
}
