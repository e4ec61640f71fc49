//! Why the store cannot do what was asked. Whatever the error, what was installed is as it was.

use std::{fmt, path::PathBuf};

use semver::Version;

use crate::{
    archive, capability::Capability, fs, host::HostError, manifest, registry, types::ExtensionId,
};

/// The store cannot do what was asked. Nothing has changed then.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// No such extension is installed.
    #[error("`{id}` is not installed")]
    NotInstalled {
        /// The extension.
        id: ExtensionId,
        /// The closest ids that are installed.
        nearest: Vec<ExtensionId>,
    },
    /// The extension has no component to start: it brings themes, languages and the like.
    #[error("`{id}` has no component to start")]
    NoComponent {
        /// The extension.
        id: ExtensionId,
    },
    /// The registry does not give what was asked for.
    #[error(transparent)]
    Registry(Box<registry::Error>),
    /// The archive is refused, or cannot be unpacked.
    #[error("the archive of `{id}` {version} cannot be unpacked")]
    Archive {
        /// The extension.
        id: ExtensionId,
        /// Its version.
        version: Version,
        /// Why.
        #[source]
        source: archive::Error,
    },
    /// The extension's manifest cannot be read.
    #[error("the manifest of `{id}` {version} cannot be read")]
    Manifest {
        /// The extension.
        id: ExtensionId,
        /// Its version.
        version: Version,
        /// Why.
        #[source]
        source: Box<manifest::Error>,
    },
    /// The archive is of something other than what the registry's index announces.
    #[error(
        "the archive of `{id}` {version} does not hold what the index announces: its {what} is `{archive}`, the index says `{index}`"
    )]
    Disagrees {
        /// The extension.
        id: ExtensionId,
        /// Its version.
        version: Version,
        /// In what they differ.
        what: Fact,
        /// What the index says.
        index: String,
        /// What the archive holds, safe to show.
        archive: String,
    },
    /// The extension asks for more than the registry's index says, so for more than anybody who read
    /// the index agreed to.
    #[error("`{id}` {version} asks to {capability}, which the index does not announce")]
    Undeclared {
        /// The extension.
        id: ExtensionId,
        /// Its version.
        version: Version,
        /// What it asks for.
        capability: Capability,
    },
    /// The component cannot be run by this host.
    #[error("the component of `{id}` {version} cannot be used")]
    Component {
        /// The extension.
        id: ExtensionId,
        /// Its version.
        version: Version,
        /// Why.
        #[source]
        source: Box<HostError>,
    },
    /// The files of an installed extension are not what was installed.
    #[error("the files of `{id}` in `{}` are damaged", path.display())]
    Damaged {
        /// The extension.
        id: ExtensionId,
        /// The file or folder that is missing or changed.
        path: PathBuf,
    },
    /// A file of the store cannot be understood.
    #[error("`{}` is damaged: {message}", path.display())]
    Broken {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        message: String,
    },
    /// A file of the store is of a form that this program does not know.
    #[error("`{}` has format {format}, which this program does not know", path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// Its format.
        format: u32,
    },
    /// A file of the store cannot be read or written.
    #[error(transparent)]
    File(#[from] fs::Error),
    /// A part of the work ended without a result.
    #[error("a task of the store ended early: {message}")]
    Task {
        /// What the runtime says.
        message: String,
    },
}

impl From<registry::Error> for StoreError {
    fn from(error: registry::Error) -> Self {
        Self::Registry(Box::new(error))
    }
}

/// Something that the index announces of an archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fact {
    /// The extension's id.
    Id,
    /// The extension's version.
    Version,
    /// The manifest's schema version.
    Schema,
    /// The API family of the component.
    Family,
    /// The API version of the component; `none` without one.
    Api,
    /// The size of all files together, in bytes.
    UnpackedBytes,
}

impl fmt::Display for Fact {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Id => "id",
            Self::Version => "version",
            Self::Schema => "schema version",
            Self::Family => "API family",
            Self::Api => "API version",
            Self::UnpackedBytes => "unpacked size in bytes",
        })
    }
}

impl StoreError {
    /// The same request may succeed later.
    pub fn is_temporary(&self) -> bool {
        matches!(self, Self::Registry(error) if error.is_temporary())
    }

    /// The archive, its manifest or its component is refused: it would be again, until somebody
    /// publishes another.
    pub fn is_refusal(&self) -> bool {
        match self {
            Self::Disagrees { .. } | Self::Undeclared { .. } | Self::Component { .. } => true,
            Self::Archive { source, .. } => source.is_refusal(),
            Self::Manifest { source, .. } => !matches!(**source, manifest::Error::File(_)),
            _ => false,
        }
    }

    /// The way out, in plain words.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NotInstalled { nearest, .. } => Some(match nearest.as_slice() {
                [] => "install it first".into(),
                nearest => {
                    let ids: Vec<String> = nearest.iter().map(|id| format!("`{id}`")).collect();
                    format!("did you mean {}?", ids.join(" or "))
                }
            }),
            Self::NoComponent { .. } => {
                Some("its files are for an editor to read; there is nothing to run".into())
            }
            Self::Registry(error) => error.hint(),
            Self::Archive { source, .. } => source.hint(),
            Self::Manifest { source, .. } => source.hint(),
            Self::Disagrees { .. } | Self::Undeclared { .. } => {
                Some("tell the registry's owner; nothing was installed".into())
            }
            Self::Component { source, .. } => source.hint(),
            Self::Damaged { .. } => Some("install it again: that repairs its files".into()),
            Self::Broken { path, .. } if path.ends_with("current") => Some(
                "write the number of a file in the folder `generations` beside it into it, most likely the greatest"
                    .into(),
            ),
            Self::Broken { .. } => Some(
                "write the number of another file in its folder into the file `current` above it; where there is none, remove `current`, then install again"
                    .into(),
            ),
            Self::Format { .. } => {
                Some("a later version of this program wrote it: use that one, or another folder".into())
            }
            Self::File(error) => error.hint(),
            Self::Task { .. } => None,
        }
    }

    /// A file that must be there is not.
    pub(super) fn is_missing_file(&self) -> bool {
        matches!(self, Self::File(error) if error.is_not_found())
    }
}
