//! What becomes of a dev extension when its folder goes, moves, or comes again.

use annexe::{
    Hint as _,
    dev::{DevError, DevEvent},
};

use super::{Kept, Sources, builder, version_anew};
use crate::yard::{ID, Yard, id};

async fn gone(kept: &mut Kept) {
    loop {
        match kept.event().await {
            DevEvent::Gone { .. } => return,
            // Some files go before others.
            DevEvent::Failed { .. } | DevEvent::Serving(_) => {}
            event => panic!("{event:?}"),
        }
    }
}

async fn back(kept: &mut Kept) {
    let event = kept.event().await;
    assert!(matches!(event, DevEvent::Back { .. }), "{event:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_is_moved_away_and_back_is_waited_for() {
    let yard = Yard::new();
    let store = yard.store();
    let sources = Sources::of_api(&yard, "0.7.0");
    let mut kept = Kept::start(&yard, &store, &sources);
    kept.served().await;
    let elsewhere = yard.path("elsewhere");
    std::fs::rename(&sources.folder, &elsewhere).unwrap();
    gone(&mut kept).await;
    assert_eq!(version_anew(&yard).await, "0.7.0");
    std::fs::rename(&elsewhere, &sources.folder).unwrap();
    back(&mut kept).await;
    let event = kept.event().await;
    assert!(matches!(event, DevEvent::Unchanged), "{event:?}");
    sources.set_api("0.2.0");
    assert_eq!(kept.served().await, "0.2.0");
    kept.kill().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_is_deleted_and_made_again_is_built_again() {
    let yard = Yard::new();
    let store = yard.store();
    let sources = Sources::of_api(&yard, "0.7.0");
    let mut kept = Kept::start(&yard, &store, &sources);
    kept.served().await;
    std::fs::remove_dir_all(&sources.folder).unwrap();
    gone(&mut kept).await;
    assert_eq!(version_anew(&yard).await, "0.7.0");
    let sources = Sources::of_api(&yard, "0.4.0");
    back(&mut kept).await;
    // It may have been seen before all of its files were there.
    assert_eq!(kept.served().await, "0.4.0");
    sources.set_api("0.2.0");
    assert_eq!(kept.served().await, "0.2.0");
    kept.kill().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_extensions_folder_is_no_dev_extension() {
    let yard = Yard::new();
    let store = yard.store();
    let dev = |path| store.dev(path, builder(&yard)).once(|_| {});
    let error = dev(yard.path("missing")).await.unwrap_err();
    assert!(matches!(error, DevError::NoFolder { .. }), "{error:?}");
    assert!(error.hint().unwrap().contains("annexe new"), "{error}");
    let error = dev(yard.path("worktree")).await.unwrap_err();
    assert!(matches!(error, DevError::Manifest { .. }), "{error:?}");
    assert!(store.dev_extensions().unwrap().is_empty());

    // Nothing stays of one that could not be built the only time.
    let sources = Sources::of_api(&yard, "0.7.0");
    sources.write("extension.wasm", b"");
    dev(sources.folder.clone()).await.unwrap_err();
    assert!(store.dev_extensions().unwrap().is_empty());

    // One that is kept live waits for the change that mends it; nothing of it runs until then.
    let mut kept = Kept::start(&yard, &store, &sources);
    kept.failed().await;
    let extension = store.dev_extension(&id(ID)).unwrap().unwrap();
    assert!(extension.build.is_none() && extension.failure.is_some());
    let error = store.start(&id(ID)).await.unwrap_err();
    assert!(error.hint().unwrap().contains("annexe dev"), "{error}");
    sources.set_api("0.7.0");
    assert_eq!(kept.served().await, "0.7.0");
    kept.kill().await;
}
