//! Changes that may not stay unseen: two within a second, an older copy, a catalogue that nobody renews.

use std::{fs, num::NonZeroU32, time::Duration};

use annexe::{
    Hint as _, Timestamp,
    digest::Sha256Digest,
    registry::{
        Access, Error, FreshnessWarning, Registry, RegistryConfiguration, RegistryId,
        format::{State, StateChange, StateLine},
        publish,
    },
};
use serde_json::Value;

use crate::{
    place::{Place, line, served, toml},
    support::{
        files,
        server::{Fault, Server, nginx::Nginx},
    },
};

const CONFIG: &str = "config.json";
const CATALOGUE: &str = "catalogue.jsonl";
const INDEX: &str = "index/to/ml/toml";

/// The moment so many hours ago.
fn hours_ago(hours: u64) -> Timestamp {
    let moment = std::time::SystemTime::now() - Duration::from_secs(hours * 3600);
    Timestamp::of(moment)
}

/// Changes every line of a file.
fn edit(place: &Place, path: &str, change: impl Fn(&mut serde_json::Map<String, Value>)) {
    let text = fs::read_to_string(place.file(path)).unwrap();
    let lines = text.lines().map(|line| {
        let mut line: Value = serde_json::from_str(line).unwrap();
        change(line.as_object_mut().unwrap());
        format!("{line}\n")
    });
    let text: String = lines.collect();
    fs::write(place.file(path), text).unwrap();
}

/// Has a file say that it was made then, or at no time.
fn date(place: &Place, path: &str, made: Option<Timestamp>) {
    edit(place, path, |line| match made {
        Some(made) => drop(line.insert("made".into(), made.to_string().into())),
        None => drop(line.remove("made")),
    });
}

fn made(place: &Place, path: &str) -> Timestamp {
    let text = fs::read_to_string(place.file(path)).unwrap();
    let line: Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
    line["made"].as_str().unwrap().parse().unwrap()
}

fn block(place: &Place, version: &str, state: StateChange) {
    let line = StateLine {
        v: 1,
        state,
        version: version.parse().unwrap(),
        reason: None,
        replacement: None,
        at: Timestamp::now(),
        unknown: serde_json::Map::new(),
    };
    publish::declare(&place.registry(), &toml(), &line).unwrap();
}

/// The head of an answer about a file that was changed `seconds` before it was asked for.
fn dates(seconds: u32) -> String {
    let changed = 59 - seconds;
    format!(
        "Last-Modified: Mon, 30 Nov 2026 18:00:{changed:02} GMT\r\nDate: Mon, 30 Nov 2026 18:00:59 GMT\r\n"
    )
}

#[tokio::test]
async fn that_nothing_has_changed_is_not_believed_within_two_seconds_of_a_change() {
    let (place, server, _registry) = served().await;
    let cache = tempfile::tempdir().unwrap();
    let registry = server.open_cached(cache.path()).await.unwrap();
    registry.index(&toml()).await.unwrap();
    place.add(&line("toml", "1.1.0", &place.archive)).unwrap();
    for (seconds, expected, requests) in [(3, 1, 1), (2, 2, 2)] {
        server.forget();
        server.fail(INDEX, [Fault::Answer(304, dates(seconds), Vec::new())]);
        let index = registry.index(&toml()).await.unwrap();
        assert_eq!(index.versions.len(), expected, "{seconds}");
        let heads = server.heads();
        let conditional = heads.iter().map(|head| head.contains("if-none-match"));
        let all = [true, false];
        assert!(conditional.eq(all.into_iter().take(requests)), "{heads:?}");
    }
}

#[tokio::test]
async fn what_was_read_within_two_seconds_of_a_change_is_read_again_as_a_whole() {
    let (place, server, _registry) = served().await;
    let content = fs::read(place.file(INDEX)).unwrap();
    for (seconds, is_conditional) in [(3, true), (2, false), (0, false)] {
        let cache = tempfile::tempdir().unwrap();
        let registry = server.open_cached(cache.path()).await.unwrap();
        let head = format!("ETag: \"5f-10\"\r\n{}", dates(seconds));
        server.fail(INDEX, [Fault::Answer(200, head, content.clone())]);
        registry.index(&toml()).await.unwrap();
        server.forget();
        registry.index(&toml()).await.unwrap();
        let heads = server.heads();
        let last = heads.last().unwrap();
        assert_eq!(last.contains("if-none-match"), is_conditional, "{seconds}");
    }
}

