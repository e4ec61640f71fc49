//! Events: what happens to a store and to the extensions that run from it.

use std::sync::Arc;

use serde::{Serialize, Serializer};

use super::{
    error::StoreError,
    report::{ChangeStep, RolledBack},
};
use crate::{
    base::{
        causes::in_full,
        types::{ExtensionId, ExtensionVersion},
    },
    runtime::delegate::ExtensionEvent,
};

/// An event of a store: a step of a change, something that a running extension does, or what has become of it.
///
/// As JSON it is one object, whose `kind` says which: `change` with a `subject` and a `step`, `extension` with an `id`
/// and an `event`, `reload`, `rolled-back`, `not-followed`, `missed`. Strings in it may be an extension's, a
/// registry's or a server's own: they are not made safe for a terminal.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Event {
    /// A step of a change of the store begins, goes on or is done.
    Change {
        /// What it is about: an extension's id, the archive it comes in where the id is not known yet, or a registry's
        /// name; empty for the change as a whole.
        subject: String,
        /// The step.
        #[serde(flatten)]
        step: ChangeStep,
    },
    /// A running extension has done something, or something was done to it.
    Extension {
        /// The extension.
        id: ExtensionId,
        /// What it was.
        #[serde(flatten)]
        event: ExtensionEvent,
    },
    /// A running extension has followed a change of the store, or could not.
    Reload(Reload),
    /// An updated version did not start the first time: the one before is back.
    RolledBack(RolledBack),
    /// A change of the store could not be followed by a [watch](crate::store::RunningExtensions::watch), since the
    /// store cannot be read. What runs goes on, and it is tried again.
    NotFollowed {
        /// Why. As JSON it is a string, with its causes.
        #[serde(serialize_with = "with_causes")]
        error: Arc<StoreError>,
    },
    /// Events before the next one are lost, because they were not taken out of their
    /// [channel](crate::store::events) in time.
    Missed {
        /// How many.
        count: u64,
    },
}

impl Event {
    /// Whether events of this kind come as often as an extension or a server likes.
    pub(in crate::store) fn is_frequent(&self) -> bool {
        matches!(
            self,
            Self::Extension { .. }
                | Self::Change {
                    step: ChangeStep::Fetching { .. },
                    ..
                }
        )
    }
}

/// The result of reloading a running extension after a change of the store.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "reload", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Reload {
    /// Another version runs in its place.
    Swapped {
        /// The extension.
        id: ExtensionId,
        /// The version that ran.
        from: ExtensionVersion,
        /// The version that runs.
        to: ExtensionVersion,
    },
    /// It was removed: calls under way end on it, and there are no more.
    Removed {
        /// The extension.
        id: ExtensionId,
        /// The version that ran.
        version: ExtensionVersion,
    },
    /// It was disabled: calls under way end on it, and there are no more until it is enabled.
    Disabled {
        /// The extension.
        id: ExtensionId,
        /// The version that ran.
        version: ExtensionVersion,
    },
    /// What is installed now could not be started: the version that ran goes on.
    Failed {
        /// The extension.
        id: ExtensionId,
        /// The version that runs.
        version: ExtensionVersion,
        /// Why. As JSON it is a string, with its causes.
        #[serde(serialize_with = "with_causes")]
        error: Arc<StoreError>,
    },
}

/// An error with its causes, as a string.
fn with_causes<S: Serializer>(error: &Arc<StoreError>, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&in_full(&**error))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_an_extension_does_and_how_much_has_arrived_comes_often() {
        let step = |step| Event::Change {
            subject: "one".into(),
            step,
        };
        let fetching = ChangeStep::Fetching {
            received: 1,
            total: 2,
        };
        assert!(step(fetching).is_frequent());
        assert!(!step(ChangeStep::Verified).is_frequent());
    }

    #[test]
    fn each_event_is_one_object_whose_fields_do_not_collide() {
        let id: ExtensionId = "one".parse().unwrap();
        let step = |step| Event::Change {
            subject: "one".into(),
            step,
        };
        let version = ExtensionVersion::new(1, 2, 3);
        let from = ExtensionVersion::new(1, 0, 0);
        let error = Arc::new(StoreError::NoGeneration { number: 3 });
        let words = error.to_string();
        for (event, expected) in [
            (
                step(ChangeStep::Verified),
                json!({"kind": "change", "subject": "one", "step": "verified"}),
            ),
            (
                step(ChangeStep::Waiting { holder: None }),
                json!({"kind": "change", "subject": "one", "step": "waiting", "holder": null}),
            ),
            (
                Event::Extension {
                    id: id.clone(),
                    event: ExtensionEvent::PutAway,
                },
                json!({"kind": "extension", "id": "one", "event": "put-away"}),
            ),
            (
                Event::Extension {
                    id: id.clone(),
                    event: ExtensionEvent::OutputDropped { lines: 3 },
                },
                json!({"kind": "extension", "id": "one", "event": "output-dropped", "lines": 3}),
            ),
            (
                Event::Reload(Reload::Failed {
                    id: id.clone(),
                    version: version.clone(),
                    error: error.clone(),
                }),
                json!({
                    "kind": "reload", "reload": "failed", "id": "one", "version": "1.2.3",
                    "error": words
                }),
            ),
            (
                Event::RolledBack(RolledBack {
                    id,
                    from,
                    to: version,
                    reason: "a trap".into(),
                    generation: 4,
                }),
                json!({
                    "kind": "rolled-back", "id": "one", "from": "1.0.0", "to": "1.2.3",
                    "reason": "a trap", "generation": 4
                }),
            ),
            (
                Event::NotFollowed { error },
                json!({"kind": "not-followed", "error": words}),
            ),
            (
                Event::Missed { count: 2 },
                json!({"kind": "missed", "count": 2}),
            ),
        ] {
            assert_eq!(serde_json::to_value(&event).unwrap(), expected);
        }
    }
}
