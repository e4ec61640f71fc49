//! One instance of an extension, in a store of its own, and what it takes to make the next.

use std::{any::Any, panic::AssertUnwindSafe, sync::Arc, time::Duration};

use futures_util::FutureExt as _;
use semver::Version;
use wasmtime::Store;

use crate::{
    api::{
        Prepared,
        extension::{Call, CallError, Guest, Lend},
    },
    engine::{Engine, LimitExceeded, Limits, State, new_store},
    services::Services,
};

/// All that is needed to make an instance, again and again.
pub(crate) struct Launch {
    pub(crate) engine: Arc<Engine>,
    pub(crate) prepared: Box<dyn Prepared<dyn Guest>>,
    pub(crate) services: Arc<Services>,
    pub(crate) api: Arc<Version>,
    pub(crate) limits: Limits,
}

impl Launch {
    /// Makes an instance and runs its start, within the limits of a call.
    ///
    /// # Errors
    /// [`CallError::Start`], [`CallError::WorkDir`] or [`CallError::Limit`].
    pub(crate) async fn start(&self) -> Result<Instance, CallError> {
        let failed = |error: &wasmtime::Error| CallError::Start {
            message: error.root_cause().to_string(),
        };
        // Extensions build the paths of programs from it, which others start from elsewhere.
        let work_dir = &self.services.work_dir;
        let unusable = |problem: String, hint: Option<String>| CallError::WorkDir {
            path: work_dir.clone(),
            problem,
            hint,
        };
        if !work_dir.is_absolute() {
            return Err(unusable("is not an absolute path".into(), None));
        }
        crate::fs::create_dir_all(work_dir).map_err(|error| {
            let cause = std::error::Error::source(&error).map(ToString::to_string);
            let cause = cause.unwrap_or_default();
            unusable(format!("cannot be created: {cause}"), error.hint())
        })?;
        let mut store = new_store(
            &self.engine.wasmtime,
            self.services.clone(),
            self.api.clone(),
            &self.limits,
        )
        .map_err(|error| unusable(format!("cannot be opened: {}", error.root_cause()), None))?;
        let _running = self.engine.ticker.running();
        refill(&mut store);
        let started = async {
            let guest = self.prepared.instantiate(&mut store).await?;
            guest.init(&mut store).await?;
            Ok::<_, wasmtime::Error>(guest)
        };
        let outcome = within(self.limits.call_time, started).await?;
        match outcome {
            Ok(guest) => Ok(Instance { store, guest }),
            Err(error) => Err(match error.downcast_ref::<LimitExceeded>() {
                Some(limit) => CallError::Limit(limit.clone()),
                None => match store.data_mut().take_refused_allocation() {
                    Some(limit) => CallError::Limit(limit),
                    None => failed(&error),
                },
            }),
        }
    }
}

/// A running extension: its store and what it exports.
pub(crate) struct Instance {
    store: Store<State>,
    guest: Box<dyn Guest>,
}

impl Instance {
    /// Makes one call within the limits. After an `Err` that says the guest stopped, the instance must
    /// be dropped: its store is unusable.
    pub(super) async fn perform<T>(
        &mut self,
        launch: &Launch,
        call: impl for<'a> FnOnce(&'a mut Self) -> Call<'a, T>,
    ) -> Result<T, CallError> {
        let _running = launch.engine.ticker.running();
        refill(&mut self.store);
        let calling = AssertUnwindSafe(within(launch.limits.call_time, call(self)));
        let outcome = match calling.catch_unwind().await {
            Ok(outcome) => outcome?,
            Err(panic) => return Err(host_panic(panic.as_ref())),
        };
        match outcome {
            // The engine has no type for this error, so it is known by its words; a test holds them.
            Err(CallError::Trap { message, .. })
                if message.contains("fuel allocated for hostcalls") =>
            {
                Err(CallError::Limit(LimitExceeded::LiftedBytes(
                    launch.limits.lifted_bytes,
                )))
            }
            Err(CallError::Trap { message, backtrace }) => {
                Err(match self.store.data_mut().take_refused_allocation() {
                    Some(limit) => CallError::Limit(limit),
                    None => CallError::Trap { message, backtrace },
                })
            }
            outcome => outcome,
        }
    }

    /// The guest and its store, for one call.
    pub(super) fn parts(&mut self) -> (&dyn Guest, &mut Store<State>) {
        (self.guest.as_ref(), &mut self.store)
    }

    /// Lends something to the guest.
    ///
    /// # Errors
    /// [`LimitExceeded::Handles`] where the table of handles is full.
    pub(super) fn lend<L: Lend>(&mut self, lent: L) -> Result<L::Handle, CallError> {
        let table = &mut self.store.data_mut().table;
        // Full is the only way in which adding an entry fails.
        lent.lend(table)
            .map_err(|_| CallError::Limit(LimitExceeded::Handles(table.max_capacity())))
    }

    /// Takes back what was lent.
    pub(super) fn take_back<L: Lend>(&mut self, handle: L::Handle) {
        L::take_back(handle, &mut self.store.data_mut().table);
    }
}

/// Gives the guest the time of one call, and forgets what an earlier call was refused. The deadline of
/// the epoch is set with it: a fresh store's has passed already.
fn refill(store: &mut Store<State>) {
    store.set_epoch_deadline(1);
    store.data_mut().take_refused_allocation();
    store.data_mut().refill_guest_time();
}

/// A panic of the host's own code, or the embedder's, is the fault of this call alone.
fn host_panic(panic: &(dyn Any + Send)) -> CallError {
    let words = panic.downcast_ref::<String>().map(String::as_str);
    let words = words.or_else(|| panic.downcast_ref::<&str>().copied());
    CallError::Host {
        message: words.unwrap_or("it panicked").to_owned(),
    }
}

async fn within<T>(limit: Duration, future: impl Future<Output = T>) -> Result<T, CallError> {
    let late = |_| CallError::Limit(LimitExceeded::CallTime(limit));
    tokio::time::timeout(limit, future).await.map_err(late)
}
