//! Audited requests, as they are told apart.

use crate::package::capability::{Capability, Execution};

/// A request that is audited, with the particulars where it is about a program.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(in crate::store) struct AuditedRequest {
    pub(in crate::store) request: Capability,
    pub(in crate::store) execution: Option<Execution>,
}

impl From<Capability> for AuditedRequest {
    fn from(request: Capability) -> Self {
        let execution = None;
        Self { request, execution }
    }
}

impl AuditedRequest {
    pub(in crate::store) fn new(request: &Capability, execution: Option<&Execution>) -> Self {
        Self {
            request: request.clone(),
            execution: execution.cloned(),
        }
    }

    /// The same with no more than the beginning of what is long in it.
    pub(in crate::store) fn in_short(&self) -> Self {
        Self {
            request: self.request.in_short(),
            execution: self.execution.as_ref().map(Execution::in_short),
        }
    }

    /// Whatever there is of its kind.
    pub(in crate::store) fn any_of_kind(&self) -> Self {
        self.request.any_of_kind().into()
    }
}
