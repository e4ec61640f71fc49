//! A store, lockfile and grants of the format before, in `tests/store/before`.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde_json::{Value, json};

use crate::support::place::{Place, text};

fn copy(from: &Path, to: &Path, here: &str) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target, here);
            continue;
        }
        let content = fs::read(entry.path()).unwrap();
        let content = match String::from_utf8(content) {
            Ok(text) => text.replace("@HERE@", here).into_bytes(),
            Err(error) => error.into_bytes(),
        };
        fs::write(target, content).unwrap();
    }
}

/// A place with the store and all else of before.
fn before() -> Place {
    let place = Place::new();
    let all = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/store/before");
    copy(&all, &place.here(), text(&place.here()));
    fs::rename(place.path("store"), place.store()).unwrap();
    for folder in ["staging", "started", "dev"] {
        fs::create_dir_all(place.store().join(folder)).unwrap();
    }
    let grants = place.configuration().with_file_name("grants.toml");
    fs::rename(place.path("grants.toml"), grants).unwrap();
    fs::rename(place.path("annexe.lock"), place.path("before.lock")).unwrap();
    place
}

/// As [`before`], by a user who has configured the registries they use.
fn configured() -> Place {
    let place = before();
    place.configure(&format!(
        "[[registry]]\nname = \"annexe\"\nlocation = \"embedded\"\n\
         [[registry]]\nname = \"corp\"\nlocation = \"{}\"\n",
        text(&place.path("corp"))
    ));
    place
}

fn origins(place: &Place) -> Vec<(String, String)> {
    let list = place.json(["list"]);
    let word = |entry: &Value, key: &str| entry[key].as_str().map(str::to_owned);
    let entries = list.as_array().unwrap().iter();
    entries
        .map(|entry| {
            let origin = word(entry, "registry").or_else(|| word(entry, "archive"));
            (word(entry, "id").unwrap(), origin.unwrap())
        })
        .collect()
}

fn note(place: &Place, id: &str) -> Option<String> {
    fs::read_to_string(place.work_dir(id).join("note")).ok()
}

fn format(place: &Place, generation: u64) -> Value {
    let file = place.store().join(format!("generations/{generation}.json"));
    serde_json::from_slice::<Value>(&fs::read(file).unwrap()).unwrap()["format"].take()
}

/// Whether what stands in the grants of before is granted.
fn is_granted(place: &Place, id: &str) -> bool {
    let answer = place.json(["grants", id]);
    let lines = answer["capabilities"].as_array().unwrap();
    lines.iter().any(|line| line["short"] == "http example.org")
}

#[test]
fn a_store_of_before_is_whole_and_each_keeps_who_it_was() {
    let place = configured();
    let plum = text(&place.path("plum-1.0.0.tar.gz")).to_owned();
    let expected = [
        ("dotenv", "annexe"),
        ("mine", "corp"),
        ("paper-theme", "annexe"),
        ("plum", &plum),
        // It called itself so, and the built-in registry never had it.
        ("taplo", "unknown:annexe"),
    ];
    let expected = expected.map(|(id, origin)| (id.to_owned(), origin.to_owned()));
    for changed in [false, true] {
        assert_eq!(origins(&place), expected);
        for (id, _) in &expected[..2] {
            assert!(is_granted(&place, id), "{id}");
            assert_eq!(note(&place, id), Some(format!("of {id}\n")));
        }
        for id in ["plum", "taplo"] {
            assert_eq!(note(&place, id), Some(format!("of {id}\n")));
        }
        assert!(is_granted(&place, "plum"));
        assert!(
            !is_granted(&place, "taplo"),
            "nobody knows that it is that one"
        );
        assert_eq!(place.run(["verify"]).code, 0);
        if changed {
            break;
        }
        assert_eq!(place.json(["history"])[0]["number"], 6);
        let ran = place.run(["pin", "dotenv"]);
        let warning = "warning: `taplo`: it came from a registry that called itself `annexe` and is not the one";
        assert!(ran.stderr.contains(warning), "{ran:?}");
        assert_eq!((format(&place, 6), format(&place, 7)), (json!(1), json!(2)));
    }
    assert_eq!(place.json(["history"]).as_array().unwrap().len(), 7);
    let again = place.run(["unpin", "dotenv"]);
    assert!(!again.stderr.contains("warning"), "told once: {again:?}");
    // What anybody has written is where it was.
    for id in ["dotenv", "lost", "mine", "plum", "slate", "taplo"] {
        let note = place.store().join("work").join(id).join("note");
        assert!(note.is_file(), "{id}");
    }
    // Back over the change of format.
    place.ok(["rollback", "5"]);
    assert_eq!(origins(&place).len(), 6);
    assert_eq!(note(&place, "slate"), Some("of slate\n".into()));
}

