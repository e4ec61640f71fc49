//! The probation of an updated version: until it has started once, the version before is what to come back to.

use super::{super::error::StoreError, installed::Installed, layout::Layout};
use crate::base::fs;

/// Whether a version has replaced another and has not started yet.
pub(in crate::store) fn is_on_probation(layout: &Layout, installed: &Installed) -> bool {
    let note = layout.has_started(&installed.tree);
    // Where nothing can be changed, there is no way back.
    installed.fallback.is_some() && !layout.is_read_only() && fs::symlink_metadata(&note).is_err()
}

/// Ends the probation of a version that has started.
pub(in crate::store) fn end(layout: &Layout, installed: &Installed) -> Result<(), StoreError> {
    // Empty, so it is whole as soon as it is there, and needs no temporary file.
    match fs::create_new(&layout.has_started(&installed.tree)) {
        Err(error) if !error.is_already_exists() => Err(error.into()),
        _ => Ok(()),
    }
}
