//! A store with extensions from a web server that is about to misbehave, and what is tried then.

use std::{
    cell::Cell,
    error::Error,
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use annexe::{
    Hint as _,
    registry::{
        Access, RegistryConfiguration, Sources,
        format::{VersionLine, index_path},
    },
    store::{
        ChangeOptions, ExtensionStore, Generation, InstallRequest, Lockfile, Outcome, SkipReason,
        StoreError,
    },
};

use super::expected::{CALLS, Call, Expected, Where};
use crate::{
    place::{ID, Package, Place, id},
    support::{
        files::copy,
        publish::archive_path,
        server::{Fault, Server},
    },
};

/// The extension that is published once the others are installed.
const NEW: &str = "new-server";

/// `echo-server` 1.0.0 and `paper` 1.0.0 are installed; 2.0.0 of the one is published since, and
/// `new-server`.
pub struct ServedPlace {
    pub place: Place,
    pub server: Server,
    pub newer: VersionLine,
    new: VersionLine,
    lockfile: Lockfile,
    before: Generation,
    /// What the server had when the extensions were installed.
    last_month: Vec<(String, Vec<u8>)>,
    /// The server keeps everyone waiting, so nobody waits for long.
    hurries: Cell<bool>,
}

impl ServedPlace {
    pub async fn new() -> Self {
        let place = Place::with(&["1.0.0"]);
        let theme = place.publish(&Package::theme("1.0.0").called("paper"));
        let server = Server::start(&place.registry_dir()).await;
        let sources = sources(&server, &place.path("index"));
        let options = ChangeOptions::new(&sources);
        let requests = [requests(ID, "*"), requests("paper", "*")];
        let outcome = place
            .store()
            .install_all(&requests, &options)
            .await
            .unwrap();
        assert_eq!(outcome.generation, Some(1));
        // What was installed is seen by an update check as well.
        place.store().update(&[], &options).await.unwrap();

        let read = |path: String| {
            let content = fs::read(place.registry_dir().join(&path)).unwrap();
            (path, content)
        };
        let last_month = vec![read("catalogue.jsonl".into()), read(index_path(&id(ID)))];
        let newer = place.publish(&Package::new("2.0.0"));
        let new = place.publish(&Package::new("1.0.0").called(NEW));
        let lockfile = lockfile(&[&newer, &theme]);
        let before = place.store().generation().unwrap();
        Self {
            place,
            server,
            newer,
            new,
            lockfile,
            before,
            last_month,
            hurries: Cell::new(false),
        }
    }

    /// The paths on the server that a fault is in: those of what is new.
    pub fn paths(&self, at: Where) -> Vec<String> {
        match at {
            Where::Configuration => vec!["config.json".into()],
            Where::Catalogue => vec!["catalogue.jsonl".into()],
            Where::Index => [ID, NEW].map(|it| index_path(&id(it))).into(),
            Where::Archive => [&self.newer, &self.new].map(archive_path).into(),
        }
    }

    /// Has every request for what is new go wrong.
    pub fn fail(&self, at: Where, fault: &Fault) {
        let keeps_waiting = matches!(fault, Fault::Stall | Fault::StallAfter(_));
        self.hurries.set(keeps_waiting);
        for path in self.paths(at) {
            self.server.fail(&path, vec![fault.clone(); 99]);
        }
    }

    /// Tries every call while a fault is on in one place.
    pub async fn all_in_vain(&self, at: Where, is_temporary: bool, words: &[&str], fault: &str) {
        for call in CALLS {
            let expected = at.expected(call, is_temporary);
            self.call_in_vain(call, expected, words, fault).await;
        }
    }

    /// Makes every call once the fault is over.
    pub async fn all_in_peace(&self, fault: &str) {
        self.server.come_back();
        self.hurries.set(false);
        for call in CALLS {
            self.call_in_peace(call, fault).await;
        }
    }

    /// Has the server serve what it had when the extensions were installed.
    pub fn go_back_a_month(&self) {
        for (path, content) in &self.last_month {
            let answer = Fault::Answer(200, String::new(), content.clone());
            self.server.fail(path, vec![answer; 99]);
        }
    }

    /// Makes a call as a new process would that has seen of the registry what was seen before.
    pub async fn call(&self, call: Call) -> Result<Outcome, StoreError> {
        let mut access = access(&self.seen(call));
        if self.hurries.get() {
            access.http.retry.tries = 1;
            access.http.read_timeout = Duration::from_millis(100);
        }
        let sources = Sources::new(vec![configured(&self.server)], access);
        let options = ChangeOptions::new(&sources);
        let store = self.place.store();
        match call {
            Call::Install => store.install_all(&[requests(NEW, "*")], &options).await,
            Call::Upgrade => store.install_all(&[requests(ID, "^2")], &options).await,
            Call::Update => store.update(&[], &options).await,
            Call::Sync => store.sync(&self.lockfile, &options).await,
        }
    }

    /// What one call has seen of the registry: a copy, so that no call learns from another.
    fn seen(&self, call: Call) -> PathBuf {
        let folder = self.place.path(&format!("index-{call:?}"));
        if !folder.exists() {
            copy(&self.place.path("index"), &folder);
        }
        folder
    }

    /// Makes a call while `fault` is on, which must come to what is expected; `words` are parts of what
    /// is told.
    pub async fn call_in_vain(&self, call: Call, expected: Expected, words: &[&str], fault: &str) {
        let outcome = self.call(call).await;
        let about = format!("{fault}: {call:?}");
        let told = match (&outcome, expected) {
            (Err(error), Expected::Error) => Some((in_full(error), error.hint())),
            (Ok(outcome), Expected::Skipped) => {
                assert_eq!(outcome.generation, None, "{about}");
                let mut kept = outcome.skipped.iter();
                let reason = kept.find(|kept| kept.id == id(ID)).map(|kept| &kept.reason);
                let Some(SkipReason::Unreadable(error)) = reason else {
                    panic!("{about}: {outcome:?}");
                };
                Some((in_full(error), error.hint()))
            }
            (Ok(outcome), Expected::Done) => {
                assert!(outcome.generation.is_some(), "{about}");
                self.go_back().await;
                None
            }
            _ => panic!("{about}: {outcome:?}"),
        };
        let Some((message, hint)) = told else { return };
        for word in words {
            assert!(message.contains(word), "{about}: {word:?} in {message}");
        }
        let location = self.server.base.as_str();
        assert!(message.contains(location), "{about}: no place in {message}");
        assert!(hint.is_some(), "{about}: no way out of {message}");
        self.assert_unharmed(&self.place.store(), &about).await;
    }

    /// Makes a call that must succeed, and takes it back.
    pub async fn call_in_peace(&self, call: Call, after: &str) {
        let outcome = self.call(call).await;
        let outcome = outcome.unwrap_or_else(|error| panic!("after {after}: {call:?}: {error}"));
        assert!(outcome.generation.is_some(), "after {after}: {call:?}");
        let store = self.place.store();
        let (started, version) = match call {
            Call::Install => (NEW, "1.0.0"),
            _ => (ID, "2.0.0"),
        };
        let installed = store.installed(&id(started)).unwrap();
        assert_eq!(
            installed.version.to_string(),
            version,
            "after {after}: {call:?}"
        );
        let extension = store.start(&id(started)).await.unwrap();
        self.place.call(&extension).await;
        self.go_back().await;
    }

    /// Makes the store what it was before any call, without what the calls have brought.
    async fn go_back(&self) {
        let store = self.place.store();
        let number = self.before.number.to_string();
        fs::write(self.place.store_dir().join("current"), number).unwrap();
        store.collect(1).await.unwrap();
        assert_eq!(store.generation().unwrap(), self.before);
    }

    /// All that was installed is installed still and answers, and nothing else is there.
    pub async fn assert_unharmed(&self, store: &ExtensionStore, about: &str) {
        assert_eq!(store.generation().unwrap(), self.before, "{about}");
        self.place.assert_answers(store).await;
        let offers = store.contributions().await.unwrap();
        let names: Vec<&str> = offers
            .extensions
            .iter()
            .map(|it| it.active.id().as_str())
            .collect();
        assert_eq!(names, [ID, "paper"], "{about}");
        assert!(offers.unreadable.is_empty(), "{about}: {offers:?}");
        let verification = store.verify().await.unwrap();
        assert!(
            verification.problems.is_empty(),
            "{about}: {verification:?}"
        );
        assert!(
            verification.leftovers.is_empty(),
            "{about}: {verification:?}"
        );
        self.place.assert_clean();
    }

    /// As [`Self::assert_unharmed`], where every component has to be compiled again.
    pub async fn assert_unharmed_in_the_cold(&self, about: &str) {
        let cold = self.place.store_with_cache(&self.place.path("cold"));
        self.assert_unharmed(&cold, about).await;
    }
}

/// The registry of a server, as a user has configured it.
pub fn configured(server: &Server) -> RegistryConfiguration {
    RegistryConfiguration {
        name: Some("test".into()),
        ..server.location().into()
    }
}

/// The registry on the server as a new process meets it, with what an earlier one has kept.
pub fn sources(server: &Server, seen: &Path) -> Sources {
    Sources::new(vec![configured(server)], access(seen))
}

fn access(seen: &Path) -> Access {
    let mut access = Server::access(seen);
    // Trying again is tested elsewhere; here it costs time for each call.
    access.http.retry.tries = 2;
    access
}

pub fn requests(name: &str, requirement: &str) -> InstallRequest {
    InstallRequest::Extension {
        id: id(name),
        requirement: requirement.parse().unwrap(),
    }
}

/// An error with all its causes.
pub fn in_full(error: &dyn Error) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        words.push_str(&format!(": {error}"));
        cause = error.source();
    }
    words
}

fn lockfile(lines: &[&VersionLine]) -> Lockfile {
    let mut text = "version = 1\n".to_owned();
    for line in lines {
        let api = line.api.as_ref().map(|api| format!("api = \"{api}\"\n"));
        text.push_str(&format!(
            "[[extension]]\nid = \"{}\"\nversion = \"{}\"\nfamily = \"{}\"\n{}registry = \"test\"\n\
             sha256 = \"{}\"\nsize = {}\n",
            line.id,
            line.version,
            line.family,
            api.unwrap_or_default(),
            line.digest().unwrap().sha256,
            line.digest().unwrap().size
        ));
    }
    Lockfile::parse(&text).unwrap()
}
