//! A program as it is asked for, and the file that runs.

use std::path::{Path, PathBuf};

use crate::base::{
    fs,
    search_path::{SearchPath, is_name},
};

/// A program that an extension asks for, resolved to the file that runs before it is compared with a pattern.
///
/// - A name is looked up on the search path of the host, never where a guest says.
/// - What a manifest lists is asked for in the manifest's own words; the other rules are those of grants.
/// - A pattern that is a name stands for the program that this name has on the search path, asked for by the name or
///   by its path. A file of the extension's own folder is never meant by it, whatever it is called.
/// - A pattern that is a path stands for the file there, and for what is asked for in the same words.
/// - What denies goes further: a name denies every file that is called so, and either denies what leads there by a
///   link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    asked: String,
    file: Option<PathBuf>,
    /// The name by which the host finds the file.
    name: Option<String>,
    search: SearchPath,
}

impl Program {
    /// Resolves what is asked for. A relative path starts at `folder`, which is the extension's own.
    pub fn find(asked: &str, folder: &Path, search: &SearchPath) -> Self {
        let is_own = lies_in(folder);
        let mut this = Self {
            asked: asked.to_owned(),
            file: None,
            name: None,
            search: Self::search_outside(folder, search),
        };
        if is_name(asked) {
            this.file = this.search.find(asked);
            this.name = Some(asked.to_owned());
        } else if !asked.is_empty() && !asked.contains('\0') {
            let path = fs::normal(&folder.join(asked));
            // Started by this path, no folder on the way to it can become a link to another.
            let file = place(&folder.join(asked));
            let name = file.file_name().and_then(|name| name.to_str());
            let found = name.and_then(|name| this.search.find(name));
            if !is_own(&path) && found.is_some_and(|found| place(&found) == file) {
                this.name = name.map(str::to_owned);
            }
            this.file = Some(file);
        }
        this
    }

    /// The program in the words in which it was asked for.
    pub fn asked(&self) -> &str {
        &self.asked
    }

    /// The folders in which programs are looked up for an extension: none of its own `folder`.
    pub(crate) fn search_outside(folder: &Path, search: &SearchPath) -> SearchPath {
        let is_own = lies_in(folder);
        search.without(|folder| is_own(&folder.join("any")))
    }

    /// The absolute path of the file that runs; `None` where there is no program of the name.
    pub fn file(&self) -> Option<&Path> {
        self.file.as_deref()
    }

    /// Whether a pattern of a manifest stands for it.
    pub(super) fn is_listed_as(&self, pattern: &str) -> bool {
        pattern == "*" || self.asked == pattern
    }

    /// Whether a pattern that allows stands for it.
    pub(super) fn is_meant_by(&self, pattern: &str) -> bool {
        if is_name(pattern) {
            return pattern == "*" || self.name.as_deref() == Some(pattern);
        }
        let is_literal = self.asked == pattern && !is_name(&self.asked);
        is_literal || self.is_at(pattern, place)
    }

    /// Whether a pattern that denies stands for it.
    pub(super) fn is_denied_by(&self, pattern: &str) -> bool {
        if self.is_meant_by(pattern) || self.asked == pattern {
            return true;
        }
        // A file that the host itself finds by its name may be one that serves many names, by links to it.
        let is_elsewhere = self.name.is_none();
        if !is_name(pattern) {
            return is_elsewhere && self.is_at(pattern, resolved);
        }
        let file = self.file.as_deref();
        let is_called_so = file.and_then(Path::file_name).is_some_and(|name| {
            let name = name.to_string_lossy();
            is_same_name(&name, pattern)
        });
        let denied = self.search.find(pattern);
        is_called_so
            || is_same_name(&self.asked, pattern)
            || is_elsewhere
                && file
                    .zip(denied)
                    .is_some_and(|(file, denied)| resolved(file) == resolved(&denied))
    }

    /// Whether the file is the one of an absolute path, both as `known` knows them.
    fn is_at(&self, path: &str, known: fn(&Path) -> PathBuf) -> bool {
        let path = Path::new(path);
        path.is_absolute() && self.file.as_deref().map(known) == Some(known(path))
    }
}

/// Whether two names are of one program. Where file names have no case and programs an ending, both count for nothing.
fn is_same_name(name: &str, other: &str) -> bool {
    if cfg!(windows) {
        let stem = |name: &str| {
            Path::new(name)
                .with_extension("")
                .to_string_lossy()
                .to_lowercase()
        };
        return stem(name) == stem(other);
    }
    match cfg!(target_os = "macos") {
        true => name.eq_ignore_ascii_case(other),
        false => name == other,
    }
}

/// Tells of a path whether it lies in a folder.
fn lies_in(folder: &Path) -> impl Fn(&Path) -> bool {
    let own = fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned());
    move |path| path.starts_with(folder) || place(path).starts_with(&own)
}

