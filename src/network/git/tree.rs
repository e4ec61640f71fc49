//! The judgement of a commit's files: which are taken, and which cannot be.

use std::collections::BTreeMap;

use super::{
    error::{EntryProblem, GitError},
    options::GitLimits,
};
use crate::{
    base::types::{GitFolder, GitRevision},
    package::archive::ArchivePath,
};

/// The most links that lead to one another.
const MOST_LINKS: usize = 8;

/// The manifests of an extension.
const MANIFESTS: [&str; 2] = ["extension.toml", "extension.json"];

/// The file by which a folder has the sources of a component.
const SOURCE: &str = "Cargo.toml";

/// Something outside the extension's folder that was not taken; a build that needs it will fail.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LeftOut {
    /// Its path in the repository. The author's text: escape it before showing it in a terminal.
    pub path: String,
    /// Why not.
    pub problem: EntryProblem,
}

/// A file's content, by its object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Blob {
    pub(super) object: String,
    pub(super) bytes: u64,
    pub(super) is_executable: bool,
}

/// The files of a commit that are taken.
#[derive(Debug, Default)]
pub(super) struct Tree {
    pub(super) files: BTreeMap<ArchivePath, Blob>,
    /// The links, each of which becomes a copy of the file that it leads to.
    pub(super) links: BTreeMap<ArchivePath, Blob>,
    pub(super) left_out: Vec<LeftOut>,
    /// The folder that what cannot be taken may not be in.
    folder: Option<GitFolder>,
}

/// One entry of `git ls-tree -r -l -z`.
struct Entry<'a> {
    mode: &'a str,
    object: &'a str,
    bytes: u64,
    path: &'a [u8],
}

impl Tree {
    /// Judges the answer of `git ls-tree -r -l -z`. Where the extension's folder has the sources of a component, all
    /// of the repository is taken, since a build may need any of it; else that folder alone.
    pub(super) fn read(
        answer: &[u8],
        revision: &GitRevision,
        folder: Option<&GitFolder>,
        limits: &GitLimits,
    ) -> Result<Self, GitError> {
        let entries = answer.split(|it| *it == 0).filter(|it| !it.is_empty());
        let entries: Vec<Entry<'_>> = entries
            .map(|entry| Entry::read(entry).ok_or(UNREADABLE))
            .collect::<Result<_, _>>()?;
        let has = |name: &str| {
            let wanted = in_folder(folder, name);
            entries.iter().any(|it| it.path == wanted.as_bytes())
        };
        if !MANIFESTS.iter().any(|it| has(it)) {
            return Err(GitError::NoExtension {
                revision: revision.clone(),
                folder: folder.cloned(),
                other: other_folder(&entries),
            });
        }
        let takes_all = folder.is_none() || has(SOURCE);
        let mut tree = Self {
            folder: folder.cloned(),
            ..Self::default()
        };
        let mut bytes = 0_u64;
        let mut count = 0;
        for entry in entries {
            let path = String::from_utf8_lossy(entry.path);
            if !takes_all && !tree.is_needed(&path) {
                continue;
            }
            count += 1;
            bytes = bytes.saturating_add(entry.bytes);
            check(count, bytes, limits)?;
            match entry.judge() {
                Ok((path, blob, true)) => drop(tree.links.insert(path, blob)),
                Ok((path, blob, false)) => drop(tree.files.insert(path, blob)),
                Err(problem) => tree.refuse(&path, problem)?,
            }
        }
        Ok(tree)
    }

    /// Puts in the place of each link the file that it leads to; `targets` are the links' contents.
    pub(super) fn follow(
        &mut self,
        targets: &BTreeMap<ArchivePath, String>,
        limits: &GitLimits,
    ) -> Result<(), GitError> {
        let mut followed = Vec::new();
        let mut refused = Vec::new();
        for link in self.links.keys() {
            match self.target(link, targets) {
                Some(blob) => followed.push((link.clone(), blob.clone())),
                None => {
                    let target = targets.get(link).cloned().unwrap_or_default();
                    refused.push((link.to_string(), EntryProblem::Link(target)));
                }
            }
        }
        for (path, problem) in refused {
            self.refuse(&path, problem)?;
        }
        self.files.extend(followed);
        let bytes = self
            .files
            .values()
            .fold(0_u64, |sum, it| sum.saturating_add(it.bytes));
        check(self.files.len(), bytes, limits)
    }

