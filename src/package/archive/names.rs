//! The names an archive has used so far, as a file system that ignores case and accents' spelling
//! would see them.

use std::collections::HashMap;

use unicode_normalization::UnicodeNormalization as _;

use super::{
    error::{Error, shown},
    limits::{Limit, Limits},
    path::ArchivePath,
};

/// A tree of names: each component hangs below its folder under its folded form, so memory grows
/// with the number of entries and not with the length of their paths.
#[derive(Debug, Default)]
pub(super) struct Names {
    nodes: HashMap<(u32, String), Node>,
    files: u64,
    folders: u64,
}

#[derive(Debug)]
struct Node {
    number: u32,
    spelling: String,
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    File,
    /// A folder that has an entry of its own.
    Folder,
    /// A folder that is known from a path through it alone.
    ImpliedFolder,
}

impl Names {
    /// Returns the number of files added.
    pub(super) fn files(&self) -> u64 {
        self.files
    }

    /// Returns the number of folders added or implied.
    pub(super) fn folders(&self) -> u64 {
        self.folders
    }

    /// Adds a file. The folders that must be created first are returned, outermost first.
    pub(super) fn add_file(
        &mut self,
        path: &ArchivePath,
        limits: &Limits,
    ) -> Result<Vec<String>, Error> {
        self.add(path, Kind::File, limits)
    }

    /// Adds a folder. The folders that must be created are returned, outermost first; the last is
    /// the folder itself, unless an earlier path implied it.
    pub(super) fn add_folder(
        &mut self,
        path: &ArchivePath,
        limits: &Limits,
    ) -> Result<Vec<String>, Error> {
        self.add(path, Kind::Folder, limits)
    }

    fn add(
        &mut self,
        path: &ArchivePath,
        kind: Kind,
        limits: &Limits,
    ) -> Result<Vec<String>, Error> {
        check_length(path, limits)?;
        let mut created = Vec::new();
        let mut parent = 0;
        let mut end = 0;
        for component in path.components() {
            end += component.len();
            // The prefix ends where a component does, so it is never cut inside a character.
            let prefix = path.as_str().get(..end).unwrap_or_default();
            let is_last = end == path.as_str().len();
            end += 1;

            let key = (parent, folded(component));
            let wanted = if is_last { kind } else { Kind::ImpliedFolder };
            if let Some(node) = self.nodes.get_mut(&key) {
                node.meet(component, wanted, prefix)?;
                parent = node.number;
                continue;
            }
            self.count(wanted, limits)?;
            if wanted != Kind::File {
                created.push(prefix.to_owned());
            }
            // Bounded by the limits on files and folders; the root is 0.
            let number = u32::try_from(self.nodes.len() + 1).unwrap_or(u32::MAX);
            self.nodes.insert(
                key,
                Node {
                    number,
                    spelling: component.to_owned(),
                    kind: wanted,
                },
            );
            parent = number;
        }
        Ok(created)
    }

    fn count(&mut self, kind: Kind, limits: &Limits) -> Result<(), Error> {
        let (count, limit, most) = match kind {
            Kind::File => (&mut self.files, Limit::Files, limits.files),
            Kind::Folder | Kind::ImpliedFolder => {
                (&mut self.folders, Limit::Folders, limits.folders)
            }
        };
        *count += 1;
        if *count > most {
            Err(Error::Limit { limit, most })
        } else {
            Ok(())
        }
    }
}

impl Node {
    /// A further entry goes through this node or ends at it.
    fn meet(&mut self, spelling: &str, wanted: Kind, path: &str) -> Result<(), Error> {
        let path = || shown(path.as_bytes());
        if self.spelling != spelling {
            return Err(Error::Duplicate { path: path() });
        }
        match (self.kind, wanted) {
            (Kind::Folder | Kind::ImpliedFolder, Kind::ImpliedFolder) => Ok(()),
            (Kind::ImpliedFolder, Kind::Folder) => {
                self.kind = Kind::Folder;
                Ok(())
            }
            (Kind::File, Kind::File) | (Kind::Folder, Kind::Folder) => {
                Err(Error::Duplicate { path: path() })
            }
            (Kind::File, _) | (_, Kind::File) => Err(Error::FileAndFolder { path: path() }),
        }
    }
}

fn check_length(path: &ArchivePath, limits: &Limits) -> Result<(), Error> {
    if path.as_str().len() > limits.path_bytes {
        return Err(Error::Limit {
            limit: Limit::PathBytes,
            most: limits.path_bytes as u64,
        });
    }
    if path.depth() > limits.depth {
        return Err(Error::Limit {
            limit: Limit::Depth,
            most: limits.depth as u64,
        });
    }
    Ok(())
}

/// Returns what is left of a name when neither case, nor the spelling of accents, nor variants of the same
/// letter count. Coarser than any file system: two names that some system takes for one must fold
/// to the same, two that fold to the same need not be taken for one.
pub(super) fn folded(component: &str) -> String {
    if component.is_ascii() {
        return component.to_ascii_lowercase();
    }
    let is_variation = |character: &char| matches!(character, '\u{fe00}'..='\u{fe0f}');
    // Up and down again, because `ß` and `ss` only meet in upper case.
    let upper = component
        .nfkd()
        .collect::<String>()
        .to_lowercase()
        .to_uppercase();
    upper
        .to_lowercase()
        .nfkc()
        .filter(|character| !is_variation(character))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn add_files(paths: &[&str]) -> Result<Names, Error> {
        let mut names = Names::default();
        for path in paths {
            names.add_file(&ArchivePath::parse(path).unwrap(), &Limits::default())?;
        }
        Ok(names)
    }

    #[test]
    fn names_that_some_system_takes_for_one_fold_to_the_same() {
        for (first, second) in [
            ("Extension.toml", "extension.TOML"),
            ("\u{e9}", "e\u{301}"),
            ("\u{c9}", "e\u{301}"),
            ("straße", "STRASSE"),
            ("STRAẞE", "strasse"),
            ("ﬁle", "file"),
            ("\u{212a}", "k"),
            ("ſ", "s"),
            ("σ", "ς"),
            ("ａ", "A"),
            ("x\u{fe0f}", "x"),
            ("İ", "i\u{307}"),
        ] {
            assert_eq!(folded(first), folded(second), "{first} {second}");
            assert!(matches!(
                add_files(&[first, second]),
                Err(Error::Duplicate { .. })
            ));
        }
        assert_ne!(folded("a"), folded("b"));
        assert_ne!(folded("e"), folded("é"));
    }

    #[test]
    fn a_folder_spelled_in_two_ways_is_refused() {
        assert!(add_files(&["a/b", "a/c", "b/b"]).is_ok());
        assert!(matches!(
            add_files(&["a/b", "A/c"]),
            Err(Error::Duplicate { .. })
        ));
        assert!(matches!(
            add_files(&["a", "a/b"]),
            Err(Error::FileAndFolder { .. })
        ));
        assert!(matches!(
            add_files(&["a/b", "a"]),
            Err(Error::FileAndFolder { .. })
        ));
    }

    #[test]
    fn each_folder_is_created_once_and_counted() {
        let mut names = Names::default();
        let mut created = |path: &str| {
            names
                .add_file(&ArchivePath::parse(path).unwrap(), &Limits::default())
                .unwrap()
        };
        assert_eq!(created("a/ä/c"), ["a", "a/ä"]);
        assert_eq!(created("a/ä/d"), [""; 0]);
        assert_eq!(created("a/b/c"), ["a/b"]);
        assert_eq!((names.files(), names.folders()), (3, 3));
    }
}
