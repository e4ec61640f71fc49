//! The system the host runs on.

use serde::{Deserialize, Serialize};

/// An operating system, in the three kinds the interface knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OperatingSystem {
    /// macOS.
    Mac,
    /// Linux, and every other Unix-like system, which the interface has no word for.
    Linux,
    /// Windows.
    Windows,
}

/// A processor architecture, in the three kinds the interface knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Architecture {
    /// 64-bit Arm.
    Aarch64,
    /// 32-bit x86.
    X86,
    /// 64-bit x86, and every other architecture, which the interface has no word for.
    X8664,
}