    /// The file that a link leads to, by way of others if need be.
    fn target(&self, link: &ArchivePath, targets: &BTreeMap<ArchivePath, String>) -> Option<&Blob> {
        let mut link = link.clone();
        for _ in 0..MOST_LINKS {
            let target = resolved(&link, targets.get(&link)?)?;
            match self.files.get(&target) {
                Some(blob) => return Some(blob),
                None => link = target,
            }
        }
        None
    }

    /// Within the extension's folder, what cannot be taken is an error; elsewhere it is left out.
    pub(super) fn refuse(&mut self, path: &str, problem: EntryProblem) -> Result<(), GitError> {
        let path = path.to_owned();
        match self.is_needed(&path) {
            true => Err(GitError::Entry { path, problem }),
            false => {
                self.left_out.push(LeftOut { path, problem });
                Ok(())
            }
        }
    }

    fn is_needed(&self, path: &str) -> bool {
        let Some(folder) = &self.folder else {
            return true;
        };
        let below = path.strip_prefix(folder.as_str());
        below.is_some_and(|below| below.is_empty() || below.starts_with('/'))
    }
}

const UNREADABLE: GitError = GitError::Answer {
    problem: "the list of a commit's files has another form",
};

fn check(files: usize, bytes: u64, limits: &GitLimits) -> Result<(), GitError> {
    if files > limits.files {
        return Err(GitError::Limit {
            what: "files",
            most: limits.files as u64,
        });
    }
    match bytes > limits.bytes {
        true => Err(GitError::Limit {
            what: "bytes",
            most: limits.bytes,
        }),
        false => Ok(()),
    }
}

fn in_folder(folder: Option<&GitFolder>, name: &str) -> String {
    match folder {
        Some(folder) => format!("{folder}/{name}"),
        None => name.to_owned(),
    }
}

/// The first folder that has an extension's manifest.
fn other_folder(entries: &[Entry<'_>]) -> Option<String> {
    entries.iter().find_map(|entry| {
        let path = std::str::from_utf8(entry.path).ok()?;
        let (folder, name) = path.rsplit_once('/')?;
        MANIFESTS.contains(&name).then(|| folder.to_owned())
    })
}

/// The target of a link from where the link lies, where that is in the repository.
fn resolved(link: &ArchivePath, target: &str) -> Option<ArchivePath> {
    if target.starts_with('/') {
        return None;
    }
    let mut parts: Vec<&str> = link.components().collect();
    parts.pop();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            part => parts.push(part),
        }
    }
    ArchivePath::parse(&parts.join("/")).ok()
}

impl<'a> Entry<'a> {
    /// `<mode> <type> <object> <size, right-aligned>\t<path>`.
    fn read(text: &'a [u8]) -> Option<Self> {
        let at = text.iter().position(|it| *it == b'\t')?;
        let (facts, path) = text.split_at_checked(at)?;
        let mut facts = std::str::from_utf8(facts).ok()?.split_ascii_whitespace();
        let (mode, _, object) = (facts.next()?, facts.next()?, facts.next()?);
        let is_digest = object.bytes().all(|it| it.is_ascii_hexdigit());
        Some(Self {
            mode,
            object: Some(object).filter(|_| is_digest)?,
            // Submodules have none.
            bytes: facts.next()?.parse().unwrap_or_default(),
            path: path.get(1..)?,
        })
    }

    /// The file, and whether it is a link.
    fn judge(&self) -> Result<(ArchivePath, Blob, bool), EntryProblem> {
        let is_link = match self.mode {
            "160000" => return Err(EntryProblem::Submodule),
            "120000" => true,
            mode if mode.starts_with("100") => false,
            mode => return Err(EntryProblem::Mode(mode.to_owned())),
        };
        let path = std::str::from_utf8(self.path).map_err(|_| EntryProblem::NotText)?;
        let path = ArchivePath::parse(path)?;
        if path.components().any(is_of_git) {
            return Err(EntryProblem::Git);
        }
        let blob = Blob {
            object: self.object.to_owned(),
            bytes: self.bytes,
            is_executable: self.mode == "100755",
        };
        Ok((path, blob, is_link))
    }
}

