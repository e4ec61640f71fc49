//! How far the installation of a language server is.

use super::{Services, allowance::pass_on};
use crate::{limits::LimitExceeded, types::InstallationStatus};

impl Services {
    /// Passes the status of a server's installation to the embedder. It cannot fail towards the
    /// guest: the interface has no result for it. Of more than there may be in a second, the last is passed on
    /// when that is over.
    pub async fn set_installation_status(&self, server: &str, status: InstallationStatus) {
        let statuses = &self.allowance.statuses;
        let (server, status) = statuses.cut(server, status);
        if statuses.takes_one() {
            pass_on(&self.audience, &*self.delegate, &server, status).await;
            return;
        }
        self.reached(LimitExceeded::StatusMessages(statuses.per_second()));
        if statuses.per_second() == 0 {
            return;
        }
        let (audience, delegate) = (self.audience.clone(), self.delegate.clone());
        statuses.put_off((server, status), audience, delegate);
    }
}
