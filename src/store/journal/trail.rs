//! What one running extension has asked for and is not written yet. The same request again is counted and not
//! repeated, and the more often it comes the less often its count is written: who asks in a loop fills
//! neither the disk nor the memory.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use super::{AuditEntry, AuditOutcome};
use crate::{
    capability::{Capability, DeniedBy},
    registry::Timestamp,
    types::{ExtensionId, ExtensionOrigin},
};

/// The most different requests of one outcome that are kept of one run; those beyond are counted together. Each
/// outcome has its own, so that nothing that is allowed hides what is refused.
const MOST_REQUESTS: usize = 256;

/// The most bytes of one outcome that are written at once, give or take a line. What is beyond is lost: no honest
/// extension asks for so much.
const MOST_BYTES: usize = 1 << 18;

/// How long the count of a request waits after its last line: this at first, then twice as long each time.
const FIRST_WAIT: Duration = Duration::from_secs(60);
const LONGEST_WAIT: Duration = Duration::from_secs(60 * 60);

/// What one running extension has asked for.
#[derive(Default)]
pub(super) struct Trail {
    /// Where the extension comes from.
    origin: Option<ExtensionOrigin>,
    seen: HashMap<AuditOutcome, HashMap<Capability, Seen>>,
    /// How often anything was asked for: puts lines in their order.
    count: u64,
    /// Something is there that was not asked for before.
    has_new: bool,
}

/// One request.
struct Seen {
    and_others: bool,
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

    /// Hears a request and its outcome.
    pub(super) fn hear(&mut self, request: &Capability, refused_by: Option<DeniedBy>) {
        // The guest chooses how long it is, and it is kept.
        let request = request.in_short();
        self.count += 1;
        let order = self.count;
        let of_outcome = self.seen.entry(refused_by.into()).or_default();
        if let Some(seen) = of_outcome.get_mut(&request) {
            return seen.add(order);
        }
        let has_room = of_outcome.len() < MOST_REQUESTS;
        let key = match has_room {
            true => request,
            false => request.any_of_kind(),
        };
        let seen = of_outcome.entry(key).or_insert_with(|| {
            self.has_new = true;
            Seen {
                and_others: false,
                times: 0,
                at: Timestamp::now(),
                order,
                due: Instant::now(),
                wait: FIRST_WAIT,
            }
        });
        seen.and_others |= !has_room;
        seen.add(order);
    }

    /// Whether there is nothing that is to be written soon.
    pub(super) fn is_quiet(&self) -> bool {
        !self.has_new
    }

    /// Takes the lines that are due, or all there are.
    pub(super) fn take(&mut self, all: bool, id: &ExtensionId, version: &str) -> String {
        let now = Instant::now();
        let mut lines = Vec::new();
        for (outcome, requests) in &mut self.seen {
            for (request, seen) in requests {
                if seen.times == 0 || !(all || seen.due <= now) {
                    continue;
                }
                let entry = AuditEntry {
                    at: seen.at,
                    extension: id.clone(),
                    origin: self.origin.clone(),
                    version: version.to_owned(),
                    request: request.clone(),
                    outcome: *outcome,
                    times: seen.times,
                    and_others: seen.and_others,
                };
                lines.push((seen.order, entry));
                seen.times = 0;
                seen.due = now + seen.wait;
                seen.wait = (2 * seen.wait).min(LONGEST_WAIT);
            }
        }
        self.has_new = false;
        lines.sort_by_key(|(order, _)| *order);
        let mut text = String::new();
        let mut written = HashMap::<AuditOutcome, usize>::new();
        for (_, entry) in lines {
            let bytes = written.entry(entry.outcome).or_default();
            if *bytes < MOST_BYTES {
                let before = text.len();
                entry.write(&mut text);
                *bytes += text.len() - before;
            }
        }
        text
    }
}

impl Seen {
    fn add(&mut self, order: u64) {
        if self.times == 0 {
            self.at = Timestamp::now();
            self.order = order;
        }
        self.times += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn npm(package: &str) -> Capability {
        Capability::of_package(package)
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
            trail.hear(&npm("b"), Some(DeniedBy::Grants));
        }
        trail.hear(&npm("a"), None);
        trail.hear(&npm("b"), None);
        let told = entries(&trail.take(false, &id, "1.0.0"));
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
            trail.hear(&npm("b"), None);
        }
        assert!(trail.is_quiet());
        assert_eq!(trail.take(false, &id, "1.0.0"), "", "it is not due yet");
        let rest = entries(&trail.take(true, &id, "1.0.0"));
        assert_eq!((rest.len(), rest[0].times), (1, 1000));
        assert_eq!(trail.take(true, &id, "1.0.0"), "");
    }

    #[test]
    fn more_requests_than_there_is_room_for_are_counted_together() {
        let id = "one".parse().unwrap();
        let mut trail = Trail::default();
        for number in 0..10_000 {
            trail.hear(&npm(&number.to_string()), None);
        }
        let told = entries(&trail.take(true, &id, "1.0.0"));
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
            trail.hear(&request, None);
        }
        trail.hear(&npm("by hand"), Some(DeniedBy::Grants));
        for number in 0..10_000 {
            trail.hear(&npm(&number.to_string()), Some(DeniedBy::Manifest));
        }
        trail.hear(&npm("another"), Some(DeniedBy::Grants));
        let told = entries(&trail.take(true, &id, "1.0.0"));
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
        trail.hear(&Capability::of_program("sh", &args), None);
        let line = trail.take(true, &id, "1.0.0");
        assert!(line.len() < 16 << 10, "{}", line.len());
        assert!(entries(&line)[0].request.to_string().contains('…'));
    }
}
