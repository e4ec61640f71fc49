//! Generations: each is the full set of what is installed, in a file that never changes.
//!
//! A change writes the next generation, then points `current` to it. Until then nothing has changed;
//! afterwards all of it has. Everything read here is immutable or replaced as a whole, so readers take
//! no lock and never wait.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize, Serializer, de::DeserializeOwned};

use super::{installed::Installed, layout::Layout};
use crate::{
    base::{
        digest::Blake3Digest, fs, suggestion::similar, timestamp::Timestamp, types::ExtensionId,
    },
    store::error::StoreError,
};

/// The form of generation files that this program writes.
const FORMAT: u32 = 2;

/// The forms that it reads. In the first, registries have but their names for themselves.
const FORMATS: std::ops::RangeInclusive<u32> = 1..=FORMAT;

/// The most bytes that are read of a file: tens of thousands of extensions.
const MOST_BYTES: u64 = 128 << 20;

/// A generation: everything that is installed, as of one change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Generation {
    /// Counts the changes; 0 is a store in which nothing has ever been installed.
    pub number: u64,
    /// When it was made; `None` for generation 0.
    pub created: Option<Timestamp>,
    /// What made it, for people: `install taplo 0.1.0`.
    pub reason: String,
    /// The number of the generation that was current before it.
    pub parent: u64,
    /// The number of the generation it has brought back, if that is what it was made for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub restores: Option<u64>,
    /// What is installed.
    #[serde(serialize_with = "as_list")]
    pub extensions: BTreeMap<ExtensionId, Installed>,
    /// The first of the generations before it that had no other archive than this one has, nor had any since.
    #[serde(skip)]
    holds_since: u64,
    /// The form its file has.
    #[serde(skip)]
    format: u32,
}

/// A generation as its file has it.
#[derive(Serialize, Deserialize)]
struct GenerationFile<E = Installed> {
    format: u32,
    number: u64,
    created: Timestamp,
    reason: String,
    /// Where it is missing: the number before its own.
    #[serde(default)]
    parent: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    restores: Option<u64>,
    /// Where it is missing: its own.
    #[serde(default)]
    holds_since: Option<u64>,
    extensions: Vec<E>,
}

/// The entries of a generation's file, as far as they were read.
pub(in crate::store) struct Entries<E> {
    /// The file has an earlier form.
    pub(in crate::store) is_of_before: bool,
    /// An entry for each extension.
    pub(in crate::store) extensions: Vec<E>,
}

impl<E> Default for Entries<E> {
    fn default() -> Self {
        Self {
            is_of_before: false,
            extensions: Vec::new(),
        }
    }
}

/// The one key that is read of a file whose rest does not fit.
#[derive(Deserialize)]
struct Header {
    format: u32,
}

fn as_list<S: Serializer>(
    extensions: &BTreeMap<ExtensionId, Installed>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(extensions.values())
}

impl From<GenerationFile> for Generation {
    fn from(file: GenerationFile) -> Self {
        let is_of_before = file.format < FORMAT;
        let extensions = file.extensions.into_iter().map(|it| match is_of_before {
            true => it.of_before(),
            false => it,
        });
        Self {
            format: file.format,
            number: file.number,
            created: Some(file.created),
            reason: file.reason,
            parent: file.parent.unwrap_or_else(|| file.number.saturating_sub(1)),
            restores: file.restores,
            holds_since: file.holds_since.unwrap_or(file.number),
            extensions: extensions
                .map(|installed| (installed.id.clone(), installed))
                .collect(),
        }
    }
}

impl Generation {
    /// A digest of what is installed, whenever and by whatever change it was: extensions, versions,
    /// origins, files and pins. Two stores with the same digest hold the same.
    pub fn digest(&self) -> Blake3Digest {
        let mut hasher = blake3::Hasher::new();
        for installed in self.extensions.values() {
            let Installed {
                id,
                version,
                origin,
                sha256,
                tree,
                pinned,
                ..
            } = installed;
            let line = format!("{id} {version} {sha256} {tree} {pinned} {origin}\n");
            hasher.update(line.as_bytes());
        }
        Blake3Digest::from(*hasher.finalize().as_bytes())
    }

