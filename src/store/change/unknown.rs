//! Extensions of which it is not known whether there is a newer version, those with one reason together: an outage that
//! keeps a thousand from their news is told once.

use std::collections::BTreeMap;

use serde::Serialize;

use super::outcome::{SkipReason, Skipped, unreadable_words};
use crate::{
    base::{hint::Hint as _, types::ExtensionId},
    network::registry::{self, SourceError},
};

/// The beginning of the words of a reason that say what an update does.
const STAYS: &str = "stays: ";

/// Extensions of which one reason leaves it open whether there is a newer version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Unknown {
    /// Their ids, in the order they were told in; at least one.
    pub ids: Vec<ExtensionId>,
    /// The identity of the registry that they came from; `None` where they came from none.
    pub registry: Option<String>,
    /// The reason in words, with its causes. Where it differs in no more than the file that was asked for, it is the
    /// first one's. May hold a registry's own text.
    pub reason: String,
    /// The way out, where there is one.
    pub hint: Option<String>,
}

impl Unknown {
    /// Groups what an update would leave as it is by the registry and the reason.
    pub fn of<'a>(skipped: impl IntoIterator<Item = &'a Skipped>) -> Vec<Self> {
        let mut groups: Vec<Self> = Vec::new();
        let mut known: BTreeMap<(Option<&str>, String), usize> = BTreeMap::new();
        for one in skipped {
            let (reason, hint) = in_words(&one.reason);
            let registry = one.registry.as_deref();
            let place = groups.len();
            let place = *known
                .entry((registry, sameness(&one.reason, &reason)))
                .or_insert(place);
            match groups.get_mut(place) {
                Some(group) => group.ids.push(one.id.clone()),
                None => groups.push(Self {
                    ids: vec![one.id.clone()],
                    registry: one.registry.clone(),
                    reason,
                    hint,
                }),
            }
        }
        groups
    }
}

/// The words of a reason without what an update does, and the way out.
fn in_words(reason: &SkipReason) -> (String, Option<String>) {
    match reason {
        SkipReason::Unreadable(error) => {
            // What was there once has no other name now.
            let is_gone = matches!(**error, registry::Error::UnknownExtension { .. });
            let hint = error.hint().filter(|_| !is_gone);
            (unreadable_words(error), hint)
        }
        reason => {
            let words = reason.to_string();
            let words = words.strip_prefix(STAYS).unwrap_or(&words).to_owned();
            (words, None)
        }
    }
}

/// What is the same for all extensions that an outage concerns: everything but the file that was asked for.
fn sameness(reason: &SkipReason, words: &str) -> String {
    let SkipReason::Unreadable(error) = reason else {
        return words.to_owned();
    };
    let mut error = &**error;
    while let registry::Error::Shared(shared) = error {
        error = shared;
    }
    match error {
        registry::Error::Offline { location, .. } => format!("offline {location}"),
        registry::Error::Source(SourceError::Status { status, answer, .. }) => {
            format!("status {status} {answer}")
        }
        registry::Error::Source(SourceError::Unreachable { .. }) => "unreachable".into(),
        registry::Error::Source(SourceError::TooSlow { .. }) => "too slow".into(),
        registry::Error::Source(SourceError::Interrupted { .. }) => "interrupted".into(),
        registry::Error::NotAnAnswer { source, .. } => format!("not an answer {source}"),
        _ => words.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn skipped(id: &str, registry: &str, error: registry::Error) -> Skipped {
        Skipped {
            id: id.parse().unwrap(),
            version: "1.0.0".parse().unwrap(),
            registry: Some(registry.into()),
            reason: SkipReason::Unreadable(Box::new(error)),
        }
    }

    fn status(file: &str, status: u16) -> registry::Error {
        registry::Error::Source(SourceError::Status {
            location: format!("https://example.org/{file}"),
            status,
            answer: "down".into(),
            retry_after_seconds: None,
        })
    }

    fn ids(groups: &[Unknown]) -> Vec<Vec<&str>> {
        let groups = groups.iter();
        groups
            .map(|group| group.ids.iter().map(ExtensionId::as_str).collect())
            .collect()
    }

    #[test]
    fn one_outage_is_one_group_and_other_reasons_and_registries_are_others() {
        let shared = Arc::new(status("updates", 503));
        let all = [
            skipped("a", "zed", registry::Error::Shared(shared.clone())),
            skipped("b", "zed", registry::Error::Shared(shared)),
            // Asked for by itself, in the same outage.
            skipped("c", "zed", status("c", 503)),
            skipped("d", "zed", status("d", 403)),
            skipped("e", "corp", status("e", 503)),
        ];
        let groups = Unknown::of(&all);
        assert_eq!(ids(&groups), [vec!["a", "b", "c"], vec!["d"], vec!["e"]]);
        assert_eq!(
            groups[0].reason,
            "the server answered 503 for `https://example.org/updates`: down"
        );
        assert!(groups[0].hint.is_some());
    }

    #[test]
    fn what_a_registry_has_no_longer_is_told_as_such() {
        let gone = |id: &str| {
            let error = registry::Error::UnknownExtension {
                id: id.parse().unwrap(),
                registries: vec!["zed".into()],
                nearest: vec!["other".parse().unwrap()],
            };
            skipped(id, "zed", error)
        };
        let all = [gone("a"), gone("b")];
        let groups = Unknown::of(&all);
        assert_eq!(ids(&groups), [["a", "b"]]);
        assert_eq!(groups[0].reason, "no longer in the registry `zed`");
        assert_eq!(groups[0].hint, None);
    }
}
