//! Labels for completions while their extension waits for its host: in the queue of the one instance, or on a
//! second one. The first is what a single instance would do: it is the time that the wait takes.

use std::{
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use annexe::{
    Extension,
    delegate::{DelegateError, WorktreeDelegate},
    types::Completion,
};
use async_trait::async_trait;

use crate::{
    ask, host, start,
    table::{median, microseconds},
    worktree,
};

/// How long the host takes: as a short download would.
const HOST: Duration = Duration::from_millis(200);

const ROUNDS: usize = 15;

/// A worktree whose files take long to read.
struct Slow;

#[async_trait]
impl WorktreeDelegate for Slow {
    fn id(&self) -> u64 {
        1
    }

    fn root_path(&self) -> String {
        "/slow".into()
    }

    async fn read_text_file(&self, path: &str) -> Result<String, DelegateError> {
        tokio::time::sleep(HOST).await;
        Ok(path.into())
    }

    async fn which(&self, _: &str) -> Option<String> {
        None
    }

    async fn shell_env(&self) -> Vec<(String, String)> {
        Vec::new()
    }
}

pub(crate) fn run(folder: &Path) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let host = host(folder).build().expect("a host");
        let extension = start(&host, folder, "secondary").await;
        let quiet = worktree(folder);
        let (mut queued, mut first, mut secondary, mut alone) = (vec![], vec![], vec![], vec![]);
        for round in 0..ROUNDS {
            alone.push(labels(&extension).await);
            let waiting = tokio::spawn(slow_call(extension.clone()));
            while extension.health().state != annexe::Condition::Waiting {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            let time = labels(&extension).await;
            if round == 0 {
                first.push(time)
            } else {
                secondary.push(time)
            }
            // What the secondary instance does not answer waits for its turn.
            let began = Instant::now();
            assert!(ask(&extension, &quiet, "version").await);
            queued.push(began.elapsed());
            waiting.await.expect("it has ended");
        }
        println!(
            "\nlabels while their extension waits {} ms for its host",
            HOST.as_millis()
        );
        for (what, times) in [
            ("on the one instance, which waits for nothing", alone),
            ("on a secondary instance, the first time: it starts", first),
            ("on a secondary instance", secondary),
            ("a call that waits for its turn on the one instance", queued),
        ] {
            println!("{what:<58} {:>10}", microseconds(median(times)));
        }
    });
}

async fn slow_call(extension: Extension) {
    let answer = extension.language_server_command("read:a".into(), Arc::new(Slow));
    assert!(answer.await.is_ok());
}

async fn labels(extension: &Extension) -> Duration {
    let completions = (0..50)
        .map(|number| Completion {
            label: format!("function_number_{number}"),
            label_details: None,
            detail: None,
            kind: None,
            insert_text_format: None,
        })
        .collect();
    let began = Instant::now();
    let labels = extension.labels_for_completions("server".into(), completions);
    assert_eq!(labels.await.expect("labels").len(), 50);
    began.elapsed()
}
