//! How long calls of one extension take while another one misbehaves: the 99th percentile, beside the same
//! without the other.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use annexe::{Extension, Limits, Supervision, delegate::SharedWorktree};

use crate::{
    ask, host, start,
    table::{median, ratio},
    worktree,
};

const ROUNDS: usize = 7;
const CALLS: usize = 4_000;

/// What the other extension does, again and again.
const MISDEEDS: [(&str, &str); 3] = [
    ("loops", "loop"),
    ("allocates", "allocate"),
    ("crash-loops", "trap"),
];

pub(crate) fn run(folder: &Path) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");
    println!(
        "\n{:<58} {:>10} {:>10}",
        "calls of a neighbour: the 99th percentile, while another", "beside", "alone"
    );
    for (name, verb) in MISDEEDS {
        let (beside, alone) = runtime.block_on(one(folder, verb));
        ratio(name, beside, alone, 1.5);
    }
}

async fn one(folder: &Path, verb: &'static str) -> (Duration, Duration) {
    let mut supervision = Supervision::default();
    // Without the breaker it would be quiet soon.
    supervision.faults = u32::MAX;
    let mut limits = Limits::default();
    limits.guest_time = Duration::from_millis(500);
    let host = host(folder)
        .supervision(supervision)
        .limits(limits)
        .build()
        .expect("a host");
    let neighbour = start(&host, folder, "neighbour").await;
    let other = start(&host, folder, "other").await;
    let worktree = worktree(folder);
    let (mut beside, mut alone) = (Vec::new(), Vec::new());
    measured(&neighbour, &worktree).await;
    for _ in 0..ROUNDS {
        alone.push(measured(&neighbour, &worktree).await);
        let ended = Arc::new(AtomicBool::new(false));
        let misbehaving = {
            let (other, worktree, ended) = (other.clone(), worktree.clone(), ended.clone());
            tokio::spawn(async move {
                while !ended.load(Relaxed) {
                    assert!(!ask(&other, &worktree, verb).await);
                }
            })
        };
        beside.push(measured(&neighbour, &worktree).await);
        ended.store(true, Relaxed);
        misbehaving.await.expect("it has ended");
    }
    (median(beside), median(alone))
}

/// The 99th percentile of the time of many calls.
async fn measured(extension: &Extension, worktree: &SharedWorktree) -> Duration {
    let (extension, worktree) = (extension.clone(), worktree.clone());
    let calling = tokio::spawn(async move {
        let mut times = Vec::with_capacity(CALLS);
        for _ in 0..CALLS {
            let began = Instant::now();
            assert!(ask(&extension, &worktree, "version").await);
            times.push(began.elapsed());
        }
        times.sort();
        times[CALLS * 99 / 100]
    });
    calling.await.expect("it has ended")
}
