//! The user's configuration of how web servers are talked to: registries, GitHub, and those that
//! extensions ask. npm has a configuration of its own.
//!
//! ```toml
//! [http]
//! root_certificates = ["/etc/ssl/company.pem"]   # trusted besides the system's
//! private = ["10.0.0.0/8", "*.corp.example"]     # private addresses that extensions may ask
//! patience_seconds = 3                           # how long a server is waited for whose last answer is known
//! ```

use std::path::{Path, PathBuf};

use annexe::{
    ServiceOptions,
    registry::{HttpOptions, PrivateHost},
};
use anyhow::Context as _;
use serde::Deserialize;

use super::{confinement::Seconds, failure::Complaint, files};

/// The most bytes a file of certificates may have.
const MOST_BYTES: u64 = 16 << 20;

/// The settings for talking to web servers.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HttpEntry {
    #[serde(default)]
    root_certificates: Vec<PathBuf>,
    #[serde(default)]
    private: Vec<PrivateHost>,
    patience_seconds: Option<Seconds>,
}

impl HttpEntry {
    /// Says in `options` how long a server is waited for where its last answer is known.
    pub fn apply_patience(&self, options: &mut ServiceOptions) {
        if let Some(Seconds(patience)) = self.patience_seconds {
            options.patience = patience;
        }
    }

    /// The options that this and the command's own ways come to.
    ///
    /// # Errors
    /// Where a file of certificates cannot be read, or has none.
    pub fn options(&self) -> anyhow::Result<HttpOptions> {
        let mut options = HttpOptions::default();
        // A user's proxy settings are meant for commands; a library leaves them to its program.
        options.system_proxy = true;
        options.private.clone_from(&self.private);
        let certificates = self.root_certificates.iter().map(|path| certificates(path));
        options.root_certificates = certificates.collect::<anyhow::Result<_>>()?;
        Ok(options)
    }
}

/// The content of a PEM file.
fn certificates(path: &Path) -> anyhow::Result<Vec<u8>> {
    let about = || format!("the certificates in `{}` cannot be used", path.display());
    if !path.is_absolute() {
        return Err(Complaint::usage(about())
            .with_hint("name the file by its absolute path")
            .into());
    }
    let content = files::read(path, MOST_BYTES).with_context(about)?;
    let begin = b"-----BEGIN CERTIFICATE-----";
    if !content.windows(begin.len()).any(|window| window == begin) {
        return Err(Complaint::new(about())
            .with_hint(
                "`[http]` takes PEM files: `openssl x509 -inform der` makes one of a DER file",
            )
            .into());
    }
    Ok(content)
}
