//! What a guest's store holds, and how a store is made.

use std::{sync::Arc, time::Duration};

use semver::Version;
use wasmtime::{Store, UpdateDeadline, component::ResourceTable};
use wasmtime_wasi::{FsPerms, WasiCtx, WasiCtxBuilder, WasiCtxView, WasiView};
use wasmtime_wasi_http::{WasiHttpCtx, WasiHttpCtxView, WasiHttpView};

use super::{
    limits::{Allocations, LimitExceeded, Limits},
    output::GuestOutput,
    requests::NoRequests,
    ticker::TICK,
};
use crate::services::Services;

/// The data of one extension's store.
pub struct State {
    /// The host operations; shared, so that an import can use them while the store waits.
    pub(crate) services: Arc<Services>,
    /// The resources lent to the guest.
    pub(crate) table: ResourceTable,
    /// The API version the component was built with.
    pub(crate) api: Arc<Version>,
    wasi: WasiCtx,
    http: WasiHttpCtx,
    requests: NoRequests,
    allocations: Allocations,
    guest_time: Duration,
    ticks_left: u64,
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
    /// Gives the guest its time for one call, counted in ticks of the epoch while it runs.
    pub(crate) fn refill_guest_time(&mut self) {
        let ticks = self.guest_time.as_nanos().div_ceil(TICK.as_nanos());
        self.ticks_left = u64::try_from(ticks).unwrap_or(u64::MAX);
    }

    /// The allocation limit the guest last ran into, if it did since this was last asked.
    pub(crate) fn take_refused_allocation(&mut self) -> Option<LimitExceeded> {
        self.allocations.take_refused()
    }

    fn tick(&mut self) -> wasmtime::Result<UpdateDeadline> {
        match self.ticks_left.checked_sub(1) {
            Some(left) => {
                self.ticks_left = left;
                // Not `Yield`: it wakes its own task at once, so a runtime of one thread would not look at its
                // timers and sockets until dozens of ticks later.
                Ok(UpdateDeadline::YieldCustom(
                    1,
                    Box::pin(tokio::task::yield_now()),
                ))
            }
            None => Err(wasmtime::Error::from(LimitExceeded::GuestTime(
                self.guest_time,
            ))),
        }
    }
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView {
            ctx: &mut self.wasi,
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
/// Where the work directory cannot be opened.
pub(crate) fn new_store(
    engine: &wasmtime::Engine,
    services: Arc<Services>,
    api: Arc<Version>,
    limits: &Limits,
) -> wasmtime::Result<Store<State>> {
    let mut table = ResourceTable::new();
    table.set_max_capacity(limits.handles);
    let state = State {
        wasi: wasi(&services, limits)?,
        services,
        table,
        api,
        http: WasiHttpCtx::new(),
        requests: NoRequests,
        allocations: Allocations::new(limits),
        guest_time: limits.guest_time,
        ticks_left: 0,
    };
    let mut store = Store::new(engine, state);
    store.limiter(|state| &mut state.allocations);
    store.set_hostcall_fuel(limits.lifted_bytes);
    store.set_max_component_handles(limits.handles);
    store.epoch_deadline_callback(|mut context| context.data_mut().tick());
    store.set_epoch_deadline(1);
    Ok(store)
}

/// What WASI gives the guest: its work directory under two names, both of which published extensions
/// need, `PWD` with the second of them, and its output as log events. No network, no inherited
/// environment. File calls run on the extension's own task: they are short, and starting an extension
/// costs a third of what it does with a thread for each.
fn wasi(services: &Services, limits: &Limits) -> wasmtime::Result<WasiCtx> {
    let work_dir = guest_path(&services.work_dir);
    let [output, error] = GuestOutput::pair(&services.extension);
    Ok(WasiCtxBuilder::new()
        .allow_blocking_current_thread(true)
        .preopened_dir(&services.work_dir, ".", FsPerms::ReadWrite)?
        .preopened_dir(&services.work_dir, &work_dir, FsPerms::ReadWrite)?
        .env("PWD", &work_dir)
        .env("RUST_BACKTRACE", "1")
        .stdout(output)
        .stderr(error)
        .max_random_size(limits.random_bytes)
        .build())
}

/// The work directory as the guest names it: its own path, with `/` between its parts.
fn guest_path(path: &std::path::Path) -> String {
    let path = path.to_string_lossy();
    if cfg!(windows) {
        path.replace('\\', "/")
    } else {
        path.into_owned()
    }
}
