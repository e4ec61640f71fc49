//! Starts marksman from `PATH`, for Markdown.

#[path = "../../shared/history.rs"]
mod history;

use zed_extension_api as zed;
use zed_extension_api::{Command, LanguageServerConfig, Result, Worktree};

const SERVER: &str = "marksman";

struct MarkdownServer;

impl zed::Extension for MarkdownServer {
    fn new() -> Self {
        Self
    }

    fn language_server_command(
        &mut self,
        _config: LanguageServerConfig,
        worktree: &Worktree,
    ) -> Result<Command> {
        let command = worktree.which(SERVER).ok_or_else(|| {
            format!("`{SERVER}` is not on PATH; install it with a package manager")
        })?;
        let starts = history::start(env!("CARGO_PKG_VERSION"))?;
        let mut env = worktree.shell_env();
        env.push((history::STARTS.to_owned(), starts.to_string()));
        Ok(Command {
            command,
            args: vec!["server".to_owned()],
            env,
        })
    }
}

zed::register_extension!(MarkdownServer);
