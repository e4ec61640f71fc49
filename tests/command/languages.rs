//! `annexe languages`: what the installed extensions know and serve, as scripts of editors read it, and why.

use std::{fs, path::Path};

use serde_json::{Value, json};

use crate::support::{
    files::make_writable,
    place::{Place, Ran, text},
};

/// A place with samples of the built-in registry.
fn place_with(samples: &[&str]) -> Place {
    let place = Place::new();
    place.ok(["install"].into_iter().chain(samples.iter().copied()));
    place
}

fn set(place: &Place, settings: &Value) {
    let file = place.configuration().with_file_name("settings.json");
    fs::write(file, settings.to_string()).unwrap();
}

fn names(answer: &Value, key: &str) -> Vec<String> {
    let items = answer.as_array().unwrap().iter();
    items
        .map(|it| it[key].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn the_list_for_scripts_has_the_same_keys_of_each_language() {
    let place = place_with(&["yaml-server", "bash-server", "dotenv"]);
    let answer = place.json(["languages"]);
    assert_eq!(names(&answer, "name"), ["Dotenv", "Shell Script", "YAML"]);
    for language in answer.as_array().unwrap() {
        let keys: Vec<&str> = language
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        assert_eq!(
            keys,
            [
                "name",
                "id",
                "extension",
                "path_suffixes",
                "first_line_pattern",
                "line_comments",
                "block_comment",
                "brackets",
                "debuggers",
                "file_type",
                "servers"
            ]
        );
    }
    // One that an extension brings and serves, one that it only brings, and one that it only serves.
    let [dotenv, shell, yaml] = [&answer[0], &answer[1], &answer[2]];
    assert_eq!(shell["id"], "shellscript");
    assert_eq!(shell["extension"], "bash-server");
    assert_eq!(shell["line_comments"], json!(["# "]));
    assert_eq!(shell["brackets"][0]["start"], "{");
    let pattern = shell["first_line_pattern"].as_str().unwrap();
    assert!(pattern.contains("bash"), "{pattern}");
    assert_eq!(
        shell["servers"],
        json!([{"id": "bash-language-server", "extension": "bash-server", "language_id": "shellscript"}])
    );
    assert_eq!(shell["file_type"], "shellscript");
    assert_eq!(dotenv["servers"], json!([]));
    assert!(
        dotenv["path_suffixes"]
            .as_array()
            .unwrap()
            .contains(&json!("env.local"))
    );
    assert_eq!(yaml["extension"], Value::Null);
    assert!(
        yaml["path_suffixes"]
            .as_array()
            .unwrap()
            .contains(&json!("yml"))
    );
    assert_eq!(yaml["servers"][0]["id"], "yaml-language-server");

    let words = place.ok(["languages"]);
    let lines: Vec<&str> = words.lines().collect();
    assert_eq!(lines.len(), 4, "{words}");
    assert!(lines[0].starts_with("LANGUAGE"), "{words}");
    assert!(
        lines[2].contains("bash-language-server (bash-server)"),
        "{words}"
    );
    assert!(
        lines[3].contains("yaml-language-server (yaml-server)"),
        "{words}"
    );
}

#[test]
fn a_file_is_explained() {
    let place = place_with(&["yaml-server", "bash-server"]);
    let explain = |file: &str| place.json(["languages", "--for", file]);
    let answer = explain("deploy/a.yml");
    assert_eq!(
        answer["language"],
        json!({"name": "YAML", "id": "yaml", "extension": null, "by": {"suffix": "yml"}})
    );
    assert_eq!(
        answer["servers"],
        json!([{
            "id": "yaml-language-server", "extension": "yaml-server", "others": [], "language_id": "yaml",
            "reason": "registered", "is_registered": true,
        }])
    );
    fs::write(place.path("run"), "#!/usr/bin/env bash\necho\n").unwrap();
    assert!(explain("run")["language"]["by"]["first-line"].is_string());
    let words = place.ok(["languages", "--for", "run"]);
    assert!(
        words.starts_with("run: Shell Script, by its first line, which matches `^#!"),
        "{words}"
    );
    assert!(
        words.contains("; `bash-server` brings the language\n"),
        "{words}"
    );
    assert!(
        words.contains("1  bash-language-server  `bash-server` has registered it for Shell Script; language id `shellscript`"),
        "{words}"
    );

    // A language that is known and not served, one that is not known, and a folder.
    let ran = place.run(["languages", "--for", "main.rs"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(
        ran.stdout
            .contains("no installed extension has a server for it"),
        "{ran:?}"
    );
    assert!(
        ran.stderr.contains("with a language server for Rust"),
        "{ran:?}"
    );
    let ran = place.run(["languages", "--for", "a.unheard-of"]);
    assert_eq!(
        (ran.code, explain("a.unheard-of")["language"].is_null()),
        (0, true)
    );
    assert!(
        ran.stdout.contains("no language is known for it"),
        "{ran:?}"
    );
    assert!(ran.stderr.contains("`file_types`"), "{ran:?}");
    place.error(1, ["languages", "--for", "."]);
    place.error(1, ["languages", "--worktree", "nowhere"]);
}

#[test]
fn the_settings_choose_servers_and_files() {
    let place = place_with(&["yaml-server", "bash-server"]);
    set(
        &place,
        &json!({
            "file_types": {"YAML": ["*.yaml.template"]},
            "languages": {
                "YAML": {"language_servers": ["pyright", "!yaml-language-server", "..."]},
                "Shell Script": {"enable_language_server": false},
            },
        }),
    );
    let answer = place.json(["languages"]);
    assert_eq!(answer[0]["servers"], json!([]));
    assert_eq!(
        answer[1]["servers"],
        json!([{"id": "pyright", "extension": null, "language_id": "yaml"}])
    );
    let words = place.ok(["languages", "--for", "a.yaml.template"]);
    for part in [
        "YAML, by the pattern `*.yaml.template` of `file_types` in the settings",
        "1  pyright               named in the settings; no installed extension brings it; language id `yaml`",
        "-  yaml-language-server  left out: `languages.YAML.language_servers` in the settings has `!yaml-language-server`",
    ] {
        assert!(words.contains(part), "{words}");
    }
    let words = place.ok(["languages", "--for", "a.sh"]);
    for part in ["no server serves it", "`enable_language_server` is false"] {
        assert!(words.contains(part), "{words}");
    }

    set(
        &place,
        &json!({"languages": {"YAML": {"language_servers": 1}}}),
    );
    // It is left out, and told.
    let ran = place.run(["languages"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let told = "`languages.YAML.language_servers` must be a list";
    assert!(ran.stderr.contains(told), "{ran:?}");
    assert!(ran.stdout.contains("yaml-language-server"), "{ran:?}");
}

#[test]
fn a_projects_settings_count_where_it_is_trusted() {
    let place = place_with(&["yaml-server"]);
    fs::create_dir_all(place.path("project/.zed")).unwrap();
    fs::write(
        place.path("project/.zed/settings.json"),
        r#"{"enable_language_server": false}"#,
    )
    .unwrap();
    let servers = || {
        let ran = place.run(["languages", "--worktree", "project", "--json"]);
        assert_eq!((ran.code, ran.stdout.lines().count()), (0, 1), "{ran:?}");
        let answer: Value = serde_json::from_str(&ran.stdout).unwrap();
        (answer[0]["servers"].as_array().unwrap().len(), ran.stderr)
    };
    let (count, stderr) = servers();
    assert_eq!(count, 1);
    let told: Value = serde_json::from_str(stderr.trim()).unwrap();
    assert!(
        told["warning"].as_str().unwrap().contains("not trusted"),
        "{stderr}"
    );
    let project = place.path("project").canonicalize().unwrap();
    place.configure(&format!("trusted_projects = [{:?}]\n", text(&project)));
    assert_eq!(servers(), (0, String::new()));
}

#[test]
fn two_with_one_server_are_told_and_one_that_cannot_be_read_hides_no_other() {
    let place = Place::new();
    let ran = place.run(["languages"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (0, ""), "{ran:?}");
    assert!(ran.stderr.contains("`annexe install <id>`"), "{ran:?}");
    assert_eq!(place.json(["languages"]), json!([]));

    let registry = place.registry(&[("one", "1.0.0"), ("two", "1.0.0")]);
    place.ok(["install", "one", "two", "--registry", &registry]);
    let words = place.ok(["languages", "--for", "a.rs"]);
    assert!(
        words.contains("`one` has registered it for Rust; also brought by two"),
        "{words}"
    );

    let tree = place.json(["info", "one"])["installed"]["tree"].clone();
    let tree = place.store().join("trees").join(tree.as_str().unwrap());
    make_writable(&tree);
    fs::remove_file(tree.join("extension.toml")).unwrap();
    let ran: Ran = place.run(["languages"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.stderr.contains("`one` is passed over: "), "{ran:?}");
    assert!(ran.stdout.contains("echo (two)"), "{ran:?}");
}

#[test]
fn of_two_with_one_server_the_configuration_decides_everywhere() {
    let place = Place::new();
    let registry = place.registry(&[("one", "1.0.0"), ("two", "1.0.0")]);
    place.ok(["install", "one", "--registry", &registry]);
    place.ok(["install", "two", "--registry", &registry]);
    let taken = || {
        let ran = place.run(["languages", "--for", "a.rs", "--json"]);
        let answer: Value = serde_json::from_str(&ran.stdout).unwrap();
        let listed = place.json(["languages"])[0]["servers"][0]["extension"].clone();
        let editor = place.run(["editor", "opencode", "--print"]);
        assert_eq!(answer["servers"][0]["extension"], listed);
        let listed = listed.as_str().unwrap().to_owned();
        assert!(editor.stdout.contains(&listed), "{editor:?}");
        (listed, ran.stderr, editor.stderr)
    };
    // Both are told, with the key that decides.
    let (extension, for_file, editor) = taken();
    assert_eq!(extension, "one");
    for words in [for_file, editor] {
        for part in ["one, two", "`one` is taken", "servers.echo = "] {
            assert!(words.contains(part), "{part}: {words}");
        }
    }
    place.configure("[servers]\necho = \"two\"\n");
    assert_eq!(taken(), ("two".into(), String::new(), String::new()));
    place.configure("[servers]\necho = \"three\"\n");
    let (extension, for_file, editor) = taken();
    assert_eq!(extension, "one");
    for words in [for_file, editor] {
        let part = "`servers.echo` of the configuration names `three`, which is not";
        assert!(words.contains(part), "{words}");
    }
}

/// What `annexe lsp` says of a server that it has not got: nothing is started.
fn refused(place: &Place, arguments: &[&str]) -> Value {
    let ran = place.run(["lsp", "--fetch", "start"].iter().chain(arguments));
    assert_eq!(ran.code, 1, "{ran:?}");
    let last = ran.stdout.lines().last().unwrap_or_default();
    let said: Value = serde_json::from_str(last).unwrap();
    said["failed"].clone()
}

#[test]
fn what_is_disabled_serves_no_file() {
    let place = place_with(&["yaml-server"]);
    let explain = || place.json(["languages", "--for", "a.yml"]);
    place.ok(["disable", "yaml-server"]);
    assert_eq!(place.json(["languages"]), json!([]));
    let answer = explain();
    assert_eq!(answer["servers"], json!([]));
    assert_eq!(
        answer["left_out"],
        json!([{"id": "yaml-language-server", "extension": "yaml-server", "reason": "extension-disabled"}])
    );
    let ran = place.run(["languages", "--for", "a.yml"]);
    for part in ["no server serves it", "`annexe enable yaml-server` takes"] {
        assert!(ran.stdout.contains(part), "{ran:?}");
    }
    assert!(!ran.stderr.contains("annexe install"), "{ran:?}");
    let error = refused(&place, &["yaml-language-server"]);
    let message =
        "`yaml-server`, which brings the language server `yaml-language-server`, is disabled";
    assert_eq!(error["message"], message);
    assert_eq!(
        error["hint"],
        "take it back with `annexe enable yaml-server`"
    );

    place.ok(["enable", "yaml-server"]);
    place.ok(["disable", "yaml-server", "--project"]);
    assert_eq!(place.json(["languages"]), json!([]));
    let reason = &explain()["left_out"][0]["reason"];
    assert_eq!(reason, "extension-disabled-in-project");
    for arguments in [
        &["yaml-language-server"][..],
        &["--extension", "yaml-server", "yaml-language-server"],
    ] {
        let here = place.here();
        let error = refused(&place, &[&["--root", text(&here)], arguments].concat());
        assert_eq!(error["message"], format!("{message} in this project"));
        assert_eq!(
            error["hint"],
            "take it back with `annexe enable yaml-server --project`"
        );
    }
    // Another project has it.
    let other = place.beside("other");
    fs::create_dir(&other).unwrap();
    let elsewhere = place.json(["languages", "--worktree", text(&other)]);
    assert_eq!(elsewhere[0]["servers"][0]["id"], "yaml-language-server");

    let file = place.path(".annexe/extensions.toml");
    fs::write(&file, "disabled = [1]\n").unwrap();
    let error = place.error(1, ["languages"]);
    let message = error["message"].as_str().unwrap();
    assert!(message.contains("line 1, column 1"), "{message}");
    let error = refused(
        &place,
        &["--root", text(&place.here()), "yaml-language-server"],
    );
    let message = error["message"].as_str().unwrap();
    assert!(message.contains("line 1, column 1"), "{message}");
}

#[test]
fn what_is_not_installed_is_had_by_the_command_that_is_told() {
    let place = Place::new();
    let error = refused(&place, &["unheard-of"]);
    let message = "no installed extension brings the language server `unheard-of`";
    assert_eq!(error["message"], message);
    // No registry has it: a search would find nothing.
    let hint = "`annexe languages` shows those that are installed";
    assert_eq!(error["hint"], hint);
    let error = refused(&place, &["yaml-server"]);
    let hint = "`annexe install yaml-server` installs an extension of this id; its server is `yaml-language-server`";
    assert_eq!(error["hint"], hint);
    let error = refused(&place, &["yaml-language-server"]);
    let hint = "`annexe install yaml-server` installs one that does";
    assert_eq!(error["hint"], hint);
    let ran = place.run(["languages", "--for", "a.yml"]);
    let hint = "`annexe install yaml-server` installs an extension with a language server for YAML";
    assert!(ran.stderr.contains(hint), "{ran:?}");
    set(
        &place,
        &json!({"languages": {"YAML": {"language_servers": ["yaml-language-server"]}}}),
    );
    let ran = place.run(["languages", "--for", "a.yml"]);
    let hint =
        "`annexe install yaml-server` installs an extension that brings `yaml-language-server`";
    assert!(ran.stderr.contains(hint), "{ran:?}");
}

#[test]
fn a_way_that_leads_nowhere_is_not_told() {
    let place = place_with(&["yaml-server"]);
    let error = refused(&place, &["yaml-server"]);
    assert_eq!(
        error["message"],
        "`yaml-server` is not a language server, but an extension"
    );
    assert_eq!(error["hint"], "its server is `yaml-language-server`");
    // The built-in registry, which alone is asked, has no server for Zig's files.
    let told = || place.run(["languages", "--for", "a.zig"]).stderr;
    assert!(
        told().contains("the registry has no extension with"),
        "{}",
        told()
    );
    let registry = place.registry(&[]);
    place.ok(["source", "add", "more", &registry]);
    assert!(
        told().contains("`annexe search --language 'Zig'`"),
        "{}",
        told()
    );

    place.ok(["disable", "yaml-server"]);
    let ran = place.run(["languages"]);
    let told = "the extension that has a language server is disabled: `annexe enable yaml-server`";
    assert!(ran.stderr.contains(told), "{ran:?}");
    let ran = place.run(["doctor"]);
    assert!(ran.stderr.contains(told), "{ran:?}");
}

#[test]
fn the_project_is_that_of_the_file_and_an_editors_script_asks_for_none() {
    let place = place_with(&["yaml-server"]);
    let (project, below) = (place.beside("project"), place.beside("project/a/b"));
    fs::create_dir_all(&below).unwrap();
    place.ok(["disable", "yaml-server", "--project"]);
    // That of the current folder counts where nothing else is said.
    let list = |options: &[&str]| {
        let answer = place.json(["languages"].iter().chain(options).copied());
        answer.as_array().unwrap().len()
    };
    assert_eq!(list(&[]), 0);
    assert_eq!(list(&["--no-project"]), 1);
    assert_eq!(list(&["--worktree", text(&project)]), 1);
    let of = |file: &Path| place.json(["languages", "--for", text(file)]);
    assert_eq!(of(Path::new("not-there/a.yml"))["servers"], json!([]));
    let file = below.join("a.yml");
    let served = of(&file);
    assert_eq!(served["servers"][0]["id"], "yaml-language-server");
    place.ok([
        "disable",
        "yaml-server",
        "--project",
        "--worktree",
        text(&project),
    ]);
    assert_eq!(of(&file)["servers"], json!([]));
    place.ok(["enable", "yaml-server", "--project"]);
    assert_eq!(of(&file)["servers"], json!([]));
    // A folder below the project is in it.
    let mut command = place.command();
    command.current_dir(&below).args(["doctor", "--json"]);
    let ran = Ran::of(command);
    assert_eq!(ran.stdout, "[]\n", "{ran:?}");
    let error = place.error(
        2,
        ["languages", "--no-project", "--worktree", text(&project)],
    );
    assert!(
        error["message"]
            .as_str()
            .unwrap()
            .contains("cannot be used with"),
        "{error}"
    );
}
