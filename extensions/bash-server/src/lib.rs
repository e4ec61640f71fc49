//! Starts bash-language-server from `PATH`, for shell scripts.

use zed_extension_api as zed;
use zed_extension_api::{Command, LanguageServerConfig, Result, Worktree};

const SERVER: &str = "bash-language-server";

struct BashServer;

impl zed::Extension for BashServer {
    fn new() -> Self {
        Self
    }

    fn language_server_command(
        &mut self,
        config: LanguageServerConfig,
        worktree: &Worktree,
    ) -> Result<Command> {
        if config.name != SERVER {
            return Err(format!(
                "this extension starts `{SERVER}`, not `{}`",
                config.name
            ));
        }
        let Some(command) = worktree.which(SERVER) else {
            return Err(format!(
                "`{SERVER}` is not on PATH; install it with `npm install -g {SERVER}`, then start the server again"
            ));
        };
        Ok(Command {
            command,
            args: vec!["start".to_owned()],
            // The server is a script which looks for `node`, and later for `shellcheck`, on PATH.
            env: worktree.shell_env(),
        })
    }
}

zed::register_extension!(BashServer);
