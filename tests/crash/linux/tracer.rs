//! Runs a command under `ptrace` and strikes at its nth call that changes a file.
//!
//! Only the thread that started the command may trace it and wait for it, so several commands can be
//! traced at once, each by a thread of its own, and none hears of another's.

use std::{
    collections::HashMap,
    fmt,
    os::unix::process::CommandExt as _,
    path::Path,
    process::Command,
    sync::mpsc::{RecvTimeoutError, channel},
    time::Duration,
};

use nix::{
    errno::Errno,
    libc,
    sys::{
        ptrace::{self, Options},
        signal::{Signal, kill, killpg},
        wait::{WaitPidFlag, WaitStatus, waitpid},
    },
    unistd::Pid,
};

use super::call::{Call, changing};

/// The longest that a command may run before it counts as hanging.
const LONGEST: Duration = Duration::from_secs(120);

/// A shell that waits to be traced, then becomes the command that follows.
pub const WAITING_SHELL: [&str; 4] = ["sh", "-c", "kill -STOP $$; exec \"$@\"", "sh"];

/// What happens at a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// The process and all its threads are killed, before the call is made.
    Killed,
    /// The call is not made and fails.
    Fails(Errno),
}

impl fmt::Display for Fate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Killed => formatter.write_str("killed"),
            Self::Fails(errno) => write!(formatter, "{errno:?}"),
        }
    }
}

/// What became of a command.
#[derive(Debug, Default)]
pub struct Traced {
    /// Every call that changed something below the folder, in order over all threads.
    pub calls: Vec<Call>,
    /// The call it was struck at, if it came that far.
    pub struck: Option<Call>,
    /// Its exit code, unless it was killed.
    pub code: Option<i32>,
}

/// Runs a command that begins with [`WAITING_SHELL`], and strikes at the call below `folder` with the
/// number given, counted from 1.
///
/// # Errors
/// Where this process may not trace.
#[expect(
    clippy::zombie_processes,
    reason = "whoever traces waits for all threads, the first one included"
)]
pub fn run(
    command: &mut Command,
    folder: &Path,
    strike: Option<(usize, Fate)>,
) -> Result<Traced, Errno> {
    let child = command.process_group(0).spawn().unwrap();
    let leader = Pid::from_raw(i32::try_from(child.id()).unwrap());
    let stopped = waitpid(leader, Some(WaitPidFlag::WUNTRACED))?;
    assert_eq!(stopped, WaitStatus::Stopped(leader, Signal::SIGSTOP));
    let options = Options::PTRACE_O_TRACESYSGOOD
        | Options::PTRACE_O_TRACECLONE
        | Options::PTRACE_O_TRACEFORK
        | Options::PTRACE_O_TRACEVFORK
        | Options::PTRACE_O_TRACEEXEC
        | Options::PTRACE_O_EXITKILL;
    if let Err(refused) = ptrace::seize(leader, options) {
        killpg(leader, Signal::SIGKILL)?;
        waitpid(leader, None)?;
        return Err(refused);
    }
    kill(leader, Signal::SIGCONT)?;

    let (ended, end) = channel::<()>();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            if end.recv_timeout(LONGEST) == Err(RecvTimeoutError::Timeout) {
                let _ = killpg(leader, Signal::SIGKILL);
            }
        });
        let tracing = Tracing {
            folder,
            strike,
            leader,
            failing: HashMap::new(),
            is_command: false,
            traced: Traced::default(),
        };
        let traced = tracing.follow();
        drop(ended);
        traced
    })
}

struct Tracing<'a> {
    folder: &'a Path,
    strike: Option<(usize, Fate)>,
    leader: Pid,
    /// The threads in a call that is made to fail, until they return from it.
    failing: HashMap<Pid, Errno>,
    /// The shell has become the command.
    is_command: bool,
    traced: Traced,
}

impl Tracing<'_> {
    fn follow(mut self) -> Result<Traced, Errno> {
        let flags = WaitPidFlag::__WALL | WaitPidFlag::__WNOTHREAD;
        loop {
            let (thread, signal) = match waitpid(None, Some(flags)) {
                // Nobody is left.
                Err(Errno::ECHILD) => return Ok(self.traced),
                Err(Errno::EINTR) => continue,
                Err(error) => return Err(error),
                Ok(WaitStatus::Exited(thread, code)) => {
                    if thread == self.leader {
                        self.traced.code = Some(code);
                    }
                    continue;
                }
                Ok(WaitStatus::PtraceSyscall(thread)) => {
                    match self.at_call(thread) {
                        // A killed thread cannot be looked at any more.
                        Ok(()) | Err(Errno::ESRCH) => (thread, None),
                        Err(error) => return Err(error),
                    }
                }
                Ok(WaitStatus::PtraceEvent(thread, _, event)) => {
                    self.is_command |= event == libc::PTRACE_EVENT_EXEC;
                    (thread, None)
                }
                Ok(WaitStatus::Stopped(thread, signal)) => (thread, Some(signal)),
                Ok(_) => continue,
            };
            match ptrace::syscall(thread, signal) {
                Ok(()) | Err(Errno::ESRCH) => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// A thread is about to make a call, or returns from it.
    fn at_call(&mut self, thread: Pid) -> Result<(), Errno> {
        if !self.is_command {
            return Ok(());
        }
        match ptrace::syscall_info(thread)?.op {
            libc::PTRACE_SYSCALL_INFO_ENTRY => self.before_call(thread),
            libc::PTRACE_SYSCALL_INFO_EXIT => match self.failing.remove(&thread) {
                Some(errno) => {
                    let mut registers = ptrace::getregs(thread)?;
                    registers.rax = -i64::from(errno as i32) as u64;
                    ptrace::setregs(thread, registers)
                }
                None => Ok(()),
            },
            _ => Ok(()),
        }
    }

    fn before_call(&mut self, thread: Pid) -> Result<(), Errno> {
        let mut registers = ptrace::getregs(thread)?;
        let Some(call) = changing(thread, &registers, self.folder) else {
            return Ok(());
        };
        self.traced.calls.push(call.clone());
        match self.strike {
            Some((number, fate)) if number == self.traced.calls.len() => {
                self.traced.struck = Some(call);
                match fate {
                    // A thread that is stopped before its call does not make it.
                    Fate::Killed => killpg(self.leader, Signal::SIGKILL),
                    Fate::Fails(errno) => {
                        self.failing.insert(thread, errno);
                        // There is no such call, so none is made.
                        registers.orig_rax = u64::MAX;
                        ptrace::setregs(thread, registers)
                    }
                }
            }
            _ => Ok(()),
        }
    }
}