#[test]
fn a_folder_of_before_is_no_others_than_the_one_who_had_it() {
    let place = configured();
    for command in [&["update", "taplo"][..], &["install", "taplo"]] {
        let error = place.error(1, command.iter().copied());
        let message = error["message"].as_str().unwrap();
        assert!(message.contains("it is not known where"), "{error}");
        assert!(
            error["hint"].as_str().unwrap().contains("--registry"),
            "{error}"
        );
    }
    let again = ["install", "taplo", "--registry", "embedded"];
    place.ok(again.into_iter().chain(["--accept-capabilities"]));
    let taplo = (String::from("taplo"), String::from("annexe"));
    assert!(origins(&place).contains(&taplo));
    assert_eq!(note(&place, "taplo"), None, "the other one wrote it");
    assert!(place.store().join("work/taplo/note").is_file());

    // Nobody knows who wrote this, so nobody gets it.
    let folder = place.registry_called("new", "new", &[("lost", "1.0.0"), ("slate", "1.0.0")]);
    place.ok(["install", "lost", "slate", "--registry", &folder]);
    assert_eq!((note(&place, "lost"), note(&place, "slate")), (None, None));
    assert!(place.store().join("work/lost/note").is_file());
    place.ok(["remove", "taplo", "lost", "--work"]);
    for left in ["taplo", "lost"] {
        let note = place.store().join("work").join(left).join("note");
        assert!(note.is_file(), "another one's: {left}");
    }
}

#[test]
fn a_folder_of_before_goes_to_no_other_when_it_was_removed() {
    let place = configured();
    let plum = text(&place.path("plum-1.0.0.tar.gz")).to_owned();
    let own = place.work_dir("plum");
    assert_eq!(own, place.store().join("work/plum"));
    place.ok(["remove", "plum", "--work"]);
    assert!(!own.exists());
    // Another one has the id now, and writes.
    let embedded = ["install", "taplo", "--registry", "embedded"];
    place.ok(embedded.into_iter().chain(["--accept-capabilities"]));
    let other = place.registry_called("new", "new", &[("plum", "2.0.0")]);
    place.ok(["install", "plum", "--registry", &other]);
    let others = place.work_dir("plum");
    assert_ne!(others, own);
    fs::create_dir_all(&others).unwrap();
    fs::write(others.join("note"), "secret").unwrap();

    place.ok(["install", &plum]);
    assert_eq!(place.work_dir("plum"), own);
    assert_eq!(note(&place, "plum"), None, "the other one's");
    let again = ["install", "plum", "--registry", &other];
    place.ok(again.into_iter().chain(["--accept-capabilities"]));
    assert_eq!(note(&place, "plum").as_deref(), Some("secret"));
}

#[test]
fn a_folder_of_before_whose_owner_is_an_archive_never_becomes_the_built_in_ones() {
    let place = configured();
    // The archive's `taplo` has `work/taplo`, as nothing says otherwise.
    let archive = text(&place.path("plum-1.0.0.tar.gz")).to_owned();
    let owners = json!({"format": 1, "work": {"dotenv": {"archive": archive}}});
    place.ok(["pin", "dotenv"]);
    fs::write(place.store().join("owners.json"), owners.to_string()).unwrap();
    let removed = place.store().join("work/dotenv");
    fs::remove_dir_all(&removed).unwrap();
    let own = place.work_dir("dotenv");
    assert_ne!(own, removed, "it is the archive's, there or not");
}

