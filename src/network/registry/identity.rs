//! The identity of a registry: what grants, work directories, lockfiles, the history and the audit are bound to.
//!
//! A registry's own name in its `config.json` is a label: any publisher can write any name there. A registry is
//! the name under which a user has configured it; where there is none, it is its location, as given.

use std::{fmt, path::Path};

use super::location::Location;
use crate::base::{
    hint::{ErrorKind, Hint},
    printable::printable,
};

/// The name of the registry that comes with the program, and of no other.
const EMBEDDED: &str = "annexe";

/// What the names of registries of earlier stores begin with that cannot be told any more.
const UNKNOWN: &str = "unknown:";

/// The longest name of a registry, in bytes.
const LONGEST_NAME: usize = 64;

/// The identity of a registry, in one of three forms that are never equal:
///
/// | text | identity |
/// |---|---|
/// | `annexe` | the registry that comes with the program |
/// | letters, digits, `.`, `_` and `-` | the registry that a user has configured under that name |
/// | anything with a `/` or a `:` | the registry at that location |
///
/// A location is taken as it is given: an address without credentials and with a `/` at its end, a folder
/// by its absolute path without links. `http` and `https` are two locations, and so are two spellings of a
/// path that a server may take for one.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RegistryId(String);

/// The reason why a name that a user has given a registry cannot be its identity.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RegistryIdError {
    /// It has other characters than a name has, or too many.
    #[error("`{}` cannot name a registry", printable(.name))]
    Name {
        /// The name as written.
        name: String,
    },
    /// It is the name of the registry that comes with the program.
    #[error("`{}` is the name of the built-in registry, and `{location}` is not that", printable(.name))]
    Reserved {
        /// The name as written.
        name: String,
        /// Where the registry is that was to be called so.
        location: String,
    },
    /// It is a second name for the registry that comes with the program.
    #[error("the built-in registry is called `{EMBEDDED}`, not `{}`", printable(.name))]
    Embedded {
        /// The name as written.
        name: String,
    },
}

impl Hint for RegistryIdError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Invalid
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Name { .. } => NAME_RULE.into(),
            // Names stand in a file and on the command line.
            Self::Reserved { .. } => "give it another name".into(),
            Self::Embedded { .. } => format!("name it `{EMBEDDED}`"),
        })
    }
}

/// What a name is made of, in words.
pub(super) const NAME_RULE: &str = "a registry's name has 1 to 64 ASCII letters, digits, `.`, `_` and `-`, and starts with a letter or digit";

/// Whether a string can name a registry.
pub(super) fn is_name(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_alphanumeric())
        && name.len() <= LONGEST_NAME
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "._-".contains(c))
}

impl RegistryId {
    /// The registry that comes with the program.
    pub fn embedded() -> Self {
        Self(EMBEDDED.into())
    }

    /// The registry at a location without a configured name.
    pub fn of_location(location: &Location) -> Self {
        match location {
            Location::Embedded => Self::embedded(),
            Location::Folder(folder) => Self(of_folder(folder)),
            // Its scheme brings a `:`.
            Location::Http(_) | Location::Zed(_) | Location::Oci(_) => Self(location.to_string()),
        }
    }

    /// The registry that is configured under a name, where it has one, at a location.
    ///
    /// # Errors
    /// [`RegistryIdError`] for a name that is not valid, and for `annexe`, in whatever case, anywhere but at the
    /// registry that comes with the program.
    pub fn configured(name: Option<&str>, location: &Location) -> Result<Self, RegistryIdError> {
        let Some(name) = name else {
            return Ok(Self::of_location(location));
        };
        let is_embedded = *location == Location::Embedded;
        match (name, is_embedded) {
            (EMBEDDED, true) => Ok(Self::embedded()),
            (_, true) => Err(RegistryIdError::Embedded { name: name.into() }),
            _ if name.eq_ignore_ascii_case(EMBEDDED) => Err(RegistryIdError::Reserved {
                name: name.into(),
                location: location.to_string(),
            }),
            _ if !is_name(name) => Err(RegistryIdError::Name { name: name.into() }),
            _ => Ok(Self(name.into())),
        }
    }

    /// The registry that reads from a source of an embedder's own, which says where it is.
    pub(super) fn of_source(location: &str) -> Self {
        // The location of a source must not read as a name.
        Self(match location.contains(['/', ':']) {
            true => location.into(),
            false => format!("source:{location}"),
        })
    }

    /// The registry of an extension that an earlier version of this program has installed, of which nothing is
    /// known but what it called itself.
    pub fn unknown(label: &str) -> Self {
        Self(unknown(label))
    }

