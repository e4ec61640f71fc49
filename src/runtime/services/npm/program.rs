//! The search for Node.js and npm.

use std::{
    ffi::OsString,
    path::{self, Path, PathBuf},
};

use super::{error::NodeError, options::NodeOptions};
use crate::base::{fs, search_path::SearchPath};

impl NodeOptions {
    /// The absolute path of the Node.js program. Links are kept: some version managers know by the name
    /// that was called what to run.
    pub(super) fn find_node(&self) -> Result<PathBuf, NodeError> {
        match &self.node {
            Some(path) => configured("Node.js", path),
            None => self
                .look_up("node")
                .ok_or(NodeError::Missing { program: "Node.js" }),
        }
    }

    /// The absolute path of the npm client.
    pub(super) fn find_npm(&self, node: &Path) -> Result<PathBuf, NodeError> {
        if let Some(path) = &self.npm {
            return configured("npm", path);
        }
        let folder = node.parent().unwrap_or(node).as_os_str();
        which::which_in_global("npm", Some(folder))
            .ok()
            .and_then(|mut found| found.next())
            .or_else(|| self.look_up("npm"))
            .ok_or(NodeError::Missing { program: "npm" })
    }

    fn look_up(&self, program: &str) -> Option<PathBuf> {
        SearchPath::new(self.search_path.as_ref()?).find(program)
    }

    /// The `PATH` of npm, which finds its own Node.js there, and that of the scripts of packages.
    pub(super) fn path_with(&self, node: &Path) -> Option<OsString> {
        let search_path = match &self.search_path {
            Some(variable) => SearchPath::new(variable),
            // It would be inherited, with what means the current folder.
            None => SearchPath::of_process(),
        };
        Some(search_path.after(node.parent()?).to_variable())
    }
}

fn configured(program: &'static str, path: &Path) -> Result<PathBuf, NodeError> {
    let is_file = fs::metadata(path).is_ok_and(|metadata| metadata.is_file());
    path::absolute(path)
        .ok()
        .filter(|_| is_file)
        .ok_or_else(|| NodeError::Misplaced {
            program,
            path: path.into(),
        })
}
