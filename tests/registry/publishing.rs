//! What publishing leaves behind, whole, cut off, or at the same time as another.

use std::{
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
};
use semver::Version;

use crate::fixture::{Fixture, entry, fetch, line, toml, versions};

/// Every file of the folder with its content, the lock apart.
fn snapshot(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.file_name().unwrap() != ".lock" {
                files.push((path.clone(), fs::read(path).unwrap()));
            }
        }
    }
    files.sort();
    files
}

#[tokio::test]
async fn publishing_twice_changes_nothing() {
    let fixture = Fixture::new();
    let before = snapshot(&fixture.registry());
    let later = VersionLine {
        published: "2026-12-24T10:00:00Z".parse().unwrap(),
        ..fixture.line.clone()
    };
    assert_eq!(fixture.add(&later).unwrap(), Added::AlreadyThere);
    publish::init(&fixture.registry(), "test").unwrap();
    assert_eq!(snapshot(&fixture.registry()), before);
    assert_eq!(
        before.len(),
        4,
        "config, index, catalogue and archive, nothing else"
    );
}

#[tokio::test]
async fn what_is_published_never_changes() {
    let fixture = Fixture::new();
    let before = snapshot(&fixture.registry());
    let changed = VersionLine {
        schema: 0,
        ..fixture.line.clone()
    };
    let error = fixture.add(&changed).unwrap_err();
    assert_eq!(
        error.to_string(),
        "`toml` 1.0.0 is published already, with another schema"
    );
    assert!(
        fixture
            .add(&line("toml", "1.1.0", b"another archive"))
            .is_err()
    );
    assert!(publish::init(&fixture.registry(), "other").is_err());
    assert_eq!(snapshot(&fixture.registry()), before);
}

#[tokio::test]
async fn a_publication_that_was_cut_off_is_completed_by_the_next() {
    let complete = {
        let fixture = Fixture::new();
        fixture
            .add(&line("toml", "1.1.0", &fixture.archive))
            .unwrap();
        (
            snapshot(&fixture.registry()).len(),
            fs::read(fixture.file("catalogue.jsonl")).unwrap(),
        )
    };
    // After the archive; in the middle of the index line; after the index file.
    for step in 0..3 {
        let fixture = Fixture::new();
        let next = line("toml", "1.1.0", &fixture.archive);
        let archive = fixture.file(&format!(
            "archives/toml/1.1.0/{}.tar.gz",
            next.archive.sha256
        ));
        fs::create_dir_all(archive.parent().unwrap()).unwrap();
        fs::write(
            &archive,
            if step == 0 {
                b"half"
            } else {
                fixture.archive.as_slice()
            },
        )
        .unwrap();
        let index = fixture.file("index/to/ml/toml");
        let mut content = fs::read_to_string(&index).unwrap();
        let whole = serde_json::to_string(&next).unwrap() + "\n";
        content += [&whole[..0], &whole[..60], &whole][step];
        fs::write(&index, content).unwrap();

        let readable = fixture.open().await.index(&toml()).await.unwrap();
        assert_eq!(readable.versions.len(), if step == 2 { 2 } else { 1 });

        fixture.add(&next).unwrap();
        let registry = fixture.open().await;
        let index = registry.index(&toml()).await.unwrap();
        assert_eq!(versions(&index), ["1.0.0", "1.1.0"], "step {step}");
        assert!(index.skipped.is_empty());
        fetch(&registry, &index.versions[1].line).await.unwrap();
        let found = (
            snapshot(&fixture.registry()).len(),
            fs::read(fixture.file("catalogue.jsonl")).unwrap(),
        );
        assert_eq!(found, complete, "step {step}");
    }
}

#[tokio::test]
async fn the_catalogue_is_sorted_and_keeps_what_it_does_not_know() {
    let fixture = Fixture::new();
    let path = fixture.file("catalogue.jsonl");
    let foreign = "{\"v\":2,\"id\":\"a-later-form\",\"key\":  [1]}\n";
    let content = fs::read_to_string(&path).unwrap() + foreign;
    fs::write(&path, content).unwrap();
    fixture
        .add(&line("abc", "0.1.0", &fixture.archive))
        .unwrap();
    fixture
        .add(&line("toml", "1.1.0-rc.1", &fixture.archive))
        .unwrap();
    assert!(fs::read_to_string(&path).unwrap().starts_with(foreign));
    let catalogue = fixture.open().await.catalogue().await.unwrap();
    let ids: Vec<&str> = catalogue
        .lines
        .iter()
        .map(|line| line.id.as_str())
        .collect();
    assert_eq!(ids, ["abc", "toml"]);
    let index = fs::read(fixture.file("index/to/ml/toml")).unwrap();
    assert_eq!(
        catalogue.get(&toml()).unwrap().index,
        Sha256Digest::of(&index)
    );
}

#[tokio::test]
async fn a_withdrawal_reaches_the_index_and_the_catalogue() {
    let fixture = Fixture::new();
    fixture
        .add(&line("toml", "1.1.0", &fixture.archive))
        .unwrap();
    let state = |version: &str| StateLine {
        v: 1,
        state: StateChange::Yanked,
        version: version.parse().unwrap(),
        reason: Some("it hangs".into()),
        replacement: Some("1.0.0".into()),
        at: "2026-11-23T10:00:00Z".parse().unwrap(),
        unknown: serde_json::Map::new(),
    };
    let declare = |version| publish::declare(&fixture.registry(), &toml(), &state(version));
    assert_eq!(declare("1.1.0").unwrap(), Declared::New);
    assert_eq!(declare("1.1.0").unwrap(), Declared::AlreadySo);
    let error = declare("9.0.0").unwrap_err();
    assert_eq!(error.hint().unwrap(), "there is 1.0.0, 1.1.0");
    let registry = fixture.open().await;
    let index = registry.index(&toml()).await.unwrap();
    assert!(matches!(index.versions[1].state, State::Yanked(_)));
    let catalogue = registry.catalogue().await.unwrap();
    assert_eq!(
        catalogue.get(&toml()).unwrap().version,
        Version::new(1, 0, 0)
    );
    assert_eq!(
        catalogue.get(&toml()).unwrap().description,
        "Support for TOML."
    );
}

#[tokio::test]
async fn publishers_at_the_same_time_lose_nothing() {
    let fixture = Fixture::new();
    std::thread::scope(|scope| {
        for number in 1..=8 {
            let fixture = &fixture;
            scope.spawn(move || {
                let packed = fixture.folder.path().join(format!("packed-{number}"));
                fs::write(&packed, &fixture.archive).unwrap();
                let line = line("toml", &format!("1.0.{number}"), &fixture.archive);
                publish::add(&fixture.registry(), &packed, &line, &entry()).unwrap();
            });
        }
    });
    let index = fixture.open().await.index(&toml()).await.unwrap();
    assert_eq!(index.versions.len(), 9);
    assert!(index.skipped.is_empty());
}

#[cfg(unix)]
#[test]
fn what_is_published_can_be_served_by_another_user() {
    use std::os::unix::fs::PermissionsExt as _;
    let fixture = Fixture::new();
    let mode = |path: &str| {
        fs::metadata(fixture.file(path))
            .unwrap()
            .permissions()
            .mode()
    };
    for path in [
        "config.json",
        "catalogue.jsonl",
        "index/to/ml/toml",
        &fixture.archive_path(),
    ] {
        // As readable as any file this process makes.
        let plain = fixture.folder.path().join("plain");
        fs::write(&plain, "").unwrap();
        let expected = fs::metadata(&plain).unwrap().permissions().mode();
        assert_eq!(mode(path), expected, "{path}");
    }
}