/// A file's path without links on the way to it. Its own name stays: many programs do what they are called.
fn place(path: &Path) -> PathBuf {
    let folder = path
        .parent()
        .and_then(|folder| fs::canonicalize(folder).ok());
    match (folder, path.file_name()) {
        (Some(folder), Some(name)) => folder.join(name),
        _ => fs::normal(path),
    }
}

/// A file's path without any link.
fn resolved(path: &Path) -> PathBuf {
    fs::canonicalize(path).unwrap_or_else(|_| place(path))
}

#[cfg(test)]
impl From<&str> for Program {
    /// A program of which only the name or path is known.
    fn from(asked: &str) -> Self {
        Self::find(asked, Path::new("/no/such/folder"), &SearchPath::default())
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    struct Machine {
        folder: tempfile::TempDir,
        search: SearchPath,
    }

    impl Machine {
        /// `usr/git` and `usr/many`, to which `usr/one` leads, on the search path; `bin` leads to `usr`; a `work` folder
        /// with a `git` of its own.
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let root = fs::canonicalize(folder.path()).unwrap();
            for file in ["usr/git", "usr/many", "other/git", "work/git", "work/x"] {
                let path = root.join(file);
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write_new(&path, b"#!/bin/sh\n").unwrap();
                std::fs::set_permissions(&path, PermissionsExt::from_mode(0o755)).unwrap();
            }
            symlink(root.join("usr"), root.join("bin")).unwrap();
            symlink("many", root.join("usr/one")).unwrap();
            symlink(root.join("usr"), root.join("work/link")).unwrap();
            symlink(root.join("usr/git"), root.join("work/tool")).unwrap();
            let variable = format!(
                ".:{}:{}",
                root.join("work").display(),
                root.join("usr").display()
            );
            // Programs are not looked up in the extension's own folder either.
            let search = SearchPath::new(variable.as_ref());
            Self { folder, search }
        }

        fn path(&self, path: &str) -> String {
            let root = fs::canonicalize(self.folder.path()).unwrap();
            root.join(path).to_string_lossy().into_owned()
        }

        fn program(&self, asked: &str) -> Program {
            Program::find(asked, self.path("work").as_ref(), &self.search)
        }
    }

    #[test]
    fn a_name_means_the_hosts_own_program_however_it_is_spelled() {
        let machine = Machine::new();
        let absolute = |path: &str| machine.path(path);
        let program = |asked: &str| machine.program(asked);
        for (asked, runs, is_git) in [
            ("git", "usr/git", true),
            (&*absolute("usr/git"), "usr/git", true),
            (&*absolute("bin/git"), "usr/git", true),
            (&*absolute("usr/../bin/./git"), "usr/git", true),
            (&*absolute("other/git"), "other/git", false),
            (&*absolute("work/git"), "work/git", false),
            ("./git", "work/git", false),
            ("git/../git", "work/git", false),
            ("../work/git", "work/git", false),
            ("link/git", "usr/git", false),
            ("tool", "", false),
            ("./tool", "work/tool", false),
            ("one", "usr/one", false),
        ] {
            let program = program(asked);
            let runs = (!runs.is_empty()).then(|| PathBuf::from(absolute(runs)));
            assert_eq!(program.file(), runs.as_deref(), "{asked}");
            assert_eq!(program.is_meant_by("git"), is_git, "{asked}");
            assert!(program.is_meant_by("*"));
        }
        for nothing in ["", "GIT", "git\0", "git "] {
            assert!(!program(nothing).is_meant_by("git"), "{nothing:?}");
        }
    }

    #[test]
    fn a_path_means_its_file_and_its_own_words() {
        let machine = Machine::new();
        let program = |asked: &str| machine.program(asked);
        let usr_git = machine.path("usr/git");
        for asked in ["git", &*usr_git, &*machine.path("bin/git")] {
            assert!(program(asked).is_meant_by(&usr_git), "{asked}");
        }
        assert!(program("./x").is_meant_by("./x"));
        assert!(program("./x").is_meant_by(&machine.path("work/x")));
        assert!(!program("./x").is_meant_by("x"));
        assert!(!program("x").is_meant_by("./x"));
        assert!(program("/no/such/program").is_meant_by("/no/such/program"));
    }

    #[test]
    fn what_denies_a_name_denies_its_links_and_other_files_of_that_name() {
        let machine = Machine::new();
        let program = |asked: &str| machine.program(asked);
        for asked in [
            "git",
            "./git",
            "./tool",
            "link/git",
            &*machine.path("other/git"),
        ] {
            assert!(program(asked).is_denied_by("git"), "{asked}");
            assert!(!program(asked).is_denied_by("one"), "{asked}");
        }
        assert!(program("./tool").is_denied_by(&machine.path("bin/git")));
        // A program that does what it is called is another by another name.
        assert!(program("one").is_denied_by("one"));
        assert!(!program("one").is_denied_by("many"));
        assert!(!program(&machine.path("usr/one")).is_denied_by("many"));
    }
}
