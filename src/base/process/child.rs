//! A program that runs, and the process group that it leads.

use std::{io, process::ExitStatus, time::Duration};

use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout};

use super::group::Group;

/// How long a killed program is waited for.
const LAST_BREATH: Duration = Duration::from_secs(5);

/// A program that was started as the leader of a process group. When this is dropped or the host is killed, all of the
/// group is killed.
#[derive(Debug)]
pub(crate) struct GroupChild {
    // Dropped before the child, which is waited for after that.
    group: Group,
    child: Child,
}

/// The streams of a program: those that its command has as pipes.
#[derive(Debug)]
pub(crate) struct Streams {
    pub(crate) stdin: Option<ChildStdin>,
    pub(crate) stdout: Option<ChildStdout>,
    pub(crate) stderr: Option<ChildStderr>,
}

impl GroupChild {
    pub(super) fn new(group: Group, child: Child) -> Self {
        Self { group, child }
    }

    /// The streams, for the caller to read and write; none of them is there a second time.
    pub(crate) fn take_streams(&mut self) -> Streams {
        Streams {
            stdin: self.child.stdin.take(),
            stdout: self.child.stdout.take(),
            stderr: self.child.stderr.take(),
        }
    }

    /// The number of its process, until its end was waited for.
    #[cfg(feature = "bridge")]
    pub(crate) fn id(&self) -> Option<u32> {
        self.child.id()
    }

    /// Returns when the program has ended by itself; what it has started may still run.
    ///
    /// # Errors
    /// The system's error where its end cannot be waited for.
    pub(crate) async fn ended(&mut self) -> io::Result<()> {
        self.group.ended(&mut self.child).await
    }

    /// Waits until the program has ended by itself, and kills what it has left running.
    ///
    /// # Errors
    /// As [`ended`](Self::ended).
    pub(crate) async fn wait(mut self) -> io::Result<ExitStatus> {
        self.ended().await?;
        self.kill().await
    }

    /// Asks the whole group to end, gives the program so long for that, and kills what is left. On Windows the program
    /// cannot be asked.
    ///
    /// # Errors
    /// The system's error where its end cannot be waited for; [`TimedOut`](io::ErrorKind::TimedOut) where a
    /// program that was killed does not go.
    pub(crate) async fn end(mut self, grace: Duration) -> io::Result<ExitStatus> {
        self.group.ask_to_end(&mut self.child, grace).await;
        self.kill().await
    }

    async fn kill(self) -> io::Result<ExitStatus> {
        let Self { group, mut child } = self;
        drop(group);
        let waited = tokio::time::timeout(LAST_BREATH, child.wait()).await;
        waited.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?
    }
}
