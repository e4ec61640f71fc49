//! `annexe install`, `list`, `info` and `remove`.

use serde_json::json;

use crate::support::{
    place::{Place, text},
    server::background::Server,
};

#[test]
fn an_extension_is_installed_listed_called_and_removed() {
    let place = Place::new();
    let registry = place.registry(&[("echo", "1.2.3")]);
    let listed = place.run(["list"]);
    assert_eq!((listed.code, listed.stdout.as_str()), (0, ""));
    assert!(listed.stderr.contains("nothing is installed"));
    assert_eq!(place.json(["list"]), json!([]));

    let receipt = place.ok(["install", "echo", "--registry", &registry]);
    for words in [
        "installed echo 1.2.3\n",
        "\n  api          0.0.1 → since_v0_0_1\n",
        &format!("\n  registry     {}\n", place.registry_id("registry")),
        "\n  code         ",
        "\n  provides     themes, language-servers\n",
        "\n  may ask for  run `gem install …`\n",
    ] {
        assert!(receipt.contains(words), "{words:?} in {receipt}");
    }
    let again = place.json(["install", "echo@1", "--registry", &registry]);
    assert_eq!(again[0]["unchanged"], true);

    let list = place.json(["list"]);
    assert_eq!(list[0]["id"], "echo");
    assert_eq!(list[0]["version"], "1.2.3");
    assert!(
        place
            .ok(["list"])
            .contains("echo  1.2.3    0.0.1 → since_v0_0_1  themes, language-servers")
    );

    let info = place.ok(["info", "echo"]);
    assert!(info.starts_with("echo 1.2.3: The echo\n"), "{info}");
    assert!(info.contains("server       echo, for Rust"), "{info}");
    assert_eq!(place.json(["info", "echo"])["published"], json!(null));

    let answer = place.json(["call", "echo", "language-server-command", "echo"]);
    assert_eq!(answer["args"], json!(["echo", "Rust"]));
    let work = place.work_dir("echo");
    assert_eq!(answer["command"], work.join("echo").to_str().unwrap());

    assert_eq!(place.json(["remove", "echo"])[0]["id"], "echo");
    assert!(work.is_dir(), "what the extension wrote stays");
    assert_eq!(
        place.error(1, ["remove", "echo"])["message"],
        "`echo` is not installed"
    );
    place.ok(["install", "echo", "--registry", &registry]);
    place.ok(["remove", "echo", "--work"]);
    assert!(!work.exists());
}

#[test]
fn an_update_names_both_versions() {
    let place = Place::new();
    let registry = place.registry(&[("echo", "1.0.0"), ("echo", "1.1.0")]);
    place.ok(["install", "echo@=1.0.0", "--registry", &registry]);
    let receipt = place.ok(["install", "echo", "--registry", &registry]);
    assert!(
        receipt.starts_with("updated echo 1.1.0 (before: 1.0.0)\n"),
        "{receipt}"
    );
    let info = place.json(["info", "echo", "--registry", &registry]);
    assert_eq!(info["installed"]["version"], "1.1.0");
    assert_eq!(info["published"]["versions"][1]["version"], "1.0.0");
}

#[test]
fn an_extension_that_is_not_installed_is_looked_up_in_the_registry() {
    let place = Place::new();
    let registry = place.registry(&[("echo", "1.2.3")]);
    let mut command = place.command();
    command
        .args(["info", "echo"])
        .env("ANNEXE_REGISTRY", &registry);
    let words = String::from_utf8(command.output().unwrap().stdout).unwrap();
    assert!(words.starts_with("echo: The echo\n"), "{words}");
    assert!(
        words.contains("may ask for  run `gem install …`"),
        "{words}"
    );
}

