//! The age of what a registry says, by the times that its publisher writes: it never goes back behind what was said before,
//! and is not older than the registry promises or the user wants. Who serves an old copy hides what was withdrawn since.

use std::{collections::BTreeMap, fmt};

use crate::base::{printable::printable, timestamp::Timestamp};

/// The seconds of a day: mirrors and clocks may differ by as much.
const DAY: i64 = 24 * 60 * 60;

/// The seconds by which a clock may be ahead of this one, so that what it has dated counts as seen.
const CLOCKS_DIFFER: i64 = 10 * 60;

/// The ages from which installations and updates refuse what registries say, in days. A registry that does not say when
/// it was made is never refused, nor is the one that comes with the program. Default: as each registry says itself, twice
/// its `fresh_for_days`, and never where it does not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct OldestCatalogues {
    /// The age for all registries; 0 for no limit.
    pub days: Option<u32>,
    /// The ages for some, by their identities of their locations,
    /// [`RegistryId::of_location`](super::RegistryId::of_location), whatever they are called; 0 for no limit.
    pub of: BTreeMap<String, u32>,
}

impl OldestCatalogues {
    /// The limit for a registry at a location in days, `None` for no limit. `fresh_for` is what it says of itself.
    pub(super) fn limit(&self, location: &str, fresh_for: Option<u32>) -> Option<i64> {
        match self.of.get(location).copied().or(self.days) {
            Some(days) => (days > 0).then_some(i64::from(days)),
            None => fresh_for.map(|days| 2 * i64::from(days)),
        }
    }
}

/// An answer of a registry that is older than what it said before.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct OlderCatalogue {
    /// The file, or the location of the registry.
    pub location: String,
    /// When the answer was made; `None` where it does not say.
    pub made: Option<Timestamp>,
    /// When what was seen before was made.
    pub kept: Timestamp,
}

impl fmt::Display for OlderCatalogue {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            location,
            made,
            kept,
        } = self;
        write!(formatter, "`{location}` serves what the registry said ")?;
        match made {
            Some(made) => write!(formatter, "at {made}")?,
            None => formatter.write_str("at a time that it does not say")?,
        }
        write!(formatter, ", older than what it said at {kept}")
    }
}

/// A registry that nobody has renewed for long.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct AgedRegistry {
    /// The registry's identity.
    pub registry: String,
    /// When its publisher wrote or renewed it last.
    pub made: Timestamp,
    /// The clock of this machine.
    pub now: Timestamp,
    /// Its age in whole days.
    pub days: i64,
    /// The age from which it is refused.
    pub limit_days: i64,
}

impl fmt::Display for AgedRegistry {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            registry,
            made,
            days,
            limit_days,
            ..
        } = self;
        write!(
            formatter,
            "what the registry `{}` says is of {made}, {days} days ago: from {limit_days} days on, installations and updates refuse it",
            printable(registry)
        )
    }
}

/// A finding about the age of what a registry says, which stops nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum FreshnessWarning {
    /// An older answer came, and what was seen before is used instead.
    Older(OlderCatalogue),
    /// It is older than half the age from which it is refused.
    Aged(AgedRegistry),
    /// It says that it was made in the future: this machine's clock, or its publisher's, is wrong.
    Ahead {
        /// The registry's identity.
        registry: String,
        /// When it says that it was made.
        made: Timestamp,
        /// The clock of this machine.
        now: Timestamp,
    },
}

impl fmt::Display for FreshnessWarning {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Older(older) => write!(
                formatter,
                "{older}; the newer is used, which `annexe cache --clear` forgets"
            ),
            Self::Aged(aged) => aged.fmt(formatter),
            Self::Ahead {
                registry,
                made,
                now,
            } => write!(
                formatter,
                "what the registry `{}` says is of {made}, and the clock of this machine says {now}: one of them is wrong",
                printable(registry)
            ),
        }
    }
}

/// The relation of an answer to what was seen before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// It is as new, or nothing is known of its age.
    Newer,
    /// It is older by a day at most, as mirrors are: not worth a word.
    Behind,
    /// It is older by more than that, or of the time before registries said when they were made.
    Older(Timestamp),
}

/// Compares when an answer was made with when `kept` was, which was seen before.
pub(super) fn order(made: Option<Timestamp>, kept: Option<Timestamp>, now: Timestamp) -> Order {
    // What was made in the future once, by a wrong clock, must not be in the way until then.
    let is_possible = |kept: &Timestamp| seconds_between(now, *kept) <= CLOCKS_DIFFER;
    let Some(kept) = kept.filter(is_possible) else {
        return Order::Newer;
    };
    match made.map(|made| seconds_between(made, kept)) {
        Some(seconds) if seconds <= 0 => Order::Newer,
        Some(seconds) if seconds <= DAY => Order::Behind,
        _ => Order::Older(kept),
    }
}

