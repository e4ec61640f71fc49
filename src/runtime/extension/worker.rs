//! One instance, the task that owns it, and the calls that wait for it.

use std::{
    panic::AssertUnwindSafe,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::Duration,
};

use futures_util::FutureExt as _;
use tokio::time::Instant;

use super::{
    breaker::{Admission, Breaker},
    crash_report::CrashReport,
    error::{Call, CallError},
    health::Counts,
    instance::{Instance, Launch},
    queue::Queue,
};
use crate::runtime::{api::BoxFuture, delegate::ExtensionEvent, engine::Monitor};

/// The target of the log's words on an extension's life, by which a program selects them wherever this file stands.
const TARGET: &str = "annexe::extension";

/// One call, with the way its answer goes back.
pub(super) type Job = Box<dyn for<'a> FnOnce(&'a mut Worker) -> BoxFuture<'a, ()> + Send>;

/// The state that all instances of an extension share.
pub(super) struct Common {
    pub(super) launch: Launch,
    pub(super) breaker: Breaker,
    pub(super) counts: Counts,
}

/// The way to one instance. It ends when this is dropped: calls that wait have their turn first.
pub(super) struct Mailbox {
    pub(super) queue: Arc<Queue<Job>>,
    pub(super) monitor: Arc<Monitor>,
    pub(super) status: Arc<Status>,
}

/// The status of an instance's task.
#[derive(Debug, Default)]
pub(super) struct Status {
    is_running: AtomicBool,
    has_instance: AtomicBool,
}

impl Status {
    pub(super) fn is_running(&self) -> bool {
        self.is_running.load(Relaxed)
    }

    pub(super) fn has_instance(&self) -> bool {
        self.has_instance.load(Relaxed)
    }
}

impl Drop for Mailbox {
    fn drop(&mut self) {
        self.queue.close();
    }
}

impl Mailbox {
    /// Begins a task that owns `instance`, or will own the first one that a call needs. An instance that is
    /// unused for `idle` is put away. Starts and stops of a secondary one are not reported.
    pub(super) fn spawn(
        common: Arc<Common>,
        monitor: Arc<Monitor>,
        instance: Option<Instance>,
        idle: Option<Duration>,
        is_secondary: bool,
    ) -> Self {
        let queue = Queue::new(common.launch.limits.queued_calls);
        let status = Arc::new(Status::default());
        status.has_instance.store(instance.is_some(), Relaxed);
        let worker = Worker {
            common,
            monitor: monitor.clone(),
            status: status.clone(),
            instance,
            is_secondary,
            lost_one: false,
            report: CrashReport::default(),
        };
        tokio::spawn(worker.work(Consumer(queue.clone()), idle));
        Self {
            queue,
            monitor,
            status,
        }
    }
}

/// The right to take calls from a queue. Where it goes before the queue is closed, as when the runtime
/// ends, no caller waits in vain.
struct Consumer(Arc<Queue<Job>>);

impl Drop for Consumer {
    fn drop(&mut self) {
        self.0.abandon();
    }
}

/// The task that owns an instance.
pub(super) struct Worker {
    common: Arc<Common>,
    monitor: Arc<Monitor>,
    status: Arc<Status>,
    instance: Option<Instance>,
    is_secondary: bool,
    /// The last instance was lost, so the next one is a restart.
    lost_one: bool,
    /// What is left of the last instance that was stopped.
    report: CrashReport,
}

/// A guard that adds a call's time to the extension's, however the call ends.
struct Account<'a> {
    common: &'a Common,
    monitor: &'a Monitor,
}

impl Drop for Account<'_> {
    fn drop(&mut self) {
        let guest_time = self.monitor.meter.guest_time();
        self.common.counts.add_guest_time(guest_time);
    }
}

impl Worker {
    async fn work(mut self, consumer: Consumer, idle: Option<Duration>) {
        loop {
            let job = match idle.filter(|_| self.instance.is_some()) {
                None => consumer.0.pop().await,
                Some(idle) => match tokio::time::timeout(idle, consumer.0.pop()).await {
                    Ok(job) => job,
                    Err(_) => {
                        self.put_away();
                        continue;
                    }
                },
            };
            let Some(job) = job else { return };
            self.status.is_running.store(true, Relaxed);
            let done = AssertUnwindSafe(job(&mut self)).catch_unwind().await;
            self.status.is_running.store(false, Relaxed);
            if done.is_err() {
                // As when what a caller has lent panics while it is given back.
                let extension = self.monitor.extension();
                tracing::error!(target: TARGET, %extension, "a call panicked in the host");
            }
        }
    }

