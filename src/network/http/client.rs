//! The client that all requests go through.

use reqwest::{Certificate, Client, redirect};

use super::options::HttpOptions;

/// Makes a client as the options say, but for what becomes of redirects.
///
/// # Errors
/// If the system has no usable certificates, or one that is to be trusted besides cannot be read.
pub(crate) fn new_client(
    options: &HttpOptions,
    redirects: redirect::Policy,
) -> reqwest::Result<Client> {
    let mut builder = Client::builder()
        .user_agent(concat!("annexe/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(options.connect_timeout)
        .read_timeout(options.read_timeout)
        // Where a private registry is concerns nobody it redirects to.
        .referer(false)
        .redirect(redirects);
    if !options.system_proxy {
        builder = builder.no_proxy();
    }
    for pem in &options.root_certificates {
        builder = builder.tls_certs_merge(Certificate::from_pem_bundle(pem)?);
    }
    builder.build()
}
