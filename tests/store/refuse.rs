//! What is refused, after which the version installed before is installed still, and runs.

use std::fs;

use annexe::{
    EngineError, Hint as _, HostError, archive,
    manifest::Manifest,
    registry::{
        self, RejectReason,
        format::{StateChange, VersionLine},
    },
    store::{Fact, StoreError},
};
use flate2::{Compression, write::GzEncoder};

use crate::place::{ID, Package, Place, guest, id};

/// Installs 1.0.0, publishes `package` as 2.0.0, damages it, and gives the error of the update.
async fn update(package: Package, damage: impl FnOnce(&Place, &VersionLine)) -> StoreError {
    let place = Place::with(&["1.0.0"]);
    let store = place.store();
    place.install(&store, "*").await.unwrap();
    let before = store.generation().unwrap();
    let line = place.publish(&package);
    damage(&place, &line);
    let error = place.install(&store, "^2").await.unwrap_err();
    assert_eq!(store.generation().unwrap(), before);
    place.assert_intact(&store, "1.0.0").await;
    assert!(!error.to_string().is_empty());
    error
}

async fn refused(package: Package) -> StoreError {
    let error = update(package, |_, _| {}).await;
    assert!(error.is_refusal(), "{error:?}");
    error
}

fn registry_error(error: &StoreError) -> &registry::Error {
    match error {
        StoreError::Registry(error) => error,
        error => panic!("{error:?}"),
    }
}

fn package() -> Package {
    Package::new("2.0.0")
}

#[tokio::test]
async fn an_archive_changed_after_publication() {
    let other_digest = |place: &Place, line: &VersionLine| {
        let path = place.archive(line);
        let mut archive = fs::read(&path).unwrap();
        let middle = archive.len() / 2;
        archive[middle] ^= 1;
        fs::write(&path, archive).unwrap();
    };
    let error = update(package(), other_digest).await;
    assert!(
        matches!(
            registry_error(&error),
            registry::Error::DigestMismatch { .. }
        ),
        "{error}"
    );

    let shorter = |place: &Place, line: &VersionLine| {
        let archive = fs::read(place.archive(line)).unwrap();
        fs::write(place.archive(line), &archive[..archive.len() / 2]).unwrap();
    };
    let longer = |place: &Place, line: &VersionLine| {
        let archive = fs::read(place.archive(line)).unwrap();
        fs::write(place.archive(line), [&archive[..], b"\0"].concat()).unwrap();
    };
    let page = |place: &Place, line: &VersionLine| {
        fs::write(place.archive(line), "<!doctype html><title>Sign in</title>").unwrap();
    };
    for damage in [
        Box::new(shorter) as Box<dyn FnOnce(&Place, &VersionLine)>,
        Box::new(longer),
        Box::new(page),
    ] {
        let error = update(package(), damage).await;
        assert!(
            matches!(registry_error(&error), registry::Error::SizeMismatch { .. }),
            "{error}"
        );
    }

    let missing = |place: &Place, line: &VersionLine| fs::remove_file(place.archive(line)).unwrap();
    let error = update(package(), missing).await;
    assert!(
        matches!(registry_error(&error), registry::Error::Source(_)),
        "{error}"
    );
}

#[tokio::test]
async fn an_archive_that_was_published_damaged() {
    let place = Place::new();
    let whole = fs::read(place.archive(&place.publish(&package()))).unwrap();
    let error = refused(package().archive(&whole[..whole.len() / 2])).await;
    assert!(
        matches!(
            error,
            StoreError::Archive {
                source: archive::Error::Truncated,
                ..
            }
        ),
        "{error:?}"
    );
    let error = refused(package().archive("<!doctype html><title>Sign in</title>")).await;
    assert!(
        matches!(
            error,
            StoreError::Archive {
                source: archive::Error::NotGzip,
                ..
            }
        ),
        "{error:?}"
    );
    assert!(error.hint().is_some());
}

