//! What an installed Zed has on disk, taken over: what can be, as it is, and nothing of Zed's touched.
#![cfg(unix)]

use std::{
    fs,
    os::unix::fs::{PermissionsExt as _, symlink},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use serde_json::{Value, json};

#[cfg(target_os = "linux")]
use crate::terminal::Terminal;

use crate::{
    folder::digest,
    support::{
        files::{copy, write},
        place::{Place, text, wasm},
    },
};

/// Zed's folder of extensions, as it is on Linux.
fn zed(place: &Place) -> PathBuf {
    let zed = place.home().join(".local/share/zed/extensions");
    for name in ["installed", "work", "staging"] {
        fs::create_dir_all(zed.join(name)).unwrap();
    }
    write(&zed.join("index.json"), "{\"extensions\": {}}");
    zed
}

/// Has Zed's folder hold what is in a folder.
fn installed_in(zed: &Path, folder: &Path) -> PathBuf {
    let installed = zed.join("installed").join(folder.file_name().unwrap());
    copy(folder, &installed);
    installed
}

/// A theme in Zed's folder, written as its packaging writes manifests.
fn theme(zed: &Path, id: &str, version: &str) -> PathBuf {
    let folder = zed.join("installed").join(id);
    write(
        &folder.join("extension.toml"),
        format!(
            "id = \"{id}\"\nname = \"The {id}\"\nversion = \"{version}\"\nschema_version = 1\n\
             description = \"For tests\"\nrepository = \"https://example.org/{id}\"\n\
             authors = [\"A Person <a@example.org>\"]\nthemes = [\"themes/one.json\"]\nicon_themes = []\n\
             languages = []\ncapabilities = []\n\n[lib]\n\n[grammars]\n\n[language_servers]\n\n[slash_commands]\n"
        ),
    );
    write(
        &folder.join("themes/one.json"),
        format!("{{\"name\": \"{version}\", \"author\": \"A\", \"themes\": []}}"),
    );
    folder
}

/// An extension of the old form, which has no id.
fn legacy(zed: &Path, id: &str) -> PathBuf {
    let folder = zed.join("installed").join(id);
    write(
        &folder.join("extension.json"),
        "{\"name\": \"Old\", \"version\": \"0.0.9\", \"authors\": [], \"languages\": {\"Old\": \"languages/old\"}, \
         \"grammars\": {\"old\": \"grammars/old.toml\"}}",
    );
    write(
        &folder.join("languages/old/config.toml"),
        "name = \"Old\"\ngrammar = \"old\"\npath_suffixes = [\"old\"]\n",
    );
    write(&folder.join("grammars/old.wasm"), b"\0asm\x01\0\0\0");
    folder
}

/// What the answer says of a folder.
fn line<'a>(answer: &'a Value, folder: &str) -> &'a Value {
    let lines = answer["extensions"].as_array().unwrap();
    lines.iter().find(|it| it["folder"] == folder).unwrap()
}

/// Where the files of what is installed lie.
fn tree(place: &Place, id: &str) -> PathBuf {
    let listed = place.json(["list"]);
    let mut listed = listed.as_array().unwrap().iter();
    let installed = listed.find(|it| it["id"] == id).unwrap();
    place
        .store()
        .join("trees")
        .join(installed["tree"].as_str().unwrap())
}

fn versions(place: &Place) -> Vec<(String, String)> {
    let listed = place.json(["list"]);
    let listed = listed.as_array().unwrap().iter();
    let of = |it: &Value, key: &str| it[key].as_str().unwrap().to_owned();
    listed.map(|it| (of(it, "id"), of(it, "version"))).collect()
}

