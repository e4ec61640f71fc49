//! The folder where npm works for an extension's working directory: beside it, so that what it has made is moved there
//! by a rename, and named after it, so that it goes with it.

use std::path::{Path, PathBuf};

/// What the name of a working directory follows in the name of that folder.
pub const PREFIX: &str = ".npm-";

/// The folder where npm works for the extension with this working directory.
pub fn npm_folder(work_dir: &Path) -> PathBuf {
    let mut name = std::ffi::OsString::from(PREFIX);
    name.push(work_dir.file_name().unwrap_or_default());
    work_dir.with_file_name(name)
}
