//! The registry that comes with the program: the folder `registry-index/` of the sources, as it was
//! when the program was built.

use std::borrow::Cow;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::stream::{self, StreamExt as _};
use rust_embed::Embed;

use super::super::{index_file::IndexFile, path::index_path};
use super::{Opened, Source, SourceError, check_path};
use crate::base::{
    digest::Sha256Digest,
    types::{ExtensionId, ExtensionVersion},
};

/// The size of the pieces, so that progress shows on embedded archives too.
const PIECE_BYTES: usize = 64 * 1024;

#[derive(Embed)]
#[folder = "registry-index/"]
#[exclude = "README.md"]
#[exclude = ".*"]
struct Files;

/// A source that reads the registry that comes with the program. Needs the feature `embedded-registry`.
#[derive(Debug, Clone, Copy, Default)]
#[non_exhaustive]
pub struct EmbeddedSource;

impl EmbeddedSource {
    /// The one there is.
    pub fn new() -> Self {
        Self
    }

    fn content(path: &str) -> Result<Bytes, SourceError> {
        check_path(path)?;
        let file = Files::get(path).ok_or_else(|| SourceError::NotFound {
            location: format!("embedded:{path}"),
        })?;
        Ok(match file.data {
            Cow::Borrowed(data) => Bytes::from_static(data),
            Cow::Owned(data) => data.into(),
        })
    }
}

/// Whether the registry that comes with the program has published a version with this archive.
pub(crate) fn has_published(
    id: &ExtensionId,
    version: &ExtensionVersion,
    sha256: &Sha256Digest,
) -> bool {
    let Ok(content) = EmbeddedSource::content(&index_path(id)) else {
        return false;
    };
    let index = IndexFile::parse(id, &content);
    let published = index.version(version);
    published.is_some_and(|published| {
        published
            .line
            .digest()
            .is_some_and(|it| it.sha256 == *sha256)
    })
}

#[async_trait]
impl Source for EmbeddedSource {
    fn location(&self) -> String {
        "embedded".into()
    }

    async fn read(&self, path: &str, limit_bytes: u64) -> Result<Vec<u8>, SourceError> {
        let content = Self::content(path)?;
        if content.len() as u64 > limit_bytes {
            return Err(SourceError::TooLarge {
                location: format!("embedded:{path}"),
                limit_bytes,
            });
        }
        Ok(content.into())
    }

    async fn open(&self, path: &str, offset: u64) -> Result<Opened, SourceError> {
        let mut content = Self::content(path)?;
        let size = content.len() as u64;
        let offset = offset.min(size);
        drop(content.split_to(usize::try_from(offset).unwrap_or(content.len())));
        let pieces = stream::iter(std::iter::from_fn(move || {
            let piece = content.split_to(content.len().min(PIECE_BYTES));
            (!piece.is_empty()).then_some(Ok(piece))
        }));
        Ok(Opened {
            offset,
            size: Some(size),
            pieces: pieces.boxed(),
        })
    }
}
