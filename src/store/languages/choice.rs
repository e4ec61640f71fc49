//! The user's choice among extensions that bring language servers of one id.

use std::collections::BTreeMap;

use super::Languages;
use crate::base::types::ExtensionId;

impl Languages {
    /// The same languages, in which the servers of these extensions go before others of the same ids, wherever one of
    /// several is taken. `servers`: extensions by the ids of servers. An extension that does not bring its server
    /// changes nothing.
    #[must_use]
    pub fn preferring(mut self, servers: &BTreeMap<String, ExtensionId>) -> Self {
        self.chosen.clone_from(servers);
        self
    }

    /// The extension that was chosen for an id: see [`preferring`](Self::preferring). It may not bring the server.
    pub fn chosen(&self, id: &str) -> Option<&ExtensionId> {
        self.chosen.get(id)
    }
}
