//! The process group that a program leads, which ends with it.
//!
//! A program that leaves its group (`setsid`) is beyond reach. On Windows there are no such groups: the
//! one program is ended, and what it has started goes on.

use std::{io, sync::Arc};

use tokio::process::{Child, Command};

use super::lifeline::Lifeline;

/// The group of a program that has not been waited for: no other process can have its number until then. All of
/// it is killed when this is dropped.
#[derive(Debug)]
pub(super) struct Group {
    #[cfg(unix)]
    leader: Option<rustix::process::Pid>,
    #[cfg(unix)]
    lifeline: Arc<Lifeline>,
}

/// Starts a program as the leader of a group of its own.
pub(super) fn lead(command: &mut Command, lifeline: &Arc<Lifeline>) -> io::Result<(Child, Group)> {
    #[cfg(unix)]
    {
        command.process_group(0);
        let child = command.spawn()?;
        let id = child.id().and_then(|id| i32::try_from(id).ok());
        let leader = id.and_then(rustix::process::Pid::from_raw);
        if let Some(leader) = leader {
            lifeline.hold(leader);
        }
        let group = Group {
            leader,
            lifeline: lifeline.clone(),
        };
        Ok((child, group))
    }
    #[cfg(not(unix))]
    {
        let _ = lifeline;
        Ok((command.spawn()?, Group {}))
    }
}

#[cfg(unix)]
mod ending {
    use std::time::Duration;

    use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};
    use tokio::signal::unix::{SignalKind, signal};

    use super::{Child, Group, io};

    /// How long a group may take to end once it has been asked to.
    const GRACE: Duration = Duration::from_millis(100);

    impl Group {
        /// Returns when the leader has ended. It is not waited for: its number stays its own.
        pub(in super::super) async fn ended(&self, _: &mut Child) -> io::Result<()> {
            let Some(leader) = self.leader else {
                return Ok(());
            };
            // Subscribed to before the first check, so that no end is missed.
            let mut children = signal(SignalKind::child())?;
            while !has_ended(leader)? {
                children.recv().await;
            }
            Ok(())
        }

        /// Asks the group to end, and gives it a moment for that.
        pub(in super::super) async fn ask_to_end(&self, child: &mut Child) {
            if let Some(leader) = self.leader {
                // Where it is gone already there is no process to ask.
                let _ = kill_process_group(leader, Signal::TERM);
            }
            let _ = tokio::time::timeout(GRACE, self.ended(child)).await;
        }
    }

    impl Drop for Group {
        fn drop(&mut self) {
            if let Some(leader) = self.leader {
                let _ = kill_process_group(leader, Signal::KILL);
                self.lifeline.release(leader);
            }
        }
    }

    fn has_ended(leader: Pid) -> io::Result<bool> {
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        Ok(waitid(WaitId::Pid(leader), options)?.is_some())
    }
}

#[cfg(not(unix))]
impl Group {
    /// Returns when the program has ended.
    pub(super) async fn ended(&self, child: &mut Child) -> io::Result<()> {
        child.wait().await.map(drop)
    }

    /// Ends the program: there is no way to ask it.
    pub(super) async fn ask_to_end(&self, child: &mut Child) {
        let _ = child.start_kill();
    }
}
