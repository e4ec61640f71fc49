//! A guest that does what its caller tells it to, written once for every published version of the extension API.
//!
//! Each package beside this folder compiles this source against one version of the crate; a feature `since_X_Y_Z`
//! is on when that version has what came with X.Y.Z. What an identifier or a name asks for is listed in `README.md`.

#![allow(
    clippy::disallowed_methods,
    reason = "what binds the host does not bind what runs inside it"
)]
#![cfg_attr(
    not(feature = "since_0_0_6"),
    allow(clippy::useless_asref, reason = "an identifier is text already")
)]

mod attacks;
mod hazards;
mod imports;
mod keeping;
mod sandbox;
mod server;

#[cfg(feature = "since_0_1_0")]
mod assistant;
#[cfg(feature = "since_0_6_0")]
mod debug;
#[cfg(feature = "since_0_0_6")]
mod labels;

use std::sync::atomic::{AtomicU32, Ordering};

use zed_extension_api as zed;
use zed_extension_api::{Result, Worktree};

/// What names a language server in this version: text at first, an opaque identifier from 0.0.6 on.
#[cfg(not(feature = "since_0_0_6"))]
type ServerId = str;
#[cfg(feature = "since_0_0_6")]
type ServerId = zed::LanguageServerId;

/// The state that lives as long as the instance.
struct Conformance {
    calls: AtomicU32,
}

impl Conformance {
    /// Counts a call, then misbehaves if that is what `name` asks for.
    fn enter(&self, name: &str) -> u32 {
        let calls = self.calls.fetch_add(1, Ordering::Relaxed) + 1;
        hazards::run(name);
        calls
    }
}

#[cfg(not(feature = "since_0_0_6"))]
impl zed::Extension for Conformance {
    fn new() -> Self {
        Self {
            calls: AtomicU32::new(0),
        }
    }

    fn language_server_command(
        &mut self,
        config: zed::LanguageServerConfig,
        worktree: &Worktree,
    ) -> Result<zed::Command> {
        let calls = self.enter(&config.name);
        server::command(&config.name, Some(&config.language_name), worktree, calls)
    }

    fn language_server_initialization_options(
        &mut self,
        config: zed::LanguageServerConfig,
        worktree: &Worktree,
    ) -> Result<Option<String>> {
        let calls = self.enter(&config.name);
        if let Some(line) = config.name.strip_prefix("ask:") {
            let found = server::found(line, &config.name, worktree, calls)?;
            return Ok(Some(server::list_text(&found)));
        }
        server::options_text(&config.name, &config.language_name)
    }
}

#[cfg(feature = "since_0_0_6")]
impl zed::Extension for Conformance {
    fn new() -> Self {
        Self {
            calls: AtomicU32::new(0),
        }
    }

    fn language_server_command(
        &mut self,
        id: &ServerId,
        worktree: &Worktree,
    ) -> Result<zed::Command> {
        let calls = self.enter(id.as_ref());
        server::command(id, None, worktree, calls)
    }

    fn language_server_initialization_options(
        &mut self,
        id: &ServerId,
        worktree: &Worktree,
    ) -> Result<Option<zed::serde_json::Value>> {
        let text: &str = id.as_ref();
        let calls = self.enter(text);
        if let Some(line) = text.strip_prefix("ask:") {
            return Ok(Some(server::found(line, id, worktree, calls)?.into()));
        }
        server::options("initialization-options", id, None, worktree)
    }

    fn language_server_workspace_configuration(
        &mut self,
        id: &ServerId,
        worktree: &Worktree,
    ) -> Result<Option<zed::serde_json::Value>> {
        self.enter(id.as_ref());
        server::options("workspace-configuration", id, None, worktree)
    }

    #[cfg(feature = "since_0_4_0")]
    fn language_server_additional_initialization_options(
        &mut self,
        id: &ServerId,
        target: &ServerId,
        worktree: &Worktree,
    ) -> Result<Option<zed::serde_json::Value>> {
        self.enter(id.as_ref());
        server::options(
            "additional-initialization-options",
            id,
            Some(target),
            worktree,
        )
    }