/// A file of the same size, changed in the same second.
#[tokio::test]
async fn nginx_hides_no_change_of_the_same_second_and_size() {
    let place = Place::new();
    let Some(server) = Nginx::start(&place.registry()) else {
        return;
    };
    let cache = tempfile::tempdir().unwrap();
    let access = Server::access(cache.path());
    let location = server.url.parse().unwrap();
    let registry = Registry::open_with(&location, &access).await.unwrap();
    let file = place.file(INDEX);
    let modified = fs::metadata(&file).unwrap().modified().unwrap();
    registry.index(&toml()).await.unwrap();
    let changed = fs::read_to_string(&file).unwrap().replace("1.0.0", "1.0.1");
    fs::write(&file, changed).unwrap();
    let opened = fs::File::options().write(true).open(&file).unwrap();
    opened.set_modified(modified).unwrap();
    // A line that has changed is refused: so the file was read.
    let error = registry.index(&toml()).await.unwrap_err();
    assert!(matches!(error, Error::Rewritten { .. }), "{error}");
}

#[tokio::test]
async fn what_is_published_within_a_second_is_seen_at_once_behind_nginx() {
    let place = Place::new();
    let Some(server) = Nginx::start(&place.registry()) else {
        return;
    };
    let cache = tempfile::tempdir().unwrap();
    let access = Server::access(cache.path());
    let location = server.url.parse().unwrap();
    let registry = Registry::open_with(&location, &access).await.unwrap();
    let second = |path: &str| {
        let modified = fs::metadata(place.file(path)).unwrap().modified().unwrap();
        Timestamp::of(modified)
    };
    for state in [
        StateChange::Yanked,
        StateChange::Restored,
        StateChange::Blocked,
    ] {
        let before = [CATALOGUE, INDEX].map(second);
        block(&place, "1.0.0", state);
        let after = [CATALOGUE, INDEX].map(second);
        assert!(before[0] < after[0] && before[1] < after[1], "{state:?}");
        let catalogue = registry.catalogue().await.unwrap();
        let expected = Sha256Digest::of(&fs::read(place.file(INDEX)).unwrap());
        assert_eq!(catalogue.lines[0].index, Some(expected), "{state:?}");
        let index = registry.index(&toml()).await.unwrap();
        let expected = match state {
            StateChange::Yanked => matches!(index.versions[0].state, State::Yanked(_)),
            StateChange::Restored => index.versions[0].state == State::Available,
            StateChange::Blocked => matches!(index.versions[0].state, State::Blocked(_)),
        };
        assert!(expected, "{state:?}");
    }
}

#[tokio::test]
async fn an_index_that_the_catalogue_says_has_changed_is_read_whatever_the_server_says() {
    let (place, server, _registry) = served().await;
    let cache = tempfile::tempdir().unwrap();
    let registry = server.open_cached(cache.path()).await.unwrap();
    registry.index(&toml()).await.unwrap();
    place.add(&line("toml", "1.1.0", &place.archive)).unwrap();
    server.forget();
    server.fail(INDEX, [Fault::Answer(304, String::new(), Vec::new())]);
    let found = registry.indexes(&[toml()]).await;
    assert_eq!(found[&toml()].as_ref().unwrap().versions.len(), 2);
    assert_eq!(server.requests(), [CATALOGUE, INDEX, INDEX]);
}

