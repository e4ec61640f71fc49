//! What the services of all extensions of a host share.

use super::ServiceOptions;

/// What the services of all extensions share.
#[derive(Debug)]
pub(crate) struct Equipment {
    pub(crate) options: ServiceOptions,
}

impl Equipment {
    pub(crate) fn new(options: ServiceOptions) -> Self {
        Self { options }
    }
}
