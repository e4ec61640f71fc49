//! The traffic of nvim-dap, as it was read of it: no registry here has the plugin.

use serde_json::{Value, json};

use crate::stand_in::StandIn;

/// What it tells of itself.
fn initialize() -> Value {
    json!({
        "clientID": "neovim", "clientName": "neovim", "adapterID": "nvim-dap", "pathFormat": "path",
        "columnsStartAt1": true, "linesStartAt1": true, "locale": "en_US.UTF-8",
        "supportsRunInTerminalRequest": true, "supportsVariableType": true,
        "supportsProgressReporting": true, "supportsStartDebuggingRequest": true
    })
}

#[test]
fn a_session_in_its_order_begins_and_ends() {
    let stand_in = StandIn::new("confirms,last");
    let mut client = stand_in.client();
    // `launch` follows in the callback of `initialize`; it sends breakpoints when `initialized` has come, and
    // `configurationDone` when these were answered and the capabilities have it.
    let promised = client.call("initialize", initialize());
    assert_eq!(promised["supportsConfigurationDoneRequest"], true);
    let launch = client.request("launch", json!({
        "type": stand_in.name, "request": "launch", "name": "Launch file", "program": "/tmp/a.py"
    }));
    client.event("initialized");
    let capabilities = client.event("capabilities");
    assert_eq!(
        capabilities["body"]["capabilities"]["supportsStepBack"],
        true
    );
    client.call(
        "setBreakpoints",
        json!({
            "source": { "path": "/tmp/a.py", "name": "a.py" }, "sourceModified": false,
            "breakpoints": [{ "line": 3 }], "lines": [3]
        }),
    );
    client.call("setExceptionBreakpoints", json!({ "filters": [] }));
    client.call("configurationDone", Value::Null);
    client.answer(launch);
    client.call("threads", Value::Null);
    client.call(
        "disconnect",
        json!({ "restart": false, "terminateDebuggee": true }),
    );
    // It closes its streams and waits three seconds for the process.
    assert_eq!(client.ended().code, 0);
}
