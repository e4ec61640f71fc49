//! Starts `{{server}}`, a language server for {{language}}.

use zed_extension_api::{
    self as zed, Command, LanguageServerId, Result, Worktree, serde_json::Value,
    settings::LspSettings,
};

/// The program that is looked for on `PATH`.
const PROGRAM: &str = "{{server}}";

/// What the program is told where the settings say nothing else.
const ARGUMENTS: [&str; 1] = ["--stdio"];

struct {{type}};

impl zed::Extension for {{type}} {
    fn new() -> Self {
        Self
    }

    /// How the server is started: as the settings say, else as the program on `PATH`.
    fn language_server_command(
        &mut self,
        server: &LanguageServerId,
        worktree: &Worktree,
    ) -> Result<Command> {
        let settings = LspSettings::for_worktree(server.as_ref(), worktree)?;
        let (path, arguments, variables) = match settings.binary {
            Some(binary) => (binary.path, binary.arguments, binary.env),
            None => (None, None, None),
        };
        let command = path.or_else(|| worktree.which(PROGRAM)).ok_or_else(|| {
            format!(
                "`{PROGRAM}` is not on PATH; install it, \
                 or name it in the setting `lsp.{server}.binary.path`"
            )
        })?;
        let mut env = worktree.shell_env();
        env.extend(variables.unwrap_or_default());
        Ok(Command {
            command,
            args: arguments.unwrap_or_else(|| ARGUMENTS.map(String::from).to_vec()),
            env,
        })
    }

    /// What the server is told when it starts.
    fn language_server_initialization_options(
        &mut self,
        server: &LanguageServerId,
        worktree: &Worktree,
    ) -> Result<Option<Value>> {
        let settings = LspSettings::for_worktree(server.as_ref(), worktree)?;
        Ok(settings.initialization_options)
    }

    /// What the server is told when it asks for its configuration.
    fn language_server_workspace_configuration(
        &mut self,
        server: &LanguageServerId,
        worktree: &Worktree,
    ) -> Result<Option<Value>> {
        let settings = LspSettings::for_worktree(server.as_ref(), worktree)?;
        Ok(settings.settings)
    }
}

zed::register_extension!({{type}});
