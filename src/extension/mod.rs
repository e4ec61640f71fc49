//! A live extension: one instance in a store of its own, owned by one task.
//!
//! 1. A call is boxed and put into the task's queue, which is bounded.
//! 2. The task performs one call at a time: published extensions keep state between calls and are not
//!    reentrant.
//! 3. A guest that traps, runs into a limit or is left by its caller loses its store; the next call
//!    starts a fresh one.
//! 4. The task ends, and the instance with it, when the last [`Extension`] is dropped.

mod calls;
mod instance;

use std::{path::PathBuf, sync::Arc};

use semver::Version;
use tokio::sync::{mpsc, oneshot};

pub(crate) use self::instance::{Instance, Launch};
use crate::{
    api::{
        BoxFuture,
        extension::{Call, CallError},
    },
    types::ExtensionId,
};

/// A handle to a running extension. Cheap to clone; the extension is unloaded with its last handle.
#[derive(Clone)]
pub struct Extension {
    shared: Arc<Shared>,
}

struct Shared {
    id: ExtensionId,
    work_dir: PathBuf,
    api: Arc<Version>,
    world: &'static str,
    queue: mpsc::Sender<Job>,
    queued_calls: usize,
}

impl std::fmt::Debug for Extension {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Extension")
            .field("id", &self.shared.id)
            .field("api", &self.shared.api)
            .field("world", &self.shared.world)
            .finish_non_exhaustive()
    }
}

/// One call, with the way its answer goes back.
type Job = Box<dyn for<'a> FnOnce(&'a mut Task) -> BoxFuture<'a, ()> + Send>;

/// The task that owns an extension's instance.
struct Task {
    launch: Launch,
    instance: Option<Instance>,
}

impl Extension {
    /// Hands a started instance to a task of its own, on the caller's runtime.
    pub(crate) fn spawn(launch: Launch, instance: Instance, world: &'static str) -> Self {
        let (queue, mut jobs) = mpsc::channel::<Job>(launch.limits.queued_calls.max(1));
        let shared = Arc::new(Shared {
            id: launch.services.extension.clone(),
            work_dir: launch.services.work_dir.clone(),
            api: launch.api.clone(),
            world,
            queued_calls: queue.max_capacity(),
            queue,
        });
        let mut task = Task {
            launch,
            instance: Some(instance),
        };
        tokio::spawn(async move {
            while let Some(job) = jobs.recv().await {
                job(&mut task).await;
            }
        });
        Self { shared }
    }

    /// The extension's id.
    pub fn id(&self) -> &ExtensionId {
        &self.shared.id
    }

    /// The API version the extension was built with.
    pub fn api(&self) -> &Version {
        &self.shared.api
    }

    /// The name of the adapter that serves it: `since_v0_6_0`.
    pub fn adapter(&self) -> &'static str {
        self.shared.world
    }

    /// Queues a call and waits for its answer.
    async fn call<T: Send + 'static>(
        &self,
        call: impl for<'a> FnOnce(&'a mut Instance) -> Call<'a, T> + Send + 'static,
    ) -> Result<T, CallError> {
        let (mut reply, answer) = oneshot::channel();
        let job: Job = Box::new(|task| {
            Box::pin(async move {
                // A caller that has gone away needs no answer: a call that waits is not made, and one
                // that runs is given up together with the instance it runs on.
                if reply.is_closed() {
                    return;
                }
                tokio::select! {
                    biased;
                    answer = task.perform(call) => drop(reply.send(answer)),
                    () = reply.closed() => {}
                }
            })
        });
        self.shared
            .queue
            .try_send(job)
            .map_err(|error| match error {
                mpsc::error::TrySendError::Full(_) => CallError::QueueFull {
                    waiting: self.shared.queued_calls,
                },
                mpsc::error::TrySendError::Closed(_) => CallError::Closed,
            })?;
        answer.await.unwrap_or(Err(CallError::Closed))
    }
}

impl Task {
    /// Performs one call on the instance, or on a fresh one where the last was lost.
    async fn perform<T>(
        &mut self,
        call: impl for<'a> FnOnce(&'a mut Instance) -> Call<'a, T>,
    ) -> Result<T, CallError> {
        let mut instance = match self.instance.take() {
            Some(instance) => instance,
            None => self.launch.start().await?,
        };
        let answer = instance.perform(&self.launch, call).await;
        match &answer {
            Err(
                fault @ (CallError::Trap { .. } | CallError::Limit(_) | CallError::Host { .. }),
            ) => {
                tracing::warn!(extension = %self.launch.services.extension, %fault, "extension stopped");
            }
            _ => self.instance = Some(instance),
        }
        answer
    }
}
