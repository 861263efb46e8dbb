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
    let moment = match element.tag {
        tag::UTC_TIME => Timestamp::from_utc_time(element.contents),
        tag::GENERALIZED_TIME => Timestamp::from_generalized_time(element.contents),
        found => {
            return Err(ScanError::Tag {
                found,
                wanted: tag::UTC_TIME,
            });
        }
    };
    moment.ok_or(ScanError::Time)
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
