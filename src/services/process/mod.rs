//! Programs that the host runs for an extension.

mod limits;

use std::{io, process::Stdio};

use tokio::io::{AsyncRead, AsyncReadExt as _};

pub use self::limits::ProcessLimits;
use super::{ServiceError, ServiceResult, Services};
use crate::types::{Command, ProcessOutput};

/// Bytes of output that a program may write; both streams together are twice that at the most.
const OUTPUT_BYTES: u64 = 16 << 20;

impl Services {
    /// Runs a program to its end, with the work directory as its current one and nothing on its
    /// standard input. It is ended when the call is.
    ///
    /// # Errors
    /// [`ServiceError::Denied`] where the manifest does not ask for it or the person does not allow
    /// it, [`ServiceError::Process`] where it cannot be started or writes more than 16 MiB.
    pub async fn run_command(&self, command: Command) -> ServiceResult<ProcessOutput> {
        self.allow_process(&command.command, &command.args)?;
        let failed = |source| ServiceError::Process {
            command: command.command.clone(),
            source,
        };
        let mut child = tokio::process::Command::new(&command.command)
            .args(&command.args)
            .envs(command.env.iter().map(|(name, value)| (name, value)))
            .current_dir(&self.work_dir)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(failed)?;
        let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
        let (stdout, stderr) =
            tokio::try_join!(read_all(stdout), read_all(stderr)).map_err(failed)?;
        let status = child.wait().await.map_err(failed)?.code();
        Ok(ProcessOutput {
            status,
            stdout,
            stderr,
        })
    }
}

/// Reads to the end; more than a program may write is an error at once, since a program that nobody
/// reads from would wait for ever.
async fn read_all(stream: Option<impl AsyncRead + Unpin>) -> io::Result<Vec<u8>> {
    let mut output = Vec::new();
    if let Some(stream) = stream {
        stream
            .take(OUTPUT_BYTES + 1)
            .read_to_end(&mut output)
            .await?;
    }
    if output.len() as u64 > OUTPUT_BYTES {
        return Err(io::Error::other(format!(
            "it wrote more than {} MiB",
            OUTPUT_BYTES >> 20
        )));
    }
    Ok(output)
}
