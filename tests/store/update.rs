//! Updating: what is taken, what is left as it was and why, and what needs a yes.

use annexe::types::VersionRequirement;
use annexe::{
    Hint as _,
    registry::{Registry, format::StateChange},
    store::{
        AllowAll, ArchiveLocation, ChangeOptions, Consent, DenyAddedPermissions, ExtensionStore,
        InstallRequest, LockDifference, Lockfile, Policy, Receipt, SkipReason, StoreError,
    },
};
use async_trait::async_trait;
use std::{fs, sync::Mutex};

use crate::place::{ID, Package, Place, guest_of, id};

fn versions(store: &ExtensionStore) -> Vec<String> {
    let generation = store.generation().unwrap();
    let installed = generation.extensions.values();
    installed.map(|one| one.version.to_string()).collect()
}

#[tokio::test]
async fn an_update_takes_the_greatest_and_nothing_new_makes_no_generation() {
    let place = Place::with(&["1.0.0"]);
    let store = place.store();
    place.install(&store, "*").await.unwrap();
    let outcome = place.update(&store).await.unwrap();
    assert_eq!(outcome.generation, None);
    assert!(
        matches!(&outcome.skipped[0].reason, SkipReason::UpToDate { passed_over } if passed_over.is_empty())
    );
    assert!(!outcome.skipped[0].is_worth_telling());

    place.publish(&Package::new("1.1.0"));
    place.publish(&Package::new("1.2.0"));
    let outcome = place.update(&store).await.unwrap();
    assert_eq!(outcome.generation, Some(2));
    assert_eq!(outcome.receipts.len(), 1);
    assert_eq!(
        store.generation().unwrap().reason,
        "update echo-server 1.0.0 to 1.2.0"
    );
    place.assert_intact(&store, "1.2.0").await;
}

#[tokio::test]
async fn a_pinned_extension_stays_until_it_is_let_go() {
    let place = Place::with(&["1.0.0"]);
    let store = place.store();
    place.install(&store, "*").await.unwrap();
    store.pin(&[id(ID)], true).await.unwrap();
    place.publish(&Package::new("1.1.0"));
    let outcome = place.update(&store).await.unwrap();
    assert!(matches!(outcome.skipped[0].reason, SkipReason::Pinned));
    // Neither does asking for any version, but asking for this one does.
    place.install(&store, "*").await.unwrap();
    assert_eq!(versions(&store), ["1.0.0"]);
    let receipt = place.install(&store, "=1.1.0").await.unwrap();
    assert!(receipt.installed.pinned);
    let numbered = store.generation().unwrap().number;
    store.pin(&[id(ID)], true).await.unwrap();
    assert_eq!(
        store.generation().unwrap().number,
        numbered,
        "it was pinned already"
    );
    store.pin(&[id(ID)], false).await.unwrap();
    place.publish(&Package::new("1.2.0"));
    place.update(&store).await.unwrap();
    assert_eq!(versions(&store), ["1.2.0"]);
    let error = store.pin(&[id("other")], true).await.unwrap_err();
    assert!(matches!(error, StoreError::NotInstalled { .. }), "{error}");
}

/// Keeps what it is asked, and answers as it is told.
struct Asked {
    answer: bool,
    heard: Mutex<Vec<String>>,
}

#[async_trait]
impl Consent for Asked {
    async fn allows(&self, changes: &[Receipt]) -> bool {
        let heard = changes
            .iter()
            .map(|change| change.added_permissions.to_string());
        self.heard.lock().unwrap().extend(heard);
        self.answer
    }
}

/// Agrees to what a lockfile has, while somebody else installs it already.
struct Overtaken<'a> {
    store: &'a ExtensionStore,
    options: &'a ChangeOptions<'a>,
    heard: Mutex<Vec<usize>>,
}

#[async_trait]
impl Consent for Overtaken<'_> {
    async fn allows(&self, _: &[Receipt]) -> bool {
        true
    }

    async fn allows_locked(&self, differences: &[LockDifference]) -> bool {
        self.heard.lock().unwrap().push(differences.len());
        let lockfile = self.options.lockfile.unwrap();
        self.store.sync(lockfile, self.options).await.is_ok()
    }
}

#[tokio::test]
async fn nobody_is_asked_about_what_differs_no_longer() {
    let place = Place::with(&["1.0.0"]);
    let store = place.store();
    let archive = place.path("theirs.tar.gz");
    let line = place.publish(&Package::new("2.0.0"));
    fs::copy(place.archive(&line), &archive).unwrap();
    let sources = place.sources().await;
    let mut options = ChangeOptions::new(&sources);
    options.consent = &AllowAll;
    let requests = [InstallRequest::Archive(ArchiveLocation::File(archive))];
    store.install_all(&requests, &options).await.unwrap();
    let lockfile = Lockfile::of(&store.generation().unwrap());
    place.install(&store, "=1.0.0").await.unwrap();

    options.lockfile = Some(&lockfile);
    let overtaken = Overtaken {
        store: &store,
        options: &options,
        heard: Mutex::default(),
    };
    let mut asking = options.clone();
    asking.lockfile_found = true;
    asking.consent = &overtaken;
    let requests = [InstallRequest::Extension {
        id: id(ID),
        requirement: VersionRequirement::STAR,
    }];
    let outcome = store.install_all(&requests, &asking).await.unwrap();
    assert!(outcome.receipts[0].unchanged);
    assert_eq!(*overtaken.heard.lock().unwrap(), [1]);
    store.sync(&lockfile, &asking).await.unwrap();
    assert_eq!(*overtaken.heard.lock().unwrap(), [1]);
}

