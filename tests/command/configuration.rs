//! What the user's configuration says of registries.

use std::fs;

use serde_json::json;

use crate::support::{
    place::{Place, Ran},
    server::background::Server,
};

/// Publishes an extension without a component.
fn publish(place: &Place, registry: &str, id: &str, version: &str) {
    place.themes(id, version);
    place.publish(registry, id, version);
}

/// An entry of the configuration.
fn registry(name: &str, location: &str) -> String {
    format!("[[registry]]\nname = \"{name}\"\nlocation = \"{location}\"\n")
}

/// Two registries: both have `paper`, the second in a greater version, and `other` too.
fn two(place: &Place) -> [String; 2] {
    let [first, second] = ["first", "second"].map(|name| {
        let folder = place.path(name).to_str().unwrap().to_owned();
        place.ok(["registry", "init", &folder, "--name", name]);
        folder
    });
    publish(place, &first, "paper", "1.0.0");
    publish(place, &second, "paper", "2.0.0");
    publish(place, &second, "other", "1.0.0");
    [first, second]
}

fn installed(place: &Place, position: usize) -> (String, String) {
    let list = place.json(["list"]);
    let word = |key: &str| list[position][key].as_str().unwrap().to_owned();
    (word("registry"), word("version"))
}

fn from(registry: &str, version: &str) -> (String, String) {
    (registry.to_owned(), version.to_owned())
}

#[test]
fn an_id_belongs_to_the_first_registry_that_has_it_and_stays_there() {
    let place = Place::new();
    let [first, second] = two(&place);
    let (first, second) = (registry("first", &first), registry("second", &second));
    place.configure(&format!("{first}{second}"));
    place.ok(["install", "paper", "other"]);
    assert_eq!(installed(&place, 1), from("first", "1.0.0"));
    assert_eq!(installed(&place, 0), from("second", "1.0.0"));

    // Not even where the other one comes first, and has a greater version.
    place.configure(&format!("{second}{first}"));
    for command in [&["update"][..], &["install", "paper"], &["update", "paper"]] {
        place.ok(command.iter().copied());
        assert_eq!(installed(&place, 1), from("first", "1.0.0"), "{command:?}");
    }
    let error = place.error(1, ["install", "paper@2"]);
    assert_eq!(error["hint"], "the registry has 1.0.0");

    // Where its registry is not configured any more, no other takes its place.
    place.configure(&second);
    let error = place.error(1, ["install", "paper"]);
    assert_eq!(
        error["message"],
        "there is no registry called `first` to ask"
    );
    assert!(
        error["hint"]
            .as_str()
            .unwrap()
            .contains("there is `second`"),
        "{error}"
    );
    assert_eq!(installed(&place, 1), from("first", "1.0.0"));
    let ran = place.run(["update"]);
    assert!(
        ran.stderr
            .contains("`paper` 1.0.0 stays: there is no registry called `first`"),
        "{ran:?}"
    );
    assert!(!ran.stderr.contains("everything is up to date"), "{ran:?}");
}

#[test]
fn a_registry_that_is_named_takes_an_id_over_with_a_warning() {
    let place = Place::new();
    let [first, second] = two(&place);
    place.configure(&registry("first", &first));
    place.ok(["install", "paper"]);
    let ran = place.run(["install", "paper", "--registry", &second]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let id = place.registry_id("second");
    let warning = format!(
        "warning: `paper`: it came from the registry `first` and comes from the registry `{id}` now\n"
    );
    assert!(ran.stderr.starts_with(&warning), "{ran:?}");
    assert_eq!(installed(&place, 0), from(&id, "2.0.0"));
}

#[test]
fn a_registry_that_cannot_be_reached_makes_no_other_serve_what_is_its_own() {
    let place = Place::new();
    let [first, second] = two(&place);
    let server = Server::start(std::path::Path::new(&first), false);
    let (first, second) = (
        registry("first", &server.address),
        registry("second", &second),
    );
    place.configure(&format!("{first}{second}"));
    server.web.go_down();
    // Nobody can say whether the first one has it.
    let error = place.error(1, ["install", "other"]);
    assert!(
        error["message"].as_str().unwrap().contains("503"),
        "{error}"
    );
    assert_eq!(place.json(["list"]), json!([]));
    server.web.come_back();
    place.ok(["install", "other"]);
    assert_eq!(installed(&place, 0), from("second", "1.0.0"));
}

/// An address at which nobody listens.
fn nobody() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    format!("http://{}/", listener.local_addr().unwrap())
}