    /// Returns the installed extension of an id, or the error with the closest ids that are.
    pub(in crate::store) fn find(&self, id: &ExtensionId) -> Result<Installed, StoreError> {
        self.extensions
            .get(id)
            .cloned()
            .ok_or_else(|| StoreError::NotInstalled {
                id: id.clone(),
                nearest: similar(id.as_str(), self.extensions.keys())
                    .into_iter()
                    .cloned()
                    .collect(),
            })
    }

    fn empty() -> Self {
        Self {
            number: 0,
            created: None,
            reason: String::new(),
            parent: 0,
            restores: None,
            extensions: BTreeMap::new(),
            holds_since: 0,
            format: 0,
        }
    }

    /// Whether nothing was ever changed in the form that this program writes.
    pub(in crate::store) fn is_of_before(&self) -> bool {
        self.format < FORMAT
    }

    /// Reads the current generation.
    pub(in crate::store) fn current(layout: &Layout) -> Result<Self, StoreError> {
        let file = current_file(layout)?;
        Ok(file.map_or_else(Self::empty, Self::from))
    }

    /// Reads one generation.
    pub(in crate::store) fn read(layout: &Layout, number: u64) -> Result<Self, StoreError> {
        Ok(read_file(layout, number)?.into())
    }

    /// Returns the entry of each extension that is installed now, as far as `E` asks for it: reading a part of
    /// each takes a part of the time and memory. The entries are as their file has them, whatever its form.
    pub(in crate::store) fn current_entries<E: DeserializeOwned>(
        layout: &Layout,
    ) -> Result<Entries<E>, StoreError> {
        let file = current_file(layout)?;
        Ok(file.map_or_else(Entries::default, |file| Entries {
            is_of_before: file.format < FORMAT,
            extensions: file.extensions,
        }))
    }

    /// The generation that follows this one. The caller holds the lock.
    ///
    /// Its number is greater than every number on disk: the user may have gone back to an earlier
    /// generation by hand, and what was written once is history and never overwritten.
    pub(in crate::store) fn next(
        &self,
        layout: &Layout,
        reason: String,
        extensions: BTreeMap<ExtensionId, Installed>,
    ) -> Result<Self, StoreError> {
        let greatest = names(layout)?.into_iter().fold(self.number, u64::max);
        let number = greatest.checked_add(1).ok_or_else(|| StoreError::Broken {
            path: layout.generation(greatest),
            message: "no number comes after its own".into(),
        })?;
        // Where a number lies between the two, it may be of a generation that does not lead here.
        let is_next = number == self.number.saturating_add(1);
        let holds_since = match is_next && self.is_held_by(&extensions) {
            true => self.holds_since,
            false => number,
        };
        Ok(Self {
            number,
            created: Some(Timestamp::now()),
            reason,
            parent: self.number,
            restores: None,
            holds_since,
            extensions,
            format: FORMAT,
        })
    }

    /// Whether each archive that is installed, or would be come back to, is so among these too.
    fn is_held_by(&self, extensions: &BTreeMap<ExtensionId, Installed>) -> bool {
        let is_same = |one: &Installed, other: &Installed| {
            one.sha256 == other.sha256 && one.origin == other.origin && one.tree == other.tree
        };
        self.extensions.iter().all(|(id, before)| {
            extensions.get(id).is_some_and(|after| {
                let fallback = after.fallback.as_deref();
                is_same(before, after)
                    && (before.fallback.as_deref())
                        .is_none_or(|before| fallback.is_some_and(|after| is_same(before, after)))
            })
        })
    }

    /// The numbers of the other generations on disk that may have had an archive that this one has not, the newest first:
    /// with each change that only adds, one less need be read to know what the store has had.
    pub(in crate::store) fn others(&self, layout: &Layout) -> fs::Result<Vec<u64>> {
        let mut others = names(layout)?;
        others.retain(|number| {
            !(self.holds_since..=self.number).contains(number) && is_file(layout, *number)
        });
        Ok(others)
    }

