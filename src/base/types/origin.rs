//! Origins of extensions.

use std::{fmt, path::PathBuf};

use serde::{Deserialize, Serialize};

use super::git::{GitAddress, GitFolder};

/// The place an extension comes from. With the id it is the extension's identity: what a user allows one does not
/// pass to another of the same id that comes from elsewhere.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ExtensionOrigin {
    /// From the program itself, which says no more.
    #[default]
    Program,
    /// From a registry, by the text of its [`RegistryId`](crate::network::registry::RegistryId).
    Registry(String),
    /// From an archive, by its path or address, without credentials.
    Archive(String),
    /// From a Git repository, whatever of its commits.
    Git {
        /// The repository.
        repository: GitAddress,
        /// The folder of it that the extension is in; `None` where it is the whole.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        folder: Option<GitFolder>,
    },
    /// From a folder of sources, or a file, on this machine: by its path.
    Folder(PathBuf),
}

/// In words: "the registry `annexe`".
impl fmt::Display for ExtensionOrigin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Program => formatter.write_str("the program"),
            Self::Registry(name) => write!(formatter, "the registry `{}`", name.escape_debug()),
            Self::Archive(place) => write!(formatter, "the archive `{}`", place.escape_debug()),
            Self::Git {
                repository,
                folder: None,
            } => write!(formatter, "the repository `{repository}`"),
            Self::Git {
                repository,
                folder: Some(folder),
            } => write!(
                formatter,
                "`{}` of the repository `{repository}`",
                folder.as_str().escape_debug()
            ),
            Self::Folder(path) => {
                write!(formatter, "`{}`", path.display().to_string().escape_debug())
            }
        }
    }
}
