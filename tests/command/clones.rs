//! Archives that the lockfiles of several clones name by the same relative path: each is another one.

use std::{fs, path::Path};

use serde_json::Value;

use crate::support::place::{Place, Ran, text};

/// A folder with an archive of its own in `tools/`.
fn clone(place: &Place, name: &str, version: &str) -> std::path::PathBuf {
    let folder = place.path(name);
    fs::create_dir_all(folder.join("tools")).unwrap();
    place.extension("echo", version);
    let archive = folder.join("tools/echo.tar.gz");
    place.ok(["pack", "echo", "-o", text(&archive)]);
    folder
}

fn run_in(place: &Place, folder: &Path, arguments: &[&str]) -> Ran {
    let mut command = place.command();
    command.args(arguments).current_dir(folder);
    let ran = Ran::of(command);
    assert_eq!(ran.code, 0, "{arguments:?}: {ran:?}");
    ran
}

fn archive(place: &Place) -> Value {
    place.json(["list"])[0]["archive"].clone()
}

fn is_granted(place: &Place) -> bool {
    let answer = place.json(["grants", "echo"]);
    let lines = answer["capabilities"].as_array().unwrap();
    lines.iter().any(|line| line["short"] == "http example.org")
}

#[test]
fn one_relative_path_in_two_clones_is_two_archives_and_typed_or_locked_is_one() {
    let place = Place::new();
    place.configure("grants = \"strict\"\n");
    let (a, b) = (clone(&place, "a", "1.0.0"), clone(&place, "b", "2.0.0"));
    // The lockfile of each, as its people have written it in a store of their own.
    for (folder, store) in [(&a, "store-a"), (&b, "store-b")] {
        let store = place.path(store);
        let named = ["--store", text(&store), "--lockfile", "annexe.lock"];
        let asked = ["install", "./tools/echo.tar.gz", "--accept-capabilities"];
        let asked: Vec<_> = asked.into_iter().chain(named).collect();
        run_in(&place, folder, &asked);
        let lockfile = fs::read_to_string(folder.join("annexe.lock")).unwrap();
        let line = "\narchive = \"tools/echo.tar.gz\"\n";
        assert!(lockfile.contains(line), "{lockfile}");
    }

    run_in(&place, &a, &["install", "tools/echo.tar.gz"]);
    let of_a = archive(&place);
    assert_eq!(
        of_a,
        text(&a.canonicalize().unwrap().join("tools/echo.tar.gz"))
    );
    place.ok(["grants", "echo", "--allow", "http example.org"]);
    let work_of_a = place.work_dir("echo");
    fs::create_dir_all(&work_of_a).unwrap();
    fs::write(work_of_a.join("note"), "of a").unwrap();

    let sync = ["sync", "--lockfile", "annexe.lock", "--yes"];
    run_in(&place, &b, &sync);
    assert_eq!(place.json(["list"])[0]["version"], "2.0.0");
    assert_ne!(archive(&place), of_a);
    assert!(!is_granted(&place));
    assert_ne!(place.work_dir("echo"), work_of_a);

    // By its lockfile it is the one that was typed.
    run_in(&place, &a, &sync);
    assert_eq!(archive(&place), of_a);
    assert!(is_granted(&place));
    assert_eq!(place.work_dir("echo"), work_of_a);
    // From another folder, too.
    run_in(&place, &b, &["install", "../a/tools/echo.tar.gz"]);
    assert_eq!(archive(&place), of_a);
    // What lies elsewhere is named by its whole path.
    run_in(&place, &b, &["lock", "--lockfile", "annexe.lock"]);
    let lockfile = fs::read_to_string(b.join("annexe.lock")).unwrap();
    let line = format!("\narchive = {of_a}\n");
    assert!(lockfile.contains(&line), "{lockfile}");
}
