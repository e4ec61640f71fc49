//! The registry that is played, asked by a client that knows nothing of it.

use std::process::Command;

use serde_json::{Value, json};

use crate::support::{
    files::write,
    server::Fault,
    skip,
    zed::{Published, ZedRegistry, json_error, page, too_many},
};

/// An answer as `curl` has it.
struct Answer {
    status: u16,
    head: String,
    body: Vec<u8>,
}

impl Answer {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The ids and versions of the rows.
    fn rows(&self) -> Vec<String> {
        let answer: Value = serde_json::from_slice(&self.body).unwrap();
        let rows = answer["data"].as_array().unwrap().iter();
        let name = |row: &Value| format!("{} {}", row["id"].as_str().unwrap(), row["version"]);
        rows.map(|row| name(row).replace('"', "")).collect()
    }

    fn location(&self) -> &str {
        let mut lines = self.head.lines();
        lines
            .find_map(|line| line.strip_prefix("Location: "))
            .unwrap()
    }
}

/// Asks for an address; `None` where no whole answer came.
fn get(address: &str, arguments: &[&str]) -> Option<Answer> {
    let output = Command::new("curl")
        .args(["-sS", "-i", "--noproxy", "*", "--max-time", "20", address])
        .args(arguments)
        .output()
        .unwrap();
    if !output.status.success() {
        return None;
    }
    let split = output.stdout.windows(4).rposition(|it| it == b"\r\n\r\n");
    let split = split.unwrap();
    let head = String::from_utf8_lossy(&output.stdout[..split]).into_owned();
    let last = head.rfind("HTTP/1.1 ").unwrap();
    Some(Answer {
        status: head[last + 9..last + 12].parse().unwrap(),
        head,
        body: output.stdout[split + 4..].to_vec(),
    })
}

fn has_curl() -> bool {
    let is_there = Command::new("curl").arg("--version").output().is_ok();
    if !is_there {
        skip("curl", "this machine has no `curl`");
    }
    is_there
}

fn version(id: &str, version: &str) -> Published {
    Published::new(id, version, format!("{id} {version}").into_bytes())
}

fn asked(registry: &ZedRegistry, path: &str) -> Answer {
    get(&registry.api.url(path), &[]).unwrap()
}

#[test]
fn a_list_has_the_newest_version_of_each_and_ends_at_five_hundred() {
    if !has_curl() {
        return;
    }
    let many =
        (0..620).map(|n| version(&format!("e{n:03}"), "1.0.0").saying("download_count", n % 7));
    let registry = ZedRegistry::start(many);
    for (id, text) in [("toml", "0.9.0"), ("toml", "0.10.0"), ("toml", "v0.2")] {
        registry.publish(
            version(id, text)
                .saying("name", "TOML")
                .saying("download_count", 1_000_000)
                .saying("provides", json!(["languages", "grammars"])),
        );
    }
    registry.publish(version("legacy", "1.0").saying("schema_version", 0));

    let all = asked(&registry, "/extensions?max_schema_version=1").rows();
    assert_eq!(all.len(), 500);
    assert_eq!(&all[..2], ["toml 0.10.0", "e006 1.0.0"]);
    let rows = |query: &str| asked(&registry, &format!("/extensions?{query}")).rows();
    assert_eq!(
        rows(""),
        ["legacy 1.0"],
        "what is said of no schema means the first"
    );
    for query in [
        "filter=oml",
        "filter=TML",
        "provides=grammars",
        "provides=languages,grammars",
        "ids=toml,nothing",
    ] {
        let found = rows(&format!("max_schema_version=1&{query}"));
        assert_eq!(found, ["toml 0.10.0"], "{query}");
    }
    assert!(rows("max_schema_version=1&provides=languages,themes").is_empty());
    let versions = asked(&registry, "/extensions/toml").rows();
    assert_eq!(versions, ["toml 0.9.0", "toml 0.10.0", "toml v0.2"]);
    assert!(asked(&registry, "/extensions/nothing").rows().is_empty());
    assert_eq!(
        asked(&registry, "/extensions?max_schema_version=x").status,
        400
    );
}

#[test]
fn updates_are_the_newest_within_limits() {
    if !has_curl() {
        return;
    }
    let with_api = |text: &str, api: &str| version("a", text).saying("wasm_api_version", api);
    let registry = ZedRegistry::start([
        with_api("1.0.0", "0.6.0"),
        with_api("1.1.0", "0.7.0"),
        with_api("1.2.0", "0.9.0"),
        version("b", "1.0.0"),
        version("b", "2.0.0").saying("schema_version", 2),
        version("c", "1.0.0"),
    ]);
    let limits = "min_schema_version=0&max_schema_version=1&min_wasm_api_version=0.0.1&max_wasm_api_version=0.7.0";
    let found = asked(
        &registry,
        &format!("/extensions/updates?ids=b,a,gone&{limits}"),
    );
    assert_eq!(found.rows(), ["a 1.1.0", "b 1.0.0"]);
    let newest = |query: &str| {
        let address = registry.api.url(&format!("/extensions/a/download?{query}"));
        get(&address, &["-L"]).unwrap().text()
    };
    assert_eq!(newest(limits), "a 1.1.0");
    assert_eq!(newest("max_wasm_api_version=0.7.0"), "a 1.2.0");
    let targets = registry.api.targets();
    assert!(targets[0].starts_with("/extensions/updates?ids=b,a,gone&"));
}

