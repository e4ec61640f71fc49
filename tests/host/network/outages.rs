//! The table of outages: how often is asked for what GitHub, another server, npm or a download cannot give, and what comes of
//! it where an answer is known from before and where none is. How long is waited in between is on a paused clock in the
//! units' own tests.

use std::os::unix::fs::PermissionsExt as _;

use super::*;
use crate::support::server::{Fault, archives::gzip};

const RELEASES: &str =
    r#"[{"tag_name":"v1","assets":[{"name":"a.gz","browser_download_url":"http://x/a.gz"}]}]"#;

/// Long enough that each third of it is no sound beginning.
const TOOL: &[u8] = b"what a tool is made of: 38 bytes of it";

/// As long as it is cut in the middle.
const PAGE: &str = "hello-from-the-page-of-another-server";

/// What goes wrong.
enum Trouble {
    /// The server's port is closed.
    Refused,
    /// With each request.
    Fault(Fault),
}

/// One row: what goes wrong, how often each is asked, and what is said where nothing is known.
struct Row {
    name: &'static str,
    trouble: Trouble,
    /// How often GitHub is asked, and the words of the error.
    github: (usize, &'static str),
    /// How often another server is asked for a page.
    page: (usize, &'static str),
    /// How often it is asked for a download; without words it arrives.
    download: (usize, &'static str),
    /// What is said is final: no last good answer is given.
    is_final: bool,
}

const UNREACHED: &str = "cannot be reached";

fn row(name: &'static str, fault: Fault, github: (usize, &'static str)) -> Row {
    Row {
        name,
        trouble: Trouble::Fault(fault),
        github,
        page: github,
        download: github,
        is_final: false,
    }
}

/// A status that all are answered with, and how often is asked.
fn status(name: &'static str, fault: Fault, rounds: usize, github: &'static str) -> Row {
    let Fault::Answer(status, ..) = fault else {
        panic!("{name} is not a status")
    };
    let shown: &'static str = format!("status code {status}").leak();
    let download: &'static str = format!("failed with status {status}").leak();
    Row {
        page: (rounds, shown),
        download: (rounds, download),
        ..row(name, fault, (rounds, github))
    }
}

fn page(status: u16) -> Fault {
    let head = "Content-Type: text/html\r\n".to_owned();
    Fault::Answer(status, head, b"<html>sign in</html>".to_vec())
}

fn later(status: u16, seconds: u32) -> Fault {
    Fault::Answer(status, format!("Retry-After: {seconds}\r\n"), Vec::new())
}

fn rows(base: &str) -> Vec<Row> {
    let limit = "limit of requests";
    let said = |status: u16| -> &'static str { format!("GitHub answered {status}").leak() };
    let json = |status| Fault::status(status, r#"{"message":"so it is"}"#);
    vec![
        Row {
            trouble: Trouble::Refused,
            ..row("refused", Fault::Close, (0, UNREACHED))
        },
        row("closes", Fault::Close, (3, UNREACHED)),
        row("is silent", Fault::Stall, (3, UNREACHED)),
        Row {
            // What has come is kept, and goes on.
            download: (3, ""),
            ..row("cut", Fault::CutAfter(13), (3, "was interrupted"))
        },
        row("cut at once", Fault::CutAfter(0), (3, "interrupted")),
        status("429", Fault::status(429, ""), 1, limit),
        status("429, at once", later(429, 0), 3, limit),
        status("429, later", later(429, 600), 1, limit),
        status("500", Fault::status(500, ""), 3, said(500)),
        status("503", Fault::status(503, ""), 3, said(503)),
        status("503, later", later(503, 600), 1, said(503)),
        status("403 without headers", json(403), 1, said(403)),
        status("403 of a firewall", page(403), 1, said(403)),
        status("401", json(401), 1, said(401)),
        status("407", page(407), 1, said(407)),
        status("451", page(451), 1, said(451)),
        status("511", page(511), 1, said(511)),
        Row {
            page: (1, ""),
            download: (1, ""),
            ..row("a page with 200", page(200), (1, "is not a release"))
        },
        Row {
            // An extension may ask for twenty, and a download for ten.
            page: (21, "redirects"),
            download: (11, "redirects"),
            ..row(
                "a circle",
                Fault::redirect(&format!("{base}/repos/o/n/releases")),
                (6, "redirects"),
            )
        },
        Row {
            is_final: true,
            ..status("404", json(404), 1, "does not exist")
        },
        Row {
            is_final: true,
            ..status("410", json(410), 1, "does not exist")
        },
    ]
}

impl Row {
    async fn begin(&self, network: &Network) {
        match &self.trouble {
            Trouble::Refused => network.server.stop().await,
            Trouble::Fault(fault) => network.server.fail_all(fault.clone()),
        }
        network.server.forget();
    }

    async fn end(&self, network: &Network) {
        match &self.trouble {
            Trouble::Refused => network.server.listen_again().await,
            Trouble::Fault(_) => network.server.come_back(),
        }
    }
}

/// Asks, and says how often the server was.
async fn asked(network: &Network, verb: &str) -> (Result<Vec<String>, String>, usize) {
    network.server.forget();
    // Limits are remembered by a host: each has its own.
    let extension = network.guest(network.options()).await;
    let answer = found(&extension, &network.place, verb).await;
    let answer = match answer {
        Err(error) => Err(words::<()>(Err(error))),
        Ok(answer) => Ok(answer),
    };
    (answer, network.server.requests().len())
}

#[tokio::test]
async fn what_is_known_is_given_and_what_is_not_is_asked_for_so_often() {
    let network = Network::new().await;
    network.serve("repos/o/n/releases", RELEASES);
    network.serve("page", PAGE);
    network.serve("repos/o/other/releases", RELEASES);
    network.serve("other", PAGE);
    let page = |path: &str| format!("http:{}", network.url(path));
    assert_eq!(asked(&network, "github:o/n").await.0.unwrap()[0], "v1");
    assert_eq!(asked(&network, &page("page")).await.0.unwrap()[0], PAGE);
    for row in rows(&network.server.base) {
        row.begin(&network).await;
        for (known, unknown, (rounds, told), good) in [
            ("github:o/n", "github:o/other", row.github, "v1"),
            (&page("page"), &page("other"), row.page, PAGE),
        ] {
            let shown = format!("{}, {known}", row.name);
            let before = network.events.of("last-good").len();
            let (answer, count) = asked(&network, known).await;
            assert_eq!(count, rounds, "{shown}: {answer:?}");
            let last_good = network.events.of("last-good").len() - before;
            // What comes with 200 is the answer of a server of which nothing is known.
            let is_good = !row.is_final && !told.is_empty();
            assert_eq!(last_good, usize::from(is_good), "{shown}");
            match (row.is_final, told) {
                (false, "") => {}
                (false, _) => assert_eq!(answer.unwrap()[0], good, "{shown}"),
                (true, _) => assert!(answer.unwrap_err().contains(told), "{shown}"),
            }
            if told.is_empty() {
                continue;
            }
            let (answer, count) = asked(&network, unknown).await;
            let words = answer.unwrap_err();
            assert!(words.contains(told), "{shown}: {words}");
            assert_eq!(count, rounds, "{shown}: {words}");
        }
        row.end(&network).await;
        // The next one that asks gets what is new, or what is as it was.
        assert_eq!(asked(&network, "github:o/n").await.0.unwrap()[0], "v1");
        assert_eq!(asked(&network, &page("page")).await.0.unwrap()[0], PAGE);
    }
}

#[tokio::test]
async fn a_download_is_tried_so_often_and_what_is_there_stays() {
    for (kind, content) in [("uncompressed", TOOL.to_vec()), ("gzip", gzip(TOOL))] {
        let network = Network::new().await;
        network.serve("tool", &content);
        let verb = format!("download:{} {kind} tool", network.url("tool"));
        let tool = network.place.work_dir().join("tool");
        for row in rows(&network.server.base) {
            std::fs::create_dir_all(network.place.work_dir()).unwrap();
            std::fs::write(&tool, "old").unwrap();
            row.begin(&network).await;
            let (answer, count) = asked(&network, &verb).await;
            let shown = format!("{}, {kind}", row.name);
            let (rounds, told) = match (row.name, kind) {
                // As many as it takes, with thirteen bytes each.
                ("cut", _) => (content.len().div_ceil(13), ""),
                ("a page with 200", "gzip") => (1, "cannot be unpacked"),
                _ => row.download,
            };
            assert_eq!(count, rounds, "{shown}: {answer:?}");
            let now = std::fs::read(&tool).unwrap();
            match told {
                "" => assert_ne!(now, b"old", "{shown}: {answer:?}"),
                told => {
                    let words = answer.unwrap_err();
                    assert!(words.contains(told), "{shown}: {words}");
                    assert_eq!(now, b"old", "{shown}");
                }
            }
            row.end(&network).await;
        }
        assert!(asked(&network, &verb).await.0.is_ok());
        assert_eq!(std::fs::read(&tool).unwrap(), TOOL);
    }
}

/// A name that no server knows is not tried again.
#[tokio::test]
async fn a_name_that_does_not_resolve_is_asked_for_once() {
    let network = Network::new().await;
    let mut options = network.options();
    options.github.api = Some("http://no-such-name.invalid/".parse().unwrap());
    options.http.retry.first_delay = Duration::from_secs(3600);
    options.http.retry.longest_delay = Duration::from_secs(3600);
    let extension = network.guest(options).await;
    for verb in [
        "github:o/n",
        "http:http://no-such-name.invalid/",
        "download:http://no-such-name.invalid/tool uncompressed tool",
    ] {
        // A second try would be an hour away.
        let words = network.refused(&extension, verb).await;
        assert!(words.contains(UNREACHED), "{verb}: {words}");
    }
}

/// npm as it fails: its code, what is said of it, and whether that is final.
const NPM: [(&str, &str, bool); 17] = [
    ("EAI_AGAIN", "the registry cannot be reached", false),
    ("ENOTFOUND", "the registry cannot be reached", false),
    ("ECONNREFUSED", "the registry cannot be reached", false),
    ("ECONNRESET", "the registry cannot be reached", false),
    ("ETIMEDOUT", "the registry cannot be reached", false),
    ("EPIPE", "the registry cannot be reached", false),
    ("E407", "the registry cannot be reached", false),
    ("E401", "npm login", false),
    ("E403", "npm login", false),
    ("E429", "asked less often", false),
    ("E451", "something on the way", false),
    ("E500", "try again later", false),
    ("E503", "try again later", false),
    ("ENOSPC", "the disk is full", false),
    ("EINTEGRITY", "npm cache verify", false),
    ("CERT_HAS_EXPIRED", "certificate is not trusted", false),
    ("E404", "check the name", true),
];

#[tokio::test]
async fn npm_is_run_once_and_what_was_the_newest_stays_so() {
    let network = Network::new().await;
    let folder = network.place.worktree_dir();
    let npm = folder.join("npm");
    let script = format!(
        "#!/bin/sh\necho run >> {0}/runs\ncat {0}/answer\nexit $(cat {0}/status)\n",
        folder.display()
    );
    std::fs::write(&npm, script).unwrap();
    std::fs::set_permissions(&npm, std::fs::Permissions::from_mode(0o755)).unwrap();
    let answer = |text: &str, status: &str| {
        std::fs::write(folder.join("answer"), text).unwrap();
        std::fs::write(folder.join("status"), status).unwrap();
        std::fs::write(folder.join("runs"), "").unwrap();
    };
    let mut options = network.options();
    options.node.node = Some("/bin/sh".into());
    options.node.npm = Some(npm.clone());
    options.node.lifetime = Duration::ZERO;
    let extension = network.guest(options).await;
    let ask = |verb: &'static str| found(&extension, &network.place, verb);
    answer(r#"{"latest":"1.0.0"}"#, "0");
    ask("npm-latest:one").await.unwrap();
    let runs = || {
        let runs = std::fs::read_to_string(folder.join("runs")).unwrap();
        std::fs::write(folder.join("runs"), "").unwrap();
        runs.lines().count()
    };
    for (code, hint, is_final) in NPM {
        let failed = format!(r#"{{"error":{{"code":"{code}","summary":"it is {code}"}}}}"#);
        answer(&failed, "1");
        let before = network.events.of("last-good").len();
        let known = ask("npm-latest:one").await;
        assert_eq!(runs(), 1, "{code}");
        let last_good = network.events.of("last-good").len() - before;
        assert_eq!(last_good, usize::from(!is_final), "{code}");
        match is_final {
            true => assert!(words(known).contains(hint), "{code}"),
            false => assert_eq!(known.unwrap(), ["1.0.0"], "{code}"),
        }
        for verb in ["npm-latest:two", "npm-install:two@1.0.0"] {
            let words = words(ask(verb).await);
            assert!(
                words.contains(code) && words.contains(hint),
                "{verb}: {words}"
            );
            assert_eq!(runs(), 1, "{verb}, {code}");
        }
    }
}
