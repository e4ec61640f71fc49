//! The data of a guest's store, and the making of a store.

use std::{any::Any, fmt::Display, path::Path, sync::Arc};

use semver::Version;
use serde::Serialize;
use serde_json::Value;
use wasmtime::{CallHook, Store, UpdateDeadline, component::ResourceTable};
use wasmtime_wasi::{WasiCtxView, WasiView};
use wasmtime_wasi_http::{WasiHttpCtx, WasiHttpCtxView, WasiHttpView};

use super::{limits::Allocations, monitor::Monitor, requests::NoRequests, wasi::context::Wasi};
use crate::{
    base::types::ExtensionId,
    runtime::{
        api::FamilyServices,
        limits::{LimitExceeded, Limits},
        sandbox::Sandbox,
        services::Services,
    },
};

/// The data of one extension's store.
pub struct State {
    /// The host operations; shared, so that an import can use them while the store waits.
    pub(crate) services: Arc<Services>,
    /// The resources lent to the guest.
    pub(crate) table: ResourceTable,
    /// The API version the component was built with.
    pub(crate) api: Arc<Version>,
    /// The monitor that measures the guest, and tells what it does.
    pub(crate) monitor: Arc<Monitor>,
    pub(super) wasi: Wasi,
    http: WasiHttpCtx,
    requests: NoRequests,
    allocations: Allocations,
    /// What the extension's family has for its own host functions.
    family: FamilyServices,
}

impl std::fmt::Debug for State {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("State")
            .field("services", &self.services)
            .finish_non_exhaustive()
    }
}

impl State {
    /// The extension's id.
    pub fn extension(&self) -> &ExtensionId {
        &self.services.extension
    }

    /// The folder the extension may write to.
    pub fn work_dir(&self) -> &Path {
        &self.services.work_dir
    }

    /// The resources that the host has lent or given to the guest.
    pub fn table(&mut self) -> &mut ResourceTable {
        &mut self.table
    }

    /// What the extension's family has for its own host functions: of what
    /// [`Family::services`](crate::api::Family::services) made.
    ///
    /// # Errors
    /// Where that is of another type, which stops the guest.
    pub fn family<T: Any>(&mut self) -> wasmtime::Result<&mut T> {
        (self.family.downcast_mut())
            .ok_or_else(|| wasmtime::format_err!("the family's services are of another type"))
    }

    /// Does what the guest asks of its host. The time until it is done is not the guest's, and whoever observes
    /// the extension hears of it, with `arguments` in the place of the guest's.
    ///
    /// # Errors
    /// What `work` answers.
    pub fn host_call<T: Serialize, E: Display, A, W>(
        &self,
        operation: &'static str,
        arguments: A,
        work: W,
    ) -> impl Future<Output = Result<T, E>> + use<T, E, A, W>
    where
        A: FnOnce() -> Value,
        W: Future<Output = Result<T, E>>,
    {
        // The future does not borrow the state, which other tasks may not look at.
        let monitor = self.monitor.clone();
        let arguments = monitor.arguments(arguments);
        async move { monitor.host_call(operation, arguments, work).await }
    }

    /// The allocation limit the guest last ran into, if it did since this was last asked.
    pub(crate) fn take_refused_allocation(&mut self) -> Option<LimitExceeded> {
        self.allocations.take_refused()
    }

    fn tick(&self) -> wasmtime::Result<UpdateDeadline> {
        self.monitor.meter.check_guest()?;
        // Not `Yield`: it wakes its own task at once, so a runtime of one thread would not look at its
        // timers and sockets until dozens of ticks later.
        Ok(UpdateDeadline::YieldCustom(
            1,
            Box::pin(tokio::task::yield_now()),
        ))
    }
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView {
            ctx: &mut self.wasi.context,
            table: &mut self.table,
        }
    }
}

impl WasiHttpView for State {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView {
            ctx: &mut self.http,
            table: &mut self.table,
            hooks: &mut self.requests,
        }
    }
}

/// Makes a store for one instance of an extension.
///
/// # Errors
/// A [`SandboxError`](crate::runtime::sandbox::SandboxError), or where the work directory cannot be opened.
pub(crate) fn new_store(
    engine: &wasmtime::Engine,
    services: Arc<Services>,
    api: Arc<Version>,
    limits: &Limits,
    sandbox: &Sandbox,
    monitor: Arc<Monitor>,
    family: FamilyServices,
) -> wasmtime::Result<Store<State>> {
    let mut table = ResourceTable::new();
    table.set_max_capacity(limits.handles);
    let state = State {
        wasi: Wasi::new(&services, limits, sandbox, &monitor)?,
        services,
        table,
        api,
        allocations: Allocations::new(limits, monitor.clone()),
        requests: NoRequests(monitor.clone()),
        monitor,
        http: WasiHttpCtx::new(),
        family,
    };
    let mut store = Store::new(engine, state);
    store.limiter(|state| &mut state.allocations);
    store.set_max_component_handles(limits.handles);
    let (lifted, answer) = (limits.lifted_bytes, limits.answer_bytes);
    store.call_hook(move |mut context, transition| {
        match transition {
            CallHook::CallingHost => context.set_hostcall_fuel(lifted),
            CallHook::ReturningFromWasm => context.set_hostcall_fuel(answer),
            _ => {}
        }
        Ok(())
    });
    store.epoch_deadline_callback(|context| context.data().tick());
    store.set_epoch_deadline(1);
    Ok(store)
}
