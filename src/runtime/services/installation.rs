//! The progress of language servers' installations.

use super::Services;
use crate::{
    base::types::InstallationStatus,
    runtime::{delegate::ExtensionEvent, limits::LimitExceeded},
};

impl Services {
    /// Tells the extension's observer the status of a server's installation. It cannot fail towards the
    /// guest: the interface has no result for it. Of more than there may be in a second, the last is passed on
    /// when that is over.
    pub fn set_installation_status(&self, server: &str, status: InstallationStatus) {
        let statuses = &self.allowance.statuses;
        let (server, status) = statuses.cut(server, status);
        if statuses.takes_one() {
            self.sink
                .tell(|| ExtensionEvent::Installation { server, status });
            return;
        }
        self.reached(LimitExceeded::StatusMessages(statuses.per_second()));
        if statuses.per_second() == 0 {
            return;
        }
        statuses.put_off((server, status), self.sink.clone());
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    };

    use super::*;
    use crate::{
        base::types::ExtensionId,
        runtime::delegate::{EventSink, ExtensionObserver},
    };

    #[derive(Default)]
    struct Counting(AtomicUsize);

    impl ExtensionObserver for Counting {
        fn observe(&self, _: &ExtensionId, event: &ExtensionEvent) {
            if let ExtensionEvent::Installation { .. } = event {
                self.0.fetch_add(1, Relaxed);
            }
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
            services.sink = EventSink::new(services.extension.clone(), Some(heard.clone()));
            for _ in 0..5 {
                let status = InstallationStatus::Downloading;
                services.set_installation_status("a server", status);
            }
            tokio::time::sleep(std::time::Duration::from_secs(3)).await;
            assert_eq!(heard.0.load(Relaxed), passed_on);
        }
    }
}
