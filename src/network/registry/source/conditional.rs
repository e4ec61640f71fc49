//! Conditional reading: a file is read only if it has changed.

use crate::network::http::Validator;

/// The result of a conditional reading.
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

impl Reading {
    /// The content, for those who have asked without a validator: nothing is unchanged then.
    pub(crate) fn into_content(self) -> Vec<u8> {
        match self {
            Self::Content { content, .. } => content,
            Self::Unchanged => Vec::new(),
        }
    }
}
