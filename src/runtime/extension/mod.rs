//! A live extension: one instance in a store of its own, owned by one task.
//!
//! 1. A call is boxed and waits in the instance's queue, which is bounded. It leaves it when its caller waits
//!    no more.
//! 2. The task performs one call at a time: published extensions keep state between calls and are not
//!    reentrant.
//! 3. Once the instance has waited for its host for a while, as for a download, calls that can be told by their
//!    export to need nothing of it are made on a secondary instance, which goes when it is not used any
//!    more. Extensions keep state, and two calls that install the same tool would be in each other's way, so
//!    all others wait for their turn, as in Zed.
//! 4. A guest that traps, runs into a limit or is left by its caller loses its store; the next call
//!    starts a fresh one. One that stops again and again is suspended for a while.
//! 5. The task ends, and the instance with it, when the last [`Extension`] is dropped.

mod breaker;
mod crash_report;
mod error;
mod health;
mod instance;
mod options;
mod queue;
mod supervision;
mod worker;

use std::{
    pin::pin,
    sync::{Arc, OnceLock, atomic::Ordering::Relaxed},
    time::Duration,
};

use semver::Version;
use tokio::{sync::oneshot, time::Instant};
use wasmtime::Store;

pub(crate) use self::{breaker::Breaker, instance::Launch};
use self::{
    crash_report::CrashReport,
    health::Counts,
    instance::Instance,
    queue::{Queue, QueueSlot, Refused},
    worker::{Common, Job, Mailbox},
};
pub use self::{
    error::{Call, CallError, Failure},
    health::{Condition, Fault, Health},
    options::ExtensionOptions,
    supervision::Supervision,
};
use crate::{
    base::types::ExtensionId,
    runtime::{
        delegate::ExtensionEvent,
        engine::{Monitor, State},
        services::Services,
    },
};

/// How long the secondary instance is kept when it is not used: a user who types has stopped by then.
const SECONDARY_IDLE: Duration = Duration::from_secs(10);

/// How long the main instance has waited for its host before calls go to the secondary: most waits are
/// shorter.
const PATIENCE: Duration = Duration::from_millis(10);

/// A handle to a running extension. Cheap to clone; the extension is unloaded with its last handle.
#[derive(Clone)]
pub struct Extension {
    shared: Arc<Shared>,
}

struct Shared {
    common: Arc<Common>,
    main: Mailbox,
    /// Made when it is first needed.
    secondary: OnceLock<Mailbox>,
}

impl std::fmt::Debug for Extension {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Extension")
            .field("id", self.id())
            .field("api", self.api())
            .field("family", &self.family())
            .field("world", &self.adapter())
            .finish_non_exhaustive()
    }
}

impl Extension {
    /// Makes the first instance, and hands it to a task of its own, on the caller's runtime.
    ///
    /// # Errors
    /// As [`Launch::start`].
    pub(crate) async fn start(launch: Launch) -> Result<Self, CallError> {
        let common = Arc::new(Common {
            breaker: Breaker::new(launch.options.supervision.clone()),
            counts: Counts::default(),
            launch,
        });
        let monitor = common.monitor();
        let mut report = CrashReport::default();
        let instance = match common.launch.start(&monitor, &mut report).await {
            Ok(instance) => instance,
            Err(error) => {
                let error = error.explained(&monitor);
                if error.is_fault() {
                    report.tell(&monitor, &error);
                }
                return Err(error);
            }
        };
        let guest_time = monitor.meter.guest_time();
        common.counts.add_guest_time(guest_time);
        monitor.tell(|| ExtensionEvent::Started {
            restarts: 0,
            guest_time,
        });
        let idle = common.launch.options.supervision.idle;
        Ok(Self {
            shared: Arc::new(Shared {
                main: Mailbox::spawn(common.clone(), monitor, Some(instance), idle, false),
                secondary: OnceLock::new(),
                common,
            }),
        })
    }

    /// The extension's id.
    pub fn id(&self) -> &ExtensionId {
        &self.launch().services.extension
    }

