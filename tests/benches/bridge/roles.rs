//! The programs that the benchmark starts: a server that gives back what it gets, and a relay before it.

use std::{
    io::{self, BufRead, BufReader, Read as _, Write},
    process::{Command, Stdio},
    thread,
};

use crate::{
    ROLE,
    client::{frame, header},
};

pub(crate) fn play(role: &str) {
    match role {
        "relay" => relay(),
        "context-server" => answer_lines(),
        "adapter" => debug(),
        _ => serve(),
    }
}

/// Answers `initialize`, swallows notifications of the session's course, and gives back all else.
fn serve() {
    let mut input = BufReader::with_capacity(64 << 10, io::stdin().lock());
    let mut output = io::stdout().lock();
    let mut body = Vec::new();
    while let Some(length) = header(&mut input) {
        body.resize(length, 0);
        input.read_exact(&mut body).expect("a body");
        let beginning = &body[..body.len().min(200)];
        let has = |text: &[u8]| beginning.windows(text.len()).any(|it| it == text);
        let answer = if has(br#""initialize""#) {
            frame(br#"{"jsonrpc":"2.0","id":0,"result":{"capabilities":{}}}"#)
        } else if has(br#""workspace/didChangeConfiguration""#) || has(br#""initialized""#) {
            continue;
        } else {
            frame(&body)
        };
        if output
            .write_all(&answer)
            .and_then(|()| output.flush())
            .is_err()
        {
            return;
        }
    }
}

/// A context server: gives the same answer to each line.
fn answer_lines() {
    for line in io::stdin().lock().lines() {
        let answer = r#"{"jsonrpc":"2.0","id":1,"result":{"capabilities":{}}}"#;
        if line.is_err() || writeln!(io::stdout(), "{answer}").is_err() {
            return;
        }
    }
}

/// A debug adapter: stops when it is configured, and after each step.
fn debug() {
    let mut input = BufReader::with_capacity(64 << 10, io::stdin().lock());
    let mut output = io::stdout().lock();
    let mut body = Vec::new();
    let mut seq = 0;
    while let Some(length) = header(&mut input) {
        body.resize(length, 0);
        input.read_exact(&mut body).expect("a body");
        let message: serde_json::Value = serde_json::from_slice(&body).expect("JSON");
        let command = message["command"].as_str().unwrap_or_default();
        let mut send = |mut answer: serde_json::Value| {
            seq += 1;
            answer["seq"] = seq.into();
            let _ = output.write_all(&frame(answer.to_string().as_bytes()));
            let _ = output.flush();
        };
        send(serde_json::json!({
            "type": "response", "request_seq": message["seq"], "success": true, "command": command,
            "body": { "supportsConfigurationDoneRequest": true }
        }));
        let event = match command {
            "launch" => "initialized",
            "configurationDone" | "next" => "stopped",
            _ => continue,
        };
        let body = serde_json::json!({ "reason": "step", "threadId": 1 });
        send(serde_json::json!({ "type": "event", "event": event, "body": body }));
    }
}

/// Reads headers and copies bodies, either way, and nothing else.
fn relay() {
    let mut command = Command::new(std::env::current_exe().expect("a path"));
    let mut server = command
        .env(ROLE, "server")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("started");
    let (input, output) = (server.stdin.take(), server.stdout.take());
    let back = thread::spawn(move || {
        let output = output.expect("an output");
        copy(
            &mut BufReader::with_capacity(64 << 10, output),
            &mut io::stdout(),
        )
    });
    copy(
        &mut BufReader::with_capacity(64 << 10, io::stdin().lock()),
        &mut input.expect("an input"),
    );
    let _ = server.kill();
    let _ = server.wait();
    let _ = back.join();
}

fn copy(from: &mut impl BufRead, to: &mut impl Write) {
    let mut body = Vec::new();
    while let Some(length) = header(from) {
        body.resize(length, 0);
        if from.read_exact(&mut body).is_err() || to.write_all(&frame(&body)).is_err() {
            return;
        }
        let _ = to.flush();
    }
}
