//! Points in time as certificates have them: UTC, whole seconds.
//!
//! Nothing here reads a clock: whoever needs the present time is given it.
//! Invariant: a [`Timestamp`] lies in the years 1970 to 9999, the range that certificates can hold.

pub mod asn1;

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use der::DateTime;

use crate::shown::shown;

/// A point in time: UTC, whole seconds, from 1970-01-01 to 9999-12-31.
///
/// It is written as RFC 3339 has it (`2026-11-21T08:00:00Z`), and read in that form or as a date
/// alone, which means midnight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(u64);

/// A text is not a point in time, or one that certificates cannot hold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "\"{found}\" is no point in time; allowed is a date such as 2026-11-21 or 2026-11-21T08:00:00Z, from 1970 to 9999"
)]
pub struct InvalidTimestamp {
    found: String,
}

/// The last second of the year 9999, "no well-defined expiration date" in RFC 5280 section 4.1.2.5.
const LAST: u64 = 253_402_300_799;

impl Timestamp {
    /// The last moment a certificate can name: 9999-12-31T23:59:59Z.
    pub const MAX: Self = Self(LAST);

    /// The moment `seconds` after 1970-01-01T00:00:00Z; later than the year 9999 gives [`Self::MAX`].
    #[must_use]
    pub fn from_unix(seconds: u64) -> Self {
        Self(seconds.min(LAST))
    }

    /// Seconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub fn unix(self) -> u64 {
        self.0
    }

    /// This moment plus `duration`, at most [`Self::MAX`]; parts of seconds are dropped.
    #[must_use]
    pub fn saturating_add(self, duration: Duration) -> Self {
        Self::from_unix(self.0.saturating_add(duration.as_secs()))
    }

    /// This moment minus `duration`, not before 1970; parts of seconds are dropped.
    #[must_use]
    pub fn saturating_sub(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(duration.as_secs()))
    }

    /// How long after `earlier` this moment is; zero if it is not after it.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_secs(self.0.saturating_sub(earlier.0))
    }

    /// The date alone, `2026-11-21`.
    #[must_use]
    pub fn date_string(self) -> String {
        let t = self.to_der();
        format!("{:04}-{:02}-{:02}", t.year(), t.month(), t.day())
    }

    /// The moment as ASN.1 times hold it.
    #[must_use]
    pub fn to_der(self) -> DateTime {
        DateTime::from_unix_duration(Duration::from_secs(self.0)).unwrap_or(DateTime::INFINITY)
    }

    /// The moment that an ASN.1 time names.
    #[must_use]
    pub fn from_der(time: DateTime) -> Self {
        Self::from_unix(time.unix_duration().as_secs())
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.to_der(), f)
    }
}

impl FromStr for Timestamp {
    type Err = InvalidTimestamp;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let midnight;
        // `DateTime` reads exactly the form `YYYY-MM-DDThh:mm:ssZ`.
        let full = if text.len() == "2026-11-21".len() {
            midnight = format!("{text}T00:00:00Z");
            midnight.as_str()
        } else {
            text
        };
        DateTime::from_str(full)
            .map(Self::from_der)
            .map_err(|_| InvalidTimestamp {
                found: shown(text, 40),
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, want: Option<&str>) {
        let got = text.parse::<Timestamp>().map(|t| t.to_string()).ok();
        assert_eq!(got.as_deref(), want, "{text}");
    }

    #[test]
    fn reads_and_writes_rfc_3339() {
        check("2026-11-21", Some("2026-11-21T00:00:00Z"));
        check("2026-11-21T08:01:02Z", Some("2026-11-21T08:01:02Z"));
        check("9999-12-31T23:59:59Z", Some("9999-12-31T23:59:59Z"));
        check("1969-12-31", None);
        check("2026-02-30", None);
        check("tomorrow", None);
        check("", None);
        check("2026-1é-21", None);
    }

    #[test]
    fn errors_repeat_little_and_nothing_that_acts_on_a_terminal() {
        let text = ["\u{1b}[31m", &"a".repeat(65_536)].concat();
        let error = text.parse::<Timestamp>().map_err(|error| error.to_string());
        assert!(error.is_err_and(|said| said.len() < 200 && !said.contains('\u{1b}')));
    }

    #[test]
    fn stays_in_the_range_of_certificates() {
        assert_eq!(Timestamp::from_unix(u64::MAX), Timestamp::MAX);
        assert_eq!(
            Timestamp::MAX.saturating_add(Duration::from_secs(1)),
            Timestamp::MAX
        );
        let start = Timestamp::from_unix(0);
        assert_eq!(start.saturating_sub(Duration::from_secs(1)), start);
        assert_eq!(start.since(Timestamp::MAX), Duration::ZERO);
    }
}