#[test]
fn an_archive_is_behind_an_address_that_lives_three_minutes() {
    if !has_curl() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("toml");
    let manifest = "id = \"toml\"\nname = \"TOML\"\nversion = \"1.0.0\"\nschema_version = 1\n[lib]\nkind = \"Rust\"\n\
                    version = \"0.6.0\"\n[grammars.toml]\nrepository = \"https://example.com/g\"\nrev = \"1\"\n";
    write(&source.join("extension.toml"), manifest);
    let published = Published::from_folder(&source);
    let (row, archive) = (published.row.clone(), published.archive.clone());
    assert_eq!(row["wasm_api_version"], "0.6.0");
    assert_eq!(row["provides"], json!(["grammars"]));
    let registry = ZedRegistry::start([published]);

    let path = "/extensions/toml/1.0.0/download";
    let first = asked(&registry, path);
    assert_eq!((first.status, first.body.len()), (307, 0));
    let address = first.location();
    assert!(address.starts_with(&registry.storage.url("/zed-extensions/")));
    let agent = ["-A", "tests/1"];
    let whole = get(address, &agent).unwrap();
    assert_eq!(whole.body, archive);
    let half = archive.len() / 2;
    let rest = get(address, &["-H", &format!("Range: bytes={half}-")]).unwrap();
    assert_eq!((rest.status, &rest.body[..]), (206, &archive[half..]));

    registry.pass(179);
    assert_eq!(get(address, &[]).unwrap().status, 200);
    registry.pass(1);
    let late = get(address, &[]).unwrap();
    assert_eq!(late.status, 403);
    assert!(
        late.text()
            .contains("<Message>Request has expired</Message>")
    );
    let forged = address.replace("Signature=", "Signature=0");
    assert!(
        get(&forged, &[])
            .unwrap()
            .text()
            .contains("SignatureDoesNotMatch")
    );
    registry.lead_by_302();
    let again = asked(&registry, path);
    assert_eq!(again.status, 302);
    assert_ne!(again.location(), address);
    let with_credentials = get(again.location(), &["-u", "a:b"]).unwrap();
    assert_eq!(with_credentials.status, 400);
    assert_eq!(registry.downloads().len(), 2);
    let requests = registry.storage.requests();
    assert_eq!(requests[0].header("user-agent"), Some("tests/1"));
    assert_eq!(requests[0].header("Accept"), Some("*/*"));

    registry.replace("toml", "1.0.0", b"others".into());
    let replaced = get(&registry.api.url(path), &["-L"]).unwrap();
    assert_eq!(replaced.text(), "others");
    registry.withdraw("toml", "1.0.0");
    let gone = asked(&registry, path);
    assert_eq!(
        (gone.status, gone.text().as_str()),
        (404, "unknown extension version")
    );
}

#[test]
fn whatever_goes_wrong_in_the_wild_goes_wrong_here() {
    if !has_curl() {
        return;
    }
    let registry = ZedRegistry::start([version("a", "1.0.0")]);
    let faults = [
        json_error(500, "no"),
        page(502),
        too_many(Some(7)),
        too_many(None),
    ];
    registry.api.fail("/extensions/updates", faults);
    let path = "/extensions/updates?ids=a&max_schema_version=1";
    let answers: Vec<Answer> = (0..5).map(|_| asked(&registry, path)).collect();
    let statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
    assert_eq!(statuses, [500, 502, 429, 429, 200]);
    assert!(answers[0].text().starts_with('{') && answers[1].text().starts_with("<html>"));
    assert!(answers[2].head.contains("Retry-After: 7"));
    assert!(!answers[3].head.contains("Retry-After"));

    registry.storage.fail(
        "",
        [Fault::CutAfter(2), Fault::Announce(99), Fault::Announce(3)],
    );
    let download = registry.api.url("/extensions/a/1.0.0/download");
    assert!(get(&download, &["-L"]).is_none(), "it is cut short");
    assert!(get(&download, &["-L"]).is_none(), "it announces more");
    assert_eq!(
        get(&download, &["-L"]).unwrap().text(),
        "a 1",
        "it announces less"
    );
    registry.stop();
    assert!(get(&download, &[]).is_none());
    registry.listen_again();
    assert_eq!(get(&download, &["-L"]).unwrap().text(), "a 1.0.0");
}

#[test]
fn requests_connections_and_rounds_are_counted() {
    if !has_curl() {
        return;
    }
    let registry = ZedRegistry::start([version("a", "1.0.0")]);
    let address = registry.api.url("/extensions/a");
    // One after the other, over one connection.
    assert!(get(&address, &[&address, &address]).is_some());
    let counted = |registry: &ZedRegistry| {
        let api = &registry.api;
        (api.requests().len(), api.most_connections(), api.rounds())
    };
    assert_eq!(counted(&registry), (3, 1, 3));
    registry.forget();
    registry.api.gather(3);
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| get(&address, &[]).unwrap());
        }
    });
    let (requests, connections, rounds) = counted(&registry);
    // The first's connection may be open still.
    assert_eq!((requests, rounds), (3, 1));
    assert!((3..=4).contains(&connections));
}
