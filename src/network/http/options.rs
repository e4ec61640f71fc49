//! The settings of HTTP.

use std::time::Duration;

use url::Url;

use super::{credentials::Credentials, private::PrivateHost, retry::RetryPolicy};

/// Options for talking to web servers.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct HttpOptions {
    /// How long to wait for a connection. Default: 10 seconds.
    pub connect_timeout: Duration,
    /// How long to wait for the next bytes. Default: 30 seconds.
    pub read_timeout: Duration,
    /// How many redirects to follow for one request. Default: 5.
    pub redirects: usize,
    /// How long a small file (configuration, index, catalogue) may take in all. Default: 60 seconds.
    pub small_file_timeout: Duration,
    /// When to try again.
    pub retry: RetryPolicy,
    /// Use the system's proxy settings, which on most systems are environment variables. Default: no;
    /// the command says yes.
    pub system_proxy: bool,
    /// Certificates of authorities to trust besides the system's, each a PEM file's content, with one certificate
    /// or several. Default: none.
    pub root_certificates: Vec<Vec<u8>>,
    /// What to say to which server to be let in. Default: nothing.
    pub credentials: Credentials,
    /// Private addresses that may be asked: by extensions, and where a public server redirects to. Through a proxy, what
    /// an address is written as is all that is looked at: the proxy looks names up. Default: none.
    pub private: Vec<PrivateHost>,
    /// Servers that the user has configured, which may be at private addresses: registries, a GitHub of one's own.
    /// What counts is the host and the port. Default: none.
    pub configured: Vec<Url>,
}

impl Default for HttpOptions {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(10),
            read_timeout: Duration::from_secs(30),
            redirects: 5,
            small_file_timeout: Duration::from_secs(60),
            retry: RetryPolicy::default(),
            system_proxy: false,
            root_certificates: Vec::new(),
            credentials: Credentials::default(),
            private: Vec::new(),
            configured: Vec::new(),
        }
    }
}
