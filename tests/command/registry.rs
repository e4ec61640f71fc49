//! `annexe registry`.

use crate::support::place::{Place, text};

#[test]
fn what_is_added_is_described_in_the_index() {
    let place = Place::new();
    place.registry(&[("echo", "1.2.3")]);
    let index = std::fs::read_to_string(place.path("registry/index/ec/ho/echo")).unwrap();
    let line: serde_json::Value = serde_json::from_str(&index).unwrap();
    assert_eq!(line["api"], "0.0.1");
    assert_eq!(line["family"], "extension");
    assert_eq!(line["schema"], 1);
    assert_eq!(
        line["provides"],
        serde_json::json!(["themes", "language-servers"])
    );
    assert_eq!(line["capabilities"][0]["kind"], "process:exec");
    assert_eq!(line["published"], "2026-11-22T10:00:00Z");
    let archive = std::fs::metadata(place.path("echo-1.2.3.tar.gz")).unwrap();
    assert_eq!(line["archive"]["size"], archive.len());
    let catalogue = std::fs::read_to_string(place.path("registry/catalogue.jsonl")).unwrap();
    assert!(
        catalogue.contains("The echo") && catalogue.contains("For tests"),
        "{catalogue}"
    );
}

#[test]
fn what_is_published_never_changes() {
    let place = Place::new();
    place.registry(&[("echo", "1.2.3")]);
    let again = place.json(["registry", "add", "registry", "echo-1.2.3.tar.gz"]);
    assert_eq!(again[0]["new"], false);
    std::fs::write(place.path("echo/README.md"), "changed").unwrap();
    place.ok(["pack", "echo"]);
    let error = place.error(1, ["registry", "add", "registry", "echo-1.2.3.tar.gz"]);
    assert_eq!(
        error["message"],
        "`echo` 1.2.3 is published already, with another archive"
    );
    assert!(
        error["hint"]
            .as_str()
            .unwrap()
            .contains("raise the version"),
        "{error}"
    );
}

#[test]
fn nothing_is_added_unless_all_pass() {
    let place = Place::new();
    place.registry(&[]);
    place.themes("plain", "1.0.0");
    place.ok(["pack", "plain"]);
    std::fs::write(place.path("bad.tar.gz"), "bad").unwrap();
    let error = place.error(
        1,
        [
            "registry",
            "add",
            "registry",
            "plain-1.0.0.tar.gz",
            "bad.tar.gz",
        ],
    );
    assert_eq!(error["message"], "`bad.tar.gz` does not pass");
    assert!(!place.path("registry/index").exists());
    let added = place.json([
        "registry",
        "add",
        "registry",
        "plain-1.0.0.tar.gz",
        "--channel",
        "preview",
    ]);
    assert_eq!(added[0]["line"]["channel"], "preview");
    assert_eq!(added[0]["line"]["api"], serde_json::Value::Null);
    assert_eq!(
        place.error(1, ["registry", "add", "plain", "plain-1.0.0.tar.gz"])["hint"],
        "start one there with `annexe registry init`"
    );
    assert_eq!(
        place.error(2, ["registry", "add", "registry", "plain"])["causes"][0],
        "it is not an archive"
    );
    assert_eq!(
        place.error(1, ["registry", "init", "registry", "--name", "other"])["causes"],
        serde_json::json!([])
    );
}

#[test]
fn a_version_is_yanked_restored_and_blocked() {
    let place = Place::new();
    place.registry(&[("echo", "1.2.3"), ("echo", "1.3.0")]);
    let words = place.ok([
        "registry",
        "yank",
        "registry",
        "echo@1.3.0",
        "--reason",
        "it hangs",
        "--replacement",
        "1.2.3",
        "--at",
        "2026-11-23T10:00:00Z",
    ]);
    let expected = "yanked echo 1.3.0\n  reason       it hangs\n  use instead  1.2.3\n  \
                    at           2026-11-23T10:00:00Z\n";
    assert_eq!(words, expected);
    let installs = |version: &str| {
        let registry = place.path("registry");
        let answer = place.json(["install", "echo", "--registry", text(&registry)]);
        assert_eq!(answer[0]["installed"]["version"], version, "{answer}");
    };
    installs("1.2.3");

    let declare = |word: &str| place.json(["registry", word, "registry", "echo@1.3.0"]);
    let answer = declare("restore");
    assert_eq!(answer["id"], "echo");
    assert_eq!(answer["new"], true);
    assert_eq!(answer["line"]["state"], "restored");
    installs("1.3.0");
    let answer = declare("block");
    assert_eq!(answer["line"]["state"], "blocked");
    let registry = place.path("registry");
    let error = place.error(1, ["install", "echo@=1.3.0", "--registry", text(&registry)]);
    assert_eq!(error["hint"], "1.3.0 is blocked");
}

