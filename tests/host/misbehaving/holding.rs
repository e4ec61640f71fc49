//! What an extension may hold and leave behind, on every version of the API: an error where it is more, and none
//! where it is just enough. None of these is a fault.

use std::{path::Path, sync::Mutex};

use annexe::{
    Extension, Limits,
    delegate::{ExtensionEvent, ExtensionObserver},
    types::ExtensionId,
};

use super::{builder, until};
use crate::{
    guest::{self, Place, VERSIONS, ask, has, words},
    support::server::{Server, archives},
};

/// Keeps which limits were reached.
#[derive(Default)]
struct Reached(Mutex<Vec<&'static str>>);

impl ExtensionObserver for Reached {
    fn observe(&self, _: &ExtensionId, event: &ExtensionEvent) {
        if let ExtensionEvent::LimitReached { setting, message } = event {
            assert!(message.contains(&format!("(limit `{setting}`)")));
            self.0.lock().unwrap().push(setting);
        }
    }
}

/// A guest with limits of its own, in a place of its own.
struct Scene {
    place: Place,
    extension: Extension,
    reached: std::sync::Arc<Reached>,
}

impl Scene {
    async fn new(version: &str, set: impl FnOnce(&mut Limits)) -> Self {
        let reached = std::sync::Arc::new(Reached::default());
        let host = builder(set).observer(reached.clone()).build().unwrap();
        let place = Place::new();
        std::fs::create_dir_all(place.work_dir()).unwrap();
        Self {
            extension: guest::start(&host, version, &place).await,
            place,
            reached,
        }
    }

    fn write(&self, name: &str, content: &[u8]) {
        std::fs::write(self.place.work_dir().join(name), content).unwrap();
    }

    async fn does(&self, verb: &str) {
        let answer = ask(&self.extension, &self.place, verb).await;
        answer.unwrap_or_else(|error| panic!("{verb}: {error}"));
    }

    /// Checks that a verb is refused with words, and that the limit is told of by its name, once.
    async fn is_refused(&self, verb: &str, with: &str, by: &str) {
        for _ in 0..2 {
            let words = words(ask(&self.extension, &self.place, verb).await);
            assert!(words.contains(with), "{verb}: {words}");
        }
        assert_eq!(*self.reached.0.lock().unwrap(), [by], "{verb}");
        assert_eq!(self.extension.health().faults, 0, "{verb}");
    }
}

const FULL: &str = "No space left on device";

/// The guests' C library knows no other error of a stream.
const STREAM: &str = "I/O error";

#[tokio::test]
async fn files_that_are_open_are_counted() {
    for version in VERSIONS {
        let scene = Scene::new(version, |limits| limits.descriptors = 1).await;
        scene.write("here", b"text");
        // One after the other, each of which is closed before the next.
        for _ in 0..3 {
            scene.does("file:here").await;
            scene.does("write:there").await;
            scene.does("list").await;
        }
        let scene = Scene::new(version, |limits| limits.descriptors = 0).await;
        scene.write("here", b"text");
        scene.is_refused("file:here", "memory", "descriptors").await;
        scene
            .is_refused("write:there", "memory", "descriptors")
            .await;
        assert!(!scene.place.work_dir().join("there").exists());
    }
}

/// The bytes of what `write` writes.
const WRITTEN: u64 = "written by the guest".len() as u64;

#[tokio::test]
async fn bytes_of_the_work_directory_are_counted() {
    for version in VERSIONS {
        let most = 100 + WRITTEN;
        let scene = Scene::new(version, |limits| limits.work_dir_bytes = most).await;
        scene.write("before", &[0; 100]);
        scene.does("write:file").await;
        // The same over again takes no room.
        scene.does("write:file").await;
        scene
            .is_refused("append:file", STREAM, "work_dir_bytes")
            .await;
        scene
            .is_refused("write:other", STREAM, "work_dir_bytes")
            .await;
        std::fs::remove_file(scene.place.work_dir().join("before")).unwrap();
        scene.does("append:file").await;

        let scene = Scene::new(version, |limits| limits.work_dir_bytes = most - 1).await;
        scene.write("before", &[0; 100]);
        scene
            .is_refused("write:file", STREAM, "work_dir_bytes")
            .await;
        let written = std::fs::metadata(scene.place.work_dir().join("file"));
        assert_eq!(written.unwrap().len(), 0, "{version}");
    }
}

#[tokio::test]
async fn files_of_the_work_directory_are_counted() {
    for version in VERSIONS {
        let scene = Scene::new(version, |limits| limits.work_dir_files = 5).await;
        scene.write("before", b"");
        scene.does("write:file").await;
        scene.does("make-dir:folder").await;
        scene.does("hard-link:file folder/file").await;
        scene.does("symlink:file link").await;
        scene.does("write:file").await;
        for verb in [
            "write:more",
            "make-dir:more",
            "hard-link:file more",
            "symlink:file more",
        ] {
            scene.is_refused(verb, FULL, "work_dir_files").await;
        }
        let names = std::fs::read_dir(scene.place.work_dir()).unwrap().count();
        assert_eq!(names, 4, "{version}");
        std::fs::remove_file(scene.place.work_dir().join("before")).unwrap();
        scene.does("write:more").await;
    }
}

/// A server with a file of 1000 bytes and archives of it.
async fn server(folder: &Path) -> Server {
    let content = "x".repeat(1000);
    let write = |name: &str, content: &[u8]| std::fs::write(folder.join(name), content).unwrap();
    write("plain", content.as_bytes());
    write("gz", &archives::gzip(content.as_bytes()));
    write("tar", &archives::tar_gz(&[("a", 0o644, &content)]));
    write("zip", &archives::zip(&[("a", 0o644, &content)]));
    Server::start(folder).await
}

#[tokio::test]
async fn what_is_fetched_needs_room() {
    let folder = tempfile::tempdir().unwrap();
    let server = server(folder.path()).await;
    let size = |name: &str| std::fs::metadata(folder.path().join(name)).unwrap().len();
    let kinds = [
        ("plain", "uncompressed", 1000),
        ("gz", "gzip", 1000 + size("gz")),
        ("tar", "gzip-tar", 1000 + size("tar")),
        ("zip", "zip", 1000 + size("zip")),
    ];
    for version in VERSIONS {
        for (name, kind, needs) in kinds {
            let verb = format!("download:{}/{name} {kind} at", server.base);
            let scene = Scene::new(version, |limits| limits.work_dir_bytes = needs).await;
            scene.does(&verb).await;
            let scene = Scene::new(version, |limits| limits.work_dir_bytes = needs - 1).await;
            let by = "work_dir_bytes";
            scene
                .is_refused(&verb, "(limit `work_dir_bytes`)", by)
                .await;
            let left = std::fs::read_dir(scene.place.work_dir()).unwrap().count();
            assert_eq!(left, 0, "{version} {kind}");
        }
    }
    // One that is announced as too large is not even begun.
    let scene = Scene::new("0.7.0", |limits| limits.work_dir_bytes = 999).await;
    server.fail(
        "plain",
        (0..2).map(|_| crate::support::server::Fault::StallAfter(1)),
    );
    let verb = format!("download:{}/plain", server.base);
    scene
        .is_refused(&verb, "(limit `work_dir_bytes`)", "work_dir_bytes")
        .await;
}

#[tokio::test]
async fn answers_that_are_read_piece_by_piece_are_counted() {
    let folder = tempfile::tempdir().unwrap();
    let server = server(folder.path()).await;
    let verb = format!("http-stream:{}/plain", server.base);
    for version in VERSIONS.into_iter().filter(|version| has(version, "0.1.0")) {
        let scene = Scene::new(version, |limits| limits.http_streams = 1).await;
        for _ in 0..3 {
            scene.does(&verb).await;
        }
        let scene = Scene::new(version, |limits| limits.http_streams = 0).await;
        server.forget();
        scene
            .is_refused(&verb, "(limit `http_streams`)", "http_streams")
            .await;
        assert_eq!(server.heads(), [""; 0], "{version}");
    }
}

#[tokio::test]
async fn what_is_stored_in_a_call_is_counted() {
    use annexe::delegate::{DelegateError, KeyValueStoreDelegate};

    struct Anything;

    #[async_trait::async_trait]
    impl KeyValueStoreDelegate for Anything {
        async fn insert(&self, _: String, _: String) -> Result<(), DelegateError> {
            Ok(())
        }
    }

    // `p/q`, and `The docs of q.`
    for version in VERSIONS.into_iter().filter(|version| has(version, "0.1.0")) {
        for (most, is_stored) in [(17, true), (16, false)] {
            let scene = Scene::new(version, |limits| limits.stored_bytes = most).await;
            for _ in 0..2 {
                let store = std::sync::Arc::new(Anything);
                let indexed = scene
                    .extension
                    .index_docs("p".into(), "q".into(), store)
                    .await;
                match is_stored {
                    true => indexed.unwrap(),
                    false => assert!(words(indexed).contains("(limit `stored_bytes`)")),
                }
            }
        }
    }
}

#[tokio::test]
async fn reports_of_a_flood_are_few_and_the_last_is_among_them() {
    use annexe::types::InstallationStatus;

    #[derive(Default)]
    struct Reports(Mutex<Vec<(String, InstallationStatus)>>, Reached);

    impl ExtensionObserver for Reports {
        fn observe(&self, extension: &ExtensionId, event: &ExtensionEvent) {
            if let ExtensionEvent::Installation { server, status } = event {
                self.0
                    .lock()
                    .unwrap()
                    .push((server.clone(), status.clone()));
            }
            self.1.observe(extension, event);
        }
    }

    for version in VERSIONS {
        let reports = std::sync::Arc::new(Reports::default());
        let host = builder(|limits| {
            limits.status_messages_per_second = 2;
            limits.status_message_bytes = 10;
        })
        .observer(reports.clone())
        .build()
        .unwrap();
        let place = Place::new();
        let extension = guest::start(&host, version, &place).await;
        let status = |case: &str| format!("status:{case}");
        ask(&extension, &place, &status("downloading"))
            .await
            .unwrap();
        ask(&extension, &place, &status("downloading"))
            .await
            .unwrap();
        assert!(reports.1.0.lock().unwrap().is_empty(), "{version}");
        for _ in 0..10 {
            ask(&extension, &place, &status("downloading"))
                .await
                .unwrap();
        }
        ask(&extension, &place, &status("failed")).await.unwrap();
        let count = || reports.0.lock().unwrap().len();
        // However slow the machine is: those of two seconds, and the last.
        until(|| {
            matches!(
                reports.0.lock().unwrap().last(),
                Some((_, InstallationStatus::Failed(_)))
            )
        })
        .await;
        assert!((3..13).contains(&count()), "{version}: {}", count());
        assert_eq!(*reports.1.0.lock().unwrap(), ["status_messages_per_second"]);
        let last = reports.0.lock().unwrap().pop().unwrap();
        assert_eq!(last.0, "status:fai", "{version}");
    }
}
