//! The packages installed in a work directory.

use std::{io::Read as _, path::Path};

use serde_json::Value;

use crate::{
    base::fs,
    runtime::services::{ServiceResult, path},
};

/// The name of a package's own manifest.
pub(super) const MANIFEST: &str = "package.json";

/// The longest `package.json` that is read: 1 MiB.
const LONGEST: u64 = 1 << 20;

/// The version of a package that a work directory has; `None` where it has none, or something else in its
/// place. The name has been checked.
///
/// # Errors
/// [`ServiceError::Path`](crate::runtime::services::ServiceError::Path) where a link leads out of the work directory.
pub(super) fn version(work_dir: &Path, package: &str) -> ServiceResult<Option<String>> {
    let work = fs::ConfinedFolder::open(work_dir)?;
    let file = path::within(&work, &format!("node_modules/{package}/{MANIFEST}"))?;
    let file = work_dir.join(file);
    let version =
        read_json(&file).and_then(|manifest| Some(manifest.get("version")?.as_str()?.into()));
    Ok(version)
}

/// The JSON of a file, if it is a plain file of a size that makes sense. A guest may have written it.
pub(super) fn read_json(file: &Path) -> Option<Value> {
    read_json_of(file, LONGEST)
}

/// The JSON of a plain file that has at most so many bytes.
pub(super) fn read_json_of(file: &Path, longest: u64) -> Option<Value> {
    let metadata = fs::symlink_metadata(file).ok()?;
    if !metadata.is_file() {
        return None;
    }
    let mut text = Vec::new();
    let file = fs::open_regular(file).ok()?;
    file.take(longest + 1).read_to_end(&mut text).ok()?;
    if text.len() as u64 > longest {
        return None;
    }
    serde_json::from_slice(&text).ok()
}
