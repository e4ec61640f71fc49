//! `annexe build` and `annexe pack` of a folder of sources.

use std::process::Output;

use serde_json::{Value, json};

use crate::{
    place::{LIB, Place, answering},
    support::{files, guests},
};

/// A folder to work in beside the sources, and the command that is run in it.
struct User<'a> {
    place: &'a Place,
    variables: Vec<(&'static str, String)>,
}

#[derive(Debug)]
struct Ran {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

impl Ran {
    /// The values on stderr, one a line, but for the note that says whose code a first build runs.
    fn told(&self) -> Vec<Value> {
        let lines = self.stderr.lines();
        let values = lines.map(|line| serde_json::from_str::<Value>(line).unwrap());
        values.filter(|value| value.get("note").is_none()).collect()
    }
}

impl<'a> User<'a> {
    fn new(place: &'a Place) -> Self {
        std::fs::create_dir_all(place.path("../here")).unwrap();
        Self {
            place,
            variables: vec![("CARGO_NET_OFFLINE", "true".into())],
        }
    }

    fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.variables.push((name, value.into()));
        self
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_annexe"));
        command
            .current_dir(self.place.path("../here"))
            .args(arguments);
        command.env("ANNEXE_CACHE", self.place.builds());
        command.env("ANNEXE_STORE", self.place.path("../store"));
        let configuration = self.place.path("../config.toml");
        std::fs::write(&configuration, "").unwrap();
        command.env("ANNEXE_CONFIG", configuration);
        for (name, value) in &self.variables {
            command.env(name, value);
        }
        let Output {
            status,
            stdout,
            stderr,
        } = command.output().unwrap();
        Ran {
            code: status.code(),
            stdout: String::from_utf8(stdout).unwrap(),
            stderr: String::from_utf8(stderr).unwrap(),
        }
    }

    fn ok(&self, arguments: &[&str]) -> Ran {
        let ran = self.run(arguments);
        assert_eq!(ran.code, Some(0), "{ran:?}");
        ran
    }

    fn json(&self, arguments: &[&str]) -> Value {
        let ran = self.ok(&[arguments, &["--json"]].concat());
        assert_eq!(ran.told().last(), None, "{ran:?}");
        serde_json::from_str(&ran.stdout).unwrap()
    }

    /// The error of a command that must fail, in JSON.
    fn error(&self, arguments: &[&str]) -> Value {
        let ran = self.run(&[arguments, &["--json"]].concat());
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(1), ""), "{ran:?}");
        let mut told = ran.told();
        assert_eq!(told.len(), 1, "{ran:?}");
        told[0]["error"].take()
    }

    fn names(&self) -> Vec<String> {
        files::names(&self.place.path("../here"))
    }

    fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.place.path("../here").join(name)).unwrap()
    }
}

fn guest(version: &str) -> String {
    guests::file(version).to_str().unwrap().to_owned()
}

#[test]
fn a_build_writes_a_component_where_the_person_is_and_nothing_among_the_sources() {
    let Some(place) = Place::new() else { return };
    place.extension("plain", LIB);
    let before = place.snapshot();
    let user = User::new(&place);
    let ran = user.ok(&["build", "../src/plain"]);
    assert!(ran.stdout.starts_with("built plain.wasm\n"), "{ran:?}");
    assert!(ran.stdout.contains("0.0.1 → since_v0_0_1"), "{ran:?}");
    assert!(ran.stderr.contains("Compiling plain v0.1.0"), "{ran:?}");
    assert!(!ran.stderr.contains('\u{1b}'), "{ran:?}");
    // Whose code runs is told before any does, and once.
    let told = "building `../src/plain` runs what its author has written as you";
    assert!(ran.stderr.starts_with(told), "{ran:?}");
    let again = user.ok(&["build", "../src/plain"]);
    assert!(!again.stderr.contains(told), "{again:?}");
    assert_eq!(user.names(), ["plain.wasm"]);
    assert_eq!(place.snapshot(), before);
    let wasm = user.read("plain.wasm");

    let answer = user.json(&["build", "../src/plain", "--output", "other.wasm"]);
    assert_eq!(
        answer,
        json!({
            "id": "plain", "version": "1.0.0", "path": "other.wasm", "api": "0.0.1",
            "adapter": "since_v0_0_1", "bytes": wasm.len(), "not_built": [],
        })
    );
    assert_eq!(user.read("other.wasm"), wasm);
    let answer = user.json(&["build", "../src/plain", "--debug", "--output", "."]);
    assert_eq!(answer["path"], "./plain.wasm");
    assert_ne!(user.read("plain.wasm"), wasm, "it is not optimised");
    user.ok(&["check", "plain.wasm"]);
}

