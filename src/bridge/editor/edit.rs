//! The edit of one file: what it is before and after, the difference for the user, and the writing.

use std::path::{Path, PathBuf};

use super::{
    error::EditorError,
    part::{Form, Place, Trouble},
};
use crate::base::fs;

/// The most bytes of a configuration.
const MOST_BYTES: u64 = 4 << 20;

/// The lines before and after a change that are shown with it.
const CONTEXT: usize = 3;

/// An edit of one file of the user's, which is not made yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileEdit {
    /// The file, links followed.
    path: PathBuf,
    /// What it has, `None` where it is not there.
    before: Option<String>,
    /// What it will have, `None` where it will not be there.
    after: Option<String>,
}

impl FileEdit {
    /// The edit that puts `body` into a file, or in the place of what was put there before.
    pub(super) fn put(
        path: &Path,
        form: Form,
        body: &str,
        place: Place,
    ) -> Result<Self, EditorError> {
        let (path, before) = read(path)?;
        let after = form.put(before.as_deref(), body, place);
        let after = after.map_err(|trouble| edited(&path, trouble))?;
        Ok(Self {
            path,
            before,
            after: Some(after),
        })
    }

    /// The edit that takes out of a file what was put into it.
    pub(super) fn take(path: &Path, form: Form) -> Result<Self, EditorError> {
        let (path, before) = read(path)?;
        let after = match &before {
            Some(text) => form.take(text).map_err(|trouble| edited(&path, trouble))?,
            None => None,
        };
        Ok(Self {
            path,
            before,
            after,
        })
    }

    /// The file, links followed.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What the file will have, `None` where it will not be there.
    pub fn after(&self) -> Option<&str> {
        self.after.as_deref()
    }

    /// What is to be done with the file.
    pub fn kind(&self) -> EditKind {
        match (&self.before, &self.after) {
            (before, after) if before == after => EditKind::Unchanged,
            (None, _) => EditKind::Create,
            (_, None) => EditKind::Remove,
            _ => EditKind::Change,
        }
    }

    /// The lines that go and come, with some around them, as `diff -u` shows them; empty where nothing changes.
    pub fn difference(&self) -> String {
        if self.kind() == EditKind::Unchanged {
            return String::new();
        }
        let lines = |text: &Option<String>| -> Vec<String> {
            let text = text.as_deref().unwrap_or_default();
            text.split_inclusive('\n').map(str::to_owned).collect()
        };
        let (old, new) = (lines(&self.before), lines(&self.after));
        let same = |pairs: &mut dyn Iterator<Item = (&String, &String)>| {
            pairs.take_while(|(old, new)| old == new).count()
        };
        let start = same(&mut old.iter().zip(&new));
        let end = same(&mut old[start..].iter().rev().zip(new[start..].iter().rev()));
        let first = start.saturating_sub(CONTEXT);
        let shown = |lines: &[String]| (lines.len() - end + CONTEXT).min(lines.len());
        let (old_last, new_last) = (shown(&old), shown(&new));
        let range = |last: usize| match last - first {
            0 => format!("{first},0"),
            count => format!("{},{count}", first + 1),
        };
        let path = self.path.display();
        let mut text = format!(
            "--- {path}\n+++ {path}\n@@ -{} +{} @@\n",
            range(old_last),
            range(new_last)
        );
        let mut show = |sign: char, lines: &[String]| {
            for line in lines {
                text.push(sign);
                text.push_str(line.trim_end_matches(['\r', '\n']));
                text.push('\n');
                if !line.ends_with('\n') {
                    text.push_str("\\ No newline at end of file\n");
                }
            }
        };
        show(' ', &old[first..start]);
        show('-', &old[start..old.len() - end]);
        show('+', &new[start..new.len() - end]);
        show(' ', &old[old.len() - end..old_last]);
        text
    }

    /// Makes the edit: as a whole, or not at all.
    ///
    /// # Errors
    /// Where the file is not any more as it was read, or cannot be written.
    pub fn make(&self) -> Result<(), EditorError> {
        if self.kind() == EditKind::Unchanged {
            return Ok(());
        }
        if let Some(folder) = self.path.parent() {
            fs::create_dir_all(folder)?;
        }
        let (path, now) = read(&self.path)?;
        if now != self.before {
            return Err(EditorError::Changed { path });
        }
        match &self.after {
            Some(text) => fs::replace_keeping_mode(&path, text.as_bytes())?,
            None => fs::remove_file(&path)?,
        }
        Ok(())
    }
}

