//! Answers of other programs: short ones that must come soon.

use std::{
    io::{self, Read as _, Seek as _, Write as _},
    process::{Command, Output, Stdio},
    thread,
    time::{Duration, Instant},
};

/// The pause before it is looked again whether a program has ended.
const BETWEEN_LOOKS: Duration = Duration::from_millis(5);

/// The bounds of a program: its time, and what it may say.
pub struct Patience<'a> {
    /// The longest time that it may take.
    pub time: Duration,
    /// After which time the user is to hear what is waited for, and how.
    pub notice: Option<(Duration, &'a dyn Fn())>,
    /// The most bytes that it may write, on each of its two streams.
    pub most_bytes: u64,
}

/// The answer of a program that is given this text, when it has ended.
///
/// # Errors
/// The system's, [`io::ErrorKind::TimedOut`] for one that takes too long, and [`io::ErrorKind::FileTooLarge`] for one
/// that says too much: it is killed.
pub fn answer(command: &mut Command, text: &str, patience: &Patience<'_>) -> io::Result<Output> {
    // Files take all that is written, while a pipe would have to be read meanwhile.
    let (mut stdout, mut stderr) = (tempfile::tempfile()?, tempfile::tempfile()?);
    let mut stdin = tempfile::tempfile()?;
    stdin.write_all(text.as_bytes())?;
    stdin.rewind()?;
    let mut child = command
        .stdin(Stdio::from(stdin))
        .stdout(stdout.try_clone()?)
        .stderr(stderr.try_clone()?)
        .spawn()?;
    let began = Instant::now();
    let mut notice = patience.notice;
    let is_too_long = |file: &std::fs::File| -> io::Result<bool> {
        Ok(file.metadata()?.len() > patience.most_bytes)
    };
    let ended = loop {
        let status = child.try_wait()?;
        if is_too_long(&stdout)? || is_too_long(&stderr)? {
            break Err(io::ErrorKind::FileTooLarge);
        }
        if let Some(status) = status {
            break Ok(status);
        }
        if began.elapsed() >= patience.time {
            break Err(io::ErrorKind::TimedOut);
        }
        if let Some((_, tell)) = notice.take_if(|(after, _)| began.elapsed() >= *after) {
            tell();
        }
        thread::sleep(BETWEEN_LOOKS);
    };
    let status = match ended {
        Ok(status) => status,
        Err(kind) => {
            child.kill()?;
            child.wait()?;
            return Err(kind.into());
        }
    };
    let written = |file: &mut std::fs::File| {
        let mut content = Vec::new();
        file.rewind()?;
        file.take(patience.most_bytes).read_to_end(&mut content)?;
        io::Result::Ok(content)
    };
    Ok(Output {
        status,
        stdout: written(&mut stdout)?,
        stderr: written(&mut stderr)?,
    })
}

#[cfg(all(test, unix))]
mod tests {
    use std::cell::Cell;

    use super::*;

    fn ask(script: &str, patience: &Patience<'_>) -> io::Result<Output> {
        answer(
            Command::new("/bin/sh").args(["-c", script]),
            "text",
            patience,
        )
    }

    const LONG: Duration = Duration::from_secs(600);

    #[test]
    fn a_program_hears_the_text_and_its_answer_is_had_when_it_ends() {
        let patience = Patience {
            time: LONG,
            notice: None,
            most_bytes: 100,
        };
        let output = ask("cat; echo words >&2; exit 3", &patience).unwrap();
        assert_eq!(output.status.code(), Some(3));
        assert_eq!(
            (&*output.stdout, &*output.stderr),
            (&b"text"[..], &b"words\n"[..])
        );
        // One that never stops to write.
        let error = ask("while :; do echo words; done", &patience).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::FileTooLarge);
        let error = ask("cat; printf %0101d 0", &patience).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::FileTooLarge);
    }

    #[test]
    fn a_program_that_does_not_end_is_told_of_and_then_killed() {
        let told = Cell::new(0);
        let tell = || told.set(told.get() + 1);
        let error = ask(
            "exec sleep 600",
            &Patience {
                time: Duration::from_millis(20),
                notice: Some((Duration::ZERO, &tell)),
                most_bytes: 100,
            },
        );
        assert_eq!(error.unwrap_err().kind(), io::ErrorKind::TimedOut);
        assert_eq!(told.get(), 1);
    }
}
