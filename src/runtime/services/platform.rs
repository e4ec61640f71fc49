//! The system the host runs on.

use super::Services;
use crate::base::types::{Architecture, OperatingSystem};

impl Services {
    /// The host's system. The interface has three words for each; another system is called by the
    /// nearest one, never a panic.
    pub fn current_platform(&self) -> (OperatingSystem, Architecture) {
        let system = match std::env::consts::OS {
            "macos" | "ios" => OperatingSystem::Mac,
            "windows" => OperatingSystem::Windows,
            _ => OperatingSystem::Linux,
        };
        let architecture = match std::env::consts::ARCH {
            "aarch64" | "arm64ec" => Architecture::Aarch64,
            "x86" => Architecture::X86,
            _ => Architecture::X8664,
        };
        (system, architecture)
    }
}