/// The kind of an edit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum EditKind {
    /// It is made.
    Create,
    /// Its content changes.
    Change,
    /// It is removed, since nothing was in it but what this program had written.
    Remove,
    /// It stays as it is.
    Unchanged,
}

/// Reads a file of the user's, with its path without links; `None` where it is not there.
pub(super) fn read(path: &Path) -> Result<(PathBuf, Option<String>), EditorError> {
    match fs::metadata(path) {
        Err(error) if error.is_not_found() => {
            return match fs::symlink_metadata(path) {
                Ok(_) => Err(EditorError::DeadLink {
                    path: path.to_path_buf(),
                }),
                Err(_) => Ok((path.to_path_buf(), None)),
            };
        }
        found => found?,
    };
    let path = fs::canonicalize(path)?;
    let content = fs::read_bounded(&path, MOST_BYTES)?;
    match String::from_utf8(content) {
        Ok(text) => Ok((path, Some(text))),
        Err(_) => Err(EditorError::NotText { path }),
    }
}

fn edited(path: &Path, trouble: Trouble) -> EditorError {
    let (Trouble::Edited(line) | Trouble::Second(line) | Trouble::Endless(line)) = trouble;
    EditorError::Edited {
        path: path.to_path_buf(),
        line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FORM: Form = Form {
        comment: "#",
        editor: "helix",
        tail: "",
    };

    fn edit(before: Option<&str>, after: Option<&str>) -> FileEdit {
        FileEdit {
            path: "/x/file".into(),
            before: before.map(Into::into),
            after: after.map(Into::into),
        }
    }

    #[test]
    fn the_difference_is_shown_with_some_lines_around_it() {
        let before = "1\n2\n3\n4\n5\n6\n7\n8\n9";
        let after = before.replace("5\n", "five\nfünf\n");
        let difference = edit(Some(before), Some(&after)).difference();
        assert_eq!(
            difference,
            "--- /x/file\n+++ /x/file\n@@ -2,7 +2,8 @@\n 2\n 3\n 4\n-5\n+five\n+fünf\n 6\n 7\n 8\n"
        );
        let difference = edit(None, Some("a")).difference();
        assert!(
            difference.ends_with("@@ -0,0 +1,1 @@\n+a\n\\ No newline at end of file\n"),
            "{difference}"
        );
        assert_eq!(edit(Some("a"), Some("a")).difference(), "");
        let difference = edit(Some("a\na\n"), Some("a\na\na\n")).difference();
        assert!(difference.ends_with(" a\n a\n+a\n"), "{difference}");
    }

    #[test]
    fn a_file_is_made_changed_and_removed_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/file");
        let put = |body| FileEdit::put(&path, FORM, body, Place::End).unwrap();
        let kinds = [EditKind::Create, EditKind::Unchanged];
        for kind in kinds {
            let edit = put("one");
            assert_eq!(edit.kind(), kind);
            edit.make().unwrap();
        }
        assert_eq!(put("two").kind(), EditKind::Change);
        let late = put("two");
        put("three").make().unwrap();
        let error = late.make().unwrap_err();
        assert!(matches!(error, EditorError::Changed { .. }), "{error}");
        let take = FileEdit::take(&path, FORM).unwrap();
        assert_eq!(take.kind(), EditKind::Remove);
        take.make().unwrap();
        assert!(fs::metadata(&path).is_err());
        let take = FileEdit::take(&path, FORM).unwrap();
        assert_eq!(take.kind(), EditKind::Unchanged);
    }

    #[cfg(unix)]
    #[test]
    #[allow(clippy::disallowed_methods, reason = "a test makes links")]
    fn a_link_is_followed_and_one_to_nothing_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let (link, file) = (folder.path().join("link"), folder.path().join("dotfiles"));
        std::os::unix::fs::symlink("dotfiles", &link).unwrap();
        let put = || FileEdit::put(&link, FORM, "one", Place::End);
        let error = put().unwrap_err();
        assert!(matches!(error, EditorError::DeadLink { .. }), "{error}");
        fs::write_new(&file, b"mine\n").unwrap();
        put().unwrap().make().unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        let text = String::from_utf8(fs::read(&file).unwrap()).unwrap();
        assert!(text.starts_with("mine\n") && text.contains("one"), "{text}");
        FileEdit::take(&link, FORM).unwrap().make().unwrap();
        assert_eq!(fs::read(&file).unwrap(), b"mine\n");
    }
}
