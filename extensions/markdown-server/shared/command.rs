//! The command that starts the server, with the settings as API 0.2.0 and later give them.

use zed_extension_api::settings::CommandSettings;
use zed_extension_api::{Command, EnvVars, Result, Worktree};

/// The program the settings name, else the server on `PATH`, in the environment of the worktree's
/// shell and of the settings. `arguments` hold where the settings have none.
pub fn command(
    binary: Option<CommandSettings>,
    server: &str,
    arguments: &[&str],
    worktree: &Worktree,
) -> Result<Command> {
    let (path, chosen, variables) = match binary {
        Some(binary) => (binary.path, binary.arguments, binary.env),
        None => (None, None, None),
    };
    let program = path.as_deref().unwrap_or(server);
    let command = worktree.which(program).ok_or_else(|| {
        format!("`{program}` is not on PATH; install it, or name it in the setting `binary.path`")
    })?;
    let mut env = worktree.shell_env();
    for (name, value) in variables.into_iter().flatten() {
        set(&mut env, &name, value);
    }
    let arguments = arguments.iter().map(|argument| (*argument).to_owned());
    Ok(Command {
        command,
        args: chosen.unwrap_or_else(|| arguments.collect()),
        env,
    })
}

/// Gives a variable of an environment a value.
pub fn set(env: &mut EnvVars, name: &str, value: String) {
    env.retain(|(existing, _)| existing != name);
    env.push((name.to_owned(), value));
}