#[test]
fn whose_code_a_first_build_runs_is_told_in_every_mode() {
    let Some(place) = Place::new() else { return };
    let words =
        |id: &str| format!("building `../src/{id}` runs what its author has written as you");
    let user = User::new(&place);
    for (number, options) in [&["--quiet"][..], &["--json"], &["--json", "--quiet"]]
        .into_iter()
        .enumerate()
    {
        let id = format!("mistaken-{number}");
        place.extension(&id, LIB);
        // What does not compile is soon built.
        place.write(&format!("{id}/src/lib.rs"), "fn text() -> u8 { \"text\" }");
        let folder = format!("../src/{id}");
        let ran = user.run(&[&["build", &folder], options].concat());
        let first = ran.stderr.lines().next().unwrap_or_default();
        if options.contains(&"--json") {
            let note: serde_json::Value = serde_json::from_str(first).unwrap();
            let note = note["note"].as_str().unwrap().to_owned();
            assert!(note.starts_with(&words(&id)), "{ran:?}");
        } else {
            assert!(first.starts_with(&words(&id)), "{ran:?}");
        }
        let again = user.run(&[&["build", &folder], options].concat());
        assert!(!again.stderr.contains(&words(&id)), "{again:?}");
    }
}

#[test]
fn a_mistake_is_told_once_in_the_compilers_words() {
    let Some(place) = Place::new() else { return };
    place.extension("wrong", LIB);
    place.write("wrong/src/lib.rs", "fn text() -> u8 { \"text\" }");
    let user = User::new(&place);
    for option in ["--quiet", "--verbose"] {
        let ran = user.run(&["build", "../src/wrong", option]);
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(1), ""), "{ran:?}");
        assert_eq!(ran.stderr.matches("error[E0308]").count(), 1, "{ran:?}");
        assert!(
            ran.stderr
                .ends_with("error: the extension does not compile\n"),
            "{ran:?}"
        );
    }
    let error = user.error(&["build", "../src/wrong"]);
    assert_eq!(error["message"], "the extension does not compile");
    assert!(
        error["output"].as_str().unwrap().contains("error[E0308]"),
        "{error}"
    );
    assert!(user.names().is_empty());
}

#[test]
fn without_cargo_the_way_to_rust_is_told() {
    let place = Place::anywhere();
    place.extension("plain", LIB);
    let user = User::new(&place).with("PATH", "");
    let error = user.error(&["build", "../src/plain"]);
    assert!(
        error["message"]
            .as_str()
            .unwrap()
            .ends_with("is not installed"),
        "{error}"
    );
    assert!(
        error["hint"].as_str().unwrap().contains("rustup.rs"),
        "{error}"
    );
}

