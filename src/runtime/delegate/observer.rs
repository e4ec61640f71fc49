//! Events of an extension at work, and their observer.

use std::{
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    time::Duration,
};

use serde::Serialize;
use serde_json::Value;

use crate::{
    base::{
        digest::Sha256Digest,
        hint::{ErrorKind, Hint},
        types::{Download, ExtensionId, InstallationStatus},
    },
    package::capability::{Capability, DeniedBy, Execution},
};

/// An observer of what the extensions of a [`Host`](crate::Host) do, as they do it. A store's extensions are heard by
/// its [`Listener`](crate::store::Listener) as well, which also hears how the store changes.
///
/// It is called on the extension's own task, between two of its steps: what takes long belongs elsewhere. A panic of
/// it is logged, and changes nothing for the extension.
pub trait ExtensionObserver: Send + Sync + 'static {
    /// Hears of one thing that an extension has done.
    fn observe(&self, extension: &ExtensionId, event: &ExtensionEvent);

    /// Records an [`ExtensionEvent::Access`] before it is acted on, whether it was allowed or refused. An access
    /// that cannot be recorded is refused: the extension is answered with an error that says so, or with nothing
    /// where its API has no error, and [`observe`](Self::observe) hears of a refusal by [`DeniedBy::Audit`].
    ///
    /// It is called on the extension's own task, which waits for it. A panic counts as an error. Default: nothing
    /// is recorded.
    ///
    /// # Errors
    /// An [`Unrecorded`], where the access is lost otherwise.
    fn record(&self, extension: &ExtensionId, access: &ExtensionEvent) -> Result<(), Unrecorded> {
        let _ = (extension, access);
        Ok(())
    }

    /// Whether [`ExtensionEvent::HostCall`] is to be told: making its arguments and result into JSON takes
    /// time. A panic is logged, and says no. Default: no.
    fn wants_host_calls(&self) -> bool {
        false
    }
}

/// An access that could not be recorded: why, and the way out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Unrecorded {
    message: String,
    hint: Option<String>,
}

impl Unrecorded {
    /// An error with these words.
    pub fn new(message: impl fmt::Display) -> Self {
        Self {
            message: message.to_string(),
            hint: None,
        }
    }

    /// Adds the way out, in plain words.
    #[must_use]
    pub fn with_hint(mut self, hint: Option<String>) -> Self {
        self.hint = hint;
        self
    }
}

impl Hint for Unrecorded {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Refused
    }

    fn hint(&self) -> Option<String> {
        self.hint.clone()
    }
}

/// An event: something that an extension has done, or that was done to it.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ExtensionEvent {
    /// An instance has started.
    Started {
        /// How often this extension was started again before, since it was loaded.
        restarts: u64,
        /// How long its own code has run in its start.
        #[serde(rename = "guest_milliseconds", serialize_with = "milliseconds")]
        guest_time: Duration,
    },
    /// A call of it has ended, whether well or not.
    Answered {
        /// How long its own code has run in the call.
        #[serde(rename = "guest_milliseconds", serialize_with = "milliseconds")]
        guest_time: Duration,
        /// The most bytes that the memories of this instance, or one before it, have had at once.
        most_memory_bytes: usize,
    },
    /// It has written a line to its standard output or error. Control characters are replaced.
    Output {
        /// Which of the two.
        stream: OutputStream,
        /// The line, without its newline.
        line: String,
    },
    /// It has written more than it may, and some of it is lost.
    OutputDropped {
        /// How many lines.
        lines: u64,
    },
    /// It has run into a limit that is an error to it, or by which something was left out. Told once of each limit.
    LimitReached {
        /// The name of the limit: a field of [`Limits`](crate::Limits).
        setting: &'static str,
        /// What happened, in words.
        message: String,
    },
    /// It has called its host.
    HostCall(HostCall),
    /// It has asked for something that needs a grant.
    Access {
        /// What it asked for: to the letter where it is to be [recorded](ExtensionObserver::record); told with no more
        /// than the beginning of what is long in it, for the rest `…` and a digest.
        request: Capability,
        /// Who refused; `None` where it was allowed.
        refused_by: Option<DeniedBy>,
        /// Which file runs and with which variables, where it is about a program. Shortened as the request is.
        #[serde(skip_serializing_if = "Option::is_none")]
        execution: Option<Execution>,
    },
    /// It reports how far the installation of a language server is.
    Installation {
        /// The server.
        server: String,
        /// How far it is.
        status: InstallationStatus,
    },
    /// A file arrives for it. Told now and then, not for each piece.
    Downloading {
        /// Where from.
        url: String,
        /// The bytes that have arrived.
        received: u64,
        /// The bytes there will be, where that is known.
        total: Option<u64>,
    },
    /// A file has arrived for it.
    Downloaded {
        /// The file.
        download: Download,
        /// What the same address had before, where that was something else.
        before: Option<Sha256Digest>,
    },
    /// A server has not answered yet, or a program of the host's is not done. Told each second for as long as it is waited
    /// for.
    Waiting {
        /// What is waited for, in words: "the latest release of `owner/name`".
        what: String,
        /// How long it has been waited for.
        #[serde(rename = "waited_milliseconds", serialize_with = "milliseconds")]
        waited: Duration,
    },
    /// The wait is over that [`Waiting`](Self::Waiting) told of.
    Waited {
        /// What was waited for, in the same words.
        what: String,
        /// How long it was waited for.
        #[serde(rename = "waited_milliseconds", serialize_with = "milliseconds")]
        waited: Duration,
    },
    /// A server could not be asked, so it was answered what the server said the last time.
    LastGood {
        /// What was asked for, in words: "the latest release of `owner/name`".
        what: String,
        /// Why the server could not be asked, in words.
        why: String,
        /// How old the answer is.
        #[serde(rename = "age_milliseconds", serialize_with = "milliseconds")]
        age: Duration,
    },
    /// Its instance was lost: the next call starts another.
    Stopped {
        /// Why, in words.
        fault: String,
        /// The functions on its stack, innermost first, a line each; empty where there are none.
        backtrace: String,
        /// Its memories and stack, in the core dump format of WebAssembly, where the host makes such
        /// ([`HostBuilder::core_dumps`](crate::HostBuilder::core_dumps)).
        #[serde(skip)]
        core_dump: Option<Arc<[u8]>>,
    },
    /// It has stopped too often: calls are answered with its last fault for a while.
    Suspended {
        /// How long.
        #[serde(rename = "milliseconds", serialize_with = "milliseconds")]
        backoff: Duration,
    },
    /// It was put away, since it was not called for a while: the next call starts it.
    PutAway,
}

