//! Tools that an extension is held to: it is told what is locked, gets the bytes that are locked, and nothing else.

use std::{path::PathBuf, sync::Arc};

use super::{ServiceResult, Services, error::ServiceError};
use crate::base::types::{Download, NpmPackage, ToolAnswer, Tools};

/// The tools that an extension is held to, whatever servers would say or give.
///
/// A question that is not among the answers is refused, and so are a package and a download that are not among those;
/// a download must have the digest, and npm installs the very packages. No server is asked what is known so. Requests
/// of an extension's own ([`fetch`](crate::types::HttpRequest)) and programs that it runs are not held to anything.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct LockedTools {
    /// The tools it is held to.
    pub tools: Tools,
    /// The tools locked by a file that was found, for which nothing on this machine speaks: each is refused too, in
    /// other words.
    pub withheld: Tools,
    /// A folder of files that need not be fetched, named by their digests: `sha256-` and hexadecimal digits, and
    /// [`NpmPackage::file_name`]. Default: none.
    pub files: Option<PathBuf>,
}

impl LockedTools {
    /// Tools to be held to.
    pub fn new(tools: Tools) -> Self {
        Self {
            tools,
            ..Self::default()
        }
    }

    /// The file with what an address has, where it is kept.
    pub(super) fn kept_download(&self, download: &Download) -> Option<PathBuf> {
        self.kept(&format!("sha256-{}", download.sha256))
    }

    /// The file with the archive of a package, where it is kept.
    pub(super) fn kept_archive(&self, package: &NpmPackage) -> Option<PathBuf> {
        self.kept(&package.file_name()?)
    }

    fn kept(&self, name: &str) -> Option<PathBuf> {
        let path = self.files.as_ref()?.join(name);
        crate::base::fs::symlink_metadata(&path)
            .is_ok_and(|metadata| metadata.is_file())
            .then_some(path)
    }

    /// Finds something among the tools.
    fn find<T>(
        &self,
        find: impl Fn(&Tools) -> Option<T>,
        what: impl FnOnce() -> String,
    ) -> ServiceResult<T> {
        find(&self.tools).ok_or_else(|| ServiceError::NotLocked {
            what: what(),
            is_withheld: find(&self.withheld).is_some(),
        })
    }
}

impl Services {
    /// The locked answer to a question; `None` where the extension is held to nothing.
    ///
    /// # Errors
    /// [`ServiceError::NotLocked`].
    pub(super) fn locked_answer(
        &self,
        question: (&str, &str, &str),
        what: impl FnOnce() -> String,
    ) -> ServiceResult<Option<ToolAnswer>> {
        let Some(locked) = &self.locked else {
            return Ok(None);
        };
        let find = |tools: &Tools| {
            let mut answers = tools.answers.iter();
            answers.find(|answer| answer.key() == question).cloned()
        };
        locked.find(find, what).map(Some)
    }

    /// The answer that is known of a question, where the server could not say that it is another: the observer is told
    /// that it is not a new one.
    pub(super) fn known_answer<T>(
        &self,
        question: (&str, &str, &str),
        asked: ServiceResult<T>,
        read: impl FnOnce(ToolAnswer) -> T,
    ) -> ServiceResult<T> {
        let error = match asked {
            Err(error) if !error.is_final() => error,
            asked => return asked,
        };
        let known = self.known.as_ref().and_then(|known| {
            let mut answers = known.tools.answers.iter();
            answers.find(|answer| answer.key() == question).cloned()
        });
        match known {
            Some(answer) => {
                let why = error.for_guest();
                tracing::info!(extension = %self.extension, why, "what a bundle has brought is given");
                Ok(read(answer))
            }
            None => Err(error),
        }
    }

    /// The packages that are known and at hand, if this version of a package is among them.
    pub(super) fn known_packages(&self, package: &str, version: &str) -> Option<Arc<LockedTools>> {
        let known = self.known.as_ref()?;
        let packages = &known.tools.packages;
        let is_it = |it: &NpmPackage| {
            it.direct
                && it.version == version
                && it.path.strip_prefix("node_modules/") == Some(package)
        };
        let is_at_hand =
            |it: &NpmPackage| it.bundled || it.optional || known.kept_archive(it).is_some();
        (packages.iter().any(is_it) && packages.iter().all(is_at_hand)).then(|| known.clone())
    }

    /// The file of an address that is known and at hand.
    pub(super) fn known_download(&self, url: &str) -> Option<(Download, PathBuf)> {
        let known = self.known.as_ref()?;
        let mut downloads = known.tools.downloads.iter();
        let download = downloads.find(|download| download.url == url)?;
        Some((download.clone(), known.kept_download(download)?))
    }

    /// The locked file of an address; `None` where the extension is held to nothing.
    ///
    /// # Errors
    /// [`ServiceError::NotLocked`].
    pub(super) fn locked_download(&self, url: &str) -> ServiceResult<Option<Download>> {
        let Some(locked) = &self.locked else {
            return Ok(None);
        };
        let find = |tools: &Tools| {
            let mut downloads = tools.downloads.iter();
            downloads.find(|download| download.url == url).cloned()
        };
        locked.find(find, || format!("`{url}`")).map(Some)
    }

    /// The locked packages, if this version of a package that the extension asks for is among them; `None` where the
    /// extension is held to nothing.
    ///
    /// # Errors
    /// [`ServiceError::NotLocked`].
    pub(super) fn locked_packages(
        &self,
        package: &str,
        version: &str,
    ) -> ServiceResult<Option<Arc<LockedTools>>> {
        let Some(locked) = &self.locked else {
            return Ok(None);
        };
        let find = |tools: &Tools| {
            let mut packages = tools.packages.iter();
            let is_it = |it: &&NpmPackage| {
                it.direct
                    && it.version == version
                    && it.path.strip_prefix("node_modules/") == Some(package)
            };
            packages.find(is_it).map(drop)
        };
        locked.find(find, || format!("the npm package `{package}@{version}`"))?;
        Ok(Some(locked.clone()))
    }
}
