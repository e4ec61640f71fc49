//! Addresses as they are shown.

use url::Url;

/// The address without a user's name and password, fit for messages and logs.
pub(crate) fn without_credentials(url: &Url) -> Url {
    let mut url = url.clone();
    // Both fail only on addresses that cannot have credentials.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url
}

/// The address as it is noted: without credentials, which may also stand in its query.
pub(crate) fn plain(url: &Url) -> String {
    let mut url = without_credentials(url);
    url.set_query(None);
    url.set_fragment(None);
    url.into()
}
