//! `annexe new`: what it makes, what it refuses, and that what it makes builds, passes `check` and
//! answers.

mod templates;

use std::{path::Path, process::Command};

use serde_json::{Value, json};

use crate::support::{
    files::names,
    place::{Place, Ran},
};

/// Runs `annexe new` as a user whom git does not know.
fn new(place: &Place, arguments: &[&str]) -> Ran {
    Ran::of(command(place, arguments))
}

fn command(place: &Place, arguments: &[&str]) -> Command {
    let mut command = place.command();
    command
        .arg("new")
        .args(arguments)
        .env("GIT_CONFIG_SYSTEM", place.path("no-system-configuration"))
        .env("GIT_CONFIG_GLOBAL", place.path("no-own-configuration"));
    command
}

/// Makes an extension, and gives the answer.
fn made(place: &Place, arguments: &[&str]) -> Value {
    let ran = new(place, &[arguments, &["--json"]].concat());
    assert_eq!(ran.code, 0, "{ran:?}");
    serde_json::from_str(&ran.stdout).unwrap()
}

fn manifest(folder: &Path) -> toml::Table {
    let text = std::fs::read_to_string(folder.join("extension.toml")).unwrap();
    text.parse().unwrap()
}

/// Runs git in a folder; `None` where it is not installed.
fn git(folder: &Path, arguments: &[&str]) -> Option<String> {
    let run = Command::new("git")
        .arg("-C")
        .arg(folder)
        .args(arguments)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CEILING_DIRECTORIES", folder)
        .output();
    let Ok(output) = run else {
        crate::support::skip("git", "git is not installed");
        return None;
    };
    assert!(output.status.success(), "{arguments:?}: {output:?}");
    Some(String::from_utf8(output.stdout).unwrap())
}

#[test]
fn the_last_part_of_the_path_is_the_id() {
    let place = Place::new();
    let ran = new(
        &place,
        &["tools/editor/tcl-notes", "--template", "slash-command"],
    );
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(
        ran.stdout,
        "created the extension tcl-notes in tools/editor/tcl-notes\nnext:\n  \
         annexe dev tools/editor/tcl-notes\n  \
         annexe call tcl-notes run-slash-command tcl-notes '[\"README.md\"]' --worktree tools/editor/tcl-notes\n"
    );
    // What is made up is said.
    assert!(
        ran.stderr.contains("set `repository` in extension.toml"),
        "{ran:?}"
    );
    assert!(
        ran.stderr
            .contains("`Your Name <you@example.com>` is a placeholder"),
        "{ran:?}"
    );
    let folder = place.path("tools/editor/tcl-notes");
    let manifest = manifest(&folder);
    assert_eq!(manifest["id"].as_str(), Some("tcl-notes"));
    assert_eq!(manifest["name"].as_str(), Some("Tcl Notes"));
    assert_eq!(names(&place.here()), ["tools"]);
    assert_eq!(names(&place.path("tools/editor")), ["tcl-notes"]);
}

#[test]
fn what_the_options_say_stands_in_the_files() {
    let place = Place::new();
    let answer = made(
        &place,
        &[
            "here/folder",
            "--id",
            "tcl",
            "--name",
            "The \"Tcl\" \\ Server",
            "--author",
            "Ada O'Hara <ada@example.org>",
            "--repository",
            "https://example.org/tcl",
            "--vcs",
            "none",
        ],
    );
    assert_eq!(
        answer,
        json!({
            "id": "tcl",
            "name": "The \"Tcl\" \\ Server",
            "path": "here/folder",
            "template": "language-server",
            "files": [
                ".gitignore", "Cargo.lock", "Cargo.toml", "LICENSE", "README.md", "extension.toml",
                "languages/tcl/config.toml", "src/lib.rs",
            ],
            "vcs": "none",
            "next": [
                "annexe dev here/folder",
                "annexe call tcl language-server-command tcl-language-server",
            ],
        })
    );
    let folder = place.path("here/folder");
    for file in answer["files"].as_array().unwrap() {
        assert!(folder.join(file.as_str().unwrap()).is_file(), "{file}");
    }
    assert!(!folder.join(".git").exists());
    let manifest = manifest(&folder);
    assert_eq!(manifest["name"], toml::Value::from("The \"Tcl\" \\ Server"));
    assert_eq!(
        manifest["authors"][0].as_str(),
        Some("Ada O'Hara <ada@example.org>")
    );
    assert_eq!(
        manifest["repository"].as_str(),
        Some("https://example.org/tcl")
    );
    let licence = std::fs::read_to_string(folder.join("LICENSE")).unwrap();
    assert!(
        licence.starts_with("MIT License\n\nCopyright (c) 20"),
        "{licence}"
    );
    assert!(licence.contains(" Ada O'Hara\n"), "{licence}");
}

