//! With fixed clocks and a seed, a guest does the same each time.

use std::time::{Duration, SystemTime};

use annexe::sandbox::{MonotonicClock, Randomness, Sandbox, WallClock};

use super::Fixture;
use crate::guest::VERSIONS;

fn repeatable(seed: u64) -> Sandbox {
    let mut sandbox = Sandbox::default();
    let time = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
    sandbox.wall_clock = WallClock::Fixed(time);
    sandbox.monotonic_clock = MonotonicClock::Stepped(Duration::from_millis(1));
    sandbox.randomness = Randomness::Seeded(seed);
    sandbox
}

/// What the clocks tell and what is drawn, in a life of a guest's.
async fn life(version: &str, sandbox: &Sandbox) -> Vec<Vec<String>> {
    let fixture = Fixture::new();
    let extension = fixture.start(version, sandbox).await;
    let mut answers = Vec::new();
    for verb in ["random", "time", "sleep:1", "random", "time"] {
        answers.push(fixture.ask(&extension, verb).await.unwrap());
    }
    answers
}

#[tokio::test]
async fn two_lives_are_the_same_to_the_byte() {
    for version in VERSIONS {
        let first = life(version, &repeatable(7)).await;
        let second = life(version, &repeatable(7)).await;
        assert_eq!(first, second, "{version}");
        assert_ne!(first[0], first[3], "{version}: other numbers each time");
        let other = life(version, &repeatable(8)).await;
        assert_ne!(first[0], other[0], "{version}: another seed");
        assert_eq!(first[1], other[1], "{version}: the same clocks");
        assert_eq!(first[1][..2], ["Ok(1000000000s)", "1ms"], "{version}");
    }
}

#[tokio::test]
async fn without_them_no_two_lives_are_the_same() {
    for version in VERSIONS {
        let sandbox = Sandbox::default();
        let [first, second] = [life(version, &sandbox).await, life(version, &sandbox).await];
        assert_ne!(first[0], second[0], "{version}: random numbers");
        assert_ne!(first[1], second[1], "{version}: time");
    }
}

#[tokio::test]
async fn who_sleeps_on_a_stepped_clock_wakes_at_once_and_later() {
    for step in [Duration::ZERO, Duration::from_millis(1), Duration::MAX] {
        for version in VERSIONS {
            let fixture = Fixture::new();
            let mut sandbox = Sandbox::default();
            sandbox.monotonic_clock = MonotonicClock::Stepped(step);
            let extension = fixture.start(version, &sandbox).await;
            // An hour, which is more than a call may take.
            let slept = fixture.ask(&extension, "sleep:3600000").await;
            assert_eq!(slept.unwrap(), Vec::<String>::new(), "{version}");
        }
    }
}
