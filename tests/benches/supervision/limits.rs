//! What all limits together cost a call without host work.
//!
//! The library has no switch that turns limits off, so both sides are the bare engine, which has a limit of
//! memory and interruption: by itself, and with copies of what else `src/runtime/engine/state.rs` sets up for a store
//! and `src/runtime/engine/limits/meter.rs` does around a call, and with a panic caught.

use std::{
    panic::AssertUnwindSafe,
    path::Path,
    pin::pin,
    sync::atomic::{AtomicU64, Ordering::Relaxed},
    task::Poll,
    time::Instant,
};

use futures_util::FutureExt as _;
use wasmtime::{CallHook, UpdateDeadline};

use crate::{
    bare::{Bare, Extension, Running, exports_of},
    guest, one_thread,
    table::{ratio, timed},
    turns::in_turn,
};

const ROUNDS: usize = 60;
const CALLS: u32 = 2_000;

pub(crate) fn run(folder: &Path) {
    let runtime = one_thread();
    let bare = Bare::new(&folder.join("bare"));
    let component = bare.map(&bare.compile("guest", &guest()));
    let linked = bare
        .linker(&component)
        .instantiate_pre(&component)
        .expect("linked");
    let work_dir = folder.join("work/limits");
    std::fs::create_dir_all(&work_dir).expect("a folder");
    let mut plain = runtime.block_on(bare.start(&linked, &work_dir));
    let mut guarded = runtime.block_on(bare.start(&linked, &work_dir));
    guard(&mut guarded);
    let (plain_exports, guarded_exports) = (exports_of(&mut plain), exports_of(&mut guarded));
    let clock = Clock {
        origin: Instant::now(),
        since: AtomicU64::new(0),
        ran: AtomicU64::new(0),
    };

    println!(
        "\n{:<58} {:>10} {:>10}",
        "a call without host work, without an actor", "limits", "none"
    );
    let (with, without) = in_turn(
        ROUNDS,
        || {
            let time = timed(|| {
                runtime.block_on(async {
                    for _ in 0..CALLS {
                        guarded.store.set_epoch_deadline(1);
                        let call = clock.measure(command(&guarded_exports, &mut guarded));
                        assert!(AssertUnwindSafe(call).catch_unwind().await.is_ok());
                    }
                })
            });
            time.0 / CALLS
        },
        || {
            let time = timed(|| {
                runtime.block_on(async {
                    for _ in 0..CALLS {
                        command(&plain_exports, &mut plain).await;
                    }
                })
            });
            time.0 / CALLS
        },
    );
    ratio("language-server-command", with, without, 1.15);
}

/// Watches a guest as the library does.
fn guard(running: &mut Running) {
    let store = &mut running.store;
    store.data_mut().table.set_max_capacity(10_000);
    store.set_max_component_handles(10_000);
    store.call_hook(move |mut context, transition| {
        match transition {
            CallHook::CallingHost => context.set_hostcall_fuel(64 << 20),
            CallHook::ReturningFromWasm => context.set_hostcall_fuel(63 << 20),
            _ => {}
        }
        Ok(())
    });
    store.epoch_deadline_callback(|_| {
        let again = Box::pin(tokio::task::yield_now());
        Ok(UpdateDeadline::YieldCustom(1, again))
    });
}

async fn command(exports: &Extension, running: &mut Running) {
    let (own, borrow) = running.lend();
    let answer = exports
        .call_language_server_command(&mut running.store, "version", borrow)
        .await;
    running.take_back(own);
    assert!(answer.is_ok_and(|answer| answer.is_ok()));
}

/// Measures the time in which a call has a thread, as the library's meter does.
struct Clock {
    origin: Instant,
    since: AtomicU64,
    ran: AtomicU64,
}

impl Clock {
    async fn measure<T>(&self, call: impl Future<Output = T>) -> T {
        self.ran.store(0, Relaxed);
        let began = self.now();
        self.since.store(began, Relaxed);
        let mut call = pin!(call);
        std::future::poll_fn(move |context| {
            let polled = call.as_mut().poll(context);
            let ran = self.now() - self.since.load(Relaxed);
            self.ran.fetch_add(ran, Relaxed);
            match polled {
                Poll::Ready(answer) => Poll::Ready(answer),
                Poll::Pending => {
                    std::hint::black_box(began);
                    Poll::Pending
                }
            }
        })
        .await
    }

    fn now(&self) -> u64 {
        self.origin.elapsed().as_nanos() as u64
    }
}
