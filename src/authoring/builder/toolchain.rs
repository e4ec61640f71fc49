//! The author's own Rust toolchain: whether it can compile for the target, and how it learns to.

use std::path::{Path, PathBuf};

use tokio::process::Command;

use super::{
    OutputListener,
    error::BuildError,
    program::{self, Answer},
};
use crate::base::{fs, process::Launcher, search_path::SearchPath};

/// The target that extensions are compiled for: components of WASI preview 2.
pub(super) const TARGET: &str = "wasm32-wasip2";

/// A program of the toolchain that is chosen for a folder, by its `rust-toolchain.toml` for example. Neither it nor
/// what it starts is looked up in the folder, whatever `PATH` says.
///
/// # Errors
/// [`BuildError::MissingProgram`] where there is none of that name.
pub(super) fn command(name: &'static str, folder: &Path) -> Result<Command, BuildError> {
    let search_path = SearchPath::of_process();
    let program = search_path
        .find(name)
        .ok_or(BuildError::MissingProgram { program: name })?;
    let mut command = Command::new(program);
    command
        .current_dir(folder)
        .env("PATH", search_path.to_variable());
    Ok(command)
}

/// Checks that the toolchain of a folder has the target's standard library.
///
/// # Errors
/// [`BuildError::MissingProgram`], [`BuildError::Toolchain`], [`BuildError::UnknownTarget`] or
/// [`BuildError::MissingTarget`].
pub(super) async fn check(launcher: &Launcher, folder: &Path) -> Result<(), BuildError> {
    let mut rustc = command("rustc", folder)?;
    rustc.args(["--print", "sysroot", "--print", "target-libdir"]);
    rustc.args(["--target", TARGET]);
    let answer = program::ask(launcher, "rustc", rustc).await?;
    if !answer.succeeded {
        return Err(complaint(launcher, folder, answer).await?);
    }
    let mut lines = answer.stdout.lines().map(PathBuf::from);
    let (Some(sysroot), Some(libraries)) = (lines.next(), lines.next()) else {
        return Err(BuildError::Toolchain {
            message: "`rustc` does not say where its libraries are".into(),
        });
    };
    if has_core(&libraries) {
        return Ok(());
    }
    Err(BuildError::MissingTarget {
        libraries,
        rustup: command_to_add(launcher, folder, &sysroot).await?,
    })
}

/// Adds the target to the toolchain of a folder with `rustup`, which downloads it.
///
/// # Errors
/// [`BuildError::MissingProgram`] without `rustup`, [`BuildError::Toolchain`] where it fails.
pub(super) async fn add_target(
    launcher: &Launcher,
    folder: &Path,
    listener: &dyn OutputListener,
) -> Result<(), BuildError> {
    let mut rustup = command("rustup", folder)?;
    // Without a toolchain it takes the one that is chosen for the folder.
    rustup.args(["target", "add", TARGET]);
    let mut words = String::new();
    let status = program::run(
        launcher,
        "rustup",
        rustup,
        |line| listener.line(line),
        |line| {
            listener.line(line);
            words = line.to_owned();
        },
    )
    .await?;
    if status.success() {
        return Ok(());
    }
    Err(BuildError::Toolchain { message: words })
}

/// What is wrong where `rustc` itself fails.
async fn complaint(
    launcher: &Launcher,
    folder: &Path,
    answer: Answer,
) -> Result<BuildError, BuildError> {
    let is_unknown = [
        "could not find specification",
        "loading target specification",
    ]
    .iter()
    .any(|words| answer.stderr.to_lowercase().contains(words));
    if !is_unknown {
        return Ok(BuildError::Toolchain {
            message: answer.stderr.trim().to_owned(),
        });
    }
    let mut rustc = command("rustc", folder)?;
    rustc.arg("--version");
    let version = program::ask(launcher, "rustc", rustc).await?;
    Ok(BuildError::UnknownTarget {
        compiler: version.stdout.trim().to_owned(),
    })
}

/// Whether a folder holds a standard library; an empty one stays where a target was removed.
fn has_core(libraries: &Path) -> bool {
    fs::read_dir(libraries).is_ok_and(|entries| {
        entries.iter().any(|entry| {
            let name = entry.file_name().unwrap_or_default();
            name.as_encoded_bytes().starts_with(b"libcore-")
        })
    })
}

/// The command that adds the target, where `rustup` manages the toolchain of a folder.
async fn command_to_add(
    launcher: &Launcher,
    folder: &Path,
    sysroot: &Path,
) -> Result<Option<String>, BuildError> {
    let mut which = match command("rustup", folder) {
        Err(BuildError::MissingProgram { .. }) => return Ok(None),
        which => which?,
    };
    which.args(["which", "rustc"]);
    let compiler = program::ask(launcher, "rustup", which).await?.stdout;
    // Another `rustc` may come first on the path, a distribution's for example.
    if !Path::new(compiler.trim()).starts_with(sysroot) {
        return Ok(None);
    }
    let mut active = command("rustup", folder)?;
    active.args(["show", "active-toolchain"]);
    let active = program::ask(launcher, "rustup", active).await?.stdout;
    let mut command = format!("rustup target add {TARGET}");
    // The default needs no name; what a file or a variable has chosen would be another elsewhere.
    if let Some(name) = active.split_whitespace().next()
        && !active.contains("default")
    {
        command.push_str(&format!(" --toolchain {name}"));
    }
    Ok(Some(command))
}
