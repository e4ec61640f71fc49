//! The debug adapter lldb-dap, and a locator for what cargo builds.

mod adapter;
mod cargo;
mod configuration;
mod scenario;

use zed_extension_api as zed;
use zed_extension_api::{
    DebugAdapterBinary, DebugConfig, DebugRequest, DebugScenario, DebugTaskDefinition, Result,
    StartDebuggingRequestArgumentsRequest, TaskTemplate, Worktree, serde_json::Value,
};

/// The adapter's name in the manifest, and on `PATH`.
const ADAPTER: &str = "lldb-dap";

/// The locator's name in the manifest.
const LOCATOR: &str = "cargo";

struct Lldb;

impl zed::Extension for Lldb {
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

    fn dap_request_kind(
        &mut self,
        adapter: String,
        config: Value,
    ) -> Result<StartDebuggingRequestArgumentsRequest> {
        known(&adapter)?;
        configuration::request(&config)
    }

    fn dap_config_to_scenario(&mut self, config: DebugConfig) -> Result<DebugScenario> {
        known(&config.adapter)?;
        scenario::scenario(config)
    }

    fn dap_locator_create_scenario(
        &mut self,
        locator: String,
        task: TaskTemplate,
        label: String,
        adapter: String,
    ) -> Option<DebugScenario> {
        if locator != LOCATOR {
            return None;
        }
        cargo::scenario(task, label, adapter)
    }

    fn run_dap_locator(&mut self, locator: String, task: TaskTemplate) -> Result<DebugRequest> {
        if locator != LOCATOR {
            return Err(format!(
                "this extension has the locator `{LOCATOR}`, not `{locator}`"
            ));
        }
        cargo::locate(task).map(DebugRequest::Launch)
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

zed::register_extension!(Lldb);
