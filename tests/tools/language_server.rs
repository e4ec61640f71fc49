//! Starts a language server as an editor does, and shakes hands with it.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::mpsc,
    time::Duration,
};

use serde_json::{Value, json};

/// The longest that a server may take to answer.
const LONGEST: Duration = Duration::from_secs(60);

/// Starts the command of an answer, with its arguments and its environment and no other, and gives what it
/// answers to `initialize`.
pub fn initialize(answer: &Value) -> Value {
    let texts = |list: &Value| -> Vec<String> {
        let list = list.as_array().unwrap().iter();
        list.map(|text| text.as_str().unwrap().to_owned()).collect()
    };
    let variables = answer["env"].as_array().unwrap().iter().map(texts);
    let variables = variables.map(|pair| (pair[0].clone(), pair[1].clone()));
    let mut server = Command::new(answer["command"].as_str().unwrap())
        .args(texts(&answer["args"]))
        .env_clear()
        .envs(variables)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let (input, output) = (server.stdin.take().unwrap(), server.stdout.take().unwrap());
    let (sender, receiver) = mpsc::channel();
    let talk = std::thread::spawn(move || sender.send(shake_hands(input, output)));
    let result = receiver.recv_timeout(LONGEST);
    end(server);
    let _ = talk.join();
    result.unwrap()
}

/// Asks, and reads messages until the answer comes.
fn shake_hands(mut input: ChildStdin, output: ChildStdout) -> Value {
    let params = json!({"processId": null, "rootUri": null, "capabilities": {}});
    send(
        &mut input,
        &json!({"id": 1, "method": "initialize", "params": params}),
    );
    answer(&mut BufReader::new(output), 1)
}

/// Sends a message.
pub fn send(input: &mut ChildStdin, message: &Value) {
    let mut message = message.clone();
    message["jsonrpc"] = json!("2.0");
    let message = message.to_string();
    write!(input, "Content-Length: {}\r\n\r\n{message}", message.len()).unwrap();
}

/// Reads messages until the answer to a request comes, and gives its result.
pub fn answer(output: &mut BufReader<ChildStdout>, id: u64) -> Value {
    loop {
        let mut message = receive(output);
        if message["id"] == id && message.get("method").is_none() {
            return message["result"].take();
        }
    }
}

fn receive(output: &mut BufReader<ChildStdout>) -> Value {
    let mut length = None;
    loop {
        let mut line = String::new();
        assert!(
            output.read_line(&mut line).unwrap() > 0,
            "it ended without an answer"
        );
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        let (name, value) = line.split_once(':').unwrap();
        if name.eq_ignore_ascii_case("content-length") {
            length = Some(value.trim().parse().unwrap());
        }
    }
    let mut body = vec![0; length.unwrap()];
    output.read_exact(&mut body).unwrap();
    serde_json::from_slice(&body).unwrap()
}

/// Ends a server.
pub fn end(mut server: Child) {
    let _ = server.kill();
    let _ = server.wait();
}