#[test]
fn all_that_can_be_taken_is_and_the_rest_is_named() {
    let place = Place::new();
    let zed = zed(&place);
    installed_in(&zed, &place.extension("served", "1.2.0"));
    theme(&zed, "dusk", "v1.0");
    legacy(&zed, "old");
    fs::write(zed.join("installed/.DS_Store"), "litter").unwrap();
    fs::write(zed.join("installed/dusk/.DS_Store"), "litter").unwrap();
    fs::write(zed.join("installed/notes.txt"), "a file").unwrap();
    symlink(place.path("served"), zed.join("installed/mine")).unwrap();
    write(&zed.join("installed/broken/extension.toml"), "id = ");
    fs::rename(theme(&zed, "one", "1.0.0"), zed.join("installed/other")).unwrap();
    let newer = installed_in(&zed, &place.extension("newer", "1.0.0"));
    let mut component = fs::read(wasm("0.7.0")).unwrap();
    let name = b"zed:api-version";
    let at = component
        .windows(name.len())
        .position(|it| it == name)
        .unwrap();
    component[at + name.len() + 3] = 9;
    fs::write(newer.join("extension.wasm"), component).unwrap();
    let half = installed_in(&zed, &place.extension("half", "1.0.0"));
    let manifest = fs::read_to_string(half.join("extension.toml")).unwrap();
    fs::write(
        half.join("extension.toml"),
        format!("{manifest}\n[lib]\nkind = \"Rust\"\n"),
    )
    .unwrap();
    fs::remove_file(half.join("extension.wasm")).unwrap();
    write(&zed.join("installed/bare/README.md"), "no manifest");

    let before = digest(&zed);
    let shown = place.json(["import", "zed", "--dry-run"]);
    assert!(!place.store().join("current").exists());
    let refused = |folder: &str, reason: &str| {
        let line = line(&shown, folder);
        assert_eq!(line["verdict"], "refused", "{line}");
        assert!(line["reason"].as_str().unwrap().contains(reason), "{line}");
    };
    refused("notes.txt", "is not a folder");
    refused("mine", "is a dev extension");
    refused("broken", "extension.toml");
    refused("other", "another id, `one`");
    refused("newer", "0.9.0");
    refused("half", "has no `extension.wasm`");
    // Of what was never an archive none is spoken, nor of packing it.
    let bare = line(&shown, "bare");
    let reason = format!(
        "`{}` has no `extension.toml` and no `extension.json`",
        zed.join("installed/bare").display()
    );
    assert_eq!(bare["reason"], reason);
    assert_eq!(bare["hint"], "install it again in the other editor");
    // By its id it is refused, with a hint where there is one.
    let bare = place.run(["import", "zed", "bare", "--yes"]);
    assert_eq!(bare.code, 1, "{bare:?}");
    assert!(bare.stderr.contains("hint: install it again"), "{bare:?}");
    let other = place.run(["import", "zed", "other", "--yes"]);
    assert_eq!(other.code, 1, "{other:?}");
    assert!(!other.stderr.contains("hint:"), "{other:?}");
    let other = place.error(1, ["import", "zed", "other", "--yes"]);
    assert_eq!(other["hint"], Value::Null);
    let hint = line(&shown, "mine")["hint"].as_str().unwrap();
    assert!(hint.starts_with("use `annexe dev "), "{hint}");
    assert_eq!(line(&shown, "newer")["api"], "0.9.0");
    assert_eq!(
        line(&shown, "old")["provides"],
        json!(["languages", "grammars"])
    );
    let lines = shown["extensions"].as_array().unwrap();
    assert!(lines.iter().all(|it| it["folder"] != ".DS_Store"));

    let table = place.ok(["import", "zed", "--dry-run"]);
    assert!(
        table.contains("not taken: is a dev extension; use `annexe dev"),
        "{table}"
    );
    let taken = place.json(["import", "zed", "--yes"]);
    let receipts = taken["receipts"].as_array().unwrap();
    assert_eq!(receipts.len(), 3);
    let expected = [("dusk", "v1.0"), ("old", "0.0.9"), ("served", "1.2.0")];
    let expected = expected.map(|(id, version)| (id.to_owned(), version.to_owned()));
    assert_eq!(versions(&place), expected);
    place.ok(["verify"]);
    assert_eq!(place.json(["history"]).as_array().unwrap().len(), 1);
    let info = place.json(["info", "dusk"]);
    assert_eq!(
        info["installed"]["archive"],
        text(&zed.join("installed/dusk"))
    );
    let called = place.ok(["call", "served", "language-server-command", "echo"]);
    assert!(!called.is_empty());
    assert_eq!(digest(&zed), before);
    place.assert_clean();
}

