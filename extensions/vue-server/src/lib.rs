//! Starts vue-language-server, and lets TypeScript's servers understand `.vue` files.

mod command;
mod options;
mod plugin;
mod project;

use zed_extension_api as zed;
use zed_extension_api::{
    Command, LanguageServerId, Result, Worktree, serde_json::Value, settings::LspSettings,
};

/// The server's name in the manifest, in the settings and on `PATH`.
const SERVER: &str = "vue-language-server";

struct VueServer;

impl zed::Extension for VueServer {
    fn new() -> Self {
        Self
    }

    fn language_server_command(
        &mut self,
        server: &LanguageServerId,
        worktree: &Worktree,
    ) -> Result<Command> {
        command::command(settings(server, worktree)?.binary, worktree)
    }

    fn language_server_initialization_options(
        &mut self,
        server: &LanguageServerId,
        worktree: &Worktree,
    ) -> Result<Option<Value>> {
        let wanted = settings(server, worktree)?.initialization_options;
        Ok(options::initialization(
            project::typescript(worktree),
            wanted,
        ))
    }

    fn language_server_workspace_configuration(
        &mut self,
        server: &LanguageServerId,
        worktree: &Worktree,
    ) -> Result<Option<Value>> {
        Ok(options::workspace(settings(server, worktree)?.settings))
    }

    fn language_server_additional_initialization_options(
        &mut self,
        server: &LanguageServerId,
        target: &LanguageServerId,
        worktree: &Worktree,
    ) -> Result<Option<Value>> {
        additional(plugin::initialization, server, target, worktree)
    }

    fn language_server_additional_workspace_configuration(
        &mut self,
        server: &LanguageServerId,
        target: &LanguageServerId,
        worktree: &Worktree,
    ) -> Result<Option<Value>> {
        additional(plugin::workspace, server, target, worktree)
    }
}

/// What a person has set for the server.
fn settings(server: &LanguageServerId, worktree: &Worktree) -> Result<LspSettings> {
    if server.as_ref() != SERVER {
        return Err(format!("this extension starts `{SERVER}`, not `{server}`"));
    }
    LspSettings::for_worktree(SERVER, worktree)
}

/// The plugin as `form` writes it for the target, if there is a plugin and the target can load it.
fn additional(
    form: fn(&str, &str) -> Option<Value>,
    server: &LanguageServerId,
    target: &LanguageServerId,
    worktree: &Worktree,
) -> Result<Option<Value>> {
    let settings = settings(server, worktree)?.settings;
    // Whether the target is a TypeScript server is known without a look at any file.
    if form(target.as_ref(), "").is_none() {
        return Ok(None);
    }
    let location = match plugin::location_setting(settings.as_ref())? {
        Some(location) => Some(project::resolve(location, &worktree.root_path())),
        None => project::plugin(worktree),
    };
    Ok(location.and_then(|location| form(target.as_ref(), &location)))
}

zed::register_extension!(VueServer);
