//! The receivers of a session's two streams.

use std::sync::Arc;

use super::{
    envelope::Kind,
    pump::Receiver,
    session::{Session, SessionEvent},
};
use crate::{
    base::causes::in_full,
    bridge::wire::{frame::FrameError, outlet::Outlet},
};

/// The side of a session that hears the editor.
pub(super) struct OfEditor(pub(super) Arc<Session>);

impl Receiver for OfEditor {
    fn reads(&self, body: &[u8], kind: &Kind) -> bool {
        self.0.reads_of_editor(body, kind)
    }

    fn wants_ids(&self) -> bool {
        self.0.waits_for_editor()
    }

    fn receive(&self, body: Vec<u8>) {
        self.0.hear_editor(body);
    }

    fn onward(&self) -> Option<Outlet> {
        self.0.server()
    }

    fn lose(&self) {
        self.0.lose_of_editor();
    }

    fn ended(&self, error: Option<FrameError>) {
        let error = error.map(|error| in_full(&error));
        self.0.tell(SessionEvent::EditorGone(error));
    }
}

/// The side of a session that hears the server.
pub(super) struct OfServer(pub(super) Arc<Session>);

impl Receiver for OfServer {
    fn reads(&self, body: &[u8], kind: &Kind) -> bool {
        self.0.reads_of_server(body, kind)
    }

    fn wants_ids(&self) -> bool {
        self.0.waits_for_server()
    }

    fn receive(&self, body: Vec<u8>) {
        self.0.hear_server(body);
    }

    fn onward(&self) -> Option<Outlet> {
        Some(self.0.editor.clone())
    }

    fn ended(&self, error: Option<FrameError>) {
        let error = error.map(|error| in_full(&error));
        self.0.tell(SessionEvent::ServerGone(error));
    }
}
