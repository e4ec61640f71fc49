//! Debug adapters and locators.

use zed_extension_api as zed;
use zed_extension_api::serde_json::{Map, Value};
use zed_extension_api::{
    DebugRequest, Result, StartDebuggingRequestArgumentsRequest as RequestKind, Worktree,
};

/// Asks the host for an address and a port: `host:port`, where `-` leaves one open.
pub fn resolve(argument: &str) -> Result<Vec<String>> {
    let (host, port) = argument.split_once(':').unwrap_or((argument, "-"));
    let template = zed::TcpArgumentsTemplate {
        host: match host {
            "-" => None,
            host => Some(address(host)?),
        },
        port: match port {
            "-" => None,
            port => Some(port.parse().map_err(|_| format!("no port: {port}"))?),
        },
        timeout: None,
    };
    let arguments = zed::resolve_tcp_template(template)?;
    let [a, b, c, d] = arguments.host.to_be_bytes();
    Ok(vec![
        format!("{a}.{b}.{c}.{d}"),
        arguments.port.to_string(),
        arguments
            .timeout
            .map_or_else(|| "none".to_owned(), |timeout| timeout.to_string()),
    ])
}

fn address(text: &str) -> Result<u32> {
    let mut address = 0_u32;
    for part in text.split('.') {
        let part: u8 = part.parse().map_err(|_| format!("no address: {text}"))?;
        address = address << 8 | u32::from(part);
    }
    Ok(address)
}

/// Echoes everything; a TCP connection is resolved by the host if one is wanted.
pub fn binary(
    adapter: String,
    definition: zed::DebugTaskDefinition,
    path: Option<String>,
    worktree: &Worktree,
) -> Result<zed::DebugAdapterBinary> {
    if adapter == "fail" {
        return Err(definition.label);
    }
    let configuration =
        zed::serde_json::from_str(&definition.config).map_err(|error| error.to_string())?;
    let connection = match definition.tcp_connection {
        Some(template) => Some(zed::resolve_tcp_template(template)?),
        None => None,
    };
    let zed::Command { command, args, env } = match adapter.strip_prefix("start:") {
        Some(line) => crate::attacks::command(line),
        None => zed::Command {
            command: path.clone().unwrap_or_default(),
            args: vec![adapter, definition.label, definition.adapter],
            env: worktree.shell_env(),
        },
    };
    Ok(zed::DebugAdapterBinary {
        command: (!command.is_empty() || path.is_some()).then_some(command),
        arguments: args,
        envs: env,
        cwd: Some(worktree.root_path()),
        connection,
        request_args: zed::StartDebuggingRequestArguments {
            request: request_kind(&configuration)?,
            configuration: definition.config,
        },
    })
}

/// Reads the kind from the key `request`.
pub fn request_kind(configuration: &Value) -> Result<RequestKind> {
    match configuration.get("request").and_then(Value::as_str) {
        Some("launch") => Ok(RequestKind::Launch),
        Some("attach") => Ok(RequestKind::Attach),
        _ => Err(format!("no request in {configuration}")),
    }
}

/// Turns the generic configuration into JSON which has every field of it.
pub fn scenario(configuration: zed::DebugConfig) -> Result<zed::DebugScenario> {
    if configuration.adapter == "fail" {
        return Err(configuration.label);
    }
    let mut object = Map::new();
    let mut put = |key: &str, value: Value| object.insert(key.to_owned(), value);
    match configuration.request {
        DebugRequest::Launch(launch) => {
            put("request", Value::from("launch"));
            put("program", Value::from(launch.program));
            put("cwd", launch.cwd.map_or(Value::Null, Value::from));
            put("args", Value::from(launch.args));
            let variables = launch
                .envs
                .into_iter()
                .map(|(name, value)| format!("{name}={value}"));
            put("env", variables.collect());
        }
        DebugRequest::Attach(attach) => {
            put("request", Value::from("attach"));
            put(
                "processId",
                attach.process_id.map_or(Value::Null, Value::from),
            );
        }
    }
    put(
        "stopOnEntry",
        configuration.stop_on_entry.map_or(Value::Null, Value::from),
    );
    Ok(zed::DebugScenario {
        label: configuration.label,
        adapter: configuration.adapter,
        build: None,
        config: Value::Object(object).to_string(),
        tcp_connection: None,
    })
}

/// Hands the task back as what has to be built first.
pub fn locate(
    locator: String,
    task: zed::TaskTemplate,
    label: String,
    adapter: String,
) -> Option<zed::DebugScenario> {
    let build = match locator.as_str() {
        "none" => return None,
        "no-build" => None,
        "by-name" => Some(zed::BuildTaskDefinition::ByName(task.label)),
        _ => Some(zed::BuildTaskDefinition::Template(
            zed::BuildTaskDefinitionTemplatePayload {
                locator_name: Some(locator.clone()),
                template: task,
            },
        )),
    };
    Some(zed::DebugScenario {
        label,
        adapter,
        build,
        config: "{}".to_owned(),
        tcp_connection: Some(zed::TcpArgumentsTemplate {
            port: Some(4711),
            host: Some(0x7f00_0001),
            timeout: Some(2000),
        }),
    })
}

/// Launches what the task runs, or attaches to process 7.
pub fn run_locator(locator: &str, task: zed::TaskTemplate) -> Result<DebugRequest> {
    match locator {
        "fail" => Err(task.label),
        "attach" => Ok(DebugRequest::Attach(zed::AttachRequest {
            process_id: Some(7),
        })),
        _ => Ok(DebugRequest::Launch(zed::LaunchRequest {
            program: task.command,
            cwd: task.cwd,
            args: task.args,
            envs: task.env,
        })),
    }
}
