//! The store's listener as the observer of a running extension.

use std::sync::Arc;

use crate::{
    base::types::ExtensionId,
    runtime::delegate::{ExtensionEvent, ExtensionObserver, Unrecorded},
    store::{event::Event, listener::Listener},
};

/// An observer that passes on to a store's listener what extensions do.
pub(in crate::store) struct Listening(pub(in crate::store) Arc<dyn Listener>);

impl ExtensionObserver for Listening {
    fn observe(&self, extension: &ExtensionId, event: &ExtensionEvent) {
        self.0.hear(&Event::Extension {
            id: extension.clone(),
            event: event.clone(),
        });
    }

    fn record(&self, extension: &ExtensionId, access: &ExtensionEvent) -> Result<(), Unrecorded> {
        self.0.record(extension, access)
    }

    fn wants_host_calls(&self) -> bool {
        self.0.wants_host_calls()
    }
}
