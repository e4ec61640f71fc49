//! Errors of manifests, with their places.

use std::{fmt, path::PathBuf};

use super::{ManifestFile, path::RelativePath};
use crate::base::{
    fs,
    hint::{ErrorKind, Hint},
    position::Position,
};

/// The reason why a manifest, or a file that it names, cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The folder holds neither `extension.toml` nor `extension.json`.
    #[error("no extension manifest in `{}`", folder.display())]
    NotFound {
        /// The folder that was looked in.
        folder: PathBuf,
    },
    /// A file or folder could not be read.
    #[error(transparent)]
    File(#[from] fs::Error),
    /// The manifest is larger than any real one.
    #[error("`{file}` is larger than {limit} bytes")]
    TooLarge {
        /// The manifest.
        file: ManifestFile,
        /// The greatest size that is read, in bytes.
        limit: u64,
    },
    /// The manifest says something that cannot be read or accepted.
    #[error(transparent)]
    Invalid(#[from] ManifestError),
    /// The manifest has a format that this program does not know.
    #[error("`{file}` has `schema_version` {found}, and the newest one known is {newest}")]
    UnknownSchema {
        /// The manifest.
        file: ManifestFile,
        /// The version the manifest states.
        found: i64,
        /// The newest version this program reads.
        newest: i64,
    },
    /// A file that the manifest names is not there.
    #[error("`{key}` in the manifest needs `{path}`, which is missing")]
    MissingFile {
        /// The key that names the file, such as `themes[0]` or `grammars.toml`.
        key: String,
        /// The file, relative to the extension's folder.
        path: RelativePath,
    },
    /// A file of the extension is a link, or is reached through one.
    #[error("`{}` is a link", path.display())]
    Link {
        /// The link.
        path: PathBuf,
    },
    /// Something else stands where a regular file, or a folder, must be.
    #[error("`{}` is not a {expected}", path.display())]
    WrongKind {
        /// What was found.
        path: PathBuf,
        /// What it must be: "file" or "folder".
        expected: &'static str,
    },
    /// A file of the extension has a name that other systems cannot hold.
    #[error("`{}` cannot be part of an extension", path.display())]
    UnusableName {
        /// The file.
        path: PathBuf,
        /// What is wrong with its name.
        #[source]
        source: super::path::ParsePathError,
    },
}

impl Error {
    /// The complaint about the manifest's content, with its place, where the error is one.
    pub fn as_invalid(&self) -> Option<&ManifestError> {
        match self {
            Self::Invalid(error) => Some(error),
            _ => None,
        }
    }
}

impl Hint for Error {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NotFound { .. } | Self::MissingFile { .. } => ErrorKind::NotFound,
            Self::File(error) => error.kind(),
            Self::TooLarge { .. } => ErrorKind::Limit,
            Self::UnknownSchema { .. } => ErrorKind::Incompatible,
            Self::Invalid(_)
            | Self::Link { .. }
            | Self::WrongKind { .. }
            | Self::UnusableName { .. } => ErrorKind::Invalid,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::NotFound { .. } => Some(
                "an extension's folder has an `extension.toml` with at least `id`, `name`, `version` and `schema_version = 1`".into(),
            ),
            Self::File(error) => error.hint(),
            Self::TooLarge { .. } => {
                Some("a manifest is a few kilobytes: move data into files of its own".into())
            }
            Self::Invalid(error) => error.hint(),
            Self::UnknownSchema { found, newest, .. } if found > newest => {
                Some("the extension is newer than this program: update the program".into())
            }
            Self::UnknownSchema { newest, .. } => {
                Some(format!("write `schema_version = {newest}`"))
            }
            Self::MissingFile { path, .. } if path.as_str() == super::COMPONENT => {
                Some("build the extension first: `annexe build` does".into())
            }
            Self::MissingFile { path, .. } if path.as_str().ends_with(".wasm") => Some(
                "compile the grammar with `tree-sitter build --wasm`, and put the result there".into(),
            ),
            Self::MissingFile { key, .. } => {
                Some(format!("add the file, or take `{key}` out of the manifest"))
            }
            Self::Link { .. } => {
                Some("an archive holds no links: put a copy of the file there instead".into())
            }
            Self::WrongKind { expected, .. } => Some(format!("put a plain {expected} there")),
            Self::UnusableName { source, .. } => source.hint(),
        }
    }
}

/// One complaint about what a manifest says, with its place in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManifestError {
    file: ManifestFile,
    kind: ManifestErrorKind,
    key: Option<String>,
    place: Option<Position>,
    message: String,
    hint: Option<String>,
}

/// The kind of a [`ManifestError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ManifestErrorKind {
    /// The text is not in its format, TOML or JSON.
    Syntax,
    /// A key without which the manifest cannot be used is not there.
    MissingKey,
    /// A value of another type than its key takes.
    WrongType,
    /// A value of the right type that means nothing.
    InvalidValue,
    /// A path that does not stay in the extension.
    Path,
    /// The extension's id is not a valid one.
    Id,
    /// A grammar's name that cannot be the name of its file.
    GrammarName,
}

impl ManifestError {
    pub(super) fn new(
        file: ManifestFile,
        kind: ManifestErrorKind,
        place: Option<Position>,
        message: impl Into<String>,
    ) -> Self {
        Self {
            file,
            kind,
            key: None,
            place,
            message: message.into(),
            hint: None,
        }
    }

    pub(super) fn of_key(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }

    pub(super) fn with_hint(mut self, hint: Option<String>) -> Self {
        self.hint = hint;
        self
    }

    /// The manifest complained about.
    pub fn file(&self) -> ManifestFile {
        self.file
    }

    /// Returns the kind of the complaint.
    pub fn kind(&self) -> ManifestErrorKind {
        self.kind
    }

    /// The whole path of the key complained about, such as `language_servers.taplo.languages[1]`;
    /// `None` where it is about the whole file.
    pub fn key(&self) -> Option<&str> {
        self.key.as_deref()
    }

    /// The place, as line and column.
    #[cfg(feature = "authoring")]
    pub(crate) fn place(&self) -> Option<Position> {
        self.place
    }

    /// The line, from 1; `None` where the complaint is about something that is not there.
    pub fn line(&self) -> Option<usize> {
        self.place.map(|place| place.line)
    }

    /// The column, in characters from 1; `None` where there is no line.
    pub fn column(&self) -> Option<usize> {
        self.place.map(|place| place.column)
    }

    /// Returns the problem, without the place.
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl Hint for ManifestError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Invalid
    }

    fn hint(&self) -> Option<String> {
        self.hint.clone()
    }
}

impl fmt::Display for ManifestError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "`{}`", self.file)?;
        if let Some(Position { line, column }) = self.place {
            write!(formatter, " line {line}, column {column}")?;
        }
        write!(formatter, ": {}", self.message)
    }
}

impl std::error::Error for ManifestError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_complaint_without_a_place_names_its_file_alone() {
        let error = ManifestError::new(
            ManifestFile::Toml,
            ManifestErrorKind::MissingKey,
            None,
            "`id` is missing",
        );
        assert_eq!(error.to_string(), "`extension.toml`: `id` is missing");
        assert_eq!(error.line(), None);
    }
}