#[test]
fn an_unknown_id_offers_the_nearest_and_nothing_is_installed() {
    let place = Place::new();
    let registry = place.registry(&[("echo", "1.2.3")]);
    let ran = place.run(["install", "ecoh", "echo", "--registry", &registry]);
    assert_eq!((ran.code, ran.stdout.as_str()), (1, ""));
    let expected = format!(
        "error: the registry `{}` has no extension `ecoh`\n\nhint: did you mean `echo`?\n",
        place.registry_id("registry")
    );
    assert_eq!(ran.stderr, expected);
    let error = place.error(1, ["install", "echo@2", "--registry", &registry]);
    assert_eq!(error["hint"], "the registry has 1.2.3");
    let twice = place.error(1, ["install", "echo", "echo@1", "--registry", &registry]);
    assert_eq!(twice["message"], "`echo` is asked for twice");
    assert_eq!(place.json(["list"]), json!([]));
    place.ok(["install", "echo", "--registry", &registry]);
    let error = place.error(1, ["call", "ehco", "language-server-command", "x"]);
    assert_eq!(error["hint"], "did you mean `echo`?");
    assert_eq!(
        place.error(1, ["info", "ecoh", "--registry", &registry])["hint"],
        "did you mean `echo`?"
    );
}

#[test]
fn a_registry_that_cannot_be_had_is_told_with_a_way_out() {
    let place = Place::new();
    // A port that was free a moment ago: nobody listens there.
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let address = format!("http://127.0.0.1:{port}/");
    let error = place.error(1, ["install", "echo", "--registry", &address]);
    assert!(
        error["message"]
            .as_str()
            .unwrap()
            .contains("cannot be reached"),
        "{error}"
    );
    assert!(
        error["hint"].as_str().unwrap().contains("works offline"),
        "{error}"
    );
    assert!(!error["causes"].as_array().unwrap().is_empty(), "{error}");
    let error = place.error(1, ["install", "echo", "--registry", "not-there"]);
    assert!(
        error["message"]
            .as_str()
            .unwrap()
            .contains("there is no registry at"),
        "{error}"
    );
}

#[test]
fn a_web_server_serves_a_registry_as_it_is() {
    let place = Place::new();
    place.registry(&[("echo", "1.2.3")]);
    let server = Server::start(&place.path("registry"), false);
    let receipt = place.json(["install", "echo", "--registry", &server.address]);
    assert_eq!(receipt[0]["installed"]["registry"], server.address);
    server.archives.recv().unwrap();
    place.ok(["remove", "echo"]);
    place.ok(["install", "echo", "--registry", &server.address]);
    assert!(
        server.archives.try_recv().is_err(),
        "the archive is not fetched again"
    );
}

#[test]
fn a_downgrade_and_another_registry_are_told() {
    let place = Place::new();
    let registry = place.registry(&[("echo", "1.0.0"), ("echo", "1.1.0")]);
    place.ok(["install", "echo", "--registry", &registry]);
    let ran = place.run(["install", "echo@=1.0.0", "--registry", &registry]);
    assert!(
        ran.stdout
            .starts_with("downgraded echo 1.0.0 (before: 1.1.0)\n"),
        "{ran:?}"
    );
    // As large as the guest is, however it was built.
    let archive = std::fs::metadata(place.path("echo-1.0.0.tar.gz")).unwrap();
    let size = format!("{:.1} kB", archive.len() as f64 / 1000.0);
    assert_eq!(
        ran.stderr,
        format!(
            "warning: `echo`: 1.0.0 is older than 1.1.0, which was installed\n\
             echo 1.1.0 → 1.0.0  api 0.0.1 → since_v0_0_1, {size}\n"
        )
    );

    // What a registry calls itself makes it no other; where it is does.
    let config = place.path("registry/config.json");
    let content = std::fs::read_to_string(&config).unwrap();
    std::fs::write(config, content.replace("\"test\"", "\"other\"")).unwrap();
    let ran = place.run(["install", "echo@=1.0.0", "--registry", &registry]);
    assert_eq!(ran.stderr, "", "{ran:?}");
    let before = place.registry_id("registry");
    std::fs::rename(place.path("registry"), place.path("moved")).unwrap();
    let moved = text(&place.path("moved")).to_owned();
    let ran = place.run(["install", "echo@=1.0.0", "--registry", &moved]);
    assert!(
        ran.stdout.starts_with("reinstalled echo 1.0.0\n"),
        "{ran:?}"
    );
    assert_eq!(
        ran.stderr,
        format!(
            "warning: `echo`: it came from the registry `{before}` and comes from the registry `{}` now\n\
             echo 1.0.0 again  api 0.0.1 → since_v0_0_1, {size}\n",
            place.registry_id("moved")
        )
    );
}

