//! Places in Git repositories: addresses, commits, and the names that point to them.
//!
//! What is read here may be a stranger's, as a lockfile is, and becomes words of a command line: it is read strictly,
//! and nothing of it can be taken for an option.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use url::Url;

use crate::base::hint::{ErrorKind, Hint};

/// The most bytes of an address, a name or a folder.
const MOST_BYTES: usize = 2048;

/// The address of a Git repository, without credentials: `https`, `ssh`, `file` or `http`. Two spellings of one
/// repository are two addresses, but for the case of the host, a default port and a `/` at the end.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct GitAddress(String);

/// The digest of a commit: 40 hexadecimal digits, or 64 in repositories that use SHA-256.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct GitRevision(String);

/// A name of a repository that points to a commit. Written in full: `refs/tags/v1.0.0`, `refs/heads/main`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum GitReference {
    /// A tag, by its short name.
    Tag(String),
    /// A branch, by its short name.
    Branch(String),
}

/// A folder of a repository: parts with `/` between them, none of which is `.`, `..` or Git's own.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct GitFolder(String);

/// The reason why a text names nothing in a Git repository.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseGitError {
    /// It is not the address of a repository.
    #[error("`{}` is not the address of a Git repository: {problem}", shown(.text))]
    Address {
        /// The text, without a password.
        text: String,
        /// The problem, as the rest of a sentence.
        problem: &'static str,
    },
    /// It is not a commit's digest.
    #[error("`{}` is not the digest of a commit", shown(.0))]
    Revision(String),
    /// It cannot be the name of a tag or a branch.
    #[error("`{}` is not the name of a tag or a branch", shown(.0))]
    Name(String),
    /// It is not a folder of a repository.
    #[error("`{}` is not a folder of a repository", shown(.0))]
    Folder(String),
}

/// A stranger's text in a message.
fn shown(text: &str) -> String {
    let mut shown: String = text
        .chars()
        .take(200)
        .flat_map(char::escape_debug)
        .collect();
    if text.chars().nth(200).is_some() {
        shown.push('…');
    }
    shown
}

impl Hint for ParseGitError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Invalid
    }

    fn hint(&self) -> Option<String> {
        Some(
            match self {
                Self::Address { .. } => {
                    "write `git+https://host/owner/repository`, or `git+ssh://git@host/owner/repository`"
                }
                Self::Revision(_) => "give all 40 digits, or the name of a tag or a branch",
                Self::Name(_) => {
                    "name a tag or a branch, `refs/tags/…` or `refs/heads/…` where both have the name"
                }
                Self::Folder(_) => {
                    "give its path from the top of the repository, such as `extensions/toml`"
                }
            }
            .into(),
        )
    }
}

impl FromStr for GitAddress {
    type Err = ParseGitError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let refused = |problem| {
            // A password stands before the last `@`; nobody is to read it in an error.
            let shown = match (text.split_once("://"), text.rsplit_once('@')) {
                (Some((scheme, _)), Some((_, rest))) => format!("{scheme}://…@{rest}"),
                _ => text.to_owned(),
            };
            Err(ParseGitError::Address {
                text: shown,
                problem,
            })
        };
        if text.len() > MOST_BYTES {
            return refused("it is too long");
        }
        // The reader of addresses leaves some of these out without a word.
        if text
            .chars()
            .any(|it| it.is_control() || it.is_whitespace() || it == '\\')
        {
            return refused("it has a space, a `\\` or a control character");
        }
        let Ok(url) = Url::parse(text) else {
            return refused("it cannot be read");
        };
        if !matches!(url.scheme(), "https" | "http" | "ssh" | "file") {
            return refused("it is read over `https`, `ssh` or `file`");
        }
        if url.query().is_some() || url.fragment().is_some() {
            return refused("it has a `?` or a `#`");
        }
        let is_step = |part: &str| {
            let part = part.to_ascii_lowercase().replace("%2e", ".");
            part == "." || part == ".."
        };
        if text.split('/').any(is_step) {
            return refused("it has a part `.` or `..`");
        }
        let is_file = url.scheme() == "file";
        match url.host_str() {
            // Git reads `%2d` as `-` there, and `%2e` as the `.` of an address that is never asked.
            Some(host) if host.contains('%') => return refused("its host has a `%`"),
            Some(host) if !is_file && !host.is_empty() && !host.starts_with('-') => {}
            None | Some("") if is_file => {}
            _ => return refused("it has no host that can be asked"),
        }
        if url.password().is_some() || (!url.username().is_empty() && url.scheme() != "ssh") {
            return refused("it has credentials, which Git's own credential helpers keep");
        }
        if url.username().starts_with('-') {
            return refused("its user begins with `-`");
        }
        let text = url.as_str().trim_end_matches('/');
        let path = url.path().trim_end_matches('/');
        if path.is_empty() {
            return refused("it names no repository of its host");
        }
        Ok(Self(text.to_owned()))
    }
}

