//! `annexe install` of archives that no registry has.

use std::fs;

use serde_json::json;

use crate::support::{
    place::{Place, text},
    server::{Fault, background::Server},
};

const ARCHIVE: &str = "echo-1.2.3.tar.gz";

/// With an extension packed.
fn packed() -> Place {
    let place = Place::new();
    place.extension("echo", "1.2.3");
    place.ok(["pack", "echo"]);
    place
}

fn assert_answers(place: &Place) {
    let answer = place.json(["call", "echo", "language-server-command", "echo"]);
    assert_eq!(answer["args"], json!(["echo", "Rust"]));
}

/// Where it came from is shown, and an update leaves it as it is.
fn assert_is_from(place: &Place, origin: &str) {
    let installed = &place.json(["list"])[0];
    assert_eq!(
        (&installed["archive"], installed.get("registry")),
        (&json!(origin), None)
    );
    let info = place.json(["info", "echo"]);
    assert_eq!(info["installed"]["archive"], origin);
    let words = place.ok(["info", "echo"]);
    assert!(
        words.contains(&format!("\n  archive      {origin}\n")),
        "{words}"
    );

    let ran = place.run(["update"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (0, ""));
    assert_eq!(ran.stderr, "everything is up to date\n");
    let update = place.json(["update", "echo"]);
    assert_eq!(
        (&update["generation"], &update["receipts"]),
        (&json!(null), &json!([]))
    );
    let reason = "came from an archive, not from a registry";
    assert_eq!(
        update["skipped"],
        json!([{"id": "echo", "version": "1.2.3", "reason": reason}])
    );
}

#[test]
fn an_archive_file_is_installed_and_stays_what_it_is() {
    let place = packed();
    let file = place.path(ARCHIVE);
    for (number, name) in [ARCHIVE, &format!("./{ARCHIVE}"), text(&file)]
        .iter()
        .enumerate()
    {
        let receipt = place.json(["install", name]);
        assert_eq!(receipt[0]["installed"]["archive"], text(&file));
        assert_eq!(receipt[0]["unchanged"], number > 0, "{receipt}");
    }
    fs::remove_file(&file).unwrap();
    assert_is_from(&place, text(&file));
    assert_answers(&place);
    place.ok(["remove", "echo"]);
    assert_eq!(place.json(["list"]), json!([]));
}

#[test]
fn an_archive_at_an_address_is_installed_and_its_password_kept_to_itself() {
    let place = packed();
    let server = Server::start(&place.here(), false);
    let address = format!("{}{ARCHIVE}", server.address);
    let with_password = address.replace("http://", "http://me:the-word@");
    let receipt = place.ok(["install", &with_password]);
    assert!(receipt.starts_with("installed echo 1.2.3\n"), "{receipt}");
    assert!(receipt.contains(&address), "{receipt}");
    let sent = server.web.authorizations();
    assert_eq!(
        sent,
        [(ARCHIVE.to_owned(), "Basic bWU6dGhlLXdvcmQ=".to_owned())]
    );
    assert_is_from(&place, &address);
    assert_answers(&place);
    assert_eq!(server.web.requests(), [ARCHIVE]);
    for entry in fs::read_dir(place.store().join("generations")).unwrap() {
        let content = fs::read_to_string(entry.unwrap().path()).unwrap();
        assert!(!content.contains("the-word"), "{content}");
    }
}

#[test]
fn an_archive_over_plain_http_from_another_machine_is_installed_only_when_that_is_agreed_to() {
    let place = packed();
    let server = Server::start(&place.here(), false);
    let proxy = server.address.strip_suffix("/sub/").unwrap();
    let address = format!("http://example.org/sub/{ARCHIVE}");
    let proxied_into = |store: &str, arguments: &[&str]| {
        let mut command = place.command();
        command.args(arguments).env("http_proxy", proxy);
        command.env("ANNEXE_STORE", store);
        command.env_remove("NO_PROXY").env_remove("no_proxy");
        let output = command.output().unwrap();
        let words = String::from_utf8(output.stderr).unwrap();
        (output.status.code(), words)
    };
    let proxied = |arguments: &[&str]| proxied_into(text(&place.store()), arguments);
    let (code, words) = proxied(&["install", &address]);
    assert_eq!(code, Some(1), "{words}");
    assert!(words.contains("plain `http`"), "{words}");
    assert!(words.contains("--insecure"), "{words}");
    assert_eq!(server.web.requests(), [""; 0]);
    assert_eq!(place.json(["list"]), json!([]));
    let (code, words) = proxied(&["install", &address, "--insecure"]);
    assert_eq!(code, Some(0), "{words}");
    assert_is_from(&place, &address);
    // What a lockfile says of it is no agreement either.
    place.ok(["lock"]);
    let other = place.path("other");
    let (code, words) = proxied_into(text(&other), &["sync", "--yes"]);
    assert_eq!(code, Some(1), "{words}");
    assert!(words.contains("--insecure"), "{words}");
    let (code, words) = proxied_into(text(&other), &["sync", "--yes", "--insecure"]);
    assert_eq!(code, Some(0), "{words}");
}

#[test]
fn an_archive_in_the_place_of_a_registrys_extension_is_told_and_so_is_the_way_back() {
    let place = Place::new();
    let registry = place.registry(&[("echo", "1.2.3")]);
    place.ok(["install", "echo", "--registry", &registry]);
    let ran = place.run(["install", ARCHIVE]);
    assert!(
        ran.stdout.starts_with("reinstalled echo 1.2.3\n"),
        "{ran:?}"
    );
    let archive = place.path(ARCHIVE);
    let warning = format!(
        "warning: `echo`: it came from the registry `{}` and comes from the archive `{}` now\n",
        place.registry_id("registry"),
        text(&archive)
    );
    assert!(ran.stderr.starts_with(&warning), "{ran:?}");
    assert_is_from(&place, text(&archive));

    let ran = place.run(["install", "echo", "--registry", &registry]);
    let id = place.registry_id("registry");
    assert!(
        ran.stderr
            .contains(&format!("comes from the registry `{id}` now")),
        "{ran:?}"
    );
    assert_eq!(place.json(["list"])[0]["registry"], id);
}

#[test]
fn what_is_no_archive_of_an_extension_is_refused_by_name_and_nothing_changes() {
    let place = packed();
    place.ok(["install", ARCHIVE]);
    let before = place.json(["list"]);
    let whole = fs::read(place.path(ARCHIVE)).unwrap();
    fs::write(place.path("page.tar.gz"), "<html>Sign in</html>").unwrap();
    fs::write(place.path("empty.tar.gz"), "").unwrap();
    fs::write(place.path("half.tar.gz"), &whole[..whole.len() / 2]).unwrap();
    let folder = place.themes("sly", "1.0.0");
    let manifest = fs::read_to_string(folder.join("extension.toml")).unwrap();
    for (name, manifest) in [
        ("syntax", "id = \"sly\nname".to_owned()),
        ("nameless", manifest.replace("name = \"The sly\"\n", "")),
        ("newest", manifest.replace("\"1.0.0\"", "\"newest\"")),
    ] {
        fs::write(folder.join("extension.toml"), manifest).unwrap();
        tar(&place, name, "sly");
    }
    fs::remove_file(folder.join("extension.toml")).unwrap();
    tar(&place, "bare", "sly");

    for (archive, words, way_out) in [
        ("page.tar.gz", "cannot be unpacked", "error page"),
        ("empty.tar.gz", "cannot be unpacked", ""),
        (
            "half.tar.gz",
            "cannot be unpacked",
            "download the archive again",
        ),
        ("syntax.tar.gz", "the manifest in", "correct the manifest"),
        ("nameless.tar.gz", "the manifest in", ""),
        ("bare.tar.gz", "the manifest in", ""),
        (
            "newest.tar.gz",
            "the version of `sly` cannot be used\" [\"`newest` is not a version: `newest` is not a number\"]",
            "0.1.0",
        ),
        ("missing.tar.gz", "there is no archive", "check the path"),
        ("./echo", "is not a file", "annexe pack"),
    ] {
        let error = place.error(1, ["install", archive]);
        let all = format!("{} {}", error["message"], error["causes"]);
        let file = archive.trim_start_matches("./");
        assert!(all.contains(words), "{archive}: {error}");
        assert!(
            all.contains(file) || archive == "newest.tar.gz",
            "{archive}: {error}"
        );
        let hint = error["hint"]
            .as_str()
            .unwrap_or_else(|| panic!("{archive}: {error}"));
        assert!(hint.contains(way_out), "{archive}: {error}");
        // With something good beside it, too.
        place.error(1, ["install", ARCHIVE, archive]);
        assert_eq!(place.json(["list"]), before, "{archive}");
        place.assert_clean();
    }
    assert_answers(&place);
}

/// Packs a folder as it is, with the system's own program.
fn tar(place: &Place, name: &str, folder: &str) {
    let status = std::process::Command::new("tar")
        .current_dir(place.here())
        .args(["-czf", &format!("{name}.tar.gz"), "-C", folder, "."])
        .status();
    assert!(status.unwrap().success());
}

#[test]
fn an_address_without_an_archive_is_told_with_what_to_check() {
    let place = packed();
    place.ok(["install", ARCHIVE]);
    let before = place.json(["list"]);
    let server = Server::start(&place.here(), false);
    let page = "<html>Sign in</html>";
    server.web.fail(
        "page.tar.gz",
        [Fault::status(200, page), Fault::status(200, page)],
    );
    server.web.fail("secret.tar.gz", [Fault::status(403, page)]);
    let circle = Fault::redirect("circle.tar.gz");
    server.web.fail("circle.tar.gz", vec![circle; 99]);
    for (name, words, way_out) in [
        (
            "missing.tar.gz",
            "does not exist",
            "check the archive's address",
        ),
        (
            "secret.tar.gz",
            "the server answered 403",
            "it may want a token",
        ),
        ("page.tar.gz", "cannot be unpacked", "error page"),
        (
            "circle.tar.gz",
            "cannot be followed",
            "check the archive's address",
        ),
    ] {
        let address = format!("{}{name}", server.address);
        let error = place.error(1, ["install", &address]);
        let message = error["message"].as_str().unwrap();
        assert!(
            message.contains(words) && message.contains(&address),
            "{error}"
        );
        assert!(error["hint"].as_str().unwrap().contains(way_out), "{error}");
    }
    let address = format!("{}{ARCHIVE}", server.address);
    server.web.forget();
    let error = place.error(1, ["install", &address, "--offline"]);
    assert!(
        error["message"]
            .as_str()
            .unwrap()
            .contains("this is offline"),
        "{error}"
    );
    assert_eq!(error["hint"], "run it once without `--offline`");
    assert!(server.web.requests().is_empty());

    for address in ["ftp://example.org/echo.tar.gz", "file:///echo.tar.gz"] {
        let ran = place.run(["install", address]);
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""));
        assert!(
            ran.stderr.contains("an archive cannot be read over"),
            "{ran:?}"
        );
        assert!(ran.stderr.contains("`https://`"), "{ran:?}");
    }
    for (address, source) in [
        ("git+git@example.org:a/b", "`git+ssh://git@example.org/a/b`"),
        ("https://github.com/a/b", "`git+https://github.com/a/b`"),
        (
            "git@example.org:a/b.git",
            "`git+ssh://git@example.org/a/b.git`",
        ),
        (
            "ssh://git@example.org/a/b",
            "`git+ssh://git@example.org/a/b`",
        ),
        (
            "https://example.org/a/b.git",
            "`git+https://example.org/a/b.git`",
        ),
    ] {
        let ran = place.run(["install", address]);
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""));
        assert!(ran.stderr.contains(source), "{ran:?}");
    }
    let ran = place.run(["install", "oci://localhost:1/extensions"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (2, ""));
    let way_out = "`--registry oci://localhost:1/extensions`";
    assert!(ran.stderr.contains(way_out), "{ran:?}");
    assert_eq!(place.json(["list"]), before);
    place.assert_clean();
}
