//! What the user allows, on each API version that has context servers.

use crate::{
    agent::Agent,
    stand_in::{agent, mcp, name, place_of},
};

/// The versions with the export.
const VERSIONS: [&str; 6] = ["0.2.0", "0.3.0", "0.4.0", "0.5.0", "0.6.0", "0.7.0"];

#[test]
fn a_server_is_started_on_each_api_version_that_has_the_export() {
    for api in VERSIONS {
        let place = place_of(api);
        let mut agent = agent(&place);
        let answer = agent.call(1, "initialize");
        assert_eq!(answer["result"]["serverInfo"]["name"], "stand-in", "{api}");
        assert_eq!(agent.ended().code, 0);
        assert!(place.ok(["audit", "one"]).contains("allowed"), "{api}");
    }
}

#[test]
fn nothing_is_started_where_all_is_strict() {
    for api in VERSIONS {
        let place = place_of(api);
        place.configure("grants = \"strict\"\n");
        let mut agent = Agent::start(mcp(&place, &["--offline", &name()]));
        let text = agent.call(1, "initialize")["error"]["message"].to_string();
        assert!(
            text.contains("is not granted") && text.contains("grant `{ kind"),
            "{text}"
        );
        assert_eq!(agent.ended().code, 1);
        let audit = place.ok(["audit", "one", "--refused"]);
        assert!(audit.contains("refused by grants"), "{api}: {audit}");
    }
}
