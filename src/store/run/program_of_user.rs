//! The program that a user's settings name in the place of an extension's.

use std::path::{Path, PathBuf};

use super::language_server::ServerError;
use crate::{
    base::search_path::{SearchPath, is_name},
    runtime::delegate::SharedWorktree,
};

/// A program as the user's settings name it.
pub(super) struct ProgramOfUser<'a> {
    /// The name or path.
    pub(super) path: &'a str,
    /// The key of the settings that names it.
    pub(super) key: String,
    pub(super) worktree: &'a SharedWorktree,
    /// The user's home, which `~` is.
    pub(super) home: Option<&'a Path>,
}

impl ProgramOfUser<'_> {
    /// The program's path: `~` is the home, a relative path starts at the worktree, and a name alone is looked up on the
    /// worktree's `PATH`.
    ///
    /// # Errors
    /// [`ServerError::NotFound`] where a name is not there.
    pub(super) async fn resolve(&self) -> Result<String, ServerError> {
        let path = self.path;
        if let Some(home) = self.home
            && let Some(rest) = path.strip_prefix('~')
            && (rest.is_empty() || rest.starts_with(['/', std::path::MAIN_SEPARATOR]))
        {
            let path = home.join(rest.trim_start_matches(['/', std::path::MAIN_SEPARATOR]));
            return Ok(path.to_string_lossy().into_owned());
        }
        if !is_name(path) {
            let root = PathBuf::from(self.worktree.root_path());
            return Ok(root.join(Path::new(path)).to_string_lossy().into_owned());
        }
        // A name is not looked up in the project, which may be a stranger's.
        let environment = self.worktree.shell_env().await;
        let search = environment.iter().rev().find(|(name, _)| name == "PATH");
        let found = search.and_then(|(_, search)| SearchPath::new(search.as_ref()).find(path));
        let found = found.ok_or_else(|| ServerError::NotFound {
            program: path.to_owned(),
            key: self.key.clone(),
        })?;
        Ok(found.to_string_lossy().into_owned())
    }
}
