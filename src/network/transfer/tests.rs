use std::{collections::VecDeque, convert::Infallible};

use futures_util::stream;

use super::*;

/// One connection: where it begins, the size that it announces, its pieces, and whether it is cut after them.
type Connection = (u64, Option<u64>, &'static [&'static str], bool);

/// A receiver of what a script says.
struct Scripted {
    connections: VecDeque<Connection>,
    /// From where each connection was asked for.
    asked: Vec<u64>,
    written: String,
}

/// How a transfer has failed.
type Failed = Problem<String>;

impl Receiver for Scripted {
    type Cut = String;
    type Error = Failed;

    async fn open(&mut self, received: u64) -> Result<Arrival<String>, Failed> {
        self.asked.push(received);
        let (offset, size, pieces, is_cut) = self.connections.pop_front().unwrap();
        let pieces = pieces
            .iter()
            .map(|piece| Ok(Bytes::from_static(piece.as_bytes())));
        let cut = is_cut.then(|| Err("cut".to_owned()));
        Ok(Arrival {
            offset,
            size,
            pieces: stream::iter(pieces.chain(cut).collect::<Vec<_>>()).boxed(),
        })
    }

    fn restart(&mut self) -> Result<(), Failed> {
        self.written.clear();
        Ok(())
    }

    async fn write(&mut self, piece: &[u8], received: u64, _: Option<u64>) -> Result<(), Failed> {
        self.written.push_str(std::str::from_utf8(piece).unwrap());
        assert_eq!(self.written.len() as u64, received);
        Ok(())
    }

    fn ended(&mut self, _: u64, _: Option<u64>) -> Result<(), End<String, Failed>> {
        Ok(())
    }

    fn failed(&mut self, problem: Failed, received: u64) -> Failed {
        assert_eq!(self.written.len() as u64, received);
        problem
    }
}

fn rules(beginning: Beginning) -> Rules {
    Rules {
        retry: RetryPolicy {
            tries: 3,
            first_delay: Duration::ZERO,
            longest_delay: Duration::ZERO,
        },
        limit_bytes: 10,
        pace: Pace::Unlimited,
        beginning,
        forgives: true,
    }
}

/// What is written in the end, how it fails, and from where each connection was asked for.
async fn run(connections: &[Connection], rules: &Rules) -> (String, Option<Failed>, Vec<u64>) {
    let mut scripted = Scripted {
        connections: connections.iter().copied().collect(),
        asked: Vec::new(),
        written: String::new(),
    };
    let mut so_far = SoFar::default();
    let failed = receive(&mut scripted, &mut so_far, rules).await.err();
    if failed.is_none() {
        let digest = Sha256Digest::of(scripted.written.as_bytes());
        assert_eq!(so_far.digest(), digest, "{}", scripted.written);
    }
    (scripted.written, failed, scripted.asked)
}

#[tokio::test]
async fn failures_count_in_a_row_or_all() {
    let rules = rules(Beginning::PassOver);
    let letters: Vec<Connection> = (0..9).map(|at| (at, None, &["a"][..], true)).collect();
    let mut all = letters.clone();
    all.push((9, None, &["b"], false));
    let (written, failed, asked) = run(&all, &rules).await;
    assert_eq!((written.as_str(), failed.is_none()), ("aaaaaaaaab", true));
    assert_eq!(asked, Vec::from_iter(0..10));

    let nothing: Connection = (1, None, &[], true);
    let (written, failed, asked) = run(&[letters[0], nothing, nothing], &rules).await;
    assert!(
        matches!(failed, Some(Problem::Interrupted(_))),
        "{failed:?}"
    );
    assert_eq!((written.as_str(), asked.as_slice()), ("a", &[0, 1, 1][..]));

    let strict = Rules {
        forgives: false,
        ..rules
    };
    let (written, failed, _) = run(&all, &strict).await;
    assert!(
        matches!(failed, Some(Problem::Interrupted(_))),
        "{failed:?}"
    );
    assert_eq!(written, "aaa");
}

