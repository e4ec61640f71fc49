//! Starts the language servers for JSON, CSS and HTML that VS Code has: those on `PATH`, else those of a package
//! that it installs from npm.

mod defaults;
mod npm;
mod servers;

use zed_extension_api as zed;
use zed_extension_api::{
    Command, LanguageServerId, Result, Worktree, serde_json::Value, settings::LspSettings,
};

struct WebServers;

impl zed::Extension for WebServers {
    fn new() -> Self {
        Self
    }

    fn language_server_command(
        &mut self,
        id: &LanguageServerId,
        worktree: &Worktree,
    ) -> Result<Command> {
        servers::find(id.as_ref())?.server.command(id, worktree)
    }

    fn language_server_initialization_options(
        &mut self,
        id: &LanguageServerId,
        worktree: &Worktree,
    ) -> Result<Option<Value>> {
        let options = (servers::find(id.as_ref())?.options)();
        let set = LspSettings::for_worktree(id.as_ref(), worktree)?.initialization_options;
        Ok(Some(defaults::with(options, set)))
    }

    fn language_server_workspace_configuration(
        &mut self,
        id: &LanguageServerId,
        worktree: &Worktree,
    ) -> Result<Option<Value>> {
        let configuration = (servers::find(id.as_ref())?.configuration)();
        let set = LspSettings::for_worktree(id.as_ref(), worktree)?.settings;
        Ok(Some(defaults::with(configuration, set)))
    }
}

zed::register_extension!(WebServers);
