//! Errors of reading the extension at a path.

use std::path::{Path, PathBuf};

use super::location::has_ending;
use crate::{
    base::{
        causes::in_full,
        fs,
        hint::{ErrorKind, Hint},
        task::TaskError,
    },
    package::{archive, manifest},
};

/// A path that no extension can be read from.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PackageError {
    /// A file or folder cannot be read.
    #[error(transparent)]
    File(#[from] fs::Error),
    /// It is a pipe, a socket or a device.
    #[error("`{}` is neither a folder nor a file", path.display())]
    Kind {
        /// The path.
        path: PathBuf,
    },
    /// The component's path is not that of a file.
    #[error("`{}` is not a file", path.display())]
    NotAFile {
        /// The path.
        path: PathBuf,
    },
    /// A component is larger than any.
    #[error("`{}` is larger than {} MB", path.display(), most_bytes / 1_000_000)]
    TooLarge {
        /// The component.
        path: PathBuf,
        /// The most bytes of one that are read.
        most_bytes: u64,
    },
    /// It is a tar archive that is not compressed.
    #[error("the archive `{}` is not compressed", path.display())]
    NotCompressed {
        /// The archive.
        path: PathBuf,
    },
    /// It is an archive of a format that no extension has.
    #[error("`{}` is {format}, and extensions are gzipped tar archives", path.display())]
    OtherFormat {
        /// The archive.
        path: PathBuf,
        /// Its format in words: `a zip archive`.
        format: &'static str,
    },
    /// The archive is refused, or cannot be unpacked.
    #[error(transparent)]
    Archive(#[from] archive::Error),
    /// The manifest cannot be used.
    #[error(transparent)]
    Manifest(#[from] manifest::Error),
    /// The archive has no manifest at its top.
    #[error("no extension manifest at the top of the archive `{}`", archive.display())]
    NoManifest {
        /// The archive.
        archive: PathBuf,
        /// The one folder at its top that has a manifest.
        inner: Option<String>,
    },
    /// What the archive holds cannot be used. The words name files as they are in the archive: the folder that it was
    /// unpacked into is gone.
    #[error("{message}")]
    InArchive {
        /// What is wrong, with its causes.
        message: String,
        /// The kind of failure.
        kind: ErrorKind,
        /// The way out.
        hint: Option<String>,
    },
    /// There is no place to unpack the archive into.
    #[error("cannot create a temporary folder")]
    Temporary(#[source] std::io::Error),
    /// The task that reads ended without a result.
    #[error("a task that reads ended early: {message}")]
    Task {
        /// What the runtime says.
        message: String,
    },
}

impl Hint for PackageError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::File(error) => error.kind(),
            Self::Archive(error) => error.kind(),
            Self::Manifest(error) => error.kind(),
            Self::Kind { .. }
            | Self::NotAFile { .. }
            | Self::NotCompressed { .. }
            | Self::OtherFormat { .. }
            | Self::NoManifest { .. } => ErrorKind::Invalid,
            Self::InArchive { kind, .. } => *kind,
            Self::TooLarge { .. } => ErrorKind::Limit,
            Self::Temporary(_) => ErrorKind::Io,
            Self::Task { .. } => ErrorKind::Internal,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::File(error) => error.hint(),
            Self::Archive(error) => error.hint(),
            Self::Manifest(error) => error.hint(),
            Self::InArchive { hint, .. } => hint.clone(),
            Self::NotAFile { .. } => Some(fs::GIVE_A_FILE.into()),
            Self::NotCompressed { path } if has_ending(path, ".tar") => {
                Some(format!("compress it with `gzip {}`", path.display()))
            }
            Self::NotCompressed { .. } => Some("compress it with `gzip`".into()),
            Self::OtherFormat { .. } => {
                Some("write the archive with `annexe pack <folder>`".into())
            }
            Self::NoManifest { archive, inner } => {
                Some(where_manifest_belongs(inner.as_deref(), archive))
            }
            Self::Kind { .. } | Self::TooLarge { .. } | Self::Temporary(_) | Self::Task { .. } => {
                None
            }
        }
    }
}

impl From<TaskError> for PackageError {
    fn from(error: TaskError) -> Self {
        Self::Task {
            message: error.to_string(),
        }
    }
}

impl PackageError {
    /// The same complaint about what an archive was unpacked into: it names the archive.
    pub(super) fn in_archive(self, folder: &Path, archive: &Path) -> Self {
        if matches!(self, Self::Manifest(manifest::Error::NotFound { .. })) {
            return Self::NoManifest {
                archive: archive.to_path_buf(),
                inner: super::folder_of_manifest(folder),
            };
        }
        let message = in_full(&self);
        let folder = folder.display().to_string();
        if !message.contains(&folder) {
            return self;
        }
        let shown = archive.display().to_string();
        Self::InArchive {
            message: message.replace(&folder, &shown),
            kind: self.kind(),
            hint: self.hint().map(|hint| hint.replace(&folder, &shown)),
        }
    }
}

/// The way out where an archive has no manifest at its top, but perhaps in a folder.
pub(super) fn where_manifest_belongs(inner: Option<&str>, archive: &Path) -> String {
    let shown = archive.display();
    match inner {
        Some(inner) => format!(
            "the extension is in the archive's folder `{inner}`: pack that with `annexe pack {inner}`, or with `tar -czf {shown} -C {inner} .`"
        ),
        None => {
            "an archive has its `extension.toml` at the top: write it with `annexe pack <folder>`"
                .into()
        }
    }
}
