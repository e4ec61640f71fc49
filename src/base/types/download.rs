//! Files that extensions have fetched.

use serde::{Deserialize, Serialize};

use crate::base::digest::Sha256Digest;

/// A file that an extension has fetched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Download {
    /// What the extension asked for, without a password that may stand in it.
    pub url: String,
    /// Where that led in the end, without its query: what stands there lasts some minutes and lets in.
    pub final_url: String,
    /// The digest of what arrived, before anything was unpacked.
    pub sha256: Sha256Digest,
    /// The bytes that arrived.
    pub size: u64,
}
