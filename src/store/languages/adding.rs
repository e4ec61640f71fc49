//! Servers that may add to another server what it starts with.

use std::collections::BTreeSet;

use super::Languages;
use crate::base::types::ExtensionId;

/// The most extensions that are asked to add to a server though they serve none of its languages. Starting one takes about
/// a millisecond, and 200 KB for as long as the server runs.
const MOST_OTHERS: usize = 64;

/// The servers of other extensions that are asked to add to a server.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct AddingServers {
    /// Those to ask, one of each extension, in the order in which they are asked: a later one goes over an earlier one.
    pub asked: Vec<(ExtensionId, String)>,
    /// The extensions that might add something and are not asked, as there are too many.
    pub left_out: Vec<ExtensionId>,
}

impl Languages {
    /// The servers of other extensions than `own` that may add options and settings to one that serves these languages:
    /// one of each extension. As in Zed all are asked, whatever languages they are for: Vue's adds to the TypeScript
    /// server. Left out are those whose API has no such function (before 0.4.0), and of more than 64 that serve
    /// none of the languages, those that were installed last.
    pub fn adding_to(&self, own: Option<&ExtensionId>, languages: &[String]) -> AddingServers {
        let mut known = BTreeSet::new();
        let others = self.servers.iter().filter(|server| {
            server.may_add && Some(&server.extension) != own && known.insert(&server.extension)
        });
        let serving: BTreeSet<&ExtensionId> = self
            .servers
            .iter()
            .filter(|server| languages.iter().any(|language| server.serves(language)))
            .map(|server| &server.extension)
            .collect();
        let mut left = MOST_OTHERS;
        let mut adding = AddingServers::default();
        for server in others {
            let is_asked = serving.contains(&server.extension) || {
                let is_free = left > 0;
                left = left.saturating_sub(1);
                is_free
            };
            match is_asked {
                true => (adding.asked).push((server.extension.clone(), server.id.clone())),
                false => adding.left_out.push(server.extension.clone()),
            }
        }
        adding
    }
}
