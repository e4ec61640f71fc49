//! Tools that extensions fetch, and how far they are.

use serde::{Deserialize, Serialize};

/// The progress of a language server's installation, as its extension reports it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum InstallationStatus {
    /// Nothing is going on; also what API 0.0.1 to 0.0.3 called `downloaded` and `cached`.
    #[default]
    None,
    /// The server is being downloaded.
    Downloading,
    /// The extension looks for a newer version of the server.
    CheckingForUpdate,
    /// The installation failed, with the reason in the extension's words.
    Failed(String),
}

/// The kind of a downloaded file, which decides how it is unpacked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DownloadedFileKind {
    /// One file, compressed with gzip.
    Gzip,
    /// A tar archive, compressed with gzip: unpacked into a folder.
    GzipTar,
    /// A zip archive: unpacked into a folder.
    Zip,
    /// One file, as it is.
    Uncompressed,
}
