//! `annexe call`.

use serde_json::json;

use crate::support::place::{Place, text, wasm};

const COMMAND: &str = "language-server-command";

#[test]
fn an_answer_is_json_on_stdout() {
    let place = Place::new();
    let guest = wasm("0.0.1");
    let ran = place.run([
        "call",
        text(&guest),
        COMMAND,
        "version",
        "--work-dir",
        "work",
    ]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{ran:?}");
    assert!(ran.stdout.starts_with("{\n  \"command\""), "{}", ran.stdout);
    let answer = place.json([
        "call",
        text(&guest),
        COMMAND,
        "version",
        "--work-dir",
        "work",
    ]);
    assert_eq!(answer["args"], json!(["0.0.1"]));
    assert_eq!(answer["command"], text(&place.path("work/version")));
}

#[test]
fn a_server_is_named_by_its_id_or_with_its_language() {
    let place = Place::asking(["echo:1"]);
    place.extension("echo", "1.0.0");
    let language = |arguments: &[&str]| {
        let all = ["call", "./echo", COMMAND].iter().chain(arguments);
        place.json(all.copied())["args"][1].clone()
    };
    // The manifest names one language for the server.
    assert_eq!(language(&["echo"]), "Rust");
    assert_eq!(language(&["echo", "--language", "C"]), "C");
    assert_eq!(language(&[r#"{"id":"echo","language":"Ada"}"#]), "Ada");
    assert_eq!(language(&[r#""echo:1""#]), "Rust");
}

#[test]
fn a_call_leaves_nothing_where_temporary_files_are() {
    let place = Place::new();
    let temporary = place.path("temporary");
    std::fs::create_dir(&temporary).unwrap();
    let guest = wasm("0.0.1");
    let ran = place
        .command()
        // There is no npm, and a place was made for it to work in.
        .args(["call", text(&guest), COMMAND, "npm-latest:one"])
        .env("TMPDIR", &temporary)
        .env("PATH", "/no/such/folder")
        .output()
        .unwrap();
    let error = String::from_utf8_lossy(&ran.stderr);
    assert!(error.contains("was not found"), "{error}");
    assert_eq!(std::fs::read_dir(&temporary).unwrap().count(), 0);
}

#[test]
fn an_extension_sees_the_worktree_and_the_environment() {
    let place = Place::new();
    let guest = wasm("0.0.1");
    let mut command = place.command();
    command
        .args(["call", text(&guest), COMMAND, "echo", "--json"])
        .env("TEST_NAME", "a value");
    let answer: serde_json::Value =
        serde_json::from_slice(&command.output().unwrap().stdout).unwrap();
    assert!(
        answer["env"]
            .as_array()
            .unwrap()
            .contains(&json!(["TEST_NAME", "a value"])),
        "{answer}"
    );
    let ran = place.run([
        "call",
        text(&guest),
        COMMAND,
        "echo",
        "--worktree",
        "not-there",
    ]);
    assert_eq!(ran.code, 1);
    assert!(ran.stderr.contains("not-there"));
}

#[test]
fn without_an_export_all_are_listed() {
    let place = Place::new();
    let guest = wasm("0.0.1");
    assert!(place.ok(["call", text(&guest)]).contains(COMMAND));
    let exports = place.json(["call", text(&guest)]);
    assert_eq!(
        exports[0],
        json!({"name": COMMAND, "since": "0.0.1", "arguments": [{"name": "server", "is_text": false, "is_required": true}], "has_default": false, "in_api": true})
    );
}

#[test]
fn what_the_extension_answers_with_an_error_fails() {
    let place = Place::new();
    let guest = wasm("0.0.1");
    let error = place.error(1, ["call", text(&guest), COMMAND, "fail:no \u{1b}[2J way"]);
    assert_eq!(
        error["message"],
        "the extension answered with an error: no \u{1b}[2J way"
    );
    let ran = place.run(["call", text(&guest), COMMAND, "fail:no \u{1b}[2J way"]);
    assert_eq!(
        ran.stderr,
        "error: the extension answered with an error: no \\u{1b}[2J way\n"
    );
    let error = place.error(1, ["call", text(&guest), COMMAND, "trap"]);
    assert!(
        error["backtrace"]
            .as_array()
            .is_some_and(|frames| !frames.is_empty()),
        "{error}"
    );
    for more in [&[][..], &["--quiet"], &["--json"]] {
        let words = ["call", text(&guest), COMMAND, "trap"];
        let ran = place.run(words.into_iter().chain(more.iter().copied()));
        // The log would say it a second time; what the guest itself writes is shown.
        let twice = |line: &&str| line.starts_with(" ") && !line.contains(" annexe::guest: ");
        let twice: Vec<_> = ran.stderr.lines().filter(twice).collect();
        assert!(
            !twice.iter().any(|line| line.contains("annexe::")),
            "{twice:?}"
        );
    }
    let error = place.error(
        1,
        ["call", text(&guest), COMMAND, "loop", "--deadline", "0.2"],
    );
    assert_eq!(
        error["message"],
        "the extension did not answer within 0.2 s, its `--deadline`"
    );
    assert_eq!(
        error["hint"],
        "give it longer with `--deadline <SECONDS>`; if it does not need longer, report it to the extension's author"
    );
    for time in ["0", "-1", "NaN", "soon"] {
        let deadline = format!("--deadline={time}");
        let error = place.error(2, ["call", text(&guest), COMMAND, "echo", &deadline]);
        let message = error["message"].as_str().unwrap();
        assert!(
            message.contains("it must be a number of seconds above zero"),
            "{time}: {error}"
        );
    }
}

#[test]
fn an_export_that_does_not_exist_is_wrong_usage() {
    let place = Place::new();
    let guest = wasm("0.0.1");
    let error = place.error(2, ["call", text(&guest), "language-server-comand", "x"]);
    assert_eq!(error["hint"], "did you mean `language-server-command`?");
    let error = place.error(2, ["call", text(&guest), COMMAND, "a", "b"]);
    assert_eq!(
        error["message"],
        "`language-server-command` takes 1 argument (server)"
    );
    let error = place.error(1, ["call", text(&guest), COMMAND, "7"]);
    assert!(
        error["message"]
            .as_str()
            .unwrap()
            .contains("argument `server`"),
        "{error}"
    );
}

#[test]
fn an_argument_that_is_missing_is_named_with_the_form_of_the_call() {
    let place = Place::new();
    let guest = wasm("0.7.0");
    let table = [
        (
            &["get-dap-binary", "x"][..],
            "task",
            "get-dap-binary <adapter> <task> [user_installed_path]",
        ),
        (
            &["run-slash-command"],
            "command",
            "run-slash-command <command> <arguments>",
        ),
        (&[COMMAND], "server", "language-server-command <server>"),
    ];
    for (call, missing, form) in table {
        let error = place.error(2, [&["call", text(&guest)], call].concat());
        let message = format!("`{}` needs the argument `{missing}`", call[0]);
        assert_eq!(error["message"], message.as_str());
        let hint = format!("write `annexe call {} {form}`", text(&guest));
        assert_eq!(error["hint"], hint.as_str());
    }
}

#[test]
fn json_that_breaks_off_is_named_by_its_argument() {
    let place = Place::new();
    let guest = wasm("0.7.0");
    let call = ["call", text(&guest), "labels-for-completions", "x", "[{"];
    let message = place.error(2, call)["message"].clone();
    let expected =
        "the argument `completions` is not JSON: EOF while parsing an object at line 1 column 2";
    assert_eq!(message, expected);
}

#[test]
fn text_is_text_whatever_it_looks_like_and_a_slash_command_is_known_by_its_name() {
    let place = Place::new();
    let guest = wasm("0.7.0");
    for configuration in [
        r#"{"request": "launch"}"#,
        r#"{"request":"launch","args":[null]}"#,
    ] {
        let answer = place.json(["call", text(&guest), "dap-request-kind", "a", configuration]);
        assert_eq!(answer, "launch");
    }
    let answer = place.json(["call", text(&guest), "suggest-docs-packages", "7"]);
    assert_eq!(answer, serde_json::json!(["7-one", "7-two"]));

    let sample = concat!(env!("CARGO_MANIFEST_DIR"), "/registry-index");
    place.ok(["install", "http-reference", "--registry", sample]);
    let answer = place.json([
        "call",
        "http-reference",
        "run-slash-command",
        "http",
        "[\"404\"]",
    ]);
    assert!(
        answer["text"].as_str().unwrap().contains("Not Found"),
        "{answer}"
    );
}

#[test]
fn what_has_no_component_cannot_be_called() {
    let place = Place::new();
    place.themes("plain", "1.0.0");
    let error = place.error(1, ["call", "./plain", COMMAND, "x"]);
    assert_eq!(error["message"], "`./plain` has no component");
    let error = place.error(1, ["call", "plane", COMMAND, "x"]);
    assert_eq!(error["message"], "`plane` is not installed");
}

#[test]
fn a_name_that_the_manifest_lacks_is_refused_with_those_it_has() {
    let place = Place::asking(["other"]);
    let folder = place.extension("one", "1.0.0");
    std::fs::copy(wasm("0.7.0"), folder.join("extension.wasm")).unwrap();
    let more = "[context_servers.notes]\n[debug_adapters.lldb]\n[debug_locators.cargo]\n\
        [slash_commands.outline]\ndescription = \"\"\n";
    let manifest = std::fs::read_to_string(folder.join("extension.toml")).unwrap() + more;
    std::fs::write(folder.join("extension.toml"), manifest).unwrap();
    let servers = "its language servers are `echo`, `other`";
    let adapter = r#"{"label": "", "adapter": "gdb", "request": {"launch": {"program": ""}}}"#;
    let cases: [(&[&str], &str, &str); 10] = [
        (
            &[COMMAND, "ecko"],
            "language server `ecko`",
            &format!("did you mean `echo`? {servers}"),
        ),
        (
            &[COMMAND, r#"{"id": "pylsp", "language": "Python"}"#],
            "language server `pylsp`",
            servers,
        ),
        (
            &["labels-for-completions", "pylsp", "[]"],
            "language server `pylsp`",
            servers,
        ),
        (
            &[
                "language-server-additional-workspace-configuration",
                "pylsp",
                "any",
            ],
            "language server `pylsp`",
            servers,
        ),
        (
            &["context-server-command", "echo"],
            "context server `echo`",
            "`echo` is a language server of it",
        ),
        (
            &["get-dap-binary", "gdb", "{}"],
            "debug adapter `gdb`",
            "its debug adapter is `lldb`",
        ),
        (
            &["dap-config-to-scenario", adapter],
            "debug adapter `gdb`",
            "its debug adapter is `lldb`",
        ),
        (
            &["run-dap-locator", "crago", "{}"],
            "debug locator `crago`",
            "did you mean `cargo`?",
        ),
        (
            &["run-slash-command", "outlin", "[]"],
            "slash command `outlin`",
            "did you mean `outline`?",
        ),
        (
            &["suggest-docs-packages", "docs"],
            "source of documentation `docs`",
            "its manifest names no source of documentation",
        ),
    ];
    for (call, lacks, hint) in cases {
        let error = place.error(1, [&["call", "./one"], call].concat());
        assert_eq!(
            error["message"],
            format!("`one` has no {lacks}"),
            "{call:?}"
        );
        assert_eq!(error["hint"], hint, "{call:?}");
        assert_eq!(error["kind"], "not-found");
    }
    // Nothing was started, and what is another's is not looked up.
    let traced = place.run(["call", "./one", COMMAND, "ecko", "--trace"]);
    assert!(!traced.stderr.contains("started"), "{traced:?}");
    let export = "language-server-additional-workspace-configuration";
    place.ok(["call", "./one", export, "echo", "another's"]);
    // A component alone has no manifest.
    place.ok(["call", text(&wasm("0.7.0")), COMMAND, "echo"]);
}

#[test]
fn what_extensions_write_as_json_is_answered_as_json() {
    let place = Place::new();
    let guest = wasm("0.7.0");
    let server = "ask:platform";
    for export in [
        "language-server-initialization-options",
        "language-server-workspace-configuration",
    ] {
        let answer = place.json(["call", text(&guest), export, server]);
        assert!(
            answer.is_array() || answer.is_object(),
            "{export}: {answer}"
        );
    }
}

#[test]
fn what_the_extension_keeps_to_itself_is_told_as_the_cause() {
    let verb = "swallow:http:http://127.0.0.1:9/x";
    let place = Place::asking([verb]);
    let message = "the extension answered with an error: failed to download latest github release";
    let guest = wasm("0.7.0");
    let offline = "swallow:github:no/such";
    let call = ["call", text(&guest), COMMAND, offline, "--offline"];
    let error = place.error(1, call);
    assert_eq!(error["message"], message);
    let cause = error["causes"][0].as_str().unwrap();
    assert!(
        cause.starts_with("`latest-github-release` failed: ")
            && cause.ends_with("is not known, and this is offline"),
        "{error}"
    );
    assert_eq!(error["hint"], "do it once with a network");
    let words = place.run(call).stderr;
    let lines: Vec<&str> = words.lines().collect();
    assert_eq!(lines[0], format!("error: {message}"));
    assert_eq!(lines[1], format!("  cause: {cause}"));
    assert_eq!(lines.last(), Some(&"hint: do it once with a network"));

    // One that is refused is told with the command that grants it.
    let folder = place.extension("one", "1.0.0");
    std::fs::copy(&guest, folder.join("extension.wasm")).unwrap();
    place.ok(["pack", "one"]);
    place.ok(["install", "./one-1.0.0.tar.gz", "--accept-capabilities"]);
    place.configure("grants = \"strict\"\n");
    let error = place.error(1, ["call", "one", COMMAND, verb]);
    assert_eq!(
        (&error["message"], &error["kind"]),
        (&json!(message), &json!("extension"))
    );
    assert_eq!(error["causes"].as_array().map(Vec::len), Some(1), "{error}");
    let cause = error["causes"][0].as_str().unwrap();
    assert!(
        cause.starts_with("`fetch` was refused: the capability `http`"),
        "{error}"
    );
    let hint = error["hint"].as_str().unwrap();
    assert!(
        hint.contains("annexe grants one --allow 'http 127.0.0.1'"),
        "{hint}"
    );

    // What the extension says itself is not said again.
    let told = verb.trim_start_matches("swallow:");
    let error = place.error(1, ["call", text(&guest), COMMAND, told]);
    assert_eq!(error["causes"], json!([]), "{error}");
    // Nor what it got over.
    let options = "language-server-initialization-options";
    let call = ["call", text(&guest), options, "ask:recover:read:not/there"];
    let ran = place.run(call);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{ran:?}");
}
