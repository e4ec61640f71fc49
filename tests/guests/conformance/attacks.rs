//! The verbs of a hostile extension: what it runs and with which variables, what it has started in its name, what it
//! plants, and what it asks for until there is no more.

use std::fs::{self, File, OpenOptions};
use std::io::{Seek as _, SeekFrom, Write as _};

use zed_extension_api as zed;
use zed_extension_api::{Result, Worktree};

use crate::{ServerId, imports};

/// What a planted program does: it tells that it ran, in the folder it is started in.
const PLANTED: &str = "#!/bin/sh\necho \"$0\" >>ran\n";

/// The most files that are opened at once.
const MOST_OPEN: usize = 1024;

/// Runs one verb, if it is one of these, and returns what it found.
pub fn run(
    verb: &str,
    argument: &str,
    id: &ServerId,
    worktree: &Worktree,
) -> Option<Result<Vec<String>>> {
    Some(match verb {
        #[cfg(feature = "since_0_3_0")]
        "run" => run_program(argument),
        "plant" => plant(argument),
        "hold" => hold(argument, id, worktree),
        "repeat" => repeat(argument, id, worktree),
        "each" => each(argument, id, worktree),
        "fill" => fill(argument),
        "size" => size(argument),
        "sparse" => sparse(argument),
        #[cfg(feature = "since_0_1_0")]
        "streams" => streams(argument),
        "status-text" => status_text(argument, id),
        _ => return None,
    })
}

/// A command written as a shell's line: variables first, then the program and its arguments.
pub fn command(line: &str) -> zed::Command {
    let mut env = Vec::new();
    let mut words = line.split(' ').peekable();
    while let Some((name, value)) = words.peek().and_then(|word| word.split_once('=')) {
        env.push((name.to_owned(), value.to_owned()));
        words.next();
    }
    zed::Command {
        command: words.next().unwrap_or_default().to_owned(),
        args: words.map(str::to_owned).collect(),
        env,
    }
}

#[cfg(feature = "since_0_3_0")]
fn run_program(line: &str) -> Result<Vec<String>> {
    let zed::Command { command, args, env } = command(line);
    let command = zed::process::Command::new(command).args(args).envs(env);
    let output = { command }.output()?;
    let status = output.status.map(|code| code.to_string());
    Ok(vec![
        status.unwrap_or_else(|| "none".to_owned()),
        String::from_utf8_lossy(&output.stdout).into_owned(),
        String::from_utf8_lossy(&output.stderr).into_owned(),
    ])
}

/// Writes a program; from 0.0.5 on the host is asked to make it executable.
fn plant(path: &str) -> Result<Vec<String>> {
    fs::write(path, PLANTED).map_err(words)?;
    #[cfg(feature = "since_0_0_5")]
    zed::make_file_executable(path)?;
    Ok(Vec::new())
}

/// Opens files until it gets no more, and does what another verb says while it holds them. Answers whether there
/// was an end to them before there were `MOST_OPEN`, and what the other verb found.
fn hold(argument: &str, id: &ServerId, worktree: &Worktree) -> Result<Vec<String>> {
    fs::write("held", "").map_err(words)?;
    let held: Vec<File> = (0..MOST_OPEN)
        .map_while(|_| File::open("held").ok())
        .collect();
    let mut answer = vec![(held.len() < MOST_OPEN).to_string()];
    answer.extend(other(argument, id, worktree)?);
    drop(held);
    Ok(answer)
}

/// Does what another verb says so many times, and answers what it found last.
fn repeat(argument: &str, id: &ServerId, worktree: &Worktree) -> Result<Vec<String>> {
    let (times, verb) = counted(argument)?;
    let mut last = Ok(Vec::new());
    for _ in 0..times {
        last = other(verb, id, worktree);
    }
    last
}

/// Does what another verb says so many times, each with another number after it, and answers what it found last.
fn each(argument: &str, id: &ServerId, worktree: &Worktree) -> Result<Vec<String>> {
    let (times, verb) = counted(argument)?;
    let mut last = Ok(Vec::new());
    for number in 0..times {
        last = other(&format!("{verb}{number}"), id, worktree);
    }
    last
}

fn other(verb: &str, id: &ServerId, worktree: &Worktree) -> Result<Vec<String>> {
    let (verb, argument) = verb.split_once(':').unwrap_or((verb, ""));
    imports::run(verb, argument, id, worktree)
}

/// Writes mebibyte after mebibyte until there is no more room or there are so many.
fn fill(argument: &str) -> Result<Vec<String>> {
    let (mebibytes, path) = counted(argument)?;
    let mut file = File::create(path).map_err(words)?;
    let block = vec![0x5a; 1 << 20];
    for _ in 0..mebibytes {
        file.write_all(&block).map_err(words)?;
    }
    Ok(Vec::new())
}

/// Gives a file so many bytes without writing one.
fn size(argument: &str) -> Result<Vec<String>> {
    let (bytes, path) = counted(argument)?;
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(path);
    file.and_then(|file| file.set_len(bytes)).map_err(words)?;
    Ok(Vec::new())
}

/// Writes one byte behind so many that are nowhere.
fn sparse(argument: &str) -> Result<Vec<String>> {
    let (bytes, path) = counted(argument)?;
    let mut file = File::create(path).map_err(words)?;
    file.seek(SeekFrom::Start(bytes)).map_err(words)?;
    file.write_all(b"x").map_err(words)?;
    Ok(Vec::new())
}

/// Opens so many answers of one address, and reads none of them.
#[cfg(feature = "since_0_1_0")]
fn streams(argument: &str) -> Result<Vec<String>> {
    let (times, address) = counted(argument)?;
    let mut open = Vec::new();
    for _ in 0..times {
        open.push(zed::http_client::fetch_stream(&imports::request(address)?)?);
    }
    Ok(vec![open.len().to_string()])
}

/// Tells of a failure in so many bytes, with what would move a terminal's cursor in between.
fn status_text(argument: &str, id: &ServerId) -> Result<Vec<String>> {
    let (bytes, _) = counted(argument)?;
    let text = "\u{1b}[2Jbroken\n".repeat(usize::try_from(bytes).unwrap_or_default() / 12 + 1);
    let status = zed::LanguageServerInstallationStatus::Failed(text);
    zed::set_language_server_installation_status(id, &status);
    Ok(Vec::new())
}

/// A number, and what follows it.
fn counted(argument: &str) -> Result<(u64, &str)> {
    let (number, rest) = argument.split_once(' ').unwrap_or((argument, ""));
    let number = number.parse();
    number
        .map(|number| (number, rest))
        .map_err(|_| format!("no number: {argument}"))
}

fn words(error: std::io::Error) -> String {
    error.to_string()
}
