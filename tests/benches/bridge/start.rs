//! The start of a server that an installed extension brings, with everything warm, beside starting it directly.

use std::{fs, path::Path, time::Duration};

use crate::{
    ROLE,
    client::{Client, annexe},
    table::{median, microseconds, timed},
};

const ROUNDS: usize = 31;

/// The most time that the bridge may take over the server alone.
const MOST_TIME: Duration = Duration::from_millis(25);

/// The most private memory of a bridge at rest, in KiB.
const MOST_KIBIBYTES: u64 = 16 << 10;

pub(crate) fn run() {
    let home = tempfile::tempdir().expect("a folder");
    let home = home.path();
    // The extension looks on the PATH first: there is the server, which is this program.
    let programs = home.join("bin");
    fs::create_dir(&programs).expect("a folder");
    let this = std::env::current_exe().expect("a path");
    std::os::unix::fs::symlink(this, programs.join("bash-language-server")).expect("a link");
    let path = format!(
        "{}:{}",
        programs.display(),
        std::env::var("PATH").unwrap_or_default()
    );
    let installed = annexe(home).args(["install", "bash-server"]).output();
    let installed = installed.expect("started");
    assert!(installed.status.success(), "{installed:?}");
    let bridge = || {
        let mut command = annexe(home);
        command.args(["lsp", "bash-language-server", "--offline"]);
        command.env("PATH", &path).env(ROLE, "server");
        Client::over(&mut command)
    };
    let direct = || {
        let mut command = std::process::Command::new(programs.join("bash-language-server"));
        command.env(ROLE, "server");
        Client::over(&mut command)
    };
    // The first compiles and fills what is kept.
    let mut first = bridge();
    first.initialize();
    first.end();
    let (mut ours, mut bare) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        let both: [bool; 2] = [round % 2 == 0, round % 2 != 0];
        for is_ours in both {
            let (time, client) = timed(|| {
                let mut client = if is_ours { bridge() } else { direct() };
                client.initialize();
                client
            });
            client.end();
            if is_ours { &mut ours } else { &mut bare }.push(time);
        }
    }
    let (ours, bare) = (median(ours), median(bare));
    let over = ours.saturating_sub(bare);
    let verdict = if over <= MOST_TIME { "met" } else { "missed" };
    println!(
        "\n{:<58} {:>10} {:>10}\n{:<58} {:>10} {:>10}  over {:>9}  target <= {} {verdict}",
        "a server of an installed extension, everything warm",
        "annexe",
        "direct",
        "from the start to the answer of `initialize`",
        microseconds(ours),
        microseconds(bare),
        microseconds(over),
        microseconds(MOST_TIME)
    );
    let mut client = bridge();
    client.initialize();
    std::thread::sleep(Duration::from_millis(500));
    if let Some(private) = private(&client) {
        let verdict = if private <= MOST_KIBIBYTES {
            "met"
        } else {
            "missed"
        };
        println!(
            "{:<58} {private:>6} KiB {:>21}  target <= {MOST_KIBIBYTES} KiB {verdict}",
            "private memory of a bridge at rest", ""
        );
    }
    client.end();
}

/// The private memory of a client's program in KiB, without the pages of the program's file.
fn private(client: &Client) -> Option<u64> {
    let path = format!("/proc/{}/smaps_rollup", client.child.id());
    let rollup = fs::read_to_string(Path::new(&path)).ok()?;
    let lines = rollup
        .lines()
        .filter(|line| line.starts_with("Private_Dirty:"));
    lines
        .map(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok())
        .sum()
}
