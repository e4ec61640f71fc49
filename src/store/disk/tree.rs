//! Trees: the unpacked files of extensions, read-only, in folders named by a digest over all of them.

use std::{
    io::{self, Read as _},
    path::{Path, PathBuf},
};

use super::layout::Layout;
use crate::base::{digest::Blake3Digest, fs};

/// A tree: the digest and the size of a folder of files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::store) struct Tree {
    pub(in crate::store) digest: Blake3Digest,
    pub(in crate::store) bytes: u64,
}

impl Tree {
    /// Reads every file below `folder`. The digest covers the sorted paths, with `/` on every system,
    /// whether each is a file, and the files' content.
    pub(in crate::store) fn read(folder: &Path) -> fs::Result<Self> {
        let mut hasher = blake3::Hasher::new();
        let mut bytes = 0;
        for path in fs::walk(folder)? {
            let kind = fs::symlink_metadata(&path)?.file_type();
            let relative = path.strip_prefix(folder).unwrap_or(&path);
            let names = relative
                .components()
                .map(|name| name.as_os_str().as_encoded_bytes());
            let name = names.collect::<Vec<_>>().join(&b'/');
            // A link or a pipe is never opened: no archive brings one, so the digest differs anyway.
            let tag = if kind.is_file() {
                b'f'
            } else if kind.is_dir() {
                b'd'
            } else {
                b'?'
            };
            hasher.update(&[tag]);
            hasher.update(&(name.len() as u64).to_le_bytes());
            hasher.update(&name);
            if kind.is_file() {
                let (digest, length) = digest_of(&path)?;
                hasher.update(digest.as_bytes());
                bytes += length;
            }
        }
        Ok(Self {
            digest: Blake3Digest::from(*hasher.finalize().as_bytes()),
            bytes,
        })
    }

    /// The folders of all trees: named as trees are, and this user's own. Whatever else lies there is not of the
    /// store.
    pub(in crate::store) fn all(layout: &Layout) -> fs::Result<Vec<(Blake3Digest, PathBuf)>> {
        Ok(fs::read_dir_if_there(&layout.trees())?
            .into_iter()
            .filter_map(|path| Some((Blake3Digest::of_name(&path)?, path)))
            .filter(|(_, path)| fs::is_own_folder(path))
            .collect())
    }

    /// The tree of this digest if it is in the store as it was verified; a damaged one counts as
    /// missing.
    pub(in crate::store) fn kept(
        layout: &Layout,
        digest: &Blake3Digest,
    ) -> fs::Result<Option<Self>> {
        let folder = layout.tree(digest);
        let Some(tree) = Self::whole(&folder, digest)? else {
            return Ok(None);
        };
        // The folder itself comes last when a tree is protected: without that, it was interrupted.
        if !fs::metadata(&folder)?.permissions().readonly() {
            fs::make_read_only(&folder)?;
        }
        Ok(Some(tree))
    }

    /// The tree in `folder` if it has this digest. Changes nothing, so it needs no lock.
    pub(in crate::store) fn whole(
        folder: &Path,
        digest: &Blake3Digest,
    ) -> fs::Result<Option<Self>> {
        let tree = match kind_of(folder)? {
            Kind::Missing => return Ok(None),
            Kind::Folder => match Self::read(folder) {
                Err(error) if error.is_not_found() => None,
                result => Some(result?),
            },
            Kind::Other => None,
        };
        let whole = tree.filter(|tree| tree.digest == *digest);
        if whole.is_none() {
            tracing::warn!(path = %folder.display(), "an installed tree is damaged");
        }
        Ok(whole)
    }

    /// Moves the files from `staged`, whose tree this is and which are synced, to their place; where
    /// they are already, they stay as they are. A damaged tree in their place changes places with them,
    /// because it may be good enough for what runs; where the system cannot do that at one stroke,
    /// `set_aside` moves it away as a whole first. Whether the store had nothing in that place: then
    /// nothing uses the tree yet. The caller holds the lock, and syncs the folder of trees.
    pub(in crate::store) fn place(
        &self,
        layout: &Layout,
        staged: &Path,
        set_aside: impl FnOnce(&Path) -> fs::Result<()>,
        _lock: &fs::FileLock,
    ) -> fs::Result<bool> {
        if Self::kept(layout, &self.digest)?.is_some() {
            return Ok(false);
        }
        let folder = layout.tree(&self.digest);
        // Something is there only if it is damaged.
        let is_new = kind_of(&folder)? == Kind::Missing;
        if !is_new {
            fs::make_movable(&folder)?;
        }
        if is_new || !fs::exchange(staged, &folder)? {
            if !is_new {
                set_aside(&folder)?;
            }
            fs::rename(staged, &folder)?;
        }
        // Not before: a folder that may not be written to cannot be moved.
        fs::make_read_only(&folder)?;
        Ok(is_new)
    }
}

