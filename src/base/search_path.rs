//! The folders in which programs are looked up.

use std::{
    env,
    ffi::{OsStr, OsString},
    path::{Path, PathBuf},
};

/// The folders in which programs are looked up, in their order.
///
/// Only absolute ones: a relative or empty entry of a `PATH` means the current folder, whose programs may be a
/// stranger's.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SearchPath(Vec<PathBuf>);

impl SearchPath {
    /// The folders of a variable such as `PATH`.
    pub fn new(variable: &OsStr) -> Self {
        let folders = env::split_paths(variable);
        Self(folders.filter(|folder| folder.is_absolute()).collect())
    }

    /// The folders of the `PATH` of this process, which the programs that it starts inherit.
    pub fn of_process() -> Self {
        env::var_os("PATH").map_or_else(Self::default, |path| Self::new(&path))
    }

    /// The absolute path of the program of a name; `None` where there is none, and for what is not a name but a
    /// path. Links are kept: some version managers know by the name that was called what to run.
    pub fn find(&self, name: &str) -> Option<PathBuf> {
        if !is_name(name) {
            return None;
        }
        let mut found = which::which_in_global(name, Some(self.to_variable())).ok()?;
        found.find(|path| path.is_absolute())
    }

    /// The folders in the form of the variable `PATH`.
    pub fn to_variable(&self) -> OsString {
        // This cannot fail: the folders come from such a variable, or hold a program that was found.
        env::join_paths(&self.0).unwrap_or_default()
    }

    /// The folders without those that `is_left_out` says.
    pub(crate) fn without(&self, is_left_out: impl Fn(&Path) -> bool) -> Self {
        let folders = self.0.iter().filter(|folder| !is_left_out(folder));
        Self(folders.cloned().collect())
    }

    /// The folders, and those of another after them.
    pub(crate) fn before(mut self, other: &Self) -> Self {
        self.0.extend(other.0.iter().cloned());
        self
    }

    /// The folders with another before them.
    #[must_use]
    pub fn after(mut self, folder: &Path) -> Self {
        self.0.insert(0, folder.to_owned());
        self
    }
}

/// Whether a program is asked for by its name alone, to be looked up.
pub(crate) fn is_name(program: &str) -> bool {
    let parts = |character: char| {
        std::path::is_separator(character) || character == '\0' || cfg!(windows) && character == ':'
    };
    !program.is_empty() && program != "." && program != ".." && !program.contains(parts)
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_program_is_found_in_absolute_folders_alone() {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("tool");
        crate::base::fs::write_new(&program, b"#!/bin/sh\n").unwrap();
        std::fs::set_permissions(&program, PermissionsExt::from_mode(0o755)).unwrap();
        let text = folder.path().to_string_lossy();
        for variable in [format!("{text}"), format!(":.:bin:../x:{text}:")] {
            let path = SearchPath::new(variable.as_ref());
            assert_eq!(path.find("tool"), Some(program.clone()), "{variable}");
            assert_eq!(path.to_variable(), folder.path());
        }
        let path = SearchPath::new(text.as_ref().as_ref());
        for name in ["", ".", "..", "./tool", "tool/", "/tool", "no\0", "other"] {
            assert_eq!(path.find(name), None, "{name:?}");
        }
        // The tests of a crate run in its folder.
        for variable in ["", ".", ":", "src:tests"] {
            assert_eq!(SearchPath::new(variable.as_ref()), SearchPath::default());
        }
    }
}
