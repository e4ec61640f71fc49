//! A folder that nothing done through it leads out of: neither `..`, nor an absolute path, nor a link,
//! not even one that is put there meanwhile. The system resolves each path beneath a folder that
//! was opened once (`openat2` on Linux, component by component elsewhere).

mod folding;
mod merge;

use std::{
    ffi::OsString,
    fs::File,
    io,
    path::{Component, Path, PathBuf},
};

use cap_std::{
    ambient_authority,
    fs::{Dir, DirBuilder, FileType, OpenOptions},
};

use super::{Error, Result, canonicalize, symlink_metadata};

/// The mode of a file that may be run, and of a folder.
const EXECUTABLE: u32 = 0o755;

/// The mode of any other file.
const PLAIN: u32 = 0o644;

/// A folder, opened once, beneath which files are read and written with no way out. Links within it are
/// followed as long as they stay beneath it; what would lead out fails with an error of the system.
///
/// Paths are relative; `.` is the folder itself. Files get mode 0755 or 0644 and folders 0755, whatever
/// the process's mask (a no-op where there are no modes). Nothing is synced.
#[derive(Debug)]
pub struct ConfinedFolder {
    folder: Dir,
    /// For messages, and to know a guest's absolute paths by.
    path: PathBuf,
}

/// The kind of an entry in a folder. Links are not followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum EntryKind {
    /// A regular file.
    File,
    /// A folder.
    Folder,
    /// A symbolic link.
    Link,
    /// A device, a pipe, a socket.
    Other,
}

impl From<FileType> for EntryKind {
    fn from(kind: FileType) -> Self {
        if kind.is_file() {
            Self::File
        } else if kind.is_dir() {
            Self::Folder
        } else if kind.is_symlink() {
            Self::Link
        } else {
            Self::Other
        }
    }
}

impl ConfinedFolder {
    /// Opens a folder that exists, wherever it lies. Links on the way to it are followed.
    ///
    /// # Errors
    ///
    /// [`Error`] if it is not a folder or cannot be opened.
    pub fn open(path: &Path) -> Result<Self> {
        match Dir::open_ambient_dir(path, ambient_authority()) {
            Ok(folder) => Ok(Self {
                folder,
                path: path.to_path_buf(),
            }),
            Err(source) => Err(Error::new("open the folder", path, source)),
        }
    }

    /// The path it was opened by.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Opens a folder beneath this one, which confines what is done through it likewise.
    ///
    /// # Errors
    ///
    /// [`Error`] if it is not there, is not a folder, or lies outside.
    pub fn open_folder(&self, relative: impl AsRef<Path>) -> Result<Self> {
        let relative = relative.as_ref();
        let folder = self.named("open the folder", relative, self.folder.open_dir(relative))?;
        let path = self.path.join(relative);
        Ok(Self { folder, path })
    }

    /// Creates a folder that must not exist yet, in one that does, and opens it.
    ///
    /// # Errors
    ///
    /// [`Error`] if something has that name already, or it would lie outside.
    pub fn create_dir(&self, relative: impl AsRef<Path>) -> Result<Self> {
        let relative = relative.as_ref();
        let mut builder = DirBuilder::new();
        #[cfg(unix)]
        cap_std::fs::DirBuilderExt::mode(&mut builder, EXECUTABLE);
        let created = self
            .folder
            .create_dir_with(relative, builder.recursive(false));
        self.named("create the folder", relative, created)?;
        let folder = self.open_folder(relative)?;
        // Adds the bits that the process's mask has taken away.
        #[cfg(unix)]
        {
            use cap_std::fs::PermissionsExt as _;
            let found = folder.folder.dir_metadata();
            let mode = self.named("look at", relative, found)?.permissions().mode();
            if mode & 0o777 != EXECUTABLE {
                self.make_executable(relative)?;
            }
        }
        Ok(folder)
    }

    /// Creates a folder and those above it; content with one that is there.
    ///
    /// # Errors
    ///
    /// [`Error`] if a file is in the way, or it would lie outside.
    pub fn create_dir_all(&self, relative: impl AsRef<Path>) -> Result<()> {
        let relative = relative.as_ref();
        let created = self.folder.create_dir_all(relative);
        self.named("create the folder", relative, created)
    }

