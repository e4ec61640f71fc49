//! What a version may do that the version before it could not.
//!
//! Imports are typed and static, so what a component can ask of its host is known before it runs; what
//! it may ask for is in its manifest.

use std::{collections::BTreeMap, fmt, path::Path};

use serde::Serialize;

use super::{examine::read_component, installed::Installed};
use crate::{base::printable::printable, package::capability::Capability, runtime::api};

/// What a version may do that the version before it could not.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct AddedPermissions {
    /// Capabilities that its manifest asks for and the one before did not.
    pub capabilities: Vec<Capability>,
    /// Functions of the host that its component imports and the one before did not, as people write
    /// them: `process.run-command`.
    pub functions: Vec<String>,
}

impl AddedPermissions {
    /// It can do nothing new.
    pub fn is_empty(&self) -> bool {
        self.capabilities.is_empty() && self.functions.is_empty()
    }

    /// Compares an installed version, whose files lie in `folder`, with the one that is to follow.
    ///
    /// Where the component before cannot be read, all that the next imports counts as new.
    pub(super) fn between(
        before: &Installed,
        folder: &Path,
        after: &Installed,
        wasm: Option<&[u8]>,
    ) -> Self {
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
        Self {
            capabilities: capabilities
                .filter(|capability| !before.capabilities.contains(capability))
                .cloned()
                .collect(),
            functions,
        }
    }
}

impl fmt::Display for AddedPermissions {
    /// In the words that end "it may …": `run `gem install …`, call `process.run-command``.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut words: Vec<String> = self.capabilities.iter().map(ToString::to_string).collect();
        let functions = self.functions.iter();
        words.extend(functions.map(|function| format!("call `{}`", printable(function))));
        formatter.write_str(&words.join(", "))
    }
}

/// The functions that the component in `folder` imports; none where there is none to be read.
fn functions_in(folder: &Path) -> BTreeMap<String, String> {
    let wasm = read_component(folder).ok().flatten();
    wasm.and_then(|wasm| api::host_imports(&wasm).ok())
        .unwrap_or_default()
}

fn new_functions(known: &BTreeMap<String, String>, wasm: &[u8]) -> Vec<String> {
    // What cannot be read as a component is refused elsewhere.
    let asked = api::host_imports(wasm).unwrap_or_default();
    let new = asked
        .into_iter()
        .filter(|(bare, _)| !known.contains_key(bare));
    new.map(|(_, shown)| shown).collect()
}
