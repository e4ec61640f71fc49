//! Requests and downloads that name a denied host in other words, or get there by redirects.

use annexe::capability::{Capability, Grants};

use crate::{
    place::{HostOptions, Place, try_all, try_in},
    support::server::{Fault, Server},
    table::row,
};

#[tokio::test]
async fn nothing_is_sent_without_a_grant() {
    let refused = &["refused http 127.0.0.1"][..];
    let words = "`http`";
    // Nothing is known offline, so that what is allowed fails as well.
    let rows: Vec<_> = [
        "http://127.0.0.1/",
        "http://user:secret@127.0.0.1/",
        "http://127.1/",
        "http://0x7f.1/",
        "http://2130706433/",
    ]
    .into_iter()
    .map(|address| {
        row("0.1.0", format!("http:{address}"))
            .fails_by_default("", &["allowed http 127.0.0.1"])
            .fails_strictly(words, refused)
    })
    .chain(
        [
            "ftp://127.0.0.1/",
            "file:///etc/passwd",
            "127.0.0.1",
            "",
            "http://",
            "//127.0.0.1/",
        ]
        .map(
            // What is no address of a server is refused before anything is granted.
            |address| row("0.1.0", format!("http:{address}")).fails("", &[]),
        ),
    )
    .collect();
    try_all(&rows).await;
}

/// What is denied is denied by whatever name, and wherever a server sends the host.
#[tokio::test]
async fn a_denied_host_is_reached_in_no_way() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("file"), "content").unwrap();
    let server = Server::start(folder.path()).await;
    let port = server
        .base
        .split(':')
        .nth(2)
        .unwrap()
        .split('/')
        .next()
        .unwrap();
    let denied = format!("http://localhost:{port}/sub/file");
    server.always("away", Fault::redirect(&denied));
    let granted = format!("http://127.0.0.1:{port}/sub");
    let policy = Grants::all().without([
        Capability::Http {
            host: "localhost".into(),
        },
        Capability::DownloadFile {
            host: "localhost".into(),
            path: vec!["**".into()],
        },
    ]);
    let place = Place::new(HostOptions::new(policy).online()).await;
    let (http, download) = ("`http`", "`download_file`");
    let refused = |times: &str| format!("refused http localhost{times}");
    let mut rows = vec![
        row("0.1.0", format!("http:{granted}/file")).finds("content", &["allowed http 127.0.0.1"]),
        row("0.1.0", format!("http:{granted}/away"))
            .fails(http, &["allowed http 127.0.0.1", &refused("")]),
        row("0.0.1", format!("download:{granted}/file uncompressed one"))
            .finds("one", &["allowed download_file 127.0.0.1/sub/file"]),
        row("0.0.1", format!("download:{granted}/away uncompressed two")).fails(
            download,
            &[
                "allowed download_file 127.0.0.1/sub/away",
                "refused download_file localhost/sub/file",
            ],
        ),
    ];
    for address in [
        format!("http://localhost:{port}/sub/file"),
        format!("http://LOCALHOST:{port}/sub/file"),
        format!("http://localhost.:{port}/sub/file"),
        format!("http://127.0.0.1@localhost:{port}/sub/file"),
        format!("http://%6cocalhost:{port}/sub/file"),
    ] {
        let host = if address.contains("localhost.:") {
            "localhost."
        } else {
            "localhost"
        };
        rows.push(
            row("0.1.0", format!("http:{address}")).fails(http, &[&format!("refused http {host}")]),
        );
        rows.push(
            row("0.0.1", format!("download:{address} uncompressed three")).fails(
                download,
                &[&format!("refused download_file {host}/sub/file")],
            ),
        );
    }
    let wrong = try_in(&place, &rows, |row| row.by_default.clone()).await;
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    let heads = server.heads();
    assert!(
        heads.iter().all(|head| !head.contains("localhost")),
        "{heads:#?}"
    );
}

/// A server that may be asked leads on to where nothing may be, and to what it may not lead to.
#[tokio::test]
async fn no_redirect_leads_to_a_private_address_or_a_clouds_metadata() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path()).await;
    let metadata = "http://169.254.169.254/latest/meta-data/";
    let private = "http://10.0.0.1/";
    server.always("metadata", Fault::redirect(metadata));
    server.always("private", Fault::redirect(private));
    let place = Place::new(HostOptions::by_default().online()).await;
    let base = &server.base;
    let allowed = "allowed http 127.0.0.1";
    let never = "refused-always http 169.254.169.254";
    let unnamed = "refused-by-address http 10.0.0.1";
    let mut rows = Vec::new();
    for verb in ["http", "http-stream"] {
        rows.push(
            row("0.1.0", format!("{verb}:{base}/metadata"))
                .fails("which is never asked", &[allowed, never]),
        );
        rows.push(
            row("0.1.0", format!("{verb}:{base}/private"))
                .fails("is at the private address `10.0.0.1`", &[allowed, unnamed]),
        );
    }
    rows.push(
        row(
            "0.0.1",
            format!("download:{base}/metadata uncompressed one"),
        )
        .fails(
            "which is never asked",
            &[
                "allowed download_file 127.0.0.1/sub/metadata",
                "refused-always download_file 169.254.169.254/latest/meta-data",
            ],
        ),
    );
    rows.push(
        row("0.0.1", format!("download:{base}/private uncompressed two")).fails(
            "is at the private address `10.0.0.1`",
            &[
                "allowed download_file 127.0.0.1/sub/private",
                "refused-by-address download_file 10.0.0.1/",
            ],
        ),
    );
    let wrong = try_in(&place, &rows, |row| row.by_default.clone()).await;
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// Answers that are opened and never read.
#[tokio::test]
async fn answers_that_nobody_reads_have_an_end() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("file"), vec![0; 1 << 20]).unwrap();
    let server = Server::start(folder.path()).await;
    let place = Place::new(HostOptions::by_default().online()).await;
    let address = format!("{}/file", server.base);
    let wrong = try_in(
        &place,
        &[row("0.1.0", format!("streams:4 {address}")).finds("4", &["allowed http 127.0.0.1 x4"])],
        |row| row.by_default.clone(),
    )
    .await;
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    let attacker = place.start("0.7.0").await;
    let many = attacker.ask(&format!("streams:500 {address}")).await;
    assert!(many.is_err(), "{many:?}");
    // They went with the call.
    let again = attacker.ask(&format!("streams:4 {address}")).await;
    assert_eq!(again, Ok(vec!["4".to_owned()]));
}
