//! Tools that the user holds where they are: a release, a version, a file's digest, whatever is newest elsewhere.

use std::collections::BTreeMap;

use url::Url;

use super::github_address::github_release;
use crate::base::{
    digest::Sha256Digest,
    hint::{ErrorKind, Hint},
    printable::printable,
};

/// Tools that are held where they are, for all extensions. Default: none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HeldTools {
    /// From `owner/name` in lower case, as GitHub knows no other, to the tag of the release.
    releases: BTreeMap<String, String>,
    /// From the name of a package to its version.
    packages: BTreeMap<String, String>,
    /// From an address to the digest of what is there.
    downloads: BTreeMap<String, Sha256Digest>,
}

/// The reason why a tool cannot be held.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HeldToolError {
    /// The name of the repository has not the form `owner/name`.
    #[error("`{}` is not a repository on GitHub", printable(.text))]
    Repository {
        /// The name as written.
        text: String,
    },
    /// The release's tag is empty.
    #[error("no tag is given for `{}`", printable(.repository))]
    Tag {
        /// The repository.
        repository: String,
    },
    /// The version of a package is not one: a range or a tag would not hold it.
    #[error("`{}` is not a version of the npm package `{}`", printable(.version), printable(.package))]
    Version {
        /// The package.
        package: String,
        /// The version as written.
        version: String,
    },
    /// It is not the address of a web server.
    #[error("`{}` is not the address of a web server", printable(.text))]
    Address {
        /// The address as written.
        text: String,
    },
}

impl Hint for HeldToolError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Invalid
    }

    fn hint(&self) -> Option<String> {
        Some(
            match self {
                Self::Repository { .. } => "write `\"owner/name\" = \"the tag of a release\"`",
                Self::Tag { .. } => "write the tag of a release, as GitHub shows it",
                Self::Version { .. } => "write one version, such as `1.2.3`",
                Self::Address { .. } => "write the whole address of the file",
            }
            .into(),
        )
    }
}

impl HeldTools {
    /// Holds a repository on GitHub (`owner/name`) at the release with a tag.
    ///
    /// # Errors
    /// [`HeldToolError::Repository`], [`HeldToolError::Tag`].
    pub fn hold_release(&mut self, repository: &str, tag: &str) -> Result<(), HeldToolError> {
        let is_name = |name: &str| {
            let is_character = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
            !matches!(name, "" | "." | "..") && name.bytes().all(is_character)
        };
        let parts = repository.split_once('/');
        if !parts.is_some_and(|(owner, name)| is_name(owner) && is_name(name)) {
            let text = repository.to_owned();
            return Err(HeldToolError::Repository { text });
        }
        if tag.trim().is_empty() {
            let repository = repository.to_owned();
            return Err(HeldToolError::Tag { repository });
        }
        let repository = repository.to_ascii_lowercase();
        self.releases.insert(repository, tag.to_owned());
        Ok(())
    }

    /// Holds an npm package at a version.
    ///
    /// # Errors
    /// [`HeldToolError::Version`] for a range or a tag.
    pub fn hold_package(&mut self, package: &str, version: &str) -> Result<(), HeldToolError> {
        if semver::Version::parse(version).is_err() {
            return Err(HeldToolError::Version {
                package: package.to_owned(),
                version: version.to_owned(),
            });
        }
        self.packages.insert(package.to_owned(), version.to_owned());
        Ok(())
    }

    /// Holds what is downloaded from an address at a file with this digest.
    ///
    /// # Errors
    /// [`HeldToolError::Address`].
    pub fn hold_download(
        &mut self,
        address: &str,
        sha256: Sha256Digest,
    ) -> Result<(), HeldToolError> {
        let url: Option<Url> = address.parse().ok();
        match url.filter(|url| matches!(url.scheme(), "http" | "https")) {
            Some(url) => {
                self.downloads.insert(key(&url), sha256);
                Ok(())
            }
            None => Err(HeldToolError::Address {
                text: address.to_owned(),
            }),
        }
    }

    /// Whether nothing is held.
    pub fn is_empty(&self) -> bool {
        self.releases.is_empty() && self.packages.is_empty() && self.downloads.is_empty()
    }

    /// The tools that are held, a line each: `the npm package "pyright" at 1.1.380`.
    pub fn in_words(&self) -> impl Iterator<Item = String> {
        let releases = self.releases.iter();
        let releases = releases.map(|(name, tag)| format!("`{name}` on GitHub at `{tag}`"));
        let packages = self.packages.iter();
        let packages =
            packages.map(|(name, version)| format!("the npm package `{name}` at `{version}`"));
        let downloads = self.downloads.iter();
        let downloads = downloads.map(|(url, sha256)| format!("`{url}` at the sha256 {sha256}"));
        releases.chain(packages).chain(downloads)
    }

    /// The tag that a repository is held at.
    pub(super) fn release(&self, repository: &str) -> Option<&str> {
        let tag = self.releases.get(&repository.to_ascii_lowercase());
        tag.map(String::as_str)
    }

    /// The version that a package is held at.
    pub(super) fn package(&self, package: &str) -> Option<&str> {
        self.packages.get(package).map(String::as_str)
    }

    /// The digest that is held of an address.
    pub(super) fn download(&self, url: &Url) -> Option<&Sha256Digest> {
        self.downloads.get(&key(url))
    }

    /// The repository of which an address has files, and the tag that it is held at, where the address is for another
    /// release of it, or for one that cannot be told from it.
    pub(super) fn other_release(&self, url: &Url) -> Option<(String, &str)> {
        if self.releases.is_empty() {
            return None;
        }
        let (repository, tag) = github_release(url)?;
        let held = self.release(&repository)?;
        (tag != held).then_some((repository, held))
    }
}

/// An address as it is held: without a password, and without what a server never hears.
fn key(url: &Url) -> String {
    let mut url = crate::network::http::without_credentials(url);
    url.set_fragment(None);
    url.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_release_of_what_is_held_is_known_by_its_address() {
        let mut held = HeldTools::default();
        held.hold_release("Owner/Name", "v1.0").unwrap();
        let other = |url: &str| held.other_release(&url.parse().unwrap());
        let download = |repository: &str, tag: &str| {
            format!("https://github.com/{repository}/releases/download/{tag}/a.tgz")
        };
        assert_eq!(other(&download("owner/name", "v1.0")), None);
        assert_eq!(other(&download("owner/other", "v2.0")), None);
        let (repository, tag) = other(&download("OWNER/name", "v2.0")).unwrap();
        assert_eq!((&*repository, tag), ("OWNER/name", "v1.0"));
    }

    #[test]
    fn what_holds_nothing_is_refused() {
        let mut held = HeldTools::default();
        for (repository, tag) in [
            ("owner", "v1"),
            ("a/b/c", "v1"),
            ("a/b", " "),
            ("../b", "v1"),
        ] {
            assert!(held.hold_release(repository, tag).is_err(), "{repository}");
        }
        for version in ["latest", "^1", "1", ""] {
            assert!(held.hold_package("x", version).is_err(), "{version}");
        }
        let digest = Sha256Digest::of(b"x");
        assert!(held.hold_download("example.org/x", digest).is_err());
        assert!(held.is_empty());
        held.hold_download("https://me:word@example.org/x#y", digest)
            .unwrap();
        let words: Vec<String> = held.in_words().collect();
        assert_eq!(
            words,
            [format!("`https://example.org/x` at the sha256 {digest}")]
        );
    }
}
