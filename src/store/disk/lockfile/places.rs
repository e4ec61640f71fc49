//! Places of a lockfile's archives: in memory by their whole path, which tells two clones' archives apart; in
//! the file by the path from its folder, where they lie below it, so that the folder can be moved.

use std::path::{Path, PathBuf};

use crate::store::disk::{archive::ArchiveLocation, installed::Origin};

/// The folder that a lockfile is in.
pub(super) fn folder_of(lockfile: &Path) -> PathBuf {
    // A bare name lies in the current folder, which is the absolute path of nothing.
    lockfile.parent().map(Path::to_path_buf).unwrap_or_default()
}

/// Returns the origin of an extension in a lockfile in `folder`, told by whole paths.
pub(super) fn read(origin: Origin, folder: &Path) -> Origin {
    match origin {
        Origin::Archive { archive } => Origin::Archive {
            archive: ArchiveLocation::named(&archive)
                .absolute_in(folder)
                .to_string(),
        },
        origin => origin,
    }
}

/// Returns the place of an archive as a lockfile in `folder` writes it.
pub(super) fn written(archive: String, folder: &Path) -> String {
    let ArchiveLocation::File(path) = ArchiveLocation::named(&archive) else {
        return archive;
    };
    let ArchiveLocation::File(folder) =
        ArchiveLocation::File(folder.to_path_buf()).absolute_in(Path::new(""))
    else {
        return archive;
    };
    let parts: Option<Vec<&str>> = match path.strip_prefix(&folder) {
        Ok(below) => below.iter().map(|part| part.to_str()).collect(),
        Err(_) => None,
    };
    let below = parts.map(|parts| parts.join("/")).unwrap_or_default();
    // Such as a folder `http:`.
    let is_found_again =
        ArchiveLocation::named(&below).absolute_in(&folder) == ArchiveLocation::File(path);
    match is_found_again {
        true => below,
        false => archive,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_in(archive: &str, folder: &Path) -> String {
        let archive = archive.to_owned();
        match read(Origin::Archive { archive }, folder) {
            Origin::Archive { archive } => archive,
            origin => origin.to_string(),
        }
    }

    #[cfg(unix)]
    #[test]
    fn one_path_in_two_folders_is_two_archives_and_two_spellings_are_one() {
        let folder = Path::new("/nowhere/clone");
        for (written_so, is) in [
            ("tools/fmt.tar.gz", "/nowhere/clone/tools/fmt.tar.gz"),
            ("./tools/fmt.tar.gz", "/nowhere/clone/tools/fmt.tar.gz"),
            ("x/../tools/fmt.tar.gz", "/nowhere/clone/tools/fmt.tar.gz"),
            ("../fmt.tar.gz", "/nowhere/fmt.tar.gz"),
            ("/else/fmt.tar.gz", "/else/fmt.tar.gz"),
            (
                "https://example.org/a.tar.gz",
                "https://example.org/a.tar.gz",
            ),
        ] {
            assert_eq!(read_in(written_so, folder), is);
        }
        assert_ne!(
            read_in("a.tar.gz", folder),
            read_in("a.tar.gz", Path::new("/nowhere"))
        );
        for (archive, text) in [
            ("/nowhere/clone/tools/fmt.tar.gz", "tools/fmt.tar.gz"),
            ("/nowhere/fmt.tar.gz", "/nowhere/fmt.tar.gz"),
            ("/nowhere/clone2/a.tar.gz", "/nowhere/clone2/a.tar.gz"),
            (
                "/nowhere/clone/http:/a.tar.gz",
                "/nowhere/clone/http:/a.tar.gz",
            ),
            (
                "https://example.org/a.tar.gz",
                "https://example.org/a.tar.gz",
            ),
        ] {
            assert_eq!(written(archive.into(), folder), text);
            assert_eq!(read_in(text, folder), archive);
        }
    }

    #[test]
    fn without_a_folder_it_is_the_current_one() {
        let here = std::path::absolute("a.tar.gz").unwrap();
        assert_eq!(
            read_in("a.tar.gz", &folder_of(Path::new("annexe.lock"))),
            here.to_str().unwrap()
        );
    }
}
