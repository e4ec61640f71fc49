//! The table of outages: how often a registry is asked that cannot be, and what comes of it where it was read before and
//! where it was not.

use std::path::Path;

use annexe::registry::{Access, RegistryConfiguration, Sources};

use crate::{
    place::{Place, fetch, line, served, toml},
    support::{
        files,
        server::{Fault, Server},
    },
};

const INDEX: &str = "index/to/ml/toml";

/// One row: what every request comes to, or a closed port; how often is asked; and the words of the error.
struct Row {
    name: &'static str,
    fault: Option<Fault>,
    rounds: usize,
    words: &'static str,
    /// The registry says itself that there is no such file.
    is_final: bool,
}

fn row(name: &'static str, fault: Fault, rounds: usize, words: &'static str) -> Row {
    Row {
        name,
        fault: Some(fault),
        rounds,
        words,
        is_final: false,
    }
}

fn page(status: u16) -> Fault {
    Fault::Answer(
        status,
        "Content-Type: text/html\r\n".into(),
        b"<html>sign in</html>".to_vec(),
    )
}

fn later(status: u16) -> Fault {
    Fault::Answer(status, "Retry-After: 600\r\n".into(), Vec::new())
}

fn rows(base: &str) -> Vec<Row> {
    let answered = |status: u16| -> &'static str { format!("answered {status}").leak() };
    let status = |status: u16, rounds| {
        let name = format!("{status}").leak();
        row(name, page(status), rounds, answered(status))
    };
    let circle = Fault::redirect(&format!("{base}/{INDEX}"));
    let final_row = |it: u16| Row {
        is_final: true,
        words: "does not exist",
        ..status(it, 1)
    };
    vec![
        Row {
            fault: None,
            ..row("refused", Fault::Close, 0, "cannot be reached")
        },
        row("closes", Fault::Close, 3, "cannot be reached"),
        row("is silent", Fault::Stall, 3, "cannot be reached"),
        row("cut", Fault::CutAfter(13), 3, "was interrupted"),
        status(429, 3),
        row("429, later", later(429), 3, answered(429)),
        status(500, 3),
        status(503, 3),
        row("503, later", later(503), 3, answered(503)),
        status(401, 1),
        status(403, 1),
        status(407, 1),
        status(418, 1),
        status(451, 1),
        row("a page with 200", page(200), 1, ""),
        row("a circle", circle, 6, "redirects"),
        final_row(404),
        final_row(410),
    ]
}

impl Row {
    async fn begin(&self, server: &Server, path: &'static str) {
        match &self.fault {
            None => server.stop().await,
            Some(fault) => server.fail_below(path, fault.clone()),
        }
        server.forget();
    }

    async fn end(&self, server: &Server) {
        match &self.fault {
            None => server.listen_again().await,
            Some(_) => server.come_back(),
        }
    }
}

/// The registry at a server, for a program that starts.
fn sources(server: &Server, cache: &Path, mirrors: &[&Server]) -> Sources {
    let configuration = RegistryConfiguration {
        name: Some("test".into()),
        location: server.location(),
        mirrors: mirrors.iter().map(|mirror| mirror.location()).collect(),
    };
    Sources::new(vec![configuration], Server::access(cache))
}

#[tokio::test]
async fn a_search_finds_what_was_read_before_whatever_is_wrong_and_says_why() {
    let (_place, server, _registry) = served().await;
    let (known, empty) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let read = sources(&server, known.path(), &[]).catalogues().await;
    assert_eq!(read.read[0].catalogue.lines.len(), 1);
    for row in rows(&server.base) {
        for path in ["config.json", "catalogue.jsonl"] {
            let shown = format!("{}, {path}", row.name);
            // The configuration comes before the catalogue.
            let (rounds, before) = match (&row.fault, path) {
                (Some(_), "catalogue.jsonl") => (row.rounds, 1),
                _ => (row.rounds, 0),
            };
            row.begin(&server, path).await;
            let found = sources(&server, known.path(), &[]).catalogues().await;
            let requests = server.requests().len();
            let nothing = sources(&server, empty.path(), &[]).catalogues().await;
            row.end(&server).await;
            // Nothing is kept of a port that is closed.
            let _ = std::fs::remove_dir_all(empty.path());
            // A circle goes round over a file that is served.
            if row.name != "a circle" {
                assert_eq!(requests, before + rounds, "{shown}");
            }
            if row.is_final && path == "config.json" {
                let (_, error) = &found.failed[0];
                assert!(error.is_not_found(), "{shown}: {error}");
                continue;
            }
            if row.name == "a circle" {
                continue;
            }
            let source = &found.read[0];
            assert_eq!(source.catalogue.lines.len(), 1, "{shown}");
            let why = source.outdated.as_ref().unwrap().to_string();
            match row.name {
                "a page with 200" => assert!(why.contains(path) || why.contains("cannot be used")),
                _ => assert!(why.contains(row.words), "{shown}: {why}"),
            }
            // What was never read cannot be: but a page is an empty catalogue there.
            assert_eq!(
                nothing.failed.is_empty(),
                (row.name, path) == ("a page with 200", "catalogue.jsonl"),
                "{shown}"
            );
        }
    }
}

