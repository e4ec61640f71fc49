//! The lifeline that ends the programs of a host that was killed.
//!
//! A host that is killed cannot end anything, so a small shell does that for it: it hears of each group
//! over a pipe whose other end only the host has, and when that closes, however the host came to its end,
//! it kills the groups it still knows.
//!
//! Two things remain. A host that is killed in the moment between the start of a program and the line that
//! tells of it leaves that program running; and who kills the shell too, at the same time as the host, is
//! the documented exception, as is a program that leaves its group. The numbers of groups cannot be
//! mistaken: a group is taken back before its leader is waited for, and until then no other process can have its
//! number.

#[cfg(unix)]
pub(super) use self::unix::Lifeline;

/// The lifeline of a system that has none: it does nothing.
#[cfg(not(unix))]
#[derive(Debug, Default)]
pub(super) struct Lifeline {}

#[cfg(unix)]
mod unix {
    use std::{
        collections::BTreeSet,
        fmt::Write as _,
        io::{self, Write as _},
        os::unix::process::CommandExt as _,
        process::{Child, ChildStdin, Command, Stdio},
        sync::{Mutex, MutexGuard, PoisonError},
    };

    use rustix::process::Pid;

    /// Reads the groups, one to a line, and kills those that are left at the end.
    const WATCHER: &str = include_str!("watcher.sh");

    /// The groups that are to end with this process, and the shell that sees to it.
    #[derive(Debug, Default)]
    pub(in super::super) struct Lifeline {
        watch: Mutex<Watch>,
    }

    #[derive(Debug, Default)]
    struct Watch {
        groups: BTreeSet<i32>,
        watcher: Option<Watcher>,
        has_warned: bool,
    }

    impl Lifeline {
        /// The group ends with this process. Where that cannot be arranged, a warning is logged, once.
        pub(in super::super) fn hold(&self, group: Pid) {
            let mut watch = self.watch();
            let group = group.as_raw_pid();
            watch.groups.insert(group);
            watch.tell(&format!("+{group}\n"));
        }

        /// The group has been ended. To be called before its leader is waited for.
        pub(in super::super) fn release(&self, group: Pid) {
            let mut watch = self.watch();
            let group = group.as_raw_pid();
            watch.groups.remove(&group);
            if watch.watcher.is_some() {
                watch.tell(&format!("-{group}\n"));
            }
        }

        fn watch(&self) -> MutexGuard<'_, Watch> {
            self.watch.lock().unwrap_or_else(PoisonError::into_inner)
        }
    }

    impl Watch {
        /// Tells the watcher; one that does not listen is replaced by one that hears of all groups.
        fn tell(&mut self, line: &str) {
            if let Some(watcher) = &mut self.watcher {
                if watcher.tell(line).is_ok() {
                    return;
                }
                self.watcher = None;
            }
            if self.groups.is_empty() {
                return;
            }
            let mut lines = String::new();
            for group in &self.groups {
                // Writing to a string cannot fail.
                let _ = writeln!(lines, "+{group}");
            }
            let started = Watcher::start().and_then(|mut watcher| {
                watcher.tell(&lines)?;
                Ok(watcher)
            });
            match started {
                Ok(watcher) => self.watcher = Some(watcher),
                Err(error) if !self.has_warned => {
                    self.has_warned = true;
                    tracing::warn!(
                        %error,
                        "failed to start `/bin/sh`, which ends the programs of extensions if this process is killed"
                    );
                }
                Err(_) => {}
            }
        }
    }

    /// The shell. It is killed when this is dropped, and nothing with it.
    #[derive(Debug)]
    struct Watcher {
        child: Child,
        pipe: Option<ChildStdin>,
    }

    impl Watcher {
        fn start() -> io::Result<Self> {
            let mut child = Command::new("/bin/sh")
                .args(["-c", WATCHER, "annexe-watcher"])
                .env_clear()
                .current_dir("/")
                // What ends the host's own group, as Ctrl-C does, must not end it.
                .process_group(0)
                .stdin(Stdio::piped())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()?;
            let pipe = child.stdin.take();
            if let Some(pipe) = &pipe {
                // A shell that was stopped must not stop the host.
                rustix::io::ioctl_fionbio(pipe, true)?;
            }
            Ok(Self { child, pipe })
        }

        fn tell(&mut self, lines: &str) -> io::Result<()> {
            match &mut self.pipe {
                Some(pipe) => pipe.write_all(lines.as_bytes()),
                None => Err(io::ErrorKind::BrokenPipe.into()),
            }
        }
    }

    impl Drop for Watcher {
        fn drop(&mut self) {
            // Killed before its pipe closes: it must take that for the end of the host.
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}
