//! The bindings of registries' names: the first location of each that a user has named, which the name stands for from
//! then on.
//!
//! ```json
//! {"format": 1, "registries": {"corp": {"kind": "http", "location": "https://corp.example/registry/"}}}
//! ```
//!
//! Grants and work directories are bound to the name. A name that leads elsewhere than it did, because the
//! configuration was changed or the file copied from another user, is another registry until the user says that
//! it is the same. Mirrors do not count here.
//!
//! A registry that is configured without a name is its location, but for one that the user has recognised as
//! the one that an earlier version of this program knew by the name it gave itself: `unnamed` notes the name
//! of each such location, for as long as the configuration gives it none.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use super::{
    error::Error, identity::RegistryId, location::Location, sources::RegistryConfiguration,
};
use crate::base::fs;

/// The form of the file that this program reads and writes.
const FORMAT: u32 = 1;

/// The most bytes that are read of it: thousands of registries.
const MOST_BYTES: u64 = 1 << 20;

/// The notes of where each named registry was first. They are a user's, and the same for all stores.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bindings {
    path: PathBuf,
}

/// A named registry that is configured elsewhere than it was first.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Moved {
    /// Its name.
    pub name: String,
    /// Where it was.
    pub from: String,
    /// Where the configuration says it is.
    pub to: String,
    now: Binding,
}

/// The location that a name is bound to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Binding {
    kind: Kind,
    location: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Kind {
    Embedded,
    Folder,
    Http,
    Zed,
    Oci,
}

#[derive(Serialize, Deserialize)]
struct File {
    format: u32,
    registries: BTreeMap<String, Binding>,
    /// The names of locations that are configured without one.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    unnamed: BTreeMap<String, String>,
}

impl Default for File {
    fn default() -> Self {
        Self {
            format: FORMAT,
            registries: BTreeMap::new(),
            unnamed: BTreeMap::new(),
        }
    }
}

#[derive(Deserialize)]
struct Header {
    format: u32,
}

impl Binding {
    fn to(location: &Location) -> Self {
        Self {
            kind: match location {
                Location::Embedded => Kind::Embedded,
                Location::Folder(_) => Kind::Folder,
                Location::Http(_) => Kind::Http,
                Location::Zed(_) => Kind::Zed,
                Location::Oci(_) => Kind::Oci,
            },
            location: RegistryId::of_location(location).to_string(),
        }
    }
}

impl Bindings {
    /// The notes in a file, which is made when the first is written.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// Those of some registries that are configured elsewhere than they were first. Notes nothing.
    ///
    /// # Errors
    /// [`Error::Bindings`] where the notes cannot be read.
    pub fn moved(&self, configurations: &[RegistryConfiguration]) -> Result<Vec<Moved>, Error> {
        let named: Vec<_> = configurations
            .iter()
            .filter_map(|one| Some((one.name.as_deref()?, &one.location)))
            .collect();
        if named.is_empty() {
            return Ok(Vec::new());
        }
        let noted = self.read()?.registries;
        let moved = named
            .into_iter()
            .filter_map(|(name, location)| compare(&noted, name, location));
        Ok(moved.collect())
    }

    /// Notes that the user says it is the same registry.
    ///
    /// # Errors
    /// [`Error::Bindings`] where the notes cannot be read or written.
    pub fn accept(&self, moved: &Moved) -> Result<(), Error> {
        self.edit(|file| {
            file.registries
                .insert(moved.name.clone(), moved.now.clone());
        })
    }

    /// Whether it is noted where the registry of a name was first.
    ///
    /// # Errors
    /// [`Error::Bindings`] where the notes cannot be read.
    pub fn has(&self, name: &str) -> Result<bool, Error> {
        Ok(self.read()?.registries.contains_key(name))
    }

    /// Notes that the user says that a registry which is configured without a name is the one of that name.
    ///
    /// # Errors
    /// [`Error::Bindings`] where the notes cannot be read or written.
    pub fn recognise(&self, name: &str, location: &Location) -> Result<(), Error> {
        let binding = Binding::to(location);
        self.edit(|file| {
            file.unnamed
                .insert(binding.location.clone(), name.to_owned());
            file.registries.insert(name.to_owned(), binding);
        })
    }

    /// Gives the registries that are configured without a name those by which the user has recognised them.
    ///
    /// # Errors
    /// [`Error::Bindings`] where the notes cannot be read.
    pub fn name(&self, configurations: &mut [RegistryConfiguration]) -> Result<(), Error> {
        let is_unnamed =
            |one: &RegistryConfiguration| one.name.is_none() && one.location != Location::Embedded;
        if !configurations.iter().any(is_unnamed) {
            return Ok(());
        }
        let noted = self.read()?.unnamed;
        for at in 0..configurations.len() {
            let name = configurations
                .get(at)
                .filter(|one| is_unnamed(one))
                .and_then(|one| noted.get(RegistryId::of_location(&one.location).as_str()));
            // A name that the configuration gives to another registry is not free.
            let is_free = |one: &RegistryConfiguration| one.name.as_ref() != name;
            if let Some(name) = name
                && configurations.iter().all(is_free)
                && let Some(one) = configurations.get_mut(at)
            {
                one.name = Some(name.clone());
            }
        }
        Ok(())
    }

