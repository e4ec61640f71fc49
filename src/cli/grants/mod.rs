//! Grants to single extensions: `grants.toml`, beside the configuration.
//!
//! ```toml
//! [[extension]]
//! id = "taplo"
//! registry = "annexe"            # or `archive`, or `folder`: where it comes from
//! profile = "strict"             # in place of the configuration's `grants`
//! allow = [
//!     { kind = "http", host = "example.org" },
//! ]
//! deny = [
//!     { kind = "env", name = "GITHUB_TOKEN" },
//! ]
//! ```

mod edit;
pub mod short;

use std::path::{Path, PathBuf};

use annexe::{
    ErrorKind, Hint,
    capability::{Capability, ExtensionPolicy, Policy, Profile},
    registry::{Location, RegistryConfiguration, RegistryId},
    types::{ExtensionId, ExtensionOrigin},
};
use serde::Deserialize;

pub use self::edit::Change;
use super::{configuration::mistake, files, paths};

/// The most bytes the file may have.
const MOST_BYTES: u64 = 1 << 20;

/// The file cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("the grants `{}` cannot be used", path.display())]
pub struct GrantsError {
    path: PathBuf,
    #[source]
    source: Box<dyn std::error::Error + Send + Sync>,
}

impl Hint for GrantsError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Invalid
    }

    fn hint(&self) -> Option<String> {
        Some("correct it there: until then no extension is run, so that none may do more than it should".into())
    }
}

impl GrantsError {
    fn at(
        path: &Path,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> anyhow::Error {
        let (path, source) = (path.to_owned(), source.into());
        Self { path, source }.into()
    }
}

/// The content of the file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grants {
    #[serde(default)]
    extension: Vec<Entry>,
}

/// The file's entry for one extension.
#[derive(Debug, Deserialize)]
#[serde(try_from = "Written")]
struct Entry {
    id: ExtensionId,
    origin: ExtensionOrigin,
    own: ExtensionPolicy,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    id: ExtensionId,
    registry: Option<String>,
    archive: Option<String>,
    folder: Option<PathBuf>,
    profile: Option<Profile>,
    #[serde(default)]
    allow: Vec<Granted>,
    #[serde(default)]
    deny: Vec<Granted>,
}

/// A capability that can be granted: an unknown one would deny nothing.
#[derive(Debug, Deserialize)]
#[serde(try_from = "Capability")]
struct Granted(Capability);

impl TryFrom<Capability> for Granted {
    type Error = String;

    fn try_from(capability: Capability) -> Result<Self, Self::Error> {
        short::check(&capability).map(|()| Self(capability))
    }
}

impl TryFrom<Written> for Entry {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, Self::Error> {
        let id = written.id;
        let origin = match (written.registry, written.archive, written.folder) {
            (Some(name), None, None) => ExtensionOrigin::Registry(name),
            (None, Some(place), None) => ExtensionOrigin::Archive(place),
            (None, None, Some(path)) => ExtensionOrigin::Folder(path),
            _ => {
                return Err(format!(
                    "`{id}` needs one of `registry`, `archive` and `folder`, which says where it comes from"
                ));
            }
        };
        let capabilities = |granted: Vec<Granted>| granted.into_iter().map(|Granted(it)| it);
        let own = ExtensionPolicy {
            profile: written.profile,
            allow: capabilities(written.allow).collect(),
            deny: capabilities(written.deny).collect(),
        };
        Ok(Self { id, origin, own })
    }
}

impl Grants {
    /// Reads the user's grants, if there are any.
    ///
    /// # Errors
    /// [`GrantsError`] where they cannot be read, with the place of the mistake.
    pub fn read() -> anyhow::Result<Self> {
        match paths::grants()? {
            Some(path) => Self::read_from(&path),
            None => Ok(Self::default()),
        }
    }

