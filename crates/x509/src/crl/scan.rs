//! A reader of DER that borrows everything and allocates nothing: made for lists of a million
//! entries.
//!
//! It knows elements (tag, length, contents), times and small numbers. Invariant: only the one DER
//! form of a length is taken, and nothing outside the given octets is looked at.
//!
//! Source: ITU-T X.690 sections 8.1 and 10.1.

use crate::time::Timestamp;

/// Tags of the elements that lists hold.
pub(super) mod tag {
    pub(in crate::crl) const BOOLEAN: u8 = 0x01;
    pub(in crate::crl) const INTEGER: u8 = 0x02;
    pub(in crate::crl) const BIT_STRING: u8 = 0x03;
    pub(in crate::crl) const OCTET_STRING: u8 = 0x04;
    pub(in crate::crl) const OID: u8 = 0x06;
    pub(in crate::crl) const ENUMERATED: u8 = 0x0a;
    pub(in crate::crl) const UTC_TIME: u8 = 0x17;
    pub(in crate::crl) const GENERALIZED_TIME: u8 = 0x18;
    pub(in crate::crl) const SEQUENCE: u8 = 0x30;
    /// crlExtensions, `[0] EXPLICIT`.
    pub(in crate::crl) const EXTENSIONS: u8 = 0xa0;
}

/// What is wrong with octets that should be DER.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ScanError {
    #[error("it ends inside an element")]
    Truncated,
    #[error("a length is not in the one form that DER allows")]
    Length,
    #[error("an element has the tag {found:02x} where {wanted:02x} belongs")]
    Tag { found: u8, wanted: u8 },
    #[error("an element with the tag {wanted:02x} is missing")]
    Missing { wanted: u8 },
    #[error("octets are left over behind the last element")]
    Trailing,
    #[error("a number has no octets or is out of range")]
    Number,
    #[error("a truth value is neither 00 nor ff")]
    Boolean,
    #[error("a time is not of the form YYMMDDHHMMSSZ or YYYYMMDDHHMMSSZ, from 1970 on")]
    Time,
    #[error("an object identifier is not well formed")]
    Oid,
    #[error("an extension stands there twice")]
    DuplicateExtension,
    #[error("extensions in a list of version 1, which has none")]
    ExtensionsWithoutV2,
    #[error("{found} is no reason code; allowed are 0 to 10 without 7")]
    Reason { found: u8 },
}

/// One element.
#[derive(Clone, Copy)]
pub(super) struct Element<'a> {
    pub(super) tag: u8,
    pub(super) contents: &'a [u8],
    /// Tag and length too.
    pub(super) whole: &'a [u8],
}

/// Octets of which elements are taken from the front.
#[derive(Clone, Copy)]
pub(super) struct Scanner<'a> {
    rest: &'a [u8],
}

impl<'a> Scanner<'a> {
    pub(super) fn new(octets: &'a [u8]) -> Self {
        Self { rest: octets }
    }

    /// What has not been taken yet.
    pub(super) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// The tag of the next element, if there is one.
    pub(super) fn peek(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    /// Takes the next element, if there is one.
    #[inline]
    pub(super) fn next(&mut self) -> Result<Option<Element<'a>>, ScanError> {
        let Some((&tag, behind_tag)) = self.rest.split_first() else {
            return Ok(None);
        };
        let (&first, behind_length) = behind_tag.split_first().ok_or(ScanError::Truncated)?;
        let (length, contents) = if first < 0x80 {
            (usize::from(first), behind_length)
        } else {
            long_length(first, behind_length)?
        };
        let (contents, rest) = contents
            .split_at_checked(length)
            .ok_or(ScanError::Truncated)?;
        let taken = self.rest.len().saturating_sub(rest.len());
        let whole = self.rest.get(..taken).ok_or(ScanError::Truncated)?;
        self.rest = rest;
        Ok(Some(Element {
            tag,
            contents,
            whole,
        }))
    }

    /// Takes the next element, which must have this tag.
    #[inline]
    pub(super) fn expect(&mut self, wanted: u8) -> Result<Element<'a>, ScanError> {
        match self.next()? {
            Some(element) if element.tag == wanted => Ok(element),
            Some(Element { tag: found, .. }) => Err(ScanError::Tag { found, wanted }),
            None => Err(ScanError::Missing { wanted }),
        }
    }

    /// Takes the next element if it has this tag.
    #[inline]
    pub(super) fn take_if(&mut self, wanted: u8) -> Result<Option<Element<'a>>, ScanError> {
        if self.peek() == Some(wanted) {
            self.next()
        } else {
            Ok(None)
        }
    }

    /// Nothing may be left.
    #[inline]
    pub(super) fn finish(self) -> Result<(), ScanError> {
        if self.rest.is_empty() {
            Ok(())
        } else {
            Err(ScanError::Trailing)
        }
    }
}

/// Octets of a length in the long form: four hold more than any list has.
const MAX_LENGTH_OCTETS: usize = 4;

fn long_length(first: u8, behind: &[u8]) -> Result<(usize, &[u8]), ScanError> {
    let count = usize::from(first & 0x7f);
    if count == 0 || count > MAX_LENGTH_OCTETS {
        return Err(ScanError::Length);
    }
    let (octets, contents) = behind.split_at_checked(count).ok_or(ScanError::Truncated)?;
    let length = octets
        .iter()
        .fold(0_usize, |length, &octet| (length << 8) | usize::from(octet));
    // X.690 section 10.1: the fewest octets.
    let leading_zero = octets.first() == Some(&0);
    if leading_zero || length < 0x80 {
        return Err(ScanError::Length);
    }
    Ok((length, contents))
}

