//! The runner of an extension's programs, bounded in time and output.

use std::time::Duration;

use tokio::process::Command;

use super::{error::ProcessError, limits::ProcessLimits};
use crate::base::{
    process::{Launcher, RunLimits, Streams, collect},
    types::ProcessOutput,
};

/// How long a program's output is still read after it has ended, where its children hold it open.
const LAST_WORDS: Duration = Duration::from_millis(250);

/// The runner of all programs that a host starts for its extensions.
#[derive(Debug)]
pub(crate) struct Runner {
    limits: ProcessLimits,
    launcher: Launcher,
}

impl Runner {
    pub(crate) fn new(limits: ProcessLimits) -> Self {
        Self {
            limits,
            launcher: Launcher::default(),
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
        command: Command,
    ) -> Result<ProcessOutput, ProcessError> {
        let program = command.as_std().get_program().to_owned();
        let limit = self.limits.output_bytes;
        let limits = RunLimits {
            time: Some(self.limits.time),
            last_words: LAST_WORDS,
        };
        let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
        let (output, errors) = (&mut stdout, &mut stderr);
        let read = |streams: Streams| async move {
            tokio::try_join!(
                collect(streams.stdout, output, limit),
                collect(streams.stderr, errors, limit)
            )
            .map(drop)
        };
        let ran = self.launcher.run(command, limits, read).await;
        let status = ran.map_err(|error| ProcessError::of_run(name, program.as_ref(), error))?;
        Ok(ProcessOutput {
            status: status.code(),
            stdout,
            stderr,
        })
    }
}