#[tokio::test]
async fn what_a_version_may_do_newly_needs_a_yes() {
    let place = Place::with(&["1.0.0"]);
    let store = place.store();
    place.install(&store, "*").await.unwrap();
    let capability = "[[capabilities]]\nkind = \"process:exec\"\ncommand = \"gem\"\nargs = [\"install\", \"**\"]\n";
    place.publish(
        &Package::new("2.0.0")
            .wasm(guest_of("0.0.4"))
            .add_to_manifest(capability),
    );
    let sources = place.sources().await;
    let mut options = ChangeOptions::new(&sources);
    let error = store.update(&[id(ID)], &options).await.unwrap_err();
    let StoreError::NotAllowed { changes } = &error else {
        panic!("{error:?}");
    };
    assert_eq!(changes.len(), 1);
    assert!(
        error
            .to_string()
            .contains("may run `gem install …`, call `"),
        "{error}"
    );
    assert!(error.hint().unwrap().contains("nothing was changed"));
    place.assert_intact(&store, "1.0.0").await;
    // Of all that is installed, it is left out, and a dry run asks nobody.
    let outcome = store.update(&[], &options).await.unwrap();
    assert_eq!((outcome.generation, outcome.receipts.len()), (None, 0));
    let held = outcome.skipped[0].needing_consent().unwrap();
    assert_eq!(held.installed.version.to_string(), "2.0.0");
    assert!(
        outcome.skipped[0]
            .reason
            .to_string()
            .starts_with("stays: 2.0.0 needs a yes, as it may newly run `gem install …`, call `")
    );
    options.dry_run = true;
    let outcome = store.update(&[id(ID)], &options).await.unwrap();
    assert_eq!(
        outcome.receipts[0].added_permissions.capabilities.len(),
        1,
        "{outcome:?}"
    );
    options.dry_run = false;
    place.assert_intact(&store, "1.0.0").await;

    for answer in [false, true] {
        let asked = Asked {
            answer,
            heard: Mutex::default(),
        };
        let mut asking = ChangeOptions::new(&sources);
        asking.consent = &asked;
        let outcome = store.update(&[], &asking).await.unwrap();
        assert_eq!(outcome.generation.is_some(), answer);
        let heard = asked.heard.lock().unwrap();
        assert!(
            heard[0].starts_with("run `gem install …`, call `"),
            "{heard:?}"
        );
    }
    assert_eq!(versions(&store), ["2.0.0"]);

    // With the same power, nobody has to agree.
    place.publish(
        &Package::new("2.1.0")
            .wasm(guest_of("0.0.4"))
            .add_to_manifest(capability),
    );
    options.consent = &DenyAddedPermissions;
    store.update(&[], &options).await.unwrap();
    assert_eq!(versions(&store), ["2.1.0"]);
    // Less of it neither.
    place.install(&store, "=1.0.0").await.unwrap();
    assert_eq!(versions(&store), ["1.0.0"]);
}

#[tokio::test]
async fn nothing_changes_on_a_dry_run() {
    let place = Place::with(&["1.0.0"]);
    let store = place.store();
    place.install(&store, "*").await.unwrap();
    place.publish(&Package::new("1.1.0"));
    let sources = place.sources().await;
    let mut options = ChangeOptions::new(&sources);
    options.dry_run = true;
    let outcome = store.update(&[], &options).await.unwrap();
    assert_eq!((outcome.generation, outcome.receipts.len()), (None, 1));
    assert_eq!(outcome.receipts[0].installed.version.to_string(), "1.1.0");
    place.assert_intact(&store, "1.0.0").await;
    assert_eq!(store.generation().unwrap().number, 1);
}

#[tokio::test]
async fn several_are_installed_together_or_not_at_all() {
    let place = Place::with(&["1.0.0"]);
    let store = place.store();
    let sources = place.sources().await;
    let options = ChangeOptions::new(&sources);
    let requests = |name: &str| InstallRequest::Extension {
        id: id(name),
        requirement: "*".parse().unwrap(),
    };
    let all = [requests(ID), requests("nowhere")];
    store.install_all(&all, &options).await.unwrap_err();
    let twice = [requests(ID), requests(ID)];
    let error = store.install_all(&twice, &options).await.unwrap_err();
    assert!(matches!(error, StoreError::Twice { .. }), "{error}");
    assert_eq!(store.generation().unwrap().number, 0);
    let outcome = store.install_all(&[], &options).await.unwrap();
    assert_eq!(outcome.generation, None);
    store.install_all(&[requests(ID)], &options).await.unwrap();
    place.assert_intact(&store, "1.0.0").await;
}

