//! The version of a server, from the server itself.

use zed_extension_api::Worktree;
use zed_extension_api::process::Command;

/// What `program --version` says; `None` where it cannot be run, or says nothing.
pub fn of(program: &str, worktree: &Worktree) -> Option<String> {
    let mut command = Command::new(program)
        .arg("--version")
        .envs(worktree.shell_env());
    let output = command.output().ok()?;
    let said = String::from_utf8(output.stdout).ok()?;
    let version = said.trim();
    (output.status == Some(0) && !version.is_empty()).then(|| version.to_owned())
}