    #[cfg(feature = "since_0_4_0")]
    fn language_server_additional_workspace_configuration(
        &mut self,
        id: &ServerId,
        target: &ServerId,
        worktree: &Worktree,
    ) -> Result<Option<zed::serde_json::Value>> {
        self.enter(id.as_ref());
        server::options(
            "additional-workspace-configuration",
            id,
            Some(target),
            worktree,
        )
    }

    fn label_for_completion(
        &self,
        id: &ServerId,
        completion: zed::lsp::Completion,
    ) -> Option<zed::CodeLabel> {
        self.enter(id.as_ref());
        labels::completion(completion)
    }

    fn label_for_symbol(&self, id: &ServerId, symbol: zed::lsp::Symbol) -> Option<zed::CodeLabel> {
        self.enter(id.as_ref());
        labels::symbol(symbol)
    }

    #[cfg(feature = "since_0_1_0")]
    fn complete_slash_command_argument(
        &self,
        command: zed::SlashCommand,
        arguments: Vec<String>,
    ) -> Result<Vec<zed::SlashCommandArgumentCompletion>> {
        self.enter(&command.name);
        assistant::complete_argument(&command, &arguments)
    }

    #[cfg(feature = "since_0_1_0")]
    fn run_slash_command(
        &self,
        command: zed::SlashCommand,
        arguments: Vec<String>,
        worktree: Option<&Worktree>,
    ) -> Result<zed::SlashCommandOutput> {
        self.enter(&command.name);
        assistant::run_command(&command, &arguments, worktree)
    }

    #[cfg(feature = "since_0_1_0")]
    fn suggest_docs_packages(&self, provider: String) -> Result<Vec<String>> {
        self.enter(&provider);
        assistant::suggest_packages(&provider)
    }

    #[cfg(feature = "since_0_1_0")]
    fn index_docs(
        &self,
        provider: String,
        package: String,
        database: &zed::KeyValueStore,
    ) -> Result<()> {
        self.enter(&provider);
        assistant::index_docs(&provider, &package, database)
    }

    #[cfg(feature = "since_0_2_0")]
    fn context_server_command(
        &mut self,
        id: &zed::ContextServerId,
        project: &zed::Project,
    ) -> Result<zed::Command> {
        self.enter(id.as_ref());
        assistant::context_server_command(id.as_ref(), project)
    }

    #[cfg(feature = "since_0_5_0")]
    fn context_server_configuration(
        &mut self,
        id: &zed::ContextServerId,
        project: &zed::Project,
    ) -> Result<Option<zed::ContextServerConfiguration>> {
        self.enter(id.as_ref());
        assistant::context_server_configuration(id.as_ref(), project)
    }

    #[cfg(feature = "since_0_6_0")]
    fn get_dap_binary(
        &mut self,
        adapter: String,
        definition: zed::DebugTaskDefinition,
        path: Option<String>,
        worktree: &Worktree,
    ) -> Result<zed::DebugAdapterBinary> {
        self.enter(&adapter);
        debug::binary(adapter, definition, path, worktree)
    }

    #[cfg(feature = "since_0_6_0")]
    fn dap_request_kind(
        &mut self,
        adapter: String,
        configuration: zed::serde_json::Value,
    ) -> Result<zed::StartDebuggingRequestArgumentsRequest> {
        self.enter(&adapter);
        debug::request_kind(&configuration)
    }

    #[cfg(feature = "since_0_6_0")]
    fn dap_config_to_scenario(
        &mut self,
        configuration: zed::DebugConfig,
    ) -> Result<zed::DebugScenario> {
        self.enter(&configuration.adapter);
        debug::scenario(configuration)
    }

    #[cfg(feature = "since_0_6_0")]
    fn dap_locator_create_scenario(
        &mut self,
        locator: String,
        task: zed::TaskTemplate,
        label: String,
        adapter: String,
    ) -> Option<zed::DebugScenario> {
        self.enter(&locator);
        debug::locate(locator, task, label, adapter)
    }

    #[cfg(feature = "since_0_6_0")]
    fn run_dap_locator(
        &mut self,
        locator: String,
        task: zed::TaskTemplate,
    ) -> Result<zed::DebugRequest> {
        self.enter(&locator);
        debug::run_locator(&locator, task)
    }
}

zed::register_extension!(Conformance);
