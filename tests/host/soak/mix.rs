//! A mix of calls on many extensions from several tasks at once, with faults at random.

use std::{
    collections::{BTreeMap, HashSet},
    sync::{Arc, Mutex},
    time::Duration,
};

use annexe::{
    CallError, Extension, LimitExceeded, Limits, Supervision,
    delegate::SharedWorktree,
    types::{Completion, ServerId},
};

use super::{check_flat, memory, run};
use crate::guest::{self, Place, VERSIONS, ask};

const CALLS: u64 = 20_000;
const EXTENSIONS: usize = 20;
const CALLERS: u64 = 4;

/// A small generator of numbers that only look random (splitmix64).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }
}

/// Waits until nothing but the test itself holds the worktree.
async fn until_given_back(worktree: &SharedWorktree, holders: usize) {
    while Arc::strong_count(worktree) > holders {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

/// What a caller asks, and what may come of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Ask {
    Echo,
    Label,
    Count,
    Fail,
    Read,
    GiveUp,
    Trap,
    Stack,
    Allocate,
    Answer,
    Wait,
}

impl Ask {
    fn one(random: &mut Random) -> Self {
        match random.below(1000) {
            0..500 => Self::Echo,
            500..650 => Self::Label,
            650..800 => Self::Count,
            800..880 => Self::Fail,
            880..960 => Self::Read,
            960..985 => Self::GiveUp,
            985..990 => Self::Trap,
            990..993 => Self::Stack,
            993..995 => Self::Allocate,
            995..998 => Self::Answer,
            _ => Self::Wait,
        }
    }
}

struct Loaded {
    version: &'static str,
    place: Place,
    worktree: SharedWorktree,
    extension: Extension,
    /// The newest instance that was asked for its count, by the restarts before it, and what it answered.
    counts: Mutex<(u64, HashSet<String>)>,
}

/// Asks one question, and checks that the answer is the answer to it.
async fn ask_one(loaded: &Loaded, ask: Ask, token: u64, random: &mut Random) {
    let Loaded {
        version,
        worktree,
        extension,
        ..
    } = loaded;
    let command = |verb: String| {
        extension.language_server_command(ServerId::new(verb, "Rust"), worktree.clone())
    };
    let context = || format!("{version} {ask:?} {token}");
    match ask {
        Ask::Echo => {
            let verb = format!("echo:{token}");
            let answer = command(verb.clone()).await.unwrap();
            assert_eq!(answer.args[0], verb, "{}", context());
        }
        Ask::Label => {
            let completions: Vec<_> = (0..random.below(4))
                .map(|number| Completion {
                    label: format!("{token}-{number}"),
                    ..Completion::default()
                })
                .collect();
            let server = ServerId::new("label", "Rust");
            let labels = extension.labels_for_completions(server, completions.clone());
            let labels = labels.await.unwrap();
            assert_eq!(labels.len(), completions.len(), "{}", context());
            if guest::has(version, "0.0.6") {
                for (label, completion) in labels.into_iter().zip(completions) {
                    let code = label.unwrap().code;
                    assert!(code.starts_with(&completion.label), "{} {code}", context());
                }
            }
        }
        Ask::Count => {
            let before = extension.health().restarts;
            let count = command("count".into()).await.unwrap().args[0].clone();
            if extension.health().restarts == before {
                let mut counts = loaded.counts.lock().unwrap();
                if before > counts.0 {
                    *counts = (before, HashSet::new());
                }
                let is_new = before < counts.0 || counts.1.insert(count.clone());
                assert!(is_new, "{}: {count} twice on one instance", context());
            }
        }
        Ask::Fail => {
            let error = command(format!("fail:{token}")).await.unwrap_err();
            assert_eq!(error, CallError::guest(token.to_string()), "{}", context());
        }
        Ask::Read => {
            let text = command("read:file".into()).await.unwrap();
            assert_eq!(text.args, ["a text"], "{}", context());
        }
        Ask::GiveUp => {
            let verb = ["echo", "sleep:5", "loop", "read:file"][random.below(4) as usize];
            let steps = random.below(6);
            let patience = async {
                for _ in 0..steps {
                    tokio::task::yield_now().await;
                }
            };
            tokio::select! {
                biased;
                answer = command(verb.into()) => drop(answer.unwrap()),
                () = patience => {}
            }
        }
        Ask::Trap | Ask::Stack => {
            let verb = if ask == Ask::Trap { "trap" } else { "stack" };
            let error = command(verb.into()).await.unwrap_err();
            assert!(
                matches!(error, CallError::Trap { .. }),
                "{} {error:?}",
                context()
            );
        }
        Ask::Allocate | Ask::Answer | Ask::Wait => {
            let (verb, limit) = match ask {
                Ask::Allocate => ("allocate:64", LimitExceeded::Memory(MEMORY)),
                Ask::Answer => ("answer:100000", LimitExceeded::AnswerBytes(ANSWER)),
                _ => ("sleep:600000", LimitExceeded::CallTime(CALL_TIME)),
            };
            let error = command(verb.into()).await.unwrap_err();
            assert_eq!(error, CallError::Limit(limit), "{}", context());
        }
    }
}

const MEMORY: usize = 16 << 20;
const ANSWER: usize = 64 << 10;
const CALL_TIME: Duration = Duration::from_secs(5);

#[cfg_attr(
    feature = "cli",
    tokio::test(flavor = "multi_thread", worker_threads = 4)
)]
#[cfg_attr(not(feature = "cli"), tokio::test)]
#[ignore = "another test runs it in a process of its own, whose memory is its own"]
async fn many_extensions() {
    let (calls, seed) = run(CALLS);
    let mut limits = Limits::default();
    limits.memory_bytes = MEMORY;
    limits.answer_bytes = ANSWER;
    limits.call_time = CALL_TIME;
    limits.handles = 100;
    let mut supervision = Supervision::default();
    supervision.faults = u32::MAX;
    let host = guest::builder()
        .limits(limits)
        .supervision(supervision)
        .build()
        .unwrap();
    let mut all = Vec::new();
    for number in 0..EXTENSIONS {
        let version = VERSIONS[number % VERSIONS.len()];
        let place = Place::new();
        std::fs::write(place.worktree_dir().join("file"), "a text").unwrap();
        all.push(Loaded {
            version,
            worktree: place.worktree(),
            extension: guest::start(&host, version, &place).await,
            place,
            counts: Mutex::default(),
        });
    }
    let all = Arc::new(all);
    let mut random = Random(seed);
    // Half to warm up, so that every sort of call has been made on every version.
    let warm = mix(&all, calls / 2, &mut random).await;
    let before = memory();
    let asked = mix(&all, calls - calls / 2, &mut random).await;
    println!("asked: {asked:?}");
    check_flat(calls, before, memory());

    let mut faults = 0;
    for loaded in all.iter() {
        until_given_back(&loaded.worktree, 1).await;
        let before = ask(&loaded.extension, &loaded.place, "count")
            .await
            .unwrap();
        let after = ask(&loaded.extension, &loaded.place, "count")
            .await
            .unwrap();
        let number = |answer: &[String]| answer[0].parse::<u64>().unwrap();
        assert_eq!(number(&after), number(&before) + 1, "{}", loaded.version);
        let health = loaded.extension.health();
        assert!(health.restarts >= health.faults, "{health:?}");
        assert_eq!(health.queued_calls, 0);
        faults += health.faults;
    }
    let caused: u64 = [warm, asked]
        .iter()
        .flat_map(|asked| asked.iter().filter(|(ask, _)| **ask >= Ask::Trap))
        .map(|(_, count)| count)
        .sum();
    assert_eq!(faults, caused, "each fault is one that was asked for");
}

/// Makes calls from several tasks at once; tells how many of each sort.
async fn mix(all: &Arc<Vec<Loaded>>, calls: u64, random: &mut Random) -> BTreeMap<Ask, u64> {
    let callers = (0..CALLERS).map(|caller| {
        let all = all.clone();
        let mut random = Random(random.next());
        tokio::spawn(async move {
            let mut asked = BTreeMap::new();
            for number in 0..calls / CALLERS {
                let loaded = &all[random.below(EXTENSIONS as u64) as usize];
                // Those that wait are few: they take their time.
                let ask = match Ask::one(&mut random) {
                    Ask::Wait if random.below(50) > 0 => Ask::Trap,
                    ask => ask,
                };
                *asked.entry(ask).or_insert(0) += 1;
                ask_one(loaded, ask, number * CALLERS + caller, &mut random).await;
            }
            asked
        })
    });
    let mut sum = BTreeMap::new();
    for caller in callers.collect::<Vec<_>>() {
        for (ask, count) in caller.await.unwrap() {
            *sum.entry(ask).or_insert(0) += count;
        }
    }
    sum
}