#[test]
fn the_first_mirror_that_lives_serves_what_the_registry_does_not() {
    let place = Place::new();
    let [first, second] = two(&place);
    let mirror = Server::start(std::path::Path::new(&first), false);
    let entry = registry("first", &nobody());
    let mirrors = format!("mirrors = [\"{}\", \"{}\"]\n", nobody(), mirror.address);
    place.configure(&format!("{entry}{mirrors}"));
    place.ok(["install", "paper"]);
    assert_eq!(installed(&place, 0), from("first", "1.0.0"));
    let asked = mirror.web.requests();
    assert!(
        asked.iter().any(|path| path.starts_with("archives/paper/")),
        "{asked:?}"
    );

    // The mirror of another registry is none.
    place.configure(&format!("{entry}mirrors = [\"{second}\"]\n"));
    let error = place.error(1, ["install", "other"]);
    let message = error["message"].as_str().unwrap();
    assert!(
        message.ends_with("is one of the registry `second`, not of `first`"),
        "{error}"
    );
    assert!(error["hint"].is_string(), "{error}");
}

#[test]
fn a_token_of_the_environment_goes_to_its_origin_alone() {
    let place = Place::new();
    let [first, second] = two(&place);
    let [first, second] = [first, second].map(|it| Server::start(std::path::Path::new(&it), false));
    let credential = format!(
        "[[credential]]\norigin = \"{}\"\ntoken_variable = \"FIRST_TOKEN\"\n",
        first.web.base.trim_end_matches("/sub")
    );
    let registries = [("first", &first), ("second", &second)];
    let registries = registries.map(|(name, server)| registry(name, &server.address));
    place.configure(&format!("{}{credential}", registries.concat()));
    let run = |token: &str| {
        let mut command = place.command();
        command.args(["install", "paper", "other", "-vvv"]);
        command.env("FIRST_TOKEN", token);
        Ran::of(command)
    };
    for missing in ["", "with a space"] {
        let ran = run(missing);
        assert!(
            ran.code != 0 && ran.stderr.contains("first") || ran.stderr.contains("127.0.0.1"),
            "{ran:?}"
        );
        assert!(
            ran.stderr.contains("the credential for `http://127.0.0.1:"),
            "{ran:?}"
        );
        assert!(
            missing.is_empty() || !ran.stderr.contains(missing),
            "{ran:?}"
        );
        assert!(first.web.requests().is_empty());
    }
    let ran = run("the-token");
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(
        !ran.stderr.contains("the-token") && !ran.stdout.contains("the-token"),
        "{ran:?}"
    );
    let told = first.web.authorizations();
    assert_eq!(told.len(), first.web.requests().len());
    assert!(
        told.iter().all(|(_, sent)| sent == "Bearer the-token"),
        "{told:?}"
    );
    assert!(!second.web.requests().is_empty());
    assert_eq!(second.web.authorizations(), []);
    assert_eq!(installed(&place, 1), from("first", "1.0.0"));
}

