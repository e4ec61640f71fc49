//! The debug adapter debugpy, for Python.

mod adapter;
mod python;
mod scenario;
mod wheel;

use zed_extension_api as zed;
use zed_extension_api::{
    DebugAdapterBinary, DebugConfig, DebugScenario, DebugTaskDefinition, Result,
    StartDebuggingRequestArgumentsRequest as Request, Worktree, serde_json::Value,
};

/// The adapter's name in the manifest.
const ADAPTER: &str = "debugpy";

struct Debugpy;

impl zed::Extension for Debugpy {
    fn new() -> Self {
        Self
    }

    fn get_dap_binary(
        &mut self,
        adapter: String,
        task: DebugTaskDefinition,
        user_path: Option<String>,
        worktree: &Worktree,
    ) -> Result<DebugAdapterBinary> {
        known(&adapter)?;
        adapter::binary(task, user_path, worktree)
    }

    fn dap_request_kind(&mut self, adapter: String, config: Value) -> Result<Request> {
        known(&adapter)?;
        adapter::request(&config)
    }

    fn dap_config_to_scenario(&mut self, config: DebugConfig) -> Result<DebugScenario> {
        known(&config.adapter)?;
        scenario::scenario(config)
    }
}

fn known(adapter: &str) -> Result<()> {
    if adapter != ADAPTER {
        return Err(format!(
            "this extension has the debug adapter `{ADAPTER}`, not `{adapter}`"
        ));
    }
    Ok(())
}

zed::register_extension!(Debugpy);
