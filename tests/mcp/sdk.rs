//! The official SDKs as agents, of a real server from npm. `.ci/run` installs them and names them by variables.

use std::{ffi::OsString, process::Command};

use serde_json::Value;

use crate::{
    stand_in::install,
    support::{
        place::{Place, Ran, text},
        skip,
    },
};

/// The variables that name a Python which has the SDK, and a folder in which npm has installed the one for TypeScript.
const PYTHON: &str = "ANNEXE_MCP_PYTHON";
const NODE: &str = "ANNEXE_MCP_SDK";

/// The variables that the SDKs pass on.
const PASSED: [&str; 6] = ["HOME", "LOGNAME", "PATH", "SHELL", "TERM", "USER"];

/// Both SDKs, by their names.
fn sdks() -> Option<[(&'static str, Command); 2]> {
    let (Some(python), Some(node)) = (std::env::var_os(PYTHON), std::env::var_os(NODE)) else {
        skip(
            "mcp-sdks",
            format_args!("`{PYTHON}` and `{NODE}` name no SDK"),
        );
        return None;
    };
    let script = |name| format!("{}/tests/mcp/{name}", env!("CARGO_MANIFEST_DIR"));
    let mut of_python = Command::new(python);
    of_python.arg(script("sdk.py"));
    let mut of_node = Command::new("node");
    of_node.arg(script("sdk.mjs")).env(NODE, node);
    Some([("Python", of_python), ("TypeScript", of_node)])
}

/// What an agent has come to, which starts the command with these arguments in an environment of six variables.
fn ran(place: &Place, mut agent: Command, arguments: &[&str]) -> Value {
    let own: Vec<(OsString, OsString)> = agent
        .get_envs()
        .filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned())))
        .collect();
    agent
        .arg(env!("CARGO_BIN_EXE_annexe"))
        .args(arguments)
        .env_clear();
    for name in PASSED {
        if let Some(value) = std::env::var_os(name) {
            agent.env(name, value);
        }
    }
    agent
        .envs(own)
        .env("HOME", place.home())
        .current_dir(place.here());
    let ran = Ran::of(agent);
    assert_eq!(ran.code, 0, "{ran:?}");
    serde_json::from_str(ran.stdout.lines().last().unwrap_or_default()).unwrap()
}

#[test]
#[ignore = "it needs the official SDKs and npm's registry"]
fn tools_are_listed_and_called_and_pings_answered() {
    let Some(sdks) = sdks() else {
        return;
    };
    let package = "@modelcontextprotocol/server-memory";
    let mut view = Command::new("npm");
    view.args(["view", package, "version", "--fetch-retries=0"]);
    if !view.output().is_ok_and(|it| it.status.success()) {
        return skip("network", "npm's registry cannot be asked");
    }
    let place = Place::new();
    if let Some(certificates) = std::env::var_os("NODE_EXTRA_CA_CERTS") {
        // It is not among those that come to the server.
        let line = format!("cafile={}\n", text(certificates.as_ref()));
        std::fs::write(place.home().join(".npmrc"), line).unwrap();
    }
    place.ok(["install", "memory-server"]);
    let store = place.store();
    for (name, agent) in sdks {
        let told = ran(&place, agent, &["--store", text(&store), "mcp", "memory"]);
        let tools = told["tools"]
            .as_array()
            .unwrap_or_else(|| panic!("{name}: {told}"));
        assert!(
            tools.iter().any(|tool| tool == "read_graph"),
            "{name}: {told}"
        );
        assert!(
            told["called"].as_str().unwrap().contains("entities"),
            "{name}: {told}"
        );
        assert_eq!(told["pings"], 200, "{name}");
    }
}

#[test]
#[ignore = "it needs the official SDKs"]
fn an_extension_that_fails_and_one_that_is_not_installed_are_told_to_the_caller() {
    let Some(sdks) = sdks() else {
        return;
    };
    let place = Place::new();
    install(&place, "one", "0.7.0", &["fail:my words"]);
    let store = place.store();
    let store = text(&store);
    for (name, agent) in sdks {
        for (server, words) in [
            ("fail:my words", "my words"),
            (
                "nobody",
                "no installed extension brings the context server `nobody`",
            ),
        ] {
            let mut again = Command::new(agent.get_program());
            again.args(agent.get_args());
            again.envs(
                agent
                    .get_envs()
                    .filter_map(|(name, value)| Some((name, value?))),
            );
            let told = ran(&place, again, &["--store", store, "mcp", server]);
            let error = told["error"]
                .as_str()
                .unwrap_or_else(|| panic!("{name}: {told}"));
            assert!(error.contains(words), "{name}: {error}");
        }
    }
}