#[tokio::test]
async fn a_policy_decides_what_may_be_taken() {
    let place = Place::with(&["1.0.0"]);
    place.publish(&Package::new("1.1.0-rc.1"));
    place.publish(&Package::new("1.2.0").wasm(guest_of("0.6.0")));
    let store = place.store();
    let sources = place.sources().await;
    let mut options = ChangeOptions::new(&sources);
    options.consent = &AllowAll;
    let requests = [InstallRequest::Extension {
        id: id(ID),
        requirement: "*".parse().unwrap(),
    }];
    let policy = |change: &dyn Fn(&mut Policy)| {
        let mut policy = Policy::default();
        change(&mut policy);
        policy
    };
    let limited = || Some("<=0.3".parse().unwrap());
    for (policy, expected) in [
        (policy(&|it| it.api = limited()), "1.0.0"),
        (
            policy(&|it| {
                it.api = limited();
                it.channel = annexe::registry::Channel::Preview;
            }),
            "1.1.0-rc.1",
        ),
        (policy(&|_| {}), "1.2.0"),
    ] {
        options.policy = policy;
        store.install_all(&requests, &options).await.unwrap();
        assert_eq!(versions(&store), [expected]);
    }
    let error = {
        options.policy =
            policy(&|it| it.minimum_age = std::time::Duration::from_secs(u64::MAX / 4));
        store.install_all(&requests, &options).await.unwrap_err()
    };
    assert!(
        error.hint().unwrap().contains("was published at"),
        "{error:?}"
    );
    assert_eq!(versions(&store), ["1.2.0"]);
    // What is on the disk or locked already is limited as well.
    let lockfile = Lockfile::of(&store.generation().unwrap());
    place.install(&store, "=1.0.0").await.unwrap();
    options.policy = policy(&|it| it.api = limited());
    let exact = [InstallRequest::Extension {
        id: id(ID),
        requirement: "=1.2.0".parse().unwrap(),
    }];
    for error in [
        store.install_all(&exact, &options).await.unwrap_err(),
        store.sync(&lockfile, &options).await.unwrap_err(),
    ] {
        let hint = error.hint().unwrap();
        assert!(
            hint.contains("this host is limited to `<=0.3`"),
            "{error}: {hint}"
        );
    }
    assert_eq!(versions(&store), ["1.0.0"]);
}

#[tokio::test]
async fn a_preview_that_is_installed_is_not_given_up_for_an_earlier_version() {
    let place = Place::with(&["1.0.0", "1.1.0-rc.1"]);
    let store = place.store();
    place.install(&store, "=1.1.0-rc.1").await.unwrap();
    assert!(place.install(&store, "*").await.unwrap().unchanged);
    place.install(&store, "^1").await.unwrap();
    assert_eq!(versions(&store), ["1.0.0"]);
}

#[tokio::test]
async fn an_id_belongs_to_the_registry_it_came_from() {
    let place = Place::with(&["1.0.0"]);
    let other = Place::with(&["9.0.0"]);
    let config = other.registry_dir().join("config.json");
    let content = std::fs::read_to_string(&config).unwrap();
    std::fs::write(&config, content.replace("\"test\"", "\"other\"")).unwrap();
    let store = place.store();
    place.install(&store, "*").await.unwrap();
    let only_other = other.sources().await;
    let mut options = ChangeOptions::new(&only_other);
    let requests = [InstallRequest::Extension {
        id: id(ID),
        requirement: "*".parse().unwrap(),
    }];
    // The registry it belongs to is not among the sources: nothing else is taken in its place.
    let error = store.install_all(&requests, &options).await.unwrap_err();
    assert!(error.to_string().contains("`test`"), "{error}");
    let outcome = store.update(&[], &options).await;
    assert!(outcome.is_ok_and(|outcome| outcome.receipts.is_empty()));
    assert_eq!(versions(&store), ["1.0.0"]);
    options.rebind = true;
    options.consent = &AllowAll;
    let outcome = store.install_all(&requests, &options).await.unwrap();
    assert!(
        outcome.receipts[0].warnings[0]
            .to_string()
            .contains("comes from the registry `other`")
    );
    assert_eq!(versions(&store), ["9.0.0"]);
}

#[tokio::test]
async fn an_update_does_not_leave_a_yanked_version_for_an_older_one() {
    let place = Place::with(&["1.0.0", "1.1.0"]);
    let store = place.store();
    place.install(&store, "*").await.unwrap();
    place.declare("1.1.0", StateChange::Yanked);
    let outcome = place.update(&store).await.unwrap();
    assert!(outcome.receipts.is_empty());
    place.assert_intact(&store, "1.1.0").await;
    let registry: Registry = place.registry().await;
    let error = place
        .store_with_cache(&place.path("cold"))
        .install(&registry, &id(ID), &"=1.1.0".parse().unwrap())
        .await;
    // It is here: asking for it again is no new installation.
    assert!(error.unwrap().unchanged);
}
