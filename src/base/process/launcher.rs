//! The start of programs, and their way to the end.

use std::{
    io,
    pin::pin,
    process::{ExitStatus, Stdio},
    sync::Arc,
    time::Duration,
};

use tokio::process::Command;

use super::{
    child::{GroupChild, Streams},
    error::RunError,
    group,
    lifeline::Lifeline,
};

/// How long a program that has run into a limit may take to end once it was asked to.
const GRACE: Duration = Duration::from_millis(100);

/// How often a start is tried of a program whose file is still open for writing, and the time between two tries.
const STARTS: u32 = 10;
const BETWEEN_STARTS: Duration = Duration::from_millis(20);

/// A starter of programs that end with this process, be it killed. Its clones are one; on Unix it has a small shell run
/// beside the first program, until the last clone is dropped.
#[derive(Debug, Clone, Default)]
pub(crate) struct Launcher {
    lifeline: Arc<Lifeline>,
}

/// The time that a program may take which is run to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RunLimits {
    /// How long it may run; `None` for as long as it likes.
    pub(crate) time: Option<Duration>,
    /// How long its output is read on after it has ended, where what it has started holds it open.
    pub(crate) last_words: Duration,
}

impl Launcher {
    /// Starts a program as the leader of a process group, with the streams that its command says. The group is killed
    /// when what is returned is dropped, and when this process is killed.
    ///
    /// A program that leaves its group (`setsid`) is beyond reach. On Windows it is the one program that ends.
    ///
    /// # Errors
    /// The system's error.
    pub(crate) async fn start(&self, command: &mut Command) -> io::Result<GroupChild> {
        command.kill_on_drop(true);
        // A file that was just written can be open for writing for a moment longer, in a child of ours that has not
        // become another program yet.
        for _ in 1..STARTS {
            match self.start_once(command) {
                Err(error) if error.kind() == io::ErrorKind::ExecutableFileBusy => {
                    tokio::time::sleep(BETWEEN_STARTS).await;
                }
                started => return started,
            }
        }
        self.start_once(command)
    }

    /// Runs a program to its end, with nothing on its standard input, while `read` reads its output: where that
    /// fails, the program is ended. At a limit it is asked to end first, and killed 100 milliseconds later. It is killed
    /// where this is dropped; whatever it has left running is killed when it has ended.
    ///
    /// # Errors
    /// A [`RunError`]; an end by a signal is not an error.
    pub(crate) async fn run<Reading>(
        &self,
        mut command: Command,
        limits: RunLimits,
        read: impl FnOnce(Streams) -> Reading,
    ) -> Result<ExitStatus, RunError>
    where
        Reading: Future<Output = Result<(), RunError>>,
    {
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let started = self.start(&mut command).await;
        let mut child = started.map_err(RunError::Start)?;
        let reading = read(child.take_streams());
        let following = follow(reading, &mut child, limits.last_words);
        let followed = match limits.time {
            Some(time) => tokio::time::timeout(time, following)
                .await
                .unwrap_or(Err(RunError::TimeLimit(time))),
            None => following.await,
        };
        match followed {
            Ok(()) => child.wait().await.map_err(RunError::Follow),
            Err(error) => {
                // How it ends is not what went wrong.
                let _ = child.end(GRACE).await;
                Err(error)
            }
        }
    }

    fn start_once(&self, command: &mut Command) -> io::Result<GroupChild> {
        let (child, group) = group::lead(command, &self.lifeline)?;
        Ok(GroupChild::new(group, child))
    }
}

/// Follows a program to its end, and its streams to theirs, which may be held open by what it has started.
async fn follow(
    reading: impl Future<Output = Result<(), RunError>>,
    child: &mut GroupChild,
    last_words: Duration,
) -> Result<(), RunError> {
    let mut reading = pin!(reading);
    let mut ended = pin!(child.ended());
    tokio::select! {
        biased;
        read = &mut reading => {
            read?;
            ended.await.map_err(RunError::Follow)
        }
        end = &mut ended => {
            end.map_err(RunError::Follow)?;
            // What has arrived by then is kept.
            tokio::time::timeout(last_words, reading).await.unwrap_or(Ok(()))
        }
    }
}