#[test]
fn without_a_registry_of_its_name_what_came_from_one_waits_for_it() {
    let place = before();
    let ran = place.run(["update"]);
    let words = "`mine` 1.0.0 stays: there is no registry called `corp` to ask";
    assert!(ran.stderr.contains(words), "{ran:?}");
    assert!(is_granted(&place, "mine"));
    // A registry that calls itself so and has other files is not the one.
    let other = place.registry_called("corp", "other", &[("mine", "1.0.0")]);
    let error = place.error(1, ["update", "mine", "--registry", &other]);
    assert!(
        error["message"].as_str().unwrap().contains("`corp`"),
        "{error}"
    );
    // One that has the same is, where the user names it or configures it so.
    let corp = text(&place.path("corp")).to_owned();
    let ran = place.run(["update", "mine", "--registry", &corp]);
    assert!(ran.stderr.contains("is taken for that one"), "{ran:?}");
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(is_granted(&place, "mine"));
    place.configure(&format!(
        "[[registry]]\nname = \"corp\"\nlocation = \"{corp}\"\n"
    ));
    place.ok(["update", "mine"]);
}

#[test]
fn a_registry_without_a_name_is_recognised_once_as_the_one_of_before() {
    let place = before();
    let corp = text(&place.path("corp")).to_owned();
    place.configure(&format!("[[registry]]\nlocation = \"{corp}\"\n"));
    // Nobody can be asked, so nothing changes, and both ways out are told.
    let ran = place.run(["update"]);
    for words in [
        "warning: `corp`, from which `mine` came, is a registry that calls itself so",
        "`--accept-location`",
        "`name = \"corp\"`",
        "`mine` 1.0.0 stays",
    ] {
        assert!(ran.stderr.contains(words), "{words}: {ran:?}");
    }
    let denied = ["grants", "mine", "--deny", "env SECRET"];
    place.ok(denied);
    place.ok(["update", "mine", "--accept-location"]);
    let is_denied = || {
        let grants = place.json(["grants", "mine"]);
        let lines = grants["capabilities"].as_array().unwrap().clone();
        let line = lines.iter().find(|line| line["short"] == "env SECRET");
        line.is_some_and(|line| line["granted"] == "none")
    };
    for again in [&["update", "mine"][..], &["install", "mine"]] {
        let ran = place.run(again.iter().copied());
        assert_eq!((ran.code, ran.stderr.contains("calls itself")), (0, false));
        assert!(origins(&place).contains(&("mine".into(), "corp".into())));
        assert!(is_granted(&place, "mine") && is_denied());
        assert_eq!(note(&place, "mine").as_deref(), Some("of mine\n"));
    }
}

#[test]
fn a_registry_without_a_name_that_lacks_what_was_installed_is_not_the_one_of_before() {
    let place = before();
    let other = place.registry_called("corp", "other", &[("mine", "1.0.0")]);
    place.configure(&format!("[[registry]]\nlocation = \"{other}\"\n"));
    let ran = place.run(["update", "--accept-location"]);
    assert!(!ran.stderr.contains("calls itself so"), "{ran:?}");
    let error = place.error(1, ["update", "mine", "--accept-location"]);
    let hint = error["hint"].as_str().unwrap();
    assert!(hint.contains("`name = \"corp\"`"), "{error}");
}

#[test]
fn a_lockfile_of_before_installs_what_its_registries_have_and_nothing_else() {
    let place = configured();
    let lock: PathBuf = place.path("before.lock");
    fs::remove_dir_all(place.store()).unwrap();
    // The built-in registry never had this `taplo`.
    let ran = place.run(["sync", "--lockfile", text(&lock)]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert_eq!(place.json(["list"]), json!([]));
    let content = fs::read_to_string(&lock).unwrap();
    let others: Vec<&str> = content
        .split("\n[[extension]]")
        .filter(|entry| !entry.contains("taplo"))
        .collect();
    fs::write(&lock, others.join("\n[[extension]]")).unwrap();
    place.ok(["sync", "--lockfile", text(&lock)]);
    let plum = text(&place.path("plum-1.0.0.tar.gz")).to_owned();
    let expected = [
        ("dotenv", "annexe"),
        ("mine", "corp"),
        ("paper-theme", "annexe"),
        ("plum", &plum),
    ];
    let expected = expected.map(|(id, origin)| (id.to_owned(), origin.to_owned()));
    assert_eq!(origins(&place), expected);
}
