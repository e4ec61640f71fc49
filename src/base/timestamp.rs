//! Moments as the registry's files write them: RFC 3339 text.

use std::{fmt, str::FromStr};

use crate::base::hint::{ErrorKind, Hint};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use time::{OffsetDateTime, UtcOffset, format_description::well_known::Rfc3339};

/// A moment, written as RFC 3339 in UTC with whole seconds: `2026-11-22T10:00:00Z`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(OffsetDateTime);

/// An error of parsing a moment, which is written in RFC 3339 form.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a date and time in RFC 3339 form, such as `2026-11-22T10:00:00Z`")]
pub struct ParseTimestampError {
    text: String,
}

impl Hint for ParseTimestampError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Invalid
    }

    fn hint(&self) -> Option<String> {
        None
    }
}

impl Timestamp {
    /// The present moment.
    pub fn now() -> Self {
        Self::whole_seconds(OffsetDateTime::now_utc())
    }

    /// Seconds since 1970 began, in UTC.
    pub fn unix_seconds(&self) -> i64 {
        self.0.unix_timestamp()
    }

    /// A moment of the system's clock.
    pub fn of(moment: std::time::SystemTime) -> Self {
        Self::whole_seconds(moment.into())
    }

    fn whole_seconds(moment: OffsetDateTime) -> Self {
        Self(moment.replace_nanosecond(0).unwrap_or(moment))
    }
}

impl FromStr for Timestamp {
    type Err = ParseTimestampError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        OffsetDateTime::parse(text, &Rfc3339)
            .ok()
            .and_then(|moment| moment.checked_to_offset(UtcOffset::UTC))
            // RFC 3339 has four digits for the year: a neighbour in UTC could not be written again.
            .filter(|moment| (0..=9999).contains(&moment.year()))
            .map(Self::whole_seconds)
            .ok_or_else(|| ParseTimestampError {
                text: super::printable::printable(text),
            })
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.0.format(&Rfc3339).map_err(|_| fmt::Error)?;
        formatter.write_str(&text)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_written_in_utc_with_whole_seconds() {
        let moment: Timestamp = "2026-11-22T12:30:00.75+02:00".parse().unwrap();
        assert_eq!(moment.to_string(), "2026-11-22T10:30:00Z");
    }

    #[test]
    fn what_is_no_moment_is_refused() {
        for text in [
            "",
            "2026-11-22",
            "yesterday",
            "0000-01-01T00:00:00+23:59",
            "2026-13-01T00:00:00Z",
        ] {
            assert!(text.parse::<Timestamp>().is_err(), "{text}");
        }
    }
}
