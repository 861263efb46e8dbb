//! Times as ASN.1 has them: the characters of a UTCTime or a GeneralizedTime, with seconds and `Z`.
//!
//! Lists and ledgers have millions of them, so they are read here without going through `der`; this is
//! the only calendar beside it. Invariant: whatever is read names a moment that exists, and what is
//! written is read as the same moment.

use std::fmt;

use super::Timestamp;

/// A moment as RFC 5280 section 4.1.2.5 has it written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asn1Time {
    /// Through 2049: `YYMMDDhhmmssZ`.
    Utc([u8; 13]),
    /// From 2050 on, and where a standard asks for it: `YYYYMMDDhhmmssZ`.
    Generalized([u8; 15]),
}

/// The first year that a UTCTime cannot name (RFC 5280 section 4.1.2.5.1).
const FIRST_GENERALIZED: u16 = 2050;

impl Timestamp {
    /// Reads the contents of a UTCTime: years below 50 belong to this century.
    ///
    /// Source: RFC 5280 section 4.1.2.5.1.
    #[inline]
    #[must_use]
    pub fn from_utc_time(contents: &[u8]) -> Option<Self> {
        let [y1, y2, rest @ ..] = contents else {
            return None;
        };
        let short = pair(*y1, *y2)?;
        let century = if short < 50 { 2000 } else { 1900 };
        moment(century + short, rest)
    }

    /// Reads the contents of a GeneralizedTime.
    ///
    /// Source: RFC 5280 section 4.1.2.5.2.
    #[inline]
    #[must_use]
    pub fn from_generalized_time(contents: &[u8]) -> Option<Self> {
        let [y1, y2, y3, y4, rest @ ..] = contents else {
            return None;
        };
        moment(100 * pair(*y1, *y2)? + pair(*y3, *y4)?, rest)
    }

    /// Reads the one or the other, which their lengths tell apart: where no tag does.
    #[inline]
    #[must_use]
    pub fn from_asn1(contents: &[u8]) -> Option<Self> {
        if contents.len() < "YYYYMMDDhhmmssZ".len() {
            Self::from_utc_time(contents)
        } else {
            Self::from_generalized_time(contents)
        }
    }

    /// The moment as certificates and lists have it: UTCTime through 2049, GeneralizedTime after.
    #[must_use]
    pub fn to_asn1(self) -> Asn1Time {
        let generalized = self.to_generalized_time();
        let [_, _, rest @ ..] = generalized;
        if self.to_der().year() < FIRST_GENERALIZED {
            Asn1Time::Utc(rest)
        } else {
            Asn1Time::Generalized(generalized)
        }
    }

    /// The contents of a GeneralizedTime, whatever the year.
    #[must_use]
    pub fn to_generalized_time(self) -> [u8; 15] {
        let time = self.to_der();
        let part = |number: u16| u8::try_from(number).unwrap_or_default();
        let [y1, y2] = digits(part(time.year() / 100));
        let [y3, y4] = digits(part(time.year() % 100));
        let [m1, m2] = digits(time.month());
        let [d1, d2] = digits(time.day());
        let [h1, h2] = digits(time.hour());
        let [i1, i2] = digits(time.minutes());
        let [s1, s2] = digits(time.seconds());
        [y1, y2, y3, y4, m1, m2, d1, d2, h1, h2, i1, i2, s1, s2, b'Z']
    }
}

impl Asn1Time {
    /// The contents of the field.
    #[must_use]
    pub fn contents(&self) -> &[u8] {
        match self {
            Self::Utc(contents) => contents,
            Self::Generalized(contents) => contents,
        }
    }
}

impl fmt::Display for Asn1Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(std::str::from_utf8(self.contents()).unwrap_or_default())
    }
}

/// Two digits as a number.
#[inline]
fn pair(tens: u8, ones: u8) -> Option<u64> {
    let both = tens.is_ascii_digit() && ones.is_ascii_digit();
    both.then(|| 10 * u64::from(tens - b'0') + u64::from(ones - b'0'))
}

/// A number below 100 as two digits.
fn digits(number: u8) -> [u8; 2] {
    [b'0' + number / 10 % 10, b'0' + number % 10]
}

