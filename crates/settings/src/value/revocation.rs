//! How revocation lists are used (`crl-check`, `crl-freshness`).
//!
//! Invariant: hours of grace are within the limit.

use std::str::FromStr;

use super::Shown;

/// Most hours of grace: ten years of 365 days; more would only hide that freshness is meant to be off.
/// Our own limit.
pub const MAX_GRACE_HOURS: u32 = 10 * 365 * 24;

/// Which certificates of a peer's chain are looked up (`crl-check`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CrlCheck {
    /// The peer's own alone.
    Leaf,
    /// All of them.
    Chain,
}

/// What an expired revocation list means (`crl-freshness`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CrlFreshness {
    /// Nobody gets in.
    Required,
    /// It is used on, with a warning.
    Warn,
    /// It is used on for so many hours.
    GraceHours(u32),
}

/// A text is no freshness.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{found:?} is not allowed; allowed are required, warn, and hours of grace from 0 to {MAX_GRACE_HOURS}"
)]
pub struct InvalidFreshness {
    /// The text.
    pub found: String,
}

impl FromStr for CrlFreshness {
    type Err = InvalidFreshness;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let invalid = || InvalidFreshness {
            found: text.to_owned(),
        };
        match text {
            "required" => Ok(Self::Required),
            "warn" => Ok(Self::Warn),
            hours if hours.bytes().all(|b| b.is_ascii_digit()) => hours
                .parse()
                .ok()
                .filter(|hours| *hours <= MAX_GRACE_HOURS)
                .map(Self::GraceHours)
                .ok_or_else(invalid),
            _ => Err(invalid()),
        }
    }
}

impl Shown for CrlFreshness {
    fn shown(&self) -> String {
        match self {
            Self::Required => "required".to_owned(),
            Self::Warn => "warn".to_owned(),
            Self::GraceHours(hours) => hours.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, want: Option<CrlFreshness>) {
        assert_eq!(text.parse().ok(), want, "{text}");
    }

    #[test]
    fn freshness_is_a_word_or_hours() {
        check("required", Some(CrlFreshness::Required));
        check("warn", Some(CrlFreshness::Warn));
        check("0", Some(CrlFreshness::GraceHours(0)));
        check("72", Some(CrlFreshness::GraceHours(72)));
        check("87600", Some(CrlFreshness::GraceHours(MAX_GRACE_HOURS)));
        for text in ["87601", "-1", "+1", "1.5", "1h", "Warn", "", "99999999999"] {
            check(text, None);
        }
    }
}
