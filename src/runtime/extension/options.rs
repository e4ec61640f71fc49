//! Options for running an extension.

use std::sync::Arc;

use super::supervision::Supervision;
use crate::runtime::{
    delegate::ExtensionObserver, engine::Limits, sandbox::Sandbox, services::LockedTools,
};

/// The options for running an extension: what it may use, what it sees of the machine, when it is started again, and
/// who hears of what it does.
#[derive(Clone, Default)]
#[non_exhaustive]
pub struct ExtensionOptions {
    /// What it may use. Default: what its API family says.
    pub limits: Option<Limits>,
    /// What it sees of the machine.
    pub sandbox: Sandbox,
    /// How often it is started again after a fault.
    pub supervision: Supervision,
    /// It starts with the host, not when it is first needed:
    /// [`RunningExtensions::start_up`](crate::store::RunningExtensions::start_up). Default: no.
    pub on_startup: bool,
    /// The tools it is held to, whatever servers say or give. Default: none, so that it gets what there is.
    pub locked: Option<Arc<LockedTools>>,
    /// The observer of what it does. Default: none, besides the log.
    pub observer: Option<Arc<dyn ExtensionObserver>>,
}

impl std::fmt::Debug for ExtensionOptions {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("ExtensionOptions")
            .field("limits", &self.limits)
            .field("sandbox", &self.sandbox)
            .field("supervision", &self.supervision)
            .finish_non_exhaustive()
    }
}