#[test]
fn where_crates_cannot_be_downloaded_the_way_out_is_told() {
    let Some(place) = Place::new() else { return };
    place.extension(
        "far",
        &format!("{LIB}[dependencies]\nzed_extension_api = \"0.7.0\"\n"),
    );
    let home = place.path("../empty").to_str().unwrap().to_owned();
    let offline = User::new(&place).with("CARGO_HOME", home.clone());
    let unreachable = User::new(&place)
        .with("CARGO_HOME", home)
        .with("CARGO_NET_OFFLINE", "false")
        .with("CARGO_NET_RETRY", "0")
        .with("CARGO_HTTP_PROXY", "http://127.0.0.1:1");
    for user in [offline, unreachable] {
        let error = user.error(&["build", "../src/far"]);
        assert_eq!(
            error["message"], "cargo cannot download what the package depends on",
            "{error}"
        );
        assert!(
            error["hint"]
                .as_str()
                .unwrap()
                .contains("connect to the network once"),
            "{error}"
        );
        assert!(
            error["output"]
                .as_str()
                .unwrap()
                .contains("zed_extension_api"),
            "{error}"
        );
    }
}

#[cfg(unix)]
mod toolchain {
    use super::*;

    /// Puts programs in front of those of this machine: a `rustc` without the target until a `rustup` has
    /// added it, both of which answer for themselves what they are asked here, and the real ones the rest.
    fn toolchain(place: &Place, programs: &[(&str, &str)]) -> String {
        use std::os::unix::fs::PermissionsExt as _;

        let real = String::from_utf8(
            std::process::Command::new("sh")
                .args(["-c", "command -v rustc"])
                .output()
                .unwrap()
                .stdout,
        );
        for (name, script) in programs {
            let path = format!("../bin/{name}");
            let sysroot = place.path("../toolchains/mine");
            let script = script
                .replace("SYSROOT", sysroot.to_str().unwrap())
                .replace("REAL", real.as_ref().unwrap().trim());
            place.write(&path, format!("#!/bin/sh\n{script}\n"));
            std::fs::set_permissions(place.path(&path), std::fs::Permissions::from_mode(0o755))
                .unwrap();
        }
        place.path("../bin").to_str().unwrap().to_owned()
    }

    const RUSTC: (&str, &str) = (
        "rustc",
        "case \"$*\" in *target-libdir*) echo SYSROOT; echo SYSROOT/lib;; *) exec REAL \"$@\";; esac",
    );
    const RUSTUP: (&str, &str) = (
        "rustup",
        "case \"$*\" in
            'which rustc') echo SYSROOT/bin/rustc;;
            'show active-toolchain') echo \"mine (overridden by '/x/rust-toolchain.toml')\";;
            'target add wasm32-wasip2') echo 'info: adding' >&2; mkdir -p SYSROOT/lib; touch SYSROOT/lib/libcore-1.rlib;;
            *) exit 1;;
        esac",
    );

    #[test]
    fn a_target_that_is_missing_is_added_where_the_person_agrees() {
        let Some(place) = Place::new() else { return };
        place.extension("plain", LIB);
        let bin = toolchain(&place, &[RUSTC, RUSTUP]);
        let path = format!("{bin}:{}", std::env::var("PATH").unwrap());
        let user = User::new(&place).with("PATH", path);
        let error = user.error(&["build", "../src/plain"]);
        assert!(
            error["message"]
                .as_str()
                .unwrap()
                .contains("`wasm32-wasip2`"),
            "{error}"
        );
        assert_eq!(
            error["hint"],
            "run `rustup target add wasm32-wasip2 --toolchain mine`"
        );
        let ran = user.ok(&["build", "../src/plain", "--yes"]);
        assert!(ran.stderr.contains("info: adding"), "{ran:?}");
        assert_eq!(user.names(), ["plain.wasm"]);
    }

    #[test]
    fn without_rustup_the_way_of_distributions_is_told() {
        let place = Place::anywhere();
        place.extension("plain", LIB);
        let bin = toolchain(&place, &[RUSTC]);
        // None of the usual folders has a rustup, but for the user's own.
        let user = User::new(&place).with("PATH", format!("{bin}:/bin"));
        let error = user.error(&["build", "../src/plain"]);
        let hint = error["hint"].as_str().unwrap();
        for words in ["Nix", "distribution", "toolchains/mine/lib"] {
            assert!(hint.contains(words), "{error}");
        }
        // Another toolchain than rustup's own is not rustup's to change.
        let bin = toolchain(&place, &[RUSTC, ("rustup", "echo /elsewhere/bin/rustc")]);
        let user = User::new(&place).with("PATH", format!("{bin}:/bin"));
        assert_eq!(user.error(&["build", "../src/plain"]), error);
    }

    #[test]
    fn a_compiler_that_is_too_old_is_named() {
        let place = Place::anywhere();
        place.extension("plain", LIB);
        let old = "case \"$*\" in --version) echo 'rustc 1.80.0 (051478957 2024-07-21)';; *) echo 'error: Error loading target specification: Could not find specification for target \"wasm32-wasip2\". Run `rustc --print target-list` for a list of built-in targets' >&2; exit 1;; esac";
        let bin = toolchain(&place, &[("rustc", old)]);
        let error = User::new(&place)
            .with("PATH", bin)
            .error(&["build", "../src/plain"]);
        assert!(
            error["message"].as_str().unwrap().contains("rustc 1.80.0"),
            "{error}"
        );
        assert!(error["hint"].as_str().unwrap().contains("1.82"), "{error}");

        let broken = "echo 'error: toolchain `gone` is not installed' >&2; exit 1";
        let bin = toolchain(&place, &[("rustc", broken)]);
        let error = User::new(&place)
            .with("PATH", bin)
            .error(&["build", "../src/plain"]);
        assert!(
            error["message"]
                .as_str()
                .unwrap()
                .contains("`gone` is not installed"),
            "{error}"
        );
    }
}

