//! Why the engine stopped a guest.

use wasmtime::{Store, Trap, WasmBacktrace, WasmCoreDump, component::ResourceTableError};

use crate::{
    api::extension::CallError,
    engine::{LimitExceeded, Limits, State},
};

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
    // What was refused shows as whatever the guest makes of a failed allocation.
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
        // What a guest asks of its host is read while it is on the stack, its answer when it is not any more.
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
            "exceeds limit",
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
        .map(ToString::to_string)
        .unwrap_or_default()
}

/// The guest's memories and stack where it stopped, in the core dump format of WebAssembly; `None` where the
/// host makes none.
pub(super) fn core_dump(
    error: &wasmtime::Error,
    name: &str,
    store: &mut Store<State>,
) -> Option<Vec<u8>> {
    let dump = error.downcast_ref::<WasmCoreDump>()?;
    Some(dump.serialize(store, name))
}