#[test]
fn another_time_what_has_changed_is_taken_and_nothing_twice() {
    let place = Place::new();
    let zed = zed(&place);
    theme(&zed, "dawn", "1.0.0");
    theme(&zed, "dusk", "1.0.0");
    theme(&zed, "noon", "2.0.0");
    place.ok(["import", "zed", "--yes"]);
    let again = place.json(["import", "zed", "--yes"]);
    for id in ["dawn", "dusk", "noon"] {
        assert_eq!(line(&again, id)["verdict"], "unchanged");
    }
    assert_eq!(again["receipts"], json!([]));
    assert_eq!(place.json(["history"]).as_array().unwrap().len(), 1);

    theme(&zed, "dusk", "1.1.0");
    theme(&zed, "noon", "1.0.0");
    theme(&zed, "tide", "1.0.0");
    let again = place.json(["import", "zed", "--yes"]);
    assert_eq!(line(&again, "dawn")["verdict"], "unchanged");
    assert_eq!(line(&again, "dusk")["reason"], "replaces 1.0.0");
    let reason = line(&again, "noon")["reason"].as_str().unwrap();
    assert_eq!(reason, "2.0.0 is installed, which is newer");
    assert_eq!(again["receipts"].as_array().unwrap().len(), 2);
    // What is named and cannot be taken is an error.
    let error = place.error(1, ["import", "zed", "noon", "--yes"]);
    assert!(
        error["message"].as_str().unwrap().contains(reason),
        "{error}"
    );
    let error = place.error(1, ["import", "zed", "nought", "--yes"]);
    assert!(
        error["hint"].as_str().unwrap().contains("--dry-run"),
        "{error}"
    );

    // One from elsewhere keeps its place.
    let place = Place::new();
    let zed = self::zed(&place);
    theme(&zed, "dusk", "9.0.0");
    place.themes("dusk", "1.0.0");
    place.ok(["pack", "dusk"]);
    place.ok(["install", "dusk-1.0.0.tar.gz"]);
    let shown = place.json(["import", "zed", "--yes"]);
    let reason = line(&shown, "dusk")["reason"].as_str().unwrap();
    assert!(
        reason.starts_with("1.0.0 is installed, from the archive"),
        "{reason}"
    );
    assert_eq!(versions(&place), [("dusk".to_owned(), "1.0.0".to_owned())]);
}

#[cfg(target_os = "linux")]
#[test]
fn what_another_process_installs_during_the_question_keeps_its_place() {
    let place = Place::new();
    let zed = zed(&place);
    for id in ["dawn", "dusk", "noon"] {
        theme(&zed, id, "1.0.0");
    }
    place.themes("dusk", "0.9.0");
    place.ok(["pack", "dusk"]);
    for (ids, code) in [(&[][..], 0), (&["dusk", "dawn"], 1)] {
        let import = ["import", "zed"].iter().chain(ids).copied();
        let mut terminal = Terminal::start(&place, "", &import.collect::<Vec<_>>());
        terminal.wait_for("[y/N]");
        place.ok(["install", "dusk-0.9.0.tar.gz"]);
        // One that is there now as it would be imported is no change.
        place.ok(["import", "zed", "dawn", "--yes"]);
        terminal.type_line("y");
        let (ended, seen) = terminal.end();
        assert_eq!(ended, code, "{seen}");
        let words = match ids {
            [] => "`dusk` was not taken: 0.9.0 is installed",
            _ => "`dusk` cannot be imported: 0.9.0 is installed",
        };
        assert!(seen.contains(words), "{seen}");
        // The first time took the third one.
        let expected = [("dawn", "1.0.0"), ("dusk", "0.9.0"), ("noon", "1.0.0")];
        let versions = versions(&place);
        let versions: Vec<_> = versions.iter().map(|(a, b)| (&**a, &**b)).collect();
        assert_eq!(versions, expected, "{seen}");
        place.ok(["verify"]);
        place.ok(["remove", "dawn", "dusk"]);
    }
}

#[test]
fn what_is_unchanged_is_mended_where_its_files_are_damaged() {
    let place = Place::new();
    let zed = zed(&place);
    theme(&zed, "dusk", "1.0.0");
    place.ok(["import", "zed", "--yes"]);
    let file = tree(&place, "dusk").join("themes/one.json");
    let whole = fs::read(&file).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    fs::write(&file, "damaged").unwrap();
    assert_eq!(place.run(["verify"]).code, 1);
    place.ok(["import", "zed", "--yes"]);
    place.ok(["verify"]);
    assert_eq!(fs::read(&file).unwrap(), whole);
}

