//! The mark that makes a folder a store; one of before there were marks is known by its own form. Any other folder
//! that has something in it is left alone.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::{layout::Layout, staging};
use crate::{
    base::{
        digest::Blake3Digest,
        fs,
        hint::{ErrorKind, Hint},
        npm_folder,
        printable::printable,
        types::ExtensionId,
    },
    store::error::StoreError,
};

/// The form of stores that this program reads and writes. What lies in them has formats of its own.
const FORMAT: u32 = 1;

/// The most bytes of a mark.
const MOST_OF_MARK: u64 = 4 << 10;

/// The most bytes of a generation that is looked at to know it for one: 64 MiB, some ten thousand extensions.
const MOST_OF_GENERATION: u64 = 64 << 20;

/// The reason why a folder cannot be used as a store.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FolderError {
    /// There is something else in it, or it is not a folder at all.
    #[error("`{}` is not a store: {reason}", folder.display())]
    NoStore {
        /// The folder.
        folder: PathBuf,
        /// What it is instead.
        reason: String,
    },
    /// Something lies where the store has a folder.
    #[error("the store needs a folder at `{}`, and something else lies there", path.display())]
    InTheWay {
        /// What lies there.
        path: PathBuf,
    },
    /// This user may read the store, but not change it.
    #[error("the store `{}` may only be read", folder.display())]
    ReadOnly {
        /// The store's folder.
        folder: PathBuf,
    },
    /// This user may only read the store, and has no other place for what its extensions write.
    #[error(
        "there is no place for what extensions write: the store `{}` may only be read",
        folder.display()
    )]
    NoState {
        /// The store's folder.
        folder: PathBuf,
    },
}

impl Hint for FolderError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NoStore { .. } | Self::InTheWay { .. } => ErrorKind::Invalid,
            Self::ReadOnly { .. } | Self::NoState { .. } => ErrorKind::Refused,
        }
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::NoStore { .. } => {
                "nothing in it was touched; name a new or an empty folder with `--store` or in ANNEXE_STORE".into()
            }
            Self::InTheWay { path } => {
                format!("move `{}` to another place, then try again", path.display())
            }
            Self::ReadOnly { .. } => {
                "change it as the user whom it belongs to, or name a store of your own with `--store`".into()
            }
            Self::NoState { .. } => {
                "set ANNEXE_STATE, or HOME, to a folder of your own, which then has that place, or name a store of your own with `--store`".into()
            }
        })
    }
}

/// The mark as its file has it.
#[derive(Deserialize)]
struct Mark {
    annexe: String,
    format: u32,
}

/// Refuses a folder that has something in it and is not a store; whether it has a mark. Creates nothing.
///
/// # Errors
/// [`FolderError::NoStore`], [`StoreError::Format`] for the store of a later version of this program, and
/// [`StoreError::File`] where it cannot be read.
pub(in crate::store) fn check(layout: &Layout) -> Result<bool, StoreError> {
    if has_mark(layout)? {
        return Ok(true);
    }
    let entries = fs::read_dir_if_there(layout.folder())?;
    // A killed program may have left its mark half written.
    let Some(first) = entries.iter().find(|path| !fs::is_temporary(path)) else {
        return Ok(false);
    };
    if has_generation(layout) || has_form(layout, &entries) {
        return Ok(false);
    }
    // Another process may have made it a store in between: the mark is the first thing it makes.
    if has_mark(layout)? {
        return Ok(true);
    }
    let name = first.file_name().unwrap_or_default().to_string_lossy();
    Err(no_store(
        layout.folder(),
        format!("it has other things in it, such as `{}`", printable(&name)),
    ))
}

/// Whether the folder has a mark of this version of the program.
fn has_mark(layout: &Layout) -> Result<bool, StoreError> {
    let path = layout.mark();
    let content = fs::read_bounded(&path, MOST_OF_MARK).ok();
    let mark = content.and_then(|content| serde_json::from_slice::<Mark>(&content).ok());
    match mark.filter(|mark| mark.annexe == "store") {
        None => Ok(false),
        Some(Mark { format: FORMAT, .. }) => Ok(true),
        Some(Mark { format, .. }) => Err(StoreError::Format { path, format }),
    }
}

/// Marks a folder as a store, for good. It is done without the store's lock: another process that holds it may remove
/// the unfinished file, but has made the mark before, and that is as good.
pub(in crate::store) fn write(layout: &Layout) -> fs::Result<()> {
    let (mark, content) = (
        layout.mark(),
        format!("{{\"annexe\":\"store\",\"format\":{FORMAT}}}\n"),
    );
    match layout.write(&mark, content.as_bytes()) {
        Err(error) if error.is_not_found() && fs::symlink_metadata(&mark).is_ok() => Ok(()),
        written => written,
    }
}