#[test]
fn each_change_of_a_registry_says_when_it_was_made() {
    let place = Place::new();
    assert!(made(&place, CONFIG) >= made(&place, CATALOGUE));
    let old = hours_ago(48);
    let changes: [&dyn Fn(); 5] = [
        &|| {
            place.add(&line("toml", "1.1.0", &place.archive)).unwrap();
        },
        &|| block(&place, "1.1.0", StateChange::Yanked),
        &|| block(&place, "1.1.0", StateChange::Restored),
        &|| block(&place, "1.1.0", StateChange::Blocked),
        &|| drop(publish::refresh(&place.registry(), None).unwrap()),
    ];
    for (number, change) in changes.into_iter().enumerate() {
        date(&place, CONFIG, Some(old));
        date(&place, CATALOGUE, Some(old));
        change();
        assert!(made(&place, CONFIG) > hours_ago(1), "{number}");
        // Of a registry that is renewed nothing else changes.
        let is_written = made(&place, CATALOGUE) > hours_ago(1);
        assert_eq!(is_written, number < 4, "{number}");
    }
    // What is said again is not written again.
    date(&place, CONFIG, Some(old));
    date(&place, CATALOGUE, Some(old));
    block(&place, "1.1.0", StateChange::Blocked);
    assert_eq!(made(&place, CONFIG), old);
    // A clock that was wrong once is not believed for ever, and one that is behind sets nothing back.
    for (before, expected) in [(-48, false), (-1, true)] {
        let ahead = std::time::SystemTime::now() + Duration::from_secs(3600 * -before as u64);
        let ahead = Timestamp::of(ahead);
        date(&place, CONFIG, Some(ahead));
        publish::refresh(&place.registry(), None).unwrap();
        assert_eq!(made(&place, CONFIG) == ahead, expected);
    }
    let promise = publish::refresh(&place.registry(), Some(NonZeroU32::new(7))).unwrap();
    assert_eq!(promise.fresh_for_days.map(NonZeroU32::get), Some(7));
    let kept = publish::refresh(&place.registry(), None).unwrap();
    assert_eq!(kept.fresh_for_days, promise.fresh_for_days);
    let taken_back = publish::refresh(&place.registry(), Some(None)).unwrap();
    assert_eq!(taken_back.fresh_for_days, None);
    assert!(publish::refresh(place.folder.path(), None).is_err());
}

/// The last months' copy hides a block: it is not used, whichever of its files come.
#[tokio::test]
async fn an_older_copy_is_not_used_and_told_where_it_is_older_by_more_than_a_day() {
    for (made, is_told) in [
        (Some(hours_ago(2)), false),
        (Some(hours_ago(30)), true),
        (None, true),
    ] {
        for is_whole in [true, false] {
            let (place, server, _registry) = served().await;
            date(&place, CONFIG, made);
            date(&place, CATALOGUE, made);
            let old = tempfile::tempdir().unwrap();
            files::copy(&place.registry(), old.path());
            block(&place, "1.0.0", StateChange::Blocked);
            let cache = tempfile::tempdir().unwrap();
            let registry = server.open_cached(cache.path()).await.unwrap();
            let new = registry.catalogue().await.unwrap();
            assert!(registry.freshness_warnings().is_empty());

            fs::copy(old.path().join(CATALOGUE), place.file(CATALOGUE)).unwrap();
            if is_whole {
                fs::copy(old.path().join(CONFIG), place.file(CONFIG)).unwrap();
            }
            for _ in 0..2 {
                let registry = server.open_cached(cache.path()).await.unwrap();
                assert_eq!(registry.catalogue().await.unwrap(), new);
                assert!(registry.made().unwrap() > hours_ago(1));
                let found = registry.indexes(&[toml()]).await;
                let index = found[&toml()].as_ref().unwrap();
                let state = &index.versions[0].state;
                assert!(matches!(state, State::Blocked(_)), "{state:?}");
                let told = registry.freshness_warnings();
                let expected = match (is_told, is_whole) {
                    (false, _) => 0,
                    (true, false) => 1,
                    (true, true) => 2,
                };
                assert_eq!(told.len(), expected, "{told:?}");
                for warning in told {
                    let FreshnessWarning::Older(older) = &warning else {
                        panic!("{warning}")
                    };
                    assert_eq!(older.made, made);
                    assert!(warning.to_string().contains(&older.kept.to_string()));
                    assert!(older.location.starts_with(&server.base));
                }
            }
            // It is well again.
            publish::refresh(&place.registry(), None).unwrap();
            edit(&place, CATALOGUE, |line| {
                let now = Timestamp::now().to_string();
                line.insert("made".into(), now.into());
            });
            let registry = server.open_cached(cache.path()).await.unwrap();
            registry.catalogue().await.unwrap();
            assert!(registry.freshness_warnings().is_empty());
        }
    }
}

