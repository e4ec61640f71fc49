//! The language server, which this binary plays: it does what the editor's `test/…` messages tell it to, and tells the
//! editor of all others that it hears.

use std::{
    collections::HashMap,
    ffi::OsString,
    fs::File,
    io::{BufReader, Read as _, Write as _},
    net::TcpStream,
    process::{Command, Stdio},
    thread,
    time::Duration,
};

use rustix::process::{Signal, getpid, kill_process};
use serde_json::{Value, json};

use crate::{
    flood::{self, Flood},
    frames,
    life::{self, PORT},
    support::place::{Place, text},
};

/// The variable that says how it behaves.
const BEHAVIOUR: &str = "STAND_IN";

/// The variable that says which of several it is.
pub const NAME: &str = "STAND_IN_NAME";

/// Keeps what the test harness prints apart from what the server writes, which goes to descriptor 3. A deaf server does
/// not hear that it is asked to end.
const SCRIPT: &str = r#"[ "$STAND_IN" != deaf ] || trap '' TERM; exec 3>&1 1>/dev/null; exec "$@""#;

/// The ways in which the server behaves besides what it is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Behaviour {
    /// It does what servers do.
    Plain,
    /// It goes on after `exit`, the end of its input and SIGTERM.
    Deaf,
    /// It ends with code 7 in place of the answer to `initialize`.
    Ends,
    /// It answers `initialize` with an error.
    Refuses,
    /// It logs twice before it answers `initialize`.
    Logs,
    /// It writes what is not a message before it answers `initialize`.
    Babbles,
    /// It asks for settings without reading anything.
    Floods,
    /// What a server has started: it does nothing.
    Child,
}

impl Behaviour {
    const ALL: [Self; 8] = [
        Self::Plain,
        Self::Deaf,
        Self::Ends,
        Self::Refuses,
        Self::Logs,
        Self::Babbles,
        Self::Floods,
        Self::Child,
    ];

    fn name(self) -> String {
        format!("{self:?}").to_lowercase()
    }
}

/// The words of a shell that start the stand-in.
pub fn command() -> Vec<OsString> {
    let program = std::env::current_exe().unwrap();
    let words = [
        "sh".into(),
        "-c".into(),
        SCRIPT.into(),
        "sh".into(),
        program.into_os_string(),
    ];
    let test = ["--exact", "stand_in::server", "--ignored", "--nocapture"];
    words.into_iter().chain(test.map(OsString::from)).collect()
}

/// `annexe lsp stand-in -- …`, in the folder to work in.
pub fn bridge(place: &Place, behaviour: Behaviour) -> Command {
    bridge_to(place, behaviour, &["lsp", "stand-in", "--"], &command())
}

/// The bridge to a server that the settings name, or to none.
pub fn bridge_to(
    place: &Place,
    behaviour: Behaviour,
    words: &[&str],
    command: &[OsString],
) -> Command {
    let mut bridge = place.command();
    bridge.args(words).args(command);
    bridge.env(BEHAVIOUR, behaviour.name());
    bridge
}

