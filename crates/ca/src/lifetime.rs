//! How long a certificate shall be valid, in whole days.

use std::fmt;
use std::num::{IntErrorKind, ParseIntError};
use std::str::FromStr;
use std::time::Duration;

/// A number of days from 1 to 36,525.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Lifetime(u32);

/// Something is no lifetime of a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidLifetime {
    /// It is no number, or one below zero.
    #[error("it must be a whole number of days")]
    NoNumber,
    /// It is none at all, or more than a hundred years.
    #[error("a lifetime of {found} days is not possible; allowed are 1 to {MAX_DAYS}")]
    OutOfRange {
        /// The days.
        found: u64,
    },
    /// It has more digits than any number that is read.
    #[error("so many days are not possible; allowed are 1 to {MAX_DAYS}")]
    TooManyDigits,
}

/// A hundred years: our own limit, against a slip of the finger that a date would hide.
const MAX_DAYS: u32 = 36_525;
const SECONDS_A_DAY: u64 = 24 * 60 * 60;

impl Lifetime {
    /// What a host certificate gets if nothing else is said.
    pub const HOST: Self = Self(100);
    /// What `create_ca.sh` gives a CA if nothing else is said.
    pub const SCRIPT_CA: Self = Self(365);
    /// What `trustpack ca create` gives a CA if nothing else is said: ten years.
    pub const CA: Self = Self(3652);

    /// A lifetime of so many days.
    ///
    /// # Errors
    ///
    /// [`InvalidLifetime`] when it is none or more than a hundred years.
    pub fn from_days(days: u64) -> Result<Self, InvalidLifetime> {
        u32::try_from(days)
            .ok()
            .filter(|days| (1..=MAX_DAYS).contains(days))
            .map(Self)
            .ok_or(InvalidLifetime::OutOfRange { found: days })
    }

    /// The days.
    #[must_use]
    pub fn days(self) -> u32 {
        self.0
    }

    /// The same as a duration.
    #[must_use]
    pub fn duration(self) -> Duration {
        Duration::from_secs(u64::from(self.0) * SECONDS_A_DAY)
    }
}

impl FromStr for Lifetime {
    type Err = InvalidLifetime;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let days = text.parse().map_err(|error: ParseIntError| {
            if *error.kind() == IntErrorKind::PosOverflow {
                InvalidLifetime::TooManyDigits
            } else {
                InvalidLifetime::NoNumber
            }
        })?;
        Self::from_days(days)
    }
}

impl fmt::Display for Lifetime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} days", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_a_number_of_days() {
        let check = |text: &str, want: &str| {
            let got = text.parse::<Lifetime>();
            let got = got.map_or_else(|error| error.to_string(), |days| days.to_string());
            assert!(got.contains(want), "{got}");
        };
        check("365", "365 days");
        check("0", "of 0 days is not possible; allowed are 1 to 36525");
        check(
            "99999999999999999999",
            "so many days are not possible; allowed are 1 to 36525",
        );
        for text in ["-1", "ten", "", "1.5"] {
            check(text, "it must be a whole number of days");
        }
    }

    #[test]
    fn takes_one_day_to_a_hundred_years() {
        for (days, good) in [
            (0, false),
            (1, true),
            (36_525, true),
            (36_526, false),
            (1 << 40, false),
        ] {
            assert_eq!(Lifetime::from_days(days).is_ok(), good, "{days}");
        }
    }
}
