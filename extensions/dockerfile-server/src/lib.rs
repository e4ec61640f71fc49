//! Starts docker-langserver, for Dockerfiles: the one on `PATH`, else one that it installs from npm.

#[path = "../../web-servers/src/npm.rs"]
mod npm;

use zed_extension_api as zed;
use zed_extension_api::{
    Command, LanguageServerId, Result, Worktree, serde_json::Value, settings::LspSettings,
};

use npm::Server;

const SERVER: Server = Server {
    programs: &["docker-langserver"],
    package: "dockerfile-language-server-nodejs",
    script: "bin/docker-langserver",
    arguments: &["--stdio"],
};

struct DockerfileServer;

impl zed::Extension for DockerfileServer {
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
        Ok(LspSettings::for_worktree(id.as_ref(), worktree)?.settings)
    }
}

zed::register_extension!(DockerfileServer);
