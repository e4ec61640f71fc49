//! Crash reports: why the engine stopped a guest.

use std::sync::Arc;

use wasmtime::{Store, Trap, WasmBacktrace, WasmCoreDump, component::ResourceTableError};

use super::error::CallError;
use crate::{
    base::causes::in_full,
    runtime::{
        delegate::ExtensionEvent,
        engine::{LimitExceeded, Limits, Monitor, State},
    },
};

/// The report on an instance that the engine has stopped: its stack and its memories.
#[derive(Debug, Default)]
pub(super) struct CrashReport {
    /// The functions on its stack, innermost first, a line each.
    backtrace: String,
    /// Its memories and stack, in the core dump format of WebAssembly; `None` where the host makes none.
    core_dump: Option<Vec<u8>>,
}

impl CrashReport {
    pub(super) fn of(error: &wasmtime::Error, name: &str, store: &mut Store<State>) -> Self {
        let dump = error.downcast_ref::<WasmCoreDump>();
        Self {
            backtrace: backtrace(error),
            core_dump: dump.map(|dump| dump.serialize(store, name)),
        }
    }

    /// Tells the extension's observer that its instance is lost.
    pub(super) fn tell(self, monitor: &Monitor, fault: &CallError) {
        monitor.tell(|| ExtensionEvent::Stopped {
            fault: in_full(fault),
            backtrace: self.backtrace,
            core_dump: self.core_dump.map(Arc::from),
        });
    }
}

/// The error of a call in the middle of which the engine stopped the guest.
pub(super) fn error(
    error: &wasmtime::Error,
    limits: &Limits,
    store: &mut Store<State>,
) -> CallError {
    match limit(error, limits, store) {
        Some(limit) => CallError::Limit(limit),
        None => CallError::Trap {
            message: error.root_cause().to_string(),
            backtrace: backtrace(error),
            cause: None,
        },
    }
}

/// The limit that the guest ran into, if it was one.
pub(super) fn limit(
    error: &wasmtime::Error,
    limits: &Limits,
    store: &mut Store<State>,
) -> Option<LimitExceeded> {
    let state = store.data_mut();
    if let Some(limit) = error.downcast_ref::<LimitExceeded>() {
        return Some(limit.clone());
    }
    if let Some(ResourceTableError::Full) = error.downcast_ref() {
        return Some(LimitExceeded::Handles(limits.handles));
    }
    // A refused allocation shows as whatever the guest makes of it, so it is asked for first.
    if let Some(limit) = state.take_refused_allocation() {
        return Some(limit);
    }
    if error.downcast_ref::<Trap>().is_some() {
        return None;
    }
    // The engine has no types for these, so they are known by their words; tests hold them.
    let words = error.root_cause().to_string();
    let has = |part| words.contains(part);
    if has("fuel allocated for hostcalls") {
        // Arguments of a host call are read while the guest is on the stack, its answer after it has returned.
        return Some(match backtrace(error).is_empty() {
            true => LimitExceeded::AnswerBytes(limits.answer_bytes),
            false => LimitExceeded::LiftedBytes(limits.lifted_bytes),
        });
    }
    let table: [(&str, LimitExceeded); 5] = [
        (
            "store handle limit exceeded",
            LimitExceeded::Handles(limits.handles),
        ),
        (
            "instance count too high",
            LimitExceeded::Instances(limits.instances),
        ),
        (
            "memory count too high",
            LimitExceeded::Memories(limits.memories),
        ),
        ("table count too high", LimitExceeded::Tables(limits.tables)),
        (
            "requested len",
            LimitExceeded::RandomBytes(limits.random_bytes),
        ),
    ];
    let found = table.into_iter().find(|(part, _)| has(part));
    found.map(|(_, limit)| limit)
}

/// The functions on the guest's stack, innermost first, a line each.
pub(super) fn backtrace(error: &wasmtime::Error) -> String {
    error
        .downcast_ref::<WasmBacktrace>()
        .map(|frames| in_short(&frames.to_string()))
        .unwrap_or_default()
}

/// The engine's words for a stack, without numbers, modules and hashes. A function that called itself is
/// told once, with how often.
fn in_short(words: &str) -> String {
    let mut frames: Vec<(String, u32)> = Vec::new();
    for line in words.lines() {
        let Some(frame) = frame(line.trim()) else {
            continue;
        };
        match frames.last_mut() {
            Some((last, times)) if *last == frame => *times += 1,
            _ => frames.push((frame, 1)),
        }
    }
    let frames = frames.into_iter().map(|(frame, times)| match times {
        1 => frame,
        times => format!("{frame} ({times} times)"),
    });
    frames.collect::<Vec<_>>().join("\n")
}

/// One function of a stack; `None` for a line that names none.
fn frame(line: &str) -> Option<String> {
    if line.starts_with("at ") {
        return Some(format!("  {line}"));
    }
    let (name, offset) = match line.strip_prefix("- ") {
        // One that was inlined into the next.
        Some(name) => (name, None),
        None => {
            let (number, rest) = line.split_once(':')?;
            if number.parse::<u32>().is_err() {
                return None;
            }
            match rest.split_once(" - ") {
                Some((offset, name)) => (name, Some(offset.trim())),
                None => (rest.trim(), None),
            }
        }
    };
    let name = name.strip_prefix("<unknown>!").unwrap_or(name);
    let name = match name.rsplit_once("::h") {
        Some((name, hash)) if hash.len() == 16 && hash.bytes().all(|it| it.is_ascii_hexdigit()) => {
            name
        }
        _ => name,
    };
    Some(match offset {
        Some(offset) => format!("{name} at {offset}"),
        None => name.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stack_is_told_in_short() {
        let words = "error while executing at wasm backtrace:\n    \
             0: <unknown>!<wasm function 170>\n    \
             1:   0x8adb - <unknown>!guest::recurse::h0123456789abcdef\n    \
             2:   0x8adb - <unknown>!guest::recurse::h0123456789abcdef\n              \
             - inlined::one\n                    at src/lib.rs:3:4\n";
        assert_eq!(
            in_short(words),
            "<wasm function 170>\nguest::recurse at 0x8adb (2 times)\ninlined::one\n  at src/lib.rs:3:4"
        );
    }
}