#[tokio::test]
async fn a_mirror_that_is_newer_is_asked_where_the_main_location_is_behind() {
    let (place, server, _registry) = served().await;
    date(&place, CATALOGUE, Some(hours_ago(60)));
    let old = fs::read(place.file(CATALOGUE)).unwrap();
    block(&place, "1.0.0", StateChange::Blocked);
    let copy = tempfile::tempdir().unwrap();
    files::copy(&place.registry(), copy.path());
    let mirror = Server::start(copy.path()).await;
    let cache = tempfile::tempdir().unwrap();
    let configuration = RegistryConfiguration {
        name: Some("test".into()),
        location: server.location(),
        mirrors: vec![mirror.location()],
    };
    let access = Server::access(cache.path());
    let registry = Registry::open_configured(&configuration, &access);
    let registry = registry.await.unwrap();
    let new = registry.catalogue().await.unwrap();
    fs::write(place.file(CATALOGUE), old).unwrap();
    assert!(mirror.requests().is_empty());
    assert_eq!(registry.catalogue().await.unwrap(), new);
    assert_eq!(mirror.requests(), [CONFIG, CATALOGUE]);
    assert!(registry.freshness_warnings().is_empty());
}

#[tokio::test]
async fn a_mirror_that_is_ahead_hides_nothing_that_the_main_location_says() {
    let (place, server, _registry) = served().await;
    let copy = tempfile::tempdir().unwrap();
    files::copy(&place.registry(), copy.path());
    let path = copy.path().join(CATALOGUE);
    let text = fs::read_to_string(&path).unwrap();
    let mut first: Value = serde_json::from_str(text.trim()).unwrap();
    let ahead = std::time::SystemTime::now() + Duration::from_secs(5 * 60);
    first["made"] = Timestamp::of(ahead).to_string().into();
    fs::write(&path, format!("{first}\n")).unwrap();
    let mirror = Server::start(copy.path()).await;
    let cache = tempfile::tempdir().unwrap();
    let configuration = RegistryConfiguration {
        name: Some("test".into()),
        location: server.location(),
        mirrors: vec![mirror.location()],
    };
    let access = Server::access(cache.path());
    let open = || Registry::open_configured(&configuration, &access);
    server.fail_all(Fault::Close);
    open().await.unwrap().catalogue().await.unwrap();
    assert!(mirror.requests().contains(&CATALOGUE.to_owned()));
    server.come_back();
    place.add(&line("toml", "1.1.0", &place.archive)).unwrap();
    let registry = open().await.unwrap();
    let catalogue = registry.catalogue().await.unwrap();
    assert_eq!(catalogue.lines[0].version.to_string(), "1.1.0");
    assert!(registry.freshness_warnings().is_empty());
}

#[tokio::test]
async fn a_registry_that_does_not_say_when_it_was_made_works_as_ever() {
    let (place, server, _registry) = served().await;
    date(&place, CONFIG, None);
    date(&place, CATALOGUE, None);
    let cache = tempfile::tempdir().unwrap();
    let mut access = Server::access(cache.path());
    access.oldest.days = Some(1);
    for _ in 0..2 {
        let registry = Registry::open_with(&server.location(), &access)
            .await
            .unwrap();
        assert_eq!(registry.catalogue().await.unwrap().lines.len(), 1);
        assert!(registry.check_age().is_ok() && registry.made().is_none());
        assert!(registry.freshness_warnings().is_empty());
        block(&place, "1.0.0", StateChange::Yanked);
        date(&place, CONFIG, None);
        date(&place, CATALOGUE, None);
    }
}

