//! Starts lua-language-server, for Lua.

mod code;
mod command;
mod completions;
mod options;
mod symbols;

use zed_extension_api as zed;
use zed_extension_api::settings::LspSettings;
use zed_extension_api::{CodeLabel, Command, LanguageServerId, Result, Worktree, serde_json};

/// The server's name in the manifest, in the settings and on `PATH`.
const SERVER: &str = "lua-language-server";

struct LuaServer;

impl zed::Extension for LuaServer {
    fn new() -> Self {
        Self
    }

    fn language_server_command(
        &mut self,
        id: &LanguageServerId,
        worktree: &Worktree,
    ) -> Result<Command> {
        if id.as_ref() != SERVER {
            return Err(format!("this extension starts `{SERVER}`, not `{id}`"));
        }
        let settings = LspSettings::for_worktree(SERVER, worktree)?;
        command::command(settings.binary, worktree)
    }

    fn language_server_initialization_options(
        &mut self,
        id: &LanguageServerId,
        worktree: &Worktree,
    ) -> Result<Option<serde_json::Value>> {
        let settings = LspSettings::for_worktree(id.as_ref(), worktree)?;
        Ok(Some(options::initialization(
            settings.initialization_options,
        )))
    }

    fn language_server_workspace_configuration(
        &mut self,
        id: &LanguageServerId,
        worktree: &Worktree,
    ) -> Result<Option<serde_json::Value>> {
        let settings = LspSettings::for_worktree(id.as_ref(), worktree)?;
        Ok(Some(options::configuration(settings.settings)))
    }

    fn label_for_completion(
        &self,
        _: &LanguageServerId,
        completion: zed::lsp::Completion,
    ) -> Option<CodeLabel> {
        completions::label(&completion)
    }

    fn label_for_symbol(
        &self,
        _: &LanguageServerId,
        symbol: zed::lsp::Symbol,
    ) -> Option<CodeLabel> {
        symbols::label(&symbol)
    }
}

zed::register_extension!(LuaServer);
