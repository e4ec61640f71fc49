//! The pending requests of one running extension, which are not written yet. The same request again is counted and not
//! repeated, and the more often it comes the less often its count is written: who asks in a loop fills
//! neither the disk nor the memory.
//!
//! All lines of one run fit into the audit file and the one before it, so that no act is hidden by those that
//! follow: what is beyond that is refused.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use super::{
    audit::{AuditEntry, AuditOutcome},
    audited_request::AuditedRequest,
};
use crate::base::{
    timestamp::Timestamp,
    types::{ExtensionId, ExtensionOrigin},
};

/// The most different requests that one run is allowed, each of which has a line of its own.
const MOST_ALLOWED: usize = 8_192;

/// The most bytes of their first lines.
const ALLOWED_BYTES: usize = 2 << 20;

/// The most different requests of one way to be refused that are kept of one run, and the bytes of their first
/// lines; those beyond are counted together. Each has its own, so that nothing that is allowed hides what is
/// refused.
const MOST_REFUSED: usize = 256;
const REFUSED_BYTES: usize = 256 << 10;

/// The most bytes of lines that tell how often a request came again, in one run and of one outcome. What is beyond
/// waits for the end.
const COUNTS_BYTES: usize = 128 << 10;

/// The most bytes of such lines that are written at once of one outcome, give or take a line. What is beyond waits
/// for the next time; of the counts that are left when an extension goes it is lost.
const COUNTS_BYTES_AT_ONCE: usize = 64 << 10;

/// How long the count of a request waits after its last line: this at first, then twice as long each time.
const FIRST_WAIT: Duration = Duration::from_secs(60);
const LONGEST_WAIT: Duration = Duration::from_secs(60 * 60);

/// A run has been allowed as many different requests as there may be.
#[derive(Debug, thiserror::Error)]
#[error(
    "since it started, the extension has asked for {MOST_ALLOWED} different things, or for very long ones, and earlier \
     ones would be lost"
)]
pub(in crate::store) struct TooManyRequests;

/// The requests of one running extension.
#[derive(Default)]
pub(super) struct PendingAudit {
    /// Where the extension comes from.
    origin: Option<ExtensionOrigin>,
    outcomes: HashMap<AuditOutcome, OfOutcome>,
    /// Those of which no line tells yet.
    new: Vec<(AuditOutcome, AuditedRequest)>,
    /// When the next count is due; `None` where none waits. They are not looked through before.
    counts_due: Option<Instant>,
    /// How often anything was asked for: puts lines in their order.
    count: u64,
    /// What the lines tell of that are being written.
    in_hand: Vec<(AuditOutcome, AuditedRequest, usize)>,
}

/// The requests that one thing came of.
#[derive(Default)]
struct OfOutcome {
    requests: HashMap<AuditedRequest, Seen>,
    /// The bytes of the first lines of all of them.
    first_bytes: usize,
    /// The bytes of lines that tell how often they came again.
    counts_bytes: usize,
}

/// One request.
struct Seen {
    /// The line as it is with what was asked first.
    entry: AuditEntry,
    /// The bytes of its first line.
    bytes: usize,
    /// No line tells of it yet.
    is_new: bool,
    /// How often since its last line; the time and the place in the order are the first's.
    times: u64,
    order: u64,
    due: Instant,
    wait: Duration,
}

impl PendingAudit {
    /// Says where the extension comes from.
    pub(super) fn comes_from(&mut self, origin: ExtensionOrigin) {
        self.origin = Some(origin);
    }

    /// Hears a request and its outcome; whether a line is due that tells of it.
    ///
    /// # Errors
    /// Where it is to be allowed, and is one more than there may be.
    pub(super) fn hear(
        &mut self,
        asked: &AuditedRequest,
        outcome: AuditOutcome,
        id: &ExtensionId,
        version: &str,
    ) -> Result<bool, TooManyRequests> {
        self.count += 1;
        let order = self.count;
        let of_outcome = self.outcomes.entry(outcome).or_default();
        if let Some(seen) = of_outcome.requests.get_mut(asked) {
            let is_due = seen.add(order);
            if !seen.is_new && of_outcome.counts_bytes < COUNTS_BYTES {
                let due = seen.due;
                self.counts_due = Some(self.counts_due.map_or(due, |next| next.min(due)));
            }
            return Ok(is_due);
        }
        let entry = AuditEntry {
            at: Timestamp::now(),
            extension: id.clone(),
            origin: self.origin.clone(),
            version: version.to_owned(),
            request: asked.request.clone(),
            execution: asked.execution.clone(),
            outcome,
            times: 0,
            and_others: false,
        };
        let seen = Seen::new(entry);
        if of_outcome.has_room(outcome, &seen) {
            of_outcome.first_bytes += seen.bytes;
            let seen = of_outcome.requests.entry(asked.clone()).or_insert(seen);
            self.new.push((outcome, asked.clone()));
            return Ok(seen.add(order));
        }
        if !outcome.is_refusal() {
            return Err(TooManyRequests);
        }
        let others = asked.any_of_kind();
        let entry = AuditEntry {
            request: others.request.clone(),
            execution: None,
            ..seen.entry
        };
        let seen = of_outcome.requests.entry(others.clone());
        let seen = seen.or_insert_with(|| {
            self.new.push((outcome, others));
            Seen::new(entry)
        });
        seen.entry.and_others = true;
        let is_due = seen.add(order);
        if !seen.is_new {
            let due = seen.due;
            self.counts_due = Some(self.counts_due.map_or(due, |next| next.min(due)));
        }
        Ok(is_due)
    }

