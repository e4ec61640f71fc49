//! A folder to unpack into, with neighbours that must stay as they are.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use annexe::archive::{self, Error, Limits, Unpacked};
use tempfile::TempDir;

/// What is in a folder: the content of files, `None` for folders and for anything else a link's
/// target or a note, so that two trees compare as a whole.
pub(crate) type Tree = BTreeMap<PathBuf, Option<Vec<u8>>>;

pub(crate) struct Place {
    root: TempDir,
    neighbours: Tree,
}

impl Place {
    pub(crate) fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir_all(root.path().join("place/staging")).unwrap();
        fs::create_dir_all(root.path().join("place/sentinel/folder")).unwrap();
        fs::write(root.path().join("place/sentinel/file"), "untouched").unwrap();
        fs::write(root.path().join("extension.toml"), "untouched").unwrap();
        let mut place = Self {
            root,
            neighbours: Tree::new(),
        };
        place.neighbours = place.outside();
        place
    }

    pub(crate) fn staging(&self) -> PathBuf {
        self.root.path().join("place/staging")
    }

    /// Everything but the staging folder's content.
    fn outside(&self) -> Tree {
        let mut found = tree(self.root.path());
        found.retain(|path, _| !path.starts_with("place/staging"));
        found
    }

    /// Checks that nothing but the staging folder's content has changed.
    pub(crate) fn assert_outside_is_untouched(&self, name: &str) {
        assert_eq!(
            self.outside(),
            self.neighbours,
            "{name}: something outside changed"
        );
    }

    /// Unpacks, and checks what must hold for every archive: nothing outside changes, a refusal
    /// leaves nothing, and a success leaves plain files and folders with plain modes. The staging
    /// folder is empty again afterwards.
    pub(crate) fn unpack_with(
        &self,
        name: &str,
        archive: &[u8],
        limits: &Limits,
    ) -> Result<(Unpacked, Tree), Error> {
        let staging = self.staging();
        let unpacked = archive::unpack(archive, &staging, limits);
        self.assert_outside_is_untouched(name);
        let inside = tree(&staging);
        let unpacked = match unpacked {
            Ok(unpacked) => unpacked,
            Err(error) => {
                assert!(
                    inside.is_empty(),
                    "{name}: a refused archive left {inside:?}"
                );
                return Err(error);
            }
        };
        for path in inside.keys() {
            assert_plain(name, &staging.join(path));
        }
        let files = inside.values().flatten();
        assert_eq!(
            files.clone().count() as u64,
            unpacked.files,
            "{name}: files"
        );
        assert_eq!(
            (inside.len() - files.clone().count()) as u64,
            unpacked.folders,
            "{name}: folders"
        );
        let bytes = files.map(Vec::len).sum::<usize>() as u64;
        assert_eq!(bytes, unpacked.unpacked_bytes, "{name}: bytes");
        assert_eq!(
            archive.len() as u64,
            unpacked.compressed_bytes,
            "{name}: compressed bytes"
        );

        fs::remove_dir_all(&staging).unwrap();
        fs::create_dir(&staging).unwrap();
        Ok((unpacked, inside))
    }

    pub(crate) fn unpack(&self, name: &str, archive: &[u8]) -> Result<(Unpacked, Tree), Error> {
        self.unpack_with(name, archive, &Limits::default())
    }
}

fn assert_plain(name: &str, path: &Path) {
    let metadata = fs::symlink_metadata(path).unwrap();
    assert!(
        metadata.is_file() || metadata.is_dir(),
        "{name}: {}",
        path.display()
    );
    #[cfg(unix)]
    {
        use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
        let expected = if metadata.is_dir() { 0o755 } else { 0o644 };
        assert_eq!(
            metadata.permissions().mode() & 0o7777,
            expected,
            "{name}: {}",
            path.display()
        );
        assert!(
            metadata.is_dir() || metadata.nlink() == 1,
            "{name}: {}",
            path.display()
        );
    }
}

/// All that is below a folder, with paths relative to it.
pub(crate) fn tree(folder: &Path) -> Tree {
    let mut found = Tree::new();
    let mut pending = vec![folder.to_path_buf()];
    while let Some(next) = pending.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            let kind = fs::symlink_metadata(&path).unwrap().file_type();
            let content = if kind.is_dir() {
                pending.push(path.clone());
                None
            } else if kind.is_file() {
                Some(fs::read(&path).unwrap())
            } else {
                Some(format!("neither file nor folder: {kind:?}").into_bytes())
            };
            found.insert(path.strip_prefix(folder).unwrap().to_path_buf(), content);
        }
    }
    found
}

/// The tree of these files, with the folders above them.
pub(crate) fn expected_tree(files: &[(&str, &[u8])]) -> Tree {
    let mut expected = Tree::new();
    for (path, content) in files {
        let path = Path::new(path);
        for folder in path
            .ancestors()
            .skip(1)
            .filter(|folder| *folder != Path::new(""))
        {
            expected.insert(folder.to_path_buf(), None);
        }
        expected.insert(path.to_path_buf(), Some(content.to_vec()));
    }
    expected
}

/// Writes these files below `folder`.
pub(crate) fn plant(folder: &Path, files: &[(&str, &[u8])]) {
    for (path, content) in files {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
}
