//! What publishing leaves behind, whole, cut off, or at the same time as another.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use annexe::{
    Hint as _,
    digest::Sha256Digest,
    registry::{
        format::{State, StateChange, StateLine, VersionLine},
        publish::{self, Added, Declared},
    },
    types::ExtensionVersion,
};

use crate::{
    place::{Place, entry, fetch, line, toml, versions},
    support::files::content,
};

/// Every file of the folder with its content, the lock apart.
fn snapshot(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = content(folder);
    files.retain(|path, _| path.file_name().unwrap() != ".lock");
    files
}

/// The catalogue's line without the time at which it was written.
fn undated(place: &Place) -> serde_json::Value {
    let line = fs::read(place.file("catalogue.jsonl")).unwrap();
    let mut line: serde_json::Value = serde_json::from_slice(&line).unwrap();
    assert!(line.as_object_mut().unwrap().remove("made").is_some());
    line
}

#[tokio::test]
async fn publishing_twice_changes_nothing() {
    let place = Place::new();
    let before = snapshot(&place.registry());
    let later = VersionLine {
        published: "2026-12-24T10:00:00Z".parse().unwrap(),
        ..place.line.clone()
    };
    assert_eq!(place.add(&later).unwrap(), Added::AlreadyThere);
    publish::init(&place.registry(), "test").unwrap();
    assert_eq!(snapshot(&place.registry()), before);
    assert_eq!(
        before.len(),
        4,
        "config, index, catalogue and archive, nothing else"
    );
}

#[tokio::test]
async fn what_is_published_never_changes() {
    let place = Place::new();
    let before = snapshot(&place.registry());
    let changed = VersionLine {
        schema: 0,
        ..place.line.clone()
    };
    let error = place.add(&changed).unwrap_err();
    assert_eq!(
        error.to_string(),
        "`toml` 1.0.0 is published already, with another schema"
    );
    assert!(
        place
            .add(&line("toml", "1.1.0", b"another archive"))
            .is_err()
    );
    assert!(publish::init(&place.registry(), "other").is_err());
    assert_eq!(snapshot(&place.registry()), before);
}

#[tokio::test]
async fn a_publication_that_was_cut_off_is_completed_by_the_next() {
    let complete = {
        let place = Place::new();
        place.add(&line("toml", "1.1.0", &place.archive)).unwrap();
        (snapshot(&place.registry()).len(), undated(&place))
    };
    // After the archive; in the middle of the index line; after the index file.
    for step in 0..3 {
        let place = Place::new();
        let next = line("toml", "1.1.0", &place.archive);
        let archive = place.file(&format!(
            "archives/toml/1.1.0/{}.tar.gz",
            next.digest().unwrap().sha256
        ));
        fs::create_dir_all(archive.parent().unwrap()).unwrap();
        fs::write(
            &archive,
            if step == 0 {
                b"half"
            } else {
                place.archive.as_slice()
            },
        )
        .unwrap();
        let index = place.file("index/to/ml/toml");
        let mut content = fs::read_to_string(&index).unwrap();
        let whole = serde_json::to_string(&next).unwrap() + "\n";
        content += [&whole[..0], &whole[..60], &whole][step];
        fs::write(&index, content).unwrap();

        let readable = place.open().await.index(&toml()).await.unwrap();
        assert_eq!(readable.versions.len(), if step == 2 { 2 } else { 1 });

        place.add(&next).unwrap();
        let registry = place.open().await;
        let index = registry.index(&toml()).await.unwrap();
        assert_eq!(versions(&index), ["1.0.0", "1.1.0"], "step {step}");
        assert!(index.skipped.is_empty());
        fetch(&registry, &index.versions[1].line).await.unwrap();
        let found = (snapshot(&place.registry()).len(), undated(&place));
        assert_eq!(found, complete, "step {step}");
    }
}

#[tokio::test]
async fn the_catalogue_is_sorted_and_keeps_what_it_does_not_know() {
    let place = Place::new();
    let path = place.file("catalogue.jsonl");
    let foreign = "{\"v\":2,\"id\":\"a-later-form\",\"key\":  [1]}\n";
    let content = fs::read_to_string(&path).unwrap() + foreign;
    fs::write(&path, content).unwrap();
    place.add(&line("abc", "0.1.0", &place.archive)).unwrap();
    place
        .add(&line("toml", "1.1.0-rc.1", &place.archive))
        .unwrap();
    assert!(fs::read_to_string(&path).unwrap().starts_with(foreign));
    let catalogue = place.open().await.catalogue().await.unwrap();
    let ids: Vec<&str> = catalogue
        .lines
        .iter()
        .map(|line| line.id.as_str())
        .collect();
    assert_eq!(ids, ["abc", "toml"]);
    let index = fs::read(place.file("index/to/ml/toml")).unwrap();
    assert_eq!(
        catalogue.get(&toml()).unwrap().index,
        Some(Sha256Digest::of(&index))
    );
}

#[tokio::test]
async fn a_withdrawal_reaches_the_index_and_the_catalogue() {
    let place = Place::new();
    place.add(&line("toml", "1.1.0", &place.archive)).unwrap();
    let state = |version: &str| StateLine {
        v: 1,
        state: StateChange::Yanked,
        version: version.parse().unwrap(),
        reason: Some("it hangs".into()),
        replacement: Some("1.0.0".into()),
        at: "2026-11-23T10:00:00Z".parse().unwrap(),
        unknown: serde_json::Map::new(),
    };
    let declare = |version| publish::declare(&place.registry(), &toml(), &state(version));
    assert_eq!(declare("1.1.0").unwrap(), Declared::New);
    assert_eq!(declare("1.1.0").unwrap(), Declared::AlreadySo);
    let error = declare("9.0.0").unwrap_err();
    assert_eq!(error.hint().unwrap(), "there is 1.0.0, 1.1.0");
    let registry = place.open().await;
    let index = registry.index(&toml()).await.unwrap();
    assert!(matches!(index.versions[1].state, State::Yanked(_)));
    let catalogue = registry.catalogue().await.unwrap();
    assert_eq!(
        catalogue.get(&toml()).unwrap().version,
        ExtensionVersion::new(1, 0, 0)
    );
    assert_eq!(
        catalogue.get(&toml()).unwrap().description,
        "Support for TOML."
    );
}

#[tokio::test]
async fn publishers_at_the_same_time_lose_nothing() {
    let place = Place::new();
    std::thread::scope(|scope| {
        for number in 1..=8 {
            let place = &place;
            scope.spawn(move || {
                let packed = place.folder.path().join(format!("packed-{number}"));
                fs::write(&packed, &place.archive).unwrap();
                let line = line("toml", &format!("1.0.{number}"), &place.archive);
                publish::add(&place.registry(), &packed, &line, &entry()).unwrap();
            });
        }
    });
    let index = place.open().await.index(&toml()).await.unwrap();
    assert_eq!(index.versions.len(), 9);
    assert!(index.skipped.is_empty());
}

#[cfg(unix)]
#[test]
fn what_is_published_can_be_served_by_another_user() {
    use std::os::unix::fs::PermissionsExt as _;
    let place = Place::new();
    let mode = |path: &str| fs::metadata(place.file(path)).unwrap().permissions().mode();
    for path in [
        "config.json",
        "catalogue.jsonl",
        "index/to/ml/toml",
        &place.archive_path(),
    ] {
        // As readable as any file this process makes.
        let plain = place.folder.path().join("plain");
        fs::write(&plain, "").unwrap();
        let expected = fs::metadata(&plain).unwrap().permissions().mode();
        assert_eq!(mode(path), expected, "{path}");
    }
}
