//! Trust without certificates, on a system that has none: connections that need no TLS work there all the same.

use std::sync::Arc;

use rustls::{
    DigitallySignedStruct, OtherError, SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::CryptoProvider,
    pki_types::{CertificateDer, ServerName, UnixTime},
};

/// The error of a connection to be secured where the system has no usable certificates.
#[derive(Debug, thiserror::Error)]
#[error("this system has no certificates to check the server's by ({0})")]
pub(super) struct NoCertificates(rustls::Error);

/// A verifier that trusts no server, and says why.
#[derive(Debug)]
pub(super) struct TrustsNone {
    provider: Arc<CryptoProvider>,
    reason: Arc<NoCertificates>,
}

impl TrustsNone {
    /// The verifier where the system's own could not be made, for this reason.
    pub(super) fn new(provider: Arc<CryptoProvider>, reason: rustls::Error) -> Self {
        Self {
            provider,
            reason: Arc::new(NoCertificates(reason)),
        }
    }

    fn refusal(&self) -> rustls::Error {
        OtherError(self.reason.clone()).into()
    }
}

impl ServerCertVerifier for TrustsNone {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Err(self.refusal())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Err(self.refusal())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Err(self.refusal())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        let algorithms = &self.provider.signature_verification_algorithms;
        algorithms.supported_schemes()
    }
}
