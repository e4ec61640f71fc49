//! The listener of a store: the one place where an embedder hears what happens.

use std::{
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use super::{event::Event, report::ChangeStep};
use crate::{
    base::types::ExtensionId,
    runtime::delegate::{ExtensionEvent, Unrecorded},
};

/// A listener, which hears the [events](Event) of a store and of the extensions that run from it, in the order in
/// which each of them happens.
///
/// [`Store::with_listener`](crate::store::Store::with_listener) sets it. It is called by the task that works, often an
/// extension's own, which waits for it: what takes long belongs elsewhere, as behind a
/// [channel](crate::store::events). A panic of [`hear`](Self::hear) is logged, and changes nothing for the change or
/// the extension.
///
/// Steps of a change are told while it keeps others from changing the store, so a listener never waits for the store,
/// and starts nothing itself: another task does. It holds stores and what runs from them weakly, for they hold it: a
/// [`RunningExtensions`](crate::store::RunningExtensions) in its own listener is a cycle that is never dropped.
pub trait Listener: Send + Sync + 'static {
    /// Hears of one event.
    fn hear(&self, event: &Event);

    /// Records an [`ExtensionEvent::Access`] before it is acted on, as
    /// [`ExtensionObserver::record`](crate::delegate::ExtensionObserver::record) does: one that cannot be recorded is
    /// refused, and so is one at which it panics. Default: nothing is recorded, beside the store's own audit.
    ///
    /// # Errors
    /// An [`Unrecorded`], where the access is lost otherwise.
    fn record(&self, extension: &ExtensionId, access: &ExtensionEvent) -> Result<(), Unrecorded> {
        let _ = (extension, access);
        Ok(())
    }

    /// Whether [`ExtensionEvent::HostCall`] is to be told: making its arguments and result into JSON takes time. Asked
    /// when an extension starts; a panic is logged, and says no. Default: no.
    fn wants_host_calls(&self) -> bool {
        false
    }
}

/// The sink through which a store's listener is told, if there is one. Cheap to clone.
#[derive(Clone, Default)]
pub(in crate::store) struct ListenerSink(Option<Arc<dyn Listener>>);

impl fmt::Debug for ListenerSink {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self.0 {
            Some(_) => "a listener",
            None => "no listener",
        };
        formatter.write_str(name)
    }
}

impl ListenerSink {
    pub(in crate::store) fn new(listener: Arc<dyn Listener>) -> Self {
        Self(Some(listener))
    }

    pub(in crate::store) fn listener(&self) -> Option<&Arc<dyn Listener>> {
        self.0.as_ref()
    }

    /// Tells the listener, if there is one; without one, the event is not even made.
    pub(in crate::store) fn tell(&self, event: impl FnOnce() -> Event) {
        let Some(listener) = &self.0 else {
            return;
        };
        let event = event();
        if catch_unwind(AssertUnwindSafe(|| listener.hear(&event))).is_err() {
            tracing::error!("the listener of the store panicked");
        }
    }

    /// Tells of a step of a change.
    pub(in crate::store) fn step(&self, subject: &str, step: ChangeStep) {
        self.tell(|| Event::Change {
            subject: subject.to_owned(),
            step,
        });
    }
}
