//! The client that all requests go through.

use std::sync::Arc;

use reqwest::{Client, dns::Resolve, redirect::Policy};
use rustls::{
    ClientConfig,
    client::danger::ServerCertVerifier,
    crypto::{CryptoProvider, ring},
    pki_types::{CertificateDer, pem, pem::PemObject as _},
};
use rustls_platform_verifier::Verifier;
use thiserror::Error;

use super::{options::HttpOptions, system_trust::SystemTrust};
use crate::base::hint::ErrorKind;

/// The reason why no HTTP client can be made.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ClientError {
    /// What is to be trusted besides the system's certificates is not a PEM file.
    #[error("an added certificate cannot be read")]
    Certificate(#[source] pem::Error),
    /// A certificate that is to be trusted besides the system's is not usable.
    #[error("connections cannot be secured")]
    Tls(#[from] rustls::Error),
    /// Anything else.
    #[error(transparent)]
    Client(#[from] reqwest::Error),
}

impl ClientError {
    pub(crate) fn kind(&self) -> ErrorKind {
        match self {
            Self::Certificate(_) => ErrorKind::Invalid,
            Self::Tls(_) | Self::Client(_) => ErrorKind::Internal,
        }
    }
}

/// Makes a client as the options say, which follows no redirect by itself, asks the system's proxies only where
/// `uses_proxy`, and has names looked up by `resolver`.
///
/// # Errors
/// Where it cannot be made, for a reason of the system.
pub(super) fn new_client(
    options: &HttpOptions,
    tls: ClientConfig,
    uses_proxy: bool,
    resolver: impl Resolve + 'static,
) -> Result<Client, ClientError> {
    let mut builder = Client::builder()
        .user_agent(concat!("annexe/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(options.connect_timeout)
        .read_timeout(options.read_timeout)
        // The address of a private registry is not told to servers that it redirects to.
        .referer(false)
        .redirect(Policy::none())
        .tls_backend_preconfigured(tls)
        .dns_resolver(resolver);
    if !uses_proxy {
        builder = builder.no_proxy();
    }
    Ok(builder.build()?)
}

/// TLS that trusts the system's certificates and those added, by the cryptography that the program has chosen for itself,
/// else by ring's: unlike reqwest's own choice, it is built without cmake. Nothing is set for the whole process.
///
/// # Errors
/// If a certificate that is to be trusted besides the system's cannot be used. That the system has none is only an
/// error of connections that are to be secured.
pub(super) fn tls(added: &[Vec<u8>]) -> Result<ClientConfig, ClientError> {
    let provider = CryptoProvider::get_default()
        .cloned()
        .unwrap_or_else(|| Arc::new(ring::default_provider()));
    let certificates: Vec<_> = added
        .iter()
        .flat_map(|pem| CertificateDer::pem_slice_iter(pem))
        .collect::<Result<_, _>>()
        .map_err(ClientError::Certificate)?;
    let verifier: Arc<dyn ServerCertVerifier> = match certificates.is_empty() {
        true => Arc::new(SystemTrust::new(Arc::clone(&provider))),
        // One of those added may not be usable, which is said at once.
        false => Arc::new(Verifier::new_with_extra_roots(
            certificates,
            Arc::clone(&provider),
        )?),
    };
    let mut tls = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth();
    // Given a whole configuration, reqwest leaves to it which protocols are offered.
    tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(tls)
}
