//! WASI's monotonic clock for guests, which is the sandbox's own where that has one.

use wasmtime::component::{HasData, Linker, Resource};
use wasmtime_wasi::{
    clocks::{WasiClocksCtxView, WasiClocksView as _},
    p2::{DynPollable, bindings::clocks::monotonic_clock, subscribe},
};

use super::{
    super::state::State,
    clock::{SteppedClock, Wake},
};

/// Puts in place of WASI's monotonic clock, which sleeps by the system's whatever it is told that the time is,
/// one that sleeps by its own.
pub(super) fn link(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    monotonic_clock::add_to_linker::<State, Clock>(linker, |state| ClockView {
        stepped: state.wasi.clock.clone(),
        wasi: state.clocks(),
    })
}

struct Clock;

impl HasData for Clock {
    type Data<'a> = ClockView<'a>;
}

struct ClockView<'a> {
    stepped: Option<SteppedClock>,
    wasi: WasiClocksCtxView<'a>,
}

impl monotonic_clock::Host for ClockView<'_> {
    fn now(&mut self) -> wasmtime::Result<u64> {
        self.wasi.now()
    }

    fn resolution(&mut self) -> wasmtime::Result<u64> {
        self.wasi.resolution()
    }

    fn subscribe_instant(&mut self, when: u64) -> wasmtime::Result<Resource<DynPollable>> {
        match &self.stepped {
            None => self.wasi.subscribe_instant(when),
            Some(clock) => wake(&mut self.wasi, clock.wake_at(when)),
        }
    }

    fn subscribe_duration(&mut self, duration: u64) -> wasmtime::Result<Resource<DynPollable>> {
        match &self.stepped {
            None => self.wasi.subscribe_duration(duration),
            Some(clock) => {
                let when = clock.time().saturating_add(duration);
                wake(&mut self.wasi, clock.wake_at(when))
            }
        }
    }
}

fn wake(wasi: &mut WasiClocksCtxView<'_>, wake: Wake) -> wasmtime::Result<Resource<DynPollable>> {
    let wake = wasi.table.push(wake)?;
    subscribe(wasi.table, wake)
}
