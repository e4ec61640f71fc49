//! Runs of the toolchain's programs, each in a process group of its own, so that none of its processes outlives the caller.

use std::{io, path::PathBuf, process::ExitStatus, time::Duration};

use tokio::process::Command;

use super::error::BuildError;
use crate::base::{
    fs,
    process::{Launcher, RunError, RunLimits, Streams, lines},
};

/// A build may take as long as it likes; what a build script has left running may hold its output open for ever.
const LIMITS: RunLimits = RunLimits {
    time: None,
    last_words: Duration::from_secs(1),
};

/// The result of a program that was run for its answer.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) succeeded: bool,
    pub(super) stdout: String,
    pub(super) stderr: String,
}

/// Runs a program to its end and gives each line that it writes, without its newline, to `stdout` or
/// `stderr`. Where the future is dropped, the program is killed, and with it every program it has started.
///
/// # Errors
/// [`BuildError::MissingProgram`] where there is none of that name, [`BuildError::Program`] where it
/// cannot be run.
pub(super) async fn run(
    launcher: &Launcher,
    program: &'static str,
    command: Command,
    stdout: impl FnMut(&str),
    stderr: impl FnMut(&str),
) -> Result<ExitStatus, BuildError> {
    let folder = command.as_std().get_current_dir().map(PathBuf::from);
    let read = |streams: Streams| async move {
        tokio::try_join!(lines(streams.stdout, stdout), lines(streams.stderr, stderr)).map(drop)
    };
    let ran = launcher.run(command, LIMITS, read).await;
    ran.map_err(|error| match (error, folder) {
        (RunError::Start(source), Some(folder)) if fs::metadata(&folder).is_err() => {
            fs::Error::new("look at", folder, source).into()
        }
        (RunError::Start(source), _) if source.kind() == io::ErrorKind::NotFound => {
            BuildError::MissingProgram { program }
        }
        (RunError::Start(source) | RunError::Follow(source), _) => {
            BuildError::Program { program, source }
        }
        // Neither is asked for.
        (limit @ (RunError::TimeLimit(_) | RunError::OutputLimit(_)), _) => BuildError::Program {
            program,
            source: io::Error::other(limit),
        },
    })
}

/// Runs a program for its answer.
///
/// # Errors
/// As [`run`].
pub(super) async fn ask(
    launcher: &Launcher,
    program: &'static str,
    command: Command,
) -> Result<Answer, BuildError> {
    let (mut stdout, mut stderr) = (String::new(), String::new());
    let add = |text: &mut String, line: &str| {
        text.push_str(line);
        text.push('\n');
    };
    let status = run(
        launcher,
        program,
        command,
        |line| add(&mut stdout, line),
        |line| add(&mut stderr, line),
    )
    .await?;
    Ok(Answer {
        succeeded: status.success(),
        stdout,
        stderr,
    })
}
