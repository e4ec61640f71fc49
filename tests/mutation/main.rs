//! The command and files that are not as they should be: inputs of every kind of file that it reads are mutated, and the
//! command is run on each, as a process.
//!
//! Whatever it is given, the command
//!
//! - neither panics nor is ended by a signal, and its exit code is 0 or 1 (2 where the input is a word of the command
//!   line);
//! - ends: within 20 s of processor time, and a minute in all;
//! - writes to at most 1 GiB of memory, and no file of more than 512 MiB;
//! - says what is wrong: once, with one way out at most, in lines that a person can read and that have no control
//!   characters; with `--json`, in JSON;
//! - where it fails, loses nothing that is installed.
//!
//! `cargo test` tries a few inputs of each kind, always the same. For as long as one likes, and with other inputs:
//!
//! ```sh
//! ANNEXE_MUTATION_SECONDS=1800 ANNEXE_MUTATION_SEED=7 cargo test --test mutation -- --nocapture
//! ```
//!
//! An input that brings a fault is kept below `target/tmp/mutation/`, beside what the command has said.
//! `ANNEXE_MUTATION_KIND=index` tries that kind alone, and `ANNEXE_MUTATION_NUMBER=17` that input of it;
//! `ANNEXE_MUTATION_PROGRAM=target/release/annexe`, by its whole path, tries another build.
//!
//! - `kinds`: what there is; `kind`: what a kind is; `samples/`: what is mutated;
//! - `world`: the folders around an input; `server`: who answers;
//! - `text`, `tokens`, `hostile`, `bytes`, `archive`, `component`, `frames`: what is done to an input; `random`: which of it;
//! - `child`: the command as a process; `verdict`: what must be true of it; `campaign`: one input after the other.
#![cfg(all(target_os = "linux", feature = "cli"))]
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test lays out files, tells how far it is, and fails by panicking"
)]

mod archive;
mod bytes;
mod campaign;
mod child;
mod component;
mod frames;
mod hostile;
mod kind;
mod kinds;
mod random;
mod server;
#[path = "../support/mod.rs"]
mod support;
mod text;
mod tokens;
mod verdict;
mod world;

use std::time::Duration;

use self::{
    campaign::{Campaign, Length, put_back, run},
    kinds::KINDS,
    world::World,
};

/// How many inputs of each kind are tried where nothing else is said.
const COUNT: u64 = 3;

#[test]
fn whatever_a_file_holds_the_command_says_what_is_wrong_and_ends() {
    let number = |name: &str| variable(name).parse::<u64>().ok();
    let seconds = number("ANNEXE_MUTATION_SECONDS");
    let length = match (number("ANNEXE_MUTATION_NUMBER"), seconds) {
        (Some(first), _) => Length::Inputs { first, count: 1 },
        (None, Some(seconds)) => Length::Time(Duration::from_secs(seconds)),
        (None, None) => Length::Inputs {
            first: 0,
            count: COUNT,
        },
    };
    let campaign = Campaign {
        seed: number("ANNEXE_MUTATION_SEED").unwrap_or(1),
        length,
        kinds: variable("ANNEXE_MUTATION_KIND"),
    };
    let faults = campaign.run();
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

/// What is not mutated is read to its end by each command: mutated inputs come as far.
#[test]
fn what_is_not_mutated_is_taken() {
    // A program that is no language server, parts that Zed has no more, and a manifest that registries have no more.
    const REFUSED: [&str; 3] = ["doctor", "zed", "legacy"];
    let world = World::new();
    let mut refused = Vec::new();
    for kind in KINDS.iter().filter(|kind| kind.name != "words") {
        let originals = kind.originals(&world);
        for words in kind.commands {
            let (ended, command) = run(kind, words, &originals[0], &world);
            let is_refused = words.iter().any(|word| REFUSED.contains(word));
            if ended.code() != Ok(0) && !is_refused {
                let error = String::from_utf8_lossy(&ended.stderr).into_owned();
                refused.push(format!("{} {command}: {error}", kind.name));
            }
            put_back(kind, &originals, &world);
        }
    }
    assert!(refused.is_empty(), "\n{}", refused.join("\n"));
}

fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_default()
}