/// The kind of entry that lies where a folder should.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Missing,
    Folder,
    /// A file, or a link, wherever it leads.
    Other,
}

fn kind_of(path: &Path) -> fs::Result<Kind> {
    match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_dir() => Ok(Kind::Folder),
        Ok(_) => Ok(Kind::Other),
        Err(error) if error.is_not_found() => Ok(Kind::Missing),
        Err(error) => Err(error),
    }
}

fn digest_of(path: &Path) -> fs::Result<(Blake3Digest, u64)> {
    let failed = |source| fs::Error::new("read", path, source);
    let mut file = fs::open(path)?;
    let mut hasher = blake3::Hasher::new();
    let mut buffer = vec![0; 64 << 10];
    let mut length = 0;
    loop {
        match file.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => {
                hasher.update(buffer.get(..count).unwrap_or_default());
                length += count as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(failed(error)),
        }
    }
    Ok((Blake3Digest::from(*hasher.finalize().as_bytes()), length))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(folder: &Path, files: &[(&str, &str)]) {
        for (path, content) in files {
            let path = folder.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write_atomic(&path, content.as_bytes()).unwrap();
        }
    }

    fn tree(files: &[(&str, &str)]) -> Tree {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), files);
        Tree::read(folder.path()).unwrap()
    }

    #[test]
    fn the_digest_covers_paths_and_contents() {
        let one = tree(&[("a/b", "x"), ("c", "yy")]);
        assert_eq!(one, tree(&[("c", "yy"), ("a/b", "x")]));
        assert_eq!(one.bytes, 3);
        for other in [
            &[("a/b", "x"), ("c", "y")][..],
            &[("a/b", "x"), ("d", "yy")],
            &[("a/b", "xc"), ("c", "y")],
            &[("a", "x"), ("c", "yy")],
            &[("a/b", "x")],
        ] {
            assert_ne!(one.digest, tree(other).digest, "{other:?}");
        }
    }

    #[test]
    fn a_damaged_tree_counts_as_missing_and_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let layout = Layout::create(folder.path()).unwrap();
        let lock = layout.try_lock().unwrap().unwrap();
        let place = || {
            let staged = tempfile::tempdir_in(layout.staging()).unwrap();
            write(&staged.path().join("tree"), &[("a/b", "x")]);
            let tree = Tree::read(&staged.path().join("tree")).unwrap();
            let aside = staged.path().join("aside");
            let set_aside = |damaged: &Path| {
                fs::make_movable(damaged)?;
                fs::rename(damaged, &aside)
            };
            let placed = tree.place(&layout, &staged.path().join("tree"), set_aside, &lock);
            fs::remove_dir_all(staged.path()).unwrap();
            (tree, placed.unwrap())
        };
        let (tree, is_new) = place();
        assert!(is_new);
        assert_eq!(Tree::kept(&layout, &tree.digest).unwrap(), Some(tree));
        assert!(!place().1);
        assert_eq!(Tree::kept(&layout, &tree.digest).unwrap(), Some(tree));

        fs::set_mode(&layout.tree(&tree.digest).join("a"), 0o755).unwrap();
        fs::write_atomic(&layout.tree(&tree.digest).join("a/more"), b"").unwrap();
        assert_eq!(Tree::kept(&layout, &tree.digest).unwrap(), None);
        assert!(!place().1, "something was there");
        assert_eq!(Tree::kept(&layout, &tree.digest).unwrap(), Some(tree));

        fs::remove_dir_all(&layout.tree(&tree.digest)).unwrap();
        fs::write_atomic(&layout.tree(&tree.digest), b"no folder").unwrap();
        assert_eq!(Tree::kept(&layout, &tree.digest).unwrap(), None);
        assert!(!place().1, "something was there");
        assert_eq!(Tree::kept(&layout, &tree.digest).unwrap(), Some(tree));
        // Read-only, so the temporary folder could not remove it.
        fs::remove_dir_all(&layout.trees()).unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn what_is_no_file_is_not_opened() {
        let folder = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink("/dev/zero", folder.path().join("endless")).unwrap();
        let status = std::process::Command::new("mkfifo")
            .arg(folder.path().join("pipe"))
            .status();
        assert!(status.unwrap().success());
        Tree::read(folder.path()).unwrap();
    }
}
