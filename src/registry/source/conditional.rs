//! Reading a file only if it has changed.

use serde::{Deserialize, Serialize};

/// By what a server knows again which content of a file one has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Validator {
    /// Its `ETag`, sent back as `If-None-Match`.
    ETag(String),
    /// Its `Last-Modified`, sent back as `If-Modified-Since`.
    LastModified(String),
}

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
