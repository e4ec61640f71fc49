//! What the user and the project have set, as extensions of several versions read it.

use std::fs;

use serde_json::{Value, json};

use crate::support::place::{Place, Ran, text, wasm};

/// What the guest is asked for.
const VERBS: [&str; 6] = [
    "settings-language:Lua",
    "settings-language:Other",
    "settings-language:Rust",
    "settings-lsp:other",
    "settings-lsp:taplo",
    "settings-lsp:é",
];

/// A place with the guest of a version of the API as `./one`.
fn place(version: &str) -> Place {
    let place = Place::asking(VERBS);
    let folder = place.extension("one", "1.0.0");
    fs::copy(wasm(version), folder.join("extension.wasm")).unwrap();
    let manifest = fs::read_to_string(folder.join("extension.toml")).unwrap();
    let context_server = format!("{manifest}[context_servers.'settings-context:memory']\n");
    fs::write(folder.join("extension.toml"), context_server).unwrap();
    fs::create_dir_all(place.path("project/.annexe")).unwrap();
    fs::create_dir_all(place.path("project/.zed")).unwrap();
    place
}

fn trust(place: &Place) {
    let project = place.path("project").canonicalize().unwrap();
    place.configure(&format!("trusted_projects = [{:?}]\n", text(&project)));
}

fn set(place: &Place, settings: &str) {
    let file = place.configuration().with_file_name("settings.json");
    fs::write(file, settings).unwrap();
}

fn set_in_project(place: &Place, folder: &str, settings: &str) {
    let file = place.path(&format!("project/{folder}/settings.json"));
    fs::write(file, settings).unwrap();
}

const CALL: [&str; 5] = ["call", "./one", "--worktree", "project", "--json"];

/// What the guest understands of its settings.
fn ask(place: &Place, verb: &str) -> Value {
    let answer = place.json(
        CALL[..4]
            .iter()
            .copied()
            .chain(["language-server-command", verb]),
    );
    let found = answer["args"][0].as_str().unwrap();
    serde_json::from_str(found).unwrap()
}

#[test]
fn the_projects_settings_go_over_the_persons_on_every_version() {
    for version in ["0.0.6", "0.1.0", "0.2.0", "0.7.0"] {
        let place = place(version);
        assert_eq!(ask(&place, "settings-language:Rust"), 4, "{version}");
        trust(&place);
        set(
            &place,
            r#"{
                // As Zed's users write it.
                "theme": {"mode": 1},
                "tab_size": 3,
                "languages": {"Rust": {"tab_size": 5}},
                "lsp": {"taplo": {
                    "binary": {"path": "/opt/taplo", "arguments": ["lsp"], "env": {"A": "b"}},
                    "initialization_options": {"a": {"b": 1}},
                    "settings": {"list": [1, 2], "deep": {"kept": true, "changed": 1}},
                }},
            }"#,
        );
        set_in_project(
            &place,
            ".zed",
            r#"{"tab_size": 8, "lsp": {"taplo": {"settings": {"list": [3], "deep": {"changed": 2}}}}}"#,
        );
        assert_eq!(ask(&place, "settings-language:Rust"), 5, "{version}");
        assert_eq!(ask(&place, "settings-language:Lua"), 8, "{version}");
        let found = ask(&place, "settings-lsp:taplo");
        assert_eq!(found["binary"]["path"], "/opt/taplo", "{version}");
        assert_eq!(found["binary"]["arguments"], json!(["lsp"]), "{version}");
        assert_eq!(found["initialization_options"], json!({"a": {"b": 1}}));
        let merged = json!({"list": [3], "deep": {"kept": true, "changed": 2}});
        assert_eq!(found["settings"], merged, "{version}");
        let nothing = ask(&place, "settings-lsp:other");
        assert!(nothing["binary"].is_null() && nothing["settings"].is_null());

        // Its own folder counts in the place of Zed's.
        set_in_project(&place, ".annexe", r#"{"tab_size": 2}"#);
        assert_eq!(ask(&place, "settings-language:Lua"), 2, "{version}");
        assert_eq!(
            ask(&place, "settings-lsp:taplo")["settings"]["list"],
            json!([1, 2])
        );
    }
}

