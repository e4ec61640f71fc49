//! Programs whose streams stay open, as real processes.

use std::{
    io::{BufRead as _, BufReader as BlockingReader},
    process::{self, Stdio},
    time::Duration,
};

use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader, Lines},
    process::{ChildStdout, Command},
};

use super::{
    child::{GroupChild, Streams},
    launcher::Launcher,
};

/// A script that tells of itself and of two more programs that it has started, and ends with none of them.
const FAMILY: &str = "sleep 1000 & echo $$ $!; (sleep 1000 & echo $!; wait) & wait";

/// Longer than anything here takes.
const LONG: Duration = Duration::from_secs(60);

async fn open(launcher: &Launcher, script: &str) -> (GroupChild, Streams) {
    let mut command = Command::new("/bin/sh");
    command
        .args(["-c", script])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = launcher.start(&mut command).await.unwrap();
    let streams = child.take_streams();
    (child, streams)
}

fn lines(streams: &mut Streams) -> Lines<BufReader<ChildStdout>> {
    BufReader::new(streams.stdout.take().unwrap()).lines()
}

/// The numbers of the whole family, once all of it is there.
async fn family(streams: &mut Streams) -> Vec<String> {
    let mut lines = lines(streams);
    let mut ids = Vec::new();
    while ids.len() < 3 {
        let line = lines.next_line().await.unwrap().unwrap();
        ids.extend(line.split(' ').map(str::to_owned));
    }
    assert!(ids.iter().all(|id| is_running(id)));
    ids
}

/// Whether a program runs; one that has ended, and that nobody has waited for, does not.
fn is_running(id: &str) -> bool {
    let output = process::Command::new("ps")
        .args(["-o", "stat=", "-p", id])
        .output()
        .unwrap();
    let state = String::from_utf8(output.stdout).unwrap();
    !state.trim().is_empty() && !state.trim().starts_with('Z')
}

fn wait_for_the_end(ids: &[String]) {
    let mut tries = 0..1000;
    while ids.iter().any(|id| is_running(id)) {
        assert!(tries.next().is_some(), "some of {ids:?} still run");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[tokio::test]
async fn what_is_written_to_a_program_is_answered_until_its_input_ends() {
    let script = "while read -r line; do echo \"got $line\"; done; echo bye >&2; exit 7";
    let (mut child, mut streams) = open(&Launcher::default(), script).await;
    let mut lines = lines(&mut streams);
    let mut stdin = streams.stdin.take().unwrap();
    for word in ["one", "two"] {
        stdin
            .write_all(format!("{word}\n").as_bytes())
            .await
            .unwrap();
        let line = lines.next_line().await.unwrap().unwrap();
        assert_eq!(line, format!("got {word}"));
    }
    drop(stdin);
    child.ended().await.unwrap();
    assert_eq!(child.wait().await.unwrap().code(), Some(7));
    assert_eq!(lines.next_line().await.unwrap(), None);
    let mut errors = String::new();
    let mut stderr = streams.stderr.take().unwrap();
    stderr.read_to_string(&mut errors).await.unwrap();
    assert_eq!(errors, "bye\n");
}

#[tokio::test]
async fn a_program_that_is_dropped_ends_with_all_that_it_has_started() {
    let (child, mut streams) = open(&Launcher::default(), FAMILY).await;
    let ids = family(&mut streams).await;
    drop(child);
    wait_for_the_end(&ids);
}

#[tokio::test]
async fn a_program_is_asked_to_end_before_it_is_killed() {
    let script = "trap 'echo asked; exit 3' TERM; echo ready; while :; do sleep 0.01; done";
    let (child, mut streams) = open(&Launcher::default(), script).await;
    let mut lines = lines(&mut streams);
    assert_eq!(lines.next_line().await.unwrap().unwrap(), "ready");
    assert_eq!(child.end(LONG).await.unwrap().code(), Some(3));
    assert_eq!(lines.next_line().await.unwrap().unwrap(), "asked");
}

#[tokio::test]
async fn a_program_that_will_not_end_is_killed_with_all_that_it_has_started() {
    let script = format!("trap '' TERM; {FAMILY}");
    let (child, mut streams) = open(&Launcher::default(), &script).await;
    let ids = family(&mut streams).await;
    assert_eq!(child.end(Duration::ZERO).await.unwrap().code(), None);
    wait_for_the_end(&ids);
}

#[tokio::test]
async fn what_a_program_leaves_running_is_killed_when_it_is_waited_for() {
    let script = "sleep 1000 & echo $!; exit 2";
    let (child, mut streams) = open(&Launcher::default(), script).await;
    let id = lines(&mut streams).next_line().await.unwrap().unwrap();
    assert_eq!(child.wait().await.unwrap().code(), Some(2));
    wait_for_the_end(&[id]);
}

#[tokio::test]
async fn a_program_that_is_not_there_is_told() {
    let mut command = Command::new("/bin/no-such-program");
    let error = Launcher::default().start(&mut command).await.unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::NotFound);
}

/// Set in the process that is killed.
const IS_HOST: &str = "ANNEXE_TEST_IS_HOST";

#[tokio::test]
#[ignore = "it is no test: another runs it as another process"]
async fn holds_a_program_open() {
    if std::env::var_os(IS_HOST).is_none() {
        return;
    }
    let (_child, mut streams) = open(&Launcher::default(), FAMILY).await;
    let ids = family(&mut streams).await;
    // On a stream that the test harness leaves alone.
    let mut stderr = tokio::io::stderr();
    let line = format!("family {}\n", ids.join(" "));
    stderr.write_all(line.as_bytes()).await.unwrap();
    stderr.flush().await.unwrap();
    std::future::pending::<()>().await;
}

#[test]
fn a_host_that_is_killed_takes_an_open_program_with_it() {
    let mut host = process::Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "--nocapture"])
        .arg("base::process::tests::holds_a_program_open")
        .env(IS_HOST, "1")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let stderr = BlockingReader::new(host.stderr.take().unwrap());
    let ids: Vec<String> = stderr
        .lines()
        .find_map(|line| line.unwrap().strip_prefix("family ").map(str::to_owned))
        .unwrap()
        .split(' ')
        .map(str::to_owned)
        .collect();
    assert_eq!(ids.len(), 3);
    host.kill().unwrap();
    host.wait().unwrap();
    wait_for_the_end(&ids);
}
