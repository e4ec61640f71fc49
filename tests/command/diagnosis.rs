//! `annexe call --trace` and `--core-dump`, `annexe log`, `annexe stats`.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    process::Stdio,
};

use serde_json::{Value, json};

use crate::support::place::{Place, Ran, text, wasm};

const COMMAND: &str = "language-server-command";

/// A place where the guest built with API 0.7.0 is installed as `echo`.
fn installed() -> Place {
    let place = Place::asking([
        "count",
        "print:a word",
        "print:first",
        "print:second",
        "print:third",
        "print:x",
        "trap",
    ]);
    let folder = place.extension("echo", "1.0.0");
    std::fs::copy(wasm("0.7.0"), folder.join("extension.wasm")).unwrap();
    place.ok(["pack", "echo"]);
    place.ok(["install", "./echo-1.0.0.tar.gz", "--accept-capabilities"]);
    place
}

fn words(log: &Value) -> Vec<&str> {
    let log = log.as_array().unwrap().iter();
    log.map(|entry| entry["what"].as_str().unwrap()).collect()
}

#[test]
fn a_trace_shows_what_is_asked_of_the_host_and_leaves_the_answer_alone() {
    let place = Place::new();
    let guest = wasm("0.7.0");
    std::fs::write(place.path("notes.txt"), "first\n\u{1b}[2J\u{202e}last").unwrap();
    let call = ["call", text(&guest), COMMAND, "read:notes.txt", "--trace"];
    let ran = place.run(call);
    assert_eq!(ran.code, 0, "{ran:?}");
    let answer: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(answer["args"][0], "first\n\u{1b}[2J\u{202e}last");
    let line = ran.stderr.lines().find(|line| line.contains("read-text"));
    let line = line.unwrap();
    assert!(
        line.contains(" ms  worktree.read-text-file  path: \"notes.txt\" → \"first\\n")
            && line.contains("\\u{202e}last"),
        "{ran:?}"
    );
    for what in ["started", "answered"] {
        assert!(ran.stderr.contains(what), "{ran:?}");
    }
    assert!(!ran.stderr.contains(['\u{1b}', '\u{202e}']), "{ran:?}");

    let ran = place.run(call.into_iter().chain(["--json"]));
    let lines: Vec<Value> = ran
        .stderr
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let call = lines.iter().find(|it| it["event"] == "host-call").unwrap();
    assert_eq!(call["operation"], "worktree.read-text-file");
    assert_eq!(call["arguments"], json!({"path": "notes.txt"}));
    assert_eq!(call["result"], "first\n\u{1b}[2J\u{202e}last");
    assert!(call["milliseconds"].is_number(), "{call}");
    assert_eq!(call["extension"], "api-0-7-0");
}

#[test]
fn a_trace_shows_errors_and_what_is_printed_once() {
    let place = Place::new();
    let guest = wasm("0.7.0");
    let ran = place.run(["call", text(&guest), COMMAND, "read:no/file", "--trace"]);
    assert_eq!(ran.code, 1);
    let line = ran.stderr.lines().find(|line| line.contains("read-text"));
    assert!(line.unwrap().contains("→ error: "), "{ran:?}");
    let ran = place.run(["call", text(&guest), COMMAND, "print:hello", "--trace"]);
    assert_eq!(ran.stderr.matches("hello").count(), 2, "{ran:?}");
    assert!(
        ran.stderr.contains("stdout") && ran.stderr.contains("stderr"),
        "{ran:?}"
    );
}

