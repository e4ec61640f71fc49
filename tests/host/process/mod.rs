//! Programs that a guest runs, and files that it makes executable.
#![cfg(unix)]

pub mod group;
mod lifeline;
mod programs;

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    os::unix::fs::{PermissionsExt, symlink},
};

use annexe::capability::{Capability, Grants};

use crate::guest::{self, Place, VERSIONS, ask, found, has, words};

fn process(command: &str, args: &[&str]) -> Capability {
    Capability::ProcessExec {
        command: command.into(),
        args: args.iter().map(ToString::to_string).collect(),
    }
}

#[tokio::test]
async fn a_program_that_the_manifest_does_not_list_is_refused() {
    let host = guest::host();
    for version in guest::since("0.3.0") {
        let place = Place::new();
        let listed = vec![process("/bin/echo", &["hello"]), process("echo", &["**"])];
        for capabilities in [Vec::new(), listed] {
            let extension = guest::start_with(&host, version, &place, capabilities).await;
            let message = words(ask(&extension, &place, "process:/bin/echo other").await);
            assert!(
                message.contains("/bin/echo other") && message.contains("manifest"),
                "{version}: {message}"
            );
            assert_eq!(
                ask(&extension, &place, "count").await.unwrap(),
                ["2"],
                "{version}"
            );
        }
    }
}

#[tokio::test]
async fn a_program_that_is_not_granted_is_refused() {
    let only_others = Grants::from(vec![process("/bin/echo", &["other", "**"])]);
    for grants in [Grants::none(), only_others] {
        let host = guest::builder().grants(grants).build().unwrap();
        for version in guest::since("0.3.0") {
            let place = Place::new();
            let extension =
                guest::start_with(&host, version, &place, vec![process("*", &["**"])]).await;
            let message = words(ask(&extension, &place, "process:/bin/echo hello").await);
            assert!(message.contains("not granted"), "{version}: {message}");
            assert_eq!(
                found(&extension, &place, "count").await.unwrap(),
                ["2"],
                "{version}"
            );
        }
    }
}

#[tokio::test]
async fn a_program_that_both_allow_runs_in_the_work_directory() {
    let host = guest::host();
    for version in guest::since("0.3.0") {
        let place = Place::new();
        let extension =
            guest::start_with(&host, version, &place, vec![process("*", &["**"])]).await;
        let work_dir = std::fs::canonicalize(place.work_dir()).unwrap();
        let output = ask(&extension, &place, "process:/bin/echo hello  world")
            .await
            .unwrap();
        assert_eq!(output, ["0", "hello  world\n", ""], "{version}");
        let output = ask(&extension, &place, "process:/bin/pwd -P")
            .await
            .unwrap();
        assert_eq!(
            output[1].trim_end(),
            work_dir.to_string_lossy(),
            "{version}"
        );
        let output = ask(&extension, &place, "process:/usr/bin/env")
            .await
            .unwrap();
        assert!(
            output[1].lines().any(|line| line == "GUEST=conformance"),
            "{version}"
        );
        let output = ask(&extension, &place, "process:/bin/cat no-such-file")
            .await
            .unwrap();
        assert_eq!(
            (output[0].as_str(), output[1].as_str()),
            ("1", ""),
            "{version}"
        );
        assert!(output[2].contains("no-such-file"), "{version}: {output:?}");
    }
}

#[tokio::test]
async fn a_program_that_is_missing_or_writes_too_much_is_an_error() {
    let host = guest::host();
    for version in guest::since("0.3.0") {
        let place = Place::new();
        let extension =
            guest::start_with(&host, version, &place, vec![process("*", &["**"])]).await;
        for program in ["/no/such/program", "no-such-program", "/etc", ""] {
            let message = words(ask(&extension, &place, &format!("process:{program}")).await);
            assert!(
                message.contains("failed to run"),
                "{version} {program}: {message}"
            );
        }
        assert_eq!(
            ask(&extension, &place, "count").await.unwrap(),
            ["5"],
            "{version}"
        );
    }
    let place = Place::new();
    let extension = guest::start_with(&host, "0.6.0", &place, vec![process("yes", &[])]).await;
    let message = words(ask(&extension, &place, "process:yes").await);
    assert!(message.contains("more than 16 MiB"), "{message}");
}

#[tokio::test]
async fn what_keeps_a_program_from_starting_is_told_with_the_way_out() {
    let place = Place::new();
    let extension =
        guest::start_with(&guest::host(), "0.6.0", &place, vec![process("*", &["**"])]).await;
    let write = |name: &str, text: &str, mode| {
        let path = place.work_dir().join(name);
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, PermissionsExt::from_mode(mode)).unwrap();
    };
    write("plain", "#!/bin/sh\n", 0o644);
    write("foreign", "#!/no/such/interpreter\n", 0o755);
    for (program, told, hint) in [
        ("no-such-program", "there is no such program", "`PATH`"),
        (
            "./missing",
            "there is no such program",
            "check that the file is there",
        ),
        ("./plain", "not executable", "its mode"),
        ("./foreign", "interpreter", "its first line"),
    ] {
        let message = words(ask(&extension, &place, &format!("process:{program}")).await);
        assert!(
            message.contains(program) && message.contains(told) && message.contains(hint),
            "{message}"
        );
    }
    write("bin", "#!/bin/sh\necho ran $1", 0o755);
    let output = ask(&extension, &place, "process:./bin here").await.unwrap();
    assert_eq!(output, ["0", "ran here\n", ""]);
    std::fs::remove_dir_all(place.work_dir()).unwrap();
    let message = words(ask(&extension, &place, "process:/bin/pwd").await);
    assert!(message.contains("work"), "{message}");
}

