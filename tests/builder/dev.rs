//! Dev extensions that are compiled: edits of their sources, under constant calls.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use annexe::{
    CacheConfiguration, CallError, Extension, ExtensionStore, Host, StoreConfiguration,
    builder::BuildError,
    delegate::LocalWorktree,
    dev::{DevError, DevEvent},
    store::RunningExtensions,
    types::ServerId,
};
use tokio::{sync::mpsc, task::JoinHandle};

use crate::place::{LIB, Place, answering};

/// The longest that an event is waited for.
const LONGEST: Duration = Duration::from_secs(300);

/// A folder that is kept live, beside a store.
struct Kept {
    store: ExtensionStore,
    live: RunningExtensions,
    events: mpsc::UnboundedReceiver<DevEvent>,
    task: JoinHandle<()>,
    _folder: tempfile::TempDir,
}

impl Kept {
    fn start(place: &Place, folder: &Path) -> Self {
        let temporary = tempfile::tempdir().unwrap();
        let path = |name| temporary.path().join(name);
        let cache = CacheConfiguration::new(path("cache"), path("cache.key"));
        let host = Host::builder().cache(cache).build().unwrap();
        let store = ExtensionStore::open(StoreConfiguration::new(path("store")), host).unwrap();
        let live = store.live();
        let (tell, events) = mpsc::unbounded_channel();
        let dev = store
            .dev(folder, place.builder().offline(true))
            .live(live.clone());
        let task = tokio::spawn(async move {
            let ended = dev.run(move |event| drop(tell.send(event))).await;
            ended.unwrap();
        });
        Self {
            store,
            live,
            events,
            task,
            _folder: temporary,
        }
    }

    /// The next event but for beginnings of builds, with the lines that came before it.
    async fn event(&mut self) -> (DevEvent, String) {
        let mut lines = String::new();
        loop {
            let event = tokio::time::timeout(LONGEST, self.events.recv());
            match event.await.expect("something happens").expect("it goes on") {
                DevEvent::Building { .. } => {}
                DevEvent::Line(line) => lines.extend([line.as_str(), "\n"]),
                event => return (event, lines),
            }
        }
    }

    async fn served(&mut self) {
        let (event, lines) = self.event().await;
        assert!(matches!(event, DevEvent::Serving(_)), "{event:?}\n{lines}");
    }

    async fn does_not_compile(&mut self) -> String {
        let (event, lines) = self.event().await;
        let DevEvent::Failed { error, serving } = event else {
            panic!("{event:?}\n{lines}");
        };
        assert!(
            matches!(*error, DevError::Build(BuildError::Compiler { .. })),
            "{error:?}\n{lines}"
        );
        let extensions = self.store.dev_extensions().unwrap();
        assert_eq!(extensions[0].build.as_ref(), serving.as_deref());
        lines
    }

    fn extension(&self, id: &str) -> Extension {
        self.live.get(&id.parse().unwrap()).unwrap()
    }

    async fn end(self) {
        self.task.abort();
        let _ = self.task.await;
    }
}

/// What the extension answers, which is an error of its own.
async fn answer(extension: &Extension) -> String {
    let worktree = Arc::new(LocalWorktree::new(1, "/", Vec::new()));
    let server = ServerId::from("any");
    match extension.language_server_command(server, worktree).await {
        Err(CallError::Guest { message, .. }) => message,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_edits_under_constant_calls_lose_none_and_a_broken_one_harms_none() {
    let Some(place) = Place::new() else { return };
    let folder = place.extension("edited", LIB);
    place.write("edited/src/lib.rs", answering("answer 0"));
    let mut kept = Kept::start(&place, &folder);
    kept.served().await;

    let (ended, calls) = (Arc::<AtomicBool>::default(), Arc::<AtomicUsize>::default());
    let mut callers = tokio::task::JoinSet::new();
    for _ in 0..4 {
        let (live, ended, calls) = (kept.live.clone(), ended.clone(), calls.clone());
        callers.spawn(async move {
            while !ended.load(Ordering::Relaxed) {
                let extension = live.get(&"edited".parse().unwrap()).unwrap();
                let words = answer(&extension).await;
                assert!(words.starts_with("answer "), "{words}");
                calls.fetch_add(1, Ordering::Relaxed);
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        });
    }
    for edit in 1..=20 {
        if edit % 7 == 0 {
            place.write("edited/src/lib.rs", "fn answer( -> {");
            let lines = kept.does_not_compile().await;
            assert!(
                lines.contains("src/lib.rs:1") && lines.contains("error"),
                "{lines}"
            );
            let before = format!("answer {}", edit - 1);
            assert_eq!(answer(&kept.extension("edited")).await, before);
        }
        let words = format!("answer {edit}");
        place.write("edited/src/lib.rs", answering(&words));
        kept.served().await;
        assert_eq!(answer(&kept.extension("edited")).await, words);
    }
    ended.store(true, Ordering::Relaxed);
    while let Some(ended) = callers.join_next().await {
        ended.unwrap();
    }
    assert!(calls.load(Ordering::Relaxed) > 20);
    kept.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_of_a_workspace_follows_what_lies_beside_it_and_the_tree_stays_as_it_was() {
    let Some(place) = Place::new() else { return };
    place.write(
        "space/Cargo.toml",
        "[workspace]\nmembers = [\"member\", \"words\"]\nresolver = \"3\"\n",
    );
    let depends = format!("{LIB}[dependencies]\nwords = {{ path = \"../words\" }}\n");
    let folder = place.extension("space/member", &depends);
    let library = answering("").replace("\"\"", "words::WORDS");
    place.write("space/member/src/lib.rs", library);
    place.write(
        "space/words/Cargo.toml",
        "[package]\nname = \"words\"\nversion = \"0.1.0\"\nedition = \"2024\"\n",
    );
    // It does not compile at first: what lies beside the extension is watched all the same.
    place.write("space/words/src/lib.rs", "pub const WORDS: &str = ;");
    let mut kept = Kept::start(&place, &folder);
    let lines = kept.does_not_compile().await;
    assert!(lines.contains("words"), "{lines}");
    for words in ["one", "two"] {
        let text = format!("pub const WORDS: &str = \"{words}\";\n");
        place.write("space/words/src/lib.rs", text);
        let before = place.snapshot();
        kept.served().await;
        assert_eq!(answer(&kept.extension("member")).await, words);
        assert_eq!(place.snapshot(), before);
    }
    kept.end().await;
}
