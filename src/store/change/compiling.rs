//! Compilation of what a change brings. It begins while the rest is fetched, and goes on when the store's lock was given
//! back: what comes of it does not depend on the store, and nobody waits for a store because something is compiled.

use std::sync::Arc;

use tokio::{sync::Semaphore, task::JoinSet};

use super::ready_count::ReadyCount;

use crate::{
    base::{digest::Blake3Digest, task::TaskError},
    runtime::{
        engine::CodeOrigin,
        host::{Fit, Host},
    },
    store::{
        disk::installed::Installed, error::StoreError, listener::ListenerSink, report::ChangeStep,
    },
};

/// The most components that are compiled at a time, however many processors there are: each is compiled by all of them,
/// and in the memory that one may take.
const AT_A_TIME: usize = 4;

/// The components that are being compiled. Dropped, it stops those that have not begun, and child processes.
pub(super) struct Compiling {
    host: Host,
    sink: ListenerSink,
    count: ReadyCount,
    turns: Arc<Semaphore>,
    tasks: JoinSet<Result<(Blake3Digest, CodeOrigin), StoreError>>,
}

impl Compiling {
    pub(super) fn new(host: Host, sink: ListenerSink, count: ReadyCount) -> Self {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            host,
            sink,
            count,
            turns: Arc::new(Semaphore::new(processors.min(AT_A_TIME))),
            tasks: JoinSet::new(),
        }
    }

    /// Begins with a component, as soon as it has its turn.
    pub(super) fn begin(&mut self, installed: &Installed, fit: Fit) {
        let (host, sink, turns) = (self.host.clone(), self.sink.clone(), self.turns.clone());
        let (id, version) = (installed.id.clone(), installed.version.clone());
        let count = self.count.clone();
        self.tasks.spawn(async move {
            // The semaphore is never closed.
            let _turn = turns.acquire().await.ok();
            sink.step(id.as_str(), ChangeStep::Compiling);
            let compiled = host.compile_fit(fit).await;
            let component =
                compiled.map_err(|source| StoreError::unusable(&id, &version, source))?;
            let origin = component.origin();
            sink.step(id.as_str(), ChangeStep::Compiled(origin));
            count.add(&id);
            Ok((component.digest(), origin))
        });
    }

    /// Whether there is nothing to wait for.
    pub(super) fn is_empty(&self) -> bool {
        self.tasks.is_empty()
    }

    /// Waits for all of them; at the first that fails, stops the others.
    pub(super) async fn finish(mut self) -> Result<Vec<(Blake3Digest, CodeOrigin)>, StoreError> {
        let mut compiled = Vec::new();
        while let Some(ended) = self.tasks.join_next().await {
            compiled.push(ended.map_err(TaskError::from)??);
        }
        Ok(compiled)
    }
}
