//! A registry in a folder: a checkout, a mounted share, a mirror.

use std::{
    fs::File,
    io::{Read as _, Seek as _, SeekFrom},
    path::{Path, PathBuf},
};

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::stream::{self, StreamExt as _};

use super::{Opened, Source, SourceError, check_path};
use crate::base::fs;

/// The size of the pieces: large enough that the hand-over between threads does not count.
const PIECE_BYTES: usize = 256 * 1024;

/// A source that reads a registry's files from a folder, off the async threads.
#[derive(Debug, Clone)]
pub struct FolderSource {
    root: PathBuf,
}

impl FolderSource {
    /// Reads from `root`, which holds `config.json`.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    fn resolve(&self, path: &str) -> Result<PathBuf, SourceError> {
        check_path(path)?;
        Ok(path
            .split('/')
            .fold(self.root.clone(), |folder, part| folder.join(part)))
    }
}

#[async_trait]
impl Source for FolderSource {
    fn location(&self) -> String {
        self.root.display().to_string()
    }

    async fn read(&self, path: &str, limit_bytes: u64) -> Result<Vec<u8>, SourceError> {
        let path = self.resolve(path)?;
        off_thread(move || {
            let (file, size) = open_regular(&path)?;
            let too_large = || SourceError::TooLarge {
                location: path.display().to_string(),
                limit_bytes,
            };
            if size > limit_bytes {
                return Err(too_large());
            }
            let mut content = Vec::new();
            // One byte more than allowed, in case the file grows while it is read.
            file.take(limit_bytes.saturating_add(1))
                .read_to_end(&mut content)
                .map_err(|source| fs::Error::new("read", &path, source))?;
            if content.len() as u64 > limit_bytes {
                Err(too_large())
            } else {
                Ok(content)
            }
        })
        .await
    }

    async fn open(&self, path: &str, offset: u64) -> Result<Opened, SourceError> {
        let path = self.resolve(path)?;
        let opening = path.clone();
        let (file, size) = off_thread(move || {
            let (mut file, size) = open_regular(&opening)?;
            file.seek(SeekFrom::Start(offset.min(size)))
                .map_err(|source| fs::Error::new("read", &opening, source))?;
            Ok((file, size))
        })
        .await?;
        let pieces = stream::try_unfold((file, path), async |(file, path)| {
            let (piece, file, path) = off_thread(move || read_piece(file, path)).await?;
            Ok((!piece.is_empty()).then_some((piece, (file, path))))
        });
        Ok(Opened {
            offset: offset.min(size),
            size: Some(size),
            pieces: pieces.boxed(),
        })
    }
}

fn open_regular(path: &Path) -> Result<(File, u64), SourceError> {
    let not_found = || SourceError::NotFound {
        location: path.display().to_string(),
    };
    let file = match fs::open_regular(path) {
        Err(error) if error.is_not_found() => return Err(not_found()),
        result => result?,
    };
    let metadata = file.metadata();
    let metadata = metadata.map_err(|source| fs::Error::new("look at", path, source))?;
    Ok((file, metadata.len()))
}

fn read_piece(mut file: File, path: PathBuf) -> Result<(Bytes, File, PathBuf), SourceError> {
    let mut piece = Vec::new();
    (&mut file)
        .take(PIECE_BYTES as u64)
        .read_to_end(&mut piece)
        .map_err(|source| fs::Error::new("read", &path, source))?;
    Ok((piece.into(), file, path))
}

async fn off_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, SourceError> + Send + 'static,
) -> Result<T, SourceError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) => Err(SourceError::stopped(&error)),
    }
}