#[test]
fn what_registries_refuse_is_refused_with_the_nearest_good_id() {
    let place = Place::new();
    for (arguments, hint) in [
        (&["zed-tcl"][..], "try `annexe new zed-tcl --id tcl`"),
        (
            &["a/Tcl Extension"],
            "try `annexe new 'a/Tcl Extension' --id tcl`",
        ),
        (&["tcl", "--id", "tcl_zed"], "try `--id tcl`"),
        (
            &["tcl", "--id", "extension"],
            "give one of lower-case letters, digits and `-`: `--id <ID>`",
        ),
        (&["/"], "give the extension's id with `--id`"),
        (&["missing/../tcl"], "write the path without `..`"),
    ] {
        let ran = new(&place, arguments);
        assert_eq!(ran.code, 2, "{ran:?}");
        assert!(ran.stderr.contains(hint), "{arguments:?}: {ran:?}");
    }
    for arguments in [
        ["tcl", "--name", "Zed Tcl"],
        ["tcl", "--author", "Ada"],
        ["tcl", "--repository", "http://example.org/tcl"],
        ["tcl", "--repository", "https://example.org"],
        ["tcl", "--repository", "tcl"],
    ] {
        let ran = new(&place, &arguments);
        assert_eq!(ran.code, 2, "{arguments:?}: {ran:?}");
    }
    assert_eq!(names(&place.here()), [""; 0]);
}

#[test]
fn what_is_there_is_never_touched() {
    let place = Place::new();
    std::fs::create_dir(place.path("full")).unwrap();
    std::fs::write(place.path("full/extension.toml"), "mine").unwrap();
    std::fs::write(place.path("file"), "mine").unwrap();
    for (path, message) in [
        ("full", "is not empty: it holds `extension.toml`"),
        ("file", "is not a folder"),
        ("file/tcl", "is not a folder"),
    ] {
        let ran = new(&place, &[path]);
        assert_eq!((ran.code, ran.stdout.as_str()), (1, ""), "{ran:?}");
        assert!(ran.stderr.contains(message), "{ran:?}");
    }
    assert_eq!(names(&place.here()), ["file", "full"]);
    assert_eq!(names(&place.path("full")), ["extension.toml"]);
}

#[test]
fn an_empty_folder_is_filled() {
    let place = Place::new();
    std::fs::create_dir(place.path("tcl")).unwrap();
    let mut here = command(&place, &[".", "--vcs", "none"]);
    here.current_dir(place.path("tcl"));
    let ran = Ran::of(here);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.stdout.contains("annexe dev ."), "{ran:?}");
    assert!(names(&place.path("tcl")).contains(&"extension.toml".to_owned()));
    assert_eq!(manifest(&place.path("tcl"))["id"].as_str(), Some("tcl"));
    assert_eq!(names(&place.here()), ["tcl"]);
}

#[test]
fn a_repository_is_made_where_there_is_none() {
    let place = Place::new();
    let Some(_) = git(&place.here(), &["--version"]) else {
        return;
    };
    assert_eq!(made(&place, &["alone"])["vcs"], "git");
    let status = git(
        &place.path("alone"),
        &["status", "--short", "--untracked-files=all"],
    );
    assert_eq!(status.unwrap().lines().count(), 8);

    // A repository that waits for its files keeps what it has.
    git(&place.here(), &["init", "--quiet", "waiting"]);
    git(
        &place.path("waiting"),
        &["config", "user.name", "Ada \"the\" Author"],
    );
    git(
        &place.path("waiting"),
        &["config", "user.email", "ada@example.org"],
    );
    assert_eq!(made(&place, &["waiting"])["vcs"], "none");
    let manifest = manifest(&place.path("waiting"));
    assert_eq!(
        manifest["authors"][0].as_str(),
        Some("Ada \"the\" Author <ada@example.org>")
    );

    // A work tree beside another has its configuration.
    let commit = ["commit", "--quiet", "--allow-empty", "--message", "x"];
    git(&place.path("waiting"), &commit);
    git(
        &place.path("waiting"),
        &["worktree", "add", "--quiet", "../beside"],
    );
    if place.path("beside").join(".git").is_file() {
        made(&place, &["beside/inner"]);
        let beside = self::manifest(&place.path("beside/inner"));
        assert_eq!(beside["authors"], manifest["authors"]);
    }

    // What lies in another repository belongs to it, unless that ignores it.
    git(&place.here(), &["init", "--quiet", "around"]);
    std::fs::write(place.path("around/.gitignore"), "/ignored\n").unwrap();
    assert_eq!(made(&place, &["around/inner"])["vcs"], "none");
    assert_eq!(made(&place, &["around/ignored/inner"])["vcs"], "git");
    assert_eq!(made(&place, &["around/own", "--vcs", "git"])["vcs"], "git");
}

