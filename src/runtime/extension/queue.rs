//! The calls that wait for an instance: bounded, in the order they were made, and gone as soon as no caller
//! waits for their answer any more.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::Notify;

/// The calls that wait for one instance.
pub(super) struct Queue<J> {
    inner: Mutex<Inner<J>>,
    changed: Notify,
    capacity: usize,
}

struct Inner<J> {
    /// By their numbers, which only grow.
    jobs: VecDeque<(u64, J)>,
    next: u64,
    is_closed: bool,
}

/// A call's place in the queue; leaves it when dropped.
pub(super) struct QueueSlot<J> {
    queue: Arc<Queue<J>>,
    number: u64,
}

/// The reason why a call cannot wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refused {
    /// As many wait already as may.
    Full,
    /// No task takes calls from this queue any more.
    Closed,
}

impl<J> Queue<J> {
    pub(super) fn new(capacity: usize) -> Arc<Self> {
        Arc::new(Self {
            inner: Mutex::new(Inner {
                jobs: VecDeque::new(),
                next: 0,
                is_closed: false,
            }),
            changed: Notify::new(),
            capacity: capacity.max(1),
        })
    }

    pub(super) fn capacity(&self) -> usize {
        self.capacity
    }

    /// How many calls wait.
    pub(super) fn len(&self) -> usize {
        self.inner().jobs.len()
    }

    /// Lets a call wait for its turn.
    pub(super) fn push(self: &Arc<Self>, job: J) -> Result<QueueSlot<J>, Refused> {
        let mut inner = self.inner();
        if inner.is_closed {
            return Err(Refused::Closed);
        }
        if inner.jobs.len() >= self.capacity {
            return Err(Refused::Full);
        }
        let number = inner.next;
        inner.next += 1;
        inner.jobs.push_back((number, job));
        drop(inner);
        self.changed.notify_one();
        Ok(QueueSlot {
            queue: self.clone(),
            number,
        })
    }

    /// The call whose turn it is; waits for one. `None` where the queue was closed and is empty.
    pub(super) async fn pop(&self) -> Option<J> {
        loop {
            // A permit is kept for the one who takes calls, so nothing is lost between the look and the wait.
            let changed = self.changed.notified();
            if let Some(turn) = self.turn() {
                return turn;
            }
            changed.await;
        }
    }

    /// The next call, or that there will be none; `None` where it is not known yet.
    fn turn(&self) -> Option<Option<J>> {
        let mut inner = self.inner();
        match inner.jobs.pop_front() {
            Some((_, job)) => Some(Some(job)),
            None if inner.is_closed => Some(None),
            None => None,
        }
    }

    /// Takes no calls any more; those that wait have their turn.
    pub(super) fn close(&self) {
        self.inner().is_closed = true;
        self.changed.notify_one();
    }

    /// Lets all go that wait, and takes none any more.
    pub(super) fn abandon(&self) {
        let mut inner = self.inner();
        inner.is_closed = true;
        let jobs = std::mem::take(&mut inner.jobs);
        drop(inner);
        drop(jobs);
    }

    fn inner(&self) -> MutexGuard<'_, Inner<J>> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<J> QueueSlot<J> {
    /// Takes the call out, if its turn has not come.
    pub(super) fn take(&self) -> Option<J> {
        let mut inner = self.queue.inner();
        let found = inner
            .jobs
            .binary_search_by_key(&self.number, |(number, _)| *number);
        let (_, job) = inner.jobs.remove(found.ok()?)?;
        Some(job)
    }
}

impl<J> Drop for QueueSlot<J> {
    fn drop(&mut self) {
        // It is dropped outside of the queue's lock, since dropping it may run any code.
        drop(self.take());
    }
}