    fn read_from(path: &Path) -> anyhow::Result<Self> {
        // An unreadable file, such as a link that leads nowhere, must not count as no grants.
        match files::metadata(path) {
            Err(error) if error.is_not_found() && !files::exists(path) => {
                return Ok(Self::default());
            }
            Err(error) => return Err(GrantsError::at(path, error)),
            Ok(_) => {}
        }
        files::believe(path)?;
        let content =
            files::read(path, MOST_BYTES).map_err(|error| GrantsError::at(path, error))?;
        let text = String::from_utf8(content).map_err(|error| GrantsError::at(path, error))?;
        Self::parse(&text).map_err(|problem| GrantsError::at(path, problem))
    }

    fn parse(text: &str) -> Result<Self, String> {
        let grants: Self = toml::from_str(text).map_err(|error| mistake(text, &error))?;
        for (at, entry) in grants.extension.iter().enumerate() {
            if grants.place(&entry.id, &entry.origin) != Some(at) {
                let Entry { id, origin, .. } = entry;
                return Err(format!("`{id}` of {origin} is there twice"));
            }
        }
        Ok(grants)
    }

    /// Which of the entries is about an extension.
    fn place(&self, id: &ExtensionId, origin: &ExtensionOrigin) -> Option<usize> {
        let is_it = |entry: &Entry| entry.id == *id && entry.origin == *origin;
        self.extension.iter().position(is_it)
    }

    /// The origins of the extensions of an id of which something is said.
    pub fn origins(&self, id: &ExtensionId) -> Vec<ExtensionOrigin> {
        let entries = self.extension.iter().filter(|entry| entry.id == *id);
        entries.map(|entry| entry.origin.clone()).collect()
    }