/// Everything by which git starts a program on its own, where it is run in a repository with this configuration.
#[cfg(unix)]
fn plant(repository: &Path, script: &Path) {
    let script = script.display();
    let hooks = repository.join("hooks");
    let config = format!(
        "[core]\n\trepositoryformatversion = 0\n\tfsmonitor = {script}\n\thooksPath = {hooks}\n\
         \tpager = {script}\n\tsshCommand = {script}\n\teditor = {script}\n\tgitProxy = {script}\n\
         [alias]\n\tinit = !{script}\n\tx = !{script}\n[credential]\n\thelper = !{script}\n\
         [diff]\n\texternal = {script}\n[filter \"x\"]\n\tclean = {script}\n\tsmudge = {script}\n\
         [init]\n\ttemplateDir = {hooks}\n[user]\n\tname = Ada\n\temail = ada@example.org\n",
        hooks = hooks.display()
    );
    std::fs::write(repository.join("config"), config).unwrap();
    std::fs::create_dir_all(&hooks).unwrap();
    for hook in [
        "post-checkout",
        "post-index-change",
        "reference-transaction",
    ] {
        std::fs::copy(script.to_string(), hooks.join(hook)).unwrap();
    }
}

#[cfg(unix)]
#[test]
fn nothing_runs_that_a_strangers_folder_names() {
    use std::os::unix::fs::PermissionsExt;

    let place = Place::new();
    let theirs = place.path("theirs");
    let Some(_) = git(&place.here(), &["init", "--quiet", "theirs"]) else {
        return;
    };
    let marker = place.path("marker");
    let program = |path: &Path| {
        let script = format!("#!/bin/sh\ntouch '{}'\n", marker.display());
        std::fs::write(path, script).unwrap();
        std::fs::set_permissions(path, PermissionsExt::from_mode(0o755)).unwrap();
    };
    let script = place.path("script");
    program(&script);
    std::fs::write(theirs.join(".gitattributes"), "* filter=x\n").unwrap();
    std::fs::write(theirs.join(".gitignore"), "/ignored\n").unwrap();
    std::fs::write(theirs.join("file"), "tracked").unwrap();
    git(&theirs, &["add", "."]);
    plant(&theirs.join(".git"), &script);
    // It is a trap for git itself.
    let status = Command::new("git")
        .arg("-C")
        .arg(&theirs)
        .arg("status")
        .output();
    assert!(status.unwrap().status.success() && marker.exists());
    std::fs::remove_file(&marker).unwrap();
    // Programs of their own, where a path leads to the current folder.
    for name in ["git", "cargo", "rustc", "sh"] {
        program(&theirs.join(name));
    }
    std::fs::create_dir_all(theirs.join("waiting/.git")).unwrap();
    std::fs::write(theirs.join("waiting/.git/HEAD"), "ref: refs/heads/main\n").unwrap();
    plant(&theirs.join("waiting/.git"), &script);

    let path = std::env::var("PATH").unwrap();
    for (folder, vcs) in [
        ("own", "none"),
        ("ignored/inner", "git"),
        ("waiting", "none"),
    ] {
        let trace = place.path("trace");
        let mut new = command(&place, &[folder, "--json"]);
        new.current_dir(&theirs).env("PATH", format!(".::{path}"));
        let tried = Command::new("strace")
            .args(["-o", "/dev/null", "true"])
            .output();
        let is_traced = tried.is_ok_and(|output| output.status.success());
        if is_traced {
            let mut traced = Command::new("strace");
            traced
                .args(["-f", "-e", "trace=execve", "-o"])
                .arg(&trace)
                .arg(new.get_program())
                .args(new.get_args())
                .current_dir(&theirs);
            for (name, value) in new.get_envs() {
                match value {
                    Some(value) => traced.env(name, value),
                    None => traced.env_remove(name),
                };
            }
            new = traced;
        } else {
            let reason = "without `strace`, only what planted programs write is looked at";
            crate::support::skip("strace", reason);
        }
        let ran = Ran::of(new);
        assert_eq!(ran.code, 0, "{ran:?}");
        assert!(!marker.exists(), "{folder}");
        let answer: Value = serde_json::from_str(&ran.stdout).unwrap();
        assert_eq!(answer["vcs"], vcs, "{folder}");
        let made = manifest(&theirs.join(folder));
        let author = made["authors"][0].as_str();
        assert_eq!(author, Some("Ada <ada@example.org>"), "{folder}");
        if is_traced {
            let calls = std::fs::read_to_string(&trace).unwrap();
            let started = calls.lines().filter(|line| line.contains("execve("));
            let own = env!("CARGO_BIN_EXE_annexe");
            for line in started {
                let is_git = line.contains("/git\", [\"") && line.contains("\"-C\", \"/\"");
                let is_of_git = line.contains("git-core/");
                assert!(
                    line.contains(own) || is_git || is_of_git,
                    "{folder}: {line}"
                );
                assert!(!line.contains("execve(\"./"), "{folder}: {line}");
            }
        }
    }
}

