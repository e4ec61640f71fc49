//! The scenario for what a person chose in a form.

use zed_extension_api::{
    DebugConfig, DebugRequest, DebugScenario, Result,
    serde_json::{Map, Value},
};

/// The choice as a configuration of the adapter.
pub fn scenario(chosen: DebugConfig) -> Result<DebugScenario> {
    let mut configuration = Map::new();
    let mut set = |key: &str, value: Value| configuration.insert(key.to_owned(), value);
    match chosen.request {
        DebugRequest::Launch(launch) => {
            if launch.program.trim().is_empty() {
                return Err("no program is named that could be started".to_owned());
            }
            set("request", "launch".into());
            set("program", launch.program.into());
            set("args", launch.args.into());
            let variables = launch.envs.into_iter();
            let variables: Map<String, Value> = variables
                .map(|(name, value)| (name, value.into()))
                .collect();
            set("env", variables.into());
            if let Some(folder) = launch.cwd {
                set("cwd", folder.into());
            }
        }
        DebugRequest::Attach(attach) => {
            let process = attach.process_id;
            let process = process.ok_or("no process is named that could be attached to")?;
            set("request", "attach".into());
            set("processId", process.into());
        }
    }
    if let Some(stop) = chosen.stop_on_entry {
        set("stopOnEntry", stop.into());
    }
    Ok(DebugScenario {
        label: chosen.label,
        adapter: chosen.adapter,
        build: None,
        config: Value::Object(configuration).to_string(),
        tcp_connection: None,
    })
}
