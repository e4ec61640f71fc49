//! The sink of one extension's events.

use std::{
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use super::observer::{self, ExtensionEvent, ExtensionObserver, Unrecorded};
use crate::base::types::ExtensionId;

/// The sink through which an extension's observer is told what it does. Cheap to clone.
#[derive(Clone)]
pub(crate) struct EventSink {
    pub(crate) extension: ExtensionId,
    observer: Option<Arc<dyn ExtensionObserver>>,
}

impl fmt::Debug for EventSink {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_tuple("EventSink")
            .field(&self.extension)
            .finish()
    }
}

impl EventSink {
    pub(crate) fn new(
        extension: ExtensionId,
        observer: Option<Arc<dyn ExtensionObserver>>,
    ) -> Self {
        Self {
            extension,
            observer,
        }
    }

    /// Tells the observer, if there is one; without one, the event is not even made. Where the observer panics, the
    /// extension goes on: it is told of what is done already, and most of it on the extension's own task.
    pub(crate) fn tell(&self, event: impl FnOnce() -> ExtensionEvent) {
        let Some(observer) = &self.observer else {
            return;
        };
        let event = event();
        let telling = AssertUnwindSafe(|| observer.observe(&self.extension, &event));
        if catch_unwind(telling).is_err() {
            tracing::error!(extension = %self.extension, "the observer of the extension panicked");
        }
    }

    /// Has an access recorded, if there is an observer. What cannot be recorded is not to be done.
    pub(crate) fn record(&self, access: impl FnOnce() -> ExtensionEvent) -> Result<(), Unrecorded> {
        match &self.observer {
            Some(observer) => observer::record(&**observer, &self.extension, &access()),
            None => Ok(()),
        }
    }

    /// Whether there is an observer.
    pub(crate) fn listens(&self) -> bool {
        self.observer.is_some()
    }

    /// Whether the observer wants to be told of the calls of the host, with their arguments and results. One that
    /// panics at the question is told of none.
    pub(crate) fn wants_host_calls(&self) -> bool {
        self.observer
            .as_ref()
            .is_some_and(|observer| observer::wants_host_calls(&**observer))
    }
}