    /// Writes the generation and makes it the current one. The caller holds the lock.
    pub(in crate::store) fn commit(
        &self,
        layout: &Layout,
        _lock: &fs::FileLock,
    ) -> Result<(), StoreError> {
        let path = layout.generation(self.number);
        let file = GenerationFile {
            format: FORMAT,
            number: self.number,
            created: self.created.unwrap_or_else(Timestamp::now),
            reason: self.reason.clone(),
            parent: Some(self.parent),
            restores: self.restores,
            holds_since: Some(self.holds_since),
            extensions: self.extensions.values().cloned().collect(),
        };
        let mut content = serde_json::to_vec_pretty(&file).map_err(|error| StoreError::Broken {
            path: path.clone(),
            message: error.to_string(),
        })?;
        content.push(b'\n');
        if read_current(layout)?.is_none() {
            // From the first change on the file is there: where it is missing, it was lost.
            point_to(layout, 0)?;
        }
        layout.write(&path, &content)?;
        Ok(point_to(layout, self.number)?)
    }
}

/// The numbers of all generations on disk, the newest first. What is named like one and is not a file does not count.
pub(in crate::store) fn numbers(layout: &Layout) -> fs::Result<Vec<u64>> {
    let mut numbers = names(layout)?;
    numbers.retain(|number| is_file(layout, *number));
    Ok(numbers)
}

fn is_file(layout: &Layout, number: u64) -> bool {
    fs::symlink_metadata(&layout.generation(number)).is_ok_and(|it| it.is_file())
}

/// The numbers that are taken, whatever lies there; the greatest first.
fn names(layout: &Layout) -> fs::Result<Vec<u64>> {
    let paths = fs::read_dir_if_there(&layout.generations())?;
    let mut numbers: Vec<u64> = paths
        .iter()
        .filter_map(|path| {
            let name = path.file_name()?.to_str()?.strip_suffix(".json")?;
            // `+1` and `01` are numbers as well, but never a generation's name.
            let number: u64 = name.parse().ok()?;
            (number.to_string() == name).then_some(number)
        })
        .collect();
    numbers.sort_unstable_by(|one, other| other.cmp(one));
    Ok(numbers)
}

/// Reads the current generation's file; `None` where nothing was ever installed.
fn current_file<E: DeserializeOwned>(
    layout: &Layout,
) -> Result<Option<GenerationFile<E>>, StoreError> {
    let mut number = current_number(layout)?;
    loop {
        if number == 0 {
            return Ok(None);
        }
        let error = match read_file(layout, number) {
            Err(error) if error.is_missing_file() => error,
            result => return result.map(Some),
        };
        // Old generations may be removed between the two reads, once they are not current.
        let newer = current_number(layout)?;
        if newer == number {
            tracing::debug!(%error, "the current generation's file is missing");
            return Err(StoreError::Broken {
                path: layout.generation(number),
                message: "it is missing".into(),
            });
        }
        number = newer;
    }
}

/// Reads a generation's file.
fn read_file<E: DeserializeOwned>(
    layout: &Layout,
    number: u64,
) -> Result<GenerationFile<E>, StoreError> {
    let path = layout.generation(number);
    let content = fs::read_bounded(&path, MOST_BYTES)?;
    let broken = |error: serde_json::Error| StoreError::Broken {
        path: path.clone(),
        message: error.to_string(),
    };
    let read = serde_json::from_slice::<GenerationFile<E>>(&content);
    if !read
        .as_ref()
        .is_ok_and(|file| FORMATS.contains(&file.format))
    {
        // In another format the rest may not fit.
        let Header { format } = serde_json::from_slice(&content).map_err(broken)?;
        if !FORMATS.contains(&format) {
            return Err(StoreError::Format { path, format });
        }
    }
    // Its name says which one it is.
    let file = read.map_err(broken)?;
    Ok(GenerationFile { number, ..file })
}

