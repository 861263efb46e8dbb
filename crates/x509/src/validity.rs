//! The period in which a certificate is valid.

use std::fmt;
use std::time::Duration;

use der::asn1::{GeneralizedTime, UtcTime};
use der::{Choice, Sequence};

use crate::time::Timestamp;

/// From when until when a certificate is valid; both moments belong to the period.
///
/// A certificate read from elsewhere may have them in the wrong order: then it is never valid.
///
/// Source: RFC 5280 section 4.1.2.5 ("inclusive").
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Validity {
    /// The first moment.
    pub not_before: Timestamp,
    /// The last moment.
    pub not_after: Timestamp,
}

impl Validity {
    /// Whether `moment` lies in the period.
    #[must_use]
    pub fn contains(self, moment: Timestamp) -> bool {
        self.not_before <= moment && moment <= self.not_after
    }

    /// How long the period is; both ends count, so it is one second longer than their distance.
    #[must_use]
    pub fn duration(self) -> Duration {
        if self.not_after < self.not_before {
            return Duration::ZERO;
        }
        self.not_after
            .since(self.not_before)
            .saturating_add(Duration::from_secs(1))
    }
}

impl fmt::Display for Validity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} to {}", self.not_before, self.not_after)
    }
}

/// The form in which certificates hold it.
#[derive(Clone, Copy, Sequence)]
pub(crate) struct DerValidity {
    not_before: DerTime,
    not_after: DerTime,
}

#[derive(Clone, Copy, Choice)]
enum DerTime {
    #[asn1(type = "UTCTime")]
    Utc(UtcTime),
    #[asn1(type = "GeneralizedTime")]
    Generalized(GeneralizedTime),
}

impl DerValidity {
    /// Whether both times have the form of RFC 5280 section 4.1.2.5: UTCTime through 2049, and
    /// GeneralizedTime from 2050.
    pub(crate) fn has_conforming_forms(self) -> bool {
        let conforms = |time: DerTime| match time {
            DerTime::Utc(_) => true,
            DerTime::Generalized(time) => time.to_date_time().year() >= 2050,
        };
        conforms(self.not_before) && conforms(self.not_after)
    }
}

impl From<DerTime> for Timestamp {
    fn from(time: DerTime) -> Self {
        Self::from_der(match time {
            DerTime::Utc(time) => time.to_date_time(),
            DerTime::Generalized(time) => time.to_date_time(),
        })
    }
}

impl TryFrom<Timestamp> for DerTime {
    type Error = der::Error;

    /// UTCTime through 2049, GeneralizedTime from 2050 (RFC 5280 section 4.1.2.5).
    fn try_from(moment: Timestamp) -> der::Result<Self> {
        let time = moment.to_der();
        Ok(if time.year() < 2050 {
            Self::Utc(UtcTime::from_date_time(time)?)
        } else {
            Self::Generalized(GeneralizedTime::from_date_time(time))
        })
    }
}

impl From<DerValidity> for Validity {
    fn from(validity: DerValidity) -> Self {
        Self {
            not_before: validity.not_before.into(),
            not_after: validity.not_after.into(),
        }
    }
}

impl TryFrom<Validity> for DerValidity {
    type Error = der::Error;

    fn try_from(validity: Validity) -> der::Result<Self> {
        Ok(Self {
            not_before: validity.not_before.try_into()?,
            not_after: validity.not_after.try_into()?,
        })
    }
}