#[test]
fn a_context_servers_settings_are_read_in_both_forms() {
    let read = |place: &Place| {
        let arguments = ["context-server-command", "settings-context:memory"];
        let answer = place.json(CALL[..4].iter().copied().chain(arguments));
        let found = answer["args"][0].as_str().unwrap();
        serde_json::from_str::<Value>(found).unwrap()
    };
    for version in ["0.2.0", "0.7.0"] {
        let place = place(version);
        for command in [
            r#""command": {"path": "/bin/m", "args": ["x"], "env": {"A": "b"}}"#,
            r#""source": "custom", "command": "/bin/m", "args": ["x"], "env": {"A": "b"}"#,
        ] {
            let server = format!(r#"{{{command}, "settings": {{"k": 1}}}}"#);
            set(
                &place,
                &format!(r#"{{"context_servers": {{"memory": {server}}}}}"#),
            );
            let found = read(&place);
            assert_eq!(found["command"]["path"], "/bin/m", "{version}: {found}");
            assert_eq!(found["command"]["arguments"], json!(["x"]), "{version}");
            assert_eq!(found["settings"], json!({"k": 1}), "{version}");
        }
    }
}

#[test]
fn what_a_project_sets_counts_where_the_project_is_trusted() {
    let place = place("0.7.0");
    set(
        &place,
        r#"{"lsp": {"taplo": {"binary": {"path": "/opt/taplo"}, "settings": {"own": 1}}}}"#,
    );
    set_in_project(
        &place,
        ".annexe",
        r#"{"tab_size": 8, "lsp": {"taplo": {
            "binary": {"path": "./evil", "arguments": ["x"]},
            "initialization_options": {"typescript": {"tsdk": "./evil"}},
            "settings": {"python": {"pythonPath": "./evil"}},
        }}}"#,
    );
    let read = || {
        let mut command = place.command();
        command
            .args(&CALL[..4])
            .args(["language-server-command", "settings-lsp:taplo"]);
        let ran = Ran::of(command);
        assert_eq!(ran.code, 0, "{ran:?}");
        let answer: Value = serde_json::from_str(&ran.stdout).unwrap();
        let found = answer["args"][0].as_str().unwrap();
        (serde_json::from_str::<Value>(found).unwrap(), ran.stderr)
    };
    let (found, stderr) = read();
    assert_eq!(found["binary"]["path"], "/opt/taplo");
    assert!(found["binary"]["arguments"].is_null(), "{found}");
    assert!(found["initialization_options"].is_null(), "{found}");
    assert_eq!(found["settings"], json!({"own": 1}));
    assert_eq!(ask(&place, "settings-language:Lua"), 4);
    let project = place.path("project").canonicalize().unwrap();
    assert_eq!(stderr.matches("not trusted").count(), 1, "{stderr}");
    for words in [
        format!("add `{}` to `trusted_projects`", project.display()),
        format!("`{}/.annexe/settings.json`", project.display()),
    ] {
        assert!(stderr.contains(&words), "{stderr}");
    }
    // It is heard where the answer is JSON, too.
    let ran = place.run(CALL.into_iter().chain(["language-server-command", "echo"]));
    let told = ran.stderr.lines().map(|line| {
        let told: Value = serde_json::from_str(line).unwrap();
        told["warning"].as_str().unwrap_or_default().to_owned()
    });
    let told = told.filter(|warning| warning.contains("not trusted"));
    assert_eq!(told.count(), 1, "{ran:?}");

    // So it is where the user wants to hear nothing.
    let quiet = ["language-server-command", "echo", "--quiet"];
    let ran = place.run(CALL.into_iter().chain(quiet));
    assert!(ran.stderr.contains("{\"warning\":"), "{ran:?}");

    // A folder beside it of the same beginning is another.
    for (trusted, path) in [
        (format!("{}x", project.display()), "/opt/taplo"),
        (format!("{}/inner", project.display()), "/opt/taplo"),
        (text(&project).to_owned(), "./evil"),
        (text(project.parent().unwrap()).to_owned(), "./evil"),
    ] {
        place.configure(&format!("trusted_projects = [{trusted:?}]\n"));
        let (found, stderr) = read();
        assert_eq!(found["binary"]["path"], path, "{trusted}");
        assert_eq!(stderr.contains("not trusted"), path != "./evil", "{stderr}");
    }
}

#[cfg(unix)]
#[test]
fn the_settings_of_a_project_that_is_not_trusted_are_not_even_read() {
    let place = place("0.7.0");
    let file = place.path("project/.zed/settings.json");
    let call = || {
        let mut command = place.command();
        command
            .args(&CALL[..4])
            .args(["language-server-command", "echo"]);
        Ran::of(command)
    };
    set_in_project(&place, ".zed", "{\"lsp\": no");
    for kind in [
        "broken",
        "a pipe",
        "a device",
        "a folder",
        "a link to nowhere",
    ] {
        match kind {
            "broken" => {}
            "a pipe" => {
                let made = std::process::Command::new("mkfifo").arg(&file).status();
                assert!(made.unwrap().success());
            }
            "a device" => std::os::unix::fs::symlink("/dev/zero", &file).unwrap(),
            "a folder" => fs::create_dir(&file).unwrap(),
            _ => std::os::unix::fs::symlink("nowhere", &file).unwrap(),
        }
        place.configure("");
        let ran = call();
        assert_eq!(ran.code, 0, "{kind}: {ran:?}");
        assert!(ran.stderr.contains("not trusted"), "{kind}: {ran:?}");
        if kind != "a link to nowhere" {
            trust(&place);
            let ran = call();
            assert_eq!(ran.code, 0, "{kind}: {ran:?}");
            let words = "settings.json` are left out: ";
            assert!(ran.stderr.contains(words), "{kind}: {ran:?}");
        }
        match kind {
            "a folder" => fs::remove_dir(&file).unwrap(),
            _ => fs::remove_file(&file).unwrap(),
        }
    }
}

