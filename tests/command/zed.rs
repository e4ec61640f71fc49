//! A registry of Zed's interface, switched on and used by the command.

use serde_json::{Value, json};

use crate::support::{
    place::{Place, text},
    server::Fault,
    zed::{Published, ZedRegistry, json_error, page, too_many},
};

/// A version with a component that was built with API 0.0.1.
fn published(place: &Place, id: &str, version: &str) -> Published {
    let published = Published::from_folder(&place.extension(id, version));
    published.saying("wasm_api_version", "0.0.1")
}

/// A user who has switched a registry on.
fn with(published: impl IntoIterator<Item = Published>) -> (Place, ZedRegistry) {
    let place = Place::new();
    let registry = ZedRegistry::start(published);
    switch_on(&place, &registry);
    (place, registry)
}

/// A user whose cache nobody else uses, to be cleared.
fn alone() -> Place {
    let mut place = Place::new();
    let cache = place.beside("cache").into_os_string();
    place.environment.push(("ANNEXE_CACHE".into(), cache));
    place
}

fn switch_on(place: &Place, registry: &ZedRegistry) {
    let address = registry.address();
    place.ok(["source", "add", "zed", &address, "--kind", "zed", "--yes"]);
}

fn ids(found: &Value) -> Vec<&str> {
    let found = found.as_array().unwrap().iter();
    found.map(|one| one["id"].as_str().unwrap()).collect()
}

#[test]
fn nothing_is_asked_of_it_before_a_user_has_agreed_to_what_it_is() {
    let place = Place::new();
    let registry = ZedRegistry::start([published(&place, "echo", "1.0.0")]);
    let address = registry.address();
    let add = ["source", "add", "zed", &address, "--kind", "zed"];
    let refused = place.run(add);
    assert_eq!(refused.code, 1, "{refused:?}");
    for said in [
        "no digest and no signature",
        "its terms are yours to read and to keep",
        "counts downloads",
        "`zed` was not added, and nothing was asked of it",
        "--yes",
    ] {
        assert!(refused.stderr.contains(said), "{said}: {refused:?}");
    }
    assert_eq!(std::fs::read_to_string(place.configuration()).unwrap(), "");
    place.run(["search", "echo"]);

    let agreed = place.run(add.iter().copied().chain(["--yes"]));
    assert_eq!(agreed.code, 0, "{agreed:?}");
    assert!(agreed.stderr.contains("no digest"), "{agreed:?}");
    let configuration = std::fs::read_to_string(place.configuration()).unwrap();
    assert!(configuration.contains("kind = \"zed\""), "{configuration}");
    let listed = place.json(["source", "list"]);
    assert_eq!(listed[1]["kind"], "zed");
    assert_eq!(listed[1]["location"], format!("zed+{address}/"));
    assert_eq!(registry.api.targets(), [""; 0]);
}

#[test]
fn zeds_own_needs_no_address_and_another_place_no_terms_of_zeds() {
    let place = Place::new();
    let refused = place.run(["source", "add", "zed"]);
    for said in [
        "a service of Zed Industries",
        "https://api.zed.dev/",
        "https://zed.dev/",
    ] {
        assert!(refused.stderr.contains(said), "{said}: {refused:?}");
    }
    let none = place.error(2, ["source", "add", "corp"]);
    assert_eq!(none["message"], "`corp` has no location");
    let folder = place.error(2, ["source", "add", "corp", "here", "--kind", "zed"]);
    let message = folder["message"].as_str().unwrap();
    assert!(message.contains("is a service"), "{message}");
    place.configure("[[registry]]\nname = 'zed'\nkind = 'zed'\n");
    let listed = place.json(["source", "list"]);
    assert_eq!(listed[0]["location"], "zed+https://api.zed.dev/");
}

