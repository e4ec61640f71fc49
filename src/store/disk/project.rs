//! The extensions that a project does without: `.annexe/extensions.toml` in its folder.
//!
//! ```toml
//! disabled = ["prettier"]        # not started and not offered for what lies in this project
//! ```
//!
//! The file can only restrict, so it counts whether or not the project is trusted. What is wrong in it is an error: it
//! must not pass for a file that disables nothing.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use serde::Deserialize;

use crate::{
    base::{
        fs::{self, UserFileError},
        hint::{ErrorKind, Hint},
        position::Position,
        types::ExtensionId,
    },
    store::error::StoreError,
};

/// Where the file is in a project's folder.
const FILE: &str = ".annexe/extensions.toml";

/// The most bytes that the file may have.
const MOST_BYTES: u64 = 1 << 20;

/// The extensions that a project does without.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectExtensions {
    file: PathBuf,
    disabled: BTreeSet<ExtensionId>,
}

/// The file's content.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(default)]
    disabled: BTreeSet<ExtensionId>,
}

/// The file of a project's extensions that cannot be used or changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProjectExtensionsError {
    /// It cannot be read or written, or others than the user can change it.
    #[error(transparent)]
    File(#[from] UserFileError),
    /// It says what cannot be meant.
    #[error(
        "`{}` cannot be used: line {}, column {}: {message}",
        path.display(), position.line, position.column
    )]
    Mistake {
        /// The file.
        path: PathBuf,
        /// Where.
        position: Position,
        /// What is wrong there.
        message: String,
    },
}

impl Hint for ProjectExtensionsError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::File(error) => error.kind(),
            Self::Mistake { .. } => ErrorKind::Invalid,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::File(error) => error.hint(),
            Self::Mistake { .. } => Some(
                "correct it there: it has `disabled`, a list of extensions' ids, and nothing else"
                    .into(),
            ),
        }
    }
}

impl ProjectExtensions {
    /// Reads what the project in a folder does without: nothing where it has no such file. Blocks for as long as a small
    /// file takes to be read.
    ///
    /// # Errors
    /// [`ProjectExtensionsError`] where the file cannot be read, other users can change it, or it has a mistake, with
    /// its place.
    pub fn read(project: &Path) -> Result<Self, ProjectExtensionsError> {
        let file = Self::file_of(project);
        let disabled = match fs::read_user_file(&file, MOST_BYTES)? {
            Some(text) => parse(&file, &text)?.disabled,
            None => BTreeSet::new(),
        };
        Ok(Self { file, disabled })
    }

    /// The file of the project in a folder, whether it is there or not.
    pub fn file_of(project: &Path) -> PathBuf {
        project.join(FILE)
    }

    /// The file, whether it is there or not.
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// Whether the project does without an extension.
    pub fn is_disabled(&self, id: &ExtensionId) -> bool {
        self.disabled.contains(id)
    }

    /// The extensions that the project does without, sorted.
    pub fn disabled(&self) -> impl Iterator<Item = &ExtensionId> {
        self.disabled.iter()
    }

    /// Refuses an extension that the project does without: to be called before one is started by its id.
    ///
    /// # Errors
    /// [`StoreError::DisabledInProject`].
    pub fn refuse_disabled(&self, id: &ExtensionId) -> Result<(), StoreError> {
        match self.is_disabled(id) {
            true => Err(StoreError::DisabledInProject {
                id: id.clone(),
                file: self.file.clone(),
            }),
            false => Ok(()),
        }
    }

    /// Has the project in a folder do without extensions, or takes them back, whether they are installed or not. The
    /// rest of the file stays as it is written; the file and its folder are made where they are missing. Others wait for
    /// their turn, so that no change is lost. Gives what the file says then.
    ///
    /// # Errors
    /// As [`Self::read`], and where it cannot be written.
    #[cfg(feature = "grants-editing")]
    pub fn change(
        project: &Path,
        ids: &[ExtensionId],
        disabled: bool,
    ) -> Result<Self, ProjectExtensionsError> {
        let file = project.join(FILE);
        refuse_links(&file)?;
        fs::edit_user_file(&file, MOST_BYTES, |text| {
            let text = text.unwrap_or_default();
            let known = parse(&file, text)?.disabled;
            let differs = |id: &&ExtensionId| known.contains(*id) != disabled;
            let differing: Vec<&ExtensionId> = ids.iter().filter(differs).collect();
            if differing.is_empty() {
                return Ok(None);
            }
            let new = edit::changed(text, &differing, disabled).map_err(|error| {
                let offset = error.span().map_or(0, |span| span.start);
                mistake(&file, text, offset, error.message())
            })?;
            // Whatever happens to the text, nothing is written that would not be read again.
            parse(&file, &new)?;
            Ok::<_, ProjectExtensionsError>(Some(new))
        })?;
        Self::read(project)
    }
}

/// Refuses a link in the place of the file or its folder: a stranger's project could have one to a file of the user's.
#[cfg(feature = "grants-editing")]
fn refuse_links(file: &Path) -> Result<(), UserFileError> {
    let is_link = |path: &&Path| fs::symlink_metadata(path).is_ok_and(|it| it.is_symlink());
    match [Some(file), file.parent()]
        .into_iter()
        .flatten()
        .find(is_link)
    {
        Some(link) => {
            let problem = "it is a link, which may lead anywhere";
            let source = std::io::Error::new(std::io::ErrorKind::InvalidInput, problem);
            Err(fs::Error::new("write through", link, source).into())
        }
        None => Ok(()),
    }
}

fn parse(file: &Path, text: &str) -> Result<Written, ProjectExtensionsError> {
    toml::from_str(text).map_err(|error| {
        let offset = error.span().map_or(0, |span| span.start);
        mistake(file, text, offset, error.message())
    })
}

fn mistake(file: &Path, text: &str, offset: usize, message: &str) -> ProjectExtensionsError {
    ProjectExtensionsError::Mistake {
        path: file.to_path_buf(),
        position: Position::of(text.as_bytes(), offset),
        message: message.to_owned(),
    }
}

#[cfg(feature = "grants-editing")]
mod edit {
    use toml_edit::{Array, DocumentMut, Item, TomlError, Value};

    use crate::base::types::ExtensionId;

    /// The key of the list.
    const DISABLED: &str = "disabled";

    /// The text with extensions added to the list, or taken out of it.
    pub(super) fn changed(
        text: &str,
        ids: &[&ExtensionId],
        disabled: bool,
    ) -> Result<String, TomlError> {
        let mut document: DocumentMut = text.parse()?;
        let item = document
            .entry(DISABLED)
            .or_insert_with(|| Item::Value(Value::Array(Array::new())));
        // It was read as a list before.
        if let Some(list) = item.as_array_mut() {
            let is_one = |value: &Value| ids.iter().any(|id| value.as_str() == Some(id.as_str()));
            match disabled {
                true => ids.iter().for_each(|id| list.push(id.as_str())),
                false => list.retain(|value| !is_one(value)),
            }
        }
        Ok(document.to_string())
    }
}