    /// Whether a line tells of a request.
    pub(super) fn is_told(&self, asked: &AuditedRequest, outcome: AuditOutcome) -> bool {
        self.outcomes
            .get(&outcome)
            .and_then(|of_outcome| of_outcome.requests.get(asked))
            .is_some_and(|seen| !seen.is_new)
    }

    /// Takes back what was heard last of a request that was to be allowed.
    pub(super) fn forget(&mut self, asked: &AuditedRequest, outcome: AuditOutcome) {
        let Some(of_outcome) = self.outcomes.get_mut(&outcome) else {
            return;
        };
        let Some(seen) = of_outcome.requests.get_mut(asked) else {
            return;
        };
        seen.times = seen.times.saturating_sub(1);
        if seen.times == 0 && seen.is_new {
            of_outcome.first_bytes = of_outcome.first_bytes.saturating_sub(seen.bytes);
            of_outcome.requests.remove(asked);
            self.new.retain(|(of, new)| *of != outcome || new != asked);
        }
    }

    /// The lines that are due, or all there are: those of new requests first, and all of them. They are due until
    /// they are [settled](Self::settle).
    pub(super) fn due(&mut self, all: bool) -> String {
        let now = Instant::now();
        let mut lines = Vec::new();
        for (outcome, asked) in &self.new {
            let of_outcome = self.outcomes.get(outcome);
            if let Some(seen) = of_outcome.and_then(|it| it.requests.get(asked)) {
                lines.push((false, seen.order, *outcome, asked, seen));
            }
        }
        if all || self.counts_due.is_some_and(|due| due <= now) {
            for (outcome, asked, seen) in self.counts() {
                if all || seen.due <= now {
                    lines.push((true, seen.order, outcome, asked, seen));
                }
            }
        }
        lines.sort_by_key(|(is_count, order, ..)| (*is_count, *order));
        let mut text = String::new();
        let mut written = HashMap::<AuditOutcome, usize>::new();
        let mut in_hand = Vec::new();
        for (is_count, _, outcome, asked, seen) in lines {
            let bytes = written.entry(outcome).or_default();
            if is_count {
                let before = match all {
                    true => 0,
                    false => self.outcomes[&outcome].counts_bytes,
                };
                if *bytes >= COUNTS_BYTES_AT_ONCE || before + *bytes >= COUNTS_BYTES {
                    continue;
                }
            }
            let before = text.len();
            seen.write(&mut text);
            let line = match is_count {
                true => text.len() - before,
                false => 0,
            };
            *bytes += line;
            in_hand.push((outcome, asked.clone(), line));
        }
        self.in_hand = in_hand;
        text
    }

    /// The lines that were due are written.
    pub(super) fn settle(&mut self) {
        let now = Instant::now();
        self.new.clear();
        for (outcome, asked, bytes) in std::mem::take(&mut self.in_hand) {
            let Some(of_outcome) = self.outcomes.get_mut(&outcome) else {
                continue;
            };
            of_outcome.counts_bytes += bytes;
            if let Some(seen) = of_outcome.requests.get_mut(&asked) {
                seen.times = 0;
                seen.is_new = false;
                seen.due = now + seen.wait;
                seen.wait = (2 * seen.wait).min(LONGEST_WAIT);
            }
        }
        if self.counts_due.is_some_and(|due| due <= now) {
            let waiting = self.counts().filter(|(outcome, ..)| {
                // Those of the others wait for the end.
                self.outcomes[outcome].counts_bytes < COUNTS_BYTES
            });
            self.counts_due = waiting.map(|(.., seen)| seen.due).min();
        }
    }

    /// Returns the repeated requests since the last line that tells of them.
    fn counts(&self) -> impl Iterator<Item = (AuditOutcome, &AuditedRequest, &Seen)> {
        self.outcomes.iter().flat_map(|(outcome, of_outcome)| {
            let again = of_outcome.requests.iter();
            again
                .filter(|(_, seen)| !seen.is_new && seen.times > 0)
                .map(|(asked, seen)| (*outcome, asked, seen))
        })
    }

    /// As if all had waited for long.
    #[cfg(test)]
    pub(super) fn make_all_due(&mut self) {
        for of_outcome in self.outcomes.values_mut() {
            for seen in of_outcome.requests.values_mut() {
                seen.due = Instant::now();
            }
        }
        self.counts_due = Some(Instant::now());
    }
}

impl OfOutcome {
    /// Whether one more may have a line of its own.
    fn has_room(&self, outcome: AuditOutcome, seen: &Seen) -> bool {
        let (most, most_bytes) = match outcome.is_refusal() {
            true => (MOST_REFUSED, REFUSED_BYTES),
            false => (MOST_ALLOWED, ALLOWED_BYTES),
        };
        self.requests.len() < most && self.first_bytes + seen.bytes <= most_bytes
    }
}

