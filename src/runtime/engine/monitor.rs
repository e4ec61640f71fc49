//! The monitor of one instance: it measures it, and tells the extension's observer.

use std::{fmt, time::Instant};

use serde::Serialize;
use serde_json::Value;

use super::{limits::Meter, told::told};
use crate::{
    base::types::{Architecture, ExtensionId, OperatingSystem},
    runtime::{
        delegate::{EventSink, ExtensionEvent, HostCall},
        limits::Limits,
        services::ServiceResult,
    },
};

/// A monitor of one instance. It outlives the instance's stores.
pub(crate) struct Monitor {
    pub(crate) meter: Meter,
    sink: EventSink,
    wants_host_calls: bool,
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
        }
    }

    /// The extension that is watched.
    pub(crate) fn extension(&self) -> &ExtensionId {
        &self.sink.extension
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
}

/// An answer of a host call, as it is told to an observer.
pub(crate) trait Answer {
    fn told(&self) -> Result<Value, String>;
}

impl<T: Serialize> Answer for ServiceResult<T> {
    fn told(&self) -> Result<Value, String> {
        match self {
            Ok(answer) => Ok(told(answer)),
            Err(error) => Err(error.for_guest()),
        }
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
