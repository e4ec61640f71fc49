//! What a user asks for: `git+https://host/owner/repository#v1.0.0:folder`.

use std::{fmt, str::FromStr};

use crate::base::{
    hint::{ErrorKind, Hint},
    types::{GitAddress, GitFolder, GitReference, GitRevision, ParseGitError},
};

/// The beginning of a repository's address where an extension is wanted of it.
const PREFIX: &str = "git+";

/// An extension in a Git repository, as it is asked for.
///
/// ```text
/// git+<address>[#[<point>][:<folder>]]
///
/// git+https://host/owner/repository                       its default branch
/// git+https://host/owner/repository#v1.0.0                a tag or a branch
/// git+https://host/owner/repository#refs/heads/main       a branch, where a tag has the name too
/// git+ssh://git@host/owner/repository#<40 digits>         a commit
/// git+https://host/owner/repository#main:extensions/toml  a folder of it
/// git+https://host/owner/repository#:extensions/toml      that folder of its default branch
/// ```
///
/// The first `:` behind the `#` begins the folder: no name of a tag or a branch has one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GitSource {
    /// The repository.
    pub repository: GitAddress,
    /// The commit, or what points to it.
    pub point: GitPoint,
    /// The folder of the repository; `None` where the extension is the whole.
    pub folder: Option<GitFolder>,
}

/// The choice of a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GitPoint {
    /// The branch that the repository itself names.
    Default,
    /// A tag or a branch, by its short name.
    Named(String),
    /// A tag or a branch, by its full name.
    Reference(GitReference),
    /// The commit itself.
    Revision(GitRevision),
}

/// The reason why a text asks for no extension of a repository.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(transparent)]
pub struct ParseGitSourceError(#[from] ParseGitError);

impl Hint for ParseGitSourceError {
    fn kind(&self) -> ErrorKind {
        self.0.kind()
    }

    fn hint(&self) -> Option<String> {
        self.0.hint()
    }
}

impl GitSource {
    /// Whether a text asks for an extension of a repository, rightly or not.
    pub fn is_meant(text: &str) -> bool {
        text.starts_with(PREFIX)
    }
}

impl FromStr for GitSource {
    type Err = ParseGitSourceError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let address = text.strip_prefix(PREFIX).unwrap_or(text);
        let (address, rest) = address.split_once('#').unwrap_or((address, ""));
        let repository = address.parse()?;
        let (point, folder) = match rest.split_once(':') {
            Some((point, folder)) => (point, Some(folder.parse()?)),
            None => (rest, None),
        };
        Ok(Self {
            repository,
            point: point.parse()?,
            folder,
        })
    }
}

impl FromStr for GitPoint {
    type Err = ParseGitError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.is_empty() {
            return Ok(Self::Default);
        }
        if let Ok(revision) = text.parse() {
            return Ok(Self::Revision(revision));
        }
        if text.starts_with("refs/") {
            return text.parse().map(Self::Reference);
        }
        // Whatever may be the name of a branch may be that of a tag.
        match format!("refs/heads/{text}").parse::<GitReference>() {
            Ok(_) => Ok(Self::Named(text.to_owned())),
            Err(_) => Err(ParseGitError::Name(text.to_owned())),
        }
    }
}

impl fmt::Display for GitSource {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{PREFIX}{}", self.repository)?;
        let point = self.point.to_string();
        match (&self.folder, point.is_empty()) {
            (None, true) => Ok(()),
            (None, false) => write!(formatter, "#{point}"),
            (Some(folder), _) => write!(formatter, "#{point}:{folder}"),
        }
    }
}

impl fmt::Display for GitPoint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => Ok(()),
            Self::Named(name) => formatter.write_str(name),
            Self::Reference(reference) => reference.fmt(formatter),
            Self::Revision(revision) => revision.fmt(formatter),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_read_and_written_in_one_way() {
        let digest = "0123456789abcdef0123456789abcdef01234567";
        for (text, point, folder) in [
            ("git+https://example.org/a/b", GitPoint::Default, None),
            (
                "git+https://example.org/a/b#v1.0.0",
                GitPoint::Named("v1.0.0".into()),
                None,
            ),
            (
                "git+https://example.org/a/b#feature/x:dir/sub",
                GitPoint::Named("feature/x".into()),
                Some("dir/sub"),
            ),
            ("git+file:///a/b#:dir", GitPoint::Default, Some("dir")),
            (
                "git+ssh://git@example.org/a/b#refs/tags/x",
                GitPoint::Reference(GitReference::Tag("x".into())),
                None,
            ),
            (
                &format!("git+https://example.org/a/b#{digest}"),
                GitPoint::Revision(digest.parse().unwrap()),
                None,
            ),
        ] {
            let source: GitSource = text.parse().unwrap();
            assert_eq!(source.point, point);
            assert_eq!(source.folder.as_ref().map(GitFolder::as_str), folder);
            assert_eq!(source.to_string(), text);
        }
    }

    #[test]
    fn nothing_that_could_be_an_option_or_another_place_is_read() {
        for text in [
            "git+https://example.org/a#--upload-pack=touch",
            "git+https://example.org/a#-x",
            "git+https://example.org/a#main:../b",
            "git+https://example.org/a#main:-x",
            "git+https://example.org/a#main:/etc",
            "git+https://example.org/a#main:a:b",
            "git+https://example.org/a#a b",
            "git+https://example.org/a#a\u{7}",
            "git+https://example.org/a#HEAD~1",
            "git+https://example.org/a#refs/pull/1/head",
            "git+ext::sh -c x",
            "git+-oProxyCommand=x",
            "git+https://example.org/a#x#y z",
            "git+ssh://git@169%2e254%2e169%2e254/a",
            "git+ssh://%2doProxyCommand=x/a",
        ] {
            text.parse::<GitSource>().unwrap_err();
        }
    }
}
