//! Errors of bringing registries to container registries.

use super::super::error::PublishError;
use crate::{
    base::{
        hint::{ErrorKind, Hint},
        printable::printable,
        types::{ExtensionId, ExtensionVersion},
    },
    network::registry::{config::ConfigError, error::Error, source::SourceError},
};

/// The reason why a registry cannot be brought to a container registry. What was there stays readable as it was.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PushError {
    /// The folder cannot be read, or holds no registry.
    #[error(transparent)]
    Publish(#[from] PublishError),
    /// The container registry refuses, or cannot be reached.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The registry's archives lie elsewhere than in one that `annexe registry init` begins.
    #[error("archives lie at `{template}`, and a container registry is read by `{usual}`")]
    Template {
        /// Where they lie.
        template: String,
        /// Where they must.
        usual: String,
    },
    /// An id cannot be part of a repository's name, or a version is too long for a tag.
    #[error("`{id}` {version} cannot be the name of a repository and its tag")]
    Name {
        /// The extension.
        id: ExtensionId,
        /// The version.
        version: ExtensionVersion,
    },
    /// The registry that is there cannot be used.
    #[error("the configuration at `{location}` cannot be used")]
    Config {
        /// The container registry's repository.
        location: String,
        /// Why.
        source: ConfigError,
    },
    /// Another registry is there.
    #[error("`{location}` holds the registry `{name}`")]
    OtherRegistry {
        /// The container registry's repository.
        location: String,
        /// The registry's name for itself.
        name: String,
    },
    /// The container registry has something that the folder has not.
    #[error("`{location}` has another `{}` than the folder had before", printable(.path))]
    Behind {
        /// The container registry's repository.
        location: String,
        /// The file.
        path: String,
    },
    /// The tag of a version leads to something else. Where it is the tag of one that was pushed before, all else is pushed.
    #[error("the tag `{location}` is there already, and leads to another archive{}", more_words(*.more))]
    TagTaken {
        /// The tag.
        location: String,
        /// How many others lead elsewhere, or are damaged.
        more: usize,
    },
    /// A blob that was pushed before is not what it was. All else is pushed.
    #[error("the blob `{location}` is damaged where it is kept{}", more_words(*.more))]
    Damaged {
        /// The blob.
        location: String,
        /// How many others are damaged.
        more: usize,
    },
    /// Somebody else has pushed meanwhile.
    #[error("`{location}` was changed while this was pushed")]
    Raced {
        /// The container registry's repository.
        location: String,
    },
}

fn more_words(more: usize) -> String {
    match more {
        0 => String::new(),
        1 => ", and another is not as it was pushed".into(),
        more => format!(", and {more} others are not as they were pushed"),
    }
}

impl From<Error> for PushError {
    fn from(error: Error) -> Self {
        match error {
            Error::Source(error) => Self::Source(error),
            other => Self::Source(SourceError::Interrupted {
                location: "a local file".into(),
                source: other.into(),
            }),
        }
    }
}

impl Hint for PushError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Publish(error) => error.kind(),
            Self::Source(error) => error.kind(),
            Self::Config { source, .. } => source.kind(),
            Self::Template { .. } | Self::Name { .. } => ErrorKind::Invalid,
            Self::OtherRegistry { .. } | Self::Behind { .. } | Self::TagTaken { .. } => {
                ErrorKind::Refused
            }
            Self::Damaged { .. } => ErrorKind::Damaged,
            Self::Raced { .. } => ErrorKind::Busy,
        }
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Publish(error) => return error.hint(),
            Self::Source(error) => return error.hint(),
            Self::Config { .. } => "push to another repository".into(),
            Self::Template { usual, .. } => {
                format!("write `\"archives\": \"{usual}\"` into config.json, and move the archives there")
            }
            Self::Name { .. } => {
                "a repository has lower-case letters and digits with single `.`, `_` or `-` between, a tag at most 128 characters".into()
            }
            Self::OtherRegistry { .. } => "push to another repository, or from that registry's folder".into(),
            Self::Behind { .. } => {
                "push from the folder that was pushed last, or bring this one up to it: what is published is never taken back".into()
            }
            Self::TagTaken { .. } => {
                "what is published never changes: find out who made the tag, then raise the version, or delete the tag there, which the next push makes again".into()
            }
            Self::Damaged { .. } => {
                "only the container registry's owner can mend what it keeps: have the blob deleted there, then push once more".into()
            }
            Self::Raced { .. } => "push once more; let only one machine push".into(),
        })
    }
}
