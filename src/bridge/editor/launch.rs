//! The command line that an editor starts for a server.

use std::path::PathBuf;

use super::{error::EditorError, language::EditorServer};

/// The program that editors start, and what it must be told besides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Launch {
    /// The program's absolute path: an editor's `PATH` may be another one.
    pub program: PathBuf,
    /// The folder of installed extensions, where it is not the default one.
    pub store: Option<PathBuf>,
}

impl Launch {
    /// The program and the options that every command takes.
    ///
    /// # Errors
    /// [`EditorError::NotText`] where a path is not UTF-8: no configuration can say it.
    pub(super) fn command(&self) -> Result<Vec<String>, EditorError> {
        let text = |path: &PathBuf| match path.to_str() {
            Some(text) => Ok(text.to_owned()),
            None => Err(EditorError::NotText { path: path.clone() }),
        };
        let mut command = vec![text(&self.program)?];
        if let Some(store) = &self.store {
            command.extend(["--store".to_owned(), text(store)?]);
        }
        Ok(command)
    }
}

/// What stands behind [`Launch::command`] for a server.
pub(super) fn arguments(server: &EditorServer) -> Vec<String> {
    let mut arguments = vec!["lsp".to_owned(), server.id.clone()];
    if let Some(extension) = &server.extension {
        arguments.extend(["--extension".to_owned(), extension.clone()]);
    }
    arguments
}
