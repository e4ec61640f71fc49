//! What must be true of a command whatever it is given.

use crate::child::Ended;

/// The most bytes of a line of an error.
const LONGEST_LINE: usize = 64 << 10;

/// The most bytes of an error, and of a result: that of a log is as long as the log is.
const MOST_SHOWN: usize = 1 << 20;
const MOST_TIMES: usize = 4;

/// What in a program's words says that the program is wrong.
const CRASHES: [&str; 6] = [
    "panicked at",
    "RUST_BACKTRACE",
    "stack overflow",
    "memory allocation of",
    "internal error",
    "called `Option::unwrap",
];

/// How a command's output is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Output {
    /// By a person, or with `--json` by a program.
    Words { is_json: bool },
    /// It is another program's.
    Passed,
}

/// What is wrong with how a command has ended, if anything is.
///
/// `input` is how many bytes it was given.
pub fn fault(ended: &Ended, input: usize, codes: &[i32], output: Output) -> Option<String> {
    let code = match ended.code() {
        Ok(code) => code,
        Err(end) => return Some(end),
    };
    if !codes.contains(&code) {
        return Some(format!("exit code {code}"));
    }
    let stderr = String::from_utf8_lossy(&ended.stderr);
    if let Some(crash) = CRASHES.iter().find(|crash| stderr.contains(**crash)) {
        return Some(format!("it says `{crash}`"));
    }
    let Output::Words { is_json } = output else {
        return None;
    };
    let most = MOST_SHOWN + MOST_TIMES * input;
    for (name, bytes, longest, most) in [
        ("stdout", &ended.stdout, most, most),
        ("stderr", &ended.stderr, LONGEST_LINE, MOST_SHOWN),
    ] {
        if bytes.len() > most {
            return Some(format!("{name} has {} bytes", bytes.len()));
        }
        let Ok(text) = std::str::from_utf8(bytes) else {
            return Some(format!("{name} is not UTF-8"));
        };
        if let Some(wrong) = unfit(text, is_json, longest) {
            return Some(format!("{name}: {wrong}"));
        }
    }
    match code {
        0 => None,
        _ => told(&stderr, &ended.stdout, is_json),
    }
}

/// What makes a text unfit for a terminal, or for a program.
fn unfit(text: &str, is_json: bool, most: usize) -> Option<String> {
    if is_json {
        let not_json = |line: &&str| serde_json::from_str::<serde_json::Value>(line).is_err();
        let wrong = text.lines().find(not_json)?;
        return Some(format!("not JSON: {wrong:.200}"));
    }
    let is_unfit =
        |it: char| it.is_control() && it != '\n' || "\u{202e}\u{2066}\u{200f}".contains(it);
    if let Some(unfit) = text.chars().find(|it| is_unfit(*it)) {
        return Some(format!("has {unfit:?}"));
    }
    let longest = text.lines().map(str::len).max().unwrap_or(0);
    if longest > most {
        return Some(format!("has a line of {longest} bytes"));
    }
    None
}

/// A failure says so, once, and with one way out at most.
fn told(stderr: &str, stdout: &[u8], is_json: bool) -> Option<String> {
    let count = |start: &str| {
        stderr
            .lines()
            .filter(|line| line.starts_with(start))
            .count()
    };
    let (errors, hints) = match is_json {
        true => (count("{\"error\":"), 0),
        false => (count("error: "), count("hint: ")),
    };
    match (errors, hints) {
        // Findings are the answer.
        (0, _) if stdout.is_empty() => Some("it fails and says nothing".into()),
        (2.., _) => Some(format!("it tells {errors} errors")),
        (_, 2..) => Some(format!("it tells {hints} ways out")),
        _ => None,
    }
}
