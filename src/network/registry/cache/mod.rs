//! The cache of web servers' answers about registries, on disk: one folder for each registry, one file for each of
//! its files, so that an unchanged file is not transferred again, work goes on offline, and an index
//! that loses lines is noticed.
//!
//! ```text
//! <cache>/example.org-4f1c…/9e02…    a line of JSON, then the content (see `entry`)
//! ```
//!
//! Nothing here is needed: a file that is torn, of another form or of another digest is read as
//! missing, and one that cannot be written costs a warning. Processes share the folder without locks,
//! because each file is replaced as a whole and any of the versions written is a true one.

mod entry;

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
};

pub(super) use self::entry::Entry;
use crate::base::{digest::Blake3Digest, fs};

/// The digits of a digest that tell files and folders apart.
const DIGITS: usize = 32;

/// The cache of one registry.
#[derive(Debug, Clone)]
pub(super) struct Cache {
    folder: PathBuf,
    /// Whether it was said that nothing can be written: once is enough.
    has_warned: Arc<AtomicBool>,
    /// The folder was looked at: no other user can change it.
    is_known_as_own: Arc<OnceLock<()>>,
}

impl Cache {
    /// The cache below `root` of the registry at `location`, a string without credentials.
    pub(super) fn new(root: &Path, location: &str) -> Self {
        Self {
            folder: root.join(folder_name(location)),
            has_warned: Arc::default(),
            is_known_as_own: Arc::default(),
        }
    }

    /// Returns the cached answer for a registry's file. Blocks.
    pub(super) fn read(&self, path: &str) -> Option<Entry> {
        let file = self.file(path);
        // Content that other users could have put there is not believed.
        if self.is_known_as_own.get().is_none() {
            if let Err(error) = fs::check_own(&self.folder) {
                self.warn_once(&error);
                return None;
            }
            let _ = self.is_known_as_own.set(());
        }
        match fs::read(&file) {
            Ok(bytes) => {
                let entry = Entry::parse(path, bytes);
                if entry.is_none() {
                    tracing::debug!(file = %file.display(), "a cached file is unusable and is read again");
                }
                entry
            }
            Err(error) if error.is_not_found() => None,
            Err(error) => {
                tracing::debug!(%error, "a cached file cannot be read");
                None
            }
        }
    }

    /// Replaces what is known of a registry's file. Blocks.
    pub(super) fn write(&self, path: &str, entry: &Entry) {
        let written = entry.header(path).map(|header| {
            let parts = [header.as_slice(), &entry.content];
            let file = self.file(path);
            fs::check_own(&self.folder)?;
            match fs::replace_unsynced(&file, &parts) {
                Err(error) if error.is_not_found() => {
                    // The content of a private registry is for its reader alone.
                    fs::create_own_dir_all(&self.folder)?;
                    fs::replace_unsynced(&file, &parts)
                }
                result => result,
            }
        });
        if let Some(Err(error)) = written {
            self.warn_once(&error);
        }
    }

    fn warn_once(&self, error: &fs::Error) {
        if !self.has_warned.swap(true, Ordering::Relaxed) {
            tracing::warn!(%error, "what registries say is not kept and will be transferred again");
        }
    }

    fn file(&self, path: &str) -> PathBuf {
        self.folder.join(digits(path))
    }
}

/// Forgets all that was seen of registries, in the folder given as [`Access::cache`]; gives how many
/// registries that were. What else is in the folder stays. Blocks.
///
/// # Errors
/// If the folder cannot be listed, or a registry's part of it not be removed.
///
/// [`Access::cache`]: super::Access::cache
pub fn clear_cache(folder: &Path) -> fs::Result<usize> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.is_not_found() => return Ok(0),
        result => result?,
    };
    let mut count = 0;
    for entry in entries.iter().filter(|entry| is_registry(entry)) {
        fs::remove_dir_all(entry)?;
        count += 1;
    }
    Ok(count)
}

/// Whether [`folder_name`] may have named this folder.
fn is_registry(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str());
    let ending = name.and_then(|name| name.rsplit_once('-'));
    ending.is_some_and(|(_, ending)| {
        ending.len() == DIGITS && ending.bytes().all(|byte| byte.is_ascii_hexdigit())
    }) && fs::is_own_folder(path)
}

/// The host's name for people, and a digest that tells `…/a/` from `…/b/`.
fn folder_name(location: &str) -> String {
    let (_, rest) = location.split_once("://").unwrap_or(("", location));
    let readable: String = rest
        .chars()
        .take_while(|character| *character != '/')
        .map(|character| match character {
            'a'..='z' | '0'..='9' | '.' => character,
            _ => '_',
        })
        .take(64)
        .collect();
    format!("{readable}-{}", digits(location))
}

fn digits(text: &str) -> String {
    let mut digits = Blake3Digest::of(text.as_bytes()).to_string();
    digits.truncate(DIGITS);
    digits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn registries_lie_apart_under_names_that_people_can_read() {
        let one = folder_name("https://example.org:8443/a/");
        assert!(one.starts_with("example.org_8443-"), "{one}");
        assert_ne!(one, folder_name("https://example.org:8443/b/"));
        assert_ne!(one, folder_name("http://example.org:8443/a/"));
    }

    #[test]
    fn what_is_forgotten_is_the_registries_and_nothing_else() {
        let root = tempfile::tempdir().unwrap();
        let cache = Cache::new(root.path(), "https://example.org/");
        let entry = entry::tests::entry(b"x");
        cache.write("config.json", &entry);
        assert_eq!(cache.read("config.json"), Some(entry));
        for other in ["notes", "my-folder"] {
            fs::create_dir(&root.path().join(other)).unwrap();
        }
        assert_eq!(clear_cache(root.path()).unwrap(), 1);
        assert_eq!(cache.read("config.json"), None);
        assert_eq!(fs::read_dir(root.path()).unwrap().len(), 2);
        assert_eq!(clear_cache(&root.path().join("none")).unwrap(), 0);
    }

    #[cfg(unix)]
    #[test]
    fn what_others_could_have_put_there_is_not_believed() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("index");
        fs::create_dir(&folder).unwrap();
        Cache::new(&folder, "https://example.org/").write("x", &entry::tests::entry(b"x"));
        fs::set_mode(&folder, 0o1777).unwrap();
        let cache = Cache::new(&folder, "https://example.org/");
        assert_eq!(cache.read("x"), None);
        cache.write("y", &entry::tests::entry(b"y"));
        fs::set_mode(&folder, 0o755).unwrap();
        assert_eq!(cache.read("y"), None);
        assert!(cache.read("x").is_some());
    }

    #[test]
    fn a_cache_that_cannot_be_written_does_no_harm() {
        let root = tempfile::tempdir().unwrap();
        let file = root.path().join("file");
        fs::replace_unsynced(&file, &[b"x"]).unwrap();
        let cache = Cache::new(&file, "https://example.org/");
        cache.write("config.json", &entry::tests::entry(b"x"));
        assert_eq!(cache.read("config.json"), None);
    }
}
