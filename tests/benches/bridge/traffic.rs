//! Messages there and back, over each way.

use std::{
    fs,
    path::Path,
    thread,
    time::{Duration, Instant},
};

use nix::{
    sched::{CpuSet, sched_getaffinity, sched_setaffinity},
    unistd::Pid,
};

use crate::{
    client::{Client, Way, frame},
    table::{microseconds, timed},
};

/// The ways take turns, so that what else the machine does meets each alike.
const TURNS: usize = 20;
/// Messages in one turn: answered one after another, of 5 MB, and as fast as they are taken.
const SHORT: usize = 1_000;
const LONG: usize = 4;
const MANY: usize = 10_000;

/// The most time over a direct pipe at the median, for 1 KB there and back.
const MOST_OVER: Duration = Duration::from_micros(12);
/// How many times the direct pipe's the slowest of a hundred may take.
const MOST_TAIL: f64 = 6.0;
/// The least throughput of 5 MB, in parts of the direct pipe's.
const LEAST_THROUGHPUT: f64 = 0.8;
/// The most processor time per message over plain framing.
const MOST_PROCESSOR: Duration = Duration::from_micros(2);

/// The cores that all processes of a session run on.
///
/// A message wakes up to four of them in turn. A core that rests takes far longer to wake than the message to be passed on,
/// and where the scheduler puts each process differs from run to run, so the targets are held on one core.
#[derive(Clone, Copy, PartialEq)]
enum Cores {
    One,
    All,
}

pub(crate) fn run() {
    let home = tempfile::tempdir().expect("a folder");
    let all = sched_getaffinity(Pid::from_raw(0)).expect("the cores");
    let first = (0..CpuSet::count()).find(|core| all.is_set(*core) == Ok(true));
    let mut one = CpuSet::new();
    one.set(first.expect("a core")).expect("a core");
    for (cores, set) in [(Cores::One, &one), (Cores::All, &all)] {
        // What is started inherits it.
        sched_setaffinity(Pid::from_raw(0), set).expect("set");
        compare(cores, home.path());
    }
    let mut client = Client::start(Way::Bridge, home.path());
    client.initialize();
    stall(client);
}

fn compare(cores: Cores, home: &Path) {
    let title = match cores {
        Cores::One => "messages, all processes on one core",
        Cores::All => "messages, on all cores (no target)",
    };
    println!(
        "\n{title:<44} {:>12} {:>12} {:>12}",
        "annexe", "direct", "relay"
    );
    let verdict = |is_met: bool, text: &str| {
        if cores == Cores::One {
            verdict(is_met, text);
        }
    };
    let ways = [Way::Bridge, Way::Direct, Way::Relay];
    let mut sessions = ways.map(|way| {
        let mut client = Client::start(way, home);
        client.initialize();
        client
    });
    let mut short = ways.map(|_| Vec::with_capacity(TURNS * SHORT));
    let kilobyte = message(1_000);
    // The first turn warms up.
    for turn in 0..=TURNS {
        for (client, times) in sessions.iter_mut().zip(&mut short) {
            let of_turn = answered(client, &kilobyte, SHORT);
            times.extend(of_turn.into_iter().filter(|_| turn > 0));
        }
    }
    let short = short.map(median_and_tail);
    let [(ours, ours_tail), (bare, bare_tail), (relay, relay_tail)] = short;
    row("1 KB there and back, median", [ours, bare, relay]);
    let over = ours.saturating_sub(bare);
    verdict(
        over <= MOST_OVER,
        &format!(
            "over {} target <= {}",
            microseconds(over),
            microseconds(MOST_OVER)
        ),
    );
    row(
        "1 KB there and back, 99 of 100",
        [ours_tail, bare_tail, relay_tail],
    );
    let ratio = ours_tail.as_secs_f64() / bare_tail.as_secs_f64();
    verdict(
        ratio <= MOST_TAIL,
        &format!("ratio {ratio:.2} target <= {MOST_TAIL:.2}"),
    );

    let long = streamed(&mut sessions, &message(5_000_000), LONG);
    let rate = |time: Duration| (TURNS * LONG * 5) as f64 / time.as_secs_f64();
    println!(
        "{:<44} {:>7.0} MB/s {:>7.0} MB/s {:>7.0} MB/s",
        "5 MB after 5 MB, there and back",
        rate(long[0].0),
        rate(long[1].0),
        rate(long[2].0)
    );
    let ratio = rate(long[0].0) / rate(long[1].0);
    verdict(
        ratio >= LEAST_THROUGHPUT,
        &format!("ratio {ratio:.2} target >= {LEAST_THROUGHPUT:.2}"),
    );

    let many = streamed(&mut sessions, &kilobyte, MANY);
    let per = |time: Duration| time / u32::try_from(2 * TURNS * MANY).expect("a number");
    let [ours, _, relay] = many.map(|(_, processor)| per(processor));
    println!(
        "{:<44} {:>12} {:>12} {:>12}",
        "processor time of one 1 KB message, one way",
        microseconds(ours),
        "",
        microseconds(relay)
    );
    let over = ours.saturating_sub(relay);
    verdict(
        over <= MOST_PROCESSOR,
        &format!(
            "over {} target <= {}",
            microseconds(over),
            microseconds(MOST_PROCESSOR)
        ),
    );
    sessions.into_iter().for_each(Client::end);
}

