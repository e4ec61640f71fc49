//! The program behind a bridge: a child in a process group of its own, which ends with the bridge, however that ends.

use std::{
    collections::VecDeque,
    fs::File,
    io::{self, PipeReader, Read, Write as _},
    path::Path,
    process::{ExitStatus, Stdio},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
    time::Duration,
};

use tokio::sync::oneshot;

use crate::base::{
    process::{GroupChild, Launcher},
    types::Command,
};

/// How long a program may take to end by itself once it was told to.
const OWN_END: Duration = Duration::from_secs(3);

/// How long it may take once it was asked to by a signal.
const ASKED_END: Duration = Duration::from_secs(1);

/// The most bytes of one line of its standard error that are kept.
const LONGEST_LINE: usize = 4 << 10;

/// The most lines of it that are kept as its last words.
const MOST_LINES: usize = 10;

/// How long the rest of a program's standard error is waited for when it has ended.
pub(super) const LAST_ERRORS: Duration = Duration::from_millis(500);

/// The exit code of a program whose end is not known.
pub(super) const UNKNOWN_END: u8 = 1;

/// A program that runs, and its streams.
pub(super) struct Running {
    pub(super) child: GroupChild,
    pub(super) input: File,
    pub(super) output: File,
    pub(super) errors: PipeReader,
}

/// Starts a program in a folder, with the variables of its command beside those of this process, `without` some of which
/// it is.
///
/// # Errors
/// The system's error.
pub(super) async fn start(
    launcher: &Launcher,
    program: &Command,
    folder: &Path,
    without: &[String],
) -> io::Result<Running> {
    let (for_child, input) = io::pipe()?;
    let (output, of_child) = io::pipe()?;
    let (errors, errors_of_child) = io::pipe()?;
    let mut command = tokio::process::Command::new(&program.command);
    for name in without {
        command.env_remove(name);
    }
    command
        .args(&program.args)
        .envs(program.env.iter().map(|(name, value)| (name, value)))
        .current_dir(folder)
        .stdin(Stdio::from(for_child))
        .stdout(Stdio::from(of_child))
        .stderr(Stdio::from(errors_of_child));
    let child = launcher.start(&mut command).await?;
    Ok(Running {
        child,
        input: file_of(input),
        output: file_of(output),
        errors,
    })
}

#[cfg(unix)]
fn file_of(pipe: impl Into<std::os::fd::OwnedFd>) -> File {
    pipe.into().into()
}

#[cfg(windows)]
fn file_of(pipe: impl Into<std::os::windows::io::OwnedHandle>) -> File {
    pipe.into().into()
}

/// Ends a program whose input is closed: it is given some time to end by itself, is asked to, and killed.
///
/// # Errors
/// The system's error where its end cannot be waited for.
pub(super) async fn end(mut child: GroupChild) -> io::Result<ExitStatus> {
    // What it has left running is killed either way.
    let _ = tokio::time::timeout(OWN_END, child.ended()).await;
    child.end(ASKED_END).await
}

/// The last lines of a program's standard error that say anything, at most ten.
#[derive(Debug, Clone, Default)]
pub(super) struct LastWords(Arc<Mutex<VecDeque<String>>>);

impl LastWords {
    /// The lines, the last one at the end.
    pub(super) fn lines(&self) -> Vec<String> {
        self.lock().iter().cloned().collect()
    }

    /// The last line; empty where there is none.
    pub(super) fn last(&self) -> String {
        self.lock().back().cloned().unwrap_or_default()
    }

    fn add(&self, line: &str) {
        let mut lines = self.lock();
        if lines.len() == MOST_LINES {
            lines.pop_front();
        }
        lines.push_back(line.to_owned());
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Passes a program's standard error on where it is to go on, from a thread of its own, and has each line heard. What is
/// returned is ready when it has ended.
///
/// # Errors
/// The system's error where there can be no thread.
pub(super) fn follow_errors(
    mut errors: impl Read + Send + 'static,
    mut onward: Option<File>,
    hear: impl Fn(&str) + Send + 'static,
    last_words: LastWords,
) -> io::Result<oneshot::Receiver<()>> {
    let (at_end, ended) = oneshot::channel();
    let follow = move || {
        let mut buffer = vec![0; 8 << 10];
        let mut line = Vec::new();
        while let Ok(count) = errors.read(&mut buffer) {
            if count == 0 {
                break;
            }
            if let Some(onward) = &mut onward {
                // Whether anybody reads it is not the program's concern.
                let _ = onward.write_all(&buffer[..count]);
            }
            for byte in &buffer[..count] {
                match byte {
                    b'\n' => pass_on(&mut line, &hear, &last_words),
                    _ if line.len() < LONGEST_LINE => line.push(*byte),
                    _ => {}
                }
            }
        }
        pass_on(&mut line, &hear, &last_words);
        drop(hear);
        // Whether it is waited for is not known here.
        let _ = at_end.send(());
    };
    thread::Builder::new()
        .name("errors of the child".into())
        .stack_size(256 << 10)
        .spawn(follow)?;
    Ok(ended)
}

fn pass_on(line: &mut Vec<u8>, hear: &impl Fn(&str), last_words: &LastWords) {
    let text = String::from_utf8_lossy(line);
    let text = text.trim_end();
    if !text.is_empty() {
        hear(text);
        last_words.add(text);
    }
    line.clear();
}

/// The exit code of a process: 128 and its number for a signal.
pub(super) fn code_of(status: ExitStatus) -> u8 {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return u8::try_from(128 + signal).unwrap_or(u8::MAX);
    }
    let code = status.code().unwrap_or(i32::from(UNKNOWN_END));
    u8::try_from(code).unwrap_or(u8::MAX)
}