impl Seen {
    fn new(entry: AuditEntry) -> Self {
        let mut seen = Self {
            entry,
            bytes: 0,
            is_new: true,
            times: 0,
            order: 0,
            due: Instant::now(),
            wait: FIRST_WAIT,
        };
        let mut line = String::new();
        seen.write(&mut line);
        seen.bytes = line.len();
        seen
    }

    fn add(&mut self, order: u64) -> bool {
        if self.times == 0 {
            self.entry.at = Timestamp::now();
            self.order = order;
        }
        self.times += 1;
        self.due <= Instant::now()
    }

    /// Adds the line that tells of it.
    fn write(&self, to: &mut String) {
        let mut entry = self.entry.clone();
        entry.times = self.times;
        entry.write(to);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::package::capability::Capability;

    fn npm(package: &str) -> Capability {
        Capability::of_package(package)
    }

    /// The lines that are due, or all, which are written then.
    fn taken(pending: &mut PendingAudit, all: bool) -> String {
        let lines = pending.due(all);
        pending.settle();
        lines
    }

    fn hear(pending: &mut PendingAudit, request: Capability, outcome: AuditOutcome) -> bool {
        let id = "one".parse().unwrap();
        let asked = AuditedRequest::from(request).in_short();
        pending.hear(&asked, outcome, &id, "1.0.0").unwrap()
    }

    fn entries(text: &str) -> Vec<AuditEntry> {
        let lines = text.lines();
        lines
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    #[test]
    fn the_first_is_told_at_once_and_the_rest_are_counted() {
        let mut pending = PendingAudit::default();
        for _ in 0..3 {
            hear(&mut pending, npm("b"), AuditOutcome::RefusedByGrants);
        }
        hear(&mut pending, npm("a"), AuditOutcome::Allowed);
        hear(&mut pending, npm("b"), AuditOutcome::Allowed);
        let told = entries(&taken(&mut pending, false));
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
            assert!(!hear(&mut pending, npm("b"), AuditOutcome::Allowed));
        }
        assert_eq!(taken(&mut pending, false), "", "it is not due yet");
        let rest = entries(&taken(&mut pending, true));
        assert_eq!((rest.len(), rest[0].times), (1, 1000));
        assert_eq!(taken(&mut pending, true), "");
    }

    #[test]
    fn what_is_not_written_stays_due_and_what_is_forgotten_was_never_there() {
        let mut pending = PendingAudit::default();
        assert!(hear(&mut pending, npm("a"), AuditOutcome::RefusedByGrants));
        for _ in 0..2 {
            assert!(hear(&mut pending, npm("b"), AuditOutcome::Allowed));
            assert_eq!(pending.due(false).lines().count(), 2);
            pending.forget(&npm("b").into(), AuditOutcome::Allowed);
        }
        assert_eq!(pending.outcomes[&AuditOutcome::Allowed].first_bytes, 0);
        assert_eq!(entries(&taken(&mut pending, false)).len(), 1);
        // One of which a line tells already is only counted less.
        for forgotten in [false, true] {
            hear(&mut pending, npm("a"), AuditOutcome::RefusedByGrants);
            if forgotten {
                pending.forget(&npm("a").into(), AuditOutcome::RefusedByGrants);
            }
        }
        assert_eq!(entries(&taken(&mut pending, true))[0].times, 1);
    }

    #[test]
    fn refusals_that_there_is_no_room_for_are_counted_together() {
        let mut pending = PendingAudit::default();
        for number in 0..10_000 {
            let request = npm(&number.to_string());
            hear(&mut pending, request, AuditOutcome::RefusedByGrants);
        }
        let told = entries(&taken(&mut pending, true));
        assert_eq!(told.len(), MOST_REFUSED + 1);
        let last = told.last().unwrap();
        assert_eq!((&last.request, last.and_others), (&npm("*"), true));
        assert_eq!(last.times, 10_000 - MOST_REFUSED as u64);
    }

    #[test]
    fn what_is_refused_one_way_never_hides_what_is_refused_another() {
        let mut pending = PendingAudit::default();
        hear(&mut pending, npm("by hand"), AuditOutcome::RefusedByGrants);
        let long = vec!["é".repeat(1 << 10); 1 << 10];
        for number in 0..10_000 {
            let request = Capability::of_program(&number.to_string(), &long);
            hear(&mut pending, request, AuditOutcome::RefusedByManifest);
        }
        hear(&mut pending, npm("another"), AuditOutcome::RefusedByGrants);
        let told = entries(&taken(&mut pending, true));
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
        let mut pending = PendingAudit::default();
        let args = vec!["é".repeat(1 << 16); 1 << 10];
        let request = Capability::of_program("sh", &args);
        hear(&mut pending, request, AuditOutcome::Allowed);
        let line = taken(&mut pending, true);
        assert!(line.len() < 16 << 10, "{}", line.len());
        assert!(entries(&line)[0].request.to_string().contains('…'));
    }
}