    /// Creates a file that must not exist yet, for writing and reading back, in a folder that does.
    ///
    /// # Errors
    ///
    /// [`Error`] if something has that name already, or it would lie outside.
    pub fn create_new(&self, relative: impl AsRef<Path>, executable: bool) -> Result<File> {
        let relative = relative.as_ref();
        let mode = if executable { EXECUTABLE } else { PLAIN };
        let mut options = OpenOptions::new();
        options.read(true).write(true).create_new(true);
        #[cfg(unix)]
        cap_std::fs::OpenOptionsExt::mode(&mut options, mode);
        let opened = self.folder.open_with(relative, &options);
        let file = self.named("create", relative, opened)?.into_std();
        self.named("change the permissions of", relative, set_mode(&file, mode))?;
        Ok(file)
    }

    /// Opens a file for reading.
    ///
    /// # Errors
    ///
    /// [`Error`] if it is not there or lies outside.
    pub fn open_file(&self, relative: impl AsRef<Path>) -> Result<File> {
        let relative = relative.as_ref();
        let opened = self.folder.open(relative);
        Ok(self.named("open", relative, opened)?.into_std())
    }

    /// Returns the kind of the entry of a name, a link itself included; `None` where there is nothing.
    ///
    /// # Errors
    ///
    /// [`Error`] if it lies outside or cannot be looked at.
    pub fn kind(&self, relative: impl AsRef<Path>) -> Result<Option<EntryKind>> {
        let relative = relative.as_ref();
        match self.folder.symlink_metadata(relative) {
            Ok(metadata) => Ok(Some(metadata.file_type().into())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => self.named("look at", relative, Err(error)),
        }
    }

    /// The names in a folder, sorted.
    ///
    /// # Errors
    ///
    /// [`Error`] if it is not a folder or lies outside.
    pub fn list(&self, relative: impl AsRef<Path>) -> Result<Vec<OsString>> {
        let relative = relative.as_ref();
        let entries = self.folder.read_dir(relative).and_then(|entries| {
            entries
                .map(|entry| entry.map(|entry| entry.file_name()))
                .collect::<io::Result<Vec<_>>>()
        });
        let mut names = self.named("list the folder", relative, entries)?;
        names.sort();
        Ok(names)
    }

    /// Removes a file or a link; content with one that is not there.
    ///
    /// # Errors
    ///
    /// [`Error`] if it is a folder or lies outside.
    pub fn remove_file(&self, relative: impl AsRef<Path>) -> Result<()> {
        let relative = relative.as_ref();
        self.named("remove", relative, gone(self.folder.remove_file(relative)))
    }

    /// Removes a folder with all in it, no link followed; content with one that is not there.
    ///
    /// # Errors
    ///
    /// [`Error`] if it is not a folder or lies outside.
    pub fn remove_dir_all(&self, relative: impl AsRef<Path>) -> Result<()> {
        let relative = relative.as_ref();
        let removed = gone(self.folder.remove_dir_all(relative));
        self.named("remove the folder", relative, removed)
    }

    /// Removes a folder that is empty.
    ///
    /// # Errors
    ///
    /// [`Error`] if it is not empty, not there, or lies outside.
    pub fn remove_empty_dir(&self, relative: impl AsRef<Path>) -> Result<()> {
        let relative = relative.as_ref();
        self.named(
            "remove the folder",
            relative,
            self.folder.remove_dir(relative),
        )
    }

    /// Renames a file, link or folder within this folder, replacing a file or link of the new name.
    ///
    /// # Errors
    ///
    /// [`Error`] if `from` is not there, `to` is a folder that is not empty, or either lies outside.
    pub fn rename(&self, from: impl AsRef<Path>, to: impl AsRef<Path>) -> Result<()> {
        let renamed = self.folder.rename(from, &self.folder, to.as_ref());
        self.named("rename a new file to", to.as_ref(), renamed)
    }

    /// Lets all users run a file (mode 0755).
    ///
    /// # Errors
    ///
    /// [`Error`] if it is not there or lies outside.
    pub fn make_executable(&self, relative: impl AsRef<Path>) -> Result<()> {
        let relative = relative.as_ref();
        #[cfg(unix)]
        let changed = {
            let permissions = std::os::unix::fs::PermissionsExt::from_mode(EXECUTABLE);
            let permissions = cap_std::fs::Permissions::from_std(permissions);
            self.folder.set_permissions(relative, permissions)
        };
        #[cfg(not(unix))]
        let changed = self.folder.metadata(relative).map(drop);
        self.named("change the permissions of", relative, changed)
    }

    /// Lets all users run a regular file that no user may run yet, where no link is on the way to it. Whether it was
    /// changed.
    ///
    /// # Errors
    ///
    /// [`Error`] if it cannot be looked at or changed, or lies outside.
    #[cfg(unix)]
    pub fn make_plain_file_executable(&self, relative: impl AsRef<Path>) -> Result<bool> {
        use cap_std::fs::PermissionsExt as _;
        let relative = relative.as_ref();
        let mut path = PathBuf::new();
        for component in relative.components() {
            path.push(component);
            match self.kind(&path)? {
                Some(EntryKind::Folder) if path != relative => {}
                Some(EntryKind::File) if path == relative => {}
                _ => return Ok(false),
            }
        }
        let found = self.folder.symlink_metadata(relative);
        let mode = self.named("look at", relative, found)?.permissions().mode();
        if mode & 0o111 != 0 {
            return Ok(false);
        }
        self.make_executable(relative)?;
        Ok(true)
    }

    /// Creates a symbolic link to a relative target, which is not looked at. Nothing done through this
    /// folder follows it out; other programs may.
    ///
    /// # Errors
    ///
    /// [`Error`] if the target is absolute, something has the link's name already, or the system has no
    /// links that every user may create (Windows).
    pub fn symlink(&self, target: impl AsRef<Path>, link: impl AsRef<Path>) -> Result<()> {
        #[cfg(unix)]
        let created = self.folder.symlink(target, link.as_ref());
        #[cfg(not(unix))]
        let created = {
            let _ = target;
            Err(io::ErrorKind::Unsupported.into())
        };
        self.named("create the link", link.as_ref(), created)
    }

    /// Gives a file a second name.
    ///
    /// # Errors
    ///
    /// [`Error`] if the file is not there, something has the new name already, either lies outside, or
    /// the file system has no such links.
    pub fn hard_link(&self, file: impl AsRef<Path>, link: impl AsRef<Path>) -> Result<()> {
        let created = self.folder.hard_link(file, &self.folder, link.as_ref());
        self.named("create the link", link.as_ref(), created)
    }

    /// Returns the place of a path beneath this folder, by Zed's rule for the paths a guest names: a relative path
    /// starts at this folder, an absolute one is kept; `.` and `..` are removed by their text; then every
    /// link of the part that exists is resolved. `None` where that is outside, or where a link on the way
    /// leads nowhere. The folder itself is `.`.
    ///
    /// # Errors
    ///
    /// [`Error`] if this folder, or what exists of the path, cannot be resolved.
    pub fn locate(&self, path: impl AsRef<Path>) -> Result<Option<PathBuf>> {
        let Some(normal) = normalize(&self.path.join(path)) else {
            return Ok(None);
        };
        let root = canonicalize(&self.path)?;
        let mut existing = normal.as_path();
        while symlink_metadata(existing).is_err() {
            let Some(parent) = existing.parent() else {
                return Ok(None);
            };
            existing = parent;
        }
        let resolved = match canonicalize(existing) {
            // A link exists by name, and what it points to does not: writing there would land anywhere.
            Err(error) if error.is_not_found() => return Ok(None),
            resolved => resolved?,
        };
        let missing = normal.strip_prefix(existing).unwrap_or(Path::new(""));
        let located = resolved.strip_prefix(&root).ok().map(|inside| {
            let located: PathBuf = inside.components().chain(missing.components()).collect();
            if located.as_os_str().is_empty() {
                PathBuf::from(".")
            } else {
                located
            }
        });
        Ok(located)
    }

    fn named<T>(&self, action: &'static str, relative: &Path, result: io::Result<T>) -> Result<T> {
        result.map_err(|source| Error::new(action, self.path.join(relative), source))
    }
}

fn gone(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        result => result,
    }
}

fn set_mode(file: &File, mode: u32) -> io::Result<()> {
    #[cfg(unix)]
    return file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(mode));
    #[cfg(not(unix))]
    {
        let _ = (file, mode);
        Ok(())
    }
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
#[cfg(unix)]
mod tests;
