//! Starts the language server of rumdl, for Markdown: the one on `PATH`, else one that it installs from npm.

#[path = "../../web-servers/src/npm.rs"]
mod npm;

use zed_extension_api as zed;
use zed_extension_api::{
    Command, LanguageServerId, Result, Worktree, serde_json::Value, settings::LspSettings,
};

use npm::Server;

const SERVER: Server = Server {
    programs: &["rumdl"],
    package: "rumdl",
    script: "bin/rumdl",
    arguments: &["server"],
};

struct MarkdownLint;

impl zed::Extension for MarkdownLint {
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

zed::register_extension!(MarkdownLint);
