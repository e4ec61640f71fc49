//! The editor: a queue of what has come, and waits for what is to come.

use std::{
    collections::VecDeque,
    io::{BufReader, Read as _, Write as _},
    ops::Index,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::frames;

/// How long anything is waited for before the test fails: far longer than it takes on a busy machine.
pub const LONGEST: Duration = Duration::from_secs(120);

/// A message, as it was written and as it is read.
#[derive(Debug)]
pub struct Message {
    pub body: String,
    value: Value,
}

impl Message {
    fn new(body: String) -> Self {
        // It is JSON, but a number of it may be beyond a float.
        let value = serde_json::from_str(&body).unwrap_or_default();
        Self { body, value }
    }

    fn is_call(&self, method: &str) -> bool {
        self["method"] == method
    }
}

impl Index<&str> for Message {
    type Output = Value;

    fn index(&self, key: &str) -> &Value {
        &self.value[key]
    }
}

/// What the bridge's stream has brought.
enum Came {
    Message(Message),
    End,
    Wrong(String),
}

/// An editor and the bridge it has started. The bridge is killed when this is dropped.
pub struct Editor {
    bridge: Child,
    input: Option<ChildStdin>,
    /// The bridge's stream, until it is read.
    output: Option<ChildStdout>,
    sender: Option<Sender<Came>>,
    came: Receiver<Came>,
    /// What has come and was not waited for yet.
    kept: VecDeque<Message>,
    errors: Option<JoinHandle<String>>,
    requests: u32,
}

/// How a session has ended.
#[derive(Debug)]
pub struct Ended {
    /// The bridge's exit code; -1 where a signal has ended it.
    pub code: i32,
    /// What came and was not waited for.
    pub rest: Vec<Message>,
    /// The bridge's standard error, in which the server's is.
    pub errors: String,
}

impl Editor {
    /// Starts the bridge, and reads what it writes.
    pub fn start(command: Command) -> Self {
        let mut editor = Self::start_deaf(command);
        editor.listen();
        editor
    }

    /// Starts the bridge, and does not read what it writes until [`listen`](Self::listen) is called.
    pub fn start_deaf(mut command: Command) -> Self {
        let mut bridge = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut errors = bridge.stderr.take().unwrap();
        let errors = thread::spawn(move || {
            let mut all = Vec::new();
            // Until somebody who holds it longer than the bridge has closed it.
            let _ = errors.read_to_end(&mut all);
            String::from_utf8_lossy(&all).into_owned()
        });
        let (sender, came) = channel();
        Self {
            input: bridge.stdin.take(),
            output: bridge.stdout.take(),
            bridge,
            sender: Some(sender),
            came,
            kept: VecDeque::new(),
            errors: Some(errors),
            requests: 0,
        }
    }

    /// Begins to read.
    pub fn listen(&mut self) {
        let mut output = BufReader::new(self.output.take().unwrap());
        let sender = self.sender.take().unwrap();
        thread::spawn(move || {
            loop {
                let came = match frames::read(&mut output) {
                    Ok(Some(body)) => Came::Message(Message::new(body)),
                    Ok(None) => Came::End,
                    Err(error) => Came::Wrong(error.to_string()),
                };
                let is_over = !matches!(came, Came::Message(_));
                if sender.send(came).is_err() || is_over {
                    return;
                }
            }
        });
    }

    /// The bridge's process.
    pub fn process(&self) -> u32 {
        self.bridge.id()
    }

    /// Writes bytes as they are.
    pub fn write(&mut self, bytes: impl AsRef<[u8]>) {
        let input = self.input.as_mut().unwrap();
        input.write_all(bytes.as_ref()).unwrap();
        input.flush().unwrap();
    }

    /// Takes the way to the bridge out, to write to it from elsewhere. Dropped, it is the end of input.
    pub fn take_input(&mut self) -> ChildStdin {
        self.input.take().unwrap()
    }

    /// Gives the way to the bridge back.
    pub fn give_input(&mut self, input: ChildStdin) {
        self.input = Some(input);
    }

    /// Sends a message.
    pub fn send(&mut self, body: impl AsRef<str>) {
        self.write(frames::framed(body.as_ref()));
    }

    pub fn notify(&mut self, method: &str, params: Value) {
        self.send(json!({ "jsonrpc": "2.0", "method": method, "params": params }).to_string());
    }

    /// Sends a request, and returns its id.
    pub fn request(&mut self, method: &str, params: Value) -> Value {
        self.requests += 1;
        let id = json!(self.requests);
        self.send(
            json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }).to_string(),
        );
        id
    }

    /// Sends a request, and waits for its answer.
    pub fn call(&mut self, method: &str, params: Value) -> Message {
        let id = self.request(method, params);
        self.answer(&id)
    }

    /// Waits for the first message of this kind, and keeps what else comes.
    pub fn wait(&mut self, what: &str, is_it: impl Fn(&Message) -> bool) -> Message {
        if let Some(at) = self.kept.iter().position(&is_it) {
            return self.kept.remove(at).unwrap();
        }
        let end = Instant::now() + LONGEST;
        loop {
            match self.came.recv_timeout(end - Instant::now()) {
                Ok(Came::Message(message)) if is_it(&message) => return message,
                Ok(Came::Message(message)) => self.kept.push_back(message),
                Ok(Came::End) => panic!("the stream ended before {what}; {:?}", self.kept),
                Ok(Came::Wrong(text)) => panic!("not a message: {text}"),
                Err(_) => panic!("{what} has not come; {:?}", self.kept),
            }
        }
    }

    pub fn answer(&mut self, id: &Value) -> Message {
        let is_it = |it: &Message| it["method"].is_null() && it["id"] == *id;
        self.wait(&format!("the answer to {id}"), is_it)
    }

    /// Waits for a call of the server's, or of the bridge's.
    pub fn called(&mut self, method: &str) -> Message {
        self.wait(method, |it| it.is_call(method))
    }

    /// Waits until the server tells that it has heard a call of this method, and returns it as the server has heard it.
    pub fn heard(&mut self, method: &str) -> Message {
        let is_it = |it: &Message| it.is_call("test/heard") && it["params"]["method"] == method;
        let told = self.wait(&format!("{method} at the server"), is_it);
        Message::new(told["params"]["body"].as_str().unwrap().to_owned())
    }

    /// Has the server ask for something, and returns the answer as it has heard it.
    pub fn asked(&mut self, message: &Value) -> Message {
        let id = self.has_asked(message);
        self.answer_of(&id)
    }

    /// Has the server ask for something, and does not wait.
    pub fn has_asked(&mut self, message: &Value) -> Value {
        self.request("test/ask", json!({ "body": message.to_string() }))
    }

    /// Waits for what the server was answered where [`has_asked`](Self::has_asked) had it ask.
    pub fn answer_of(&mut self, id: &Value) -> Message {
        let told = self.answer(id);
        Message::new(told["result"]["body"].as_str().unwrap().to_owned())
    }

    /// Begins a session with these parameters, and returns the answer to `initialize`.
    pub fn begin(&mut self, params: Value) -> Message {
        let answer = self.call("initialize", params);
        self.notify("initialized", json!({}));
        answer
    }

    /// Ends the session as an editor should, and sees that it ends so.
    pub fn finish(mut self) -> Ended {
        self.call("shutdown", Value::Null);
        self.notify("exit", Value::Null);
        let ended = self.ended();
        assert_eq!(ended.code, 0, "{ended:?}");
        ended
    }

    /// Closes the way to the bridge.
    pub fn close(&mut self) {
        drop(self.input.take());
    }

    /// Closes both streams at once, as the system does for an editor that was killed. It must be deaf.
    pub fn vanish(&mut self) {
        self.close();
        drop((self.output.take().unwrap(), self.sender.take()));
    }

    /// Waits for the end of the stream and of the bridge.
    pub fn ended(mut self) -> Ended {
        let end = Instant::now() + LONGEST;
        loop {
            match self.came.recv_timeout(end - Instant::now()) {
                Ok(Came::Message(message)) => self.kept.push_back(message),
                Ok(Came::End) | Err(RecvTimeoutError::Disconnected) => break,
                Ok(Came::Wrong(text)) => panic!("not a message: {text}"),
                Err(_) => panic!("the stream does not end; {:?}", self.kept),
            }
        }
        let status = loop {
            if let Some(status) = self.bridge.try_wait().unwrap() {
                break status;
            }
            assert!(Instant::now() < end, "the bridge does not end");
            thread::sleep(Duration::from_millis(5));
        };
        Ended {
            code: status.code().unwrap_or(-1),
            rest: self.kept.drain(..).collect(),
            errors: self.errors.take().unwrap().join().unwrap(),
        }
    }
}

impl Drop for Editor {
    fn drop(&mut self) {
        let _ = self.bridge.kill();
        let _ = self.bridge.wait();
    }
}

impl Ended {
    /// The one message that the user is shown.
    pub fn shown(&self) -> &str {
        let shown = self
            .rest
            .iter()
            .filter(|it| it.is_call("window/showMessage"));
        let [shown] = shown.collect::<Vec<_>>()[..] else {
            panic!("not one message: {self:?}");
        };
        shown["params"]["message"].as_str().unwrap()
    }
}