    /// Performs one call on the instance, or on a fresh one where the last was lost or put away. Where the
    /// future is dropped, the instance is lost.
    pub(super) async fn perform<T>(
        &mut self,
        call: impl for<'a> FnOnce(&'a mut Instance) -> Call<'a, T>,
    ) -> Result<T, CallError> {
        let common = self.common.clone();
        let admission = common.breaker.admit(Instant::now())?;
        let monitor = self.monitor.clone();
        monitor.begin_call();
        let account = Account {
            common: &common,
            monitor: &monitor,
        };
        let answer = match self.take() {
            Some(instance) => self.perform_on(instance, call).await,
            None => match self.restart().await {
                Ok(instance) => self.perform_on(instance, call).await,
                Err(error) => Err(error),
            },
        };
        let answer = answer.map_err(|error| error.explained(&monitor));
        drop(account);
        common.counts.calls.fetch_add(1, Relaxed);
        monitor.tell(|| ExtensionEvent::Answered {
            guest_time: monitor.meter.guest_time(),
            most_memory_bytes: monitor.meter.most_memory(),
        });
        match &answer {
            Err(error) if error.is_fault() => self.note(error, admission),
            // The extension has spoken: nothing else says that it can be trusted.
            Ok(_) | Err(CallError::Guest { .. }) => common.breaker.ended_well(admission),
            Err(_) => {}
        }
        answer
    }

    async fn perform_on<T>(
        &mut self,
        mut instance: Instance,
        call: impl for<'a> FnOnce(&'a mut Instance) -> Call<'a, T>,
    ) -> Result<T, CallError> {
        let answer = instance
            .perform(&self.common.launch, &self.monitor, call)
            .await;
        match &answer {
            Err(error) if error.is_fault() => self.report = instance.report,
            _ => self.keep(instance),
        }
        answer
    }

    async fn restart(&mut self) -> Result<Instance, CallError> {
        let counts = &self.common.counts;
        let launch = &self.common.launch;
        let started = launch.start(&self.monitor, &mut self.report).await;
        if self.lost_one {
            counts.restarts.fetch_add(1, Relaxed);
            self.lost_one = false;
        }
        let instance = started?;
        // Until it is kept: the call that it was made for may be its end.
        self.lost_one = true;
        counts.add_guest_time(self.monitor.meter.guest_time());
        if !self.is_secondary {
            self.monitor.tell(|| ExtensionEvent::Started {
                restarts: counts.restarts.load(Relaxed),
                guest_time: self.monitor.meter.guest_time(),
            });
        }
        Ok(instance)
    }

    fn note(&mut self, fault: &CallError, admission: Admission) {
        let extension = self.monitor.extension();
        tracing::warn!(target: TARGET, %extension, %fault, "extension stopped");
        let Common {
            counts, breaker, ..
        } = &*self.common;
        counts.faults.fetch_add(1, Relaxed);
        counts.set_last_fault(fault);
        std::mem::take(&mut self.report).tell(&self.monitor, fault);
        if let Some(backoff) = breaker.count(fault, admission, Instant::now()) {
            tracing::warn!(target: TARGET, %extension, ?backoff, "extension suspended");
            self.monitor.tell(|| ExtensionEvent::Suspended { backoff });
        }
    }

    fn take(&mut self) -> Option<Instance> {
        self.status.has_instance.store(false, Relaxed);
        let instance = self.instance.take();
        self.lost_one |= instance.is_some();
        instance
    }

    fn keep(&mut self, instance: Instance) {
        self.instance = Some(instance);
        self.lost_one = false;
        self.status.has_instance.store(true, Relaxed);
    }

    fn put_away(&mut self) {
        drop(self.take());
        self.lost_one = false;
        if !self.is_secondary {
            tracing::debug!(target: TARGET, extension = %self.monitor.extension(), "extension put away");
            self.monitor.tell(|| ExtensionEvent::PutAway);
        }
    }
}
