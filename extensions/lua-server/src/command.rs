//! The command that starts the server.

use zed_extension_api::{Command, Result, Worktree, settings::BinarySettings};

use crate::SERVER;

/// The program the settings name, else the one on `PATH`, in the environment of the worktree's shell.
pub fn command(binary: Option<BinarySettings>, worktree: &Worktree) -> Result<Command> {
    let (path, arguments) = match binary {
        Some(binary) => (binary.path, binary.arguments),
        None => (None, None),
    };
    let command = match path {
        Some(path) => program(&path, worktree)?,
        None => worktree.which(SERVER).ok_or_else(|| {
            format!(
                "`{SERVER}` is not on PATH; install it with a package manager, \
                 or name it in the setting `binary.path` of the server"
            )
        })?,
    };
    Ok(Command {
        command,
        args: arguments.unwrap_or_default(),
        env: worktree.shell_env(),
    })
}

/// A bare name is looked up on `PATH`, a relative path starts at the worktree: the host would take
/// either from the extension's own folder.
fn program(path: &str, worktree: &Worktree) -> Result<String> {
    if path.contains(['/', '\\']) {
        return Ok(resolve(path, &worktree.root_path()));
    }
    worktree
        .which(path)
        .ok_or_else(|| format!("`{path}`, which the setting `binary.path` names, is not on PATH"))
}

/// A path as it is where it is absolute, else from the worktree's root.
fn resolve(path: &str, root: &str) -> String {
    let has_drive = path.as_bytes().get(1) == Some(&b':');
    if path.starts_with(['/', '\\']) || has_drive {
        return path.to_owned();
    }
    let relative = path.strip_prefix("./").unwrap_or(path);
    format!("{}/{relative}", root.trim_end_matches('/'))
}