#[test]
fn a_mistake_is_told_with_its_place_and_its_key_and_ends_only_the_call_that_needs_it() {
    let place = place("0.7.0");
    trust(&place);
    let call = |verb: &'static str| CALL.into_iter().chain(["language-server-command", verb]);
    for (settings, words, needs) in [
        (
            "{\n  \"lsp\": {\"é\": {\"binary\": \"x\"}}\n}",
            "line 2, column 27: `lsp.é.binary` must be an object, and is a string; it is left out",
            Some("settings-lsp:é"),
        ),
        (
            "{\"lsp\": {\"taplo\": {\"binary\": {\"path\": 1}}}}",
            "`lsp.taplo.binary.path` must be a string, and is a number; it is left out",
            Some("settings-lsp:taplo"),
        ),
        (
            "{\n  \"tab_size\": \"4\"}",
            "line 2, column 15: `tab_size` must be a whole number above zero",
            Some("settings-language:Lua"),
        ),
        (
            "{\"languages\": {\"Lua\": {\"tab_size\": 0}}}",
            "`languages.Lua.tab_size` must be",
            Some("settings-language:Lua"),
        ),
        (
            "{\"languages\": {\"Lua\": {\"language_servers\": 0}}}",
            "`languages.Lua.language_servers` must be",
            None,
        ),
        ("{\"lsp\": []}", "`lsp` must be an object", None),
        (
            "{\"lsp\": {\"taplo\": {\"settigns\": 1}}}",
            "did you mean `settings`?",
            None,
        ),
        ("{\"lsp\" {}}", "are left out: line 1, column", None),
        (
            "[]",
            "are left out: line 1, column 1: the file must be an object",
            None,
        ),
    ] {
        for in_project in [false, true] {
            set(&place, if in_project { "{}" } else { settings });
            set_in_project(&place, ".zed", if in_project { settings } else { "{}" });
            for verb in ["settings-lsp:other", "settings-language:Other"] {
                if settings.contains("  \"tab_size") && verb.ends_with("Other") {
                    continue;
                }
                let ran = place.run(call(verb));
                assert_eq!(ran.code, 0, "{settings}: {ran:?}");
                let told: Vec<Value> = (ran.stderr.lines())
                    .map(|line| serde_json::from_str(line).unwrap())
                    .filter(|line: &Value| line["warning"].to_string().contains("settings.json"))
                    .collect();
                assert_eq!(told.len(), 1, "{settings}: {ran:?}");
                let warning = told[0]["warning"].as_str().unwrap();
                assert!(warning.contains(words), "{settings}: {warning}");
                assert!(warning.contains("settings.json"), "{warning}");
            }
            if let Some(needs) = needs {
                let ran = place.run(call(needs));
                assert_eq!(ran.code, 1, "{settings}: {ran:?}");
                let words = words.trim_end_matches("; it is left out");
                assert!(
                    ran.stderr.matches(words).count() >= 2,
                    "{settings}: {ran:?}"
                );
            }
        }
    }
    // What the project says in its place is what counts.
    set(
        &place,
        "{\"lsp\": {\"taplo\": {\"binary\": {\"path\": 1}}}}",
    );
    let project = "{\"lsp\": {\"taplo\": {\"binary\": {\"path\": \"/bin/it\"}}}}";
    set_in_project(&place, ".zed", project);
    assert_eq!(
        ask(&place, "settings-lsp:taplo")["binary"]["path"],
        "/bin/it"
    );
    set(&place, "{}");
    set_in_project(&place, ".zed", "{}");
    // Another file, which must be there.
    let named = |file: &str| {
        let mut command = place.command();
        command
            .args(CALL)
            .args(["language-server-command", "settings-language:Lua"]);
        Ran::of({
            command.env("ANNEXE_SETTINGS", place.path(file));
            command
        })
    };
    fs::write(place.path("other.json"), "\u{feff}{\"tab_size\": 7}").unwrap();
    let ran = named("other.json");
    assert!(ran.stdout.contains("\"7\""), "{ran:?}");
    assert_eq!(named("none.json").code, 1);
}
