//! The ways in which a guest may misbehave. Every export looks here first.

use std::hint::black_box;
use std::sync::atomic::{AtomicU32, Ordering};

/// Misbehaves for ever, or until the host ends it, if `name` is one of the hazards.
pub fn run(name: &str) {
    match name {
        "loop" => loop_for_ever(),
        "allocate" => allocate_for_ever(),
        "stack" => {
            recurse(1);
        }
        "trap" => panic!("trapped on purpose"),
        _ => {}
    }
}

fn loop_for_ever() -> ! {
    static TURNS: AtomicU32 = AtomicU32::new(0);
    loop {
        TURNS.fetch_add(black_box(1), Ordering::SeqCst);
    }
}

fn allocate_for_ever() -> ! {
    let mut kept = Vec::new();
    loop {
        kept.push(black_box(vec![1_u8; 1 << 20]));
    }
}

/// Calls itself without any of its frames in memory, so that it is the call stack that runs out.
#[inline(never)]
#[expect(unconditional_recursion, reason = "it must run out")]
fn recurse(step: u32) -> u32 {
    static DEPTH: AtomicU32 = AtomicU32::new(0);
    let depth = DEPTH.fetch_add(step, Ordering::SeqCst);
    let deeper = recurse(depth | 1);
    DEPTH.fetch_sub(deeper, Ordering::SeqCst)
}