/// One of the two streams that a program writes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum OutputStream {
    /// Its standard output.
    Output,
    /// Its standard error.
    Error,
}

/// A call that an extension has made of its host. Of a list of bytes, such as the body of an answer, the first 4096 are
/// told, and after them how many more there are, in a string.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct HostCall {
    /// The operation, by the name it has in the newest world: `download-file`.
    pub operation: &'static str,
    /// Its arguments, by their names.
    pub arguments: Value,
    /// What the extension was answered, or the words of the error. As JSON it is a `result` or an `error`.
    #[serde(flatten, serialize_with = "outcome")]
    pub result: Result<Value, String>,
    /// How long it has waited for it.
    #[serde(rename = "milliseconds", serialize_with = "milliseconds")]
    pub took: Duration,
}

fn outcome<S: serde::Serializer>(result: &Result<Value, String>, to: S) -> Result<S::Ok, S::Error> {
    match result {
        Ok(value) => to.serialize_newtype_variant("Result", 0, "result", value),
        Err(words) => to.serialize_newtype_variant("Result", 1, "error", words),
    }
}

fn milliseconds<S: serde::Serializer>(time: &Duration, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_f64(time.as_secs_f64() * 1e3)
}

/// Has an observer record an access; a panic of it is an error.
pub(super) fn record(
    observer: &dyn ExtensionObserver,
    extension: &ExtensionId,
    access: &ExtensionEvent,
) -> Result<(), Unrecorded> {
    let recording = AssertUnwindSafe(|| observer.record(extension, access));
    catch_unwind(recording).unwrap_or_else(|_| {
        tracing::error!(%extension, "an observer panicked that records what the extension asks for");
        Err(Unrecorded::new("the observer that records it panicked"))
    })
}

/// Whether an observer wants to hear of host calls; one that panics at the question does not.
pub(super) fn wants_host_calls(observer: &dyn ExtensionObserver) -> bool {
    catch_unwind(AssertUnwindSafe(|| observer.wants_host_calls())).unwrap_or_else(|_| {
        tracing::error!(
            "an observer panicked that was asked whether it wants to hear of host calls"
        );
        false
    })
}

/// Several observers, each of which hears of everything it wants to, in their order. One that panics keeps
/// nothing from the others.
pub(crate) struct Observers(Vec<Arc<dyn ExtensionObserver>>);

