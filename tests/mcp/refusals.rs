//! A server that cannot be had: each request is answered with the error and the way out.

use serde_json::json;

use crate::{
    agent::Agent,
    stand_in::{install, mcp},
    support::place::Place,
};

/// The agent hears of it at each request, and the command ends with its stream.
fn refused(place: &Place, arguments: &[&str], words: &[&str]) {
    let mut agent = Agent::start(mcp(place, arguments));
    for (id, method) in [(1, "initialize"), (2, "tools/list"), (3, "ping")] {
        let answer = agent.call(id, method);
        let error = &answer["error"];
        assert_eq!(error["code"], -32603, "{answer}");
        let text = error["message"].as_str().unwrap();
        for words in words {
            assert!(text.contains(words), "{words}: {text}");
        }
    }
    agent.write("{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\"}\nhello\n");
    assert_eq!(agent.line()["error"]["code"], -32700);
    let ended = agent.ended();
    assert_eq!((ended.code, ended.rest.len()), (1, 0), "{ended:?}");
    let errors = ended
        .errors
        .lines()
        .filter(|line| line.starts_with("error: "));
    assert_eq!(errors.count(), 1, "{ended:?}");
}

#[test]
fn what_is_not_installed_disabled_or_switched_off_is_told() {
    let mut place = Place::new();
    refused(
        &place,
        &["nobody"],
        &[
            "no installed extension brings the context server `nobody`",
            "annexe search",
        ],
    );
    install(
        &place,
        "one",
        "0.7.0",
        &["fail:my words", "/nowhere/server"],
    );
    refused(
        &place,
        &["one"],
        &["`one` is not a context server, but an extension"],
    );
    refused(&place, &["--offline", "fail:my words"], &["my words"]);
    refused(
        &place,
        &["--offline", "/nowhere/server"],
        &["`/nowhere/server` is not there", "context_servers."],
    );
    let settings = json!({ "context_servers": { "fail:my words": { "enabled": false } } });
    let file = place.beside("settings.json");
    std::fs::write(&file, settings.to_string()).unwrap();
    place
        .environment
        .push(("ANNEXE_SETTINGS".into(), file.into()));
    refused(
        &place,
        &["fail:my words"],
        &["is switched off", "to `true`"],
    );
    place.ok(["disable", "one"]);
    refused(
        &place,
        &["/nowhere/server"],
        &["is disabled", "annexe enable one"],
    );
    place.ok(["enable", "one"]);
    place.ok(["disable", "--project", "one"]);
    refused(&place, &["/nowhere/server"], &["disabled in this project"]);
}

#[test]
fn several_that_bring_one_are_told_and_the_configuration_decides() {
    let place = Place::new();
    for id in ["one", "two"] {
        install(&place, id, "0.7.0", &["fail:my words"]);
    }
    let name = "fail:my words";
    refused(
        &place,
        &[name],
        &[
            "several installed extensions",
            "`context_servers.fail:my words = \"one\"`",
        ],
    );
    refused(
        &place,
        &["--offline", "--extension", "two", name],
        &["my words"],
    );
    place.configure("[context_servers]\n\"fail:my words\" = \"two\"\n");
    refused(&place, &["--offline", name], &["my words"]);
}

#[test]
fn a_broken_configuration_and_a_foreign_store_reach_the_agent() {
    let place = Place::new();
    place.configure("hello");
    refused(&place, &["nobody"], &["config.toml"]);
    place.configure("");
    std::fs::write(place.store(), "").unwrap();
    refused(&place, &["nobody"], &["store"]);
}

#[test]
fn usage_is_told_on_standard_error_alone() {
    let place = Place::new();
    for (arguments, words) in [
        (&["mcp"][..], "SERVER"),
        (&["mcp", "a", "--json"], "the server speaks MCP alone"),
        (&["mcp", "a", "--list"], "cannot be used with"),
    ] {
        let ran = place.run(arguments);
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{ran:?}");
        assert!(ran.stderr.contains(words), "{ran:?}");
    }
}
