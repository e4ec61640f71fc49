//! Real adapters: debugpy, and LLDB's of the system. `.ci/run` installs them and names them by variables.

use std::{path::Path, process::Command};

use serde_json::{Value, json};

use crate::{
    client::Client,
    stand_in::install,
    support::{
        place::{Place, text},
        skip,
    },
};

/// The variable that names a Python which has debugpy.
const DEBUGPY: &str = "ANNEXE_DEBUGPY";

const PYTHON: &str = "\
def twice(number):
    result = number * 2
    return result


values = [twice(it) for it in (1, 2)]
print(values)
";

const C: &str = "\
int twice(int number) {
  int result = number * 2;
  return result;
}
int main(void) {
  int all = twice(1);
  all += twice(2);
  return all - 6;
}
";

/// A session with a breakpoint in `twice`: stack, scopes, variables, step, continue, exit.
fn session(mut client: Client, launch: &Value, source: &Path, line: u32) {
    client.initialize();
    let launched = client.request("launch", launch.clone());
    client.event("initialized");
    let set = client.call(
        "setBreakpoints",
        json!({
            "source": { "path": text(source) }, "breakpoints": [{ "line": line }]
        }),
    );
    assert_eq!(set["breakpoints"].as_array().unwrap().len(), 1, "{set}");
    client.call("setExceptionBreakpoints", json!({ "filters": [] }));
    client.call("configurationDone", Value::Null);
    assert_eq!(client.answer(launched)["success"], true);
    for round in 1..=2 {
        let stopped = client.event("stopped");
        let thread = stopped["body"]["threadId"].clone();
        let variables = |client: &mut Client| {
            let stack = client.call("stackTrace", json!({ "threadId": thread, "levels": 20 }));
            let frame = &stack["stackFrames"][0];
            assert!(frame["name"].as_str().unwrap().contains("twice"), "{stack}");
            let scopes = client.call("scopes", json!({ "frameId": frame["id"] }));
            let locals = scopes["scopes"][0]["variablesReference"].clone();
            let variables = client.call("variables", json!({ "variablesReference": locals }));
            let of = |name: &str| {
                let all = variables["variables"].as_array().unwrap().iter();
                let found = all.clone().find(|it| it["name"] == name);
                found.map(|it| it["value"].as_str().unwrap().to_owned())
            };
            (frame["line"].clone(), of("number"), of("result"))
        };
        let (at, number, _) = variables(&mut client);
        assert_eq!((at, number), (json!(line), Some(round.to_string())));
        client.call("next", json!({ "threadId": thread }));
        client.event("stopped");
        let (at, _, result) = variables(&mut client);
        assert_eq!(
            (at, result),
            (json!(line + 1), Some((round * 2).to_string()))
        );
        client.call("continue", json!({ "threadId": thread }));
    }
    let exited = client.event("exited");
    assert_eq!(exited["body"]["exitCode"], 0, "{exited}");
    client.event("terminated");
    client.call("disconnect", json!({}));
    let ended = client.ended();
    assert_eq!(ended.code, 0, "{ended:?}");
}

fn bridge(place: &Place, adapter: &str) -> Client {
    let mut command = place.command();
    command.args(["dap", adapter]);
    // The program that is debugged finds what it needs as it would without.
    Client::start(command)
}

fn python(place: &Place) -> (std::path::PathBuf, Value) {
    let source = place.path("twice.py");
    std::fs::write(&source, PYTHON).unwrap();
    let launch = json!({
        "type": "debugpy", "request": "launch", "name": "twice", "program": source,
        "console": "internalConsole", "justMyCode": true
    });
    (source, launch)
}

#[test]
#[ignore = "it needs debugpy, which `.ci/run` installs"]
fn debugpy_over_its_streams_and_over_tcp() {
    let Some(with_debugpy) = std::env::var_os(DEBUGPY) else {
        return skip(
            "debugpy",
            format_args!("`{DEBUGPY}` names no Python with debugpy"),
        );
    };
    let place = Place::new();
    let name = format!("start:{} -m debugpy.adapter", text(with_debugpy.as_ref()));
    install(&place, "one", "0.7.0", &[&name]);
    let (source, launch) = python(&place);
    session(bridge(&place, &name), &launch, &source, 2);
    // By the sample.
    let mut sample = Place::new();
    sample.ok(["install", "debugpy"]);
    // An installation of the user's own is used in place of the download.
    let adapter =
        "import debugpy, os; print(os.path.join(os.path.dirname(debugpy.__file__), 'adapter'))";
    let found = Command::new(&with_debugpy)
        .args(["-c", adapter])
        .output()
        .unwrap();
    let adapter = String::from_utf8(found.stdout).unwrap();
    let settings = json!({ "dap": { "debugpy": { "binary": adapter.trim() } } });
    let file = sample.beside("settings.json");
    std::fs::write(&file, settings.to_string()).unwrap();
    sample
        .environment
        .push(("ANNEXE_SETTINGS".into(), file.into()));
    let (source, mut launch) = python(&sample);
    launch["python"] = json!(with_debugpy.to_str());
    session(bridge(&sample, "debugpy"), &launch, &source, 2);
    launch["tcp_connection"] = json!({});
    session(bridge(&sample, "debugpy"), &launch, &source, 2);
}

#[test]
#[ignore = "it needs LLDB, which `.ci/run` installs"]
fn lldb_over_its_streams_and_over_tcp() {
    let found = |names: &[String]| {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let folders: Vec<_> = std::env::split_paths(&path).collect();
        names
            .iter()
            .flat_map(|name| folders.iter().map(move |it| it.join(name)))
            .find(|it| it.exists())
    };
    let of_prefix = |prefix: &str| {
        (14..=24)
            .rev()
            .map(move |it| format!("{prefix}-{it}"))
            .collect::<Vec<_>>()
    };
    let names = [
        vec!["lldb-dap".into()],
        of_prefix("lldb-dap"),
        of_prefix("lldb-vscode"),
    ]
    .concat();
    let (Some(adapter), Some(compiler)) = (found(&names), found(&["cc".into()])) else {
        return skip(
            "lldb",
            "neither `lldb-dap` nor `lldb-vscode-N` is here, or no `cc`",
        );
    };
    let place = Place::new();
    let source = place.path("twice.c");
    std::fs::write(&source, C).unwrap();
    let program = place.path("twice");
    let built = Command::new(compiler)
        .args(["-g", "-O0", "-o"])
        .arg(&program)
        .arg(&source)
        .status();
    assert!(built.unwrap().success());
    place.ok(["install", "lldb"]);
    // The sample finds it on the path, whatever it is called.
    assert!(adapter.is_absolute());
    let mut launch = json!({ "request": "launch", "program": program, "cwd": place.here() });
    session(bridge(&place, "lldb-dap"), &launch, &source, 2);
    launch["tcp_connection"] = json!({});
    session(bridge(&place, "lldb-dap"), &launch, &source, 2);
}
