//! The command as a process with limits, and how it ended.

use std::{
    fs::File,
    os::unix::process::{CommandExt as _, ExitStatusExt as _},
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Resource, Rlimit, Signal, kill_process_group, prlimit};

/// The processor time that a command may take, in seconds. One that takes more hangs: the inputs are small.
const CPU_SECONDS: u64 = 20;

/// How long a command may take that waits for something. Nothing that it can wait for is slower.
const LONGEST: Duration = Duration::from_secs(60);

/// The most memory that a command may write to, in bytes.
const MEMORY: u64 = 1 << 30;

/// The most bytes of a file that a command may write.
const FILE: u64 = 512 << 20;

/// How a command ended, and what it wrote.
#[derive(Debug)]
pub struct Ended {
    pub status: ExitStatus,
    /// It was still running after the longest that it may take.
    pub hung: bool,
    pub stdout: Vec<u8>,
    pub stderr: Vec<u8>,
}

impl Ended {
    /// The exit code, or what ended it in words.
    pub fn code(&self) -> Result<i32, String> {
        if self.hung {
            return Err(format!("hung for {} s", LONGEST.as_secs()));
        }
        match self.status.code() {
            Some(code) => Ok(code),
            None => Err(format!(
                "ended by signal {}",
                self.status.signal().unwrap_or(0)
            )),
        }
    }
}

/// Runs a command to its end, with its output in files in `folder`: what it writes is no reason for it to wait.
pub fn run(mut command: Command, stdin: Option<&Path>, folder: &Path) -> Ended {
    let paths = ["stdout", "stderr"].map(|name| folder.join(name));
    let [stdout, stderr] = paths.each_ref().map(|path| File::create(path).unwrap());
    let stdin = match stdin {
        Some(path) => File::open(path).unwrap().into(),
        None => Stdio::null(),
    };
    command
        .stdin(stdin)
        .stdout(stdout)
        .stderr(stderr)
        .process_group(0);
    let mut child = command.spawn().unwrap();
    limit(&child);
    let (status, hung) = wait(&mut child);
    let [stdout, stderr] = paths.map(|path| std::fs::read(path).unwrap());
    Ended {
        status,
        hung,
        stdout,
        stderr,
    }
}

fn limit(child: &Child) {
    let process = Pid::from_child(child);
    for (resource, most) in [
        (Resource::Cpu, CPU_SECONDS),
        (Resource::Data, MEMORY),
        (Resource::Fsize, FILE),
        (Resource::Core, 0),
    ] {
        let most = Some(most);
        let limit = Rlimit {
            current: most,
            maximum: most,
        };
        // It may have ended already.
        let _ = prlimit(Some(process), resource, limit);
    }
}

fn wait(child: &mut Child) -> (ExitStatus, bool) {
    let started = Instant::now();
    let mut pause = Duration::from_micros(500);
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return (status, false);
        }
        if started.elapsed() > LONGEST {
            // With all that it has started.
            let _ = kill_process_group(Pid::from_child(child), Signal::KILL);
            return (child.wait().unwrap(), true);
        }
        thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(5));
    }
}