/// The number `current` holds; 0 where nothing has been installed yet.
pub(in crate::store) fn current_number(layout: &Layout) -> Result<u64, StoreError> {
    if let Some(number) = read_current(layout)? {
        return Ok(number);
    }
    // The first generation alone may be what an interrupted change has left. A store that has changed
    // more than once had the file: without it, it is unknown what is installed.
    if numbers(layout)?.iter().all(|number| *number <= 1) {
        return Ok(0);
    }
    // The first changes may have been made between the two reads.
    read_current(layout)?.ok_or_else(|| StoreError::Broken {
        path: layout.current(),
        message: "it is missing, and something was installed before".into(),
    })
}

/// The number `current` holds; `None` without the file.
fn read_current(layout: &Layout) -> Result<Option<u64>, StoreError> {
    let path = layout.current();
    match fs::read_bounded(&path, MOST_BYTES) {
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error.into()),
        Ok(content) => parse_number(&content)
            .map(Some)
            .ok_or_else(|| StoreError::Broken {
                path,
                message: "it must hold the number of a generation".into(),
            }),
    }
}

fn point_to(layout: &Layout, number: u64) -> fs::Result<()> {
    layout.write(&layout.current(), format!("{number}\n").as_bytes())
}

fn parse_number(content: &[u8]) -> Option<u64> {
    std::str::from_utf8(content).ok()?.trim_end().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        base::{digest::Sha256Digest, hint::Hint as _},
        store::disk::installed::tests::installed,
    };

    fn layout() -> (tempfile::TempDir, Layout, fs::FileLock) {
        let folder = tempfile::tempdir().unwrap();
        let layout = Layout::create(folder.path()).unwrap();
        let lock = layout.try_lock().unwrap().unwrap();
        (folder, layout, lock)
    }

    #[test]
    fn a_generation_is_read_as_it_was_committed() {
        let (_folder, layout, lock) = layout();
        let empty = Generation::current(&layout).unwrap();
        assert_eq!(empty, Generation::empty());
        let extensions = BTreeMap::from([(installed("1.0.0").id, installed("1.0.0"))]);
        let next = empty.next(&layout, "install toml 1.0.0".into(), extensions);
        let next = next.unwrap();
        next.commit(&layout, &lock).unwrap();
        assert_eq!(Generation::current(&layout).unwrap(), next);
        assert_eq!(numbers(&layout).unwrap(), [1]);
    }

    /// Makes the change that comes next.
    fn change(layout: &Layout, lock: &fs::FileLock, reason: &str) -> Generation {
        let current = Generation::current(layout).unwrap();
        let next = current.next(layout, reason.into(), BTreeMap::new());
        let next = next.unwrap();
        next.commit(layout, lock).unwrap();
        assert_eq!(Generation::current(layout).unwrap(), next);
        next
    }

    #[test]
    fn an_interrupted_first_change_hinders_nothing_and_is_not_overwritten() {
        let (_folder, layout, lock) = layout();
        fs::write_atomic(&layout.generation(1), b"left").unwrap();
        assert_eq!(Generation::current(&layout).unwrap(), Generation::empty());
        assert_eq!(change(&layout, &lock, "x").number, 2);
        assert_eq!(fs::read(&layout.generation(1)).unwrap(), b"left");
    }

    #[test]
    fn a_change_interrupted_again_and_again_before_the_first_is_done_hinders_nothing() {
        let (_folder, layout, lock) = layout();
        change(&layout, &lock, "x");
        // What each interrupted change leaves: its generation, and the file as it was before.
        for left in 2..5 {
            point_to(&layout, 0).unwrap();
            fs::write_atomic(&layout.generation(left), b"left").unwrap();
            assert_eq!(Generation::current(&layout).unwrap(), Generation::empty());
        }
        assert_eq!(change(&layout, &lock, "x").number, 5);
    }

    #[test]
    fn a_lost_pointer_is_never_taken_for_an_empty_store() {
        let (_folder, layout, lock) = layout();
        change(&layout, &lock, "one");
        change(&layout, &lock, "two");
        fs::remove_file(&layout.current()).unwrap();
        let error = Generation::current(&layout).unwrap_err();
        assert!(matches!(error, StoreError::Broken { .. }), "{error}");
        assert!(error.hint().unwrap().contains("generations"), "{error}");
        // The way out leads out.
        point_to(&layout, 2).unwrap();
        assert_eq!(Generation::current(&layout).unwrap().reason, "two");
    }

    #[test]
    fn going_back_by_hand_overwrites_no_history() {
        let (_folder, layout, lock) = layout();
        for reason in ["one", "two", "three"] {
            change(&layout, &lock, reason);
        }
        point_to(&layout, 1).unwrap();
        assert_eq!(change(&layout, &lock, "four").number, 4);
        let reasons = [1, 2, 3, 4].map(|number| Generation::read(&layout, number).unwrap().reason);
        assert_eq!(reasons, ["one", "two", "three", "four"]);
    }

    #[test]
    fn only_generations_that_may_have_had_something_else_are_asked_what_the_store_has_had() {
        let (_folder, layout, lock) = layout();
        let change = |all: &[(&str, &str)]| {
            let extensions = all.iter().map(|(id, version)| {
                let id: ExtensionId = id.parse().unwrap();
                let mut one = installed(version);
                one.sha256 = Sha256Digest::of(format!("{id} {version}").as_bytes());
                one.id = id.clone();
                (id, one)
            });
            let current = Generation::current(&layout).unwrap();
            let next = current.next(&layout, "x".into(), extensions.collect());
            next.unwrap().commit(&layout, &lock).unwrap();
            let current = Generation::current(&layout).unwrap();
            current.others(&layout).unwrap()
        };
        assert_eq!(change(&[("one", "1.0.0")]), [0; 0]);
        assert_eq!(change(&[("one", "1.0.0"), ("two", "1.0.0")]), [0; 0]);
        // An update, and a removal.
        assert_eq!(change(&[("one", "1.0.0"), ("two", "1.1.0")]), [2, 1]);
        assert_eq!(change(&[("one", "1.0.0")]), [3, 2, 1]);
        assert_eq!(change(&[("one", "1.0.0"), ("six", "1.0.0")]), [3, 2, 1]);
        // What follows one that was gone back to by hand has not what came after that.
        point_to(&layout, 4).unwrap();
        let all = [("one", "1.0.0"), ("ten", "1.0.0")];
        assert_eq!(change(&all), [5, 4, 3, 2, 1]);
        let all = [("one", "1.0.0"), ("six", "1.0.0"), ("ten", "1.0.0")];
        assert_eq!(change(&all), [5, 4, 3, 2, 1]);
    }

    #[test]
    fn a_number_beyond_all_others_is_told() {
        let (_folder, layout, _lock) = layout();
        fs::write_atomic(&layout.generations().join("+7.json"), b"").unwrap();
        assert_eq!(numbers(&layout).unwrap(), [0; 0]);
        fs::write_atomic(&layout.generation(u64::MAX), b"").unwrap();
        let next = Generation::empty().next(&layout, "x".into(), BTreeMap::new());
        let error = next.unwrap_err();
        assert!(matches!(error, StoreError::Broken { .. }), "{error}");
    }

    #[test]
    fn damage_is_named_and_never_taken_for_an_empty_store() {
        let (_folder, layout, lock) = layout();
        for content in ["", "x", "-1", "1 2", "99999999999999999999999"] {
            fs::write_atomic(&layout.current(), content.as_bytes()).unwrap();
            let error = Generation::current(&layout).unwrap_err();
            assert!(
                matches!(error, StoreError::Broken { .. }),
                "{content}: {error}"
            );
        }
        fs::remove_file(&layout.current()).unwrap();
        change(&layout, &lock, "x");
        fs::write_atomic(&layout.generation(1), b"{\"format\":3}").unwrap();
        let error = Generation::current(&layout).unwrap_err();
        assert!(
            matches!(error, StoreError::Format { format: 3, .. }),
            "{error}"
        );
        fs::remove_file(&layout.generation(1)).unwrap();
        let error = Generation::current(&layout).unwrap_err();
        let StoreError::Broken { path, .. } = &error else {
            panic!("{error:?}")
        };
        assert_eq!(*path, layout.generation(1));
        assert!(error.hint().unwrap().contains("`current`"), "{error}");
    }
}