pub(in crate::store) fn no_store(folder: &Path, reason: impl Into<String>) -> StoreError {
    StoreError::Folder(FolderError::NoStore {
        folder: folder.to_path_buf(),
        reason: reason.into(),
    })
}

/// Whether a store of before there were marks lies here, of which a change was made: one of its generations is
/// read as such.
fn has_generation(layout: &Layout) -> bool {
    #[derive(Deserialize)]
    struct Generation {
        #[serde(rename = "format")]
        _format: u32,
        #[serde(rename = "number")]
        _number: u64,
        #[serde(rename = "extensions")]
        _extensions: Vec<serde::de::IgnoredAny>,
    }
    let paths = fs::read_dir(&layout.generations()).unwrap_or_default();
    is_folder(&layout.trees())
        && paths
            .iter()
            .filter(|path| is_generation_name(&name_of(path)))
            .filter_map(|path| fs::read_bounded(path, MOST_OF_GENERATION).ok())
            .any(|content| serde_json::from_slice::<Generation>(&content).is_ok())
}

/// A test of whether a path has the name of what lies in one of the store's folders.
type IsOfStore = fn(&Path) -> bool;

/// Whether a store of before there were marks lies here, of which no change was made yet or what was made is
/// damaged: it has all the folders of one, and nothing else than what is found in one.
fn has_form(layout: &Layout, entries: &[PathBuf]) -> bool {
    let folders: [(PathBuf, IsOfStore); 6] = [
        (layout.generations(), |path| {
            is_generation_name(&name_of(path))
        }),
        (layout.trees(), |path| Blake3Digest::of_name(path).is_some()),
        (layout.staging(), |path| staging::has_name(path)),
        (layout.work(), |path| is_of_extension(&name_of(path))),
        (layout.started(), |path| {
            Blake3Digest::of_name(path).is_some()
        }),
        (layout.dev(), |path| is_of_extension(&name_of(path))),
    ];
    let is_whole = folders.iter().all(|(folder, is_of_store)| {
        is_folder(folder)
            && fs::read_dir(folder).is_ok_and(|inside| {
                inside
                    .iter()
                    .all(|it| is_of_store(it) || fs::is_temporary(it))
            })
    });
    is_whole
        && entries.iter().all(|path| {
            fs::is_temporary(path)
                || folders.iter().any(|(folder, _)| folder == path)
                || OTHERS.contains(&&*name_of(path))
        })
}

/// What else is found in the store of a version before.
const OTHERS: &[&str] = &[
    "annexe-store.json",
    "answers",
    "audit",
    "current",
    "dev.lock",
    "downloads",
    "journal.lock",
    "logs",
    "seen-archives.json",
    "stats",
    "store.lock",
    "trees.lock",
    "withdrawals.json",
];

fn name_of(path: &Path) -> String {
    let name = path.file_name().and_then(|name| name.to_str());
    name.unwrap_or_default().to_owned()
}

fn is_generation_name(name: &str) -> bool {
    let number = name.strip_suffix(".json");
    number.is_some_and(|it| {
        it.parse::<u64>()
            .is_ok_and(|number| number.to_string() == it)
    })
}

/// `<id>`, `<id>.json`, `.npm-<id>`, or `<id>+…` as work directories may be called.
fn is_of_extension(name: &str) -> bool {
    let name = name.strip_prefix(npm_folder::PREFIX).unwrap_or(name);
    let name = name.strip_suffix(".json").unwrap_or(name);
    let id = name.split_once('+').map_or(name, |(id, _)| id);
    id.parse::<ExtensionId>().is_ok()
}

