//! What a download may cost.

/// What a download may cost.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DownloadLimits {
    /// Bytes that may arrive. Default 2 GiB.
    pub bytes: u64,
}

impl Default for DownloadLimits {
    fn default() -> Self {
        Self { bytes: 2 << 30 }
    }
}
