//! Comparison of what two versions of an extension may do.
//!
//! Imports are static, so what a component or a core module can ask of its host is known before it runs; what
//! it may ask for is in its manifest.

use std::{collections::BTreeMap, path::Path};

use crate::{
    runtime::api::Families,
    store::{
        added_permissions::AddedPermissions,
        disk::{contents::component_in, installed::Installed},
        error::StoreError,
    },
};

/// Compares an installed version, whose files lie in `folder`, with the one that is to follow, as a host of these
/// families sees both.
///
/// Where the component before cannot be read, all that the next imports counts as new.
///
/// # Errors
/// [`StoreError::Component`] where what the next imports cannot be read.
pub(in crate::store) fn added(
    before: &Installed,
    folder: &Path,
    after: &Installed,
    wasm: Option<&[u8]>,
    families: &Families,
) -> Result<AddedPermissions, StoreError> {
    let functions = match wasm {
        // The same component imports the same.
        Some(_) if before.component.is_some() && before.component == after.component => Vec::new(),
        Some(wasm) => {
            let asked = (families.host_imports(wasm))
                .map_err(|error| StoreError::unusable(&after.id, &after.version, error))?;
            let known = functions_in(folder, families);
            let new = (asked.into_iter()).filter(|(key, _)| !known.contains_key(key));
            new.map(|(_, shown)| shown).collect()
        }
        None => Vec::new(),
    };
    let capabilities = after.capabilities.iter();
    Ok(AddedPermissions {
        capabilities: capabilities
            .filter(|capability| !before.capabilities.contains(capability))
            .cloned()
            .collect(),
        functions,
    })
}

/// The functions that the component in `folder` imports; none where there is none to be read.
fn functions_in(folder: &Path, families: &Families) -> BTreeMap<String, String> {
    let wasm = component_in(folder).ok().flatten();
    wasm.and_then(|wasm| families.host_imports(&wasm).ok())
        .unwrap_or_default()
}