/// A program that starts the stand-in under a name.
pub fn program(path: &std::path::Path, name: &str) {
    use std::os::unix::fs::PermissionsExt as _;

    let words = command().into_iter().map(|word| {
        let word = text(word.as_ref()).replace('\'', r"'\''");
        format!("'{word}'")
    });
    let words: Vec<String> = words.collect();
    let script = format!("#!/bin/sh\n{NAME}='{name}' exec {}\n", words.join(" "));
    crate::support::files::write(path, script);
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
#[ignore = "it is the server that the other tests start"]
#[expect(clippy::exit, reason = "a server has exit codes of its own")]
fn server() {
    let Some(behaviour) = std::env::var_os(BEHAVIOUR) else {
        return;
    };
    let behaviour = Behaviour::ALL
        .into_iter()
        .find(|it| *it.name() == *behaviour);
    let behaviour = behaviour.unwrap();
    let port = std::env::var_os(PORT).map(|port| text(port.as_ref()).parse().unwrap());
    let life = port.map(life::live);
    if behaviour == Behaviour::Child {
        return wait_for_ever(life);
    }
    if port.is_some() {
        start_child();
    }
    let output = File::options().write(true).open("/dev/fd/3").unwrap();
    let mut server = Server {
        output,
        behaviour,
        was_shut_down: false,
        awaited: HashMap::new(),
        flood: Flood::default(),
    };
    let code = server.run();
    if behaviour == Behaviour::Deaf {
        wait_for_ever(life);
    }
    std::process::exit(code);
}

/// Waits until the test that it lives for is gone.
fn wait_for_ever(life: Option<TcpStream>) {
    let _ = life.unwrap().read(&mut [0]);
}

fn start_child() {
    let words = command();
    let (program, arguments) = words.split_first().unwrap();
    let started = Command::new(program)
        .args(arguments)
        .env(BEHAVIOUR, Behaviour::Child.name())
        .stdin(Stdio::null())
        .spawn();
    // It ends with the group, or with the test.
    drop(started.unwrap());
}

#[derive(serde::Deserialize)]
struct Envelope {
    id: Value,
    method: String,
}

struct Server {
    output: File,
    behaviour: Behaviour,
    was_shut_down: bool,
    /// The editor's requests that are answered once the server is answered, by the ids of the server's own.
    awaited: HashMap<String, Value>,
    flood: Flood,
}

impl Server {
    /// Serves until `exit` or the end of input, and returns the exit code.
    fn run(&mut self) -> i32 {
        let mut input = BufReader::new(std::io::stdin());
        while let Some(body) = frames::read(&mut input).unwrap() {
            if let Some(code) = self.hear(&body) {
                return code;
            }
        }
        0
    }

    fn hear(&mut self, body: &str) -> Option<i32> {
        // What is looked at here, where a number of the rest is beyond a float.
        let envelope = || {
            let Envelope { id, method } = serde_json::from_str(body).unwrap();
            json!({ "id": id, "method": method })
        };
        let message: Value = serde_json::from_str(body).unwrap_or_else(|_| envelope());
        let (id, params) = (&message["id"], &message["params"]);
        match message["method"].as_str() {
            Some("initialize") => {
                if let Some(code) = self.initialize(id) {
                    return Some(code);
                }
            }
            Some("initialized") if self.behaviour == Behaviour::Floods => {
                flood::questions().for_each(|question| self.send(&question));
            }
            Some("shutdown") => {
                self.was_shut_down = true;
                self.answer(id, &Value::Null);
            }
            Some("exit") => return Some(i32::from(!self.was_shut_down)),
            Some("test/say") => return self.write(params["bytes"].as_str().unwrap()),
            Some("test/ask") => {
                let question = params["body"].as_str().unwrap();
                let own: Value = serde_json::from_str(question).unwrap();
                self.awaited.insert(own["id"].to_string(), id.clone());
                self.send(question);
                return None;
            }
            Some("test/late") => {
                thread::sleep(Duration::from_millis(params["after"].as_u64().unwrap()));
                self.answer(id, &json!("late"));
                return None;
            }
            Some("test/words") => {
                eprint!("{}", params["words"].as_str().unwrap());
                if let Some(code) = params["code"].as_i64() {
                    return i32::try_from(code).ok();
                }
            }
            Some("test/die") => {
                kill_process(getpid(), Signal::KILL).unwrap();
            }
            Some("test/number") => {
                let told = self.flood.number(params["number"].as_u64().unwrap());
                told.inspect(|told| self.send(told));
                return None;
            }
            Some(_) => {}
            None => {
                if let Some(asking) = self.awaited.remove(&id.to_string()) {
                    self.answer(&asking, &json!({ "body": body }));
                } else if self.behaviour == Behaviour::Floods {
                    let told = self.flood.answer(id, &message["result"]);
                    told.inspect(|told| self.send(told));
                }
                return None;
            }
        }
        self.tell(&message["method"], body);
        None
    }

    fn initialize(&mut self, id: &Value) -> Option<i32> {
        match self.behaviour {
            Behaviour::Ends => {
                eprintln!("there is no licence\n");
                return Some(7);
            }
            Behaviour::Refuses => {
                let body = json!({ "id": id, "error": { "code": -32803, "message": "not today", "data": { "retry": false } } });
                self.send(&body.to_string());
                return None;
            }
            Behaviour::Logs => {
                for text in ["one", "two"] {
                    let params = json!({ "type": 3, "message": text });
                    self.send(
                        &json!({ "method": "window/logMessage", "params": params }).to_string(),
                    );
                }
            }
            Behaviour::Babbles => {
                self.write("npm WARN deprecated\n");
            }
            _ => {}
        }
        let name = std::env::var_os(NAME).unwrap_or_else(|| "stand-in".into());
        let folder = std::env::current_dir().unwrap();
        let result = json!({
            "capabilities": {},
            "serverInfo": { "name": text(name.as_ref()) },
            "folder": folder,
        });
        self.answer(id, &result);
        None
    }

    /// Tells the editor of a message, as it came.
    fn tell(&mut self, method: &Value, body: &str) {
        let params = json!({ "method": method, "body": body });
        self.send(&json!({ "method": "test/heard", "params": params }).to_string());
    }

    fn answer(&mut self, id: &Value, result: &Value) {
        self.send(&json!({ "jsonrpc": "2.0", "id": id, "result": result }).to_string());
    }

    fn send(&mut self, body: &str) {
        self.write(&frames::framed(body));
    }

    fn write(&mut self, bytes: &str) -> Option<i32> {
        // Where the bridge is gone there is nobody to tell.
        let _ = self.output.write_all(bytes.as_bytes());
        None
    }
}
