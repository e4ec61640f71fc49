//! Ctrl-C while an extension fetches its tool.

use std::{process::Stdio, time::Duration};

use crate::{
    releases::{Releases, archive_of},
    support::{place::Ran, server::Fault},
};

#[test]
fn an_interrupted_download_leaves_nothing_and_says_so() {
    let Some(releases) = Releases::new() else {
        return;
    };
    let machine = &releases.machine;
    releases
        .server
        .web
        .fail(&archive_of("1.0.0"), [Fault::StallAfter(100)]);
    let heard = releases.server.web.hear("clangd-linux");
    let child = machine
        .call(&[])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    heard.recv_timeout(Duration::from_secs(120)).unwrap();
    let kill = std::process::Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(kill.unwrap().success());
    let ran = Ran::from(child.wait_with_output().unwrap());
    assert_eq!((ran.code, ran.stdout.as_str()), (130, ""), "{ran:?}");
    assert!(ran.stderr.ends_with("interrupted\n"), "{ran:?}");
    let left: Vec<_> = std::fs::read_dir(machine.work_dir()).unwrap().collect();
    assert!(left.is_empty(), "{left:?}");

    let (answer, _) = machine.ask(&[]);
    crate::language_server::initialize(&answer);
}
