//! Calls of a running extension.

use std::{path::Path, sync::Arc, time::Duration};

use annexe::{
    delegate::{LocalWorktree, SharedWorktree},
    types,
};

use crate::{
    bare::{self, Bare, Extension, exports_of},
    load, newest_guest, runtime,
    table::{ratio, timed},
    turns::{difference, head, in_turn},
};

const ROUNDS: usize = 40;
const CALLS: u32 = 2_000;
const LABELS: usize = 1_000;

pub(crate) fn run(folder: &Path) {
    let runtime = runtime();
    let host = load::host(folder);
    let identity = load::identity(folder);
    let wasm = newest_guest();
    let engine = Bare::new(&folder.join("bare"));
    let component = engine.map(&engine.compile("newest", &wasm));
    let linked = engine
        .linker(&component)
        .instantiate_pre(&component)
        .expect("linked");
    let mut running = runtime.block_on(engine.start(&linked, &identity.work_dir));
    let exports = exports_of(&mut running);
    let extension = runtime.block_on(async {
        let component = host.compile(wasm).await.expect("compiled");
        host.start(&component, identity).await.expect("started")
    });
    let worktree: SharedWorktree = Arc::new(LocalWorktree::new(1, folder, Vec::new()));

    head("a call without host work, on a current-thread runtime");
    let (ours, bare) = in_turn(
        ROUNDS,
        || {
            each(|| {
                runtime.block_on(async {
                    for _ in 0..CALLS {
                        let answer = extension.labels_for_completions("server".into(), Vec::new());
                        std::hint::black_box(answer.await.expect("an answer"));
                    }
                })
            })
        },
        || {
            each(|| {
                runtime.block_on(async {
                    for _ in 0..CALLS {
                        let store = &mut running.store;
                        let answer = exports.call_labels_for_completions(store, "server", &[]);
                        let labels = answer.await.expect("no trap").expect("an answer");
                        std::hint::black_box(labels);
                    }
                })
            })
        },
    );
    difference(
        "labels-for-completions, of none",
        ours,
        bare,
        Duration::from_micros(4),
    );

    head("a call whose answer is a program to start");
    let (ours, bare) = in_turn(
        ROUNDS,
        || {
            each(|| {
                runtime.block_on(async {
                    for _ in 0..CALLS {
                        let server = types::ServerId::from("version");
                        let answer = extension.language_server_command(server, worktree.clone());
                        std::hint::black_box(answer.await.expect("an answer"));
                    }
                })
            })
        },
        || {
            each(|| {
                runtime.block_on(async {
                    for _ in 0..CALLS {
                        std::hint::black_box(command(&exports, &mut running).await);
                    }
                })
            })
        },
    );
    // The files that the program stands for are looked up, which the bare engine does not do.
    difference(
        "language-server-command, held against the grants",
        ours,
        bare,
        Duration::from_micros(250),
    );

    head("labels for 1,000 completions in one call");
    let completions = completions();
    let bare_completions = bare_completions();
    let (ours, bare) = in_turn(
        ROUNDS,
        || {
            let completions = completions.clone();
            timed(|| {
                let answer = extension.labels_for_completions("server".into(), completions);
                runtime.block_on(answer).expect("an answer")
            })
            .0
        },
        || {
            timed(|| {
                let answer = exports.call_labels_for_completions(
                    &mut running.store,
                    "server",
                    &bare_completions,
                );
                runtime
                    .block_on(answer)
                    .expect("no trap")
                    .expect("an answer")
            })
            .0
        },
    );
    ratio("labels-for-completions", ours, bare, 1.3);
}

/// The time of one of [`CALLS`] calls.
fn each(calls: impl FnOnce()) -> Duration {
    timed(calls).0 / CALLS
}

async fn command(exports: &Extension, running: &mut bare::Running) -> bare::Command {
    let (own, borrow) = running.lend();
    let answer = exports
        .call_language_server_command(&mut running.store, "version", borrow)
        .await;
    running.take_back(own);
    answer.expect("no trap").expect("an answer")
}

fn completions() -> Vec<types::Completion> {
    (0..LABELS)
        .map(|number| types::Completion {
            label: format!("function_number_{number}"),
            label_details: None,
            detail: Some("fn(usize) -> usize".into()),
            kind: Some(types::CompletionKind::Function),
            insert_text_format: Some(types::InsertTextFormat::Snippet),
        })
        .collect()
}

fn bare_completions() -> Vec<bare::Completion> {
    use bare::zed::extension::lsp::{CompletionKind, InsertTextFormat};
    (0..LABELS)
        .map(|number| bare::Completion {
            label: format!("function_number_{number}"),
            label_details: None,
            detail: Some("fn(usize) -> usize".into()),
            kind: Some(CompletionKind::Function),
            insert_text_format: Some(InsertTextFormat::Snippet),
        })
        .collect()
}
