//! The bare sides: a web client that only downloads, and an engine that only compiles.

use std::{sync::Arc, time::Duration};

use futures_util::{StreamExt as _, stream};
use wasmtime::{Config, Engine, WasmBacktraceDetails};

use crate::{runtime, table::timed};

/// How many archives are downloaded at a time: as many as the store does.
const AT_A_TIME: usize = 16;

/// How long a client takes to download all of these, without keeping them.
pub(crate) fn download(addresses: &[String]) -> Duration {
    let runtime = runtime();
    let (time, bytes) = timed(|| {
        // The library hands its own to its own client.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder().no_proxy().build();
        let client = Arc::new(client.expect("a client"));
        runtime.block_on(async {
            stream::iter(addresses)
                .map(|address| {
                    let client = client.clone();
                    async move {
                        let answer = client.get(address).send().await.expect("an answer");
                        answer.bytes().await.expect("a body").len()
                    }
                })
                .buffer_unordered(AT_A_TIME)
                .fold(0, async |sum, bytes| sum + bytes)
                .await
        })
    });
    assert!(bytes > 0);
    time
}

/// How long the engine takes to compile all of these one after the other, with the settings that annexe
/// has, on one processor: what the machine has to do, however it is spread over its processors.
pub(crate) fn compile(components: &[Vec<u8>]) -> Duration {
    let mut config = Config::new();
    config
        .parallel_compilation(false)
        .epoch_interruption(true)
        .concurrency_support(false)
        .wasm_memory64(false)
        .wasm_relaxed_simd(false)
        .wasm_tail_call(false)
        .wasm_backtrace_details(WasmBacktraceDetails::Disable)
        .native_unwind_info(false)
        .debug_symbols(false);
    let engine = Engine::new(&config).expect("an engine");
    let (time, bytes) = timed(|| {
        let codes = components
            .iter()
            .map(|wasm| engine.precompile_component(wasm).expect("compiles").len());
        codes.sum::<usize>()
    });
    assert!(bytes > 0);
    time
}