impl GitAddress {
    /// The address, as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The protocol: `https`, `http`, `ssh` or `file`.
    pub fn scheme(&self) -> &str {
        self.0.split_once(':').map_or("", |(scheme, _)| scheme)
    }

    /// The last part of its path without `.git`: what the repository is called.
    pub fn name(&self) -> &str {
        let name = self.0.rsplit('/').next().unwrap_or_default();
        name.strip_suffix(".git").unwrap_or(name)
    }
}

impl FromStr for GitRevision {
    type Err = ParseGitError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_digest = matches!(text.len(), 40 | 64)
            && text
                .bytes()
                .all(|it| matches!(it, b'0'..=b'9' | b'a'..=b'f'));
        match is_digest {
            true => Ok(Self(text.to_owned())),
            false => Err(ParseGitError::Revision(text.to_owned())),
        }
    }
}

impl GitRevision {
    /// The digest, as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first ten digits: enough to tell a commit from others for a reader.
    pub fn short(&self) -> &str {
        self.0.get(..10).unwrap_or(&self.0)
    }
}

/// Whether a text can be the short name of a tag or a branch, as Git has it (`git check-ref-format`), and begins with
/// nothing that an option begins with.
pub(crate) fn is_reference_name(text: &str) -> bool {
    let is_forbidden = |it: char| {
        it.is_control()
            || it.is_whitespace()
            || matches!(it, '~' | '^' | ':' | '?' | '*' | '[' | '\\')
    };
    let is_part =
        |part: &str| !part.is_empty() && !part.starts_with('.') && !part.ends_with(".lock");
    text.len() <= MOST_BYTES
        && text != "@"
        && !text.starts_with('-')
        && !text.ends_with('.')
        && !text.contains("..")
        && !text.contains("@{")
        && !text.contains(is_forbidden)
        && text.split('/').all(is_part)
}

impl FromStr for GitReference {
    type Err = ParseGitError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let named = |name: &str, kind: fn(String) -> Self| {
            is_reference_name(name).then(|| kind(name.to_owned()))
        };
        let tag = text.strip_prefix("refs/tags/");
        let branch = text.strip_prefix("refs/heads/");
        let reference = match (tag, branch) {
            (Some(name), _) => named(name, Self::Tag),
            (_, Some(name)) => named(name, Self::Branch),
            _ => None,
        };
        reference.ok_or_else(|| ParseGitError::Name(text.to_owned()))
    }
}

impl GitReference {
    /// The short name.
    pub fn name(&self) -> &str {
        match self {
            Self::Tag(name) | Self::Branch(name) => name,
        }
    }

    /// The name in words: "the tag `v1.0.0`".
    pub fn in_words(&self) -> String {
        match self {
            Self::Tag(name) => format!("the tag `{}`", shown(name)),
            Self::Branch(name) => format!("the branch `{}`", shown(name)),
        }
    }
}

impl FromStr for GitFolder {
    type Err = ParseGitError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_part = |part: &str| {
            !matches!(part, "" | "." | "..")
                && !part.starts_with('-')
                && !part.eq_ignore_ascii_case(".git")
                && !part.contains(|it: char| it.is_control() || matches!(it, '\\' | ':'))
        };
        let folder = text.trim_end_matches('/');
        match folder.len() <= MOST_BYTES && folder.split('/').all(is_part) {
            true => Ok(Self(folder.to_owned())),
            false => Err(ParseGitError::Folder(text.to_owned())),
        }
    }
}

