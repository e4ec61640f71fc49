//! The runner of programs: bounded in time and output, and ended with all that they have started.

use std::{io, pin::pin, process::Stdio, sync::Arc, time::Duration};

use tokio::process::{Child, Command};

use super::{
    error::ProcessError,
    group::{self, Group},
    lifeline::Lifeline,
    limits::ProcessLimits,
    output::{self, Stop},
};
use crate::base::types::ProcessOutput;

/// How long a program's output is still read after it has ended, where its children hold it open.
const LAST_WORDS: Duration = Duration::from_millis(250);

/// How long a killed program is waited for.
const LAST_BREATH: Duration = Duration::from_secs(5);

/// How often a start is tried of a program whose file is still open for writing, and the time between two tries.
const STARTS: u32 = 10;
const BETWEEN_STARTS: Duration = Duration::from_millis(20);

/// The runner of all programs that a host starts for its extensions.
#[derive(Debug)]
pub(crate) struct Runner {
    limits: ProcessLimits,
    lifeline: Arc<Lifeline>,
}

impl Runner {
    pub(crate) fn new(limits: ProcessLimits) -> Self {
        Self {
            limits,
            lifeline: Arc::default(),
        }
    }

    /// Runs a program to its end, with nothing on its standard input. `name` is what errors call it.
    ///
    /// On Unix it leads a process group, and that is killed when the program has ended or this is dropped,
    /// and when the host is killed. At a limit it is asked to end first.
    ///
    /// # Errors
    /// A [`ProcessError`]; an end by a signal is not an error.
    pub(crate) async fn run(
        &self,
        name: &str,
        mut command: Command,
    ) -> Result<ProcessOutput, ProcessError> {
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        let failed = |source| ProcessError::System {
            command: name.to_owned(),
            source,
        };
        // The group is dropped before the child, which is waited for after that.
        let (mut child, group) = self.start(&mut command).await.map_err(|source| {
            ProcessError::of_start(name, command.as_std().get_program().as_ref(), source)
        })?;
        let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
        let followed = {
            let streams = (child.stdout.take(), child.stderr.take());
            let limit = self.limits.output_bytes;
            let reading = async {
                tokio::try_join!(
                    output::read(streams.0, &mut stdout, limit),
                    output::read(streams.1, &mut stderr, limit)
                )
            };
            let followed = follow(reading, &group, &mut child);
            tokio::time::timeout(self.limits.time, followed).await
        };
        let error = match followed {
            Ok(Ok(())) => None,
            Ok(Err(Stop::Failed(source))) => Some(failed(source)),
            Ok(Err(Stop::TooMuch)) => Some(ProcessError::OutputLimit {
                command: name.to_owned(),
                limit: self.limits.output_bytes,
            }),
            Err(_) => Some(ProcessError::TimeLimit {
                command: name.to_owned(),
                limit: self.limits.time,
            }),
        };
        if error.is_some() {
            group.ask_to_end(&mut child).await;
        }
        drop(group);
        let waited = tokio::time::timeout(LAST_BREATH, child.wait()).await;
        if let Some(error) = error {
            return Err(error);
        }
        let status = waited
            .map_err(|_| failed(io::ErrorKind::TimedOut.into()))?
            .map_err(failed)?
            .code();
        Ok(ProcessOutput {
            status,
            stdout,
            stderr,
        })
    }

    /// Starts a program. A file that was just written can be open for writing for a moment longer, in a
    /// child of ours that has not become another program yet.
    async fn start(&self, command: &mut Command) -> io::Result<(Child, Group)> {
        for _ in 1..STARTS {
            match group::lead(command, &self.lifeline) {
                Err(error) if error.kind() == io::ErrorKind::ExecutableFileBusy => {
                    tokio::time::sleep(BETWEEN_STARTS).await;
                }
                started => return started,
            }
        }
        group::lead(command, &self.lifeline)
    }
}

/// Follows a program to its end, and its streams to theirs, which may be held open by what it has started.
async fn follow(
    reading: impl Future<Output = Result<((), ()), Stop>>,
    group: &Group,
    child: &mut Child,
) -> Result<(), Stop> {
    let mut reading = pin!(reading);
    let mut ended = pin!(group.ended(child));
    tokio::select! {
        biased;
        read = &mut reading => {
            read?;
            ended.await.map_err(Stop::Failed)
        }
        end = &mut ended => {
            end.map_err(Stop::Failed)?;
            match tokio::time::timeout(LAST_WORDS, reading).await {
                Ok(read) => read.map(drop),
                Err(_) => Ok(()),
            }
        }
    }
}
