//! The project a call is about.

use crate::runtime::delegate::SharedProject;

/// A project as the guest holds it during one call.
#[derive(Clone)]
pub struct Project(SharedProject);

impl std::fmt::Debug for Project {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_tuple("Project")
            .field(&self.0.worktree_ids())
            .finish()
    }
}

impl Project {
    /// Wraps the embedder's project.
    pub fn new(delegate: SharedProject) -> Self {
        Self(delegate)
    }

    /// The editor's numbers of the project's visible worktrees.
    pub fn worktree_ids(&self) -> Vec<u64> {
        self.0.worktree_ids()
    }
}
