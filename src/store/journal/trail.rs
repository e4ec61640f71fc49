//! What one running extension has asked for and is not written yet. The same request again is counted and not
//! repeated, and the more often it comes the less often its count is written: who asks in a loop fills
//! neither the disk nor the memory.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use super::{AuditEntry, AuditOutcome, asked::Asked};
use crate::{
    registry::Timestamp,
    types::{ExtensionId, ExtensionOrigin},
};

/// The most different requests of one outcome that are kept of one run; those beyond are counted together. Each
/// outcome has its own, so that nothing that is allowed hides what is refused.
const MOST_REQUESTS: usize = 256;

/// The most bytes of one outcome that are written at once, give or take a line. What is beyond waits for the next
/// time; of the counts that are left when an extension goes it is lost.
const MOST_BYTES: usize = 1 << 18;

/// How long the count of a request waits after its last line: this at first, then twice as long each time.
const FIRST_WAIT: Duration = Duration::from_secs(60);
const LONGEST_WAIT: Duration = Duration::from_secs(60 * 60);

/// What one running extension has asked for.
#[derive(Default)]
pub(super) struct Trail {
    /// Where the extension comes from.
    origin: Option<ExtensionOrigin>,
    seen: HashMap<AuditOutcome, HashMap<Asked, Seen>>,
    /// How often anything was asked for: puts lines in their order.
    count: u64,
    /// What the lines tell of that are being written.
    in_hand: Vec<(AuditOutcome, Asked)>,
}

/// One request.
struct Seen {
    and_others: bool,
    /// No line tells of it yet.
    is_new: bool,
    /// How often since its last line; the time and the place in the order are the first's.
    times: u64,
    at: Timestamp,
    order: u64,
    due: Instant,
    wait: Duration,
}

impl Trail {
    /// Says where the extension comes from.
    pub(super) fn comes_from(&mut self, origin: ExtensionOrigin) {
        self.origin = Some(origin);
    }

    /// Hears a request and its outcome; whether a line is due that tells of it.
    pub(super) fn hear(&mut self, asked: &Asked, outcome: AuditOutcome) -> bool {
        // The guest chooses how long it is, and it is kept.
        let asked = asked.in_short();
        self.count += 1;
        let order = self.count;
        let of_outcome = self.seen.entry(outcome).or_default();
        if let Some(seen) = of_outcome.get_mut(&asked) {
            return seen.add(order);
        }
        let has_room = of_outcome.len() < MOST_REQUESTS;
        let key = match has_room {
            true => asked,
            false => asked.any_of_kind(),
        };
        let seen = of_outcome.entry(key).or_insert_with(|| Seen {
            and_others: false,
            is_new: true,
            times: 0,
            at: Timestamp::now(),
            order,
            due: Instant::now(),
            wait: FIRST_WAIT,
        });
        seen.and_others |= !has_room;
        seen.add(order)
    }

    /// Takes back what was heard last of a request.
    pub(super) fn forget(&mut self, asked: &Asked, outcome: AuditOutcome) {
        let asked = asked.in_short();
        let Some(of_outcome) = self.seen.get_mut(&outcome) else {
            return;
        };
        for key in [asked.clone(), asked.any_of_kind()] {
            let Some(seen) = of_outcome.get_mut(&key) else {
                continue;
            };
            seen.times = seen.times.saturating_sub(1);
            if seen.times == 0 && seen.is_new {
                of_outcome.remove(&key);
            }
            return;
        }
    }

    /// The lines that are due, or all there are. They are due until they are [settled](Self::settle).
    pub(super) fn due(&mut self, all: bool, id: &ExtensionId, version: &str) -> String {
        let now = Instant::now();
        let mut lines = Vec::new();
        for (outcome, requests) in &self.seen {
            for (asked, seen) in requests {
                if seen.times == 0 || !(all || seen.due <= now) {
                    continue;
                }
                let entry = AuditEntry {
                    at: seen.at,
                    extension: id.clone(),
                    origin: self.origin.clone(),
                    version: version.to_owned(),
                    request: asked.request.clone(),
                    execution: asked.execution.clone(),
                    outcome: *outcome,
                    times: seen.times,
                    and_others: seen.and_others,
                };
                lines.push((seen.order, asked, entry));
            }
        }
        lines.sort_by_key(|(order, ..)| *order);
        let mut text = String::new();
        let mut written = HashMap::<AuditOutcome, usize>::new();
        self.in_hand.clear();
        for (_, asked, entry) in lines {
            let bytes = written.entry(entry.outcome).or_default();
            if *bytes < MOST_BYTES {
                let before = text.len();
                entry.write(&mut text);
                *bytes += text.len() - before;
                self.in_hand.push((entry.outcome, asked.clone()));
            }
        }
        text
    }

    /// The lines that were due are written.
    pub(super) fn settle(&mut self) {
        let now = Instant::now();
        for (outcome, asked) in std::mem::take(&mut self.in_hand) {
            let requests = self.seen.get_mut(&outcome);
            if let Some(seen) = requests.and_then(|requests| requests.get_mut(&asked)) {
                seen.times = 0;
                seen.is_new = false;
                seen.due = now + seen.wait;
                seen.wait = (2 * seen.wait).min(LONGEST_WAIT);
            }
        }
    }
}

