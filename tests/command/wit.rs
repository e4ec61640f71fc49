//! `annexe wit`.

use crate::support::place::Place;

#[test]
fn a_world_is_printed_as_one_text_or_written_as_files() {
    let place = Place::new();
    let text = place.ok(["wit", "0.6.0"]);
    assert!(text.starts_with("package zed:extension;\n"), "{text}");
    assert_eq!(text, place.ok(["wit", "0.7.0"]));
    assert!(!text.contains("interface host"));
    assert!(
        place
            .ok(["wit", "0.7.0", "--portable"])
            .contains("use host.{worktree, ")
    );

    place.ok(["wit", "0.7.0", "--portable", "--output", "a/wit"]);
    let answer = place.json(["wit", "0.7.0", "--portable", "--output", "a/wit"]);
    let files = answer["files"].as_array().unwrap();
    assert_eq!(
        (&answer["world"], files.len()),
        (&"extension".into(), 12),
        "{answer}"
    );
    for file in files {
        assert!(place.path("a/wit").join(file.as_str().unwrap()).is_file());
    }
    // What another version had in the same folder is not part of this one.
    let ran = place.run(["wit", "0.5.0", "--output", "a/wit"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.stderr.contains("a/wit/dap.wit"), "{ran:?}");
    assert!(ran.stderr.contains("a/wit/host.wit"), "{ran:?}");

    // A file that is no world's is the user's own, and nothing is written beside it.
    std::fs::create_dir(place.path("own")).unwrap();
    std::fs::write(place.path("own/process.wit"), "notes").unwrap();
    let ran = place.run(["wit", "0.5.0", "--output", "own"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.stderr.contains("own/process.wit` is not a"), "{ran:?}");
    assert_eq!(std::fs::read_dir(place.path("own")).unwrap().count(), 1);
    let kept = std::fs::read_to_string(place.path("own/process.wit"));
    assert_eq!(kept.unwrap(), "notes");

    let answer = place.json(["wit", "0.0.1"]);
    assert_eq!(answer["files"][0]["name"], "extension.wit");
}

#[test]
fn a_version_that_is_not_served_is_refused_by_those_that_are() {
    let place = Place::new();
    let error = place.error(1, ["wit", "0.9.0"]);
    assert!(
        error["message"]
            .as_str()
            .unwrap()
            .contains(">=0.6.0, <0.8.0"),
        "{error}"
    );
    assert_eq!(place.run(["wit", "newest"]).code, 2);
}
