//! The editor: requests with numbers, and waits for what is to come.

use std::{
    collections::VecDeque,
    io::{BufReader, Read as _, Write as _},
    process::{Child, ChildStdin, Command, Stdio},
    sync::mpsc::{Receiver, channel},
    thread::{self, JoinHandle},
    time::Duration,
};

use serde_json::{Value, json};

use crate::frames;

/// How long anything is waited for before the test fails: far longer than it takes on a busy machine.
const LONGEST: Duration = Duration::from_secs(120);

/// An editor, and the bridge or the adapter that it has started, which is killed when this is dropped.
pub struct Client {
    process: Child,
    input: Option<ChildStdin>,
    came: Receiver<Value>,
    /// What has come and was not waited for yet.
    pub kept: VecDeque<Value>,
    errors: Option<JoinHandle<String>>,
    seq: i64,
    /// The number of the last message that came.
    last: i64,
}

/// The end of a session.
#[derive(Debug)]
pub struct Ended {
    /// The exit code; -1 where a signal has ended it.
    pub code: i32,
    /// What came and was not waited for.
    pub rest: Vec<Value>,
    pub errors: String,
}

impl Client {
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
        let mut output = BufReader::new(process.stdout.take().unwrap());
        let (sender, came) = channel();
        thread::spawn(move || {
            while let Some(body) = frames::read(&mut output).unwrap() {
                if sender.send(serde_json::from_str(&body).unwrap()).is_err() {
                    return;
                }
            }
        });
        Self {
            input: process.stdin.take(),
            process,
            came,
            kept: VecDeque::new(),
            errors: Some(errors),
            seq: 0,
            last: 0,
        }
    }

    pub fn id(&self) -> u32 {
        self.process.id()
    }

    pub fn write(&mut self, text: &str) {
        // One that has ended reads no more.
        let _ = self.input.as_mut().unwrap().write_all(text.as_bytes());
    }

    pub fn send(&mut self, mut message: Value) -> i64 {
        self.seq += 1;
        message["seq"] = self.seq.into();
        self.write(&frames::framed(&message.to_string()));
        self.seq
    }

    pub fn request(&mut self, command: &str, arguments: Value) -> i64 {
        self.send(json!({ "type": "request", "command": command, "arguments": arguments }))
    }

    /// Waits for the first message that this is true of.
    pub fn wait(&mut self, what: &str, is_it: impl Fn(&Value) -> bool) -> Value {
        if let Some(at) = self.kept.iter().position(&is_it) {
            return self.kept.remove(at).unwrap();
        }
        loop {
            let Ok(message) = self.came.recv_timeout(LONGEST) else {
                panic!("{what} has not come; what has: {:#?}", self.kept);
            };
            let number = message["seq"].as_i64().unwrap();
            assert!(number > self.last, "{message}");
            self.last = number;
            if is_it(&message) {
                return message;
            }
            self.kept.push_back(message);
        }
    }

    /// Waits for the answer to a request.
    pub fn answer(&mut self, request: i64) -> Value {
        self.wait(&format!("an answer to {request}"), |message| {
            message["type"] == "response" && message["request_seq"] == request
        })
    }

    /// A request that must succeed, and its body.
    pub fn call(&mut self, command: &str, arguments: Value) -> Value {
        let request = self.request(command, arguments);
        let mut answer = self.answer(request);
        assert_eq!(answer["success"], true, "{command}: {answer}");
        assert_eq!(answer["command"], command);
        answer["body"].take()
    }

    pub fn event(&mut self, event: &str) -> Value {
        self.wait(event, |message| {
            message["type"] == "event" && message["event"] == event
        })
    }

    /// Waits for a text that the user sees.
    pub fn shown(&mut self, text: &str) -> Value {
        self.wait(text, |message| {
            let shown = message["body"]["output"].as_str();
            message["event"] == "output" && shown.is_some_and(|it| it.contains(text))
        })
    }

    /// The beginning of each session.
    pub fn initialize(&mut self) -> Value {
        let arguments = json!({
            "clientID": "test", "adapterID": "test", "pathFormat": "path", "linesStartAt1": true,
            "columnsStartAt1": true, "supportsRunInTerminalRequest": true,
            "supportsStartDebuggingRequest": true
        });
        self.call("initialize", arguments)
    }

    /// Closes the stream to the bridge.
    pub fn close(&mut self) {
        self.input = None;
    }

    /// Waits for the end of the process.
    pub fn ended(mut self) -> Ended {
        self.close();
        let status = self.process.wait().unwrap();
        let mut rest: Vec<Value> = self.kept.drain(..).collect();
        rest.extend(self.came.iter());
        Ended {
            code: status.code().unwrap_or(-1),
            rest,
            errors: self.errors.take().unwrap().join().unwrap(),
        }
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