#[test]
fn what_is_declared_twice_in_the_same_words_is_written_once() {
    let place = Place::new();
    place.registry(&[("echo", "1.2.3")]);
    let index = || std::fs::read_to_string(place.path("registry/index/ec/ho/echo")).unwrap();
    let published = index();
    let restored = place.ok(["registry", "restore", "registry", "echo@1.2.3"]);
    assert_eq!(restored, "nothing to restore: echo 1.2.3 is offered\n");
    assert_eq!(index(), published);

    let yank = |reason: &str| {
        let version = "echo@1.2.3";
        place.json(["registry", "yank", "registry", version, "--reason", reason])
    };
    assert_eq!(yank("it hangs")["new"], true);
    let yanked = index();
    assert_eq!(yank("it hangs")["new"], false);
    assert_eq!(index(), yanked);
    assert_eq!(yank("it hangs at the start")["new"], true);
    assert_eq!(index().lines().count(), 3);
    let words = place.ok(["registry", "block", "registry", "echo@1.2.3"]);
    assert!(words.starts_with("blocked echo 1.2.3\n"), "{words}");
    let again = place.ok(["registry", "block", "registry", "echo@1.2.3"]);
    assert_eq!(again, "already blocked: echo 1.2.3\n");
}

#[test]
fn only_an_exact_version_that_is_published_can_be_declared() {
    let place = Place::new();
    place.registry(&[("echo", "1.2.3"), ("echo", "1.3.0")]);
    let yank = |code, version| place.error(code, ["registry", "yank", "registry", version]);
    let error = yank(1, "echo@2.0.0");
    assert_eq!(error["message"], "`echo` has no version 2.0.0");
    assert_eq!(error["hint"], "there is 1.2.3, 1.3.0");
    let error = yank(1, "ecko@1.2.3");
    assert_eq!(error["hint"], "nothing of `ecko` is published there");
    let error = yank(1, "echo@1.2");
    assert_eq!(error["message"], "`echo` has no version 1.2");
    for version in ["echo", "echo@^1", "echo@1.x", "echo@=1.2.3"] {
        let message = yank(2, version)["message"].to_string();
        assert!(message.contains("write `echo@0.2.1`"), "{message}");
    }
    assert_eq!(
        place.error(1, ["registry", "block", "echo", "echo@1.2.3"])["hint"],
        "start one there with `annexe registry init`"
    );
}

