//! What extensions asked for, as an observer hears of it.

use std::sync::Mutex;

use annexe::{
    capability::{Capability, DeniedBy, Execution},
    delegate::{ExtensionEvent, ExtensionObserver},
    types::ExtensionId,
};

/// What was asked for, who refused it, and the particulars of a program.
pub type Access = (Capability, Option<DeniedBy>, Option<Execution>);

/// Writes down what an extension asked for.
#[derive(Default)]
pub struct Accesses(Mutex<Vec<Access>>);

impl Accesses {
    /// What was asked for since the last time this was called.
    pub fn take(&self) -> Vec<Access> {
        std::mem::take(&mut self.0.lock().unwrap())
    }

    /// The last thing that was asked for.
    pub fn last(&self) -> Access {
        self.take().pop().unwrap()
    }
}

impl ExtensionObserver for Accesses {
    fn observe(&self, _: &ExtensionId, event: &ExtensionEvent) {
        if let ExtensionEvent::Access {
            request,
            refused_by,
            execution,
        } = event
        {
            let access = (request.clone(), *refused_by, execution.clone());
            self.0.lock().unwrap().push(access);
        }
    }
}
