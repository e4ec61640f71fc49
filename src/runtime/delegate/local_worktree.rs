//! A worktree that is a folder of this machine: what the command uses, and an embedder may.

use std::{
    io::Read as _,
    path::{Path, PathBuf},
};

use async_trait::async_trait;

use super::{DelegateError, MAX_TEXT_BYTES, WorktreeDelegate};
use crate::base::{
    fs,
    search_path::{SearchPath, is_name},
    types::EnvironmentVariables,
};

/// A folder of this machine as a worktree, with the environment that its shell is said to have. A file
/// is read through links only as long as they stay in the folder.
#[derive(Debug, Clone)]
pub struct LocalWorktree {
    id: u64,
    root: PathBuf,
    environment: EnvironmentVariables,
}

impl LocalWorktree {
    /// A worktree over a folder. `environment` is what the guest sees as the shell's, and its `PATH`
    /// is where programs are looked up; the library itself reads no environment variable.
    pub fn new(id: u64, root: impl Into<PathBuf>, environment: EnvironmentVariables) -> Self {
        Self {
            id,
            root: root.into(),
            environment,
        }
    }

    fn variable(&self, name: &str) -> Option<&str> {
        let found = self
            .environment
            .iter()
            .rev()
            .find(|(variable, _)| variable == name);
        found.map(|(_, value)| value.as_str())
    }
}

#[async_trait]
impl WorktreeDelegate for LocalWorktree {
    fn id(&self) -> u64 {
        self.id
    }

    fn root_path(&self) -> String {
        self.root.to_string_lossy().into_owned()
    }

    async fn read_text_file(&self, path: &str) -> Result<String, DelegateError> {
        let (root, file) = (self.root.clone(), self.root.join(path));
        let read = tokio::task::spawn_blocking(move || read_text_file(&root, &file));
        read.await.map_err(DelegateError::new)?
    }

    async fn which(&self, program: &str) -> Option<String> {
        // A name is not looked up in the worktree, which may be a stranger's, whatever the `PATH` says. A path is
        // one of it.
        let found = match is_name(program) {
            true => SearchPath::new(self.variable("PATH")?.as_ref()).find(program)?,
            false => which::which_in(program, None::<&str>, &self.root).ok()?,
        };
        Some(found.to_string_lossy().into_owned())
    }

    async fn shell_env(&self) -> EnvironmentVariables {
        self.environment.clone()
    }
}

fn read_text_file(root: &Path, file: &Path) -> Result<String, DelegateError> {
    let words = |error: fs::Error| {
        let cause = std::error::Error::source(&error).map(ToString::to_string);
        DelegateError::new(format_args!("{error}: {}", cause.unwrap_or_default()))
    };
    let refuse = |problem: &str| DelegateError::new(format_args!("`{}` {problem}", file.display()));
    // A link that leads out would let any folder that is opened show any file of its reader's.
    let resolved = fs::canonicalize(file).map_err(words)?;
    if !resolved.starts_with(fs::canonicalize(root).map_err(words)?) {
        return Err(refuse("is a link that leaves the worktree"));
    }
    // A pipe or a device could keep the guest waiting for ever.
    if !fs::metadata(&resolved).map_err(words)?.is_file() {
        return Err(refuse("is not a file"));
    }
    let mut text = String::new();
    fs::open_regular(&resolved)
        .map_err(words)?
        .take(MAX_TEXT_BYTES + 1)
        .read_to_string(&mut text)
        .map_err(|error| refuse(&format!("cannot be read as text: {error}")))?;
    if text.len() as u64 > MAX_TEXT_BYTES {
        return Err(refuse("is longer than a guest can take"));
    }
    Ok(text)
}
