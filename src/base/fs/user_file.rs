//! Files that a user writes to say what this program may do: what they say counts only where nobody else can change them.

use std::{
    path::{Path, PathBuf},
    string::FromUtf8Error,
};

use super::{
    Error, Result, bounded::read_bounded, canonicalize, create_dir_all, lock::Turn, metadata,
    named, ownership::check_trusted_file, symlink_metadata,
};
use crate::base::hint::{ErrorKind, Hint};

/// A file of the user's own that cannot be read, or that is not believed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UserFileError {
    /// Others can change it, or a folder that it lies in.
    #[error("`{}` is not believed: {}", .0.path().display(), cause(.0))]
    NotTrusted(Error),
    /// It cannot be read or written, is not a file, or has too many bytes.
    #[error(transparent)]
    Unreadable(#[from] Error),
    /// It is not UTF-8.
    #[error("`{}` is not text in UTF-8", path.display())]
    NotText {
        /// The file.
        path: PathBuf,
        /// Where it is not.
        source: FromUtf8Error,
    },
}

impl Hint for UserFileError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NotTrusted(_) => ErrorKind::Refused,
            Self::Unreadable(error) => error.kind(),
            Self::NotText { .. } => ErrorKind::Invalid,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::NotTrusted(error) | Self::Unreadable(error) => error.hint(),
            Self::NotText { .. } => Some("save the file in the UTF-8 encoding".into()),
        }
    }
}

fn cause(error: &Error) -> String {
    let cause = std::error::Error::source(error);
    cause.map(ToString::to_string).unwrap_or_default()
}

/// Reads a file of the user's as text; `None` where it is not there. A link that leads nowhere is there.
///
/// # Errors
/// A [`UserFileError`].
pub fn read_user_file(
    path: &Path,
    most_bytes: u64,
) -> std::result::Result<Option<String>, UserFileError> {
    match metadata(path) {
        Err(error) if error.is_not_found() && symlink_metadata(path).is_err() => return Ok(None),
        found => found?,
    };
    check_user_file(path).map_err(UserFileError::NotTrusted)?;
    let content = read_bounded(path, most_bytes)?;
    let text = String::from_utf8(content).map_err(|source| UserFileError::NotText {
        path: path.to_path_buf(),
        source,
    })?;
    Ok(Some(text))
}

/// Changes a file of the user's as a whole, or not at all. `edit` is given its text, `None` where it is not there, and
/// gives the new one, or `None` where nothing is to change: then nothing is written. It may be asked twice. A file that
/// is there keeps its mode; the file and its folder are made where they are missing. Others who change it wait for their
/// turn. Gives whether it was changed.
///
/// # Errors
/// A [`UserFileError`] where the file cannot be read or is not trusted; what `edit` says; where the file cannot be written.
pub fn edit_user_file<E: From<UserFileError>>(
    path: &Path,
    most_bytes: u64,
    edit: impl Fn(Option<&str>) -> std::result::Result<Option<String>, E>,
) -> std::result::Result<bool, E> {
    let changed = |path: &Path| edit(read_user_file(path, most_bytes)?.as_deref());
    // Without a turn first: the folder may be one that nothing can be written into.
    if changed(path)?.is_none() {
        return Ok(false);
    }
    let failed = |error| E::from(UserFileError::Unreadable(error));
    if let Some(folder) = path.parent() {
        create_dir_all(folder).map_err(failed)?;
    }
    // A user may keep it elsewhere and have a link here.
    let path = resolved(path).map_err(failed)?;
    let turn = Turn::take(&path).map_err(failed)?;
    let Some(text) = changed(&path)? else {
        return Ok(false);
    };
    turn.keep_mode().map_err(failed)?;
    turn.replace(text.as_bytes()).map_err(failed)?;
    Ok(true)
}

/// Refuses a file of the user's own that others can change. What is not there or is not a file is not looked at: that is
/// told where it is read.
///
/// # Errors
/// As [`check_trusted_file`].
pub fn check_user_file(path: &Path) -> Result<()> {
    match metadata(path).is_ok_and(|it| it.is_file()) {
        true => check_trusted_file(path),
        false => Ok(()),
    }
}

/// A path by which a file or folder is known: without links where it is there, else as it stands.
///
/// # Errors
/// Where there is no current folder that a relative path could start at.
pub fn resolved(path: &Path) -> Result<PathBuf> {
    canonicalize(path).or_else(|_| named("resolve", path, std::path::absolute(path)))
}