#[test]
fn a_mistake_in_the_configuration_is_told_with_its_file_and_line() {
    let place = Place::new();
    let path = place.configuration();
    for (content, line, words) in [
        ("api = \"*\"\n[[registry]\n", 2, ""),
        ("\n\napis = \"*\"\n", 3, "unknown field `apis`"),
        ("api = \"newest\"\n", 1, ""),
        ("channel = \"nightly\"\n", 1, "nightly"),
        (
            "[[registry]]\nname = \"a\"\n",
            1,
            "missing field `location`",
        ),
        (
            "[[registry]]\nlocation = \"ftp://example.org/\"\n",
            2,
            "over `ftp`",
        ),
        (
            "[[registry]]\nlocation = \"a\"\nmirrors = [\"\"]\n",
            3,
            "is empty",
        ),
        (
            "[[credential]]\norigin = \"example.org\"\ntoken = \"x\"\n",
            2,
            "is not the address of a web server",
        ),
        (
            "[limits]\nguest_time = 2\n",
            2,
            "unknown field `guest_time`",
        ),
        (
            "[extension.paper.limits]\nguest_time_seconds = 0\n",
            2,
            "a number of seconds above zero",
        ),
        ("[sandbox]\nmounts = []\n", 2, "unknown field `mounts`"),
        ("[sandbox]\nenvironment = [\"PWD\"]\n", 2, "`PWD`"),
        (
            "[[sandbox.mount]]\nhost = \"data\"\nguest = \"/data\"\n",
            2,
            "by its absolute path",
        ),
        (
            "[[sandbox.mount]]\nhost = \"/data\"\nguest = \"../data\"\n",
            3,
            "it has a part `..`",
        ),
        (
            "[[sandbox.mount]]\nhost = \"/\"\nguest = \"/a\"\naccess = \"write\"\n",
            4,
            "unknown variant `write`",
        ),
        (
            "[extension.paper.sandbox]\nsockets = [\"localhost\"]\n",
            2,
            "invalid socket address",
        ),
        ("[extension.\"No Id\"]\n", 1, "No Id"),
    ] {
        place.configure(content);
        for command in [&["install", "paper"][..], &["update"], &["info", "paper"]] {
            let ran = place.run(command.iter().copied());
            assert_eq!(
                (ran.code, ran.stdout.as_str()),
                (1, ""),
                "{content}: {ran:?}"
            );
            assert!(
                ran.stderr.contains(path.to_str().unwrap()),
                "{content}: {ran:?}"
            );
            assert!(
                ran.stderr.contains(&format!("line {line}")),
                "{content}: {ran:?}"
            );
            assert!(ran.stderr.contains(words), "{content}: {ran:?}");
            assert!(ran.stderr.contains("\n\nhint: "), "{content}: {ran:?}");
        }
        // What asks no registry needs no configuration.
        place.ok(["list"]);
    }
    // A line with a mistake in it may hold a token.
    place.configure("[[credential]]\norigin = \"https://example.org\"\ntoken = s3cr3t\n");
    let ran = place.run(["update"]);
    assert!(ran.stderr.contains("line 3"), "{ran:?}");
    assert!(!ran.stderr.contains("s3cr3t"), "{ran:?}");
    fs::write(&path, b"api = \"\xff\"\n").unwrap();
    let error = place.error(1, ["update"]);
    assert!(
        error["message"]
            .as_str()
            .unwrap()
            .contains(path.to_str().unwrap()),
        "{error}"
    );
}

#[test]
fn a_registry_that_is_not_there_is_to_be_added_as_its_kind_is() {
    let place = Place::new();
    let lockfile = place.path("annexe.lock");
    for (name, add) in [
        ("zed", "add it with `annexe source add zed`, or say"),
        (
            "corp",
            "add it to the configuration with `name = \"corp\"`, or say",
        ),
        (
            "https://corp.example/",
            "add it to the configuration, or say",
        ),
    ] {
        let locked = format!(
            "version = 1\n\n[[extension]]\nid = \"paper\"\nversion = \"1.0.0\"\nfamily = \"extension\"\n\
             registry = \"{name}\"\nsha256 = \"{}\"\nsize = 1\n",
            "0".repeat(64)
        );
        fs::write(&lockfile, locked).unwrap();
        let error = place.error(1, ["sync", "--lockfile", "annexe.lock", "--yes"]);
        let hint = error["hint"].as_str().unwrap();
        assert!(hint.starts_with(add), "{error}");
    }
}