#[tokio::test]
async fn an_archive_with_a_link_in_it() {
    let mut builder = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    let manifest = package().manifest;
    let mut header = tar::Header::new_ustar();
    header.set_size(manifest.len() as u64);
    header.set_entry_type(tar::EntryType::Regular);
    header.set_mode(0o644);
    builder
        .append_data(&mut header, "extension.toml", manifest.as_bytes())
        .unwrap();
    let mut header = tar::Header::new_ustar();
    header.set_size(0);
    header.set_entry_type(tar::EntryType::Symlink);
    builder
        .append_link(&mut header, "extension.wasm", "/etc/passwd")
        .unwrap();
    let archive = builder.into_inner().unwrap().finish().unwrap();
    let error = refused(package().archive(archive)).await;
    assert!(
        matches!(
            error,
            StoreError::Archive {
                source: archive::Error::SymbolicLink { .. },
                ..
            }
        ),
        "{error:?}"
    );
}

#[tokio::test]
async fn an_archive_larger_than_the_index_announces() {
    let error = refused(package().line(|line| line.archive.as_mut().unwrap().unpacked -= 1)).await;
    assert!(
        matches!(
            error,
            StoreError::Archive {
                source: archive::Error::Limit { .. },
                ..
            }
        ),
        "{error:?}"
    );
    let error = refused(package().line(|line| line.archive.as_mut().unwrap().unpacked += 1)).await;
    assert!(
        matches!(
            error,
            StoreError::Disagrees {
                what: Fact::UnpackedBytes,
                ..
            }
        ),
        "{error:?}"
    );
}

async fn disagreement(package: Package) -> (Fact, String, String) {
    match refused(package).await {
        StoreError::Disagrees {
            what,
            announced: index,
            archive,
            ..
        } => (what, index, archive),
        error => panic!("{error:?}"),
    }
}

fn manifest_with(from: &str, to: &str) -> Package {
    let mut package = package();
    assert!(package.manifest.contains(from));
    package.manifest = package.manifest.replace(from, to);
    package
}

#[tokio::test]
async fn an_archive_of_something_other_than_the_index_announces() {
    let said = |index: &str, archive: &str| (index.to_owned(), archive.to_owned());

    let (what, index, archive) = disagreement(manifest_with(ID, "other")).await;
    assert_eq!((what, (index, archive)), (Fact::Id, said(ID, "other")));

    let (what, index, archive) = disagreement(manifest_with("\"2.0.0\"", "\"2.0.1\"")).await;
    assert_eq!(
        (what, (index, archive)),
        (Fact::Version, said("2.0.0", "2.0.1"))
    );

    let (what, index, archive) =
        disagreement(manifest_with("\"2.0.0\"", "\"two\\u001b[2J\"")).await;
    assert_eq!(
        (what, (index, archive)),
        (Fact::Version, said("2.0.0", "two\\u{1b}[2J"))
    );

    let (what, index, archive) = disagreement(package().line(|line| line.schema = 0)).await;
    assert_eq!((what, (index, archive)), (Fact::Schema, said("0", "1")));

    let other_api = |line: &mut VersionLine| line.api = Some("0.0.2".parse().unwrap());
    let (what, index, archive) = disagreement(package().line(other_api)).await;
    assert_eq!(
        (what, (index, archive)),
        (Fact::Api, said("0.0.2", "0.0.1"))
    );

    let (what, index, archive) = disagreement(package().line(|line| line.api = None)).await;
    assert_eq!((what, (index, archive)), (Fact::Api, said("none", "0.0.1")));

    let promised = |line: &mut VersionLine| line.api = Some("0.0.1".parse().unwrap());
    let (what, index, archive) = disagreement(Package::theme("2.0.0").line(promised)).await;
    assert_eq!((what, (index, archive)), (Fact::Api, said("0.0.1", "none")));
}

#[tokio::test]
async fn build_metadata_makes_no_difference() {
    let place = Place::new();
    place.publish(&manifest_with("\"2.0.0\"", "\"2.0.0+linux\""));
    let receipt = place.install(&place.store(), "*").await.unwrap();
    assert_eq!(receipt.installed.version.to_string(), "2.0.0");
}

#[tokio::test]
async fn a_capability_that_the_index_does_not_announce() {
    let exec = "[[capabilities]]\nkind = \"process:exec\"\ncommand = \"sh\"\nargs = [\"**\"]\n";
    let asks = || package().add_to_manifest(exec);
    for announced in [
        serde_json::json!([]),
        serde_json::json!([{"kind": "process:exec", "command": "sh", "args": []}]),
        serde_json::json!([{"kind": "process:exec"}, "sh"]),
    ] {
        let announced = announced.as_array().unwrap().clone();
        let error = refused(asks().line(move |line| line.capabilities = announced.clone())).await;
        assert_eq!(
            error.to_string(),
            "`echo-server` 2.0.0 asks to run `sh …`, which the index does not announce"
        );
    }
}