#[cfg(unix)]
#[test]
fn a_repositorys_pipes_and_devices_are_not_read() {
    let place = Place::new();
    std::fs::create_dir_all(place.path("pipe/.git/info")).unwrap();
    std::fs::write(place.path("pipe/.git/HEAD"), "ref: refs/heads/main\n").unwrap();
    for file in ["config", "info/exclude"] {
        let file = place.path("pipe/.git").join(file);
        let made = Command::new("mkfifo").arg(file).status().unwrap();
        assert!(made.success());
    }
    assert_eq!(made(&place, &["pipe/one"])["vcs"], "none");
    // Nor are those of a work tree, in whichever of its folders they lie.
    for (number, folder) in ["", "sub", "sub/sub"].into_iter().enumerate() {
        for name in [".gitignore", ".gitattributes", ".mailmap"] {
            let tree = format!("tree{number}{name}");
            std::fs::create_dir_all(place.path(&format!("{tree}/sub/sub"))).unwrap();
            std::fs::create_dir_all(place.path(&format!("{tree}/.git"))).unwrap();
            let head = place.path(&format!("{tree}/.git/HEAD"));
            std::fs::write(head, "ref: refs/heads/main\n").unwrap();
            let file = place.path(&tree).join(folder).join(name);
            let pipe = Command::new("mkfifo").arg(file).status().unwrap();
            assert!(pipe.success());
            assert_eq!(
                made(&place, &[&format!("{tree}/sub/sub/one")])["vcs"],
                "none"
            );
        }
    }
}

#[cfg(unix)]
#[test]
fn nothing_is_left_where_something_fails() {
    use std::os::unix::fs::PermissionsExt;

    let place = Place::new();
    let bin = place.path("bin");
    std::fs::create_dir(&bin).unwrap();
    let git = |script: &str| {
        let file = bin.join("git");
        std::fs::write(&file, format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(&file, PermissionsExt::from_mode(0o755)).unwrap();
    };
    git("case \"$3\" in init) echo 'no space left' >&2; exit 128;; --version) ;; *) exit 1;; esac");
    let mut failing = command(&place, &["tools/tcl"]);
    let ran = Ran::of({
        failing.env("PATH", &bin);
        failing
    });
    assert_eq!((ran.code, ran.stdout.as_str()), (1, ""), "{ran:?}");
    assert!(ran.stderr.contains("git says: no space left"), "{ran:?}");
    assert!(ran.stderr.contains("--vcs none"), "{ran:?}");
    assert_eq!(names(&place.here()), ["bin"]);

    // Where git is not installed it is only missing if it is asked for.
    std::fs::remove_file(bin.join("git")).unwrap();
    for (arguments, code) in [(&["one", "--vcs", "git"][..], 1), (&["two"], 0)] {
        let mut without = command(&place, arguments);
        without.env("PATH", &bin);
        let ran = Ran::of(without);
        assert_eq!(ran.code, code, "{ran:?}");
    }
    assert_eq!(names(&place.here()), ["bin", "two"]);
    assert!(!place.path("two/.git").exists());
}