    /// Refuses a named registry that is elsewhere than it was first.
    pub(super) fn check(&self, name: &str, location: &Location) -> Result<(), Error> {
        match compare(&self.read()?.registries, name, location) {
            Some(Moved { name, from, to, .. }) => Err(Error::Moved { name, from, to }),
            None => Ok(()),
        }
    }

    /// Notes where a named registry is, if it is for the first time. It was opened there: a slip of the pen
    /// in the configuration binds nothing.
    pub(super) fn note(&self, name: &str, location: &Location) {
        let is_first = |noted: File| !noted.registries.contains_key(name);
        let noted = self
            .read()
            .map(is_first)
            .and_then(|is_first| match is_first {
                true if *location != Location::Embedded => self.edit(|file| {
                    // Another process may have been the first meanwhile.
                    let binding = || Binding::to(location);
                    file.registries
                        .entry(name.to_owned())
                        .or_insert_with(binding);
                }),
                _ => Ok(()),
            });
        if let Err(error) = noted {
            // Nothing more is trusted by this: the next use counts as the first one again.
            tracing::warn!(registry = name, %error, "where the registry is cannot be noted");
        }
    }

    fn edit(&self, change: impl FnOnce(&mut File)) -> Result<(), Error> {
        if let Some(folder) = self.path.parent() {
            fs::create_private_dir_all(folder).map_err(|error| self.failed(error))?;
        }
        let turn = fs::Turn::take(&self.path).map_err(|error| self.failed(error))?;
        let mut file = self.read()?;
        change(&mut file);
        let mut text = serde_json::to_vec_pretty(&file).map_err(|error| self.failed(error))?;
        text.push(b'\n');
        turn.replace(&text).map_err(|error| self.failed(error))
    }

    /// Returns the noted bindings. Notes that cannot be understood are an error and not nothing: damage to them
    /// must not make every name free.
    fn read(&self) -> Result<File, Error> {
        let content = match fs::read_bounded(&self.path, MOST_BYTES) {
            Err(error) if error.is_not_found() => return Ok(File::default()),
            content => content.map_err(|error| self.failed(error))?,
        };
        let Header { format } =
            serde_json::from_slice(&content).map_err(|error| self.failed(error))?;
        if format != FORMAT {
            let words = format!("it has format {format}, this program reads format {FORMAT}");
            return Err(self.failed(words));
        }
        serde_json::from_slice(&content).map_err(|error| self.failed(error))
    }

    fn failed(&self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
        Error::Bindings {
            path: self.path.clone(),
            source: source.into(),
        }
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

fn compare(noted: &BTreeMap<String, Binding>, name: &str, location: &Location) -> Option<Moved> {
    let (before, now) = (noted.get(name)?, Binding::to(location));
    (*before != now).then(|| Moved {
        name: name.to_owned(),
        from: before.location.clone(),
        to: now.location.clone(),
        now,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::hint::Hint as _;

    fn named(name: &str, location: &str) -> RegistryConfiguration {
        RegistryConfiguration {
            name: Some(name.into()),
            ..location.parse::<Location>().unwrap().into()
        }
    }

    #[test]
    fn a_name_stays_with_its_first_location_until_the_user_agrees_to_another() {
        let folder = tempfile::tempdir().unwrap();
        let bindings = Bindings::at(folder.path().join("data/registries.json"));
        let first = named("corp", "https://corp.example/r");
        bindings.check("corp", &first.location).unwrap();
        bindings.note("corp", &first.location);
        assert_eq!(bindings.moved(std::slice::from_ref(&first)).unwrap(), []);
        for elsewhere in [
            "http://corp.example/r",
            "https://corp.example/R",
            "https://corp.example:8443/r",
            "https://corp.example/r/r",
            "/r",
        ] {
            let moved = named("corp", elsewhere);
            let error = bindings.check("corp", &moved.location).unwrap_err();
            assert!(matches!(error, Error::Moved { .. }), "{error}");
            assert!(error.hint().is_some());
        }
        for same in [
            "https://corp.example/r/",
            "https://me:secret@corp.example/r",
        ] {
            bindings.check("corp", &same.parse().unwrap()).unwrap();
            bindings.note("corp", &same.parse().unwrap());
        }
        let moved = named("corp", "https://new.example/");
        let all = bindings.moved(std::slice::from_ref(&moved)).unwrap();
        assert_eq!(
            (all[0].from.as_str(), all[0].to.as_str()),
            ("https://corp.example/r/", "https://new.example/")
        );
        bindings.accept(&all[0]).unwrap();
        bindings.check("corp", &moved.location).unwrap();
        assert!(bindings.check("corp", &first.location).is_err());
        let text = String::from_utf8(fs::read(bindings.path()).unwrap()).unwrap();
        assert!(!text.contains("secret"), "{text}");
    }

    #[test]
    fn notes_that_cannot_be_understood_free_no_name() {
        let folder = tempfile::tempdir().unwrap();
        let bindings = Bindings::at(folder.path().join("registries.json"));
        for text in ["", "{", "{\"format\":2}", "{\"format\":1}", "\0"] {
            fs::write_atomic(bindings.path(), text.as_bytes()).unwrap();
            let location = "https://corp.example/".parse().unwrap();
            let error = bindings.check("corp", &location).unwrap_err();
            assert!(matches!(error, Error::Bindings { .. }), "{text}: {error}");
            bindings.note("corp", &"https://corp.example/".parse().unwrap());
            assert_eq!(fs::read(bindings.path()).unwrap(), text.as_bytes());
        }
    }
}