#[test]
fn nothing_is_taken_without_a_yes_or_where_there_is_nothing() {
    let place = Place::new();
    let error = place.error(1, ["import", "zed", "--yes"]);
    assert!(
        error["message"]
            .as_str()
            .unwrap()
            .contains(".local/share/zed"),
        "{error}"
    );
    assert!(
        error["message"].as_str().unwrap().contains("dev.zed.Zed"),
        "{error}"
    );
    let error = place.error(1, ["import", "zed", "--from", "."]);
    assert!(
        error["message"]
            .as_str()
            .unwrap()
            .contains("is not a folder of Zed's"),
        "{error}"
    );
    let zed = zed(&place);
    theme(&zed, "dusk", "1.0.0");
    let error = place.error(1, ["import", "zed"]);
    assert!(error["hint"].as_str().unwrap().contains("--yes"), "{error}");
    assert_eq!(place.json(["list"]), json!([]));
    // By any of the three paths it is the same folder.
    for from in [zed.parent().unwrap(), &zed, &zed.join("installed")] {
        place.ok(["import", "zed", "--yes", "--from", text(from)]);
        assert_eq!(place.json(["history"]).as_array().unwrap().len(), 1);
    }
    // Flatpak's is found where there is no other.
    let place = Place::new();
    let flatpak = place
        .home()
        .join(".var/app/dev.zed.Zed/data/zed/extensions");
    theme(&flatpak, "dusk", "1.0.0");
    place.ok(["import", "zed", "--yes"]);
    assert_eq!(versions(&place).len(), 1);
}

