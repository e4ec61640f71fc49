//! Git repositories, read with the user's own `git`: which tags and branches there are, and the files of one commit.
//!
//! Nothing of a repository runs. Git only fetches, into an empty repository of our own: there are no hooks in it, and it
//! has no work tree, so no filter, no `core.fsmonitor` and no attribute of the files means anything. The files are asked
//! for one by one and written here, under the rules of archives: no link is made, no submodule is fetched, and no path
//! leads out. What a server, a lockfile or a user names stands behind `--`, and never begins with a `-`.
//!
//! 1. `source` reads what was asked for, `options` says what git is given of this machine.
//! 2. `names` asks for the tags and branches, and finds the newer tag.
//! 3. `fetch` brings one commit, without its history where the server can.
//! 4. `tree` judges the files of the commit, `checkout` writes them.
//!
//! `command` is how each run of git looks, and its bounds; `workplace` the folder that it all happens in.
//!
//! # Credentials
//!
//! Git finds them as it always does: by its credential helpers, by an agent of `ssh`, by a program that asks in a window
//! (`GIT_ASKPASS`, `SSH_ASKPASS`) where [`GitOptions::environment`] has it. It never asks on the terminal.

mod checkout;
mod command;
mod error;
mod fetch;
mod names;
mod options;
mod source;
mod tree;
mod workplace;

use std::path::PathBuf;

use crate::base::{process::Launcher, search_path::SearchPath};

pub use self::{
    checkout::Checkout,
    error::{EntryProblem, GitError},
    names::Newer,
    options::{GIT_VARIABLES, GitLimits, GitOptions},
    source::{GitPoint, GitSource, ParseGitSourceError},
    tree::LeftOut,
};

/// A client of Git repositories, by way of the user's `git`. Its clones are one.
#[derive(Debug, Clone)]
pub struct GitClient {
    program: PathBuf,
    /// The folder of what is fetched.
    folder: PathBuf,
    options: GitOptions,
    launcher: Launcher,
}

impl GitClient {
    /// A client that works in `folder`, which is made where it is missing: each fetch in a folder of its own there,
    /// which goes when the [`Checkout`] does. What a killed process has left there, the next one removes.
    ///
    /// # Errors
    /// [`GitError::Missing`] where no `git` is on the `PATH`.
    pub fn new(folder: PathBuf, options: GitOptions) -> Result<Self, GitError> {
        let program = SearchPath::of_process().find("git");
        Ok(Self {
            program: program.ok_or(GitError::Missing)?,
            folder,
            options,
            launcher: Launcher::default(),
        })
    }
}
