//! Reading a file only if it has changed.

use crate::network::http::Validator;

/// What reading a file that may have changed comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reading {
    /// It is what the validator says; nothing was transferred.
    Unchanged,
    /// Its content.
    Content {
        /// All of it.
        content: Vec<u8>,
        /// By what the source will know it again, if it ever does.
        validator: Option<Validator>,
    },
}
