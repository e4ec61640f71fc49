//! `annexe pack`.

use crate::support::place::{Place, text, wasm};

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
    let component = wasm("0.7.0");
    let build = [
        "build",
        "--component",
        text(&component),
        "--api",
        "0.7.0",
        "-o",
    ];
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
fn what_breaks_a_registrys_rule_is_neither_packed_nor_published_unless_one_says_so() {
    let place = Place::new();
    place.registry(&[]);
    let folder = place.extension("echo", "1.2.3");
    let theme =
        r#"{"name": "One", "author": "A", "themes": [{"name": "One", "appearance": "grey"}]}"#;
    std::fs::write(folder.join("themes/one.json"), theme).unwrap();
    std::fs::remove_file(folder.join("LICENSE")).unwrap();
    let pack = ["pack", "echo"];
    let error = place.error(1, pack);
    assert!(
        error["message"]
            .as_str()
            .unwrap()
            .contains("; and 1 more error"),
        "{error}"
    );
    let one = ["--allow", "licence-missing"];
    let other = ["--allow", "asset-invalid-value"];
    let error = place.error(1, pack.into_iter().chain(one));
    let hint = error["hint"].as_str().unwrap();
    assert!(hint.ends_with("`--allow asset-invalid-value`"), "{error}");
    assert!(!place.path("echo-1.2.3.tar.gz").exists());
    place.ok(pack.into_iter().chain(one).chain(other));
    // What an archive lacks cannot be mended in it; what is wrong in it is wrong still.
    let add = ["registry", "add", "registry", "echo-1.2.3.tar.gz"];
    let error = place.error(1, add);
    assert!(
        error["hint"]
            .as_str()
            .unwrap()
            .ends_with("`--allow asset-invalid-value`"),
        "{error}"
    );
    assert!(!place.path("registry/index").exists());
    place.ok(add.into_iter().chain(other));
    assert_eq!(
        place.run(["pack", "echo", "--allow", "no-such-rule"]).code,
        2
    );
}

#[cfg(unix)]
#[test]
fn links_are_packed_as_what_they_lead_to() {
    use std::os::unix::fs::symlink;
    let place = Place::new();
    let folder = place.extension("echo", "1.2.3");
    let plain = place.json(["pack", "echo", "-o", "plain.tar.gz"]);
    std::fs::create_dir(folder.join("shared")).unwrap();
    for name in ["themes/one.json", "LICENSE", "extension.wasm"] {
        let shared = folder.join("shared").join(name.replace('/', "-"));
        std::fs::rename(folder.join(name), &shared).unwrap();
        symlink(&shared, folder.join(name)).unwrap();
    }
    // The same files, and so the same archive.
    let linked = place.json(["pack", "echo", "-o", "linked.tar.gz"]);
    assert_eq!(linked["files"], plain["files"]);
    assert_eq!(linked["sha256"], plain["sha256"]);
    // One that leads out is refused, and nothing is packed.
    let outside = place.path("outside.md");
    std::fs::write(&outside, "not theirs").unwrap();
    symlink(&outside, folder.join("README.md")).unwrap();
    let error = place.error(1, ["pack", "echo", "-o", "more.tar.gz"]);
    assert!(
        error["message"]
            .as_str()
            .unwrap()
            .contains("`echo/README.md`"),
        "{error}"
    );
    assert!(!place.path("more.tar.gz").exists());
    // So is one into a repository that is the home, or around it; into any other one it is followed.
    std::fs::create_dir(place.here().join(".git")).unwrap();
    for (home, is_packed) in [(place.here(), false), (folder, false), (place.home(), true)] {
        let mut command = place.command();
        command.env("HOME", &home);
        command.args(["pack", "echo", "-o", "more.tar.gz"]);
        assert_eq!(
            command.output().unwrap().status.success(),
            is_packed,
            "{home:?}"
        );
    }
}

#[test]
fn a_component_beside_its_sources_is_taken_where_it_is_asked_for_and_as_new() {
    let place = Place::new();
    let folder = place.extension("echo", "1.2.3");
    let package =
        "[package]\nname = \"echo\"\nversion = \"1.2.3\"\n[lib]\ncrate-type = [\"cdylib\"]\n";
    std::fs::write(folder.join("Cargo.toml"), package).unwrap();
    std::fs::create_dir(folder.join("src")).unwrap();
    std::fs::write(folder.join("src/lib.rs"), "no Rust").unwrap();
    let aged = |name: &str, hours: u64| {
        let file = std::fs::File::options().write(true).open(folder.join(name));
        let age = std::time::Duration::from_secs(hours * 3_600);
        let time = std::time::SystemTime::now() - age;
        file.unwrap().set_modified(time).unwrap();
    };
    aged("extension.wasm", 2);
    aged("Cargo.toml", 3);
    aged("src/lib.rs", 1);
    let error = place.error(1, ["pack", "echo", "--prebuilt"]);
    assert_eq!(
        error["message"],
        "`extension.wasm` is older than `src/lib.rs`"
    );
    aged("src/lib.rs", 3);
    let packed = place.json(["pack", "echo", "--prebuilt"]);
    let files = packed["files"].as_array().unwrap();
    assert!(files.contains(&"extension.wasm".into()), "{packed}");
    // Without a word the sources count, and these make nothing.
    assert_eq!(place.run(["pack", "echo", "-o", "built.tar.gz"]).code, 1);
    assert!(!place.path("built.tar.gz").exists());
    std::fs::remove_file(folder.join("extension.wasm")).unwrap();
    let error = place.error(1, ["pack", "echo", "--prebuilt"]);
    assert_eq!(error["message"], "there is no `extension.wasm` in `echo`");
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
    refused("`one` is not a version: `one` is not a number");
    std::fs::write(
        folder.join("extension.toml"),
        format!("themes = [\"themes/two.json\"]\n{manifest}"),
    )
    .unwrap();
    refused("`themes/two.json`, which is missing");
    let ran = place.run(["pack", text(&folder.join("extension.wasm"))]);
    assert_eq!(ran.code, 2, "{ran:?}");
}