    /// The API family that the extension is of.
    pub fn family(&self) -> &'static str {
        self.launch().family.name()
    }

    /// The role that the extension plays in its family.
    pub fn role(&self) -> &'static str {
        self.launch().world.role
    }

    /// The API version the extension was built with.
    pub fn api(&self) -> &Version {
        &self.launch().api
    }

    /// The name of the adapter that serves it: `since_v0_6_0`.
    pub fn adapter(&self) -> &'static str {
        self.launch().world.name
    }

    /// How the extension is at this moment.
    pub fn health(&self) -> Health {
        let Shared {
            common,
            main,
            secondary,
            ..
        } = &*self.shared;
        let counts = &common.counts;
        let secondary = secondary.get();
        let secondary_memory = secondary.map_or(0, |mailbox| mailbox.monitor.meter.memory());
        let most_secondary = secondary.map_or(0, |mailbox| mailbox.monitor.meter.most_memory());
        let condition = if let Some(retry_after) = common.breaker.suspended(Instant::now()) {
            Condition::Suspended { retry_after }
        } else if main.monitor.meter.is_waiting() {
            Condition::Waiting
        } else if main.status.is_running()
            || secondary.is_some_and(|mailbox| mailbox.status.is_running())
        {
            Condition::Running
        } else if main.status.has_instance() {
            Condition::Ready
        } else {
            Condition::Stopped
        };
        Health {
            state: condition,
            restarts: counts.restarts.load(Relaxed),
            faults: counts.faults.load(Relaxed),
            last_fault: counts.last_fault(),
            guest_time: counts.guest_time(),
            memory_bytes: main.monitor.meter.memory() + secondary_memory,
            most_memory_bytes: main.monitor.meter.most_memory().max(most_secondary),
            calls: counts.calls.load(Relaxed),
            queued_calls: main.queue.len() + secondary.map_or(0, |mailbox| mailbox.queue.len()),
        }
    }

    /// Forgets the extension's faults: one that is suspended is started again by the next call.
    pub fn reset(&self) {
        self.shared.common.breaker.reset();
    }

    /// Makes a call of any family: `call` is given the guest, in the type that its family has for all its
    /// versions, and the store in which it runs. It is supervised, limited, and waits for its turn, as every
    /// call.
    ///
    /// # Errors
    /// [`CallError::OtherFamily`] where the family's guests are of another type; otherwise what `call` answers, or
    /// why there is no answer.
    pub async fn call_guest<G: 'static, T: Send + 'static>(
        &self,
        call: impl for<'a> FnOnce(&'a G, &'a mut Store<State>) -> Call<'a, T> + Send + 'static,
    ) -> Result<T, CallError> {
        self.call(false, |instance| match instance.parts() {
            Ok((guest, store)) => call(guest, store),
            Err(error) => Box::pin(std::future::ready(Err(error.into()))),
        })
        .await
    }

    /// What the extension may ask of its host, whatever its family.
    pub(crate) fn services(&self) -> &Services {
        &self.launch().services
    }

    fn launch(&self) -> &Launch {
        &self.shared.common.launch
    }

    /// The way to the second instance, which is made when a call needs it.
    fn secondary(&self) -> &Mailbox {
        let Shared {
            common, secondary, ..
        } = &*self.shared;
        secondary.get_or_init(|| {
            let (common, monitor) = (common.clone(), common.monitor());
            Mailbox::spawn(common, monitor, None, Some(SECONDARY_IDLE), true)
        })
    }

    /// Queues a call and waits for its answer. One that needs nothing of the main instance goes to the secondary once
    /// the main one has waited for its host for a while.
    pub(crate) async fn call<T: Send + 'static>(
        &self,
        may_use_secondary: bool,
        call: impl for<'a> FnOnce(&'a mut Instance) -> Call<'a, T> + Send + 'static,
    ) -> Result<T, CallError> {
        // A suspended extension answers at once, even if calls wait.
        self.shared.common.breaker.admit(Instant::now())?;
        let (mut reply, answer) = oneshot::channel();
        let job: Job = Box::new(|worker| {
            Box::pin(async move {
                // A caller that has gone away needs no answer: a call that waits is not made, and one
                // that runs is given up together with the instance it runs on.
                if reply.is_closed() {
                    return;
                }
                tokio::select! {
                    biased;
                    answer = worker.perform(call) => drop(reply.send(answer)),
                    () = reply.closed() => {}
                }
            })
        });
        let closed = |answer: Result<_, _>| answer.unwrap_or(Err(CallError::Closed));
        let main = &self.shared.main;
        let place = push(&main.queue, job)?;
        if !may_use_secondary {
            return closed(answer.await);
        }
        let mut answer = pin!(answer);
        loop {
            if let Ok(answer) = tokio::time::timeout(PATIENCE, &mut answer).await {
                return closed(answer);
            }
            let has_waited = main.monitor.meter.waiting_for() > Some(PATIENCE);
            if has_waited && let Some(job) = place.take() {
                let _place = push(&self.secondary().queue, job)?;
                return closed(answer.await);
            }
        }
    }
}

/// Lets a call wait for its turn.
fn push(queue: &Arc<Queue<Job>>, job: Job) -> Result<QueueSlot<Job>, CallError> {
    queue.push(job).map_err(|refused| match refused {
        Refused::Full => CallError::QueueFull {
            waiting: queue.capacity(),
        },
        Refused::Closed => CallError::Closed,
    })
}

impl Common {
    /// Who watches a new instance.
    fn monitor(&self) -> Arc<Monitor> {
        let Launch {
            limits, services, ..
        } = &self.launch;
        Arc::new(Monitor::new(limits, services.sink.clone()))
    }
}
