//! Links in an extension's folder: followed as long as they stay in its repository.
//!
//! An archive holds no links, and what reads an extension follows none. Authors have some all the same: a licence or a
//! language that several extensions of one repository share. So what is checked, packed and run is a copy of the folder
//! in which every such link is what it leads to; one that leads out of the repository, to nothing or in a circle is
//! still a link in the copy, and is refused there as ever.

use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::{base::fs, package::manifest::Error};

/// Folders at the top that no archive holds anything of, and that may be large.
const LEFT_OUT: [&str; 3] = ["target", "node_modules", "src"];

/// The folder of grammars, of whose folders nothing is packed: they are checkouts.
const GRAMMARS: &str = "grammars";

/// The folder by which a repository is known, and which no link may lead into.
const REPOSITORY: &str = ".git";

/// The most entries that are copied; real extensions have a few thousand icons.
const MOST_ENTRIES: usize = 50_000;

/// The most bytes that are copied (1 GiB).
const MOST_BYTES: u64 = 1 << 30;

/// The most folders in one another.
const MOST_DEPTH: usize = 64;

/// A copy of an extension's folder without the links that could be followed. It goes when this is dropped.
#[derive(Debug)]
pub struct LinkFreeFolder {
    folder: PathBuf,
    /// The author's folder.
    source: PathBuf,
    followed: Vec<FollowedLink>,
    _temporary: TempDir,
}

/// A link that leads out of an extension's folder and stays in its repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FollowedLink {
    /// The link, relative to the extension's folder.
    pub link: PathBuf,
    /// What it leads to, resolved.
    pub target: PathBuf,
}

impl LinkFreeFolder {
    /// Copies what may be packed of the extension in `folder`, if there is a link in it that can be followed. `None`
    /// where there is none, so that the folder itself can be read.
    ///
    /// A link can be followed where it leads to a file or folder below the nearest folder around the extension that has
    /// a `.git` of this user's, or below the extension's own folder where there is none; the home and the folders around
    /// it do not count. Blocks while it reads and writes.
    ///
    /// # Errors
    /// Where the folder cannot be read, or the copy not be written.
    pub fn of(folder: &Path) -> Result<Option<Self>, fs::Error> {
        if !has_links(folder) {
            return Ok(None);
        }
        let root = fs::canonicalize(folder)?;
        let mut builder = tempfile::Builder::new();
        let temporary = builder.prefix("annexe-").tempdir();
        let temporary =
            temporary.map_err(|source| fs::Error::new("create", std::env::temp_dir(), source))?;
        // A legacy manifest has no id but its folder's name.
        let name = folder.file_name().or(root.file_name()).unwrap_or_default();
        let into = temporary.path().join(name);
        let mut copy = Copy {
            within: repository(&root),
            root: root.clone(),
            entries: 0,
            bytes: 0,
            is_followed: false,
            followed: Vec::new(),
        };
        let is_whole = copy.folder(&root, &into, &mut vec![root.clone()])?;
        Ok((is_whole && copy.is_followed).then_some(Self {
            folder: into,
            source: folder.to_path_buf(),
            followed: copy.followed,
            _temporary: temporary,
        }))
    }

    /// The copy.
    pub fn path(&self) -> &Path {
        &self.folder
    }

    /// An error about a file of the copy, as one about the author's.
    pub fn explain(&self, error: Error) -> Error {
        let own = |path: PathBuf| match path.strip_prefix(&self.folder) {
            Ok(below) => self.source.join(below),
            Err(_) => path,
        };
        match error {
            Error::Link { path } => Error::Link { path: own(path) },
            Error::WrongKind { path, expected } => Error::WrongKind {
                path: own(path),
                expected,
            },
            other => other,
        }
    }

    /// The links that were followed out of the extension's folder.
    pub fn followed(&self) -> &[FollowedLink] {
        &self.followed
    }
}

/// The nearest folder around `folder`, itself included, that is a repository of this user's; else itself. In a folder that
/// others can write to, anyone could make one, and links would be followed to all that is below it. The home, or a folder
/// around it, does not count: it may be a repository for the sake of some settings, and holds keys and other projects.
fn repository(folder: &Path) -> PathBuf {
    let home = std::env::home_dir().and_then(|home| fs::canonicalize(&home).ok());
    let is_repository = |folder: &&Path| {
        let kept = folder.join(REPOSITORY);
        let holds_home = home.as_ref().is_some_and(|home| home.starts_with(folder));
        !holds_home && (fs::is_own_folder(&kept) || fs::is_own_file(&kept))
    };
    let found = folder.ancestors().find(is_repository);
    found.unwrap_or(folder).to_path_buf()
}

