//! Which programs a command starts, as `strace` sees it.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

use crate::support::place::Ran;

/// A program that was started, as it was named to the system.
#[derive(Debug)]
pub struct Started {
    pub path: String,
    /// Its arguments, its own name first, as they were given.
    pub arguments: Vec<String>,
}

/// Runs a command to its end and tells what it started, itself apart; `None` where that cannot be seen here.
pub fn by(command: &Command, trace: &Path) -> (Ran, Option<Vec<Started>>) {
    if !can_trace() {
        return (
            Ran::of(same(command, Command::new(command.get_program()))),
            None,
        );
    }
    let mut traced = Command::new("strace");
    traced
        .args([
            "-f",
            "-qq",
            "-s",
            "4096",
            "-e",
            "trace=execve,execveat",
            "-e",
            "signal=none",
        ])
        .arg("-o")
        .arg(trace)
        .arg(command.get_program());
    let ran = Ran::of(same(command, traced));
    let text = fs::read_to_string(trace).unwrap();
    (ran, Some(read(&text).into_iter().skip(1).collect()))
}

/// Gives `to` the arguments, the variables and the folder of a command.
fn same(command: &Command, mut to: Command) -> Command {
    to.args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => to.env(name, value),
            None => to.env_remove(name),
        };
    }
    if let Some(folder) = command.get_current_dir() {
        to.current_dir(folder);
    }
    to
}

/// What a trace tells of. An attempt that failed counts as well where it names a file that lies nowhere in
/// particular: that it was not there is luck.
fn read(trace: &str) -> Vec<Started> {
    let lines = trace.lines().filter(|line| {
        let is_call = line.contains(" execve(\"") || line.contains(" execveat(");
        is_call && (!line.contains(" = -1 ") || is_relative(line))
    });
    lines
        .map(|line| Started {
            path: line.split('"').nth(1).unwrap_or(line).to_owned(),
            arguments: arguments(line),
        })
        .collect()
}

/// The arguments of a call: the strings between brackets that follow the path. One that was cut short is not whole here
/// either.
fn arguments(line: &str) -> Vec<String> {
    let after_path = line.split('"').skip(2).collect::<Vec<_>>().join("\"");
    let mut rest = after_path.strip_prefix(", [").unwrap_or_default();
    let mut found = Vec::new();
    while let Some(text) = rest.strip_prefix('"') {
        let (argument, length) = unescaped(text);
        found.push(argument);
        rest = &text[length..];
        rest = rest.strip_prefix(", ").unwrap_or(rest);
    }
    found
}

/// The string that begins a text, as `strace` writes one, and its length with the closing quote.
fn unescaped(text: &str) -> (String, usize) {
    let mut found = String::new();
    let mut letters = text.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return (found, at + 1),
            '\\' => match letters.next() {
                Some((_, 'n')) => found.push('\n'),
                Some((_, 't')) => found.push('\t'),
                Some((_, other)) => found.push(other),
                None => break,
            },
            other => found.push(other),
        }
    }
    (found, text.len())
}

fn is_relative(line: &str) -> bool {
    let path = line.split('"').nth(1);
    path.is_none_or(|path| !path.starts_with('/'))
}

/// Whether programs can be watched; tells where they cannot.
fn can_trace() -> bool {
    static CAN: OnceLock<bool> = OnceLock::new();
    let can = *CAN.get_or_init(|| {
        let traced = Command::new("strace")
            .args(["-f", "-qq", "-e", "trace=execve", "-o", "/dev/null", "true"])
            .output();
        traced.is_ok_and(|output| output.status.success())
    });
    if !can {
        let reason = "without `strace`, only what planted programs write is looked at";
        crate::support::skip("strace", reason);
    }
    can
}

impl Started {
    /// The program's name, without its folder.
    pub fn name(&self) -> String {
        let name = Path::new(&self.path).file_name();
        name.map_or_else(String::new, |name| name.to_string_lossy().into_owned())
    }

    /// It lies in a folder, or is looked for wherever the process is.
    pub fn is_below(&self, folder: &Path) -> bool {
        let path = PathBuf::from(&self.path);
        !path.is_absolute() || path.starts_with(folder)
    }
}

#[test]
fn a_trace_is_understood() {
    let trace = "7 execve(\"/usr/bin/git\", [\"git\"], 0x1 /* 2 vars */) = 0\n\
                 8 execve(\"/none/git\", [\"git\"], 0x1 /* 2 vars */) = -1 ENOENT (No such file)\n\
                 9 execve(\"./git\", [\"git\"], 0x1 /* 2 vars */) = -1 ENOENT (No such file)\n\
                 9 execve(\"/bin/sh\", [\"sh\", \"x = -1\"], 0x1 <unfinished ...>\n\
                 9 <... execve resumed>) = 0\n";
    let paths: Vec<String> = read(trace).into_iter().map(|it| it.path).collect();
    assert_eq!(paths, ["/usr/bin/git", "./git", "/bin/sh"]);
    let escaped =
        r#"9 execve("/bin/sh", ["sh", "-c", "a \"b\",\n[\\]", "last"], 0x1 /* 2 vars */) = 0"#;
    for (line, arguments) in [
        (escaped, &["sh", "-c", "a \"b\",\n[\\]", "last"][..]),
        (r#"9 execve("sh", [], 0x1) = 0"#, &[]),
        (
            r#"9 execve("sh", ["sh", "cut"...], 0x1) = 0"#,
            &["sh", "cut"],
        ),
        (r#"9 execve("sh", 0x1, 0x1) = -1 EFAULT"#, &[]),
        (
            r#"9 execve("sh", ["sh", "x"], 0x1 <unfinished ...>"#,
            &["sh", "x"],
        ),
    ] {
        assert_eq!(read(line)[0].arguments, arguments, "{line}");
    }
}