#[inline]
fn moment(year: u64, behind_year: &[u8]) -> Option<Timestamp> {
    let &[m1, m2, d1, d2, h1, h2, i1, i2, s1, s2, b'Z'] = behind_year else {
        return None;
    };
    let (month, day) = (pair(m1, m2)?, pair(d1, d2)?);
    let (hour, minute, second) = (pair(h1, h2)?, pair(i1, i2)?, pair(s1, s2)?);
    let days = days_of_month(year, month)?;
    if year < 1970 || day == 0 || day > days || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let seconds = ((days_before(year, month) + day - 1) * 24 + hour) * 3600 + minute * 60 + second;
    Some(Timestamp::from_unix(seconds))
}

fn is_leap(year: u64) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

fn days_of_month(year: u64, month: u64) -> Option<u64> {
    match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => Some(31),
        4 | 6 | 9 | 11 => Some(30),
        2 if is_leap(year) => Some(29),
        2 => Some(28),
        _other => None,
    }
}

/// Days from 1970-01-01 to the first of the month, for years from 1970 on.
fn days_before(year: u64, month: u64) -> u64 {
    /// Leap days from the year 1 to the end of 1969.
    const LEAP_DAYS_TO_1970: u64 = 1969 / 4 - 1969 / 100 + 1969 / 400;
    let last = year.saturating_sub(1);
    let leap_days = (last / 4 - last / 100 + last / 400).saturating_sub(LEAP_DAYS_TO_1970);
    let before_month = match month {
        1 => 0,
        2 => 31,
        3 => 59,
        4 => 90,
        5 => 120,
        6 => 151,
        7 => 181,
        8 => 212,
        9 => 243,
        10 => 273,
        11 => 304,
        _december => 334,
    };
    let leap_day = u64::from(month > 2 && is_leap(year));
    year.saturating_sub(1970) * 365 + leap_days + before_month + leap_day
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_those_of_the_calendar() {
        for (field, want) in [
            ("700101000000Z", Some("1970-01-01T00:00:00Z")),
            ("000229235959Z", Some("2000-02-29T23:59:59Z")),
            ("491231235959Z", Some("2049-12-31T23:59:59Z")),
            ("20500101000000Z", Some("2050-01-01T00:00:00Z")),
            ("99991231235959Z", Some("9999-12-31T23:59:59Z")),
            ("21000301010203Z", Some("2100-03-01T01:02:03Z")),
            ("240229010203Z", Some("2024-02-29T01:02:03Z")),
            ("21000229000000Z", None),
            ("500101000000Z", None),
            ("271301000000Z", None),
            ("270100000000Z", None),
            ("270101240000Z", None),
            ("270101000060Z", None),
            ("2701010000Z", None),
            ("270101000000", None),
            ("27010100000/Z", None),
            ("2701010000000Z", None),
            ("Z", None),
            ("", None),
        ] {
            let got = Timestamp::from_asn1(field.as_bytes());
            let shown = got.map(|time| time.to_string());
            assert_eq!(shown.as_deref(), want, "{field}");
            if let Some(time) = got {
                assert_eq!(time.to_asn1().to_string(), field);
                let generalized = time.to_generalized_time();
                assert_eq!(Timestamp::from_generalized_time(&generalized), got);
            }
        }
    }

    #[test]
    fn each_day_follows_the_day_before() {
        let mut expected = 0;
        for year in 1970..2420 {
            for month in 1..=12 {
                assert_eq!(days_before(year, month), expected, "{year}-{month}");
                expected += days_of_month(year, month).expect("a month");
            }
        }
    }

    #[test]
    fn every_month_begins_where_the_calendar_says() {
        for year in [
            1970_u64, 1972, 1999, 2000, 2024, 2099, 2100, 2101, 2400, 9999,
        ] {
            for month in 1..=12_u64 {
                let text = format!("{year:04}-{month:02}-01");
                let moment: Timestamp = text.parse().expect("a date");
                assert_eq!(days_before(year, month) * 86_400, moment.unix(), "{text}");
            }
        }
    }
}
