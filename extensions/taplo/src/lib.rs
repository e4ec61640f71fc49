//! Starts the taplo language server, for TOML.

mod labels;
mod options;

use zed_extension_api as zed;
use zed_extension_api::settings::LspSettings;
use zed_extension_api::{
    CodeLabel, Command, EnvVars, LanguageServerId, Result, Worktree, serde_json,
};

struct Taplo;

impl zed::Extension for Taplo {
    fn new() -> Self {
        Self
    }

    fn language_server_command(
        &mut self,
        id: &LanguageServerId,
        worktree: &Worktree,
    ) -> Result<Command> {
        let settings = LspSettings::for_worktree(id.as_ref(), worktree)?;
        let (path, arguments, variables) = match settings.binary {
            Some(binary) => (binary.path, binary.arguments, binary.env),
            None => (None, None, None),
        };
        let Some(command) = path.or_else(|| worktree.which("taplo")) else {
            return Err(
                "`taplo` is not on PATH; install it with `cargo install --locked --features lsp taplo-cli`, \
                 or name it in the setting `binary.path` of the server"
                    .to_owned(),
            );
        };
        let mut env: EnvVars = worktree.shell_env();
        for (name, value) in variables.into_iter().flatten() {
            env.retain(|(existing, _)| *existing != name);
            env.push((name, value));
        }
        Ok(Command {
            command,
            args: arguments.unwrap_or_else(|| vec!["lsp".to_owned(), "stdio".to_owned()]),
            env,
        })
    }

    fn language_server_initialization_options(
        &mut self,
        id: &LanguageServerId,
        worktree: &Worktree,
    ) -> Result<Option<serde_json::Value>> {
        let settings = LspSettings::for_worktree(id.as_ref(), worktree)?;
        let cache = schema_cache();
        Ok(Some(options::initialization(
            cache.as_deref(),
            settings.initialization_options,
        )))
    }

    fn language_server_workspace_configuration(
        &mut self,
        id: &LanguageServerId,
        worktree: &Worktree,
    ) -> Result<Option<serde_json::Value>> {
        let settings = LspSettings::for_worktree(id.as_ref(), worktree)?;
        Ok(settings.settings.map(options::configuration))
    }

    fn label_for_completion(
        &self,
        _: &LanguageServerId,
        completion: zed::lsp::Completion,
    ) -> Option<CodeLabel> {
        labels::completion(&completion)
    }

    fn label_for_symbol(
        &self,
        _: &LanguageServerId,
        symbol: zed::lsp::Symbol,
    ) -> Option<CodeLabel> {
        labels::symbol(&symbol)
    }
}

/// The folder in the work directory in which the server may keep schemas; it does without where there is none.
fn schema_cache() -> Option<String> {
    let folder = std::env::current_dir().ok()?.join("schemas");
    std::fs::create_dir_all(&folder).ok()?;
    folder.into_os_string().into_string().ok()
}

zed::register_extension!(Taplo);
