//! Servers that may add to another server what it starts with.

use std::collections::BTreeSet;

use super::Languages;
use crate::base::types::ExtensionId;

/// The most extensions that are asked to add to a server whose languages they do not have.
const MOST_OTHERS: usize = 32;

impl Languages {
    /// The servers of other extensions than `own` that may add options and settings to one of these languages: one of
    /// each extension. As in Zed all are asked, as long as they are few (32); of more, those that serve one of the
    /// languages too.
    pub fn adding_to(
        &self,
        own: Option<&ExtensionId>,
        languages: &[String],
    ) -> Vec<(ExtensionId, String)> {
        let extensions: BTreeSet<&ExtensionId> =
            self.servers().iter().map(|it| &it.extension).collect();
        let is_few = extensions.len() <= MOST_OTHERS;
        let mut known = BTreeSet::new();
        let others = self.servers().iter().filter(|server| {
            let serves = || languages.iter().any(|language| server.serves(language));
            Some(&server.extension) != own
                && (is_few || serves())
                && known.insert(&server.extension)
        });
        others
            .map(|server| (server.extension.clone(), server.id.clone()))
            .collect()
    }
}