#[test]
fn what_is_hostile_is_named_before_it_costs_anything_and_the_rest_is_taken() {
    let place = Place::new();
    let zed = zed(&place);
    theme(&zed, "good", "1.0.0");
    let out = theme(&zed, "link-out", "1.0.0");
    fs::write(place.beside("secret"), "mine").unwrap();
    symlink(place.beside("secret"), out.join("themes/two.json")).unwrap();
    let pipe = theme(&zed, "pipe", "1.0.0").join("themes/two.json");
    assert!(
        std::process::Command::new("mkfifo")
            .arg(pipe)
            .status()
            .unwrap()
            .success()
    );
    for (id, bytes) in [("huge", 1_u64 << 40), ("zeros", 900 << 20)] {
        let file = theme(&zed, id, "1.0.0").join("grammars.wasm");
        fs::File::create(file).unwrap().set_len(bytes).unwrap();
    }
    let deep = theme(&zed, "deep", "1.0.0").join("a/".repeat(40));
    write(&deep.join("file"), "deep");
    let turned = theme(&zed, "turned", "1.0.0");
    let manifest = fs::read_to_string(turned.join("extension.toml")).unwrap();
    let manifest = manifest.replace("The turned", "The \\u202Edenrut\\u001B[2J");
    fs::write(turned.join("extension.toml"), manifest).unwrap();
    theme(&zed, "bad\u{202e}name\u{1b}[2J", "1.0.0");

    let before = digest(&zed);
    let shown = place.json(["import", "zed", "--dry-run"]);
    for (id, reason) in [
        ("link-out", "is a link"),
        ("pipe", "is neither a folder nor a file"),
        ("huge", "bytes of files"),
        ("zeros", "unpacked bytes for each compressed byte"),
        ("deep", "components in one path"),
        ("bad\u{202e}name\u{1b}[2J", "lower-case"),
    ] {
        let line = line(&shown, id);
        assert_eq!(line["verdict"], "refused", "{line}");
        let words = format!("{} {}", line["reason"], line["hint"]);
        assert!(words.contains(reason), "{id}: {words}");
    }
    let ran = place.run(["import", "zed", "--yes"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    for shown in [&ran.stdout, &ran.stderr] {
        assert!(!shown.contains(['\u{202e}', '\u{1b}']), "{shown}");
    }
    assert!(versions(&place).iter().any(|(id, _)| id == "good"));
    assert!(!ran.stdout.contains("annexe-") && !ran.stderr.contains("/tmp/annexe-"));
    assert_eq!(digest(&zed), before);
}

#[test]
fn names_that_are_long_or_of_any_language_are_taken_as_they_are() {
    let place = Place::new();
    let zed = zed(&place);
    let folder = theme(&zed, "rose", "1.0.0");
    let long = format!("icons/{}/{}.svg", "é".repeat(90), "l".repeat(200));
    for name in ["themes/Rosé Pine.json", "icons/日本.svg", &long] {
        write(&folder.join(name), "{}");
    }
    place.ok(["import", "zed", "--yes"]);
    place.ok(["verify"]);
    let tree = tree(&place, "rose");
    for name in ["themes/Rosé Pine.json", "icons/日本.svg", &long] {
        assert!(tree.join(name).is_file(), "{name}");
    }
}

#[test]
fn what_zed_changes_meanwhile_is_taken_as_it_was_at_one_moment() {
    let place = Place::new();
    let zed = zed(&place);
    let of = |version: usize| {
        let made = theme(&zed.join("staging"), "busy", &format!("1.0.{version}"));
        for at in 0..40 {
            write(&made.join(format!("themes/{at}.json")), version.to_string());
        }
        made
    };
    fs::create_dir_all(zed.join("staging/installed")).unwrap();
    fs::rename(of(0), zed.join("installed/busy")).unwrap();
    theme(&zed, "calm", "1.0.0");
    let is_over = Arc::new(AtomicBool::new(false));
    thread::scope(|scope| {
        scope.spawn(|| {
            // As Zed does: the old one goes, the new one is renamed to its place.
            for version in 1.. {
                if is_over.load(Ordering::Relaxed) {
                    break;
                }
                let made = of(version);
                fs::remove_dir_all(zed.join("installed/busy")).unwrap();
                fs::rename(made, zed.join("installed/busy")).unwrap();
                thread::sleep(std::time::Duration::from_millis(20));
            }
        });
        for _ in 0..4 {
            let answer = place.json(["import", "zed", "--yes"]);
            let busy =
                (answer["extensions"].as_array().unwrap().iter()).find(|it| it["folder"] == "busy");
            // Not there at that moment, or changing whenever it was looked at, which is said.
            let is_refused = busy.is_none_or(|it| it["verdict"] == "refused");
            let installed = versions(&place);
            assert!(installed.iter().any(|(id, _)| id == "calm"));
            let Some((_, version)) = installed.into_iter().find(|(id, _)| id == "busy") else {
                assert!(is_refused, "{answer}");
                continue;
            };
            let tree = tree(&place, "busy");
            for at in 0..40 {
                let content = fs::read_to_string(tree.join(format!("themes/{at}.json"))).unwrap();
                assert_eq!(format!("1.0.{content}"), version);
            }
        }
        is_over.store(true, Ordering::Relaxed);
    });
    place.ok(["import", "zed", "--yes"]);
    assert!(versions(&place).iter().any(|(id, _)| id == "busy"));
    place.ok(["verify"]);
}

#[test]
fn a_lockfile_holds_where_zed_has_the_same_files_still() {
    let place = Place::new();
    let zed = zed(&place);
    let dusk = theme(&zed, "dusk", "1.0.0");
    place.ok(["import", "zed", "--yes"]);
    place.ok(["lock"]);
    let lockfile = place.path("annexe.lock");
    let sync = ["sync", "--yes", "--offline", "--lockfile", text(&lockfile)];
    let there = Place::new();
    there.ok(sync);
    assert_eq!(
        there.json(["list"])[0]["sha256"],
        place.json(["list"])[0]["sha256"]
    );
    there.ok(["verify"]);

    theme(&zed, "dusk", "1.0.1");
    let error = Place::new().error(1, sync);
    let message = error["message"].as_str().unwrap();
    assert!(
        message.contains(text(&dusk)) && message.contains("sha256"),
        "{error}"
    );
    assert!(
        error["hint"]
            .as_str()
            .unwrap()
            .contains("annexe import zed"),
        "{error}"
    );
    symlink("/", dusk.join("themes/out")).unwrap();
    let error = Place::new().error(1, sync);
    assert!(
        error["message"].as_str().unwrap().contains("is a link"),
        "{error}"
    );
    fs::remove_dir_all(&dusk).unwrap();
    let error = Place::new().error(1, sync);
    let message = error["message"].as_str().unwrap();
    assert!(
        message.contains(text(&dusk))
            && message.ends_with("which `dusk` 1.0.0 came from, is not there"),
        "{error}"
    );
    let hint = error["hint"].as_str().unwrap();
    assert!(hint.contains("annexe bundle"), "{error}");
    // A folder that is typed is none that could be installed.
    theme(&zed, "dusk", "1.0.0");
    place.error(1, ["install", text(&dusk)]);
}
