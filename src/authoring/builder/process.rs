//! Runs of the compiler, in a process group of its own, so that none of its processes outlives the caller.

use std::{
    io,
    path::PathBuf,
    process::{ExitStatus, Stdio},
    time::Duration,
};

use tokio::{
    io::{AsyncBufReadExt as _, AsyncRead, BufReader},
    process::{Child, Command},
};

use super::error::BuildError;
use crate::base::fs;

/// How long the output of a program is read on after it has ended.
const LAST_WORDS: Duration = Duration::from_secs(1);

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
    program: &'static str,
    mut command: Command,
    stdout: impl FnMut(&str),
    stderr: impl FnMut(&str),
) -> Result<ExitStatus, BuildError> {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    #[cfg(unix)]
    command.process_group(0);
    let failed = |source: io::Error| match source.kind() {
        io::ErrorKind::NotFound => BuildError::MissingProgram { program },
        _ => BuildError::Program { program, source },
    };
    let mut child = command
        .spawn()
        .map_err(|source| match gone_folder(&command) {
            Some(folder) => fs::Error::new("look at", folder, source).into(),
            None => failed(source),
        })?;
    // Dropped before the child, whose id no other process can have until then.
    let group = Group::of(&child);
    let (out, err) = (child.stdout.take(), child.stderr.take());
    let reading = async { tokio::try_join!(lines(out, stdout), lines(err, stderr)) };
    tokio::pin!(reading);
    let status = tokio::select! {
        biased;
        read = &mut reading => {
            read.map_err(failed)?;
            child.wait().await.map_err(failed)?
        }
        status = child.wait() => {
            // What a build script has left running may hold its output open for ever.
            match tokio::time::timeout(LAST_WORDS, reading).await {
                Ok(read) => drop(read.map_err(failed)?),
                Err(_) => {
                    drop(group);
                    return status.map_err(failed);
                }
            }
            status.map_err(failed)?
        }
    };
    group.forget();
    Ok(status)
}

/// The folder that a program was to run in, if it is not there.
fn gone_folder(command: &Command) -> Option<PathBuf> {
    let folder = command.as_std().get_current_dir()?;
    fs::metadata(folder).is_err().then(|| folder.to_path_buf())
}

/// Runs a program for its answer.
///
/// # Errors
/// As [`run`].
pub(super) async fn ask(program: &'static str, command: Command) -> Result<Answer, BuildError> {
    let (mut stdout, mut stderr) = (String::new(), String::new());
    let add = |text: &mut String, line: &str| {
        text.push_str(line);
        text.push('\n');
    };
    let status = run(
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

async fn lines(
    stream: Option<impl AsyncRead + Unpin>,
    mut take: impl FnMut(&str),
) -> io::Result<()> {
    let Some(stream) = stream else { return Ok(()) };
    let mut reader = BufReader::new(stream);
    let mut line = Vec::new();
    while reader.read_until(b'\n', &mut line).await? > 0 {
        let text = String::from_utf8_lossy(&line);
        take(text.trim_end_matches(['\n', '\r']));
        line.clear();
    }
    Ok(())
}

/// The process group that a program leads; it is killed when this is dropped.
struct Group {
    #[cfg(unix)]
    leader: Option<rustix::process::Pid>,
}

impl Group {
    fn of(child: &Child) -> Self {
        #[cfg(unix)]
        {
            let id = child.id().and_then(|id| i32::try_from(id).ok());
            Self {
                leader: id.and_then(rustix::process::Pid::from_raw),
            }
        }
        #[cfg(not(unix))]
        {
            let _ = child;
            Self {}
        }
    }

    /// The program has ended, and its id may soon be another's: nothing is killed.
    fn forget(self) {
        std::mem::forget(self);
    }
}

#[cfg(unix)]
impl Drop for Group {
    fn drop(&mut self) {
        if let Some(leader) = self.leader {
            // Where it is gone already there is nothing to kill.
            let _ = rustix::process::kill_process_group(leader, rustix::process::Signal::KILL);
        }
    }
}
