//! Programs that hang, flood, fork or will not end: each is ended, with all that it has started.

use std::{path::PathBuf, process::Command, time::Duration};

use annexe::{CallError, Extension, Host, Limits, ServiceOptions};

use super::process;
use crate::guest::{self, Place, ask, words};

/// A script that has started two more programs, and notes the numbers of all three.
pub const FAMILY: &str = "echo $$ >leader; sleep 1000 & echo $! >child; (sleep 1000 & echo $! >grandchild; wait) & \
    until test -s grandchild; do sleep 0.01; done; touch ready; ";

/// A host whose programs have so many milliseconds.
fn host(milliseconds: u64) -> Host {
    let mut options = ServiceOptions::default();
    options.processes.time = Duration::from_millis(milliseconds);
    options.processes.output_bytes = 10_000;
    guest::builder().services(options).build().unwrap()
}

const LONG: u64 = 600_000;

pub struct Family {
    pub place: Place,
    pub extension: Extension,
}

impl Family {
    pub async fn new(host: &Host, script: &str) -> Self {
        let place = Place::new();
        let all = vec![process("*", &["**"])];
        let extension = guest::start_with(host, "0.6.0", &place, all).await;
        std::fs::write(place.work_dir().join("script"), script).unwrap();
        Self { place, extension }
    }

    pub async fn run(&self) -> Result<Vec<String>, CallError> {
        ask(&self.extension, &self.place, "process:/bin/sh script").await
    }

    fn note(&self, name: &str) -> PathBuf {
        self.place.work_dir().join(name)
    }

    /// Returns once the whole family is there.
    pub async fn is_ready(&self) {
        while !self.note("ready").exists() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Waits for the end of all three, whose parents may be slow to take notice.
    async fn is_gone(&self) {
        for name in ["leader", "child", "grandchild"] {
            let id = std::fs::read_to_string(self.note(name)).unwrap();
            wait_for_the_end(id.trim(), name).await;
        }
    }
}

/// Waits for the end of a program.
pub async fn wait_for_the_end(id: &str, name: &str) {
    let mut tries = 0..1000;
    while is_running(id) {
        assert!(tries.next().is_some(), "{name} still runs");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Whether a program runs; one that has ended, and that nobody has waited for, does not.
pub fn is_running(id: &str) -> bool {
    let output = Command::new("ps")
        .args(["-o", "stat=", "-p", id])
        .output()
        .unwrap();
    let state = String::from_utf8(output.stdout).unwrap();
    !state.trim().is_empty() && !state.trim().starts_with('Z')
}

#[tokio::test]
async fn a_program_that_hangs_is_ended_with_what_it_started() {
    let family = Family::new(&host(3_000), &format!("{FAMILY} wait")).await;
    let message = words(family.run().await);
    assert!(
        message.contains("it was ended after 3 seconds"),
        "{message}"
    );
    assert!(message.contains("more time"), "{message}");
    family.is_gone().await;
    assert_eq!(
        ask(&family.extension, &family.place, "count")
            .await
            .unwrap(),
        ["2"]
    );
}

#[tokio::test]
async fn a_program_that_will_not_end_is_killed() {
    let script = format!("trap '' TERM INT HUP; {FAMILY} while :; do sleep 1; done");
    let family = Family::new(&host(3_000), &script).await;
    let message = words(family.run().await);
    assert!(message.contains("it was ended after"), "{message}");
    family.is_gone().await;
}

#[tokio::test]
async fn a_program_that_floods_either_stream_is_ended() {
    for redirect in ["", ">&2"] {
        let family = Family::new(&host(LONG), &format!("{FAMILY} yes {redirect}")).await;
        let message = words(family.run().await);
        assert!(message.contains("wrote more than 10000 bytes"), "{message}");
        family.is_gone().await;
    }
}

#[tokio::test]
async fn a_program_may_write_as_much_as_it_is_allowed() {
    let script = "head -c 10000 /dev/zero; head -c 10000 /dev/zero >&2";
    let family = Family::new(&host(LONG), script).await;
    let output = family.run().await.unwrap();
    assert_eq!((output[1].len(), output[2].len()), (10_000, 10_000));
}

#[tokio::test]
async fn what_a_program_leaves_running_neither_keeps_its_answer_nor_lives_on() {
    // They hold its output open.
    let script = format!("{FAMILY} echo done; exit 3");
    let family = Family::new(&host(LONG), &script).await;
    assert_eq!(family.run().await.unwrap(), ["3", "done\n", ""]);
    family.is_gone().await;
    // They do not.
    let script = format!("exec 3>&1 >/dev/null 2>&1; {{ {FAMILY} }} 3>&-; echo done >&3");
    let family = Family::new(&host(LONG), &script).await;
    assert_eq!(family.run().await.unwrap(), ["0", "done\n", ""]);
    family.is_gone().await;
}

#[tokio::test]
async fn a_call_that_is_given_up_takes_the_whole_group_with_it() {
    let script = format!("trap '' TERM INT HUP; {FAMILY} wait");
    let family = Family::new(&host(LONG), &script).await;
    tokio::select! {
        biased;
        answer = family.run() => panic!("{answer:?}"),
        () = family.is_ready() => {}
    }
    family.is_gone().await;
}

#[tokio::test]
async fn a_call_that_waits_too_long_for_its_host_takes_the_whole_group_with_it() {
    let mut limits = Limits::default();
    limits.host_time = Duration::from_secs(2);
    let host = guest::builder().limits(limits).build().unwrap();
    let family = Family::new(&host, &format!("{FAMILY} wait")).await;
    family.run().await.unwrap_err();
    family.is_gone().await;
}

#[tokio::test]
async fn programs_of_several_extensions_run_at_once() {
    let host = host(LONG);
    let mut families = Vec::new();
    for number in 0..8 {
        let script = format!("{FAMILY} echo {number}");
        families.push(Family::new(&host, &script).await);
    }
    let answers = futures_util::future::join_all(families.iter().map(Family::run)).await;
    for (number, (family, answer)) in families.iter().zip(answers).enumerate() {
        assert_eq!(answer.unwrap()[1], format!("{number}\n"));
        family.is_gone().await;
    }
}
