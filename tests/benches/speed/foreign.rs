//! Components that carry an interpreter: what the compiled cache is for.

use std::{path::Path, time::Duration};

use crate::{
    load, root, runtime,
    table::{microseconds, timed},
    turns::in_turn,
    wasm_files,
};

/// Prints the compile time and the warm load of each component there is.
pub(crate) fn run(folder: &Path) {
    let files = wasm_files(&root().join("target/foreign"));
    if files.is_empty() {
        println!("\nno components in other languages: `.ci/build-foreign` makes them");
        return;
    }
    let runtime = runtime();
    let host = load::host(folder);
    let identity = load::identity(folder);
    println!(
        "\n{:<58} {:>10} {:>10}",
        "components in other languages", "compile", "warm load"
    );
    for file in files {
        let Ok(wasm) = std::fs::read(&file) else {
            continue;
        };
        let megabytes = wasm.len() as f64 / 1e6;
        let (compile, component) =
            timed(|| runtime.block_on(host.compile(wasm)).expect("compiled"));
        let start = || {
            timed(|| {
                let component = host
                    .compiled(&component.digest(), "extension", component.api())
                    .expect("cached");
                runtime
                    .block_on(host.start(&component, identity.clone()))
                    .expect("started")
            })
            .0
        };
        let (load, _) = in_turn(10, start, || Duration::ZERO);
        let name = file
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        println!(
            "{:<58} {:>10} {:>10}  {:.0} times",
            format!("{name}, {megabytes:.1} MB"),
            microseconds(compile),
            microseconds(load),
            compile.as_secs_f64() / load.as_secs_f64()
        );
    }
}
