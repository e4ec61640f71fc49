//! The agent: a line for each message.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    process::{Child, ChildStdin, Command, Stdio},
    sync::mpsc::{Receiver, channel},
    thread::{self, JoinHandle},
    time::Duration,
};

use serde_json::{Value, json};

/// How long anything is waited for before the test fails: far longer than it takes on a busy machine.
const LONGEST: Duration = Duration::from_secs(120);

/// An agent, and what it has started, which is killed when this is dropped.
pub struct Agent {
    process: Child,
    input: Option<ChildStdin>,
    lines: Receiver<String>,
    errors: Option<JoinHandle<String>>,
}

/// The end of what an agent has started.
#[derive(Debug)]
pub struct Ended {
    /// The exit code; -1 where a signal has ended it.
    pub code: i32,
    /// The lines that were not read.
    pub rest: Vec<String>,
    pub errors: String,
}

impl Agent {
    pub fn start(mut command: Command) -> Self {
        let mut process = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut errors = process.stderr.take().unwrap();
        let errors = thread::spawn(move || {
            let mut all = Vec::new();
            let _ = errors.read_to_end(&mut all);
            String::from_utf8_lossy(&all).into_owned()
        });
        let output = BufReader::new(process.stdout.take().unwrap());
        let (sender, lines) = channel();
        thread::spawn(move || {
            for line in output.lines() {
                if sender.send(line.unwrap()).is_err() {
                    return;
                }
            }
        });
        Self {
            input: process.stdin.take(),
            process,
            lines,
            errors: Some(errors),
        }
    }

    pub fn id(&self) -> u32 {
        self.process.id()
    }

    pub fn write(&mut self, text: &str) {
        let _ = self.input.as_mut().unwrap().write_all(text.as_bytes());
    }

    pub fn line(&mut self) -> Value {
        let line = self.lines.recv_timeout(LONGEST).unwrap();
        serde_json::from_str(&line).unwrap()
    }

    /// A request, and its answer.
    pub fn call(&mut self, id: u64, method: &str) -> Value {
        let request = json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": {} });
        self.write(&format!("{request}\n"));
        let answer = self.line();
        assert_eq!(answer["id"], id, "{answer}");
        answer
    }

    /// Closes the stream and waits for the end.
    pub fn ended(mut self) -> Ended {
        self.input = None;
        let status = self.process.wait().unwrap();
        Ended {
            code: status.code().unwrap_or(-1),
            rest: self.lines.iter().collect(),
            errors: self.errors.take().unwrap().join().unwrap(),
        }
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