/// Judges the age of a registry that was made then.
///
/// # Errors
/// [`AgedRegistry`] for one that is older than the limit.
pub(super) fn judge(
    registry: &str,
    made: Option<Timestamp>,
    limit_days: Option<i64>,
    now: Timestamp,
) -> Result<Option<FreshnessWarning>, AgedRegistry> {
    let Some(made) = made else {
        return Ok(None);
    };
    if is_ahead(made, now) {
        let registry = registry.to_owned();
        return Ok(Some(FreshnessWarning::Ahead {
            registry,
            made,
            now,
        }));
    }
    let Some(limit_days) = limit_days else {
        return Ok(None);
    };
    let seconds = seconds_between(made, now);
    let aged = AgedRegistry {
        registry: registry.to_owned(),
        made,
        now,
        days: seconds / DAY,
        limit_days,
    };
    if seconds > limit_days * DAY {
        return Err(aged);
    }
    Ok((2 * seconds > limit_days * DAY).then_some(FreshnessWarning::Aged(aged)))
}

/// The time to write into what is made now: never earlier than what was written before, but for a time that a wrong
/// clock has set.
pub(super) fn made_after(before: Option<Timestamp>, now: Timestamp) -> Timestamp {
    match before {
        Some(before) if !is_ahead(before, now) => before.max(now),
        _ => now,
    }
}

/// Whether a moment is more than a day ago.
pub(super) fn is_past(moment: Timestamp, now: Timestamp) -> bool {
    seconds_between(moment, now) > DAY
}

/// Whether a moment is more than a day in the future.
fn is_ahead(moment: Timestamp, now: Timestamp) -> bool {
    seconds_between(now, moment) > DAY
}

fn seconds_between(start: Timestamp, end: Timestamp) -> i64 {
    end.unix_seconds() - start.unix_seconds()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn an_answer_is_older_only_beyond_a_day_and_never_than_one_from_the_future() {
        let now = at("2026-11-30T12:00:00Z");
        let kept = at("2026-11-20T12:00:00Z");
        for (made, expected) in [
            ("2026-11-20T12:00:00Z", Order::Newer),
            ("2026-11-21T12:00:00Z", Order::Newer),
            ("2026-11-20T11:59:59Z", Order::Behind),
            ("2026-11-19T12:00:00Z", Order::Behind),
            ("2026-11-19T11:59:59Z", Order::Older(kept)),
        ] {
            assert_eq!(order(Some(at(made)), Some(kept), now), expected, "{made}");
        }
        assert_eq!(order(None, Some(kept), now), Order::Older(kept));
        assert_eq!(order(Some(kept), None, now), Order::Newer);
        assert_eq!(order(None, None, now), Order::Newer);
        let future = at("2027-11-30T12:00:00Z");
        assert_eq!(order(Some(kept), Some(future), now), Order::Newer);
        assert_eq!(made_after(Some(future), now), now);
        let soon = at("2026-11-30T13:00:00Z");
        assert_eq!(made_after(Some(soon), now), soon);
        // What nobody can have seen yet is older than nothing.
        assert_eq!(order(Some(kept), Some(soon), now), Order::Newer);
    }

    #[test]
    fn half_the_largest_age_is_warned_of_and_the_whole_refused() {
        let now = at("2026-11-30T12:00:00Z");
        let judged = |made: &str, limit| judge("test", Some(at(made)), limit, now);
        assert_eq!(judged("2020-01-01T00:00:00Z", None), Ok(None));
        assert_eq!(judged("2026-11-25T12:00:00Z", Some(10)), Ok(None));
        let aged = judged("2026-11-25T11:59:59Z", Some(10)).unwrap().unwrap();
        let FreshnessWarning::Aged(aged) = aged else {
            panic!("{aged}")
        };
        assert_eq!((aged.days, aged.limit_days), (5, 10));
        assert!(judged("2026-11-20T12:00:00Z", Some(10)).unwrap().is_some());
        let error = judged("2026-11-20T11:59:59Z", Some(10)).unwrap_err();
        assert_eq!(error.days, 10);
        let ahead = judged("2026-12-01T12:00:01Z", Some(1)).unwrap();
        assert!(matches!(ahead, Some(FreshnessWarning::Ahead { .. })));
        assert_eq!(judged("2026-12-01T12:00:00Z", Some(1)), Ok(None));
        assert_eq!(judge("test", None, Some(1), now), Ok(None));
    }

    #[test]
    fn what_the_user_says_comes_before_what_the_registry_says() {
        let mut oldest = OldestCatalogues::default();
        assert_eq!(oldest.limit("a", None), None);
        assert_eq!(oldest.limit("a", Some(7)), Some(14));
        oldest.days = Some(30);
        assert_eq!(oldest.limit("a", Some(7)), Some(30));
        oldest.of.insert("a".into(), 0);
        assert_eq!(oldest.limit("a", Some(7)), None);
        assert_eq!(oldest.limit("b", None), Some(30));
    }
}
