//! `annexe doctor`, and what is noted of the servers that `annexe lsp` runs, with servers that are scripts.

use std::{
    fs,
    io::{Read as _, Write as _},
    os::unix::fs::PermissionsExt as _,
    path::PathBuf,
    process::Stdio,
};

use serde_json::{Value, json};

use crate::support::place::{Place, Ran, text, wasm};

/// A server that does what a script says.
fn server(place: &Place, name: &str, script: &str) -> PathBuf {
    let file = place.beside(name);
    fs::write(&file, format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
    file
}

/// The line of a script that writes messages.
fn says(messages: &[Value]) -> String {
    let framed = messages.iter().map(|message| {
        let body = message.to_string();
        format!(r"Content-Length: {}\r\n\r\n{body}", body.len())
    });
    format!("printf '{}'", framed.collect::<String>())
}

/// A script that answers `initialize` and `shutdown`, and ends with its input.
fn well() -> String {
    let info = json!({"capabilities": {}, "serverInfo": {"name": "stand-in", "version": "1.2"}});
    let answers = says(&[
        json!({"jsonrpc": "2.0", "method": "window/logMessage", "params": {}}),
        json!({"jsonrpc": "2.0", "id": 1, "method": "workspace/configuration", "params": {"items": [{}]}}),
        json!({"jsonrpc": "2.0", "id": 1, "result": info}),
        json!({"jsonrpc": "2.0", "id": 2, "result": null}),
    ]);
    format!("{answers}; cat >&2")
}

/// Sets the programs of servers.
fn set(place: &Place, programs: &[(&str, &str)]) {
    let servers = programs.iter().map(|(id, path)| {
        let binary = json!({"binary": {"path": path, "arguments": ["--stdio"]}});
        ((*id).to_owned(), binary)
    });
    let settings = json!({"lsp": servers.collect::<serde_json::Map<_, _>>()});
    let file = place.configuration().with_file_name("settings.json");
    fs::write(file, settings.to_string()).unwrap();
}

fn doctor(place: &Place, arguments: &[&str]) -> (Ran, Value) {
    let ran = place.run(["doctor", "--json"].iter().chain(arguments));
    let answer = serde_json::from_str(&ran.stdout).unwrap_or_default();
    (ran, answer)
}

#[test]
fn a_server_that_answers_is_shown_with_its_command_and_its_name() {
    let place = Place::new();
    place.ok(["install", "yaml-server"]);
    let program = server(&place, "well", &well());
    set(&place, &[("yaml-language-server", text(&program))]);
    let (ran, answer) = doctor(&place, &[]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let [report] = answer.as_array().unwrap().as_slice() else {
        panic!("{answer}");
    };
    let keys: Vec<&String> = report.as_object().unwrap().keys().collect();
    assert_eq!(
        keys,
        [
            "kind",
            "server",
            "extension",
            "version",
            "ok",
            "skipped",
            "command",
            "milliseconds",
            "name",
            "server_version",
            "problem",
            "hint",
            "last_words",
        ]
    );
    assert_eq!(report["server"], "yaml-language-server");
    assert_eq!(report["extension"], "yaml-server");
    assert!(report["version"].is_string() && report["milliseconds"].is_u64());
    assert_eq!(report["ok"], true);
    assert_eq!(report["command"], json!([text(&program), "--stdio"]));
    assert_eq!(report["name"], "stand-in");
    assert_eq!(report["server_version"], "1.2");
    for program in ["node: ", "npm: "] {
        assert!(ran.stderr.contains(program), "{ran:?}");
    }
    let words = place.ok(["doctor", "yaml-language-server"]);
    for part in ["answers", "stand-in 1.2", " --stdio"] {
        assert!(words.contains(part), "{words}");
    }

    // What is disabled is not looked at, and named it is told.
    place.ok(["disable", "yaml-server", "--project"]);
    assert_eq!(doctor(&place, &[]).1, json!([]));
    set(&place, &[]);
    let (ran, answer) = doctor(&place, &["yaml-language-server"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    let hint = "take it back with `annexe enable yaml-server --project`";
    assert_eq!(answer[0]["hint"], hint);
}

#[test]
fn what_is_wrong_with_a_server_is_told() {
    let place = Place::new();
    let fails = server(&place, "fails", "echo 'no such module' >&2; exit 3");
    let silent = server(&place, "silent", "echo 'thinking' >&2; exec sleep 60");
    let strange = server(
        &place,
        "strange",
        "echo 'use it with --stdio'; exec cat >/dev/null",
    );
    // What is written to it comes back: no answer is one of its own.
    let echoes = server(&place, "echoes", "exec cat");
    let refusing = json!({"jsonrpc": "2.0", "id": 1, "error": {"code": 1, "message": "not today"}});
    let refuses = server(
        &place,
        "refuses",
        &format!("{}; exec cat", says(&[refusing])),
    );
    // Far more than the machine's memory has room for, each message deep in lists.
    let message = "[".repeat(500_000) + &"]".repeat(500_000);
    let message = format!("Content-Length: {}\r\n\r\n{message}", message.len());
    fs::write(place.beside("message"), message).unwrap();
    let floods = server(
        &place,
        "floods",
        &format!(
            "while cat '{}'; do :; done",
            place.beside("message").display()
        ),
    );
    let well = server(&place, "well", &well());
    set(
        &place,
        &[
            ("fails", text(&fails)),
            ("silent", text(&silent)),
            ("strange", text(&strange)),
            ("echoes", text(&echoes)),
            ("refuses", text(&refuses)),
            ("floods", text(&floods)),
            ("missing", "/nowhere/at-all"),
            ("well", text(&well)),
        ],
    );
    let named = [
        "--timeout",
        "2",
        "fails",
        "silent",
        "strange",
        "echoes",
        "refuses",
        "floods",
        "missing",
        "unheard-of",
        "yaml-language-server",
        "well",
    ];
    let (ran, answer) = doctor(&place, &named);
    assert_eq!(ran.code, 1, "{ran:?}");
    let problems = [
        (
            "fails",
            "it has ended before it answered `initialize` (exit status: 3)",
        ),
        ("silent", "it has not answered `initialize` within 2 s"),
        ("strange", "its output is not LSP: what came"),
        ("echoes", "its output is not LSP: its answer"),
        ("refuses", "it has refused `initialize`: not today"),
        ("floods", "it has not answered `initialize` within 2 s"),
        ("missing", "`/nowhere/at-all` is not there"),
        (
            "unheard-of",
            "no installed extension brings the language server `unheard-of`",
        ),
        ("yaml-language-server", "no installed extension brings"),
    ];
    for ((id, problem), report) in problems.into_iter().zip(answer.as_array().unwrap()) {
        assert_eq!(
            (&report["server"], &report["ok"]),
            (&json!(id), &json!(false))
        );
        let told = report["problem"].as_str().unwrap();
        assert!(told.starts_with(problem), "{told}");
    }
    assert_eq!(answer[0]["last_words"], json!(["no such module"]));
    assert_eq!(answer[1]["last_words"], json!(["thinking"]));
    let hint = answer[8]["hint"].as_str().unwrap();
    assert!(hint.contains("`annexe install yaml-server`"), "{hint}");
    assert_eq!(
        (&answer[9]["server"], &answer[9]["ok"]),
        (&json!("well"), &json!(true))
    );

    let ran = place.run(["doctor", "fails"]);
    for part in ["fails: it has ended", "it said: no such module"] {
        assert!(ran.stdout.contains(part), "{ran:?}");
    }
}

#[test]
fn a_server_that_was_never_fetched_says_how_it_is_to_be_had() {
    let place = Place::new();
    assert_eq!(doctor(&place, &[]).1, json!([]));
    place.ok(["install", "yaml-server"]);
    let (ran, answer) = doctor(&place, &[]);
    assert_eq!((ran.code, &answer[0]["ok"]), (1, &json!(false)), "{ran:?}");
    let problem = answer[0]["problem"].as_str().unwrap();
    // A machine without Node.js is told of that first.
    let hint = match problem.contains("this is offline") {
        true => json!("`annexe doctor --fetch yaml-language-server` fetches what it needs"),
        false => Value::Null,
    };
    assert_eq!(answer[0]["hint"], hint, "{answer}");
    assert!(
        hint.is_string() || problem.contains("Node.js was not found"),
        "{problem}"
    );
}

#[test]
fn what_an_extension_keeps_to_itself_is_told_by_the_doctor_and_in_the_editor() {
    let server = "swallow:github:no/such";
    let place = Place::asking([server]);
    let folder = place.extension("keeps", "1.0.0");
    fs::copy(wasm("0.7.0"), folder.join("extension.wasm")).unwrap();
    place.ok(["pack", "keeps"]);
    place.ok(["install", "./keeps-1.0.0.tar.gz", "--accept-capabilities"]);
    let told = "failed to download latest github release: `latest-github-release` failed: ";
    let (_, answer) = doctor(&place, &[server]);
    let problem = answer[0]["problem"].as_str().unwrap();
    assert!(
        problem.contains(told) && problem.ends_with("this is offline"),
        "{problem}"
    );
    let hint = format!("`annexe doctor --fetch {server}` fetches what it needs");
    assert_eq!(answer[0]["hint"], hint);

    let mut bridge = place
        .command()
        .args(["lsp", "--offline", server])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let body =
        json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"capabilities": {}}})
            .to_string();
    let mut input = bridge.stdin.take().unwrap();
    write!(input, "Content-Length: {}\r\n\r\n{body}", body.len()).unwrap();
    let mut output = bridge.stdout.take().unwrap();
    let mut said = vec![0; 20];
    // It answers, and then there is nothing to wait for.
    output.read_exact(&mut said).unwrap();
    drop(input);
    output.read_to_end(&mut said).unwrap();
    bridge.wait().unwrap();
    let said = String::from_utf8_lossy(&said);
    assert!(said.contains(told), "{said}");
    assert!(said.contains("do it once with a network"), "{said}");
}

#[test]
fn the_log_has_what_a_server_says_and_how_it_ends() {
    let place = Place::new();
    place.ok(["install", "yaml-server"]);
    let script = format!(
        "echo 'a line' >&2; {}; cat >/dev/null; echo gone >&2; exit 4",
        well_answers()
    );
    let program = server(&place, "server", &script);
    set(&place, &[("yaml-language-server", text(&program))]);
    let mut command = place.command();
    command
        .args(["lsp", "--offline", "yaml-language-server"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    let mut bridge = command.spawn().unwrap();
    let body =
        json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"capabilities": {}}})
            .to_string();
    let mut input = bridge.stdin.take().unwrap();
    write!(input, "Content-Length: {}\r\n\r\n{body}", body.len()).unwrap();
    let mut output = bridge.stdout.take().unwrap();
    // The answer: the server runs.
    output.read_exact(&mut [0; 20]).unwrap();
    drop(input);
    output.read_to_end(&mut Vec::new()).unwrap();
    assert_eq!(bridge.wait().unwrap().code(), Some(4));

    let log = place.json(["log", "yaml-server"]);
    let entries = log.as_array().unwrap().iter();
    let of_server = entries.filter(|entry| entry["what"] == "server");
    let told: Vec<&str> = of_server
        .map(|entry| entry["text"].as_str().unwrap())
        .collect();
    let [started, line, last, ended] = told.as_slice() else {
        panic!("{told:?}");
    };
    assert!(
        started.starts_with("yaml-language-server started in process "),
        "{started}"
    );
    assert_eq!(*line, "yaml-language-server: a line");
    assert_eq!(*last, "yaml-language-server: gone");
    assert_eq!(*ended, "yaml-language-server ended: exit status: 4");
    assert_eq!(place.json(["stats", "yaml-server"])["server_starts"], 1);
}

/// The answer to `initialize` alone.
fn well_answers() -> String {
    says(&[json!({"jsonrpc": "2.0", "id": 1, "result": {"capabilities": {}}})])
}
