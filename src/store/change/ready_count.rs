//! The count of a change's extensions that are ready.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering::Relaxed},
};

use crate::{
    base::types::ExtensionId,
    store::{listener::ListenerSink, report::ChangeStep},
};

/// A count of the extensions of a change that are on the disk, with components that can run. Cheap to clone; all clones are
/// the same.
#[derive(Clone)]
pub(super) struct ReadyCount {
    sink: ListenerSink,
    ready: Arc<AtomicU64>,
    of: u64,
}

impl ReadyCount {
    /// Begins to count, and says so where there is something to count.
    pub(super) fn begin(sink: ListenerSink, of: usize) -> Self {
        let of = of as u64;
        if of > 0 {
            sink.step("", ChangeStep::Ready { ready: 0, of });
        }
        Self {
            sink,
            ready: Arc::default(),
            of,
        }
    }

    /// Counts one more.
    pub(super) fn add(&self, id: &ExtensionId) {
        let ready = self.ready.fetch_add(1, Relaxed) + 1;
        let of = self.of;
        self.sink.step(id.as_str(), ChangeStep::Ready { ready, of });
    }
}
