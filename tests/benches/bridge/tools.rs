//! Context servers and debug adapters of an installed extension, with everything warm, beside starting them directly.

use std::{
    fs,
    io::{BufRead as _, BufReader, Write as _},
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};

use crate::{
    ROLE,
    client::{Client, annexe, frame},
    table::{median, microseconds, timed},
};

const ROUNDS: usize = 31;
const STEPS: usize = 500;

/// The most time that becoming a context server may take over starting it.
const MOST_TO_BECOME: Duration = Duration::from_millis(20);

/// The most time from the start to the first stop over the adapter driven directly.
const MOST_TO_STOP: Duration = Duration::from_millis(30);

/// The most time of a step over the adapter driven directly.
const MOST_OF_STEP: Duration = Duration::from_millis(1);

pub(crate) fn run() {
    let home = tempfile::tempdir().expect("a folder");
    let home = home.path();
    let this = home.join("tool");
    std::os::unix::fs::symlink(std::env::current_exe().expect("a path"), &this).expect("a link");
    let server = format!("start:{ROLE}=context-server {}", this.display());
    let adapter = format!("start:{ROLE}=adapter {}", this.display());
    install(home, &server, &adapter);
    println!(
        "\n{:<58} {:>10} {:>10}",
        "tools of an installed extension, everything warm", "annexe", "direct"
    );
    let becoming = || {
        let mut command = annexe(home);
        command.args(["mcp", "--offline", &server]);
        command
    };
    let direct = |role| {
        let mut command = Command::new(&this);
        command.env(ROLE, role);
        command
    };
    first_answer(becoming());
    let times = in_turn(|is_ours| {
        let command = if is_ours {
            becoming()
        } else {
            direct("context-server")
        };
        timed(|| first_answer(command)).0
    });
    over(
        "a context server: from the start to the answer of `initialize`",
        times,
        MOST_TO_BECOME,
    );

    let bridge = || {
        let mut command = annexe(home);
        command.args(["dap", "--offline", &adapter]);
        command
    };
    let session = |is_ours: bool| {
        let mut command = if is_ours { bridge() } else { direct("adapter") };
        let mut client = Client::over(&mut command);
        stop(&mut client);
        client
    };
    session(true).end();
    let times = in_turn(|is_ours| {
        let (time, client) = timed(|| session(is_ours));
        client.end();
        time
    });
    over(
        "a debug adapter: from the start to the first stop",
        times,
        MOST_TO_STOP,
    );
    let mut both = [true, false].map(session);
    let mut times = [Vec::new(), Vec::new()];
    for _ in 0..STEPS {
        for (client, times) in both.iter_mut().zip(&mut times) {
            times.push(timed(|| step(client)).0);
        }
    }
    both.into_iter().for_each(Client::end);
    over("a debug adapter: a step", times, MOST_OF_STEP);
}

/// Measures both ways, one after the other, the other one first each time.
fn in_turn(mut measure: impl FnMut(bool) -> Duration) -> [Vec<Duration>; 2] {
    let mut times = [Vec::new(), Vec::new()];
    for round in 0..ROUNDS {
        for is_ours in [round % 2 == 0, round % 2 != 0] {
            times[usize::from(!is_ours)].push(measure(is_ours));
        }
    }
    times
}

fn over(what: &str, [ours, bare]: [Vec<Duration>; 2], most: Duration) {
    let (ours, bare) = (median(ours), median(bare));
    let over = ours.saturating_sub(bare);
    let verdict = if over <= most { "met" } else { "missed" };
    println!(
        "{what:<58} {:>10} {:>10}  over {:>9}  target <= {} {verdict}",
        microseconds(ours),
        microseconds(bare),
        microseconds(over),
        microseconds(most)
    );
}

/// Installs an extension that answers what its names say.
fn install(home: &Path, server: &str, adapter: &str) {
    let folder = home.join("bench");
    fs::create_dir(&folder).expect("a folder");
    let guests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/guests/prebuilt");
    fs::copy(guests.join("api-0.7.0.wasm"), folder.join("extension.wasm")).expect("a guest");
    let manifest = format!(
        "id = \"bench\"\nname = \"Bench\"\nversion = \"1.0.0\"\nschema_version = 1\nauthors = [\"A <a@example.org>\"]\n\
         description = \"For the benchmark\"\nrepository = \"https://example.org\"\n\
         [context_servers.\"{server}\"]\n[debug_adapters.\"{adapter}\"]\nschema_path = \"schema.json\"\n"
    );
    fs::write(folder.join("extension.toml"), manifest).expect("written");
    fs::write(folder.join("schema.json"), "{}").expect("written");
    let licence = Path::new(env!("CARGO_MANIFEST_DIR")).join("LICENSE");
    fs::copy(licence, folder.join("LICENSE")).expect("a licence");
    for arguments in [&["pack", "bench"][..], &["install", "bench-1.0.0.tar.gz"]] {
        let ran = annexe(home).args(arguments).output().expect("started");
        assert!(ran.status.success(), "{ran:?}");
    }
}

/// Starts a context server and waits for its first answer.
fn first_answer(mut command: Command) {
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    let mut child = command.spawn().expect("started");
    let mut input = child.stdin.take().expect("an input");
    let mut output = BufReader::new(child.stdout.take().expect("an output"));
    input
        .write_all(b"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\",\"params\":{}}\n")
        .expect("written");
    let mut line = String::new();
    output.read_line(&mut line).expect("read");
    assert!(line.contains("\"result\""), "{line}");
    drop(input);
    child.wait().expect("ended");
}

/// Drives an adapter to the first stop.
fn stop(client: &mut Client) {
    send(client, 1, "initialize");
    wait(client, "\"initialize\"");
    send(client, 2, "launch");
    wait(client, "\"initialized\"");
    send(client, 3, "configurationDone");
    wait(client, "\"stopped\"");
}

fn step(client: &mut Client) {
    send(client, 4, "next");
    wait(client, "\"stopped\"");
}

fn send(client: &mut Client, seq: u32, command: &str) {
    let body = format!(
        "{{\"seq\":{seq},\"type\":\"request\",\"command\":\"{command}\",\"arguments\":{{\"request\":\"launch\"}}}}"
    );
    client.send(&frame(body.as_bytes()));
}

/// Waits for a message that has this text.
fn wait(client: &mut Client, text: &str) {
    loop {
        let body = client.receive();
        if body.windows(text.len()).any(|it| it == text.as_bytes()) {
            return;
        }
    }
}
