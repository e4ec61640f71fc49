//! Reports of installations by an extension, limited in number for their receivers.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

use crate::{
    base::types::InstallationStatus,
    runtime::{
        delegate::{EventSink, ExtensionEvent, HostDelegate},
        limits::Limits,
    },
};

const SECOND: Duration = Duration::from_secs(1);

/// The reports of one extension.
#[derive(Debug)]
pub(in crate::runtime::services) struct Statuses {
    per_second: u32,
    bytes: usize,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// When the second began, and how many were passed on in it.
    second: Option<(Instant, u32)>,
    /// The last report that came too soon: it is passed on when the second is over.
    late: Option<(String, InstallationStatus)>,
}

impl Statuses {
    pub(super) fn new(limits: &Limits) -> Self {
        Self {
            per_second: limits.status_messages_per_second,
            bytes: limits.status_message_bytes,
            state: Mutex::default(),
        }
    }

    /// Cuts the texts of a report.
    pub(in crate::runtime::services) fn cut(
        &self,
        server: &str,
        status: InstallationStatus,
    ) -> (String, InstallationStatus) {
        let status = match status {
            InstallationStatus::Failed(reason) => {
                InstallationStatus::Failed(shortened(reason, self.bytes))
            }
            status => status,
        };
        (shortened(server.to_owned(), self.bytes), status)
    }

    /// Whether one more may be passed on now. The next one after that is passed on later.
    pub(in crate::runtime::services) fn takes_one(&self) -> bool {
        let mut state = self.state();
        let now = Instant::now();
        let (began, count) = match state.second {
            Some((began, count)) if now - began < SECOND => (began, count),
            _ => (now, 0),
        };
        let takes = count < self.per_second && state.late.is_none();
        state.second = Some((began, count + u32::from(takes)));
        takes
    }

    /// Passes a report on when the second is over, unless another comes by then.
    pub(in crate::runtime::services) fn put_off(
        self: &Arc<Self>,
        report: (String, InstallationStatus),
        sink: EventSink,
        delegate: Arc<dyn HostDelegate>,
    ) {
        let over = {
            let mut state = self.state();
            // Where one waits already, a task is there that passes it on.
            if state.late.replace(report).is_some() {
                return;
            }
            state.second.map_or_else(Instant::now, |(began, _)| began) + SECOND
        };
        let statuses = Arc::clone(self);
        tokio::spawn(async move {
            tokio::time::sleep_until(over).await;
            let late = {
                let mut state = statuses.state();
                state.second = Some((Instant::now(), 1));
                state.late.take()
            };
            if let Some((server, status)) = late {
                pass_on(&sink, &*delegate, &server, status).await;
            }
        });
    }

    /// The number that may be passed on in a second.
    pub(in crate::runtime::services) fn per_second(&self) -> u32 {
        self.per_second
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Tells the extension's observer, and the embedder.
pub(in crate::runtime::services) async fn pass_on(
    sink: &EventSink,
    delegate: &dyn HostDelegate,
    server: &str,
    status: InstallationStatus,
) {
    sink.tell(&ExtensionEvent::Installation {
        server,
        status: &status,
    });
    delegate.installation_status(server, status).await;
}

/// A string of at most so many bytes, cut between characters.
fn shortened(mut text: String, bytes: usize) -> String {
    text.truncate(text.floor_char_boundary(bytes));
    text
}
