//! Limits of downloads.

use std::time::Duration;

use crate::package::archive::tool::ToolLimits;

/// The limits of a download.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DownloadLimits {
    /// Bytes that may arrive. Default 2 GiB.
    pub bytes: u64,
    /// The fewest bytes that must arrive in each `slowest_window`. Default 30 KiB: 1 KiB a second.
    pub slowest_bytes: u64,
    /// Over how long the rate is looked at. Default 30 seconds.
    pub slowest_window: Duration,
    /// What an archive may hold.
    pub archive: ToolLimits,
}

impl Default for DownloadLimits {
    fn default() -> Self {
        Self {
            bytes: 2 << 30,
            slowest_bytes: 30 << 10,
            slowest_window: Duration::from_secs(30),
            archive: ToolLimits::default(),
        }
    }
}
