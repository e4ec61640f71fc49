//! The steps of a preparation, as the editor hears of them: lines of the session's console.

use std::sync::Arc;

use super::{message::Category, session::Session};
use crate::bridge::preparation::PreparationProgress;

/// The steps of a preparation in the session's console.
pub(super) struct Steps(pub(super) Arc<Session>);

impl PreparationProgress for Steps {
    fn step(&self, text: &str) {
        self.0.show(Category::Console, text);
    }
}
