//! The engine's settings: one configuration, of which the compiled cache's key is made.

use wasmtime::{Config, OptLevel, Strategy, WasmBacktraceDetails, WasmFeatures};

/// The proposals that this build of the engine has no support for, though it accepts some of what they bring.
const LACKING: WasmFeatures = WasmFeatures::GC
    .union(WasmFeatures::FUNCTION_REFERENCES)
    .union(WasmFeatures::THREADS)
    .union(WasmFeatures::EXCEPTIONS);

/// The settings every component is compiled and run with.
///
/// Anything an API version does not need is off. Epochs interrupt guests that run too long; component
/// concurrency is off since no world uses it and calls are several times cheaper without. Backtraces
/// are set explicitly: their default follows an environment variable, which would change the key of
/// the compiled cache from one shell to the next. Core dumps do not change the code.
///
/// What this build of the engine lacks is refused as a whole: of garbage collection it would compile the part that needs
/// no collector, whose calls into the engine then abort the process.
pub(super) fn configuration(core_dumps: bool) -> Config {
    let mut config = Config::new();
    config
        .strategy(Strategy::Cranelift)
        .cranelift_opt_level(OptLevel::Speed)
        .epoch_interruption(true)
        .concurrency_support(false)
        .wasm_memory64(false)
        .wasm_relaxed_simd(false)
        .wasm_tail_call(false)
        .wasm_features(LACKING, false)
        .wasm_backtrace_details(WasmBacktraceDetails::Disable)
        .generate_address_map(true)
        .native_unwind_info(false)
        .debug_symbols(false)
        .max_wasm_stack(512 << 10)
        .async_stack_size(2 << 20)
        .coredump_on_trap(core_dumps);
    config
}