#[test]
fn a_core_dump_is_written_where_the_extension_stops_and_replaces_nothing() {
    let place = Place::new();
    let guest = wasm("0.7.0");
    let trap = ["call", text(&guest), COMMAND, "trap", "--core-dump", "core"];
    let ran = place.run(["call", text(&guest), COMMAND, "echo", "--core-dump", "core"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(!place.path("core").exists());

    let error = place.error(1, trap);
    let file = place.path("core").canonicalize().unwrap();
    assert!(
        error["message"].as_str().unwrap().ends_with("core`"),
        "{error}"
    );
    assert!(
        error["causes"][0].as_str().unwrap().contains("unreachable"),
        "{error}"
    );
    let frames = error["backtrace"].as_array().unwrap();
    assert!(
        frames[0].as_str().unwrap().contains(" at 0x"),
        "the numbers and the heading are left out: {error}"
    );
    let dump = std::fs::read(&file).unwrap();
    let mut sections = Vec::new();
    for payload in wasmparser::Parser::new(0).parse_all(&dump) {
        if let wasmparser::Payload::CustomSection(section) = payload.unwrap() {
            sections.push(section.name().to_owned());
        }
    }
    for name in ["core", "corestack"] {
        assert!(sections.iter().any(|it| it == name), "{sections:?}");
    }

    let error = place.error(1, trap);
    assert!(
        error["message"]
            .as_str()
            .unwrap()
            .contains("exists already"),
        "{error}"
    );
    assert_eq!(std::fs::read(&file).unwrap(), dump);
}

#[test]
fn an_extension_that_the_configuration_names_is_traced_and_dumped_as_others_are() {
    let place = installed();
    place.configure("[extension.echo.limits]\nguest_time_seconds = 9\n");
    let ran = place.run(["call", "echo", COMMAND, "echo", "--trace"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    for what in ["started", "answered"] {
        assert!(ran.stderr.contains(what), "{ran:?}");
    }
    place.error(1, ["call", "echo", COMMAND, "trap", "--core-dump", "core"]);
    let dump = std::fs::read(place.path("core")).unwrap();
    assert!(dump.starts_with(b"\0asm"));
    assert_eq!(
        place.json(["stats", "echo"])["faults"],
        1,
        "the log hears too"
    );
}

#[test]
fn a_log_is_kept_of_what_is_installed() {
    let place = installed();
    let none = place.run(["log", "echo"]);
    assert_eq!((none.code, none.stdout.as_str()), (0, ""), "{none:?}");
    assert!(none.stderr.contains("has no log yet"), "{none:?}");
    assert_eq!(place.json(["log", "echo"]), json!([]));
    let error = place.error(1, ["log", "ecko"]);
    assert_eq!(error["message"], "`ecko` is not installed");
    assert!(error["hint"].as_str().unwrap().contains("echo"), "{error}");

    place.ok(["call", "echo", COMMAND, "print:a word", "--quiet"]);
    place.error(1, ["call", "echo", COMMAND, "trap"]);
    let log = place.json(["log", "echo", "--all"]);
    let words = words(&log);
    for what in ["started", "stdout", "stderr", "stopped", "at"] {
        assert!(words.contains(&what), "{log}");
    }
    let entries = log.as_array().unwrap();
    let printed = entries.iter().find(|it| it["what"] == "stdout").unwrap();
    assert_eq!(printed["text"], "a word");
    let started = entries[0]["text"].as_str().unwrap();
    assert!(started.starts_with("1.0.0 in process "), "{log}");

    let shown = place.ok(["log", "echo", "-n", "3"]);
    assert_eq!(shown.lines().count(), 3, "{shown}");
    assert!(shown.lines().all(|line| line.contains("Z at ")), "{shown}");

    // It outlives the extension, unless what that wrote goes too.
    place.ok(["remove", "echo"]);
    assert!(place.ok(["log", "echo"]).contains("a word"));
    let collected = place.json(["gc", "--keep", "1"]);
    assert_eq!(collected["logs"], 1);
    place.error(1, ["log", "echo"]);
    place.ok(["install", "./echo-1.0.0.tar.gz", "--accept-capabilities"]);
    place.ok(["call", "echo", COMMAND, "echo"]);
    place.ok(["remove", "echo", "--work"]);
    place.error(1, ["log", "echo"]);
    place.error(1, ["stats", "echo"]);
}

#[test]
fn what_a_removed_extension_wrote_is_named_and_removed_later() {
    let place = installed();
    let first = place.work_dir("echo");
    place.ok(["call", "echo", COMMAND, "echo"]);
    let archive = place.path("echo-1.0.0.tar.gz");
    std::fs::copy(archive, place.path("another.tar.gz")).unwrap();
    place.ok(["install", "./another.tar.gz", "--accept-capabilities"]);
    place.ok(["call", "echo", COMMAND, "echo"]);
    let own = place.work_dir("echo");
    assert_ne!(own, first);
    place.ok(["remove", "echo"]);
    assert!(own.exists() && first.exists());
    let before = place.json(["history"]);
    let ran = place.run(["remove", "echo", "--work"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    for folder in [&own, &first] {
        let words = format!("removed `{}`", folder.display());
        assert!(ran.stderr.contains(&words), "{ran:?}");
        assert!(!folder.exists());
    }
    place.error(1, ["log", "echo"]);
    // Nothing that is installed has changed, and nothing is left to be removed.
    assert_eq!(place.json(["history"]), before);
    place.error(1, ["remove", "echo", "--work"]);

    place.ok(["install", "./another.tar.gz", "--accept-capabilities"]);
    place.ok(["call", "echo", COMMAND, "echo"]);
    let kept = place.json(["gc", "--keep", "1", "--work"]);
    assert_eq!((&kept["left_work_dirs"], own.exists()), (&json!(0), true));
    place.ok(["remove", "echo"]);
    let kept = place.ok(["gc", "--keep", "1"]);
    assert!(kept.contains("`annexe gc --work` removes that"), "{kept}");
    assert!(own.exists());
    let gone = place.json(["gc", "--work"]);
    assert_eq!(
        (&gone["left_work_dirs"], &gone["work_removed"]),
        (&json!(1), &json!(true))
    );
    assert!(!own.exists());
}

#[cfg(unix)]
#[test]
fn a_log_is_followed_until_the_person_has_seen_enough() {
    let place = installed();
    place.ok(["call", "echo", COMMAND, "print:first", "--quiet"]);
    let mut command = place.command();
    command
        .args(["log", "echo", "--follow", "--json", "--lines", "1000"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut until = |text: &str| {
        let found = lines.find(|line| {
            let entry: Value = serde_json::from_str(line.as_ref().unwrap()).unwrap();
            entry["text"] == text && entry["what"] == "stdout"
        });
        assert!(found.is_some(), "it has ended before `{text}`");
    };
    until("first");
    place.ok(["call", "echo", COMMAND, "print:second", "--quiet"]);
    until("second");
    // The next one finds it full, and begins another.
    let log = place.store().join("logs/echo.log");
    let mut file = std::fs::File::options().append(true).open(&log).unwrap();
    let line = format!("2026-11-22T10:00:00Z stdout    {}\n", "x".repeat(99));
    file.write_all(line.repeat(9_000).as_bytes()).unwrap();
    place.ok(["call", "echo", COMMAND, "print:third", "--quiet"]);
    until("third");
    assert!(place.store().join("logs/echo.log.1").exists());
    let kill = std::process::Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(kill.unwrap().success());
    assert_eq!(Ran::from(child.wait_with_output().unwrap()).code, 0);
    let last = place.json(["log", "echo", "-n", "9002"]);
    assert_eq!(last.as_array().unwrap().len(), 9002);
}

#[test]
fn numbers_add_up_over_processes() {
    let place = installed();
    let none = place.run(["stats"]);
    assert_eq!((none.code, none.stdout.as_str()), (0, ""), "{none:?}");
    assert_eq!(place.json(["stats", "echo"])["starts"], 0);
    for verb in ["echo", "count"] {
        place.ok(["call", "echo", COMMAND, verb]);
    }
    place.error(1, ["call", "echo", COMMAND, "trap"]);
    place.ok(["call", "echo", COMMAND, "echo", "--work-dir", "elsewhere"]);
    let stats = place.json(["stats", "echo"]);
    assert_eq!(
        [
            &stats["starts"],
            &stats["calls"],
            &stats["faults"],
            &stats["restarts"]
        ],
        [4, 4, 1, 0],
        "{stats}"
    );
    assert!(stats["most_memory_bytes"].as_u64() > Some(0), "{stats}");
    assert!(stats["guest_nanoseconds"].as_u64() > Some(0), "{stats}");
    assert!(stats["last_used"].is_string(), "{stats}");
    let fault = &stats["last_fault"];
    assert!(
        fault["message"].as_str().unwrap().contains("unreachable"),
        "{stats}"
    );
    assert!(!fault["backtrace"].as_str().unwrap().is_empty(), "{stats}");
    assert_eq!(place.json(["stats"])[0]["id"], "echo");
    let table = place.ok(["stats"]);
    assert!(
        table.starts_with("ID ") && table.contains("echo"),
        "{table}"
    );
    let error = place.error(1, ["stats", "ecko"]);
    assert!(error["hint"].as_str().unwrap().contains("echo"), "{error}");
}

#[test]
fn what_cannot_be_noted_keeps_nobody_from_calling() {
    let place = installed();
    // In the way of the folders, for whoever may write to everything too.
    for name in ["logs", "stats"] {
        std::fs::write(place.store().join(name), "").unwrap();
    }
    let ran = place.run(["call", "echo", COMMAND, "print:x"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(ran.stderr.matches("is not noted").count(), 1, "{ran:?}");
    let ran = place.run(["call", "echo", COMMAND, "echo", "--quiet"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{ran:?}");
}