/// The truth value of a BOOLEAN's contents (X.690 section 11.1).
pub(super) fn boolean(contents: &[u8]) -> Result<bool, ScanError> {
    match contents {
        [0x00] => Ok(false),
        [0xff] => Ok(true),
        _other => Err(ScanError::Boolean),
    }
}

/// The moment that a UTCTime or GeneralizedTime names, in the forms that RFC 5280 sections 4.1.2.5.1
/// and 4.1.2.5.2 allow.
#[inline]
pub(super) fn time(element: Element<'_>) -> Result<Timestamp, ScanError> {
    match (element.tag, element.contents) {
        (tag::UTC_TIME, [y1, y2, rest @ ..]) => {
            let short = pair(*y1, *y2)?;
            let century = if short < 50 { 2000 } else { 1900 };
            moment(century + short, rest)
        }
        (tag::GENERALIZED_TIME, [y1, y2, y3, y4, rest @ ..]) => {
            moment(100 * pair(*y1, *y2)? + pair(*y3, *y4)?, rest)
        }
        (tag::UTC_TIME | tag::GENERALIZED_TIME, _) => Err(ScanError::Time),
        (found, _) => Err(ScanError::Tag {
            found,
            wanted: tag::UTC_TIME,
        }),
    }
}

/// Two digits.
#[inline]
fn pair(tens: u8, ones: u8) -> Result<u64, ScanError> {
    if tens.is_ascii_digit() && ones.is_ascii_digit() {
        Ok(10 * u64::from(tens - b'0') + u64::from(ones - b'0'))
    } else {
        Err(ScanError::Time)
    }
}

#[inline]
fn moment(year: u64, behind_year: &[u8]) -> Result<Timestamp, ScanError> {
    let &[m1, m2, d1, d2, h1, h2, i1, i2, s1, s2, b'Z'] = behind_year else {
        return Err(ScanError::Time);
    };
    let (month, day) = (pair(m1, m2)?, pair(d1, d2)?);
    let (hour, minute, second) = (pair(h1, h2)?, pair(i1, i2)?, pair(s1, s2)?);
    let days = days_of_month(year, month).ok_or(ScanError::Time)?;
    if year < 1970 || day == 0 || day > days || hour > 23 || minute > 59 || second > 59 {
        return Err(ScanError::Time);
    }
    let seconds = ((days_before(year, month) + day - 1) * 24 + hour) * 3600 + minute * 60 + second;
    Ok(Timestamp::from_unix(seconds))
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

    #[track_caller]
    fn check_time(tag: u8, text: &str, want: Option<&str>) {
        let element = Element {
            tag,
            contents: text.as_bytes(),
            whole: &[],
        };
        let got = time(element).ok().map(|moment| moment.to_string());
        assert_eq!(got.as_deref(), want, "{text}");
    }

    #[test]
    fn times() {
        use tag::{GENERALIZED_TIME as LONG, UTC_TIME as SHORT};
        check_time(SHORT, "261121080102Z", Some("2026-11-21T08:01:02Z"));
        check_time(SHORT, "491231235959Z", Some("2049-12-31T23:59:59Z"));
        check_time(SHORT, "700101000000Z", Some("1970-01-01T00:00:00Z"));
        check_time(SHORT, "691231235959Z", None);
        check_time(SHORT, "500101000000Z", None);
        check_time(SHORT, "2611210801Z", None);
        check_time(SHORT, "261121080102+0000", None);
        check_time(SHORT, "261321080102Z", None);
        check_time(SHORT, "260230080102Z", None);
        check_time(SHORT, "", None);
        check_time(LONG, "20240229120000Z", Some("2024-02-29T12:00:00Z"));
        check_time(LONG, "21000229120000Z", None);
        check_time(LONG, "20000229000000Z", Some("2000-02-29T00:00:00Z"));
        check_time(LONG, "99991231235959Z", Some("9999-12-31T23:59:59Z"));
        check_time(LONG, "20261121080102.5Z", None);
        check_time(LONG, "2026112108010aZ", None);
        check_time(0x16, "261121080102Z", None);
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

    #[track_caller]
    fn check_length(octets: &[u8], want: Result<usize, ScanError>) {
        let got = Scanner::new(octets).next();
        assert_eq!(
            got.map(|element| element.map_or(0, |element| element.contents.len())),
            want,
            "{octets:02x?}"
        );
    }

    #[test]
    fn one_form_of_a_length() {
        check_length(&[0x04, 0x01, 0xaa], Ok(1));
        check_length(&[0x04, 0x81, 0x01, 0xaa], Err(ScanError::Length));
        check_length(&[0x04, 0x80, 0x00, 0x00], Err(ScanError::Length));
        check_length(&[0x04, 0x82, 0x00, 0x80], Err(ScanError::Length));
        check_length(
            &[0x04, 0x84, 0xff, 0xff, 0xff, 0xff],
            Err(ScanError::Truncated),
        );
        check_length(&[0x04, 0x85, 1, 0, 0, 0, 0], Err(ScanError::Length));
        check_length(&[0x04, 0x02, 0xaa], Err(ScanError::Truncated));
        check_length(&[0x04], Err(ScanError::Truncated));
        check_length(&[], Ok(0));
    }
}