#[test]
fn what_it_has_is_found_explained_installed_and_updated() {
    let place = Place::new();
    let registry = ZedRegistry::start([
        published(&place, "echo", "1.0.0"),
        Published::from_folder(&place.themes("calm", "2.0")).saying("name", "Calm colours"),
    ]);
    switch_on(&place, &registry);
    let found = place.json(["search", "calm"]);
    assert_eq!(ids(&found), ["calm"]);
    assert_eq!(found[0]["registry"], "zed");
    let installed = place.json(["install", "echo", "calm"]);
    assert_eq!(installed[1]["installed"]["registry"], "zed");
    let called = place.ok(["call", "echo", "language-server-command", "echo"]);
    assert!(!called.is_empty());

    registry.publish(published(&place, "echo", "1.1.0"));
    // What this host cannot run is passed over, and said so.
    registry.publish(published(&place, "echo", "2.0.0").saying("wasm_api_version", "0.9.0"));
    registry.publish(published(&place, "echo", "3.0.0").saying("schema_version", 2));
    let explained = place.ok(["explain", "echo"]);
    for said in [
        "3.0.0  API 0.0.1  needs manifest schema 2, this host reads 0 to 1",
        "2.0.0  API 0.9.0  needs extension API 0.9.0",
        "1.1.0  API 0.0.1  is taken",
    ] {
        assert!(explained.contains(said), "{said}: {explained}");
    }
    registry.forget();
    let updated = place.json(["update"]);
    assert_eq!(
        updated["receipts"][0]["installed"]["version"], "1.1.0",
        "{updated}"
    );
    let targets = registry.api.targets();
    assert_eq!(
        targets,
        [
            "/extensions/updates?ids=calm,echo&min_schema_version=0&max_schema_version=1\
             &min_wasm_api_version=0.0.1&max_wasm_api_version=0.7.0",
            "/extensions/echo/1.1.0/download",
        ]
    );
    assert!(!place.ok(["verify"]).is_empty());
}

#[test]
fn it_is_asked_politely() {
    let (place, registry) = with([]);
    let ids: Vec<String> = (0..12).map(|n| format!("t{n}")).collect();
    for id in &ids {
        registry.publish(Published::from_folder(&place.themes(id, "1.0.0")));
    }
    let install: Vec<&str> = std::iter::once("install")
        .chain(ids.iter().map(String::as_str))
        .collect();
    place.ok(install);
    // Two requests at a time; where one connection becomes free, the client may have begun to open another.
    assert!(registry.api.most_connections() <= 3);
    assert!(registry.storage.most_connections() <= 3);
    let requests = registry.api.requests();
    assert_eq!(
        requests.len(),
        13,
        "one for all versions, one for each archive"
    );
    for request in requests.iter().chain(&registry.storage.requests()) {
        let agent = request.header("user-agent").unwrap();
        assert!(agent.starts_with("annexe/"), "{agent}");
        assert_eq!(request.header("authorization"), None);
        assert_eq!(request.header("cookie"), None);
    }
    // What was found lately is kept.
    place.ok(["search", "t1"]);
    registry.forget();
    place.ok(["search", "t2"]);
    assert_eq!(registry.api.targets(), [""; 0]);
}

#[test]
fn other_bytes_under_a_version_that_was_installed_are_refused_by_name() {
    let place = Place::new();
    let first = published(&place, "echo", "1.0.0");
    let registry = ZedRegistry::start([first.clone()]);
    switch_on(&place, &registry);
    place.ok(["install", "echo"]);
    place.ok(["remove", "echo"]);
    place.ok(["gc", "--keep", "1"]);
    std::fs::write(place.path("echo").join("more.txt"), "more").unwrap();
    registry.replace(
        "echo",
        "1.0.0",
        Published::from_folder(&place.path("echo")).archive,
    );
    let error = place.error(1, ["install", "echo"]);
    let message = error["message"].as_str().unwrap();
    let expected =
        "the registry `zed` has another archive of `echo` 1.0.0 than when it was installed first";
    assert!(message.starts_with(expected), "{error}");
    assert_eq!(place.json(["list"]), json!([]));

    // The version after it is another matter, and the old bytes are what they were.
    registry.replace("echo", "1.0.0", first.archive);
    place.ok(["install", "echo"]);
    registry.publish(published(&place, "echo", "1.0.1"));
    place.ok(["update"]);
}

