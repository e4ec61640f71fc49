//! The clock by which guests are interrupted: a thread that advances the engine's epoch while a guest
//! runs, and sleeps when none does.

use std::{
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
    },
    thread::{self, Thread},
    time::Duration,
};

use wasmtime::EngineWeak;

/// How often the epoch advances: the finest step in which guest time is measured.
pub(crate) const TICK: Duration = Duration::from_millis(5);

/// How many ticks the thread goes on after the last guest has stopped, so that calls in quick
/// succession need not wake it: one second.
const LINGER: u32 = 200;

/// The ticker, which advances the epoch while a [`Running`] guard lives. The thread starts with the first guard.
pub(crate) struct Ticker {
    engine: EngineWeak,
    shared: Arc<Shared>,
    thread: OnceLock<Option<Thread>>,
}

impl std::fmt::Debug for Ticker {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Ticker")
            .field("shared", &self.shared)
            .finish_non_exhaustive()
    }
}

#[derive(Debug, Default)]
struct Shared {
    running: AtomicUsize,
    asleep: AtomicBool,
    closed: AtomicBool,
}

/// A guard while which the epoch advances.
#[derive(Debug)]
pub(crate) struct Running {
    shared: Arc<Shared>,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.shared.running.fetch_sub(1, SeqCst);
    }
}

impl Ticker {
    pub(crate) fn new(engine: EngineWeak) -> Self {
        Self {
            engine,
            shared: Arc::default(),
            thread: OnceLock::new(),
        }
    }

    /// Keeps the epoch advancing until the guard is dropped.
    pub(crate) fn running(&self) -> Running {
        self.shared.running.fetch_add(1, SeqCst);
        let thread = self
            .thread
            .get_or_init(|| start(self.engine.clone(), self.shared.clone()));
        if self.shared.asleep.swap(false, SeqCst)
            && let Some(thread) = thread
        {
            thread.unpark();
        }
        Running {
            shared: self.shared.clone(),
        }
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        self.shared.closed.store(true, SeqCst);
        if let Some(Some(thread)) = self.thread.get() {
            thread.unpark();
        }
    }
}

fn start(engine: EngineWeak, shared: Arc<Shared>) -> Option<Thread> {
    let started = thread::Builder::new()
        .name("annexe-epoch".into())
        .spawn(move || tick(&engine, &shared));
    match started {
        Ok(handle) => Some(handle.thread().clone()),
        Err(error) => {
            tracing::error!(%error, "no thread for the epoch: guests that run too long are only stopped where they wait");
            None
        }
    }
}

fn tick(engine: &EngineWeak, shared: &Shared) {
    let mut idle = 0;
    loop {
        thread::sleep(TICK);
        if shared.closed.load(SeqCst) {
            return;
        }
        let Some(engine) = engine.upgrade() else {
            return;
        };
        engine.increment_epoch();
        drop(engine);
        idle = if shared.running.load(SeqCst) == 0 {
            idle + 1
        } else {
            0
        };
        if idle >= LINGER {
            idle = 0;
            shared.asleep.store(true, SeqCst);
            // A guest that starts now either finds `asleep` and wakes this thread, or has raised
            // `running` before and is seen here.
            if shared.running.load(SeqCst) == 0 {
                thread::park();
            }
            shared.asleep.store(false, SeqCst);
        }
    }
}