#[tokio::test]
async fn a_registry_that_nobody_renews_is_warned_of_and_then_refused() {
    let (place, server, _registry) = served().await;
    let days = |days: u64| Some(hours_ago(days * 24 + 1));
    let promises = |days: u32| {
        edit(&place, CONFIG, |line| {
            line.remove("fresh_for_days");
            if days > 0 {
                line.insert("fresh_for_days".into(), days.into());
            }
        });
    };
    let place_id = RegistryId::of_location(&server.location()).to_string();
    // What the registry promises, what the user wants of all, and of this one.
    for (promise, all, of, age, is_warned, is_refused) in [
        (0, None, None, 3000, false, false),
        (7, None, None, 6, false, false),
        (7, None, None, 7, true, false),
        (7, None, None, 13, true, false),
        (7, None, None, 14, true, true),
        (7, Some(30), None, 14, false, false),
        (0, Some(30), None, 14, false, false),
        (0, Some(30), None, 15, true, false),
        (0, Some(30), None, 30, true, true),
        (7, Some(30), Some(0), 3000, false, false),
        (0, Some(30), Some(90), 44, false, false),
        (0, None, Some(5), 5, true, true),
    ] {
        promises(promise);
        date(&place, CONFIG, days(age));
        let mut access = Access::default();
        access.http = Server::options();
        access.oldest.days = all;
        access.oldest.of = of
            .map(|days| (place_id.clone(), days))
            .into_iter()
            .collect();
        let registry = Registry::open_with(&server.location(), &access)
            .await
            .unwrap();
        let shown = format!("{promise} {all:?} {of:?} {age}");
        let warnings = registry.freshness_warnings();
        assert_eq!(!warnings.is_empty(), is_warned, "{shown}");
        let judged = registry.check_age();
        assert_eq!(judged.is_err(), is_refused, "{shown}");
        if let Err(error) = judged {
            assert!(error.to_string().contains(&format!("{age} days before")));
            assert!(error.hint().unwrap().contains("`annexe registry refresh`"));
        }
    }
    // What lies ahead is told and not refused.
    let ahead = std::time::SystemTime::now() + Duration::from_secs(3 * 24 * 3600);
    date(&place, CONFIG, Some(Timestamp::of(ahead)));
    let registry = server.open().await.unwrap();
    let [FreshnessWarning::Ahead { .. }] = &registry.freshness_warnings()[..] else {
        panic!()
    };
    assert!(registry.check_age().is_ok());
}

/// What lies between keeps an old index for days, and the catalogue is new.
#[tokio::test]
async fn an_index_that_is_behind_the_catalogue_for_more_than_a_day_is_not_taken() {
    for (hours, is_taken) in [(1, true), (23, true), (25, false)] {
        let (place, server, _registry) = served().await;
        let old = fs::read(place.file(INDEX)).unwrap();
        let cache = tempfile::tempdir().unwrap();
        let registry = server.open_cached(cache.path()).await.unwrap();
        registry.index(&toml()).await.unwrap();
        block(&place, "1.0.0", StateChange::Blocked);
        date(&place, CATALOGUE, Some(hours_ago(hours)));
        let new = fs::read(place.file(INDEX)).unwrap();
        fs::write(place.file(INDEX), &old).unwrap();
        let found = registry.indexes(&[toml()]).await;
        match &found[&toml()] {
            Ok(_) => assert!(is_taken, "{hours}"),
            Err(Error::Stale { read, .. }) => {
                assert!(!is_taken && *read <= hours_ago(hours), "{hours}");
            }
            Err(error) => panic!("{error}"),
        }
        // A catalogue that is behind the index hinders nothing.
        fs::write(place.file(INDEX), &new).unwrap();
        let registry = server.open_cached(cache.path()).await.unwrap();
        registry.index(&toml()).await.unwrap();
        let digest = Sha256Digest::of(&old).to_string();
        edit(&place, CATALOGUE, |line| {
            line.insert("index".into(), digest.clone().into());
        });
        let found = registry.indexes(&[toml()]).await;
        let index = found[&toml()].as_ref().unwrap();
        assert!(matches!(index.versions[0].state, State::Blocked(_)));
    }
}
