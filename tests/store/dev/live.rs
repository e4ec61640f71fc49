//! Changes of the sources, under constant calls.

use std::sync::Arc;

use annexe::dev::{DevError, DevEvent};

use super::{Kept, Sources, version_anew, version_of};
use crate::{
    live::Callers,
    place::{ID, Place, Reloads, id},
    support::guests::stopping,
};

/// Whether an error is the one that a change must bring.
type IsExpected = fn(&DevError) -> bool;

/// The guests, each with another answer.
const APIS: [&str; 4] = ["0.7.0", "0.3.0", "0.0.6", "0.1.0"];

#[tokio::test(flavor = "multi_thread")]
async fn twenty_changes_under_constant_calls_lose_none_and_each_changes_the_answer() {
    let place = Place::new();
    let store = place.store();
    let sources = Sources::of_api(&place, "0.2.0");
    let mut kept = Kept::start(&place, &store, &sources);
    assert_eq!(kept.served().await, "0.2.0");
    let callers = Callers::start(&kept.live, &place);
    callers.go_on().await;
    for api in APIS.iter().cycle().take(20) {
        sources.set_api(api);
        assert_eq!(kept.served().await, *api);
        let now = kept.live.get(&id(ID)).unwrap();
        assert_eq!(version_of(&now, &place).await, *api);
        callers.go_on().await;
    }
    callers.end().await;
    // One build is kept, whatever their number was.
    let builds = place.store_dir().join("dev").join(ID).join("builds");
    kept.kill().await;
    assert_eq!(std::fs::read_dir(builds).unwrap().count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_change_leaves_the_last_good_build_answering() {
    let place = Place::new();
    let store = place.store();
    let sources = Sources::of_api(&place, "0.7.0");
    let mut kept = Kept::start(&place, &store, &sources);
    kept.served().await;
    let callers = Callers::start(&kept.live, &place);
    let manifest = std::fs::read(sources.folder.join("extension.toml")).unwrap();
    let other_id = String::from_utf8(manifest.clone())
        .unwrap()
        .replace(ID, "another");
    let broken: [(&str, &[u8], IsExpected); 5] = [
        ("extension.toml", b"id = ", |error| {
            matches!(error, DevError::Build(_))
        }),
        ("extension.toml", other_id.as_bytes(), |error| {
            matches!(error, DevError::IdChanged { .. })
        }),
        ("extension.wasm", b"\0asm", |error| {
            matches!(error, DevError::Build(_) | DevError::Component(_))
        }),
        ("extension.wasm", b"", |error| {
            matches!(error, DevError::Build(_) | DevError::Component(_))
        }),
        ("extension.wasm", &stopping::component(), |error| {
            matches!(error, DevError::Component(_))
        }),
    ];
    for (path, content, is_expected) in broken {
        let before = std::fs::read(sources.folder.join(path)).unwrap();
        sources.write(path, content);
        let error = kept.failed().await;
        assert!(is_expected(&error), "{path}: {error:?}");
        let extension = store.dev_extension(&id(ID)).unwrap().unwrap();
        assert!(extension.failure.is_some() && extension.build.is_some());
        callers.go_on().await;
        assert_eq!(version_anew(&place).await, "0.7.0");
        sources.write(path, &before);
        assert!(
            matches!(kept.event().await, DevEvent::Unchanged),
            "it was put into service before"
        );
        let extension = store.dev_extension(&id(ID)).unwrap().unwrap();
        assert_eq!(extension.failure, None);
    }
    callers.end().await;
    kept.kill().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn other_programs_follow_a_dev_extension_too() {
    let place = Place::with(&["1.0.0"]);
    let store = place.store();
    place.install(&store, "*").await.unwrap();
    // An editor that has nothing to do with who keeps it live.
    let (tell, mut told) = tokio::sync::mpsc::unbounded_channel();
    let listening = place.store().with_listener(Arc::new(Reloads(tell)));
    let editor = listening.live();
    editor.start(&id(ID)).await.unwrap();
    let watch = editor.watch().unwrap();
    let sources = Sources::of_api(&place, "0.5.0");
    let mut kept = Kept::start(&place, &store, &sources);
    kept.served().await;
    told.recv().await.unwrap();
    let now = editor.get(&id(ID)).unwrap();
    assert_eq!(version_of(&now, &place).await, "0.5.0");
    store.stop_dev(&id(ID)).await.unwrap();
    kept.end().await.unwrap();
    told.recv().await.unwrap();
    let now = editor.get(&id(ID)).unwrap();
    assert_eq!(version_of(&now, &place).await, "0.0.1");
    drop(watch);
}
