//! The file of what a user grants extensions one by one.
//!
//! ```toml
//! [[extension]]
//! id = "taplo"
//! registry = "annexe"            # or `archive`, `git` (with its `folder`), or `folder`: where it comes from
//! profile = "strict"             # in place of the configuration's `grants`
//! allow = [
//!     { kind = "http", host = "example.org" },
//! ]
//! deny = [
//!     { kind = "env", name = "GITHUB_TOKEN" },
//! ]
//! ```

#[cfg(feature = "grants-editing")]
mod edit;
mod error;

use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::Spanned;

#[cfg(feature = "grants-editing")]
pub use self::edit::GrantsChange;
pub use self::error::{GrantsFileError, GrantsMistake, GrantsSlip};
use super::{
    Capability,
    effect::Ineffective,
    policy::{ExtensionPolicy, Profile},
    short::ParseCapabilityError,
};
use crate::base::{
    fs::{self, UserFileError},
    position::Position,
    types::{ExtensionId, ExtensionOrigin, GitAddress, ParseGitError},
};

/// The most bytes the file may have.
const MOST_BYTES: u64 = 1 << 20;

/// The file of what a user grants extensions one by one, as it was read.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GrantsFile {
    #[serde(default)]
    pub(crate) extension: Vec<GrantsEntry>,
    /// The rules that allow nothing.
    #[serde(skip)]
    slips: Vec<GrantsSlip>,
}

/// The entry of one extension in the file.
#[derive(Debug, Deserialize)]
#[serde(try_from = "Written")]
pub(crate) struct GrantsEntry {
    pub(crate) id: ExtensionId,
    pub(crate) origin: ExtensionOrigin,
    pub(crate) own: ExtensionPolicy,
    /// The rules that allow nothing: where they begin in the text, and why.
    ineffective: Vec<(usize, String)>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    id: ExtensionId,
    registry: Option<String>,
    archive: Option<String>,
    git: Option<GitAddress>,
    folder: Option<PathBuf>,
    profile: Option<Profile>,
    #[serde(default)]
    allow: Vec<Spanned<Granted>>,
    #[serde(default)]
    deny: Vec<Denied>,
}

/// A capability that can be granted. One that can match nothing allows nothing, and hinders no other.
#[derive(Debug, Deserialize)]
#[serde(try_from = "Capability")]
struct Granted {
    capability: Capability,
    /// The reason why it can match nothing, where there is one.
    ineffective: Option<String>,
}

/// A capability that can be denied: one that is not known, or can match nothing, would deny nothing.
#[derive(Debug, Deserialize)]
#[serde(try_from = "Capability")]
struct Denied(Capability);

impl TryFrom<Capability> for Granted {
    type Error = ParseCapabilityError;

    fn try_from(capability: Capability) -> Result<Self, Self::Error> {
        capability.check_known()?;
        let ineffective = capability.ineffective();
        Ok(Self {
            ineffective: ineffective.map(|Ineffective { problem, .. }| problem),
            capability,
        })
    }
}

impl TryFrom<Capability> for Denied {
    type Error = ParseCapabilityError;

    fn try_from(capability: Capability) -> Result<Self, Self::Error> {
        capability.check_grantable().map(|()| Self(capability))
    }
}

impl TryFrom<Written> for GrantsEntry {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, Self::Error> {
        let id = written.id;
        let origin = match (
            written.registry,
            written.archive,
            written.git,
            written.folder,
        ) {
            (Some(name), None, None, None) => ExtensionOrigin::Registry(name),
            (None, Some(place), None, None) => ExtensionOrigin::Archive(place),
            (None, None, Some(repository), folder) => ExtensionOrigin::Git {
                repository,
                folder: match folder.as_deref().map(Path::to_str) {
                    None => None,
                    Some(folder) => {
                        let folder = folder.unwrap_or_default().parse();
                        Some(folder.map_err(|error: ParseGitError| error.to_string())?)
                    }
                },
            },
            (None, None, None, Some(path)) => ExtensionOrigin::Folder(path),
            _ => {
                return Err(format!(
                    "`{id}` needs one of `registry`, `archive`, `git` and `folder`, which says where it comes from"
                ));
            }
        };
        let slip = |rule: &Spanned<Granted>| {
            let problem = rule.get_ref().ineffective.clone()?;
            Some((rule.span().start, problem))
        };
        let ineffective = written.allow.iter().filter_map(slip).collect();
        let allow = written.allow.into_iter();
        let deny = written.deny.into_iter().map(|Denied(it)| it);
        let own = ExtensionPolicy {
            profile: written.profile,
            allow: allow.map(|it| it.into_inner().capability).collect(),
            deny: deny.collect(),
        };
        Ok(Self {
            id,
            origin,
            own,
            ineffective,
        })
    }
}