impl Observers {
    /// Those that are there, as one; `None` where there are none.
    pub(crate) fn of(
        observers: impl IntoIterator<Item = Option<Arc<dyn ExtensionObserver>>>,
    ) -> Option<Arc<dyn ExtensionObserver>> {
        let mut observers: Vec<_> = observers.into_iter().flatten().collect();
        match observers.len() {
            0 | 1 => observers.pop(),
            _ => Some(Arc::new(Self(observers))),
        }
    }
}

impl ExtensionObserver for Observers {
    fn observe(&self, extension: &ExtensionId, event: &ExtensionEvent) {
        let is_host_call = matches!(event, ExtensionEvent::HostCall(_));
        for observer in &self.0 {
            let telling = AssertUnwindSafe(|| {
                if !is_host_call || observer.wants_host_calls() {
                    observer.observe(extension, event);
                }
            });
            if catch_unwind(telling).is_err() {
                tracing::warn!(%extension, "an observer of the extension panicked");
            }
        }
    }

    /// All of them record what is refused anyway. What is allowed is not recorded any further once one of them cannot.
    fn record(&self, extension: &ExtensionId, access: &ExtensionEvent) -> Result<(), Unrecorded> {
        let is_allowed = matches!(
            access,
            ExtensionEvent::Access {
                refused_by: None,
                ..
            }
        );
        let mut outcome = Ok(());
        for observer in &self.0 {
            let recorded = record(&**observer, extension, access);
            outcome = outcome.and(recorded);
            if outcome.is_err() && is_allowed {
                break;
            }
        }
        outcome
    }

    fn wants_host_calls(&self) -> bool {
        self.0.iter().any(|observer| wants_host_calls(&**observer))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

    use super::*;
    use crate::runtime::delegate::event_sink::EventSink;

    #[test]
    fn a_host_call_as_json_has_a_result_or_an_error() {
        let call = |result| {
            serde_json::to_value(ExtensionEvent::HostCall(HostCall {
                operation: "which",
                arguments: serde_json::json!({"name": "git"}),
                result,
                took: Duration::from_micros(1500),
            }))
            .unwrap()
        };
        assert_eq!(
            call(Ok(Value::Null)),
            serde_json::json!({
                "event": "host-call", "operation": "which", "arguments": {"name": "git"},
                "result": null, "milliseconds": 1.5
            })
        );
        assert_eq!(call(Err("no".into()))["error"], "no");
    }

    #[derive(Default)]
    struct Counting {
        events: AtomicUsize,
        wants_host_calls: bool,
        panics: bool,
    }

    impl ExtensionObserver for Counting {
        fn observe(&self, _: &ExtensionId, _: &ExtensionEvent) {
            self.events.fetch_add(1, Relaxed);
            assert!(!self.panics, "as it was told to");
        }

        fn wants_host_calls(&self) -> bool {
            self.wants_host_calls
        }
    }

    #[test]
    fn an_observer_that_panics_silences_no_other_and_each_hears_what_it_wants() {
        let all =
            [(true, true), (false, false), (true, false)].map(|(wants_host_calls, panics)| {
                Arc::new(Counting {
                    wants_host_calls,
                    panics,
                    ..Counting::default()
                })
            });
        let each = all.iter().map(|it| Some(it.clone() as _));
        let observers = Observers::of(each.chain([None])).unwrap();
        assert!(observers.wants_host_calls());
        let id = "one".parse().unwrap();
        observers.observe(&id, &ExtensionEvent::PutAway);
        let call = HostCall {
            operation: "which",
            arguments: Value::Null,
            result: Ok(Value::Null),
            took: Duration::ZERO,
        };
        observers.observe(&id, &ExtensionEvent::HostCall(call));
        assert_eq!(all.map(|it| it.events.load(Relaxed)), [2, 1, 2]);
        assert!(Observers::of([None, None]).is_none());
    }

    /// Panics at the question whether it wants to hear of host calls.
    struct Undecided;

    impl ExtensionObserver for Undecided {
        fn observe(&self, _: &ExtensionId, _: &ExtensionEvent) {}

        fn wants_host_calls(&self) -> bool {
            panic!("as it was told to");
        }
    }

    #[test]
    fn an_observer_that_panics_when_asked_hears_of_no_host_call_and_the_others_of_theirs() {
        let id: ExtensionId = "one".parse().unwrap();
        let alone = EventSink::new(id.clone(), Some(Arc::new(Undecided)));
        assert!(!alone.wants_host_calls());
        let wanting = Arc::new(Counting {
            wants_host_calls: true,
            ..Counting::default()
        });
        let both = [Some(Arc::new(Undecided) as _), Some(wanting as _)];
        let both = EventSink::new(id, Observers::of(both));
        assert!(both.wants_host_calls());
    }
}
