//! The folder that a server works on, as editors say it.

use std::path::{Path, PathBuf};

use serde_json::Value;
use url::Url;

use crate::base::fs;

/// The folders of an `initialize`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Root {
    /// The folder of the project, or the one in which the bridge was started.
    pub folder: PathBuf,
    /// Whether it is a project's: not the file system's root nor the user's home, which an editor names where it knows
    /// no better.
    pub is_project: bool,
    /// All folders of the workspace, that one among them.
    pub folders: Vec<PathBuf>,
}

impl Root {
    /// Finds the root: the first workspace folder, `rootUri`, `rootPath`, the current folder.
    pub(super) fn of_initialize(params: &Value, current: &Path, home: Option<&Path>) -> Self {
        let folders = workspace_folders(params.get("workspaceFolders"));
        let of_uri = || path_of_uri(params.get("rootUri")?.as_str()?);
        let of_path = || {
            let path = Path::new(params.get("rootPath")?.as_str()?);
            path.is_absolute().then(|| path.components().collect())
        };
        let folder = folders.first().cloned().or_else(of_uri).or_else(of_path);
        Self::at(folder.unwrap_or_else(|| current.to_owned()), folders, home)
    }

    /// A root that was named, among these folders of the workspace. `home` is the user's home, which is no project.
    pub fn at(folder: PathBuf, mut folders: Vec<PathBuf>, home: Option<&Path>) -> Self {
        if !folders.contains(&folder) {
            folders.insert(0, folder.clone());
        }
        let is_home = home.is_some_and(|home| home == folder);
        Self {
            is_project: folder.parent().is_some() && !is_home,
            folder,
            folders,
        }
    }
}

/// A folder, or the nearest above it that is there: an editor may name one that is not there yet, or not any more.
pub(super) fn existing(folder: &Path) -> &Path {
    let is_there = |it: &&Path| fs::metadata(it).is_ok_and(|it| it.is_dir());
    folder.ancestors().find(is_there).unwrap_or(folder)
}

/// The paths of a list of workspace folders.
pub(super) fn workspace_folders(folders: Option<&Value>) -> Vec<PathBuf> {
    let folders = folders.and_then(Value::as_array).into_iter().flatten();
    let path = |folder: &Value| path_of_uri(folder.get("uri")?.as_str()?);
    folders.filter_map(path).collect()
}

/// The path of a `file:` URI, without a slash at its end.
pub(super) fn path_of_uri(uri: &str) -> Option<PathBuf> {
    let path = Url::parse(uri).ok()?.to_file_path().ok()?;
    Some(path.components().collect())
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use serde_json::json;

    use super::*;

    fn root(params: Value) -> Root {
        Root::of_initialize(&params, Path::new("/current"), Some(Path::new("/home/me")))
    }

    #[test]
    fn the_first_that_says_anything_counts() {
        let all = json!({
            "workspaceFolders": [{ "uri": "file:///a%20b/c/", "name": "c" }, { "uri": "file:///d" }],
            "rootUri": "file:///e", "rootPath": "/f",
        });
        assert_eq!(root(all.clone()).folder, Path::new("/a b/c"));
        assert_eq!(root(all).folders.len(), 2);
        let no_folders =
            json!({ "workspaceFolders": [], "rootUri": "file:///e/", "rootPath": "/f" });
        assert_eq!(root(no_folders).folder, Path::new("/e"));
        // As Helix says it of a file outside of its workspace.
        let path = json!({ "workspaceFolders": [], "rootUri": null, "rootPath": "/f/g/" });
        assert_eq!(root(path).folder, Path::new("/f/g"));
        for nothing in [
            json!({}),
            json!({ "rootPath": "" }),
            json!({ "rootUri": "untitled:x" }),
        ] {
            assert_eq!(root(nothing).folder, Path::new("/current"));
        }
    }

    #[test]
    fn the_root_of_all_and_the_home_are_no_projects() {
        for (uri, is_project) in [
            ("file:///", false),
            ("file:///home/me/", false),
            ("file:///home/me/p", true),
        ] {
            assert_eq!(
                root(json!({ "rootUri": uri })).is_project,
                is_project,
                "{uri}"
            );
        }
    }
}