impl GrantsFile {
    /// Reads the file at `path`; it says nothing where it is not there. It blocks for as long as a small file takes to
    /// be read.
    ///
    /// # Errors
    /// [`GrantsFileError`] where it cannot be read or others can change it, with the place of a mistake.
    pub fn read(path: &Path) -> Result<Self, GrantsFileError> {
        // What is there and cannot be read, a link that leads nowhere among it, must not pass for nothing.
        match read_text(path)? {
            Some(text) => Self::parse_at(path, &text),
            None => Ok(Self::default()),
        }
    }

    fn parse_at(path: &Path, text: &str) -> Result<Self, GrantsFileError> {
        let mut grants = Self::parse(text).map_err(|source| GrantsFileError::Mistake {
            path: path.to_path_buf(),
            source,
        })?;
        for entry in &grants.extension {
            let slips = entry
                .ineffective
                .iter()
                .map(|(offset, problem)| GrantsSlip {
                    path: path.to_path_buf(),
                    position: Position::of(text.as_bytes(), *offset),
                    problem: problem.clone(),
                });
            grants.slips.extend(slips);
        }
        Ok(grants)
    }

    /// The rules that allow nothing, as nothing that is asked for has their form. They hinder none of the others.
    pub fn slips(&self) -> &[GrantsSlip] {
        &self.slips
    }

    pub(crate) fn parse(text: &str) -> Result<Self, GrantsMistake> {
        let grants: Self = toml::from_str(text).map_err(|error| {
            // The line itself is not shown: what stands beside it is nobody's concern.
            let offset = error.span().map_or(0, |span| span.start);
            GrantsMistake::Toml {
                position: Position::of(text.as_bytes(), offset),
                message: error.message().to_owned(),
            }
        })?;
        for (at, entry) in grants.extension.iter().enumerate() {
            if grants.index(&entry.id, &entry.origin) != Some(at) {
                return Err(GrantsMistake::Twice {
                    id: entry.id.clone(),
                    origin: entry.origin.clone(),
                });
            }
        }
        Ok(grants)
    }

    /// Which of the entries is about an extension.
    fn index(&self, id: &ExtensionId, origin: &ExtensionOrigin) -> Option<usize> {
        let is_it = |entry: &GrantsEntry| entry.id == *id && entry.origin == *origin;
        self.extension.iter().position(is_it)
    }

    /// The extensions of which something is said: their ids, and where they come from.
    pub fn extensions(&self) -> impl Iterator<Item = (&ExtensionId, &ExtensionOrigin)> {
        self.extension
            .iter()
            .map(|entry| (&entry.id, &entry.origin))
    }

    /// The origins of the extensions of an id of which something is said.
    pub fn origins(&self, id: &ExtensionId) -> Vec<ExtensionOrigin> {
        let entries = self.extension.iter().filter(|entry| entry.id == *id);
        entries.map(|entry| entry.origin.clone()).collect()
    }
}

/// The text of the file, if it is there.
fn read_text(path: &Path) -> Result<Option<String>, GrantsFileError> {
    fs::read_user_file(path, MOST_BYTES).map_err(|error| match error {
        error @ UserFileError::NotTrusted(_) => error.into(),
        source => GrantsFileError::Unusable {
            path: path.to_path_buf(),
            source,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

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
            let problem = GrantsFile::parse(text).unwrap_err().to_string();
            assert!(problem.contains(words), "{text}: {problem}");
        }
    }
}
