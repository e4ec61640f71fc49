//! The templates: what each makes builds, passes `check` and answers.

use std::path::PathBuf;

use serde_json::{Value, json};

use super::made;
use crate::support::{
    place::{Place, Ran, text},
    toolchain::build,
};

/// Makes an extension inside another cargo workspace, builds it, and checks it.
fn built(place: &Place, id: &str, template: &str, package: &str) -> Option<PathBuf> {
    std::fs::write(place.path("Cargo.toml"), "[workspace]\nmembers = []\n").unwrap();
    let options = [
        "--template",
        template,
        "--name",
        "The \"quoted\"\n\\ 王 {{id}}",
        "--author",
        "A \"B\" \\ C\n# D <a@example.org>",
        "--repository",
        "https://example.org/it",
    ];
    made(place, &[&[id][..], &options].concat());
    let folder = place.path(id);
    let component = build(&folder, package)?;
    // Building changes nothing that is kept.
    assert!(!folder.join("target").exists());
    std::fs::copy(component, folder.join("extension.wasm")).unwrap();
    let mut checked = place.json(["check", text(&folder), "--start"]);
    assert_eq!(checked[0]["ok"], true, "{checked}");
    if template != "slash-command" {
        checked = place.json(["check", text(&folder), "--for", "zed"]);
        assert_eq!(checked[0]["ok"], true, "{checked}");
    }
    assert_eq!(checked[0]["api"], "0.7.0", "{checked}");
    let findings = checked[0]["findings"].as_array().unwrap();
    let is_worse = |finding: &&Value| finding["severity"] != "note";
    assert_eq!(findings.iter().find(is_worse), None, "{checked}");
    Some(folder)
}

#[test]
fn a_language_server_extension_builds_passes_and_starts_its_server() {
    let place = Place::new();
    let Some(folder) = built(
        &place,
        "0-tcl-lsp",
        "language-server",
        "extension-0-tcl-lsp",
    ) else {
        return;
    };
    let mut call = place.command();
    let call = call
        .args([
            "call",
            text(&folder),
            "language-server-command",
            "0-tcl-lsp",
        ])
        .env("PATH", place.path("bin"));
    let ran = Ran::from(call.output().unwrap());
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(
        ran.stderr
            .contains("`0-tcl-lsp` is not on PATH; install it"),
        "{ran:?}"
    );

    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;

        let program = place.path("bin/0-tcl-lsp");
        std::fs::create_dir(place.path("bin")).unwrap();
        std::fs::write(&program, "#!/bin/sh\n").unwrap();
        std::fs::set_permissions(&program, PermissionsExt::from_mode(0o755)).unwrap();
        let ran = Ran::from(call.arg("--json").output().unwrap());
        assert_eq!(ran.code, 0, "{ran:?}");
        let command: Value = serde_json::from_str(&ran.stdout).unwrap();
        assert_eq!(command["command"], text(&program));
        assert_eq!(command["args"], json!(["--stdio"]));
    }
}

#[test]
fn a_theme_has_no_code_and_passes() {
    let place = Place::new();
    let repository = ["--repository", "https://example.org/it"];
    let answer = made(
        &place,
        &[&["night-sky", "--template", "theme"], &repository[..]].concat(),
    );
    assert_eq!(
        answer["files"],
        json!([
            ".gitignore",
            "LICENSE",
            "README.md",
            "extension.toml",
            "themes/night-sky.json"
        ])
    );
    assert_eq!(answer["next"][1], "annexe check night-sky --for zed");
    let checked = place.json(["check", "night-sky", "--for", "zed"]);
    let findings = checked[0]["findings"].as_array().unwrap();
    assert!(
        findings.iter().all(|it| it["severity"] == "note"),
        "{checked}"
    );
    let info = place.json(["info", "./night-sky"]);
    let themes = info["offers"]["themes"].to_string();
    assert!(
        themes.contains("Night Sky Light") && themes.contains("Night Sky Dark"),
        "{info}"
    );
    place.ok(["pack", "night-sky"]);
}

#[test]
fn a_placeholder_repository_is_found() {
    let place = Place::new();
    made(&place, &["night", "--template", "theme"]);
    let checked = place.json(["check", "night"]);
    let codes: Vec<_> = checked[0]["findings"].as_array().unwrap().iter().collect();
    assert!(
        codes
            .iter()
            .any(|it| it["code"] == "repository-placeholder"),
        "{checked}"
    );
}

#[test]
fn a_context_server_extension_builds_passes_and_starts_its_server() {
    let place = Place::new();
    let Some(folder) = built(&place, "notes", "context-server", "notes") else {
        return;
    };
    let call = ["call", text(&folder), "context-server-command", "notes"];
    let command = place.json(call);
    let args = command["args"].as_array().unwrap();
    assert_eq!(args.last(), Some(&json!("notes")), "{command}");
}

#[test]
fn a_debug_adapter_extension_builds_passes_and_answers() {
    let place = Place::new();
    let Some(folder) = built(&place, "wader", "debug-adapter", "wader") else {
        return;
    };
    assert!(folder.join("debug_adapter_schemas/wader.json").exists());
    let ask = |configuration: &str| {
        place.run([
            "call",
            text(&folder),
            "dap-request-kind",
            "wader",
            configuration,
        ])
    };
    let ran = ask(r#"{"request": "attach"}"#);
    assert!(ran.code == 0 && ran.stdout.contains("attach"), "{ran:?}");
    let ran = ask("{}");
    assert!(ran.stderr.contains("`launch` or `attach`"), "{ran:?}");
}

#[test]
fn a_slash_command_extension_builds_passes_and_answers() {
    let place = Place::new();
    // A crate that it is built with has the same name.
    let Some(folder) = built(&place, "serde", "slash-command", "extension-serde") else {
        return;
    };
    std::fs::write(place.path("größe.md"), "→ 1\n").unwrap();
    std::fs::write(place.path("two.md"), "2\n").unwrap();
    let call = |export: &str, values: &str| {
        place.run(["call", text(&folder), export, "serde", values, "--json"])
    };
    let ran = call("run-slash-command", r#"["größe.md", "two.md"]"#);
    let answer: Value = serde_json::from_str(&ran.stdout).unwrap();
    let words = answer["text"].as_str().unwrap();
    assert_eq!(words, "# größe.md\n\n→ 1\n\n# two.md\n\n2\n\n");
    let end = words.find("# two").unwrap();
    assert_eq!(
        answer["sections"],
        json!([
            { "range": { "start": 0, "end": end }, "label": "größe.md" },
            { "range": { "start": end, "end": words.len() }, "label": "two.md" },
        ])
    );
    let ran = call("complete-slash-command-argument", r#"["Ca"]"#);
    let offered: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(offered[0]["new_text"], "Cargo.toml");
    assert_eq!(offered.as_array().unwrap().len(), 1);
    for (values, words) in [
        ("[]", "name a file"),
        (r#"["no.md"]"#, "`no.md` cannot be read"),
    ] {
        let ran = call("run-slash-command", values);
        assert!(ran.code == 1 && ran.stderr.contains(words), "{ran:?}");
    }
}
