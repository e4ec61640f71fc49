//! Files of the user's that are replaced and stay as they are in all but their content.

use std::{io::Write as _, path::Path};

use super::{Result, named, put_in_place, temporary_beside};

/// Replaces a file as [`write_atomic`](super::write_atomic) does. Its mode stays; that of a new one is what the process's
/// mask leaves of 0666.
pub fn replace_keeping_mode(path: &Path, content: &[u8]) -> Result<()> {
    let mut temporary = temporary_beside(path, Some(0o666))?;
    named("write", path, temporary.write_all(content))?;
    #[cfg(unix)]
    if let Ok(metadata) = super::metadata(path) {
        let set = temporary.as_file().set_permissions(metadata.permissions());
        named("set the mode of", path, set)?;
    }
    put_in_place(temporary, path)
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;
    use crate::base::fs::{metadata, mode::set_mode, read};

    #[test]
    fn the_mode_of_a_file_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        replace_keeping_mode(&path, b"one").unwrap();
        for mode in [0o600, 0o640, 0o664] {
            set_mode(&path, mode).unwrap();
            replace_keeping_mode(&path, b"two").unwrap();
            let kept = metadata(&path).unwrap().permissions().mode() & 0o777;
            assert_eq!(kept, mode, "{mode:o}");
        }
        assert_eq!(read(&path).unwrap(), b"two");
    }
}
