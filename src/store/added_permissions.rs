//! Permissions that a version has and the version before it had not.

use std::fmt;

use serde::Serialize;

use crate::{base::printable::printable, package::capability::Capability};

/// The permissions that a version has and the version before it had not.
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
