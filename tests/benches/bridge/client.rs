//! The editor's side: a program's streams, and frames over them.

use std::{
    io::{BufReader, Read as _, Write as _},
    path::Path,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use crate::ROLE;

/// A way to the server.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Way {
    Direct,
    Relay,
    Bridge,
}

/// A program that speaks frames.
pub(crate) struct Client {
    pub(crate) child: Child,
    pub(crate) input: Option<ChildStdin>,
    pub(crate) output: BufReader<ChildStdout>,
}

/// A command with an empty home.
pub(crate) fn annexe(home: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_annexe"));
    command
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", home)
        .current_dir(home);
    command
}

impl Client {
    /// Starts the echoing server, over a way.
    pub(crate) fn start(way: Way, home: &Path) -> Self {
        let this = std::env::current_exe().expect("a path");
        let mut command = match way {
            Way::Direct => Command::new(&this),
            Way::Relay => Command::new(&this),
            Way::Bridge => {
                let mut command = annexe(home);
                command.args(["lsp", "bench", "--"]).arg(&this);
                command
            }
        };
        let role = if way == Way::Relay { "relay" } else { "server" };
        command.env(ROLE, role);
        Self::over(&mut command)
    }

    pub(crate) fn over(command: &mut Command) -> Self {
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut child = command.spawn().expect("started");
        Self {
            input: child.stdin.take(),
            output: BufReader::with_capacity(64 << 10, child.stdout.take().expect("an output")),
            child,
        }
    }

    pub(crate) fn send(&mut self, frame: &[u8]) {
        let input = self.input.as_mut().expect("open");
        input.write_all(frame).expect("written");
    }

    /// Reads one message's body.
    pub(crate) fn receive(&mut self) -> Vec<u8> {
        let length = header(&mut self.output).expect("a message");
        let mut body = vec![0; length];
        self.output.read_exact(&mut body).expect("a body");
        body
    }

    /// The start of a session: returns once the server has answered.
    pub(crate) fn initialize(&mut self) {
        let body = r#"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"processId":null,"rootUri":null,"capabilities":{}}}"#;
        self.send(&frame(body.as_bytes()));
        while !self.receive().starts_with(br#"{"jsonrpc":"2.0","id":0"#) {}
    }

    pub(crate) fn end(mut self) {
        self.input = None;
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn frame(body: &[u8]) -> Vec<u8> {
    let mut frame = format!("Content-Length: {}\r\n\r\n", body.len()).into_bytes();
    frame.extend_from_slice(body);
    frame
}

/// Reads a header; `None` at the end of the stream.
pub(crate) fn header(stream: &mut impl std::io::BufRead) -> Option<usize> {
    let mut length = 0;
    let mut line = String::new();
    loop {
        line.clear();
        if stream.read_line(&mut line).ok()? == 0 {
            return None;
        }
        match line.trim_end().strip_prefix("Content-Length: ") {
            Some(digits) => length = digits.parse().ok()?,
            None if line.trim_end().is_empty() => return Some(length),
            None => {}
        }
    }
}
