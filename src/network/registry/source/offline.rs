//! Stands for a web server that is not to be asked.

use async_trait::async_trait;

use super::{Opened, Source, SourceError, check_path};

/// A source that refuses every file, and opens no connection to find out.
#[derive(Debug, Clone)]
pub(crate) struct OfflineSource {
    location: String,
}

impl OfflineSource {
    /// Stands for the server at `location`, as it is shown.
    pub(crate) fn new(location: String) -> Self {
        Self { location }
    }

    fn refuse<T>(&self, path: &str) -> Result<T, SourceError> {
        check_path(path)?;
        Err(SourceError::Offline {
            location: format!("{}{path}", self.location),
        })
    }
}

#[async_trait]
impl Source for OfflineSource {
    fn location(&self) -> String {
        self.location.clone()
    }

    async fn read(&self, path: &str, _limit_bytes: u64) -> Result<Vec<u8>, SourceError> {
        self.refuse(path)
    }

    async fn open(&self, path: &str, _offset: u64) -> Result<Opened, SourceError> {
        self.refuse(path)
    }
}
