//! The common face of all errors: their kind, and the way out.

use std::{error::Error, fmt};

use serde::Serialize;

/// An error with a kind to act upon and a way out to show.
///
/// Every error of this library implements it. [`crate::Error`] holds any of them.
pub trait Hint: Error {
    /// The kind of failure. An error that passes on another's has the kind of that one.
    fn kind(&self) -> ErrorKind;

    /// The way out, in plain words without a final period, where there is one. It may have several lines.
    fn hint(&self) -> Option<String>;
}

/// The kind of a failure, as far as a program can act upon it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ErrorKind {
    /// What was named is not there: an extension, a version, a registry, a file.
    NotFound,
    /// What was given has not the form that it must have: an id, a manifest, an archive, a component.
    Invalid,
    /// What was given is sound and made for something else: another API version, host, platform or format.
    Incompatible,
    /// It is not allowed: by a grant, by a registry that blocks it, by a lockfile, by whoever was asked.
    Refused,
    /// What lies there, or arrives, is not what was written or published.
    Damaged,
    /// A server cannot be reached, may not be asked, or does not answer as it should. Most often it may be tried
    /// again later.
    Network,
    /// The file system refuses.
    Io,
    /// A limit is reached: of size, time, memory or number.
    Limit,
    /// Something else is in the way for now: another process, a call that is not answered yet.
    Busy,
    /// The extension failed: it answered with an error, or stopped.
    Extension,
    /// A program that is needed is missing, or has failed: a compiler, Node.js.
    Program,
    /// It was ended before it was done.
    Cancelled,
    /// This library, or the system below it, does not work as it should.
    Internal,
    /// An error of the embedder's own.
    Other,
}

impl ErrorKind {
    /// The kind as a word, such as `not-found`, as JSON has it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotFound => "not-found",
            Self::Invalid => "invalid",
            Self::Incompatible => "incompatible",
            Self::Refused => "refused",
            Self::Damaged => "damaged",
            Self::Network => "network",
            Self::Io => "io",
            Self::Limit => "limit",
            Self::Busy => "busy",
            Self::Extension => "extension",
            Self::Program => "program",
            Self::Cancelled => "cancelled",
            Self::Internal => "internal",
            Self::Other => "other",
        }
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}
