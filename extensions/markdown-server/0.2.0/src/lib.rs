//! Starts marksman, for Markdown, as the settings say; and the slash command `/outline`.

#[path = "../../shared/history.rs"]
mod history;
#[path = "../../shared/options.rs"]
mod options;
#[path = "../../shared/outline.rs"]
mod outline;
#[path = "../../shared/slash.rs"]
mod slash;

use zed_extension_api as zed;
use zed_extension_api::settings::LspSettings;
use zed_extension_api::{
    Command, LanguageServerId, Result, SlashCommand, SlashCommandOutput, Worktree, serde_json,
};

const SERVER: &str = "marksman";

struct MarkdownServer;

impl zed::Extension for MarkdownServer {
    fn new() -> Self {
        Self
    }

    fn language_server_command(
        &mut self,
        id: &LanguageServerId,
        worktree: &Worktree,
    ) -> Result<Command> {
        let settings = LspSettings::for_worktree(id.as_ref(), worktree)?;
        let (path, arguments) = match settings.binary {
            Some(binary) => (binary.path, binary.arguments),
            None => (None, None),
        };
        let program = path.as_deref().unwrap_or(SERVER);
        let command = worktree.which(program).ok_or_else(|| {
            format!(
                "`{program}` is not on PATH; install it, or name it in the setting `binary.path`"
            )
        })?;
        let starts = history::start(env!("CARGO_PKG_VERSION"))?;
        let mut env = worktree.shell_env();
        env.push((history::STARTS.to_owned(), starts.to_string()));
        Ok(Command {
            command,
            args: arguments.unwrap_or_else(|| vec!["server".to_owned()]),
            env,
        })
    }

    fn language_server_initialization_options(
        &mut self,
        id: &LanguageServerId,
        worktree: &Worktree,
    ) -> Result<Option<serde_json::Value>> {
        let settings = LspSettings::for_worktree(id.as_ref(), worktree)?;
        Ok(Some(options::options(settings.initialization_options)))
    }

    fn run_slash_command(
        &self,
        _command: SlashCommand,
        arguments: Vec<String>,
        worktree: Option<&Worktree>,
    ) -> Result<SlashCommandOutput> {
        let file = arguments
            .first()
            .ok_or("name a file: `/outline README.md`")?;
        slash::answer(file, 6, worktree)
    }
}

zed::register_extension!(MarkdownServer);
