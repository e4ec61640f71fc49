//! Failures of reading a Git repository. What git and servers say is shown escaped and cut.

use std::{io, time::Duration};

use crate::base::{
    fs,
    hint::{ErrorKind, Hint},
    printable::printable,
    task::TaskError,
    types::{GitAddress, GitFolder, GitRevision},
};
use crate::package::archive::PathError;

/// The reason why a repository cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GitError {
    /// There is no `git` on the `PATH`.
    #[error("`git` is not installed")]
    Missing,
    /// It lacks what every version since 2.20 has.
    #[error("`git` is too old: {}", printable(.version))]
    Old {
        /// The version that it says of itself.
        version: String,
    },
    /// Its objects are named by SHA-256.
    #[error("`{address}` has objects that are named by SHA-256, which is not supported")]
    Sha256 {
        /// The repository.
        address: GitAddress,
    },
    /// It cannot be started.
    #[error("`git` cannot be started")]
    Start(#[source] io::Error),
    /// No connection may be opened.
    #[error("`{address}` is not asked: no connection may be opened")]
    Offline {
        /// The repository.
        address: GitAddress,
    },
    /// Whoever is on the way could read and change what comes.
    #[error("`{address}` is read over plain `http`, which anyone on the way can change")]
    Plain {
        /// The repository.
        address: GitAddress,
    },
    /// It is a file of this machine, and the user has not named it.
    #[error("`{address}` is a folder of this machine, which only the user may name")]
    File {
        /// The repository.
        address: GitAddress,
    },
    /// It is the address of a link or of a cloud's metadata.
    #[error("`{address}` is at an address that is never asked")]
    Never {
        /// The repository.
        address: GitAddress,
    },
    /// The server wants credentials, or others.
    #[error("`{address}` does not let this user in: {}", printable(.output))]
    Denied {
        /// The repository.
        address: GitAddress,
        /// The output of git.
        output: String,
    },
    /// There is no such repository, or none that this user may see.
    #[error("there is no repository at `{address}`, or not for this user: {}", printable(.output))]
    NoRepository {
        /// The repository.
        address: GitAddress,
        /// The output of git.
        output: String,
    },
    /// The server cannot be reached.
    #[error("`{address}` cannot be reached: {}", printable(.output))]
    Unreachable {
        /// The repository.
        address: GitAddress,
        /// The output of git.
        output: String,
    },
    /// Git neither said nor wrote anything.
    #[error("`{address}` was silent for {} seconds", .limit.as_secs())]
    Silent {
        /// The repository.
        address: GitAddress,
        /// The longest time it might be.
        limit: Duration,
    },
    /// Git has taken too long in all.
    #[error("`{address}` has taken longer than {} minutes", .limit.as_secs() / 60)]
    TooSlow {
        /// The repository.
        address: GitAddress,
        /// How long it might take.
        limit: Duration,
    },
    /// There is more than is fetched.
    #[error("`{address}` sends more than {limit} bytes for one commit")]
    TooLarge {
        /// The repository.
        address: GitAddress,
        /// The most bytes that are fetched.
        limit: u64,
    },
    /// Git failed for a reason that is not known here.
    #[error("git cannot read `{address}`: {}", printable(.output))]
    Failed {
        /// The repository.
        address: GitAddress,
        /// The output of git.
        output: String,
    },
    /// Git's answer has not the form that it always has.
    #[error("git's answer cannot be read: {problem}")]
    Answer {
        /// The problem, as the rest of a sentence.
        problem: &'static str,
    },
    /// No tag and no branch has this name.
    #[error("`{address}` has no tag and no branch `{}`", printable(.name))]
    NoReference {
        /// The repository.
        address: GitAddress,
        /// The name.
        name: String,
        /// The nearest names that it has.
        nearest: Vec<String>,
    },
    /// A tag and a branch have this name.
    #[error("`{address}` has a tag and a branch `{}`", printable(.name))]
    Ambiguous {
        /// The repository.
        address: GitAddress,
        /// The name.
        name: String,
    },
    /// It has no branch that it calls its default one, or one of a name that is not allowed.
    #[error("`{address}` names no default branch")]
    NoDefault {
        /// The repository.
        address: GitAddress,
    },
    /// It has no such commit.
    #[error("`{address}` has no commit `{revision}`, or does not hand it out")]
    NoRevision {
        /// The repository.
        address: GitAddress,
        /// The commit.
        revision: GitRevision,
    },
    /// There is no extension's manifest where it is asked for.
    #[error("the commit `{}` has no extension {}", .revision.short(), place(.folder.as_ref()))]
    NoExtension {
        /// The commit.
        revision: GitRevision,
        /// The folder; `None` where it was the whole.
        folder: Option<GitFolder>,
        /// A folder of it in which there is an extension's manifest.
        other: Option<String>,
    },
    /// It has something that is not taken.
    #[error("`{}` cannot be taken: {problem}", printable(.path))]
    Entry {
        /// Its path in the repository.
        path: String,
        /// Why not.
        problem: EntryProblem,
    },
    /// It has too many files, or they have too many bytes.
    #[error("the commit has more than {most} {what}")]
    Limit {
        /// The thing counted.
        what: &'static str,
        /// The most there may be.
        most: u64,
    },
    /// A file cannot be written or read here.
    #[error(transparent)]
    Write(#[from] fs::Error),
    /// The work has come to no end.
    #[error(transparent)]
    Task(#[from] TaskError),
}

/// The reason why something in a repository is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EntryProblem {
    /// Its path is refused, as in an archive.
    #[error("{0}")]
    Path(#[from] PathError),
    /// Its path is not text.
    #[error("its name is not UTF-8")]
    NotText,
    /// It has the name of Git's own folder.
    #[error("a name like `.git` belongs to Git itself")]
    Git,
    /// It is a submodule.
    #[error("it is a submodule, and those are not fetched")]
    Submodule,
    /// Git LFS keeps its content elsewhere.
    #[error("its content is kept by Git LFS, from which nothing is fetched")]
    Lfs,
    /// It is a link that leads to no file of the repository.
    #[error("it is a link to `{}`, which is no file of the repository", printable(.0))]
    Link(String),
    /// It is something that Git has no name for.
    #[error("it has the mode `{}`", printable(.0))]
    Mode(String),
}

fn place(folder: Option<&GitFolder>) -> String {
    match folder {
        Some(folder) => format!("in `{}`", printable(folder.as_str())),
        None => "at its top".into(),
    }
}

impl Hint for GitError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NoRepository { .. }
            | Self::NoReference { .. }
            | Self::NoDefault { .. }
            | Self::NoRevision { .. }
            | Self::NoExtension { .. } => ErrorKind::NotFound,
            Self::Old { .. } | Self::Sha256 { .. } => ErrorKind::Incompatible,
            Self::Start(_) => ErrorKind::Io,
            Self::Offline { .. }
            | Self::Unreachable { .. }
            | Self::Silent { .. }
            | Self::TooSlow { .. } => ErrorKind::Network,
            Self::Plain { .. } | Self::File { .. } | Self::Never { .. } | Self::Denied { .. } => {
                ErrorKind::Refused
            }
            Self::TooLarge { .. } | Self::Limit { .. } => ErrorKind::Limit,
            Self::Missing | Self::Failed { .. } | Self::Answer { .. } => ErrorKind::Program,
            Self::Ambiguous { .. } | Self::Entry { .. } => ErrorKind::Invalid,
            Self::Write(error) => error.kind(),
            Self::Task(_) => ErrorKind::Internal,
        }
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Missing => "install Git, of version 2.20 or later".into(),
            Self::Old { .. } => "install Git of version 2.20 or later".into(),
            Self::Sha256 { .. } => "ask its author for an archive".into(),
            Self::Start(_) | Self::Answer { .. } | Self::Task(_) => return None,
            Self::Offline { .. } => "leave out `--offline` and `--frozen`".into(),
            Self::Plain { .. } => {
                "use the address with `https://`, or say `--insecure` if that is what you want"
                    .into()
            }
            Self::File { .. } => "name it yourself: `annexe install git+file://…`".into(),
            Self::Never { .. } => "it belongs to this machine's link or its cloud".into(),
            Self::Denied { address, .. } | Self::NoRepository { address, .. } => format!(
                "look at the address; where it is private, have Git keep your credentials for it: `git ls-remote {address}` must answer without a question"
            ),
            Self::Unreachable { .. } | Self::Silent { .. } | Self::TooSlow { .. } => {
                "look at the address and the connection, then run the same command again".into()
            }
            Self::TooLarge { .. } | Self::Limit { .. } => {
                "an extension is smaller: ask its author for an archive".into()
            }
            Self::Failed { address, .. } => {
                format!("see whether `git ls-remote {address}` answers")
            }
            Self::NoReference { nearest, .. } => match nearest.as_slice() {
                [] => "name a tag, a branch, or a commit with all of its digits".into(),
                nearest => format!(
                    "it has {}",
                    nearest
                        .iter()
                        .map(|name| format!("`{}`", printable(name)))
                        .collect::<Vec<_>>()
                        .join(", ")
                ),
            },
            Self::Ambiguous { name, .. } => format!(
                "name the one you mean: `#refs/tags/{0}` or `#refs/heads/{0}`",
                printable(name)
            ),
            Self::NoDefault { .. } => "name a tag or a branch: `#v1.0.0`".into(),
            Self::NoRevision { .. } => "look at its digits, or name a tag or a branch".into(),
            Self::NoExtension {
                other: Some(other), ..
            } => format!(
                "there is one in `{0}`: give that behind a `:`, as in `#main:{0}`",
                printable(other)
            ),
            Self::NoExtension { other: None, .. } => {
                "give the path of the folder with its `extension.toml`, behind a `:`".into()
            }
            Self::Entry { .. } => "ask its author for an archive, or to mend the repository".into(),
            Self::Write(error) => return error.hint(),
        })
    }
}

impl Hint for EntryProblem {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Invalid
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Path(error) => error.hint(),
            _ => Some("ask the repository's author to mend it".into()),
        }
    }
}