    /// What each extension is granted, where `all` is what all are, and these are the registries.
    ///
    /// A name under which there is no registry may be what one called itself when an earlier version of this
    /// program wrote the entry. Until it is known which one that was, what the entry denies is denied to all
    /// that it may have been, and what it allows is allowed to none.
    pub fn policy(self, all: Profile, registries: &[RegistryConfiguration]) -> Policy {
        let mut policy = Policy::from(all);
        for Entry { id, origin, own } in &self.extension {
            policy.set(id.clone(), origin.clone(), own.clone());
        }
        let unnamed = registries
            .iter()
            .filter(|one| one.name.is_none() && one.location != Location::Embedded);
        let unnamed: Vec<RegistryId> = unnamed
            .map(|one| RegistryId::of_location(&one.location))
            .collect();
        for Entry { id, origin, own } in self.extension {
            let ExtensionOrigin::Registry(name) = origin else {
                continue;
            };
            let is_known = name.contains(['/', ':'])
                || name == RegistryId::embedded().as_str()
                || registries
                    .iter()
                    .any(|one| one.name.as_ref() == Some(&name));
            let unnamed = unnamed.iter().filter(|_| !is_known).cloned();
            // A registry that has got a name since is still the same.
            let by_name = registries.iter().filter(|one| {
                one.name.is_some() && RegistryId::of_location(&one.location).as_str() == name
            });
            let by_name = by_name.filter_map(|one| one.id().ok());
            let unknown = [RegistryId::unknown(&name)];
            for other in unnamed.chain(unknown).chain(by_name) {
                let origin = ExtensionOrigin::Registry(other.to_string());
                let mut stricter = policy.own(&id, &origin).cloned().unwrap_or_default();
                let denied = own.deny.iter().filter(|it| !stricter.deny.contains(it));
                let denied: Vec<Capability> = denied.cloned().collect();
                stricter.deny.extend(denied);
                let is_strict = |profile: &Profile| *profile == Profile::Strict;
                stricter.profile = stricter.profile.or(own.profile.filter(is_strict));
                if !stricter.is_empty() {
                    policy.set(id.clone(), origin, stricter);
                }
            }
        }
        policy
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_granted_is_read_with_where_the_extension_comes_from() {
        let text = "[[extension]]\nid = 'one'\nregistry = 'r'\nprofile = 'strict'\n\
                    allow = [{ kind = 'http', host = 'a.org' }]\n\
                    [[extension]]\nid = 'one'\nfolder = '/src/one'\ndeny = []\n";
        let grants = Grants::parse(text).unwrap();
        let id = "one".parse().unwrap();
        let registry = ExtensionOrigin::Registry("r".into());
        assert_eq!(grants.origins(&id).len(), 2);
        let policy = grants.policy(Profile::Default, &[]);
        let own = policy.own(&id, &registry).unwrap();
        assert_eq!(own.profile, Some(Profile::Strict));
        assert_eq!(policy.grants(&id, &registry).capabilities().len(), 1);
    }

    #[test]
    fn what_was_denied_to_one_that_is_not_known_any_more_is_denied_to_all_that_it_may_have_been() {
        let text = "[[extension]]\nid = 'one'\nregistry = 'corp'\n\
                    allow = [{ kind = 'http', host = 'a.org' }]\n\
                    deny = [{ kind = 'http', host = 'b.org' }]\n";
        let of = |registries: &[RegistryConfiguration], origin: &str| {
            let id = "one".parse().unwrap();
            let policy = Grants::parse(text)
                .unwrap()
                .policy(Profile::Default, registries);
            let own = policy.own(&id, &ExtensionOrigin::Registry(origin.into()));
            own.map(|own| (own.allow.len(), own.deny.len()))
        };
        let unnamed: RegistryConfiguration =
            "https://corp.example/".parse::<Location>().unwrap().into();
        let named = RegistryConfiguration {
            name: Some("corp".into()),
            ..unnamed.clone()
        };
        let place = "https://corp.example/";
        assert_eq!(of(std::slice::from_ref(&unnamed), place), Some((0, 1)));
        assert_eq!(of(&[unnamed], "unknown:corp"), Some((0, 1)));
        assert_eq!(of(std::slice::from_ref(&named), place), None);
        assert_eq!(of(&[named], "corp"), Some((1, 1)));
    }

    #[test]
    fn what_was_denied_to_a_registry_without_a_name_is_denied_when_it_has_one() {
        let text = "[[extension]]\nid = 'one'\nregistry = 'https://corp.example/'\n\
                    allow = [{ kind = 'http', host = 'a.org' }]\n\
                    deny = [{ kind = 'http', host = 'b.org' }]\n";
        let named = RegistryConfiguration {
            name: Some("corp".into()),
            ..RegistryConfiguration::from("https://corp.example/".parse::<Location>().unwrap())
        };
        let policy = Grants::parse(text)
            .unwrap()
            .policy(Profile::Default, &[named]);
        let of = |origin: &str| {
            let id = "one".parse().unwrap();
            let own = policy.own(&id, &ExtensionOrigin::Registry(origin.into()));
            own.map(|own| (own.allow.len(), own.deny.len()))
        };
        assert_eq!(of("corp"), Some((0, 1)));
        assert_eq!(of("https://corp.example/"), Some((1, 1)));
    }

    #[test]
    fn what_would_allow_or_deny_something_else_than_it_says_is_refused() {
        for (text, words) in [
            ("[[extension]]\nid = 'one'", "registry"),
            (
                "[[extension]]\nid = 'one'\nregistry = 'r'\nfolder = '/x'",
                "registry",
            ),
            ("[[extension]]\nid = 'o e'\nregistry = 'r'", "line 2"),
            (
                "[[extension]]\nid = 'one'\nregistry = 'r'\nprofile = 'lax'",
                "line 4, column 11",
            ),
            (
                "[[extension]]\nid = 'one'\nregistry = 'r'\ndenied = []",
                "denied",
            ),
            (
                "[[extension]]\nid = 'one'\nregistry = 'r'\ndeny = [{ kind = 'htp' }]",
                "line 4",
            ),
            (
                "[[extension]]\nid = 'one'\nregistry = 'r'\ndeny = [{ kind = 'http' }]",
                "host",
            ),
            (
                "[[extension]]\nid = 'a'\nregistry = 'r'\n[[extension]]\nid = 'a'\nregistry = 'r'",
                "twice",
            ),
            ("[extensions]", "extensions"),
            ("[[extension]", "line 1"),
        ] {
            let problem = Grants::parse(text).unwrap_err();
            assert!(problem.contains(words), "{text}: {problem}");
        }
    }
}
