//! Debugs programs with the debug adapter `{{id}}`.

use zed_extension_api::{
    self as zed, DebugAdapterBinary, DebugConfig, DebugRequest, DebugScenario,
    DebugTaskDefinition, Result, StartDebuggingRequestArguments,
    StartDebuggingRequestArgumentsRequest as Request, Worktree,
    serde_json::{self, Map, Value, json},
};

/// The program that is looked for on `PATH`.
const PROGRAM: &str = "{{id}}";

struct {{type}};

impl zed::Extension for {{type}} {
    fn new() -> Self {
        Self
    }

    /// How the adapter is started for a session, and what it is asked.
    fn get_dap_binary(
        &mut self,
        _adapter: String,
        task: DebugTaskDefinition,
        user_path: Option<String>,
        worktree: &Worktree,
    ) -> Result<DebugAdapterBinary> {
        let configuration = serde_json::from_str(&task.config)
            .map_err(|error| format!("the configuration is not JSON: {error}"))?;
        let command = user_path
            .or_else(|| worktree.which(PROGRAM))
            .ok_or_else(|| format!("`{PROGRAM}` is not on PATH; install it"))?;
        Ok(DebugAdapterBinary {
            command: Some(command),
            arguments: Vec::new(),
            envs: worktree.shell_env(),
            cwd: Some(worktree.root_path()),
            connection: None,
            request_args: StartDebuggingRequestArguments {
                request: request(&configuration)?,
                configuration: task.config,
            },
        })
    }

    /// Whether a configuration starts a program or attaches to one.
    fn dap_request_kind(&mut self, _adapter: String, config: Value) -> Result<Request> {
        request(&config)
    }

    /// What the user chose in a form, as a configuration.
    fn dap_config_to_scenario(&mut self, config: DebugConfig) -> Result<DebugScenario> {
        let configuration = match config.request {
            DebugRequest::Launch(launch) => {
                let variables = launch.envs.into_iter();
                let variables: Map<_, _> = variables
                    .map(|(name, value)| (name, Value::String(value)))
                    .collect();
                json!({
                    "request": "launch",
                    "program": launch.program,
                    "args": launch.args,
                    "cwd": launch.cwd,
                    "env": variables,
                })
            }
            DebugRequest::Attach(attach) => json!({
                "request": "attach",
                "processId": attach.process_id,
            }),
        };
        Ok(DebugScenario {
            label: config.label,
            adapter: config.adapter,
            build: None,
            config: configuration.to_string(),
            tcp_connection: None,
        })
    }
}

fn request(configuration: &Value) -> Result<Request> {
    match configuration["request"].as_str() {
        Some("launch") => Ok(Request::Launch),
        Some("attach") => Ok(Request::Attach),
        _ => Err("`request` must be `launch` or `attach`".into()),
    }
}

zed::register_extension!({{type}});