impl GitFolder {
    /// The path, as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The last part of the path.
    pub fn name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or(&self.0)
    }
}

impl fmt::Display for GitReference {
    /// The name in full.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tag(name) => write!(formatter, "refs/tags/{name}"),
            Self::Branch(name) => write!(formatter, "refs/heads/{name}"),
        }
    }
}

impl TryFrom<String> for GitReference {
    type Error = ParseGitError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<GitReference> for String {
    fn from(reference: GitReference) -> Self {
        reference.to_string()
    }
}

/// The conversions of a checked text.
macro_rules! checked_text {
    ($($name:ident),*) => {$(
        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(&self.0)
            }
        }

        impl TryFrom<String> for $name {
            type Error = ParseGitError;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(checked: $name) -> Self {
                checked.0
            }
        }
    )*};
}

checked_text!(GitAddress, GitRevision, GitFolder);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_strictly_and_holds_no_credentials() {
        for (text, read) in [
            ("https://Example.org/a/b", "https://example.org/a/b"),
            (
                "https://example.org:443/a/b.git/",
                "https://example.org/a/b.git",
            ),
            ("ssh://git@example.org/a/b", "ssh://git@example.org/a/b"),
            (
                "ssh://git@example.org:2222/~me/b",
                "ssh://git@example.org:2222/~me/b",
            ),
            ("file:///srv/a", "file:///srv/a"),
            ("http://127.0.0.1:8080/a", "http://127.0.0.1:8080/a"),
        ] {
            assert_eq!(text.parse::<GitAddress>().unwrap().as_str(), read);
        }
        for text in [
            "",
            "example.org/a",
            "ext::sh -c touch% /tmp/x",
            "git://example.org/a",
            "https://example.org",
            "https://user:secret@example.org/a",
            "https://token@example.org/a",
            "ssh://-oProxyCommand=x/a",
            "ssh://-x@example.org/a",
            "ssh://git@example.org:owner/a",
            "https://example.org/a/../b",
            "https://example.org/a/%2E%2e/b",
            "https://example.org/a\n",
            "https://example.org/a\t/b",
            "https://example.org/a b",
            "https://example.org/a?x",
            "https://example.org\\a",
            "file://host/a",
            "file://",
        ] {
            let error = text.parse::<GitAddress>().unwrap_err();
            assert!(!error.to_string().contains("secret"), "{error}");
            assert!(!error.to_string().contains("token"), "{error}");
        }
    }

    #[test]
    fn names_and_folders_cannot_be_taken_for_anything_else() {
        for text in ["refs/tags/v1.0.0", "refs/heads/main", "refs/heads/a/b-c"] {
            assert_eq!(text.parse::<GitReference>().unwrap().to_string(), text);
        }
        for text in [
            "main",
            "refs/heads/--upload-pack=x",
            "refs/heads/a..b",
            "refs/heads/a b",
            "refs/heads/a:b",
            "refs/heads/.a",
            "refs/heads/a.lock",
            "refs/heads/a/",
            "refs/heads/",
            "refs/pull/1/head",
            "refs/tags/a\u{1b}[2J",
        ] {
            text.parse::<GitReference>().unwrap_err();
        }
        assert_eq!("a/b/".parse::<GitFolder>().unwrap().as_str(), "a/b");
        for text in [
            "", "/", "/a", "..", "a/../b", "-x", ".git", "a/.GIT/b", "a\\b", "a\nb",
        ] {
            text.parse::<GitFolder>().unwrap_err();
        }
        let digest = "0123456789abcdef0123456789abcdef01234567";
        assert_eq!(digest.parse::<GitRevision>().unwrap().short(), "0123456789");
        for text in [
            "",
            "0123456",
            "-123456789abcdef0123456789abcdef01234567",
            &digest.to_uppercase(),
        ] {
            text.parse::<GitRevision>().unwrap_err();
        }
    }
}