fn row(what: &str, times: [Duration; 3]) {
    let [ours, bare, relay] = times.map(microseconds);
    println!("{what:<44} {ours:>12} {bare:>12} {relay:>12}");
}

fn verdict(is_met: bool, text: &str) {
    println!(
        "{:<44} {text} {}",
        "",
        if is_met { "met" } else { "missed" }
    );
}

/// A notification of about this length, as editors write it.
fn message(length: usize) -> Vec<u8> {
    let text = "x".repeat(length);
    frame(
        format!(r#"{{"jsonrpc":"2.0","method":"bench/echo","params":{{"text":"{text}"}}}}"#)
            .as_bytes(),
    )
}

/// One message after another is answered.
fn answered(client: &mut Client, message: &[u8], rounds: usize) -> Vec<Duration> {
    let round = |_| {
        let (time, _) = timed(|| {
            client.send(message);
            client.receive()
        });
        time
    };
    (0..rounds).map(round).collect()
}

/// The median, and what ninety-nine of a hundred stay below.
fn median_and_tail(mut times: Vec<Duration>) -> (Duration, Duration) {
    times.sort();
    (times[times.len() / 2], times[times.len() * 99 / 100])
}

/// What each way takes for all its turns: the time, and the processor time of its program.
fn streamed(
    sessions: &mut [Client; 3],
    message: &[u8],
    rounds: usize,
) -> [(Duration, Duration); 3] {
    let before = [0, 1, 2].map(|way| processor(sessions[way].child.id()));
    let mut times = [Duration::ZERO; 3];
    for _ in 0..TURNS {
        for (client, time) in sessions.iter_mut().zip(&mut times) {
            *time += stream(client, message, rounds);
        }
    }
    [0, 1, 2].map(|way| {
        let after = processor(sessions[way].child.id());
        (times[way], after.saturating_sub(before[way]))
    })
}

/// Messages are sent as fast as they are taken, while their answers are read.
fn stream(client: &mut Client, message: &[u8], rounds: usize) -> Duration {
    let mut input = client.input.take().expect("an input");
    let start = Instant::now();
    thread::scope(|scope| {
        scope.spawn(|| {
            for _ in 0..rounds {
                std::io::Write::write_all(&mut input, message).expect("written");
            }
        });
        for _ in 0..rounds {
            client.receive();
        }
    });
    client.input = Some(input);
    start.elapsed()
}

/// The processor time of a process, without its children.
fn processor(process: u32) -> Duration {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    let rest = stat.rsplit(") ").next().unwrap_or_default();
    let field = |index: usize| -> u64 {
        let fields: Vec<&str> = rest.split_whitespace().collect();
        fields
            .get(index)
            .and_then(|it| it.parse().ok())
            .unwrap_or(0)
    };
    // In ticks of a hundredth of a second.
    Duration::from_millis(10 * (field(11) + field(12)))
}

/// An editor that does not read for five seconds while the server writes 8 MB: it goes on, and nothing is lost.
fn stall(mut client: Client) {
    let message = message(1_000_000);
    for _ in 0..8 {
        client.send(&message);
    }
    thread::sleep(Duration::from_secs(5));
    let (time, _) = timed(|| {
        for _ in 0..8 {
            client.receive();
        }
    });
    println!(
        "{:<44} {:>12}",
        "8 MB that nobody read for 5 s, read then",
        microseconds(time)
    );
    client.end();
}
