//! The backend of a registry: the kind of service behind it, of which its reader knows nothing more.

use std::{collections::BTreeMap, fmt, io::Write};

use async_trait::async_trait;
use futures_util::{StreamExt as _, stream};

use super::{
    catalogue::{Catalogue, CatalogueLine},
    error::Error,
    fetch::Progress,
    freshness::OlderCatalogue,
    index_file::IndexFile,
    reference::{ArchiveDigest, ArchiveReference},
    search::Query,
};
use crate::base::{timestamp::Timestamp, types::ExtensionId};

/// The number of extensions asked for at a time, where each takes a request.
const AT_ONCE: usize = 16;

/// A service that has extensions: static files of our own format, Zed's, a container registry.
///
/// What it says comes in the same words whatever it is: [`IndexFile`], [`Catalogue`], [`ArchiveReference`]. What a
/// service does not say stays empty there. Implementations bound what they read, keep answers where that saves
/// requests, and try again themselves where the way is unreliable.
#[async_trait]
pub trait Backend: fmt::Debug + Send + Sync {
    /// Returns its location, for messages.
    fn location(&self) -> String;

    /// Returns its name for itself: for people to read, and no identity.
    fn label(&self) -> &str;

    /// Whether the network is not to be used for it.
    fn is_offline(&self) -> bool;

    /// Whether it says what each archive must be. Where it does not, what is installed first is what a version is taken to
    /// be. Default: yes.
    fn publishes_digests(&self) -> bool {
        true
    }

    /// Returns what is known of the age of what it says, as far as it was read. Default: nothing.
    fn freshness(&self) -> Freshness {
        Freshness::default()
    }

    /// Reads all that it has, one line for each extension.
    ///
    /// # Errors
    /// [`Error::Source`] where it cannot be read, [`Error::Offline`] where it may not be.
    async fn catalogue(&self) -> Result<Catalogue, Error>;

    /// Reads what may fit a query, and may be more. Default: all that it has.
    ///
    /// # Errors
    /// As [`Self::catalogue`].
    async fn search(&self, query: &Query) -> Result<Catalogue, Error> {
        let _ = query;
        self.catalogue().await
    }

    /// Reads the line of one extension in what it has; `None` where there is none. Default: from all that it has.
    ///
    /// # Errors
    /// As [`Self::catalogue`].
    async fn entry(&self, id: &ExtensionId) -> Result<Option<CatalogueLine>, Error> {
        Ok(self.catalogue().await?.get(id).cloned())
    }

    /// Reads the versions of one extension, all of them; `None` where it says that there is no such extension.
    ///
    /// # Errors
    /// As [`Self::catalogue`].
    async fn versions(&self, id: &ExtensionId) -> Result<Option<IndexFile>, Error>;

    /// Reads what there is of extensions that are to be installed in any version: all versions of each, or, with
    /// [`IndexFile::newest_only`], the newest that this host can run. Default: [`Self::versions`] of each.
    async fn offers(
        &self,
        ids: &[ExtensionId],
    ) -> BTreeMap<ExtensionId, Result<Option<IndexFile>, Error>> {
        let asking = ids
            .iter()
            .map(|id| async move { (id.clone(), self.versions(id).await) });
        let asking: Vec<_> = asking.collect();
        stream::iter(asking).buffered(AT_ONCE).collect().await
    }

    /// Reads what there is of many extensions that are installed, in as few requests as it can, as [`Self::offers`] does.
    ///
    /// `None` where it lacks one, or [`Error::UnknownExtension`] where it knows what is near; one error that all requests
    /// share is [`Error::Shared`].
    async fn news(
        &self,
        ids: &[ExtensionId],
    ) -> BTreeMap<ExtensionId, Result<Option<IndexFile>, Error>>;

    /// Downloads an archive into `writer`, in pieces, and verifies it as far as its reference says what it is. Gives
    /// what came.
    ///
    /// # Errors
    /// As [`Registry::fetch`](super::Registry::fetch).
    async fn fetch(
        &self,
        archive: &ArchiveReference,
        writer: &mut (dyn Write + Send),
        progress: &Progress<'_>,
    ) -> Result<ArchiveDigest, Error>;
}

/// The age of what a registry says. The default says nothing.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Freshness {
    /// When the newest of it was made; `None` where it does not say.
    pub made: Option<Timestamp>,
    /// The age from which it is refused, in days; `None` for no limit.
    pub limit_days: Option<i64>,
    /// The answers that were put aside for what was seen before.
    pub older: Vec<OlderCatalogue>,
}
