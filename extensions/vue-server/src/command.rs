//! The command that starts the server.

use zed_extension_api::{Command, EnvVars, Result, Worktree, settings::CommandSettings};

use crate::{SERVER, project};

/// The program the settings name, else the one on `PATH`, in the environment of the worktree's shell.
pub fn command(binary: Option<CommandSettings>, worktree: &Worktree) -> Result<Command> {
    let (path, arguments, variables) = match binary {
        Some(binary) => (binary.path, binary.arguments, binary.env),
        None => (None, None, None),
    };
    let command = match path {
        Some(path) => program(&path, worktree)?,
        None => worktree.which(SERVER).ok_or_else(|| {
            format!(
                "`{SERVER}` is not on PATH; install it with `npm install -g @vue/language-server@2`, \
                 or name it in the setting `binary.path` of the server"
            )
        })?,
    };
    let mut env: EnvVars = worktree.shell_env();
    for (name, value) in variables.into_iter().flatten() {
        env.retain(|(existing, _)| *existing != name);
        env.push((name, value));
    }
    Ok(Command {
        command,
        args: arguments.unwrap_or_else(|| vec!["--stdio".to_owned()]),
        env,
    })
}

/// A bare name is looked up on `PATH`, a relative path starts at the worktree: the host would take
/// either from the extension's own folder.
fn program(path: &str, worktree: &Worktree) -> Result<String> {
    if path.contains(['/', '\\']) {
        return Ok(project::resolve(path, &worktree.root_path()));
    }
    worktree
        .which(path)
        .ok_or_else(|| format!("`{path}`, which the setting `binary.path` names, is not on PATH"))
}
