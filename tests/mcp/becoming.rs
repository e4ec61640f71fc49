//! The server is as if it had been started directly.

use std::{os::unix::process::CommandExt as _, process::Command};

use serde_json::{Value, json};

use crate::{
    agent::Agent,
    stand_in::{SERVER, agent, mcp, name, place_of},
    support::place::{Place, text},
};

/// What the server says of itself.
fn told(command: Command) -> Value {
    let mut agent = Agent::start(command);
    let id = agent.id();
    let mut told = agent.call(1, "initialize")["result"].take();
    assert_eq!(told["pid"], id, "{told}");
    let ended = agent.ended();
    assert_eq!((ended.code, ended.rest.len()), (0, 0), "{ended:?}");
    told["pid"].take();
    told
}

#[test]
fn it_has_the_process_the_streams_the_signals_and_the_limits_that_the_agent_gave() {
    let place = place_of("0.7.0");
    let mut direct = place.command();
    let environment: Vec<_> = direct
        .get_envs()
        .map(|(name, value)| (name.to_owned(), value.map(ToOwned::to_owned)))
        .collect();
    direct = Command::new("/usr/bin/env");
    direct.args(["python3", SERVER]).current_dir(place.here());
    for (name, value) in environment {
        match value {
            Some(value) => direct.env(name, value),
            None => direct.env_remove(name),
        };
    }
    direct.env("STAND_IN", "1");
    let own = told(mcp(&place, &["--offline", &name()]));
    let direct = told(direct);
    for key in [
        "ignored",
        "blocked",
        "open",
        "children",
        "files",
        "arguments",
        "cwd",
    ] {
        assert_eq!(own[key], direct[key], "{key}");
    }
    // `nohup` and shells have what they start ignore a signal.
    let mut ignoring = Command::new("sh");
    let script = "trap '' HUP INT; exec \"$@\"";
    ignoring.args(["-c", script, "sh"]);
    let bridge = mcp(&place, &["--offline", &name()]);
    ignoring
        .arg(bridge.get_program())
        .args(bridge.get_args())
        .current_dir(place.here());
    for (name, value) in bridge.get_envs() {
        match value {
            Some(value) => ignoring.env(name, value),
            None => ignoring.env_remove(name),
        };
    }
    assert_eq!(told(ignoring)["ignored"], json!(["SIGHUP", "SIGINT"]));
    // Its name, as others see it.
    let mut renamed = mcp(&place, &["--offline", &name()]);
    renamed.arg0("anything");
    told(renamed);
}

#[test]
fn it_has_the_agent_s_variables_without_those_that_hold_our_tokens() {
    let place = place_of("0.7.0");
    place.configure(
        "[[credential]]\norigin = \"https://registry.example.org\"\ntoken_variable = \"MY_TOKEN\"\n",
    );
    let mut command = mcp(&place, &["--offline", &name()]);
    for variable in ["MY_TOKEN", "GITHUB_TOKEN", "GH_TOKEN", "OTHER_TOKEN"] {
        command.env(variable, "secret");
    }
    let environment = told(command)["env"].take();
    for variable in ["MY_TOKEN", "GITHUB_TOKEN", "GH_TOKEN"] {
        assert_eq!(environment[variable], Value::Null, "{variable}");
    }
    // It is not ours to know what others hold, and what a user sets for the server it gets.
    assert_eq!(environment["OTHER_TOKEN"], "secret");
    assert_eq!(environment["STAND_IN"], "1");
    let set = json!({ "context_servers": { name(): { "env": { "GITHUB_TOKEN": "its own" } } } });
    let settings = place.beside("settings.json");
    std::fs::write(&settings, set.to_string()).unwrap();
    let mut command = mcp(&place, &["--offline", &name()]);
    command
        .env("GITHUB_TOKEN", "ours")
        .env("ANNEXE_SETTINGS", settings);
    assert_eq!(told(command)["env"]["GITHUB_TOKEN"], "its own");
}

#[test]
fn it_is_started_in_the_project_and_else_where_the_agent_is() {
    let place = place_of("0.7.0");
    let project = place.path("project/below");
    std::fs::create_dir_all(&project).unwrap();
    std::fs::create_dir(place.path("project/.git")).unwrap();
    let root = place.path("project").canonicalize().unwrap();
    let mut command = mcp(&place, &["--offline", &name()]);
    command.current_dir(&project);
    assert_eq!(told(command)["cwd"], text(&root));
    let mut command = mcp(&place, &["--offline", "--worktree", text(&root), &name()]);
    command.current_dir("/");
    assert_eq!(told(command)["cwd"], text(&root));
    let mut command = mcp(&place, &["--offline", &name()]);
    command.current_dir("/");
    assert_eq!(told(command)["cwd"], "/");
}

#[test]
fn a_program_of_the_settings_needs_no_extension_and_an_untrusted_project_names_none() {
    let place = Place::new();
    let own = json!({ "context_servers": { "mine": {
        "command": "env", "args": ["python3", SERVER, "given"]
    } } });
    crate::support::files::write(&place.path(".annexe/settings.json"), own.to_string());
    let refused = |command: Command| {
        let mut agent = Agent::start(command);
        agent.call(1, "initialize")["error"]["message"].to_string()
    };
    let text = refused(mcp(&place, &["mine"]));
    assert!(
        text.contains("no installed extension brings the context server `mine`"),
        "{text}"
    );
    let here = place.here().canonicalize().unwrap();
    place.configure(&format!("trusted_projects = [{here:?}]\n"));
    assert_eq!(told(mcp(&place, &["mine"]))["arguments"], json!(["given"]));
}

#[test]
fn the_start_is_in_the_log_and_in_the_audit_and_no_byte_is_read_before() {
    let place = place_of("0.7.0");
    let mut agent = agent(&place);
    let id = agent.id();
    // All of it was there before the server was.
    let requests: String = (1..=50)
        .map(|id| format!("{{\"jsonrpc\":\"2.0\",\"id\":{id},\"method\":\"ping\"}}\n"))
        .collect();
    agent.write(&requests);
    for id in 1..=50 {
        assert_eq!(agent.line()["id"], id);
    }
    assert_eq!(agent.ended().code, 0);
    let log = place.ok(["log", "one"]);
    assert!(log.contains(&format!("started in process {id}")), "{log}");
    let audit = place.ok(["audit", "one"]);
    for said in ["allowed", "python3", "`STAND_IN`", "context-server-command"] {
        assert!(audit.contains(said), "{audit}");
    }
}
