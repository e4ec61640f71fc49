//! How far the installation of a language server is.

use super::Services;
use crate::{delegate::ExtensionEvent, types::InstallationStatus};

impl Services {
    /// Passes the status of a server's installation to the embedder. It cannot fail towards the
    /// guest: the interface has no result for it.
    pub async fn set_installation_status(&self, server: &str, status: InstallationStatus) {
        self.audience.tell(&ExtensionEvent::Installation {
            server,
            status: &status,
        });
        self.delegate.installation_status(server, status).await;
    }
}
