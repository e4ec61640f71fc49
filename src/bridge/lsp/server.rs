//! The language server: a child in a process group of its own, which ends with the bridge, however that ends.

use std::{
    fs::File,
    io::{self, PipeReader, Read as _, Write as _},
    process::{ExitStatus, Stdio},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::Duration,
};

use super::provider::{PreparedServer, ServerProvider};
use crate::base::process::{GroupChild, Launcher};

/// How long a server may take to end by itself once it was told to.
const OWN_END: Duration = Duration::from_secs(3);

/// How long it may take once it was asked to by a signal.
const ASKED_END: Duration = Duration::from_secs(1);

/// The most bytes of one line of a server's standard error that are kept.
const LONGEST_LINE: usize = 4 << 10;

/// A server that runs, and its streams.
pub(super) struct Server {
    pub(super) child: GroupChild,
    pub(super) input: File,
    pub(super) output: PipeReader,
    pub(super) errors: PipeReader,
}

/// Starts a server.
///
/// # Errors
/// The system's error.
pub(super) async fn start(launcher: &Launcher, prepared: &PreparedServer) -> io::Result<Server> {
    let (for_child, input) = io::pipe()?;
    let (output, of_child) = io::pipe()?;
    let (errors, errors_of_child) = io::pipe()?;
    let mut command = tokio::process::Command::new(&prepared.command.command);
    command
        .args(&prepared.command.args)
        .envs(
            prepared
                .command
                .env
                .iter()
                .map(|(name, value)| (name, value)),
        )
        .current_dir(&prepared.folder)
        .stdin(Stdio::from(for_child))
        .stdout(Stdio::from(of_child))
        .stderr(Stdio::from(errors_of_child));
    let child = launcher.start(&mut command).await?;
    Ok(Server {
        child,
        input: file_of(input),
        output,
        errors,
    })
}

#[cfg(unix)]
fn file_of(pipe: io::PipeWriter) -> File {
    std::os::fd::OwnedFd::from(pipe).into()
}

#[cfg(windows)]
fn file_of(pipe: io::PipeWriter) -> File {
    std::os::windows::io::OwnedHandle::from(pipe).into()
}

/// Ends a server whose input is closed: it is given some time to end by itself, is asked to, and killed.
///
/// # Errors
/// The system's error where its end cannot be waited for.
pub(super) async fn end(mut child: GroupChild) -> io::Result<ExitStatus> {
    // What it has left running is killed either way.
    let _ = tokio::time::timeout(OWN_END, child.ended()).await;
    child.end(ASKED_END).await
}

/// The last line of a server's standard error.
#[derive(Debug, Clone, Default)]
pub(super) struct LastWords(Arc<Words>);

#[derive(Debug, Default)]
struct Words {
    said: Mutex<Said>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Said {
    line: String,
    is_all: bool,
}

impl LastWords {
    /// Waits until all is passed on that the server has written, or as long as this: who has left its group may hold the
    /// stream for longer.
    pub(super) fn wait(&self, patience: Duration) -> String {
        let said = self.lock();
        let waited = (self.0.changed).wait_timeout_while(said, patience, |said| !said.is_all);
        let said = waited.unwrap_or_else(PoisonError::into_inner).0;
        said.line.clone()
    }

    fn set(&self, line: &str) {
        if !line.trim().is_empty() {
            self.lock().line = line.to_owned();
        }
    }

    fn end(&self) {
        self.lock().is_all = true;
        self.0.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, Said> {
        self.0.said.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Passes a server's standard error on, from a thread of its own, and has each line heard.
///
/// # Errors
/// The system's error where there can be no thread.
pub(super) fn follow_errors(
    mut errors: PipeReader,
    mut onward: File,
    provider: Arc<dyn ServerProvider>,
    last_words: LastWords,
) -> io::Result<()> {
    let follow = move || {
        let mut buffer = vec![0; 8 << 10];
        let mut line = Vec::new();
        while let Ok(count) = errors.read(&mut buffer) {
            if count == 0 {
                break;
            }
            // Whether anybody reads it is not the server's concern.
            let _ = onward.write_all(&buffer[..count]);
            for byte in &buffer[..count] {
                match byte {
                    b'\n' => hear(&mut line, &*provider, &last_words),
                    _ if line.len() < LONGEST_LINE => line.push(*byte),
                    _ => {}
                }
            }
        }
        hear(&mut line, &*provider, &last_words);
        last_words.end();
    };
    thread::Builder::new()
        .name("errors of the server".into())
        .stack_size(256 << 10)
        .spawn(follow)?;
    Ok(())
}

fn hear(line: &mut Vec<u8>, provider: &dyn ServerProvider, last_words: &LastWords) {
    let text = String::from_utf8_lossy(line);
    let text = text.trim_end();
    if !text.is_empty() {
        provider.hear(text);
        last_words.set(text);
    }
    line.clear();
}