#[tokio::test]
async fn an_index_and_an_archive_are_asked_for_so_often_and_then_had_from_a_mirror() {
    let (place, server, _registry) = served().await;
    let copy = tempfile::tempdir().unwrap();
    files::copy(&place.registry(), copy.path());
    let mirror = Server::start(copy.path()).await;
    for row in rows(&server.base) {
        let (cache, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let alone = sources(&server, cache.path(), &[]);
        let alone = alone.registry("test").await.unwrap();
        let with_mirror = sources(&server, other.path(), &[&mirror]);
        let with_mirror = with_mirror.registry("test").await.unwrap();
        let shown = row.name;
        row.begin(&server, "index/").await;
        let error = alone.index(&toml()).await.unwrap_err();
        // What is near it is looked for in the catalogue.
        let looked = usize::from(row.is_final);
        assert_eq!(server.requests().len(), row.rounds + looked, "{shown}");
        match (shown, row.is_final) {
            ("a page with 200", _) => assert!(error.to_string().contains("not an index")),
            (_, true) => assert!(error.is_not_found(), "{shown}"),
            _ => assert!(error.to_string().contains(row.words), "{shown}: {error}"),
        }
        let found = with_mirror.index(&toml()).await;
        assert_eq!(found.is_err(), row.is_final, "{shown}");
        row.end(&server).await;

        // The circle is one of another path.
        if shown == "a circle" {
            continue;
        }
        row.begin(&server, "archives/").await;
        let error = fetch(&alone, &place.line).await.unwrap_err();
        assert_eq!(server.requests().len(), row.rounds, "{shown}: {error}");
        let words = match shown {
            "cut" => "stopped after 39 of",
            "a page with 200" => "and should have",
            _ => row.words,
        };
        assert!(error.to_string().contains(words), "{shown}: {error}");
        let found = fetch(&with_mirror, &place.line).await;
        assert_eq!(found.is_err(), row.is_final, "{shown}");
        row.end(&server).await;
    }
}

#[tokio::test]
async fn a_name_that_does_not_resolve_is_asked_for_once() {
    let mut access = Access::default();
    access.http = Server::options();
    access.http.retry.first_delay = std::time::Duration::from_secs(3600);
    access.http.retry.longest_delay = std::time::Duration::from_secs(3600);
    let location = "http://no-such-name.invalid/".parse().unwrap();
    // A second try would be an hour away.
    let error = annexe::registry::Registry::open_with(&location, &access);
    let error = error.await.unwrap_err();
    assert!(error.to_string().contains("cannot be reached"), "{error}");
}

/// An update finds what is new in spite of one file that is not as it should be.
#[tokio::test]
async fn an_update_whose_catalogue_is_a_page_asks_for_each_index() {
    let place = Place::new();
    let server = Server::start(&place.registry()).await;
    let cache = tempfile::tempdir().unwrap();
    let registry = server.open_cached(cache.path()).await.unwrap();
    registry.catalogue().await.unwrap();
    place.add(&line("toml", "1.1.0", &place.archive)).unwrap();
    server.fail("catalogue.jsonl", [page(200)]);
    let found = registry.indexes(&[toml()]).await;
    assert_eq!(found[&toml()].as_ref().unwrap().versions.len(), 2);
}
