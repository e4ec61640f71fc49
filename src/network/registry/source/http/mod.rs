//! A registry on a web server: plain GET requests, nothing else, so that any static host serves one.

mod answer;
mod client;

use std::fmt;

use async_trait::async_trait;
use url::Url;

pub(crate) use self::client::HttpClient;
use super::{Opened, Source, SourceError, check_path, conditional::Reading};
use crate::network::http::Validator;
use crate::network::http::{HttpOptions, without_credentials};

/// A source that reads a registry's files from a web server.
#[derive(Clone)]
pub struct HttpSource {
    client: HttpClient,
    base: Url,
}

impl HttpSource {
    /// Reads the files below `base`, an address with `http` or `https`.
    ///
    /// # Errors
    /// [`SourceError::Client`] if the system has no usable certificates.
    pub fn new(base: Url, options: &HttpOptions) -> Result<Self, SourceError> {
        Ok(Self::with_client(HttpClient::new(options)?, base))
    }

    /// Reads the files below `base` over connections that others use too.
    pub(crate) fn with_client(client: HttpClient, base: Url) -> Self {
        Self { client, base }
    }

    fn address(&self, path: &str) -> Result<Url, SourceError> {
        check_path(path)?;
        let mut address = self.base.clone();
        address
            .path_segments_mut()
            .map_err(|()| SourceError::InvalidPath {
                path: path.to_owned(),
            })?
            .pop_if_empty()
            .extend(path.split('/'));
        Ok(address)
    }
}

/// The address may have a password in it.
impl fmt::Debug for HttpSource {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("HttpSource")
            .field("location", &self.location())
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl Source for HttpSource {
    fn location(&self) -> String {
        without_credentials(&self.base).to_string()
    }

    async fn read(&self, path: &str, limit_bytes: u64) -> Result<Vec<u8>, SourceError> {
        let reading = self.read_if_changed(path, limit_bytes, None).await?;
        Ok(reading.into_content())
    }

    async fn read_if_changed(
        &self,
        path: &str,
        limit_bytes: u64,
        known: Option<&Validator>,
    ) -> Result<Reading, SourceError> {
        let address = self.address(path)?;
        self.client.read(&address, limit_bytes, known).await
    }

    async fn open(&self, path: &str, offset: u64) -> Result<Opened, SourceError> {
        let address = self.address(path)?;
        self.client.open(&address, offset).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_lie_below_the_base_and_nowhere_else() {
        let base = "https://example.org/a%20b/".parse().unwrap();
        let source = HttpSource::new(base, &HttpOptions::default()).unwrap();
        let address = source.address("archives/x/1.0.0+y/z.tar.gz").unwrap();
        assert_eq!(
            address.as_str(),
            "https://example.org/a%20b/archives/x/1.0.0+y/z.tar.gz"
        );
        assert!(source.address("../secret").is_err());
    }
}
