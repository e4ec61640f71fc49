//! The same answers through the command: `annexe call` of every export, on versions that differ.

use std::process::Command;

use serde_json::{Value, json};

use super::exports::cases;
use crate::{
    guest::{Place, has},
    support::guests,
};

/// What a call of a guest through the command prints.
fn call(version: &str, place: &Place, export: &str, arguments: &Value) -> (bool, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_annexe"));
    let target = env!("CARGO_TARGET_TMPDIR");
    command
        .env_clear()
        .envs(place.environment())
        .env("HOME", target)
        .current_dir(place.worktree_dir());
    command.env("ANNEXE_CACHE", guests::command_cache());
    command
        .args(["--json", "--store"])
        .arg(place.work_dir().with_file_name("store"));
    command.arg("call").arg(guests::file(version)).arg(export);
    command.args(
        arguments
            .as_array()
            .unwrap()
            .iter()
            .map(ToString::to_string),
    );
    command.arg("--work-dir").arg(place.work_dir());
    let output = command.output().unwrap();
    let printed = if output.status.success() {
        output.stdout
    } else {
        output.stderr
    };
    (output.status.success(), String::from_utf8(printed).unwrap())
}

/// The expected answer in the command's own world: one worktree, whose number is 1, and its own
/// environment.
fn in_the_commands_world(export: &str, mut answer: Value, place: &Place) -> Value {
    let environment = || {
        let home = ("HOME".to_owned(), env!("CARGO_TARGET_TMPDIR").to_owned());
        let mut variables = place.environment();
        variables.push(home);
        let cache = guests::command_cache().to_str().unwrap().to_owned();
        variables.push(("ANNEXE_CACHE".into(), cache));
        variables.sort();
        json!(variables)
    };
    match export {
        "language-server-command" => answer["env"] = environment(),
        "get-dap-binary" => answer["envs"] = environment(),
        "context-server-command" => answer["args"] = json!(["memory", "1"]),
        "context-server-configuration" => {
            answer["installation_instructions"] = "# memory\nworktrees: 1".into();
        }
        "index-docs" => answer = json!({"docs/one": "The docs of one."}),
        _ => {}
    }
    answer
}

#[test]
fn every_export_answers_through_the_command() {
    for version in ["0.0.1", "0.0.6", "0.2.0", "0.7.0"] {
        let place = Place::new();
        for case in cases() {
            let (is_answered, printed) = call(version, &place, case.export, &case.arguments);
            let mut value: Value = serde_json::from_str(&printed)
                .unwrap_or_else(|error| panic!("{version} {}: {error}: {printed}", case.export));
            if has(version, case.since) {
                assert!(is_answered, "{version} {}: {printed}", case.export);
                let expected = (case.answer)(version, &place);
                let expected = in_the_commands_world(case.export, expected, &place);
                for key in ["env", "envs"] {
                    if let Some(variables) = value.get_mut(key).and_then(Value::as_array_mut) {
                        variables.sort_by_key(ToString::to_string);
                    }
                }
                assert_eq!(value, expected, "{version} {}", case.export);
            } else if let Some(benign) = case.otherwise {
                assert!(is_answered, "{version} {}: {printed}", case.export);
                assert_eq!(value, benign, "{version} {}", case.export);
            } else {
                assert!(!is_answered, "{version} {}: {printed}", case.export);
                for part in [case.export, case.since, version] {
                    assert!(printed.contains(part), "{printed} lacks {part}");
                }
            }
        }
    }
}
