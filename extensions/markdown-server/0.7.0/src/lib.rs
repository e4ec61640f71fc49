//! Starts marksman, for Markdown; labels for completions and symbols; and `/outline` with a level.

#[path = "../../shared/command.rs"]
mod command;
#[path = "../../shared/history.rs"]
mod history;
#[path = "../../shared/labels.rs"]
mod labels;
#[path = "../../shared/levels.rs"]
mod levels;
#[path = "../../shared/options.rs"]
mod options;
#[path = "../../shared/outline.rs"]
mod outline;
#[path = "../../shared/slash.rs"]
mod slash;
#[path = "../../shared/symbols.rs"]
mod symbols;
#[path = "../../shared/version.rs"]
mod version;

use zed_extension_api as zed;
use zed_extension_api::lsp::{Completion, Symbol};
use zed_extension_api::settings::LspSettings;
use zed_extension_api::{
    CodeLabel, Command, LanguageServerId, Result, SlashCommand, SlashCommandArgumentCompletion,
    SlashCommandOutput, Worktree, serde_json,
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
        let mut command = command::command(
            settings.binary,
            SERVER,
            &["server", "--verbose", "1"],
            worktree,
        )?;
        if let Some(version) = version::of(SERVER, worktree) {
            command::set(&mut command.env, "MARKSMAN_VERSION", version);
        }
        let starts = history::start(env!("CARGO_PKG_VERSION"))?;
        command::set(&mut command.env, history::STARTS, starts.to_string());
        Ok(command)
    }

    fn language_server_initialization_options(
        &mut self,
        id: &LanguageServerId,
        worktree: &Worktree,
    ) -> Result<Option<serde_json::Value>> {
        let settings = LspSettings::for_worktree(id.as_ref(), worktree)?;
        Ok(Some(options::options(settings.initialization_options)))
    }

    fn label_for_completion(
        &self,
        _: &LanguageServerId,
        completion: Completion,
    ) -> Option<CodeLabel> {
        labels::completion(&completion)
    }

    fn label_for_symbol(&self, _: &LanguageServerId, symbol: Symbol) -> Option<CodeLabel> {
        symbols::label(&symbol)
    }

    fn complete_slash_command_argument(
        &self,
        _command: SlashCommand,
        arguments: Vec<String>,
    ) -> Result<Vec<SlashCommandArgumentCompletion>> {
        Ok(levels::complete(&arguments))
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
        slash::answer(file, levels::deepest(&arguments)?, worktree)
    }
}

zed::register_extension!(MarkdownServer);
