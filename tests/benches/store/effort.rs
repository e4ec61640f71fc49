//! What some work cost the processors, and what other programs had of them meanwhile.

use std::time::Duration;

/// The clock that processor time is counted with: a hundredth of a second, on every Linux.
const TICK: Duration = Duration::from_millis(10);

/// What some work took.
pub(crate) struct Effort {
    pub(crate) time: Duration,
    /// The processor time of this process; zero where the system does not tell.
    pub(crate) own: Duration,
    /// The processor time of everything else on the machine; zero as well.
    pub(crate) elsewhere: Duration,
}

/// Does some work that gives how long it took.
pub(crate) fn metered(work: impl FnOnce() -> Duration) -> Effort {
    let (own, all) = (own(), all());
    let time = work();
    let own = self::own() - own;
    Effort {
        time,
        own,
        elsewhere: (self::all() - all).saturating_sub(own),
    }
}

/// The processor time of this process so far.
fn own() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The program's name, which may hold anything, ends with the last parenthesis. Of the fields after
    // it the 12th and the 13th are the time in the program and in the kernel.
    let (_, fields) = stat.rsplit_once(')').unwrap_or_default();
    ticks(fields.split_whitespace().skip(11).take(2))
}

/// The processor time of the whole machine so far, idling apart.
fn all() -> Duration {
    let stat = std::fs::read_to_string("/proc/stat").unwrap_or_default();
    let mut fields = stat.lines().next().unwrap_or_default().split_whitespace();
    // `cpu`, user, nice, system, idle, iowait, irq, softirq, steal; what follows is in these already.
    let busy = fields.by_ref().skip(1).take(3).collect::<Vec<_>>();
    ticks(busy.into_iter().chain(fields.skip(2).take(3)))
}

fn ticks<'a>(fields: impl Iterator<Item = &'a str>) -> Duration {
    let counts = fields.filter_map(|field| field.parse::<u32>().ok());
    counts.map(|count| TICK * count).sum()
}