#[tokio::test]
async fn a_file_that_comes_from_its_start_again_is_passed_over_compared_or_taken_anew() {
    let cut: Connection = (0, None, &["ab", "c"], true);
    let same: Connection = (0, Some(5), &["a", "bcd", "e"], false);
    let other: Connection = (0, Some(5), &["a", "xyz", "e"], false);
    let short: Connection = (0, None, &["ab"], false);
    for (beginning, second, written, is_changed) in [
        (Beginning::PassOver, same, "abcde", false),
        (Beginning::PassOver, other, "abcze", false),
        (Beginning::Compare, same, "abcde", false),
        (Beginning::Compare, other, "abc", true),
        (Beginning::Compare, short, "abc", true),
        (Beginning::Replace, same, "abcde", false),
        (Beginning::Replace, other, "axyze", false),
        (Beginning::Replace, short, "ab", false),
    ] {
        let (found, failed, asked) = run(&[cut, second], &rules(beginning)).await;
        assert_eq!((found.as_str(), asked.as_slice()), (written, &[0, 3][..]));
        let changed = matches!(failed, Some(Problem::Changed));
        assert_eq!(
            (changed, failed.is_some()),
            (is_changed, is_changed),
            "{beginning:?}"
        );
    }
    // What goes on is what it is asked for.
    for beginning in [Beginning::PassOver, Beginning::Compare, Beginning::Replace] {
        let (written, ..) = run(&[cut, (3, Some(5), &["de"], false)], &rules(beginning)).await;
        assert_eq!(written, "abcde", "{beginning:?}");
    }
}

#[tokio::test]
async fn a_transfer_is_bounded_in_bytes_and_in_time() {
    let unlimited = rules(Beginning::Replace);
    let (written, failed, _) = run(&[(0, Some(11), &["a"], false)], &unlimited).await;
    let announced = |bytes, is_announced| Problem::<Infallible>::TooLarge {
        bytes,
        is_announced,
    };
    let words = |problem: Option<Failed>| format!("{:?}", problem.unwrap());
    assert_eq!(
        (written.as_str(), words(failed)),
        ("", format!("{:?}", announced(11, true)))
    );
    let (written, failed, _) = run(&[(0, None, &["abcdefgh", "ijk"], false)], &unlimited).await;
    let expected = ("abcdefgh", format!("{:?}", announced(11, false)));
    assert_eq!((written.as_str(), words(failed)), expected);

    let paces = |bytes| {
        let (start, window) = (Duration::ZERO, Duration::ZERO);
        [
            Pace::Average {
                start,
                bytes_per_second: u64::MAX,
            },
            Pace::Window { bytes, window },
        ]
    };
    for pace in paces(3) {
        let slow = Rules { pace, ..unlimited };
        let (written, failed, _) = run(&[(0, None, &["ab", "c"], false)], &slow).await;
        assert!(
            matches!(failed, Some(Problem::TooSlow { .. })),
            "{pace:?} {failed:?}"
        );
        assert_eq!(written, "");
    }
    let quick = Rules {
        pace: Pace::Window {
            bytes: 2,
            window: Duration::ZERO,
        },
        ..unlimited
    };
    let (written, failed, _) = run(&[(0, None, &["ab", "cd"], false)], &quick).await;
    assert!(failed.is_none(), "{failed:?}");
    assert_eq!(written, "abcd");
}

#[tokio::test]
async fn a_byte_at_each_connection_is_too_slow_in_the_end() {
    let mut rules = rules(Beginning::PassOver);
    rules.retry.first_delay = Duration::from_millis(20);
    rules.retry.longest_delay = Duration::from_millis(20);
    let letters: Vec<Connection> = (0..9).map(|at| (at, None, &["a"][..], true)).collect();
    let window = |bytes| Pace::Window {
        bytes,
        window: Duration::from_millis(2),
    };
    rules.pace = window(1000);
    let (written, failed, _) = run(&letters, &rules).await;
    assert!(
        matches!(failed, Some(Problem::TooSlow { .. })),
        "{failed:?}"
    );
    assert!(written.len() < 9, "{written}");
    rules.pace = window(0);
    let mut all = letters.clone();
    all.push((9, None, &["b"], false));
    assert!(run(&all, &rules).await.1.is_none());
}
