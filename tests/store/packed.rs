//! Extensions that were packed on this machine of what came from elsewhere: the origin of what they were made of is
//! theirs, and the temporary archive leaves no trace.

use std::fs;

use annexe::{
    Hint as _,
    store::{
        ChangeOptions, ExtensionStore, InstallRequest, Lockfile, Origin, Outcome, PackedExtension,
        SkipReason, StoreError, Summary, Warning,
    },
    types::ExtensionOrigin,
};

use crate::place::{ID, Package, Place, id};

const FIRST: &str = "1111111111111111111111111111111111111111";
const SECOND: &str = "2222222222222222222222222222222222222222";

fn origin(revision: &str, reference: Option<&str>, folder: Option<&str>) -> Origin {
    Origin::Git {
        git: "https://example.org/owner/repository".parse().unwrap(),
        revision: revision.parse().unwrap(),
        reference: reference.map(|it| it.parse().unwrap()),
        folder: folder.map(|it| it.parse().unwrap()),
    }
}

/// An archive of this version in a folder that goes, and what it claims to be made of.
fn packed(place: &Place, version: &str, origin: Origin) -> PackedExtension {
    let line = place.publish(&Package::new(version));
    let archive = place.path(&format!("temporary-{version}.tar.gz"));
    fs::copy(place.archive(&line), &archive).unwrap();
    PackedExtension {
        archive,
        origin,
        is_compiled: true,
    }
}

async fn install(
    store: &ExtensionStore,
    packed: PackedExtension,
    options: &ChangeOptions<'_>,
) -> Result<Outcome, StoreError> {
    let requests = [InstallRequest::Packed(packed)];
    store.install_all(&requests, options).await
}

#[tokio::test]
async fn what_was_packed_is_known_by_what_it_was_made_of() {
    let place = Place::with(&[]);
    let store = place.store();
    let sources = place.sources().await;
    let options = ChangeOptions::new(&sources);
    let first = origin(FIRST, Some("refs/tags/v1.0.0"), Some("extensions/echo"));
    let one = packed(&place, "1.0.0", first.clone());
    let temporary = one.archive.clone();
    install(&store, one, &options).await.unwrap();
    fs::remove_file(&temporary).unwrap();

    let generation = store.generation().unwrap();
    let installed = &generation.extensions[&id(ID)];
    assert_eq!(installed.origin, first);
    let active = store.active(&id(ID)).unwrap();
    let identity = ExtensionOrigin::from(&first);
    assert_eq!(active.origin(), identity);
    let summaries: Vec<Summary> = store.summaries().unwrap();
    assert_eq!(summaries[0].origin, first);
    let lockfile = Lockfile::of(&generation);
    let text = lockfile.to_string();
    assert!(text.contains(&format!("revision = \"{FIRST}\"")), "{text}");
    assert!(!text.contains("temporary"), "{text}");
    assert_eq!(Lockfile::parse(&text).unwrap(), lockfile);

    // Another commit is another version of the same extension: its working directory is the same.
    let work = store.work_dir(&id(ID), &identity).unwrap();
    let second = origin(SECOND, Some("refs/tags/v1.1.0"), Some("extensions/echo"));
    let two = packed(&place, "1.1.0", second.clone());
    let outcome = install(&store, two, &options).await.unwrap();
    let is_other = |warning: &Warning| matches!(warning, Warning::OtherOrigin { .. });
    assert!(!outcome.receipts[0].warnings.iter().any(is_other));
    let active = store.active(&id(ID)).unwrap();
    assert_eq!(store.work_dir(&id(ID), &active.origin()).unwrap(), work);
    // Another folder of the repository is another one.
    let third = origin(SECOND, None, None);
    let outcome = install(&store, packed(&place, "1.2.0", third), &options).await;
    let outcome = outcome.unwrap();
    assert!(outcome.receipts[0].warnings.iter().any(is_other));
    let active = store.active(&id(ID)).unwrap();
    assert_ne!(store.work_dir(&id(ID), &active.origin()).unwrap(), work);
}

#[tokio::test]
async fn an_update_takes_what_was_packed_of_the_same_repository() {
    let place = Place::with(&[]);
    let store = place.store();
    let sources = place.sources().await;
    let mut options = ChangeOptions::new(&sources);
    let first = origin(FIRST, Some("refs/heads/main"), None);
    let second = origin(SECOND, Some("refs/heads/main"), None);
    let one = packed(&place, "1.0.0", first);
    install(&store, one, &options).await.unwrap();
    let outcome = store.update(&[], &options).await.unwrap();
    assert_eq!(outcome.skipped.len(), 1);
    let elsewhere = [packed(
        &place,
        "1.1.0",
        origin(SECOND, Some("refs/heads/main"), Some("other")),
    )];
    options.packed = &elsewhere;
    let outcome = store.update(&[], &options).await.unwrap();
    assert_eq!(outcome.generation, None);
    let newer = [packed(&place, "1.2.0", second.clone())];
    options.packed = &newer;
    store.pin(&[id(ID)], true).await.unwrap();
    let outcome = store.update(&[id(ID)], &options).await.unwrap();
    assert!(matches!(outcome.skipped[0].reason, SkipReason::Pinned));
    store.pin(&[id(ID)], false).await.unwrap();
    let outcome = store.update(&[], &options).await.unwrap();
    assert_eq!(outcome.receipts[0].installed.origin, second);
    assert_eq!(
        store.generation().unwrap().reason,
        "update echo-server 1.0.0 to 1.2.0"
    );
}

#[tokio::test]
async fn a_lockfile_takes_what_was_packed_of_the_same_commit_if_it_is_the_same() {
    let place = Place::with(&[]);
    let sources = place.sources().await;
    let mut options = ChangeOptions::new(&sources);
    let made_of = origin(FIRST, None, None);
    let one = packed(&place, "1.0.0", made_of.clone());
    let first = place.store();
    install(&first, one.clone(), &options).await.unwrap();
    let lockfile = Lockfile::of(&first.generation().unwrap());

    let elsewhere = Place::new();
    let store = elsewhere.store();
    let to_pack = store.to_pack(&lockfile).await.unwrap();
    assert_eq!(to_pack.len(), 1);
    let error = store.sync(&lockfile, &options).await.unwrap_err();
    assert!(matches!(error, StoreError::NotPacked { .. }), "{error:?}");
    // Of another commit, it is not even looked at.
    let other = [PackedExtension {
        origin: origin(SECOND, None, None),
        ..one.clone()
    }];
    options.packed = &other;
    let error = store.sync(&lockfile, &options).await.unwrap_err();
    assert!(matches!(error, StoreError::NotPacked { .. }), "{error:?}");
    let differs = [packed(&place, "1.0.1", made_of)];
    options.packed = &differs;
    let error = store.sync(&lockfile, &options).await.unwrap_err();
    assert!(
        matches!(error, StoreError::PackedDiffers { .. }),
        "{error:?}"
    );
    assert!(
        error
            .hint()
            .unwrap()
            .contains(&format!("git+https://example.org/owner/repository#{FIRST}"))
    );
    assert!(store.generation().unwrap().extensions.is_empty());
    let same = [one];
    options.packed = &same;
    store.sync(&lockfile, &options).await.unwrap();
    assert_eq!(
        store.generation().unwrap().digest(),
        first.generation().unwrap().digest()
    );
    // From then on it is here.
    assert_eq!(store.to_pack(&lockfile).await.unwrap(), []);
    options.packed = &[];
    store.sync(&lockfile, &options).await.unwrap();
}