    /// Whether it is the registry that comes with the program.
    pub fn is_embedded(&self) -> bool {
        self.0 == EMBEDDED
    }

    /// Whether it is a location, and no name.
    pub fn is_location(&self) -> bool {
        self.0.contains(['/', ':'])
    }

    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Returns the placeholder for the registry of an extension that an earlier version of this program has installed, where
/// that has noted but the registry's name for itself, `label`, and it is not the one that is known by it.
pub(crate) fn unknown(label: &str) -> String {
    format!("{UNKNOWN}{label}")
}

/// Returns the label of a registry of which nothing else is known.
pub(crate) fn label_of_unknown(text: &str) -> Option<&str> {
    text.strip_prefix(UNKNOWN)
}

fn of_folder(folder: &Path) -> String {
    let absolute = || std::path::absolute(folder).unwrap_or_else(|_| folder.to_path_buf());
    // One that is not there has no other name than the one that was given.
    let resolved = crate::base::fs::canonicalize(folder).unwrap_or_else(|_| absolute());
    match resolved.to_str() {
        Some(text) => text.into(),
        // Two paths that are not text must not become one.
        None => match url::Url::from_file_path(&resolved) {
            Ok(address) => address.into(),
            Err(()) => format!("file:{}", resolved.display()),
        },
    }
}

impl fmt::Display for RegistryId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl fmt::Debug for RegistryId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, formatter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(location: &str) -> String {
        RegistryId::of_location(&location.parse().unwrap()).to_string()
    }

    #[test]
    fn what_has_no_name_is_its_location_and_never_a_name() {
        assert_eq!(of("embedded"), "annexe");
        for location in ["annexe", "annexe/", "./embedded", "Annexe"] {
            let id = RegistryId::of_location(&location.parse().unwrap());
            assert!(id.is_location() && !id.is_embedded(), "{id}");
        }
        for (location, text) in [
            ("HTTPS://Example.org:443/r", "https://example.org/r/"),
            ("https://me:secret@example.org/r/", "https://example.org/r/"),
            ("http://example.org/r/", "http://example.org/r/"),
            ("https://example.org/R/", "https://example.org/R/"),
            ("https://example.org/r%2f", "https://example.org/r%2f/"),
            ("https://\u{430}nnexe.org/", "https://xn--nnexe-3ve.org/"),
        ] {
            assert_eq!(of(location), text);
        }
        assert_eq!(RegistryId::of_source("annexe").as_str(), "source:annexe");
    }

    #[cfg(unix)]
    #[test]
    fn a_folder_is_its_path_without_links_however_it_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let real = folder.path().canonicalize().unwrap().join("real");
        crate::base::fs::create_dir(&real).unwrap();
        std::os::unix::fs::symlink(&real, folder.path().join("link")).unwrap();
        let real = real.to_str().unwrap();
        let link = folder.path().join("link");
        for text in [
            real.to_owned(),
            format!("{real}/"),
            format!("{real}/../real/."),
            format!("file://{real}"),
            link.to_str().unwrap().to_owned(),
        ] {
            assert_eq!(of(&text), real, "{text}");
        }
        use std::os::unix::ffi::OsStringExt as _;
        let no_text = |byte| {
            let path = std::ffi::OsString::from_vec(vec![b'/', byte]);
            RegistryId::of_location(&Location::Folder(path.into()))
        };
        assert_ne!(no_text(0xfe), no_text(0xff));
    }

    #[test]
    fn the_built_in_registrys_name_is_its_own() {
        let elsewhere: Location = "https://example.org/".parse().unwrap();
        for name in ["annexe", "Annexe", "ANNEXE"] {
            let error = RegistryId::configured(Some(name), &elsewhere).unwrap_err();
            assert!(matches!(error, RegistryIdError::Reserved { .. }), "{error}");
        }
        for name in [
            "",
            "-a",
            "a b",
            "a/b",
            "a:b",
            "\u{430}nnexe",
            "unknown:annexe",
        ] {
            let error = RegistryId::configured(Some(name), &elsewhere).unwrap_err();
            assert!(matches!(error, RegistryIdError::Name { .. }), "{error}");
        }
        let named = RegistryId::configured(Some("corp"), &elsewhere).unwrap();
        assert_eq!((named.as_str(), named.is_location()), ("corp", false));
        let embedded = |name| RegistryId::configured(name, &Location::Embedded);
        assert_eq!(embedded(None), Ok(RegistryId::embedded()));
        assert_eq!(embedded(Some("annexe")), Ok(RegistryId::embedded()));
        assert!(embedded(Some("corp")).is_err());
    }
}