#[test]
fn a_lockfile_brings_the_same_bytes_or_none() {
    let place = Place::new();
    let registry = ZedRegistry::start([published(&place, "echo", "1.0.0")]);
    switch_on(&place, &registry);
    place.ok(["install", "echo"]);
    place.ok(["lock"]);
    let other = Place::new();
    switch_on(&other, &registry);
    std::fs::copy(place.path("annexe.lock"), other.path("annexe.lock")).unwrap();
    let lockfile = other.path("annexe.lock");
    other.ok(["sync", "--lockfile", text(&lockfile), "--yes"]);
    assert_eq!(other.json(["list"])[0]["id"], "echo");

    let third = Place::new();
    switch_on(&third, &registry);
    std::fs::write(place.path("echo").join("more.txt"), "more").unwrap();
    registry.replace(
        "echo",
        "1.0.0",
        Published::from_folder(&place.path("echo")).archive,
    );
    let error = third.error(1, ["sync", "--lockfile", text(&lockfile), "--yes"]);
    assert!(
        error["message"]
            .as_str()
            .unwrap()
            .contains("the archive of `echo` 1.0.0"),
        "{error}"
    );
    assert_eq!(third.json(["list"]), json!([]));
}

#[test]
fn its_troubles_are_told_and_harm_nothing_that_is_installed() {
    let place = alone();
    let registry = ZedRegistry::start([published(&place, "echo", "1.0.0")]);
    switch_on(&place, &registry);
    place.ok(["install", "echo"]);
    place.ok(["search", "echo"]);
    let next = published(&place, "echo", "1.1.0");
    registry.publish(next.clone());
    let cut = next.archive.len() / 2;
    let faults = [
        ("/extensions/updates", json_error(500, "database is down")),
        ("/extensions/updates", page(502)),
        ("/extensions/updates", too_many(None)),
        ("/extensions/updates", too_many(Some(3600))),
        (
            "/extensions/updates",
            Fault::Answer(200, String::new(), b"<html>sign in</html>".to_vec()),
        ),
        (
            "/extensions/updates",
            Fault::Answer(200, String::new(), b"{\"data\": 7}".to_vec()),
        ),
        ("/extensions/echo/1.1.0", json_error(503, "later")),
        (
            "/zed-extensions",
            Fault::Answer(403, String::new(), b"<Error/>".to_vec()),
        ),
        (
            "/zed-extensions",
            Fault::Answer(200, String::new(), b"<html>sign in</html>".to_vec()),
        ),
        (
            "/zed-extensions",
            Fault::Answer(200, String::new(), next.archive[..cut].to_vec()),
        ),
        (
            "/zed-extensions",
            Fault::Answer(
                200,
                "Content-Length: 99999999\r\n".into(),
                next.archive.clone(),
            ),
        ),
    ];
    for (number, (start, fault)) in faults.into_iter().enumerate() {
        let shown = format!("{number}: {start}");
        // A rest that it wanted is over.
        place.ok(["cache", "--clear"]);
        for port in [&registry.api, &registry.storage] {
            port.fail_below(start, fault.clone());
        }
        let failed = place.run(["--json", "update"]);
        for port in [&registry.api, &registry.storage] {
            port.come_back();
        }
        assert_eq!(failed.code, 1, "{shown}: {failed:?}");
        assert!(failed.stderr.contains("\"error\""), "{shown}: {failed:?}");
        assert_eq!(place.json(["list"])[0]["version"], "1.0.0", "{shown}");
        place.ok(["call", "echo", "language-server-command", "echo"]);
    }
    place.ok(["search", "echo"]);
    registry.stop();
    assert_eq!(place.run(["update"]).code, 1);
    // What was said before is searched still.
    assert_eq!(ids(&place.json(["search", "echo"])), ["echo"]);
    place.ok(["verify"]);
    registry.listen_again();
    registry.withdraw("echo", "1.1.0");
    registry.withdraw("echo", "1.0.0");
    let gone = place.run(["update"]);
    assert_eq!(gone.code, 0, "{gone:?}");
    registry.publish(next);
    registry.pass(181);
    assert_eq!(
        place.json(["update"])["receipts"][0]["installed"]["version"],
        "1.1.0"
    );
}

