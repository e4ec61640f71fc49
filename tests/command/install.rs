//! `annexe install`, `list`, `info` and `remove`.

use serde_json::json;

use crate::{place::Place, server::Server};

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
        "\n  registry     test\n",
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
    let work = place.store().join("work/echo");
    assert_eq!(answer["command"], work.join("echo").to_str().unwrap());

    assert_eq!(place.json(["remove", "echo"])["id"], "echo");
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
fn an_unknown_id_offers_the_nearest_and_keeps_no_other_back() {
    let place = Place::new();
    let registry = place.registry(&[("echo", "1.2.3")]);
    let ran = place.run(["install", "ecoh", "echo", "--registry", &registry]);
    assert_eq!(ran.code, 1);
    assert!(ran.stdout.starts_with("installed echo 1.2.3\n"), "{ran:?}");
    let expected =
        "error: the registry `test` has no extension `ecoh`\n\nhint: did you mean `echo`?\n";
    assert_eq!(ran.stderr, expected);
    let error = place.error(1, ["install", "echo@2", "--registry", &registry]);
    assert_eq!(error["hint"], "the registry has 1.2.3");
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
    assert_eq!(receipt[0]["installed"]["registry"], "test");
    server.archives.recv().unwrap();
    place.ok(["remove", "echo"]);
    place.ok(["install", "echo", "--registry", &server.address]);
    assert!(
        server.archives.try_recv().is_err(),
        "the archive is not fetched again"
    );
}