/// Whether anything that may be packed is a link.
fn has_links(folder: &Path) -> bool {
    let mut pending = vec![(folder.to_path_buf(), 0)];
    let mut seen = 0;
    while let Some((inner, depth)) = pending.pop() {
        for entry in fs::read_dir(&inner).unwrap_or_default() {
            seen += 1;
            if seen > MOST_ENTRIES {
                return false;
            }
            match fs::symlink_metadata(&entry) {
                _ if is_left_out(folder, &entry) => {}
                Ok(metadata) if metadata.is_symlink() => return true,
                Ok(metadata) if metadata.is_dir() && depth < MOST_DEPTH => {
                    pending.push((entry, depth + 1));
                }
                _ => {}
            }
        }
    }
    false
}

/// Whether nothing of a folder is packed.
fn is_left_out(root: &Path, folder: &Path) -> bool {
    let Ok(below) = folder.strip_prefix(root) else {
        return false;
    };
    let name = below.to_string_lossy();
    let is_in_grammars = below.parent() == Some(Path::new(GRAMMARS));
    let is_folder = || fs::metadata(folder).is_ok_and(|it| it.is_dir());
    let may_be = name == REPOSITORY || LEFT_OUT.contains(&name.as_ref()) || is_in_grammars;
    may_be && is_folder()
}

struct Copy {
    /// The extension's folder, resolved.
    root: PathBuf,
    /// The folder that links may lead into.
    within: PathBuf,
    entries: usize,
    bytes: u64,
    is_followed: bool,
    followed: Vec<FollowedLink>,
}

impl Copy {
    /// Copies what is in a folder. `around` are the folders it lies in, resolved, itself last. Tells whether all of it
    /// was within the limits.
    fn folder(
        &mut self,
        from: &Path,
        into: &Path,
        around: &mut Vec<PathBuf>,
    ) -> Result<bool, fs::Error> {
        fs::create_dir_all(into)?;
        for entry in fs::read_dir(from)? {
            self.entries += 1;
            if self.entries > MOST_ENTRIES || around.len() > MOST_DEPTH {
                return Ok(false);
            }
            let target = into.join(entry.file_name().unwrap_or_default());
            if !self.entry(entry, &target, around)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn entry(
        &mut self,
        entry: PathBuf,
        into: &Path,
        around: &mut Vec<PathBuf>,
    ) -> Result<bool, fs::Error> {
        if is_left_out(&self.root, &entry) {
            return Ok(true);
        }
        let source = match fs::symlink_metadata(&entry)?.is_symlink() {
            false => entry,
            true => match self.resolve(&entry, around) {
                Some(source) => source,
                None => {
                    fs::copy_link(&entry, into)?;
                    return Ok(true);
                }
            },
        };
        let metadata = fs::metadata(&source)?;
        if metadata.is_dir() {
            around.push(source.clone());
            let is_whole = self.folder(&source, into, around)?;
            around.pop();
            return Ok(is_whole);
        }
        if metadata.is_file() {
            self.bytes = self.bytes.saturating_add(metadata.len());
            if self.bytes > MOST_BYTES {
                return Ok(false);
            }
            fs::copy(&source, into)?;
        }
        // A pipe or a device is packed by nobody, and said of where it is looked for.
        Ok(true)
    }

    /// The target of a link, where it may be followed.
    fn resolve(&mut self, link: &Path, around: &[PathBuf]) -> Option<PathBuf> {
        let target = fs::canonicalize(link).ok()?;
        let below = target.strip_prefix(&self.within).ok()?;
        let is_kept = below.iter().any(|name| name == REPOSITORY);
        let is_circle = around.iter().any(|folder| folder.starts_with(&target));
        if is_kept || is_circle {
            return None;
        }
        let metadata = fs::metadata(&target).ok()?;
        if !metadata.is_dir() && !metadata.is_file() {
            return None;
        }
        self.is_followed = true;
        if !target.starts_with(&self.root) {
            let link = link.strip_prefix(&self.root).unwrap_or(link).to_path_buf();
            let target = target.clone();
            self.followed.push(FollowedLink { link, target });
        }
        Some(target)
    }
}