impl Seen {
    fn add(&mut self, order: u64) -> bool {
        if self.times == 0 {
            self.at = Timestamp::now();
            self.order = order;
        }
        self.times += 1;
        self.due <= Instant::now()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capability::Capability;

    fn npm(package: &str) -> Capability {
        Capability::of_package(package)
    }

    /// The lines that are due, or all, which are written then.
    fn taken(trail: &mut Trail, all: bool, id: &ExtensionId) -> String {
        let lines = trail.due(all, id, "1.0.0");
        trail.settle();
        lines
    }

    fn entries(text: &str) -> Vec<AuditEntry> {
        let lines = text.lines();
        lines
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    #[test]
    fn the_first_is_told_at_once_and_the_rest_are_counted() {
        let id = "one".parse().unwrap();
        let mut trail = Trail::default();
        for _ in 0..3 {
            trail.hear(&npm("b").into(), AuditOutcome::RefusedByGrants);
        }
        trail.hear(&npm("a").into(), AuditOutcome::Allowed);
        trail.hear(&npm("b").into(), AuditOutcome::Allowed);
        let told = entries(&taken(&mut trail, false, &id));
        let facts = told
            .iter()
            .map(|it| (it.request.clone(), it.outcome, it.times));
        assert_eq!(
            facts.collect::<Vec<_>>(),
            [
                (npm("b"), AuditOutcome::RefusedByGrants, 3),
                (npm("a"), AuditOutcome::Allowed, 1),
                (npm("b"), AuditOutcome::Allowed, 1),
            ]
        );
        for _ in 0..1000 {
            assert!(!trail.hear(&npm("b").into(), AuditOutcome::Allowed));
        }
        assert_eq!(taken(&mut trail, false, &id), "", "it is not due yet");
        let rest = entries(&taken(&mut trail, true, &id));
        assert_eq!((rest.len(), rest[0].times), (1, 1000));
        assert_eq!(taken(&mut trail, true, &id), "");
    }

    #[test]
    fn what_is_not_written_stays_due_and_what_is_forgotten_was_never_there() {
        let id = "one".parse().unwrap();
        let mut trail = Trail::default();
        assert!(trail.hear(&npm("a").into(), AuditOutcome::RefusedByGrants));
        for _ in 0..2 {
            assert!(trail.hear(&npm("b").into(), AuditOutcome::Allowed));
            assert_eq!(trail.due(false, &id, "1.0.0").lines().count(), 2);
            trail.forget(&npm("b").into(), AuditOutcome::Allowed);
        }
        assert_eq!(entries(&taken(&mut trail, false, &id)).len(), 1);
        // One of which a line tells already is only counted less.
        for forgotten in [false, true] {
            trail.hear(&npm("a").into(), AuditOutcome::RefusedByGrants);
            if forgotten {
                trail.forget(&npm("a").into(), AuditOutcome::RefusedByGrants);
            }
        }
        assert_eq!(entries(&taken(&mut trail, true, &id))[0].times, 1);
    }

    #[test]
    fn more_requests_than_there_is_room_for_are_counted_together() {
        let id = "one".parse().unwrap();
        let mut trail = Trail::default();
        for number in 0..10_000 {
            trail.hear(&npm(&number.to_string()).into(), AuditOutcome::Allowed);
        }
        let told = entries(&taken(&mut trail, true, &id));
        assert_eq!(told.len(), MOST_REQUESTS + 1);
        let last = told.last().unwrap();
        assert_eq!((&last.request, last.and_others), (&npm("*"), true));
        assert_eq!(last.times, 10_000 - MOST_REQUESTS as u64);
    }

    #[test]
    fn what_is_allowed_never_hides_what_is_refused() {
        let id = "one".parse().unwrap();
        let mut trail = Trail::default();
        let long = vec!["é".repeat(1 << 10); 1 << 10];
        for number in 0..10_000 {
            let request = Capability::of_program(&number.to_string(), &long);
            trail.hear(&request.into(), AuditOutcome::Allowed);
        }
        trail.hear(&npm("by hand").into(), AuditOutcome::RefusedByGrants);
        for number in 0..10_000 {
            trail.hear(
                &npm(&number.to_string()).into(),
                AuditOutcome::RefusedByManifest,
            );
        }
        trail.hear(&npm("another").into(), AuditOutcome::RefusedByGrants);
        let told = entries(&taken(&mut trail, true, &id));
        let by_grants = told
            .iter()
            .filter(|line| line.outcome == AuditOutcome::RefusedByGrants)
            .map(|line| (line.request.clone(), line.and_others));
        assert_eq!(
            by_grants.collect::<Vec<_>>(),
            [(npm("by hand"), false), (npm("another"), false)]
        );
    }

    #[test]
    fn a_long_request_is_a_short_line() {
        let id = "one".parse().unwrap();
        let mut trail = Trail::default();
        let args = vec!["é".repeat(1 << 16); 1 << 10];
        trail.hear(
            &Capability::of_program("sh", &args).into(),
            AuditOutcome::Allowed,
        );
        let line = taken(&mut trail, true, &id);
        assert!(line.len() < 16 << 10, "{}", line.len());
        assert!(entries(&line)[0].request.to_string().contains('…'));
    }
}