#[test]
fn a_rest_that_it_wants_is_kept_by_other_commands_too() {
    let place = alone();
    let registry = ZedRegistry::start([published(&place, "echo", "1.0.0")]);
    switch_on(&place, &registry);
    place.ok(["install", "echo"]);
    registry.forget();
    registry.api.fail_below("/extensions", too_many(Some(600)));
    let error = place.error(1, ["update"]);
    let hint = error["hint"].as_str().unwrap();
    assert!(hint.contains("it wants to be asked again in"), "{error}");
    assert_eq!(registry.api.targets().len(), 1);
    registry.api.come_back();
    for command in [&["update"][..], &["search", "echo"], &["install", "other"]] {
        place.run(command);
    }
    assert_eq!(
        registry.api.targets().len(),
        1,
        "{:?}",
        registry.api.targets()
    );
    place.ok(["cache", "--clear"]);
    place.ok(["update"]);
}

#[test]
fn a_lockfile_brings_no_other_bytes_than_were_seen_unless_the_user_agrees() {
    let place = Place::new();
    let first = published(&place, "echo", "1.0.0");
    let registry = ZedRegistry::start([first.clone()]);
    let other = Place::new();
    for place in [&place, &other] {
        switch_on(place, &registry);
    }
    place.ok(["install", "echo"]);
    place.ok(["remove", "echo"]);
    place.ok(["gc", "--keep", "1"]);
    std::fs::write(place.path("echo").join("more.txt"), "more").unwrap();
    registry.replace(
        "echo",
        "1.0.0",
        Published::from_folder(&place.path("echo")).archive,
    );
    other.ok(["install", "echo"]);
    other.ok(["lock"]);
    std::fs::copy(other.path("annexe.lock"), place.path("annexe.lock")).unwrap();
    let lockfile = place.path("annexe.lock");
    for sync in [
        &["sync"][..],
        &["sync", "--yes"],
        &["sync", "--lockfile", text(&lockfile), "--yes"],
    ] {
        let error = place.error(1, sync.iter().copied());
        let message = error["message"].as_str().unwrap();
        assert!(
            message.starts_with("the lockfile has, for the registry `zed`,"),
            "{error}"
        );
        assert_eq!(place.json(["list"]), json!([]));
    }
    place.ok(["sync", "--yes", "--accept-archive"]);

    // What a lockfile brought is what the version is from then on.
    other.ok(["remove", "echo", "--lockfile", "elsewhere.lock"]);
    other.ok(["gc", "--keep", "1"]);
    registry.replace("echo", "1.0.0", first.archive);
    let error = other.error(1, ["install", "echo", "--lockfile", "elsewhere.lock"]);
    assert!(
        error["hint"].as_str().unwrap().contains("--accept-archive"),
        "{error}"
    );
    other.ok([
        "install",
        "echo",
        "--lockfile",
        "elsewhere.lock",
        "--accept-archive",
    ]);
}

#[test]
fn what_it_does_not_say_is_not_told_for_nothing() {
    let place = Place::new();
    let registry = ZedRegistry::start([published(&place, "echo", "1.0.0")]);
    let address = format!("zed+{}", registry.address());
    let error = place.error(1, ["search", "echo", "--registry", &address]);
    assert!(
        error["message"]
            .as_str()
            .unwrap()
            .contains("have not agreed"),
        "{error}"
    );
    assert_eq!(registry.api.targets(), [""; 0]);
    switch_on(&place, &registry);
    let told = place.ok(["info", "echo"]);
    assert!(told.contains("not known before it is installed"), "{told}");
    assert!(
        told.contains("What it does") || told.contains("For tests"),
        "{told}"
    );
    assert_eq!(registry.api.targets(), ["/extensions/echo"]);
    assert_eq!(
        place.json(["info", "echo"])["fits"]["capabilities"],
        Value::Null
    );
}

#[test]
fn what_is_pinned_while_its_newest_version_is_asked_for_stays_as_it_is() {
    let place = Place::new();
    let versions = ["1.0.0", "2.0.0"].map(|version| published(&place, "echo", version));
    let registry = ZedRegistry::start(versions);
    switch_on(&place, &registry);
    place.ok(["install", "echo@=1.0.0"]);
    let mut pin = place.command();
    pin.args(["pin", "echo"]);
    registry.meanwhile(move || assert!(pin.status().unwrap().success()));
    let installed = place.json(["install", "echo"]);
    assert_eq!(installed[0]["installed"]["version"], "1.0.0", "{installed}");
    assert_eq!(installed[0]["unchanged"], true, "{installed}");
}
