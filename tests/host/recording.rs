//! What cannot be recorded is not done, on every version of the API.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, Ordering::SeqCst},
};

use annexe::{
    CallError, Extension, Host,
    capability::{Capability, DeniedBy, Grants},
    delegate::{ExtensionEvent, ExtensionObserver, Unrecorded},
    types::{Access, ExtensionId, ServerId},
};

use crate::{
    guest::{self, Place, VERSIONS, ask, found, has, words},
    support::server::Server,
};

/// Records nothing while it is broken, and hears of everything.
#[derive(Default)]
struct Book {
    is_broken: AtomicBool,
    panics: AtomicBool,
    recorded: Mutex<Vec<Option<DeniedBy>>>,
    heard: Mutex<Vec<Option<DeniedBy>>>,
}

impl Book {
    fn take(&self) -> [Vec<Option<DeniedBy>>; 2] {
        [&self.recorded, &self.heard].map(|list| std::mem::take(&mut *list.lock().unwrap()))
    }
}

fn refused_by(event: &ExtensionEvent) -> Option<Option<DeniedBy>> {
    match event {
        ExtensionEvent::Access { refused_by, .. } => Some(*refused_by),
        _ => None,
    }
}

impl ExtensionObserver for Book {
    fn observe(&self, _: &ExtensionId, event: &ExtensionEvent) {
        self.heard.lock().unwrap().extend(refused_by(event));
    }

    fn record(&self, _: &ExtensionId, access: &ExtensionEvent) -> Result<(), Unrecorded> {
        assert!(!self.panics.load(SeqCst), "as it was told to");
        if self.is_broken.load(SeqCst) {
            let hint = Some("mend the pen".to_owned());
            return Err(Unrecorded::new("the pen is broken").with_hint(hint));
        }
        self.recorded.lock().unwrap().extend(refused_by(access));
        Ok(())
    }
}

fn host(grants: Grants, book: &Arc<Book>, api: Option<String>) -> Host {
    let mut services = annexe::ServiceOptions::default();
    services.github.api = api.map(|url| url.parse().unwrap());
    guest::builder()
        .grants(grants)
        .services(services)
        .observer(book.clone())
        .build()
        .unwrap()
}

async fn start(host: &Host, version: &str, place: &Place) -> Extension {
    let program = Capability::ProcessExec {
        command: "*".into(),
        args: vec!["**".into()],
    };
    guest::start_with(host, version, place, vec![program]).await
}

#[tokio::test]
async fn what_cannot_be_recorded_is_refused_with_words_and_nothing_is_done() {
    let served = tempfile::tempdir().unwrap();
    std::fs::write(served.path().join("a"), "here").unwrap();
    let server = Server::start(served.path()).await;
    let book = Arc::new(Book::default());
    let url = format!("{}/", server.base);
    let host = host(Grants::all(), &book, Some(url.clone()));
    let verbs = [
        ("0.0.1", format!("download:{url}a")),
        ("0.0.1", "npm-install:none-such@1.0.0".into()),
        ("0.0.1", "npm-latest:none-such".into()),
        ("0.0.1", "github:owner/name".into()),
        ("0.1.0", "github-tag:owner/name v1".into()),
        ("0.1.0", format!("http:{url}")),
        ("0.1.0", format!("http-stream:{url}")),
        ("0.3.0", "process:touch touched".into()),
    ];
    for version in VERSIONS {
        let place = Place::new();
        let extension = start(&host, version, &place).await;
        for (how, broken) in [("breaks", &book.is_broken), ("panics", &book.panics)] {
            broken.store(true, SeqCst);
            for (since, verb) in &verbs {
                if !has(version, since) {
                    continue;
                }
                let message = words(ask(&extension, &place, verb).await);
                let context = format!("{version} {verb} {how}: {message}");
                assert!(message.contains("since it cannot be recorded"), "{context}");
                let pen = "the pen is broken; mend the pen";
                assert!(message.ends_with(pen) || how == "panics", "{context}");
                let by_audit = vec![Some(DeniedBy::Audit)];
                assert_eq!(book.take(), [vec![], by_audit], "{context}");
            }
            let echo =
                extension.language_server_command(ServerId::new("echo", "Rust"), place.worktree());
            let Err(CallError::NotStarted { problem, .. }) = echo.await else {
                panic!("{version}: what is answered is started");
            };
            assert!(problem.contains("cannot be recorded"), "{problem}");
            // The shell's variables, and the start.
            assert_eq!(book.take()[1], [Some(DeniedBy::Audit); 2], "{version}");
            broken.store(false, SeqCst);
        }
        assert_eq!(server.heads(), [""; 0], "{version}");
        assert_eq!(
            std::fs::read_dir(place.work_dir()).unwrap().count(),
            0,
            "{version}"
        );
        // The same instance goes on as soon as it can be recorded again.
        found(&extension, &place, &format!("download:{url}a"))
            .await
            .unwrap();
        let once = vec![None];
        assert_eq!(book.take(), [once.clone(), once], "{version}");
        server.forget();
    }
}

#[tokio::test]
async fn a_folder_whose_mount_cannot_be_recorded_is_not_mounted() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("note"), "of the machine").unwrap();
    let mount = Capability::Mount {
        host: folder.path().to_owned(),
        guest: "/models".parse().unwrap(),
        access: Access::ReadOnly,
    };
    let book = Arc::new(Book::default());
    let host = host(Grants::from(vec![mount]), &book, None);
    for version in VERSIONS {
        for is_broken in [true, false] {
            book.is_broken.store(is_broken, SeqCst);
            let place = Place::new();
            let extension = start(&host, version, &place).await;
            let read = found(&extension, &place, "file:/models/note").await;
            assert_eq!(read.is_err(), is_broken, "{version}");
            book.take();
        }
    }
}

#[tokio::test]
async fn of_several_who_record_each_hears_what_became_of_it() {
    let [first, second] = [(); 2].map(|()| Arc::new(Book::default()));
    let options = {
        let mut options = annexe::ExtensionOptions::default();
        options.observer = Some(second.clone());
        options
    };
    let host = guest::builder()
        .grants(Grants::all().without([Capability::NpmInstall {
            package: "denied".into(),
        }]))
        .options(options)
        .observer(first.clone())
        .build()
        .unwrap();
    let place = Place::new();
    let extension = start(&host, "0.7.0", &place).await;
    let denied = vec![Some(DeniedBy::Grants)];
    let unrecorded = vec![Some(DeniedBy::Audit)];
    first.is_broken.store(true, SeqCst);
    // What is refused anyway is recorded by whoever can.
    words(ask(&extension, &place, "npm-latest:denied").await);
    assert_eq!(first.take(), [vec![], denied.clone()]);
    assert_eq!(second.take(), [denied.clone(), denied]);
    words(ask(&extension, &place, "npm-latest:a").await);
    assert_eq!(first.take(), [vec![], unrecorded.clone()]);
    assert_eq!(second.take(), [vec![], unrecorded]);
}