#[test]
fn a_name_cannot_hide_or_turn_round_what_is_shown() {
    let place = Place::new();
    let registry = place.registry(&[]);
    let folder = place.themes("sly", "1.0.0");
    let manifest = std::fs::read_to_string(folder.join("extension.toml")).unwrap();
    // Tags, which nobody sees; marks that turn the direction of text; a terminal's own command.
    let name = "The \u{e0041}\u{e007f}sl\u{202e}y\u{2066}\u{9b}2J";
    let sly = manifest.replace("The sly", name);
    std::fs::write(folder.join("extension.toml"), sly).unwrap();
    place.ok(["pack", "sly"]);
    place.ok(["registry", "add", &registry, "sly-1.0.0.tar.gz"]);

    let in_words = "The \\u{e0041}\\u{e007f}sl\\u{202e}y\\u{2066}\\u{9b}2J";
    let in_json = r"The \udb40\udc41\udb40\udc7fsl\u202ey\u2066\u009b2J";
    let words = place.ok(["info", "sly", "--registry", &registry]);
    assert!(words.contains(in_words), "{words}");
    place.ok(["install", "sly", "--registry", &registry]);
    let words = place.ok(["info", "sly"]);
    assert!(words.contains(in_words), "{words}");
    for arguments in [&["list", "--json"][..], &["info", "sly", "--json"]] {
        let json = place.ok(arguments.iter().copied());
        assert!(json.contains(in_json) && json.is_ascii(), "{json}");
        let answer: serde_json::Value = serde_json::from_str(&json).unwrap();
        let installed = answer.get(0).unwrap_or(&answer["installed"]);
        assert_eq!(installed["name"], name);
    }
}

#[test]
fn the_proxy_of_the_environment_is_used() {
    let place = Place::new();
    place.registry(&[("echo", "1.2.3")]);
    let server = Server::start(&place.path("registry"), false);
    // A port that was free a moment ago: nobody listens there.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let proxy = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let mut command = place.command();
    command
        .args(["info", "echo", "--registry", &server.address])
        .env("http_proxy", proxy)
        .env_remove("NO_PROXY")
        .env_remove("no_proxy");
    let output = command.output().unwrap();
    let words = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{words}");
    assert!(words.contains("check the network, the proxy"), "{words}");
    place.ok(["info", "echo", "--registry", &server.address]);
}

#[test]
fn a_dry_run_shows_what_it_would_do_and_does_nothing() {
    let place = Place::new();
    let registry = place.registry(&[("echo", "1.0.0"), ("echo", "1.1.0")]);
    let ran = place.run([
        "install",
        "echo@=1.0.0",
        "--dry-run",
        "--registry",
        &registry,
    ]);
    assert_eq!((ran.code, ran.stdout.as_str()), (0, ""), "{ran:?}");
    assert!(ran.stderr.contains("echo 1.0.0 (new)"), "{ran:?}");
    assert!(ran.stderr.ends_with("nothing was changed\n"), "{ran:?}");
    assert_eq!(place.json(["list"]), json!([]));
    place.ok(["install", "echo@=1.0.0", "--registry", &registry]);
    let ran = place.run(["update", "--dry-run", "--registry", &registry]);
    assert_eq!((ran.code, ran.stdout.as_str()), (0, ""), "{ran:?}");
    assert!(ran.stderr.contains("echo 1.0.0 → 1.1.0"), "{ran:?}");
    assert_eq!(place.json(["list"])[0]["version"], "1.0.0");
}

#[test]
fn a_registry_without_tls_needs_no_certificates() {
    let mut place = Place::new();
    place.registry(&[("echo", "1.2.3")]);
    let server = Server::start(&place.path("registry"), false);
    place.environment = ["SSL_CERT_FILE", "SSL_CERT_DIR"]
        .map(|name| (name.into(), "/nonexistent".into()))
        .into();
    place.ok(["install", "echo", "--registry", &server.address]);
}
