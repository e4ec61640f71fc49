//! `annexe pack`.

use crate::place::{Place, text};

#[test]
fn the_same_files_give_the_same_archive() {
    let place = Place::new();
    place.extension("echo", "1.2.3");
    let one = place.json(["pack", "echo"]);
    let other = place.json(["pack", "echo", "--output", "other.tar.gz"]);
    assert_eq!(one["sha256"], other["sha256"]);
    assert_eq!(one["path"], "echo-1.2.3.tar.gz");
    assert_eq!(
        one["files"],
        serde_json::json!([
            "LICENSE",
            "extension.toml",
            "extension.wasm",
            "themes/one.json"
        ])
    );
    let read = |name: &str| std::fs::read(place.path(name)).unwrap();
    assert_eq!(read("echo-1.2.3.tar.gz"), read("other.tar.gz"));
    assert_eq!(one["bytes"], read("other.tar.gz").len());
}

#[test]
fn an_output_replaces_only_what_was_one_before() {
    let place = Place::new();
    place.extension("echo", "1.2.3");
    let component = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/guests/prebuilt/api-0.7.0.wasm"
    );
    let build = ["build", "--component", component, "--api", "0.7.0", "-o"];
    for (arguments, own) in [
        (&["pack", "echo", "-o"][..], &b"\x1f\x8b"[..]),
        (&build, b"\0asm"),
    ] {
        let run = |output: &str| place.run(arguments.iter().copied().chain([output]));
        for content in ["the person's own notes", "\x1f", "\0as"] {
            std::fs::write(place.path("notes.txt"), content).unwrap();
            let ran = run("notes.txt");
            assert_eq!((ran.code, ran.stdout.as_str()), (1, ""), "{ran:?}");
            assert!(ran.stderr.contains("notes.txt` is not a"), "{ran:?}");
            assert!(ran.stderr.contains("\nhint: "), "{ran:?}");
            let kept = std::fs::read_to_string(place.path("notes.txt")).unwrap();
            assert_eq!(kept, content);
        }
        // What is empty, and what was made before.
        std::fs::write(place.path("empty"), "").unwrap();
        for _ in 0..2 {
            assert_eq!(run("empty").code, 0);
            let made = std::fs::read(place.path("empty")).unwrap();
            assert!(made.starts_with(own));
        }
        if cfg!(unix) {
            let pipe = std::process::Command::new("mkfifo")
                .arg(place.path("pipe"))
                .status();
            assert!(pipe.unwrap().success());
            let ran = run("pipe");
            assert_eq!(ran.code, 1, "{ran:?}");
            std::fs::remove_file(place.path("pipe")).unwrap();
        }
    }
}

#[test]
fn what_no_host_could_run_is_not_packed() {
    let place = Place::new();
    let folder = place.extension("echo", "1.2.3");
    let refused = |words: &str| {
        let ran = place.run(["pack", "echo"]);
        assert_eq!((ran.code, ran.stdout.as_str()), (1, ""), "{ran:?}");
        assert!(ran.stderr.contains(words), "{ran:?}");
        let left = std::fs::read_dir(place.here()).unwrap().count();
        assert_eq!(left, 1, "only the extension's folder is there");
    };
    let component = std::fs::read(folder.join("extension.wasm")).unwrap();
    std::fs::write(folder.join("extension.wasm"), &component[..1000]).unwrap();
    refused("the component is damaged");
    std::fs::write(folder.join("extension.wasm"), component).unwrap();
    let manifest = std::fs::read_to_string(folder.join("extension.toml")).unwrap();
    std::fs::write(
        folder.join("extension.toml"),
        manifest.replace("1.2.3", "one"),
    )
    .unwrap();
    refused("`one` is not a semantic version");
    std::fs::write(
        folder.join("extension.toml"),
        format!("themes = [\"themes/two.json\"]\n{manifest}"),
    )
    .unwrap();
    refused("`themes/two.json`, which is missing");
    let ran = place.run(["pack", text(&folder.join("extension.wasm"))]);
    assert_eq!(ran.code, 2, "{ran:?}");
}