fn is_folder(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|it| it.is_dir())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::disk::configuration::StoreConfiguration;

    /// Returns the result of opening a folder: whether it has a mark, or why it is refused.
    fn opened(folder: &Path) -> Result<bool, String> {
        let layout = Layout::open(&StoreConfiguration::new(folder));
        let layout = layout.map_err(|error| error.to_string())?;
        Ok(layout.mark().is_file())
    }

    /// A store of before there were marks, which nothing was installed into.
    fn before(place: &tempfile::TempDir) -> PathBuf {
        let folder = place.path().join("store");
        for name in ["generations", "trees", "staging", "work", "started", "dev"] {
            fs::create_private_dir_all(&folder.join(name)).unwrap();
        }
        folder
    }

    #[test]
    fn several_who_make_the_same_store_at_once_are_in_nobodys_way() {
        let place = tempfile::tempdir().unwrap();
        for number in 0..100 {
            let folder = place.path().join(number.to_string());
            let start = std::sync::Barrier::new(8);
            std::thread::scope(|scope| {
                for _ in 0..8 {
                    scope.spawn(|| {
                        start.wait();
                        let configuration = StoreConfiguration::new(&folder);
                        let layout = Layout::open(&configuration).unwrap();
                        layout.prepare().unwrap();
                        // The holder of the lock removes files that others have not finished.
                        if let Some(lock) = layout.try_lock().unwrap() {
                            crate::store::disk::staging::sweep(&layout, &lock).unwrap();
                        }
                    });
                }
            });
            assert_eq!(opened(&folder), Ok(true));
        }
    }

    #[test]
    fn a_store_of_before_is_known_by_its_form_and_marked_by_its_first_change() {
        let place = tempfile::tempdir().unwrap();
        let folder = before(&place);
        assert_eq!(opened(&folder), Ok(false));
        for name in ["store.lock", "trees.lock", "dev.lock", ".tmp-aB3dE6"] {
            fs::write_new(&folder.join(name), b"").unwrap();
        }
        fs::create_dir(&folder.join("staging/change-aB3dE6")).unwrap();
        fs::create_dir(&folder.join("work/taplo")).unwrap();
        fs::create_dir(&folder.join("work/.npm-taplo")).unwrap();
        fs::write_new(&folder.join("dev/taplo.json"), b"{}").unwrap();
        assert_eq!(opened(&folder), Ok(false));
        let layout = Layout::open(&StoreConfiguration::new(&folder)).unwrap();
        layout.prepare().unwrap();
        assert_eq!(opened(&folder), Ok(true));
        // Then anything may lie in it.
        fs::write_new(&folder.join("notes"), b"").unwrap();
        assert_eq!(opened(&folder), Ok(true));
    }

    #[test]
    fn a_generation_makes_a_store_whatever_lies_beside_it() {
        let place = tempfile::tempdir().unwrap();
        let folder = before(&place);
        fs::remove_empty_dir(&folder.join("started")).unwrap();
        fs::write_new(&folder.join("notes"), b"").unwrap();
        let refused =
            |folder: &Path| opened(folder).is_err_and(|error| error.contains("is not a store"));
        assert!(refused(&folder));
        let file = folder.join("generations/3.json");
        for (content, is_one) in [
            ("{}", false),
            ("precious", false),
            (r#"{"format":1,"number":3}"#, false),
            (r#"{"format":1,"number":3,"extensions":[]}"#, true),
            (r#"{"format":9,"number":3,"extensions":[{"x":1}]}"#, true),
        ] {
            fs::write_atomic(&file, content.as_bytes()).unwrap();
            assert_eq!(refused(&folder), !is_one, "{content}");
        }
    }

    #[test]
    fn anything_else_is_somebodys_own() {
        let foreign = [
            "notes",
            "trees/notes",
            "trees/ABCDEF",
            "staging/report",
            "generations/parents.json",
            "generations/01.json",
            "started/soon",
            "work/not an id",
            "dev/Not-An-Id.json",
        ];
        for name in foreign {
            let place = tempfile::tempdir().unwrap();
            let folder = before(&place);
            fs::write_new(&folder.join(name), b"x").unwrap();
            assert!(
                opened(&folder).unwrap_err().contains("is not a store"),
                "{name}"
            );
        }
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("folder");
        fs::create_private_dir_all(&folder.join("staging")).unwrap();
        let error = opened(&folder).unwrap_err();
        assert!(error.contains("such as `staging`"), "{error}");
    }

    #[test]
    fn a_mark_is_ours_and_of_this_form() {
        for (content, opens) in [
            (r#"{"annexe":"store","format":1}"#, true),
            (r#"{"annexe":"store","format":1,"later":[]}"#, true),
            (r#"{"annexe":"store","format":2}"#, false),
            (r#"{"annexe":"shop","format":1}"#, false),
            ("", false),
        ] {
            let place = tempfile::tempdir().unwrap();
            let folder = place.path().join("store");
            fs::create_private_dir_all(&folder).unwrap();
            fs::write_new(&folder.join("annexe-store.json"), content.as_bytes()).unwrap();
            assert_eq!(opened(&folder).is_ok(), opens, "{content}");
            let error = Layout::open(&StoreConfiguration::new(&folder)).err();
            let is_later = matches!(error, Some(StoreError::Format { format: 2, .. }));
            assert_eq!(is_later, content.contains("\"format\":2"), "{error:?}");
        }
    }

    #[test]
    fn an_empty_folder_becomes_a_store_and_so_does_what_a_killed_program_has_begun() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("store");
        assert_eq!(opened(&folder), Ok(false));
        assert!(!folder.exists());
        fs::create_private_dir_all(&folder).unwrap();
        fs::write_new(&folder.join(".tmp-aB3dE6"), b"{\"annexe").unwrap();
        assert_eq!(opened(&folder), Ok(false));
        let layout = Layout::open(&StoreConfiguration::new(&folder)).unwrap();
        layout.prepare().unwrap();
        assert_eq!(opened(&folder), Ok(true));
    }
}
