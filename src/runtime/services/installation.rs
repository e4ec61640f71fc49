//! The progress of language servers' installations.

use super::{Services, allowance::pass_on};
use crate::{base::types::InstallationStatus, runtime::limits::LimitExceeded};

impl Services {
    /// Passes the status of a server's installation to the embedder. It cannot fail towards the
    /// guest: the interface has no result for it. Of more than there may be in a second, the last is passed on
    /// when that is over.
    pub async fn set_installation_status(&self, server: &str, status: InstallationStatus) {
        let statuses = &self.allowance.statuses;
        let (server, status) = statuses.cut(server, status);
        if statuses.takes_one() {
            pass_on(&self.sink, &*self.delegate, &server, status).await;
            return;
        }
        self.reached(LimitExceeded::StatusMessages(statuses.per_second()));
        if statuses.per_second() == 0 {
            return;
        }
        let (sink, delegate) = (self.sink.clone(), self.delegate.clone());
        statuses.put_off((server, status), sink, delegate);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    };

    use super::*;
    use crate::runtime::delegate::HostDelegate;

    #[derive(Default)]
    struct Counting(AtomicUsize);

    #[async_trait::async_trait]
    impl HostDelegate for Counting {
        async fn installation_status(&self, _: &str, _: InstallationStatus) {
            self.0.fetch_add(1, Relaxed);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn as_many_are_passed_on_as_there_may_be_and_of_none_none() {
        for (most, passed_on) in [(0, 0), (1, 2)] {
            let folder = tempfile::tempdir().unwrap();
            let heard = Arc::new(Counting::default());
            let mut services = Services::for_tests(folder.path(), |limits| {
                limits.status_messages_per_second = most;
            });
            services.delegate = heard.clone();
            for _ in 0..5 {
                let status = InstallationStatus::Downloading;
                services.set_installation_status("a server", status).await;
            }
            tokio::time::sleep(std::time::Duration::from_secs(3)).await;
            assert_eq!(heard.0.load(Relaxed), passed_on);
        }
    }
}
