//! The monitor of one instance: it measures it, and tells the extension's observer.

use std::{
    fmt,
    sync::{Mutex, PoisonError},
    time::Instant,
};

use serde::Serialize;
use serde_json::Value;

use super::{limits::Meter, told::told};
use crate::{
    base::types::{Architecture, ExtensionId, OperatingSystem},
    runtime::{
        delegate::{EventSink, ExtensionEvent, HostCall},
        limits::Limits,
        services::{HostFailure, ServiceResult},
    },
};

/// The most failures of one call that are kept, the last ones.
const MOST_FAILURES: usize = 8;

/// A monitor of one instance. It outlives the instance's stores.
pub(crate) struct Monitor {
    pub(crate) meter: Meter,
    sink: EventSink,
    wants_host_calls: bool,
    /// What the host could not do, or refused, in this call.
    failures: Mutex<Vec<HostFailure>>,
}

impl fmt::Debug for Monitor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Monitor")
            .field("sink", &self.sink)
            .field("meter", &self.meter)
            .finish_non_exhaustive()
    }
}

impl Monitor {
    pub(crate) fn new(limits: &Limits, sink: EventSink) -> Self {
        Self {
            meter: Meter::new(limits),
            wants_host_calls: sink.wants_host_calls(),
            sink,
            failures: Mutex::default(),
        }
    }

    /// The extension that is watched.
    pub(crate) fn extension(&self) -> &ExtensionId {
        &self.sink.extension
    }

    /// Begins a call: its time is counted from zero, and what failed in the one before is forgotten.
    pub(crate) fn begin_call(&self) {
        self.meter.reset();
        self.failures().clear();
    }

    /// Keeps what the host could not do, or has refused, until the call's end.
    pub(crate) fn note(&self, failure: HostFailure) {
        let mut failures = self.failures();
        if failures.len() == MOST_FAILURES {
            failures.remove(0);
        }
        failures.push(failure);
    }

    /// The failure in this call that the extension's words pass on, else the last one.
    pub(crate) fn failure(&self, words: &str) -> Option<HostFailure> {
        let failures = self.failures();
        let told = failures.iter().rfind(|failure| failure.is_told_by(words));
        told.or_else(|| failures.last()).cloned()
    }

    fn failures(&self) -> std::sync::MutexGuard<'_, Vec<HostFailure>> {
        self.failures.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells the extension's observer.
    pub(crate) fn tell(&self, event: impl FnOnce() -> ExtensionEvent) {
        self.sink.tell(event);
    }

    /// The arguments of a host call, where the observer wants to be told of it.
    pub(crate) fn arguments(&self, arguments: impl FnOnce() -> Value) -> Option<Value> {
        self.wants_host_calls.then(arguments)
    }

    /// Does what the guest asks of its host. The time until it is done is not the guest's.
    pub(crate) async fn perform<T: Answer>(
        &self,
        operation: &'static str,
        arguments: Option<Value>,
        work: impl Future<Output = T>,
    ) -> T {
        let began = arguments.is_some().then(Instant::now);
        let answer = {
            let _waiting = self.meter.waiting();
            work.await
        };
        if let (Some(arguments), Some(began)) = (arguments, began) {
            let call = HostCall {
                operation,
                arguments,
                result: answer.told(),
                took: began.elapsed(),
            };
            self.tell(|| ExtensionEvent::HostCall(call));
        }
        if let Some(failure) = answer.failure(operation) {
            self.note(failure);
        }
        answer
    }
}

impl Monitor {
    /// Does what the guest asks of a host function that is the family's own.
    pub(crate) async fn host_call<T: Serialize, E: fmt::Display>(
        &self,
        operation: &'static str,
        arguments: Option<Value>,
        work: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        let work = async { Own(work.await) };
        self.perform(operation, arguments, work).await.0
    }
}

/// The answer of a host function that is a family's own.
struct Own<T, E>(Result<T, E>);

impl<T: Serialize, E: fmt::Display> Answer for Own<T, E> {
    fn told(&self) -> Result<Value, String> {
        let answer = self.0.as_ref();
        answer.map(told).map_err(ToString::to_string)
    }

    fn failure(&self, operation: &'static str) -> Option<HostFailure> {
        let error = self.0.as_ref().err()?;
        Some(HostFailure::in_words(operation, error.to_string()))
    }
}

/// An answer of a host call, as it is told to an observer.
pub(crate) trait Answer {
    fn told(&self) -> Result<Value, String>;

    /// What went wrong, if it is an error.
    fn failure(&self, _: &'static str) -> Option<HostFailure> {
        None
    }
}

impl<T: Serialize> Answer for ServiceResult<T> {
    fn told(&self) -> Result<Value, String> {
        match self {
            Ok(answer) => Ok(told(answer)),
            Err(error) => Err(error.for_guest()),
        }
    }

    fn failure(&self, operation: &'static str) -> Option<HostFailure> {
        let error = self.as_ref().err()?;
        Some(HostFailure::of(operation, error))
    }
}

/// Answers that cannot be errors.
macro_rules! plain {
    ($($type:ty),* $(,)?) => {
        $(impl Answer for $type {
            fn told(&self) -> Result<Value, String> {
                Ok(told(self))
            }
        })*
    };
}

plain!(
    (),
    u64,
    String,
    Option<String>,
    Vec<u64>,
    Vec<(String, String)>,
    (OperatingSystem, Architecture)
);