/// The guest with another version in its section.
fn stamped(api: [u8; 3]) -> Vec<u8> {
    let mut wasm = guest();
    let name = b"zed:api-version";
    let at = wasm
        .windows(name.len())
        .rposition(|window| window == name)
        .unwrap()
        + name.len();
    for (index, number) in api.into_iter().enumerate() {
        wasm[at + 2 * index..at + 2 * index + 2].copy_from_slice(&[0, number]);
    }
    wasm
}

#[tokio::test]
async fn an_api_that_no_adapter_serves() {
    for (api, text) in [
        ([0, 0, 7], "0.0.7"),
        ([0, 9, 0], "0.9.0"),
        ([0, 0, 0], "0.0.0"),
    ] {
        let error = update(package().wasm(stamped(api)), |_, _| {}).await;
        let registry::Error::Resolve(error) = registry_error(&error) else {
            panic!("{error:?}");
        };
        let rejected = error
            .rejected
            .iter()
            .find(|one| one.version.to_string() == "2.0.0")
            .unwrap();
        assert!(
            matches!(rejected.reason, RejectReason::Api { .. }),
            "{rejected}"
        );
        assert!(error.hint().unwrap().contains(text), "{:?}", error.hint());
        // An index that hides it does not help.
        let hidden = package()
            .wasm(stamped(api))
            .line(|line| line.api = Some("0.0.1".parse().unwrap()));
        let (what, _, archive) = disagreement(hidden).await;
        assert_eq!((what, archive.as_str()), (Fact::Api, text));
    }
}

#[tokio::test]
async fn a_damaged_component() {
    let api = |line: &mut VersionLine| line.api = Some("0.0.1".parse().unwrap());
    let whole = guest();
    let mut flipped = whole.clone();
    // In the code section of the first module: it parses, but does not validate.
    for byte in &mut flipped[20_000..20_064] {
        *byte ^= 0xff;
    }
    let cut_off = whole[..whole.len() / 2].to_vec();
    for wasm in [
        flipped,
        cut_off,
        Vec::new(),
        b"(component)".to_vec(),
        b"\0asm\x01\0\0\0".to_vec(),
    ] {
        let length = wasm.len();
        let error = refused(package().wasm(wasm).line(api)).await;
        let StoreError::Component { source, .. } = &error else {
            panic!("{length}: {error:?}")
        };
        assert!(
            matches!(
                **source,
                HostError::Engine(EngineError::Component(_) | EngineError::Compile { .. })
            ),
            "{length}: {source:?}"
        );
        assert!(error.hint().is_some());
    }
}

#[tokio::test]
async fn a_manifest_that_cannot_be_read() {
    let place = Place::new();
    let folder = place.path("broken");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("extension.toml"), "id = 1\n").unwrap();
    assert!(Manifest::from_folder(&folder).is_err());
    let mut archive = Vec::new();
    let files = ["extension.toml".parse().unwrap()];
    annexe::archive::pack(&folder, &files, &mut archive).unwrap();
    let error = refused(package().archive(archive)).await;
    assert!(matches!(error, StoreError::Manifest { .. }), "{error:?}");
}

#[tokio::test]
async fn a_version_that_was_withdrawn() {
    for (state, word) in [
        (StateChange::Yanked, "yanked"),
        (StateChange::Blocked, "blocked"),
    ] {
        let error = update(package(), |place, _| place.declare("2.0.0", state)).await;
        let hint = error.hint().unwrap();
        assert!(
            hint.contains(word) && hint.contains("it eats files"),
            "{hint}"
        );
    }
}

#[tokio::test]
async fn an_id_that_the_registry_does_not_have() {
    let place = Place::with(&["1.0.0"]);
    let store = place.store();
    let registry = place.registry().await;
    let error = store
        .install(
            &registry,
            &id("echo-sevrer"),
            &annexe::types::VersionRequirement::STAR,
        )
        .await
        .unwrap_err();
    assert_eq!(error.hint().unwrap(), "did you mean `echo-server`?");
    assert_eq!(store.generation().unwrap().number, 0);
}
