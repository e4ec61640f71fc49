//! The files of an extension as they lie on disk: its manifest and its component.

use std::path::Path;

use super::super::error::StoreError;
use crate::{
    base::{digest::Blake3Digest, fs, types::ExtensionId},
    package::manifest::{self, COMPONENT, Loaded, Manifest, ManifestFile},
};

/// Reads the manifest of the extension whose files lie in `folder`.
pub(in crate::store) fn load_manifest(folder: &Path, id: &ExtensionId) -> manifest::Result<Loaded> {
    let mut loaded = Manifest::from_folder(folder)?;
    if loaded.source == ManifestFile::Json {
        // The old form has no id of its own: it is named after its folder, which here is a digest.
        loaded.manifest.id = id.clone();
    }
    Ok(loaded)
}

/// Reads the component in `folder`, if there is one.
pub(in crate::store) fn component_in(folder: &Path) -> fs::Result<Option<Vec<u8>>> {
    let path = folder.join(COMPONENT);
    match fs::metadata(&path) {
        Ok(metadata) if metadata.is_file() => fs::read(&path).map(Some),
        Ok(_) => Ok(None),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error),
    }
}

/// Reads a component's file; `None` where it is not the one with this digest, or is not there.
pub(in crate::store) fn component_with(
    path: &Path,
    digest: Blake3Digest,
) -> Result<Option<Vec<u8>>, StoreError> {
    // Looked at before it is opened: anything may lie in its place, or in that of its folder.
    if !path.is_file() {
        return Ok(None);
    }
    match fs::read(path) {
        Ok(wasm) => Ok((Blake3Digest::of(&wasm) == digest).then_some(wasm)),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error.into()),
    }
}
