//! The worktree a call is about.

use super::{ServiceResult, of_length, path};
use crate::{base::types::EnvironmentVariables, runtime::delegate::SharedWorktree};

/// A worktree as the guest holds it during one call.
#[derive(Clone)]
pub struct Worktree(SharedWorktree);

impl std::fmt::Debug for Worktree {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_tuple("Worktree")
            .field(&self.0.root_path())
            .finish()
    }
}

impl Worktree {
    /// Wraps the embedder's worktree.
    pub fn new(delegate: SharedWorktree) -> Self {
        Self(delegate)
    }

    /// The editor's number of this worktree.
    pub fn id(&self) -> u64 {
        self.0.id()
    }

    /// The folder's path.
    pub fn root_path(&self) -> String {
        self.0.root_path()
    }

    /// The text of a file of the worktree.
    ///
    /// # Errors
    /// [`ServiceError::Path`](super::ServiceError::Path) for a path that is absolute or leaves the
    /// worktree, [`ServiceError::TooLong`](super::ServiceError::TooLong) for a string no guest can take;
    /// otherwise what the delegate answers.
    pub async fn read_text_file(&self, path: &str) -> ServiceResult<String> {
        let relative = path::worktree_relative(path)?;
        let text = self.0.read_text_file(&relative).await?;
        of_length(text, || format!("`{path}`"))
    }

    /// The path of a program, looked up for this worktree.
    pub async fn which(&self, program: &str) -> Option<String> {
        self.0.which(program).await
    }

    /// The environment of the worktree's shell: all of it, for the gate to look through.
    pub(super) async fn shell_env(&self) -> EnvironmentVariables {
        self.0.shell_env().await
    }
}
