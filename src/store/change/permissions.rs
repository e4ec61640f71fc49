//! Comparison of what two versions of an extension may do.
//!
//! Imports are typed and static, so what a component can ask of its host is known before it runs; what
//! it may ask for is in its manifest.

use std::{collections::BTreeMap, path::Path};

use crate::{
    runtime::api,
    store::{
        added_permissions::AddedPermissions,
        disk::{contents::component_in, installed::Installed},
    },
};

/// Compares an installed version, whose files lie in `folder`, with the one that is to follow.
///
/// Where the component before cannot be read, all that the next imports counts as new.
pub(in crate::store) fn added(
    before: &Installed,
    folder: &Path,
    after: &Installed,
    wasm: Option<&[u8]>,
) -> AddedPermissions {
    let capabilities = after.capabilities.iter();
    let known = match (before.component, wasm) {
        // The same component imports the same.
        (Some(before), Some(_)) if Some(before) == after.component => None,
        (_, None) => None,
        _ => Some(functions_in(folder)),
    };
    let functions = match (known, wasm) {
        (Some(known), Some(wasm)) => new_functions(&known, wasm),
        _ => Vec::new(),
    };
    AddedPermissions {
        capabilities: capabilities
            .filter(|capability| !before.capabilities.contains(capability))
            .cloned()
            .collect(),
        functions,
    }
}

/// The functions that the component in `folder` imports; none where there is none to be read.
fn functions_in(folder: &Path) -> BTreeMap<String, String> {
    let wasm = component_in(folder).ok().flatten();
    wasm.and_then(|wasm| api::host_imports(&wasm).ok())
        .unwrap_or_default()
}

fn new_functions(known: &BTreeMap<String, String>, wasm: &[u8]) -> Vec<String> {
    // An unreadable component is refused elsewhere.
    let asked = api::host_imports(wasm).unwrap_or_default();
    let new = asked
        .into_iter()
        .filter(|(bare, _)| !known.contains_key(bare));
    new.map(|(_, shown)| shown).collect()
}