#[test]
fn a_foreign_component_is_stamped_with_the_version_it_was_made_for() {
    let place = Place::anywhere();
    let wasm = std::fs::read(guest("0.4.0")).unwrap();
    let name = b"zed:api-version";
    let at = wasm.windows(name.len()).position(|it| it == name).unwrap();
    let mut bare = wasm;
    bare[at] = b'x';
    let user = User::new(&place);
    place.write("../here/made.wasm", &bare);
    let answer = user.json(&["build", "--component", "made.wasm", "--api", "0.4.0"]);
    assert_eq!(
        (&answer["path"], &answer["api"]),
        (&json!("extension.wasm"), &json!("0.4.0"))
    );
    assert_eq!(
        user.json(&["check", "extension.wasm"])[0]["adapter"],
        "since_v0_4_0"
    );
    assert!(user.read("extension.wasm").starts_with(&bare));

    let error = user.error(&["build", "--component", "made.wasm", "--api", "0.7.0"]);
    let message = error["message"].as_str().unwrap();
    assert!(
        message.starts_with("the component does not fit API 0.7.0: it does not export `"),
        "{error}"
    );
    let error = user.error(&["build", "--component", "extension.wasm", "--api", "0.7.0"]);
    assert!(
        error["message"]
            .as_str()
            .unwrap()
            .contains("0.4.0, not 0.7.0"),
        "{error}"
    );
    for arguments in [
        &["build", "--component", "made.wasm"][..],
        &["build", "--api", "0.7.0"],
        &[
            "build",
            "../src/plain",
            "--component",
            "made.wasm",
            "--api",
            "0.7.0",
        ],
        &["build", "--component", "made.wasm", "--api", "newest"],
    ] {
        assert_eq!(user.run(arguments).code, Some(2), "{arguments:?}");
    }
    assert_eq!(user.names(), ["extension.wasm", "made.wasm"]);
}

#[test]
fn an_extension_without_a_component_has_nothing_to_build() {
    let place = Place::anywhere();
    place.manifest("words");
    let user = User::new(&place);
    let ran = user.ok(&["build", "../src/words"]);
    assert!(ran.stdout.contains("nothing to build"), "{ran:?}");
    assert_eq!(user.json(&["build", "../src/words"])["path"], Value::Null);
    assert!(user.names().is_empty());
}

