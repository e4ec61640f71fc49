//! Hints for connections that could not be secured: the words of TLS say what was sent, not what to do.

use std::{error::Error, io};

use rustls::{AlertDescription, CertificateError, OtherError};

use super::system_trust::NoCertificates;

/// The certificate does not hold: another may, and so may this one once it is trusted.
const UNTRUSTED: &str = "check the address and this machine's clock; a certificate of your own authority is trusted once `root_certificates` in the configuration (`[http]`) names its file";

/// The system has no certificates, or they are elsewhere than where they are looked for.
const NO_CERTIFICATES: &str = "install the system's certificates (often the package `ca-certificates`), or let `SSL_CERT_FILE` name a file of them or `SSL_CERT_DIR` a folder";

/// Both sides can do TLS, and have no kind of it in common.
const NOTHING_IN_COMMON: &str = "the server needs TLS 1.2 or 1.3 and a certificate whose key is RSA, Ed25519 or on the curves P-256 or P-384; those on P-521 cannot be checked: ask its owner for another, or give the address of a mirror";

/// The way out where an error stands for a connection that could not be secured; `None` for any other.
pub(crate) fn handshake_hint(error: &(dyn Error + 'static)) -> Option<&'static str> {
    match in_chain(error)? {
        rustls::Error::InvalidCertificate(error) => Some(match error {
            // rustls says it in several variants, some of them deprecated.
            error if is_unknown_algorithm(error) => NOTHING_IN_COMMON,
            _ => UNTRUSTED,
        }),
        rustls::Error::PeerIncompatible(_)
        | rustls::Error::AlertReceived(
            AlertDescription::HandshakeFailure
            | AlertDescription::InsufficientSecurity
            | AlertDescription::ProtocolVersion
            | AlertDescription::UnsupportedCertificate,
        ) => Some(NOTHING_IN_COMMON),
        rustls::Error::Other(OtherError(error)) if error.is::<NoCertificates>() => {
            Some(NO_CERTIFICATES)
        }
        _ => None,
    }
}

fn is_unknown_algorithm(error: &CertificateError) -> bool {
    matches!(
        error,
        CertificateError::UnsupportedSignatureAlgorithmContext { .. }
            | CertificateError::UnsupportedSignatureAlgorithmForPublicKeyContext { .. }
    )
}

/// The error of TLS in a chain of errors. One of input and output holds it inside, not as its source.
fn in_chain<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a rustls::Error> {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        cause = match error.downcast_ref::<io::Error>() {
            Some(outer) => outer.get_ref().map(|inner| inner as &(dyn Error + 'static)),
            None => error.source(),
        };
    }
    None
}

#[cfg(test)]
mod tests {
    use rustls::PeerIncompatible;

    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("the registry cannot be reached")]
    struct Unreachable(#[source] io::Error);

    /// The hint where an error of TLS ends a request.
    fn hint(error: rustls::Error) -> Option<&'static str> {
        let inner = io::Error::other(error);
        handshake_hint(&Unreachable(io::Error::other(inner)))
    }

    #[test]
    fn what_keeps_a_connection_from_being_secured_has_its_own_way_out() {
        use rustls::Error::{AlertReceived, General, InvalidCertificate, PeerIncompatible as Peer};
        let table = [
            (
                InvalidCertificate(CertificateError::UnknownIssuer),
                Some(UNTRUSTED),
            ),
            (
                InvalidCertificate(CertificateError::Expired),
                Some(UNTRUSTED),
            ),
            (
                InvalidCertificate(
                    CertificateError::UnsupportedSignatureAlgorithmForPublicKeyContext {
                        signature_algorithm_id: Vec::new(),
                        public_key_algorithm_id: Vec::new(),
                    },
                ),
                Some(NOTHING_IN_COMMON),
            ),
            (
                AlertReceived(AlertDescription::HandshakeFailure),
                Some(NOTHING_IN_COMMON),
            ),
            (
                Peer(PeerIncompatible::NoSignatureSchemesInCommon),
                Some(NOTHING_IN_COMMON),
            ),
            (AlertReceived(AlertDescription::InternalError), None),
            (General("it is late".into()), None),
        ];
        for (error, expected) in table {
            assert_eq!(hint(error.clone()), expected, "{error}");
        }
        let refused = io::Error::from(io::ErrorKind::ConnectionRefused);
        assert_eq!(handshake_hint(&refused), None);
    }
}
