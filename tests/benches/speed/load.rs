//! From compiled code on disk to the return of the extension's own start.

use std::{path::Path, time::Duration};

use annexe::{CacheConfiguration, Host, Identity};

use crate::{
    bare::Bare,
    components, runtime,
    table::{microseconds, ratio, timed},
    turns::{head, in_turn},
};

const ROUNDS: usize = 60;

/// One component on both sides.
struct Subject {
    name: String,
    component: annexe::Component,
    code: std::path::PathBuf,
    linker: wasmtime::component::Linker<crate::bare::State>,
    compile: Duration,
}

pub(crate) fn host(folder: &Path) -> Host {
    Host::builder()
        .cache(CacheConfiguration::new(
            folder.join("cache"),
            folder.join("key"),
        ))
        .build()
        .expect("a host")
}

pub(crate) fn identity(folder: &Path) -> Identity {
    let work_dir = folder.join("work");
    std::fs::create_dir_all(&work_dir).expect("a folder");
    Identity::new("guest".parse().expect("an id"), work_dir)
}

pub(crate) fn run(folder: &Path) {
    let runtime = runtime();
    let host = host(folder);
    let bare = Bare::new(&folder.join("bare"));
    let identity = identity(folder);
    let subjects: Vec<_> = components()
        .iter()
        .filter_map(|path| subject(&runtime, &host, &bare, path))
        .collect();

    let start_ours = |subject: &Subject| {
        timed(|| {
            runtime.block_on(async {
                let (digest, api) = (subject.component.digest(), subject.component.api());
                let component = host.compiled(&digest, "extension", api).expect("cached");
                host.start(&component, identity.clone())
                    .await
                    .expect("started")
            })
        })
    };
    let start_bare = |subject: &Subject| {
        timed(|| {
            runtime.block_on(async {
                let component = bare.map(&subject.code);
                let linked = subject.linker.instantiate_pre(&component).expect("linked");
                bare.start(&linked, &identity.work_dir).await
            })
        })
    };

    head("warm load: open, verify, map, instantiate, init");
    for subject in &subjects {
        let (ours, bare) = in_turn(ROUNDS, || start_ours(subject).0, || start_bare(subject).0);
        ratio(&subject.name, ours, bare, 1.5);
    }

    head("start of all of them, all kept running");
    let all_ours = || {
        timed(|| {
            subjects
                .iter()
                .map(|it| start_ours(it).1)
                .collect::<Vec<_>>()
        })
        .0
    };
    let all_bare = || subjects.iter().map(|it| start_bare(it).0).sum();
    let (ours, bare) = in_turn(ROUNDS / 3, all_ours, all_bare);
    ratio(
        &format!("{} components in one process", subjects.len()),
        ours,
        bare,
        1.5,
    );
    let compile: Duration = subjects.iter().map(|subject| subject.compile).sum();
    println!(
        "compiling them at each start instead: {} on top, {:.0} times as long",
        microseconds(compile),
        (compile + bare).as_secs_f64() / ours.as_secs_f64()
    );
}

fn subject(
    runtime: &tokio::runtime::Runtime,
    host: &Host,
    bare: &Bare,
    path: &Path,
) -> Option<Subject> {
    let name = path.file_stem()?.to_string_lossy().into_owned();
    let wasm = std::fs::read(path).ok()?;
    let (compile, code) = timed(|| bare.compile(&name, &wasm));
    let component = match runtime.block_on(host.compile(wasm)) {
        Ok(component) => component,
        Err(error) => {
            println!("{name} left out: {error}");
            return None;
        }
    };
    let linker = bare.linker(&bare.map(&code));
    Some(Subject {
        name,
        component,
        code,
        linker,
        compile,
    })
}
