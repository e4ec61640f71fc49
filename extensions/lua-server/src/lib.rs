//! Starts lua-language-server, for Lua.

mod code;
mod completions;
mod options;
mod symbols;

use zed_extension_api as zed;
use zed_extension_api::settings::LspSettings;
use zed_extension_api::{CodeLabel, Command, LanguageServerId, Result, Worktree, serde_json};

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
        let (path, arguments) = match settings.binary {
            Some(binary) => (binary.path, binary.arguments),
            None => (None, None),
        };
        let Some(command) = path.or_else(|| worktree.which(SERVER)) else {
            return Err(format!(
                "`{SERVER}` is not on PATH; install it with a package manager, \
                 or name it in the setting `binary.path` of the server"
            ));
        };
        Ok(Command {
            command,
            args: arguments.unwrap_or_default(),
            env: worktree.shell_env(),
        })
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
