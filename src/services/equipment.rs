//! What the services of all extensions of a host share.

use super::{ServiceOptions, process::Runner};

/// What the services of all extensions share.
#[derive(Debug)]
pub(crate) struct Equipment {
    pub(crate) options: ServiceOptions,
    /// Runs their programs.
    pub(crate) runner: Runner,
}

impl Equipment {
    pub(crate) fn new(options: ServiceOptions) -> Self {
        Self {
            runner: Runner::new(options.processes.clone()),
            options,
        }
    }
}