/// A name that some file system takes for `.git`.
fn is_of_git(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name == ".git" || name.starts_with("git~")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(mode: &str, path: &str) -> Vec<u8> {
        let kind = match mode {
            "160000" => "commit",
            _ => "blob",
        };
        let size = match mode {
            "160000" => "-",
            _ => "7",
        };
        format!("{mode} {kind} {} {size:>7}\t{path}\0", "a".repeat(40)).into_bytes()
    }

    fn read(entries: &[(&str, &str)], folder: Option<&str>) -> Result<Tree, GitError> {
        let answer: Vec<u8> = entries
            .iter()
            .flat_map(|(mode, path)| entry(mode, path))
            .collect();
        let folder = folder.map(|it| it.parse().unwrap());
        let revision = "1".repeat(40).parse().unwrap();
        Tree::read(&answer, &revision, folder.as_ref(), &GitLimits::default())
    }

    #[test]
    fn what_would_lead_out_or_run_is_refused_within_the_folder_and_left_out_elsewhere() {
        for (mode, path) in [
            ("160000", "vendored"),
            ("100644", ".git/hooks/post-checkout"),
            ("100644", "x/.GIT/config"),
            ("100644", "GIT~1/config"),
            ("100644", "../out"),
            ("100644", "a\\b"),
            ("100644", "con.txt"),
            ("100644", "a:b"),
            ("040000", "folder"),
        ] {
            let manifest = ("100644", "extension.toml");
            let error = read(&[manifest, (mode, path)], None).unwrap_err();
            assert!(matches!(error, GitError::Entry { .. }), "{path}: {error}");
            let all = [
                ("100644", "ext/extension.toml"),
                ("100644", "ext/Cargo.toml"),
                (mode, path),
            ];
            let tree = read(&all, Some("ext")).unwrap();
            assert_eq!((tree.left_out.len(), tree.files.len()), (1, 2), "{path}");
        }
    }

    #[test]
    fn a_link_is_the_file_that_it_leads_to() {
        let entries = [
            ("100644", "ext/extension.toml"),
            ("100644", "ext/Cargo.toml"),
            ("100644", "LICENSE"),
            ("120000", "ext/LICENSE"),
            ("120000", "ext/again"),
        ];
        for (target, is_taken) in [
            ("../LICENSE", true),
            ("./../LICENSE", true),
            ("../../LICENSE", false),
            ("/etc/passwd", false),
            ("..", false),
            ("missing", false),
            ("again", false),
        ] {
            let mut tree = read(&entries, Some("ext")).unwrap();
            let link = |path: &str| ArchivePath::parse(path).unwrap();
            let targets = BTreeMap::from([
                (link("ext/LICENSE"), target.to_owned()),
                (link("ext/again"), "LICENSE".to_owned()),
            ]);
            let followed = tree.follow(&targets, &GitLimits::default());
            assert_eq!(followed.is_ok(), is_taken, "{target}");
            assert_eq!(tree.files.contains_key(&link("ext/again")), is_taken);
        }
    }

    #[test]
    fn without_sources_the_folder_alone_is_taken_and_another_is_named() {
        let entries = [
            ("100644", "README.md"),
            ("100644", "ext/extension.toml"),
            ("100644", "extension/x"),
        ];
        let tree = read(&entries, Some("ext")).unwrap();
        assert_eq!(tree.files.len(), 1);
        let error = read(&entries, None).unwrap_err();
        assert!(
            matches!(&error, GitError::NoExtension { other: Some(other), .. } if other == "ext"),
            "{error}"
        );
        let few = GitLimits {
            files: 0,
            ..GitLimits::default()
        };
        let revision = "1".repeat(40).parse().unwrap();
        let answer = entry("100644", "extension.toml");
        assert!(Tree::read(&answer, &revision, None, &few).is_err());
    }
}
