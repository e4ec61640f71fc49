//! Why settings cannot be used, and which are left out.

use std::{
    error::Error as _,
    fmt,
    path::{Path, PathBuf},
};

use crate::base::{
    fs::{self, UserFileError},
    hint::{ErrorKind, Hint},
    position::Position,
};

/// Settings that cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SettingsError {
    /// Others than the user can change the file, or the path of the project leads nowhere.
    #[error(transparent)]
    UserFile(#[from] UserFileError),
    /// A file cannot be read.
    #[error("the settings `{}` cannot be used", path.display())]
    Unusable {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: UserFileError,
    },
    /// A file says what no settings can say.
    #[error("the settings `{}` cannot be used", path.display())]
    Mistake {
        /// The file.
        path: PathBuf,
        /// What is wrong, and where.
        source: SettingsMistake,
    },
    /// A context server is on another machine.
    #[error(
        "the context server `{server}` is set to be at `{url}`, which extensions cannot be told"
    )]
    Remote {
        /// The server.
        server: String,
        /// Where it is.
        url: String,
    },
    /// What is set has not the form in which extensions are told it.
    #[error("the settings cannot be told to an extension")]
    Form(#[from] serde_json::Error),
}

/// A mistake in a settings file, and its place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {}, column {}: {problem}", position.line, position.column)]
pub struct SettingsMistake {
    position: Position,
    problem: String,
}

impl Hint for SettingsMistake {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Invalid
    }

    fn hint(&self) -> Option<String> {
        None
    }
}

impl SettingsMistake {
    pub(super) fn new(position: Position, problem: String) -> Self {
        Self { position, problem }
    }

    /// Where it stands.
    pub fn position(&self) -> Position {
        self.position
    }
}

/// A value of a settings file that is left out because it does not fit, or a key that is not known and near to one
/// that is. All else that the file says counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingsSlip {
    pub(super) path: PathBuf,
    pub(super) key: Vec<String>,
    pub(super) mistake: SettingsMistake,
    pub(super) is_dropped: bool,
    /// Another file says what counts in its place.
    pub(super) is_overridden: bool,
}

impl SettingsSlip {
    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The names of the keys that lead to it, from the outermost: `lsp`, `taplo`, `binary`.
    pub fn key(&self) -> &[String] {
        &self.key
    }

    /// What is wrong, and where.
    pub fn mistake(&self) -> &SettingsMistake {
        &self.mistake
    }

    /// Whether a value is left out: what needs it fails. Else only the key is not known.
    pub fn is_left_out(&self) -> bool {
        self.is_dropped
    }

    pub(super) fn is_under(&self, key: &[&str]) -> bool {
        let own = self.key.get(..key.len());
        self.is_dropped && !self.is_overridden && own.is_some_and(|own| own == key)
    }

    pub(super) fn into_error(self) -> SettingsError {
        SettingsError::Mistake {
            path: self.path,
            source: self.mistake,
        }
    }
}

impl fmt::Display for SettingsSlip {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (path, mistake) = (self.path.display(), &self.mistake);
        write!(formatter, "the settings `{path}`, {mistake}")?;
        match self.is_dropped {
            true => formatter.write_str("; it is left out"),
            false => Ok(()),
        }
    }
}

impl Hint for SettingsError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::UserFile(error) | Self::Unusable { source: error, .. } => error.kind(),
            Self::Mistake { .. } | Self::Form(_) => ErrorKind::Invalid,
            Self::Remote { .. } => ErrorKind::Incompatible,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::UserFile(error) => error.hint(),
            Self::Unusable { .. } | Self::Mistake { .. } => {
                Some("correct it there; what stands under other keys is not looked at".into())
            }
            Self::Remote { .. } | Self::Form(_) => None,
        }
    }
}

/// Settings that are there and do not count: a project's, or a file that is not JSON.
#[derive(Debug)]
#[non_exhaustive]
pub enum LeftOut {
    /// The project is not trusted.
    NotTrusted {
        /// The file.
        path: PathBuf,
        /// The folder of the project.
        project: PathBuf,
    },
    /// Others than the user can change the file, though the project is trusted.
    Foreign(fs::Error),
    /// The file, the user's or the project's, cannot be read, or is not text in UTF-8.
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        error: UserFileError,
    },
    /// The file, the user's or the project's, is not JSON or holds no object.
    Broken {
        /// The file.
        path: PathBuf,
        /// What is wrong, and where.
        mistake: SettingsMistake,
    },
}

impl LeftOut {
    /// Whether the file's text or the file itself is at fault, as it is while it is being written.
    pub fn is_faulty(&self) -> bool {
        matches!(self, Self::Broken { .. } | Self::Unreadable { .. })
    }

    /// The way out, where there is one.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NotTrusted { .. } => None,
            Self::Foreign(error) => error.hint(),
            Self::Unreadable { error, .. } => error.hint(),
            Self::Broken { .. } => Some("correct it there".into()),
        }
    }
}

impl fmt::Display for LeftOut {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotTrusted { path, .. } => write!(
                formatter,
                "the settings `{}` are left out, as the project is not trusted",
                path.display()
            ),
            Self::Foreign(error) => {
                let path = error.path().display();
                write!(formatter, "the settings `{path}` are left out")?;
                match error.source() {
                    Some(cause) => write!(formatter, ": {cause}"),
                    None => Ok(()),
                }
            }
            Self::Unreadable { path, error } => {
                let path = path.display();
                write!(formatter, "the settings `{path}` are left out: {error}")?;
                match error.source() {
                    Some(cause) => write!(formatter, ": {cause}"),
                    None => Ok(()),
                }
            }
            Self::Broken { path, mistake } => write!(
                formatter,
                "the settings `{}` are left out: {mistake}",
                path.display()
            ),
        }
    }
}
