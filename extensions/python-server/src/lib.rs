//! Starts basedpyright, for Python: the one on `PATH`, else one that it installs from npm.

#[path = "../../web-servers/src/defaults.rs"]
mod defaults;
#[path = "../../web-servers/src/npm.rs"]
mod npm;

use zed_extension_api as zed;
use zed_extension_api::{
    Command, LanguageServerId, Result, Worktree,
    serde_json::{Value, json},
    settings::LspSettings,
};

use npm::Server;

const SERVER: Server = Server {
    programs: &["basedpyright-langserver"],
    package: "basedpyright",
    script: "langserver.index.js",
    arguments: &["--stdio"],
};

struct PythonServer;

impl zed::Extension for PythonServer {
    fn new() -> Self {
        Self
    }

    fn language_server_command(
        &mut self,
        id: &LanguageServerId,
        worktree: &Worktree,
    ) -> Result<Command> {
        SERVER.command(id, worktree)
    }

    fn language_server_initialization_options(
        &mut self,
        id: &LanguageServerId,
        worktree: &Worktree,
    ) -> Result<Option<Value>> {
        Ok(LspSettings::for_worktree(id.as_ref(), worktree)?.initialization_options)
    }

    fn language_server_workspace_configuration(
        &mut self,
        id: &LanguageServerId,
        worktree: &Worktree,
    ) -> Result<Option<Value>> {
        let settings = LspSettings::for_worktree(id.as_ref(), worktree)?.settings;
        // The server's own default warns of whatever has no type: too much for code that was written without it.
        let standard = json!({"basedpyright": {"analysis": {"typeCheckingMode": "standard"}}});
        Ok(Some(defaults::with(standard, settings)))
    }
}

zed::register_extension!(PythonServer);
