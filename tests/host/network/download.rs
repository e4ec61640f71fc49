//! Files that extensions fetch.

use annexe::{
    capability::{Capability, Grants},
    digest::Sha256Digest,
};

use super::*;
use crate::support::server::{
    Fault, Validators,
    archives::{gzip, tar_gz, zip},
};

fn mode(path: &std::path::Path) -> u32 {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

const FILES: [(&str, u32, &str); 2] = [("bin/tool", 0o755, "#!/bin/sh"), ("README", 0o640, "read")];

#[tokio::test]
async fn every_version_downloads_every_kind_into_its_place() {
    let network = Network::new().await;
    network.serve("plain", "plain");
    network.serve("one.gz", gzip(b"one"));
    network.serve("tool.tar.gz", tar_gz(&FILES));
    network.serve("tool.zip", zip(&FILES));
    let host = network.host(network.options());
    let work = network.place.work_dir();
    for version in guest::VERSIONS {
        let extension = guest::start(&host, version, &network.place).await;
        for (file, kind, place) in [
            ("plain", "uncompressed", "new/folder/plain"),
            ("one.gz", "gzip", "one"),
            ("tool.tar.gz", "gzip-tar", "tar-1.0"),
            ("tool.zip", "zip", "zip-1.0"),
        ] {
            let verb = format!("download:{} {kind} {version}/{place}", network.url(file));
            network.ask(&extension, &verb).await;
        }
        let read = |path: &str| std::fs::read_to_string(work.join(version).join(path)).unwrap();
        assert_eq!(
            (read("new/folder/plain"), read("one")),
            ("plain".into(), "one".into())
        );
        for folder in ["tar-1.0", "zip-1.0"] {
            let folder = work.join(version).join(folder);
            let tool = folder.join("bin/tool");
            assert_eq!(std::fs::read_to_string(&tool).unwrap(), "#!/bin/sh");
            assert_eq!((mode(&tool), mode(&folder.join("README"))), (0o755, 0o644));
        }
        if guest::has(version, "0.0.5") {
            network
                .ask(&extension, &format!("executable:{version}/one"))
                .await;
            assert_eq!(mode(&work.join(version).join("one")), 0o755);
        }
    }
    assert!(!work.join(".annexe-staging").exists());
}

#[tokio::test]
async fn an_archive_is_unpacked_beside_what_is_there_and_replaces_what_has_its_names() {
    let network = Network::new().await;
    network.serve("tool.tar.gz", tar_gz(&FILES));
    let work = network.place.work_dir();
    std::fs::create_dir_all(work.join("tool/bin")).unwrap();
    std::fs::write(work.join("tool/bin/tool"), "old").unwrap();
    std::fs::write(work.join("tool/bin/other"), "mine").unwrap();
    let extension = network.guest(network.options()).await;
    let verb = format!("download:{} gzip-tar tool", network.url("tool.tar.gz"));
    network.ask(&extension, &verb).await;
    let read = |path: &str| std::fs::read_to_string(work.join(path)).unwrap();
    assert_eq!(read("tool/bin/tool"), "#!/bin/sh");
    assert_eq!(read("tool/bin/other"), "mine");
}

/// What is written goes nowhere but into the work directory, whatever leads out of it.
#[tokio::test]
async fn nothing_lands_outside_of_the_work_directory() {
    let network = Network::new().await;
    network.serve("plain", "plain");
    network.serve("evil.tar.gz", tar_gz(&[("../escaped", 0o644, "x")]));
    network.serve("evil.zip", zip(&[("a/../../escaped", 0o644, "x")]));
    network.serve("tool.tar.gz", tar_gz(&FILES));
    let extension = network.guest(network.options()).await;
    let work = network.place.work_dir();
    let outside = work.with_file_name("outside");
    std::fs::create_dir(&outside).unwrap();
    std::os::unix::fs::symlink(&outside, work.join("link")).unwrap();
    std::os::unix::fs::symlink(outside.join("none"), work.join("dangling")).unwrap();
    for place in [
        "../escaped",
        "/escaped",
        "link/escaped",
        "dangling",
        "new/../../escaped",
        outside.join("escaped").to_str().unwrap(),
    ] {
        let verb = format!("download:{} uncompressed {place}", network.url("plain"));
        let words = network.refused(&extension, &verb).await;
        assert!(
            words.contains("is outside the extension's work directory"),
            "{place}: {words}"
        );
    }
    for (file, kind, problem) in [
        ("evil.tar.gz", "gzip-tar", "../escaped"),
        ("evil.zip", "zip", "escaped"),
    ] {
        let verb = format!("download:{} {kind} tool", network.url(file));
        let words = network.refused(&extension, &verb).await;
        assert!(
            words.contains("cannot be unpacked") && words.contains(problem),
            "{words}"
        );
    }
    // A link in the way of an archive's folder is not followed, but replaced.
    std::fs::create_dir(work.join("tool")).unwrap();
    std::os::unix::fs::symlink(&outside, work.join("tool/bin")).unwrap();
    let verb = format!("download:{} gzip-tar tool", network.url("tool.tar.gz"));
    network.ask(&extension, &verb).await;
    assert!(work.join("tool/bin").symlink_metadata().unwrap().is_dir());
    assert_eq!(std::fs::read_dir(&outside).unwrap().count(), 0);
    assert!(!work.with_file_name("escaped").exists());
    assert_eq!(
        network.written(),
        [
            "dangling",
            "link",
            "tool",
            "tool/README",
            "tool/bin",
            "tool/bin/tool"
        ]
    );
}

#[tokio::test]
async fn what_was_interrupted_is_resumed_where_the_server_has_the_same_file_still() {
    let network = Network::new().await;
    let content = "0123456789".repeat(1000);
    network.serve("file", &content);
    let extension = network.guest(network.options()).await;
    let verb = format!("download:{} uncompressed file", network.url("file"));
    for (validators, faults, requests) in [
        (
            Validators::ETag,
            vec![Fault::CutAfter(4000), Fault::CutAfter(100)],
            3,
        ),
        (Validators::LastModified, vec![Fault::CutAfter(4000)], 2),
        (
            Validators::ETag,
            vec![Fault::CutAfter(4000), Fault::IgnoreRange],
            2,
        ),
    ] {
        network.server.forget();
        network.server.know_again_by(validators);
        network.server.fail("file", faults);
        network.ask(&extension, &verb).await;
        let file = network.place.work_dir().join("file");
        assert_eq!(std::fs::read_to_string(file).unwrap(), content);
        let asked = network.server.requests();
        assert_eq!(asked.len(), requests, "{asked:?}");
        assert!(asked[1].contains("bytes="), "{asked:?}");
    }
}

#[tokio::test]
async fn each_failure_has_its_words_and_its_way_out_and_leaves_nothing() {
    let network = Network::new().await;
    network.serve("file", vec![b'x'; 10_000]);
    network.serve("page", "<!DOCTYPE html><html>sign in</html>");
    network.serve("short.tar.gz", &tar_gz(&FILES)[..60]);
    let mut options = network.options();
    options.downloads.bytes = 20_000;
    options.downloads.slowest_window = Duration::from_millis(500);
    network.serve("large", vec![b'x'; 20_001]);
    let extension = network.guest(options).await;
    let (url, kind) = (|path: &str| network.url(path), "uncompressed");
    for (path, faults, kind, expected, hint) in [
        (
            "missing",
            vec![],
            kind,
            "failed with status 404",
            "it was withdrawn",
        ),
        (
            "file",
            vec![Fault::status(403, "no")],
            kind,
            "failed with status 403: no",
            "not public",
        ),
        (
            "file",
            vec![Fault::Answer(429, "Retry-After: 99\r\n".into(), vec![])],
            kind,
            "status 429",
            "less often",
        ),
        (
            "file",
            vec![Fault::status(500, "oops"); 3],
            kind,
            "failed with status 500: oops",
            "try again later",
        ),
        (
            "file",
            vec![Fault::redirect("/sub/file"); 30],
            kind,
            "cannot be followed",
            "set up wrongly",
        ),
        (
            "file",
            [vec![Fault::CutAfter(100)], vec![Fault::CutAfter(0); 9]].concat(),
            kind,
            "was interrupted after",
            "nothing was changed",
        ),
        (
            "file",
            [vec![Fault::StallAfter(100)], vec![Fault::StallAfter(0); 9]].concat(),
            kind,
            "was interrupted after",
            "nothing was changed",
        ),
        (
            "file",
            vec![Fault::Trickle],
            kind,
            "is too slow",
            "nothing was changed",
        ),
        (
            "file",
            vec![Fault::Close; 3],
            kind,
            "cannot be reached",
            "check the network",
        ),
        (
            "large",
            vec![],
            kind,
            "more than the 20000 bytes",
            "can allow more",
        ),
        (
            "large",
            vec![Fault::EndAfter(20_001)],
            kind,
            "more than the 20000 bytes",
            "can allow more",
        ),
        (
            "page",
            vec![],
            "gzip-tar",
            "an HTML page",
            "cannot be unpacked",
        ),
        ("page", vec![], "zip", "an HTML page", "cannot be unpacked"),
        ("page", vec![], "gzip", "an HTML page", "cannot be unpacked"),
        (
            "short.tar.gz",
            vec![],
            "gzip-tar",
            "cannot be unpacked",
            "short.tar.gz",
        ),
        ("file", vec![], "zip", "cannot be unpacked", "file"),
    ] {
        network.server.fail(path, faults);
        let verb = format!("download:{} {kind} there", url(path));
        let words = network.refused(&extension, &verb).await;
        assert!(words.contains(expected), "{path}: {words}");
        assert!(words.contains(hint), "{path}: {words}");
        assert_eq!(network.written(), Vec::<String>::new(), "{path}: {words}");
    }
}

#[tokio::test]
async fn a_file_that_was_there_stays_when_the_next_one_does_not_arrive() {
    let network = Network::new().await;
    network.serve("file", "new".repeat(100));
    let extension = network.guest(network.options()).await;
    std::fs::write(network.place.work_dir().join("there"), "old").unwrap();
    network.server.fail(
        "file",
        [vec![Fault::CutAfter(1)], vec![Fault::CutAfter(0); 9]].concat(),
    );
    let verb = format!("download:{} uncompressed there", network.url("file"));
    network.refused(&extension, &verb).await;
    let there = std::fs::read_to_string(network.place.work_dir().join("there"));
    assert_eq!(there.unwrap(), "old");
    // A caller that goes leaves nothing either.
    network.server.fail("file", [Fault::StallAfter(1)]);
    let asking = ask(&extension, &network.place, &verb);
    assert!(
        tokio::time::timeout(Duration::from_millis(100), asking)
            .await
            .is_err()
    );
    let mut written = network.written();
    for _ in 0..200 {
        if written == ["there"] {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
        written = network.written();
    }
    assert_eq!(written, ["there"]);
}

#[tokio::test]
async fn a_file_of_a_release_must_be_the_one_that_github_names() {
    let network = Network::new().await;
    network.serve("file", "content");
    let url = network.url("file");
    let extension = network.guest(network.options()).await;
    let verb = format!("download:{url} uncompressed there");
    let right = Sha256Digest::of(b"content");
    let wrong = Sha256Digest::of(b"other");
    for (size, digest, expected) in [
        (
            7,
            wrong,
            Some("not the file that was published: it has the sha256"),
        ),
        (8, right, Some("it has 7 bytes, not 8")),
        (7, right, None),
    ] {
        let release = format!(
            r#"[{{"tag_name":"v1","assets":[{{"name":"f","browser_download_url":"{url}","size":{size},"digest":"sha256:{digest}"}}]}}]"#
        );
        network.serve("repos/o/n/releases", release);
        network.ask(&extension, "github:o/n").await;
        match expected {
            Some(expected) => {
                let words = network.refused(&extension, &verb).await;
                assert!(words.contains(expected), "{words}");
                assert_eq!(network.written(), Vec::<String>::new());
            }
            None => {
                network.ask(&extension, &verb).await;
                assert_eq!(network.written(), ["there"]);
            }
        }
    }
}

#[tokio::test]
async fn a_redirect_leads_only_to_what_is_granted() {
    let network = Network::new().await;
    network.serve("file", "content");
    network.serve("evil", "content");
    let download = |path: &[&str]| Capability::DownloadFile {
        host: "127.0.0.1".into(),
        path: path.iter().map(|segment| (*segment).to_owned()).collect(),
    };
    let grants = Grants::none()
        .with([download(&["sub", "start"]), download(&["sub", "fi%6ce"])])
        .without([download(&["sub", "evil"])]);
    let host = guest::builder()
        .observer(network.events.clone())
        .services(network.options())
        .grants(grants)
        .build()
        .unwrap();
    let extension = guest::start(&host, "0.7.0", &network.place).await;
    let verb = format!("download:{} uncompressed there", network.url("start"));
    network.serve("other", "content");
    for place in ["evil", "%65vil", "other"] {
        network
            .server
            .fail("start", [Fault::redirect(&format!("/sub/{place}"))]);
        network.server.forget();
        let words = network.refused(&extension, &verb).await;
        assert!(words.contains("is not granted"), "{words}");
        assert_eq!(network.server.requests().len(), 1);
        assert_eq!(network.written(), Vec::<String>::new());
    }
    let refused = network.events.of("access");
    let refused = refused
        .iter()
        .filter(|access| access["refused_by"] == "grants");
    assert_eq!(refused.count(), 3);
    network.server.fail("start", [Fault::redirect("/sub/file")]);
    network.ask(&extension, &verb).await;
    assert_eq!(network.written(), ["there"]);
}

#[tokio::test]
async fn progress_and_the_file_that_arrived_are_told() {
    let network = Network::new().await;
    network.serve("file", vec![b'x'; 100_000]);
    network
        .server
        .fail("start", [Fault::redirect("/sub/file?token=secret")]);
    network.serve("file?token=secret", vec![b'x'; 100_000]);
    let extension = network.guest(network.options()).await;
    let url = network.url("start");
    network
        .ask(&extension, &format!("download:{url} uncompressed there"))
        .await;
    let progress = network.events.of("downloading");
    let last = progress.last().unwrap();
    assert_eq!(
        (&last["received"], &last["total"]),
        (&100_000.into(), &100_000.into())
    );
    let [arrived] = network.events.of("downloaded").try_into().unwrap();
    let download = &arrived["download"];
    assert_eq!(download["url"], url);
    assert_eq!(download["final_url"], network.url("file"));
    assert_eq!(download["size"], 100_000);
    let sha256 = Sha256Digest::of(&vec![b'x'; 100_000]).to_string();
    assert_eq!(download["sha256"], sha256);
}

#[tokio::test]
async fn what_a_host_that_was_killed_has_left_goes_with_the_next_download() {
    let network = Network::new().await;
    network.serve("file", "content");
    let extension = network.guest(network.options()).await;
    // A process number that no system gives out.
    let left = network
        .place
        .work_dir()
        .join(".annexe-staging/2147483646-0");
    std::fs::create_dir_all(&left).unwrap();
    std::fs::write(left.join("file"), "half").unwrap();
    let verb = format!("download:{} uncompressed there", network.url("file"));
    network.ask(&extension, &verb).await;
    assert_eq!(network.written(), ["there"]);
}
