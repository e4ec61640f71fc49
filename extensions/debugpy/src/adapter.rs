//! How the adapter is started for a session.

use std::net::Ipv4Addr;

use zed_extension_api::{
    DebugAdapterBinary, DebugTaskDefinition, Result, StartDebuggingRequestArguments,
    StartDebuggingRequestArgumentsRequest as Request, Worktree, resolve_tcp_template,
    serde_json::{self, Map, Value},
};

use crate::{python, wheel};

/// What a session is started with, of which one is needed.
const LAUNCHES: [&str; 3] = ["program", "module", "code"];

/// What a session attaches to, of which one is needed.
const ATTACHES: [&str; 4] = ["processId", "connect", "listen", "subProcessId"];

/// The adapter in the worktree's folder and environment, and what it is asked.
pub fn binary(
    task: DebugTaskDefinition,
    user_path: Option<String>,
    worktree: &Worktree,
) -> Result<DebugAdapterBinary> {
    let configuration: Value = serde_json::from_str(&task.config)
        .map_err(|error| format!("the configuration is not JSON: {error}"))?;
    let request = request(&configuration)?;
    let Value::Object(mut table) = configuration else {
        return Err("the configuration must be a JSON object".to_owned());
    };
    check(&table, request)?;
    let python = python::of_session(table.get("python"), worktree)?;
    if request == Request::Launch {
        table
            .entry("cwd")
            .or_insert_with(|| worktree.root_path().into());
        table
            .entry("python")
            .or_insert_with(|| python.clone().into());
    }
    let adapter = match user_path.filter(|path| !path.is_empty()) {
        Some(path) => path,
        None => wheel::adapter()?,
    };
    let connection = task.tcp_connection.map(resolve_tcp_template).transpose()?;
    let mut arguments = vec![adapter];
    if let Some(connection) = &connection {
        let host = Ipv4Addr::from_bits(connection.host).to_string();
        let port = connection.port.to_string();
        arguments.extend(["--host".to_owned(), host, "--port".to_owned(), port]);
    }
    Ok(DebugAdapterBinary {
        command: Some(python),
        arguments,
        envs: worktree.shell_env(),
        cwd: Some(worktree.root_path()),
        connection,
        request_args: StartDebuggingRequestArguments {
            configuration: Value::Object(table).to_string(),
            request,
        },
    })
}

/// What a configuration asks for.
pub fn request(configuration: &Value) -> Result<Request> {
    match configuration.get("request").map(Value::as_str) {
        Some(Some("launch")) => Ok(Request::Launch),
        Some(Some("attach")) => Ok(Request::Attach),
        Some(_) => Err("`request` in the configuration must be `launch` or `attach`".to_owned()),
        None => Err("the configuration has no `request`, which is `launch` or `attach`".to_owned()),
    }
}

/// Refuses a configuration that names nothing to be debugged.
fn check(table: &Map<String, Value>, request: Request) -> Result<()> {
    let has = |key: &&str| table.get(*key).is_some_and(|value| !value.is_null());
    let (keys, what): (&[&str], _) = match request {
        Request::Launch => (&LAUNCHES, "start"),
        Request::Attach => (&ATTACHES, "attach to"),
    };
    if keys.iter().any(has) {
        return Ok(());
    }
    Err(format!(
        "the configuration does not say what to {what}: it has none of `{}`",
        keys.join("`, `")
    ))
}
