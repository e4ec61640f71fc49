//! From a trap to the next answer, beside making an instance of the bare engine and asking that.

use std::path::Path;

use annexe::Supervision;

use crate::{
    ask,
    bare::{Bare, exports_of},
    guest, host, one_thread, start,
    table::{ratio, timed},
    turns::{head, in_turn},
    worktree,
};

const ROUNDS: usize = 200;

pub(crate) fn run(folder: &Path) {
    let runtime = one_thread();
    let mut supervision = Supervision::default();
    supervision.faults = u32::MAX;
    let host = host(folder)
        .supervision(supervision)
        .build()
        .expect("a host");
    let extension = runtime.block_on(start(&host, folder, "respawn"));
    let worktree = worktree(folder);

    let bare = Bare::new(&folder.join("bare"));
    let component = bare.map(&bare.compile("guest", &guest()));
    let linked = bare
        .linker(&component)
        .instantiate_pre(&component)
        .expect("linked");
    let work_dir = folder.join("work/respawn");

    head("after a trap: a fresh instance, its init, and the next answer");
    let (ours, bare) = in_turn(
        ROUNDS,
        || {
            assert!(!runtime.block_on(ask(&extension, &worktree, "trap")));
            timed(|| assert!(runtime.block_on(ask(&extension, &worktree, "version")))).0
        },
        || {
            timed(|| {
                runtime.block_on(async {
                    let mut running = bare.start(&linked, &work_dir).await;
                    let exports = exports_of(&mut running);
                    let (own, borrow) = running.lend();
                    let answer = exports
                        .call_language_server_command(&mut running.store, "version", borrow)
                        .await;
                    running.take_back(own);
                    assert!(answer.is_ok_and(|answer| answer.is_ok()));
                })
            })
            .0
        },
    );
    ratio("respawn", ours, bare, 3.0);
}
