//! What the user allows, and what is kept of it, on each API version that has debug adapters.

use serde_json::json;

use crate::stand_in::StandIn;

#[test]
fn an_adapter_is_started_on_each_api_version_and_the_audit_tells_of_it() {
    for api in ["0.6.0", "0.7.0"] {
        let stand_in = StandIn::of_api("plain", api);
        let mut client = stand_in.begun();
        client.call("disconnect", json!({}));
        assert_eq!(client.ended().code, 0, "{api}");
        let audit = stand_in.place.ok(["audit", "one"]);
        for said in ["allowed", "python3", "`STAND_IN`", "get-dap-binary"] {
            assert!(audit.contains(said), "{api}: {audit}");
        }
    }
}

#[test]
fn nothing_is_started_where_all_is_strict() {
    for api in ["0.6.0", "0.7.0"] {
        let stand_in = StandIn::of_api("plain", api);
        stand_in.place.configure("grants = \"strict\"\n");
        let mut client = stand_in.client();
        client.initialize();
        let launch = client.request("launch", json!({}));
        let answer = client.answer(launch);
        assert_eq!(answer["success"], false);
        let text = answer["message"].as_str().unwrap();
        assert!(
            text.contains("python3") && text.contains("grant `{ kind"),
            "{text}"
        );
        client.call("disconnect", json!({}));
        client.ended();
        let audit = stand_in.place.ok(["audit", "one", "--refused"]);
        assert!(audit.contains("refused by grants"), "{api}: {audit}");
        assert!(
            !stand_in
                .place
                .ok(["log", "one"])
                .contains("started in process "),
            "{api}"
        );
    }
}

#[test]
fn an_untrusted_project_names_no_adapter() {
    let place = crate::support::place::Place::new();
    crate::stand_in::install(&place, "one", "0.7.0", &["plain"]);
    let planted = place.path("planted");
    crate::stand_in::program(&planted, "plain");
    let settings = json!({ "dap": { "plain": { "binary": planted } } });
    crate::support::files::write(&place.path(".annexe/settings.json"), settings.to_string());
    let start = || {
        let mut command = place.command();
        command.args(["dap", "--offline", "plain"]);
        let mut client = crate::client::Client::start(command);
        client.initialize();
        let launch = client.request("launch", json!({}));
        (client.answer(launch), client)
    };
    let (answer, mut client) = start();
    assert_eq!(answer["success"], false, "{answer}");
    client.call("disconnect", json!({}));
    let here = place.here().canonicalize().unwrap();
    place.configure(&format!("trusted_projects = [{here:?}]\n"));
    let (answer, _client) = start();
    assert_eq!(answer["success"], true, "{answer}");
}