#[test]
fn sources_are_built_before_they_are_packed() {
    let Some(place) = Place::new() else { return };
    place.extension("plain", LIB);
    place.write("plain/README.md", "About it");
    let before = place.snapshot();
    let user = User::new(&place);
    let allow = ["--allow", "licence-missing"];
    let error = user.error(&["pack", "../src/plain"]);
    let hint = error["hint"].as_str().unwrap();
    assert!(hint.ends_with("`--allow licence-missing`"), "{error}");
    let pack =
        |arguments: &[&'static str]| [&["pack", "../src/plain"], &allow[..], arguments].concat();
    let one = user.json(&pack(&[]));
    assert_eq!(
        one["files"],
        json!(["README.md", "extension.toml", "extension.wasm"])
    );
    assert_eq!(one["path"], "plain-1.0.0.tar.gz");
    let ran = user.ok(&pack(&["--output", "again.tar.gz"]));
    assert!(ran.stderr.contains("Finished `release`"), "{ran:?}");
    assert_eq!(user.read("again.tar.gz"), user.read("plain-1.0.0.tar.gz"));
    assert_eq!(place.snapshot(), before);
    user.ok(&["check", "again.tar.gz"]);

    // A component that lies there is not what is packed, unless it is asked for.
    std::fs::copy(guest("0.6.0"), place.path("plain/extension.wasm")).unwrap();
    user.ok(&pack(&["--output", "again.tar.gz"]));
    assert_eq!(user.read("again.tar.gz"), user.read("plain-1.0.0.tar.gz"));
    let ran = user.ok(&pack(&["--prebuilt", "--output", "brought.tar.gz"]));
    assert!(!ran.stderr.contains("release"), "{ran:?}");
    assert_eq!(user.json(&["check", "brought.tar.gz"])[0]["api"], "0.6.0");
    std::fs::remove_file(place.path("plain/extension.wasm")).unwrap();

    place.write(
        "plain/src/lib.rs",
        answering("no server").replace("fn init() {}", "fn init() {"),
    );
    let error = user.error(&pack(&["--output", "broken.tar.gz"]));
    assert_eq!(error["message"], "the extension does not compile");
    assert_eq!(
        user.names(),
        ["again.tar.gz", "brought.tar.gz", "plain-1.0.0.tar.gz"]
    );
}

#[test]
fn an_extension_is_not_packed_without_its_grammars() {
    let place = Place::anywhere();
    place.manifest("words");
    let manifest = std::fs::read_to_string(place.path("words/extension.toml")).unwrap();
    place.write(
        "words/extension.toml",
        format!(
            "{manifest}[grammars.one]\nrepository = \"https://example.org/one\"\nrev = \"abc\"\n"
        ),
    );
    let user = User::new(&place);
    let error = user.error(&["pack", "../src/words"]);
    assert!(
        error["message"]
            .as_str()
            .unwrap()
            .contains("https://example.org/one"),
        "{error}"
    );
    assert!(
        error["hint"]
            .as_str()
            .unwrap()
            .contains("grammars/one.wasm"),
        "{error}"
    );
    place.write("words/grammars/one.wasm", "\0asm");
    let allow = ["--allow", "licence-missing", "--allow", "grammar-invalid"];
    let answer = user.json(&[&["pack", "../src/words"], &allow[..]].concat());
    assert_eq!(
        answer["files"],
        json!(["extension.toml", "grammars/one.wasm"])
    );
    // The same complaint where only the grammar is missing.
    std::fs::remove_file(place.path("words/grammars/one.wasm")).unwrap();
    std::fs::copy(guest("0.6.0"), place.path("words/extension.wasm")).unwrap();
    let error = user.error(&["pack", "../src/words"]);
    assert!(
        error["hint"]
            .as_str()
            .unwrap()
            .contains("tree-sitter build --wasm"),
        "{error}"
    );
}
