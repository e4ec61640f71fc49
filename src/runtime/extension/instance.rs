//! One instance of an extension, in a store of its own, and what it takes to make the next.

use std::{any::Any, panic::AssertUnwindSafe, sync::Arc};

use futures_util::FutureExt as _;
use semver::Version;
use wasmtime::Store;

use super::{
    crash_report::{self, CrashReport},
    error::{Call, CallError, Failure},
    options::ExtensionOptions,
};
use crate::base::hint::Hint as _;
use crate::runtime::{
    api::{AnyGuest, Family, Prepared, World},
    engine::{Engine, Limits, Monitor, State, new_store},
    sandbox::SandboxError,
    services::Services,
};

/// All that is needed to make an instance, again and again.
pub(crate) struct Launch {
    pub(crate) engine: Arc<Engine>,
    pub(crate) family: Arc<dyn Family>,
    pub(crate) world: &'static World,
    pub(crate) prepared: Box<dyn Prepared>,
    pub(crate) services: Arc<Services>,
    pub(crate) api: Arc<Version>,
    /// What it may use, by its options or its family.
    pub(crate) limits: Limits,
    pub(crate) options: ExtensionOptions,
}

impl Launch {
    /// Makes an instance and runs its start, within the limits of a call. What is left of one that is
    /// stopped goes to `report`.
    ///
    /// # Errors
    /// [`CallError::Start`], [`CallError::WorkDir`], [`CallError::Sandbox`] or [`CallError::Limit`].
    pub(super) async fn start(
        &self,
        monitor: &Arc<Monitor>,
        report: &mut CrashReport,
    ) -> Result<Instance, CallError> {
        self.make_work_dir()?;
        let limits = &self.limits;
        let mut store = new_store(
            &self.engine.wasmtime,
            self.services.clone(),
            self.api.clone(),
            limits,
            &self.options.sandbox,
            monitor.clone(),
            self.family.services(&self.services.extension),
        )
        .map_err(|error| match error.downcast::<SandboxError>() {
            Ok(error) => CallError::Sandbox(error),
            Err(error) => self.unusable(format!("cannot be opened: {}", error.root_cause()), None),
        })?;
        let _running = self.engine.ticker.running();
        refill(&mut store);
        let started = self.prepared.start(&mut store);
        let starting = AssertUnwindSafe(monitor.meter.within(started)).catch_unwind();
        let outcome = match starting.await {
            Ok(outcome) => outcome.map_err(CallError::Limit)?,
            Err(panic) => return Err(host_panic(panic.as_ref())),
        };
        match outcome {
            Ok(guest) => Ok(Instance {
                store,
                guest,
                family: self.family.name(),
                report: CrashReport::default(),
            }),
            Err(error) => {
                let name = self.services.extension.as_str();
                *report = CrashReport::of(&error, name, &mut store);
                Err(match crash_report::limit(&error, limits, &mut store) {
                    Some(limit) => CallError::Limit(limit),
                    None => CallError::Start {
                        message: error.root_cause().to_string(),
                        backtrace: crash_report::backtrace(&error),
                        cause: None,
                    },
                })
            }
        }
    }

    fn make_work_dir(&self) -> Result<(), CallError> {
        // Extensions build the paths of programs from it, which others start from elsewhere.
        let work_dir = &self.services.work_dir;
        if !work_dir.is_absolute() {
            return Err(self.unusable("is not an absolute path".into(), None));
        }
        crate::base::fs::create_dir_all(work_dir).map_err(|error| {
            let cause = std::error::Error::source(&error).map(ToString::to_string);
            let cause = cause.unwrap_or_default();
            self.unusable(format!("cannot be created: {cause}"), error.hint())
        })
    }

    fn unusable(&self, problem: String, hint: Option<String>) -> CallError {
        CallError::WorkDir {
            path: self.services.work_dir.clone(),
            problem,
            hint,
        }
    }
}

/// A running extension: its store and what it exports.
pub(crate) struct Instance {
    store: Store<State>,
    guest: AnyGuest,
    family: &'static str,
    /// What is left of it, once it was stopped.
    pub(super) report: CrashReport,
}

impl Instance {
    /// Makes one call within the limits. After an `Err` that is a fault, the instance must be dropped: its
    /// store is unusable.
    pub(super) async fn perform<T>(
        &mut self,
        launch: &Launch,
        monitor: &Monitor,
        call: impl for<'a> FnOnce(&'a mut Self) -> Call<'a, T>,
    ) -> Result<T, CallError> {
        let _running = launch.engine.ticker.running();
        refill(&mut self.store);
        let calling = AssertUnwindSafe(monitor.meter.within(call(self))).catch_unwind();
        match calling.await {
            Ok(Ok(Ok(answer))) => Ok(answer),
            Ok(Ok(Err(Failure::Call(error)))) => Err(error),
            Ok(Ok(Err(Failure::Engine(error)))) => {
                let Launch {
                    limits, services, ..
                } = launch;
                let name = services.extension.as_str();
                self.report = CrashReport::of(&error, name, &mut self.store);
                Err(crash_report::error(&error, limits, &mut self.store))
            }
            Ok(Err(limit)) => Err(CallError::Limit(limit)),
            Err(panic) => Err(host_panic(panic.as_ref())),
        }
    }

    /// The guest and its store, for one call.
    ///
    /// # Errors
    /// [`CallError::OtherFamily`] where its family's guests are of another type.
    pub(crate) fn parts<G: 'static>(&mut self) -> Result<(&G, &mut Store<State>), CallError> {
        let guest = self.guest.downcast_ref();
        let family = self.family;
        let guest = guest.ok_or(CallError::OtherFamily { family })?;
        Ok((guest, &mut self.store))
    }
}

/// Forgets what an earlier call was refused, and lets the epoch interrupt the guest from the next tick on: a
/// fresh store's deadline has passed already.
fn refill(store: &mut Store<State>) {
    store.set_epoch_deadline(1);
    store.data_mut().take_refused_allocation();
}

/// A panic of the host's own code, or the embedder's, is the fault of this call alone.
fn host_panic(panic: &(dyn Any + Send)) -> CallError {
    let words = panic.downcast_ref::<String>().map(String::as_str);
    let words = words.or_else(|| panic.downcast_ref::<&str>().copied());
    CallError::Host {
        message: words.unwrap_or("it panicked").to_owned(),
    }
}