#[tokio::test]
async fn a_program_ends_with_the_call_that_ran_it() {
    let place = Place::new();
    let extension =
        guest::start_with(&guest::host(), "0.6.0", &place, vec![process("*", &["**"])]).await;
    let [gate, output] = ["gate", "output"].map(|name| place.work_dir().join(name));
    let made = std::process::Command::new("mkfifo")
        .args([&gate, &output])
        .status();
    assert!(made.unwrap().success());
    // It waits for a line that comes once its call has been given up.
    let script = "exec 3<>gate >output; echo started; read line <&3; echo survived";
    std::fs::write(place.work_dir().join("script"), script).unwrap();
    let (started, has_started) = tokio::sync::oneshot::channel();
    let reader = std::thread::spawn(move || {
        let mut output = BufReader::new(std::fs::File::open(output).unwrap());
        let mut text = String::new();
        output.read_line(&mut text).unwrap();
        started.send(()).unwrap();
        output.read_to_string(&mut text).unwrap();
        text
    });
    tokio::select! {
        biased;
        answer = ask(&extension, &place, "process:/bin/sh script") => panic!("{answer:?}"),
        told = has_started => told.unwrap(),
    }
    assert_eq!(ask(&extension, &place, "count").await.unwrap(), ["1"]);
    let mut gate = std::fs::OpenOptions::new()
        .read(true)
        .write(true)
        .open(gate)
        .unwrap();
    gate.write_all(b"go on\n").unwrap();
    assert_eq!(reader.join().unwrap(), "started\n");
}

#[tokio::test]
async fn a_program_that_a_signal_ended_has_no_status() {
    let place = Place::new();
    let extension =
        guest::start_with(&guest::host(), "0.6.0", &place, vec![process("*", &["**"])]).await;
    let script = place.work_dir().join("script");
    std::fs::write(&script, "kill -9 $$\n").unwrap();
    let output = ask(&extension, &place, "process:/bin/sh script")
        .await
        .unwrap();
    assert_eq!(output[0], "none");
}

#[tokio::test]
async fn older_versions_run_no_program() {
    let host = guest::host();
    for version in VERSIONS
        .into_iter()
        .filter(|version| !has(version, "0.3.0"))
    {
        let place = Place::new();
        let extension =
            guest::start_with(&host, version, &place, vec![process("*", &["**"])]).await;
        let message = words(ask(&extension, &place, "process:/bin/echo").await);
        assert_eq!(message, "unknown verb: process", "{version}");
    }
}

#[tokio::test]
async fn a_file_of_the_work_directory_is_made_executable_and_no_other() {
    let host = guest::host();
    for version in guest::since("0.0.5") {
        let place = Place::new();
        let extension = guest::start(&host, version, &place).await;
        let work_dir = place.work_dir();
        let mode =
            |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let plain = |path: &std::path::Path| {
            std::fs::write(path, "#!/bin/sh\n").unwrap();
            std::fs::set_permissions(path, PermissionsExt::from_mode(0o644)).unwrap();
        };
        std::fs::create_dir(work_dir.join("bin")).unwrap();
        for path in [
            "tool",
            "./bin/../bin/tool",
            &work_dir.join("absolute").to_string_lossy(),
        ] {
            plain(&work_dir.join(path));
            assert_eq!(
                ask(&extension, &place, &format!("executable:{path}"))
                    .await
                    .unwrap(),
                [path]
            );
            assert_eq!(mode(&work_dir.join(path)), 0o755, "{version} {path}");
        }

        let outside = place.worktree_dir().join("outside");
        plain(&outside);
        symlink(&outside, work_dir.join("link")).unwrap();
        symlink(place.worktree_dir(), work_dir.join("folder")).unwrap();
        symlink("/nowhere", work_dir.join("dangling")).unwrap();
        let absolute = outside.to_string_lossy();
        let paths = [
            "../worktree/outside",
            "bin/../../worktree/outside",
            "link",
            "folder/outside",
            "dangling",
            "missing",
            "a\0b",
            &absolute,
        ];
        for path in paths {
            let message = words(ask(&extension, &place, &format!("executable:{path}")).await);
            assert!(
                !message.is_empty() && !message.contains("unknown verb"),
                "{version} {path}: {message}"
            );
        }
        assert_eq!(mode(&outside), 0o644, "{version}");
        let count = ask(&extension, &place, "count").await.unwrap();
        assert_eq!(count, [(3 + paths.len() + 1).to_string()], "{version}");
    }
}

/// Run by the test below in a process of its own, which has something on its standard input.
#[tokio::test]
#[ignore = "another test runs it"]
async fn reads() {
    let place = Place::new();
    let capabilities = vec![process("/bin/cat", &[])];
    let extension = guest::start_with(&guest::host(), "0.6.0", &place, capabilities).await;
    assert_eq!(
        ask(&extension, &place, "process:/bin/cat").await.unwrap(),
        ["0", "", ""]
    );
}

#[test]
fn a_program_reads_nothing_of_the_hosts_standard_input() {
    let place = Place::new();
    let input = place.worktree_dir().join("input");
    std::fs::write(&input, "the host's own").unwrap();
    let output = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "process::reads", "--ignored"])
        .stdin(std::fs::File::open(input).unwrap())
        .output()
        .unwrap();
    let stdout = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && stdout.contains("1 passed"),
        "{stdout}"
    );
}