#[test]
fn what_this_host_is_too_old_for_is_published_where_one_says_so() {
    let place = Place::new();
    place.registry(&[]);
    let folder = place.extension("later", "1.0.0");
    let component = folder.join("extension.wasm");
    let mut wasm = std::fs::read(&component).unwrap();
    let section = b"zed:api-version";
    let name = wasm.windows(section.len()).position(|part| part == section);
    let number = name.unwrap() + section.len();
    wasm[number..number + 6].copy_from_slice(&[0, 0, 0, 9, 0, 0]);
    std::fs::write(&component, &wasm).unwrap();

    let hint = "update this program, or let it pass unchecked with `--newer-api`";
    assert_eq!(place.error(1, ["pack", "later"])["hint"], hint);
    let ran = place.run(["pack", "later", "--newer-api"]);
    let warning = "warning: later: built with API 0.9.0, which is newer than this program serves";
    assert!(ran.code == 0 && ran.stderr.contains(warning), "{ran:?}");
    let add = ["registry", "add", "registry", "later-1.0.0.tar.gz"];
    let error = place.error(1, add);
    assert_eq!(error["message"], "`later-1.0.0.tar.gz` does not pass");
    assert_eq!(error["hint"], hint);
    let ran = place.run(add.into_iter().chain(["--newer-api"]));
    assert_eq!(ran.code, 0, "{ran:?}");
    let warning = "warning: `later-1.0.0.tar.gz`: built with API 0.9.0";
    assert!(ran.stderr.contains(warning), "{ran:?}");
    assert!(ran.stdout.starts_with("published later 1.0.0\n"), "{ran:?}");
    let answer = place.json(add.into_iter().chain(["--newer-api"]));
    assert_eq!(answer[0]["new"], false);
    assert_eq!(answer[0]["checked"], false);
    assert_eq!(answer[0]["line"]["api"], "0.9.0");

    // What is no component is none of a later API either.
    wasm.truncate(wasm.len() - 1000);
    std::fs::write(&component, &wasm).unwrap();
    let ran = place.run(["pack", "later", "--newer-api"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.stderr.contains("the component is damaged"), "{ran:?}");
}

#[test]
fn what_is_pinned_yanked_or_blocked_is_marked_in_the_list() {
    let place = Place::new();
    let registry = place.registry(&[("echo", "1.2.3"), ("other", "1.0.0")]);
    place.ok(["install", "echo", "other", "--registry", &registry]);
    place.ok(["pin", "echo"]);
    let reason = ["--reason", "it hangs"];
    let declare = |word, what| {
        place.ok(["registry", word, "registry", what]
            .into_iter()
            .chain(reason));
    };
    declare("yank", "echo@1.2.3");
    declare("block", "other@1.0.0");
    // A blocked version without another to take: the update says so, and keeps nothing else back.
    let ran = place.run(["update", "--registry", &registry]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(
        ran.stderr.contains("`other` 1.0.0 stays: no version"),
        "{ran:?}"
    );
    let error = place.error(1, ["update", "other", "--registry", &registry]);
    assert_eq!(error["hint"], "1.0.0 is blocked: it hangs");
    let list = place.ok(["list"]);
    assert!(
        list.contains("themes, language-servers  pinned, yanked (it hangs), from the registry `"),
        "{list}"
    );
    assert!(
        list.contains("themes, language-servers  blocked (it hangs), from the registry `"),
        "{list}"
    );
    let list = place.json(["list"]);
    assert_eq!(list[1]["withdrawn"]["blocked"], true);
    let info = place.ok(["info", "echo"]);
    assert!(info.contains("withdrawn    yanked (it hangs)"), "{info}");
    let info = place.json(["info", "other"]);
    assert_eq!(info["installed"]["withdrawn"]["blocked"], true);
    // The registry's newest word, though no change has heard it yet.
    place.ok(["registry", "restore", "registry", "echo@1.2.3"]);
    let explained = place.ok(["explain", "echo", "--registry", &registry]);
    assert!(explained.contains(": 1.2.3 is installed\n"), "{explained}");
    declare("yank", "echo@1.2.3");
    let explained = place.ok(["explain", "echo", "--registry", &registry]);
    assert!(
        explained.contains(": 1.2.3 is installed, and yanked (it hangs)\n"),
        "{explained}"
    );
    let explained = place.json(["explain", "other", "--registry", &registry]);
    assert_eq!(explained["withdrawn"]["reason"], "it hangs", "{explained}");
    let error = place.error(1, ["call", "other", "language-server-command", "echo"]);
    assert!(
        error["message"].as_str().unwrap().contains("blocked"),
        "{error}"
    );
}

/// Has the registry's files say that they were made then.
fn make_at(place: &Place, made: &str) {
    let path = place.path("registry/config.json");
    let text = std::fs::read_to_string(&path).unwrap();
    let mut config: serde_json::Value = serde_json::from_str(&text).unwrap();
    config["made"] = made.into();
    std::fs::write(&path, format!("{config}\n")).unwrap();
}

#[test]
fn what_nobody_renews_is_installed_from_no_more_until_it_is_renewed_or_the_user_says_so() {
    let place = Place::new();
    place.registry(&[("echo", "1.0.0")]);
    place.themes("paper", "1.0.0");
    place.publish("registry", "paper", "1.0.0");
    let location = text(&place.path("registry")).to_owned();
    let configure = |rest: &str, of_one: &str| {
        let table = format!("[[registry]]\nname = \"mine\"\nlocation = \"{location}\"\n{of_one}");
        place.configure(&format!("{rest}{table}"));
    };
    configure("", "");
    make_at(&place, "2020-01-01T00:00:00Z");
    // Nobody has promised anything.
    place.ok(["install", "echo"]);
    let kept = place.json(["registry", "refresh", "registry", "--fresh-for-days", "7"]);
    assert_eq!(
        (&kept["registry"], &kept["fresh_for_days"]),
        (&"test".into(), &7.into())
    );
    place.ok(["install", "paper"]);
    place.ok(["remove", "paper"]);

    make_at(&place, "2020-01-01T00:00:00Z");
    let error = place.error(1, ["install", "paper"]);
    let message = error["message"].as_str().unwrap();
    assert!(message.contains("2020-01-01T00:00:00Z"), "{error}");
    let hint = error["hint"].as_str().unwrap();
    assert!(hint.contains("`oldest_catalogue_days`"), "{error}");
    for update in [&["update"][..], &["update", "echo"]] {
        let error = place.error(1, update.iter().copied());
        assert!(error.to_string().contains("2020-01-01"), "{error}");
    }
    let searched = place.run(["search", "paper", "--json"]);
    assert!(searched.code == 0 && searched.stdout.contains("paper"));
    assert!(searched.stderr.contains("2020-01-01"), "{searched:?}");

    for (rest, of_one) in [
        ("oldest_catalogue_days = 0\n", ""),
        (
            "oldest_catalogue_days = 1\n",
            "oldest_catalogue_days = 100000\n",
        ),
    ] {
        configure(rest, of_one);
        place.ok(["install", "paper"]);
        place.ok(["remove", "paper"]);
    }
    configure("oldest_catalogue_days = 1\n", "");
    assert_eq!(place.run(["install", "paper"]).code, 1);
    place.ok(["registry", "refresh", "registry"]);
    place.ok(["install", "paper"]);
}
