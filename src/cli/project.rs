//! The project that a command is about, found as editors' scripts find it.

use std::path::{Path, PathBuf};

use super::{files, paths};

/// The files and folders that mark a project's folder: those of its settings, else those of its history.
const MARKERS: [&[&str]; 2] = [&[".annexe", ".zed"], &[".git", ".hg", ".jj", ".svn"]];

/// The project in the folder that the user has named, else that of the current folder. `None` in the home folder and the
/// file system's root, which are no projects.
///
/// # Errors
/// Where there is no such folder.
pub fn named_or_current(named: Option<&Path>) -> anyhow::Result<Option<PathBuf>> {
    let Some(named) = named else {
        return Ok(around(&files::folder(Path::new("."))?));
    };
    let folder = files::folder(named)?;
    let resolved = paths::resolved(&folder)?;
    Ok(can_be_project(&resolved, home().as_deref()).then_some(folder))
}

/// The project that a folder is in: of it and the folders above it, the nearest that has settings, else the nearest that
/// has a history, else the folder itself. `None` where that is the home folder or the file system's root.
pub fn around(folder: &Path) -> Option<PathBuf> {
    let folder = paths::resolved(folder).ok()?;
    root_of(&folder, home().as_deref())
}

/// The user's home folder, without links.
fn home() -> Option<PathBuf> {
    paths::resolved(&paths::home()?).ok()
}

fn root_of(folder: &Path, home: Option<&Path>) -> Option<PathBuf> {
    let can_be = |folder: &&Path| can_be_project(folder, home);
    let marked = MARKERS.iter().find_map(|markers| {
        let has_marker = |folder: &&Path| markers.iter().any(|it| files::exists(&folder.join(it)));
        // What is above the home folder is none of the user's.
        folder.ancestors().take_while(can_be).find(has_marker)
    });
    let root = marked.or(Some(folder).filter(can_be));
    root.map(Path::to_path_buf)
}

fn can_be_project(folder: &Path, home: Option<&Path>) -> bool {
    folder.parent().is_some() && home != Some(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_go_before_a_history_and_the_home_is_no_project() {
        let place = tempfile::tempdir().unwrap();
        let home = place.path().canonicalize().unwrap();
        let root = |folder: &str| root_of(&home.join(folder), Some(&home));
        for marker in [
            ".annexe",
            ".git",
            "set/.zed",
            "set/in/.git/x",
            "old/.git",
            "old/in/deep",
            "plain/in",
        ] {
            files::create_folders(&home.join(marker)).unwrap();
        }
        for (folder, expected) in [
            ("set/in", "set"),
            ("set", "set"),
            ("old/in/deep", "old"),
            ("old/not/there", "old"),
            ("plain/in", "plain/in"),
        ] {
            assert_eq!(root(folder), Some(home.join(expected)), "{folder}");
        }
        assert_eq!(root(""), None);
        let inner = home.join("plain");
        assert_eq!(root_of(&inner, Some(&inner)), None);
        assert_eq!(
            root_of(&inner.join("in"), Some(&inner)),
            Some(inner.join("in"))
        );
        assert_eq!(root_of(Path::new("/"), None), None);
    }
}
