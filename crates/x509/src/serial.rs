//! Serial numbers of certificates.
//!
//! Invariant: the octets are the contents of a DER INTEGER, so that a serial read from a foreign
//! certificate is compared and written back as it was.

use std::fmt;
use std::str::FromStr;

use crate::shown::shown;

/// The serial number of a certificate.
///
/// What our authorities give is positive and at most 20 octets (RFC 5280 section 4.1.2.2); what is
/// read from elsewhere may be zero, negative or longer.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Serial(Box<[u8]>);

/// A text is no serial number.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "\"{found}\" is no serial number; allowed are 1 to {} hexadecimal digits, greater than zero",
    2 * MAX_OCTETS
)]
pub struct InvalidSerial {
    found: String,
}

/// Octets that a serial number may have: RFC 5280 section 4.1.2.2.
pub const MAX_OCTETS: usize = 20;

impl Serial {
    /// A serial from 16 random octets, of which the two top bits are set to 01: positive, and always
    /// of the same length.
    ///
    /// 126 bits are left to chance; CA/Browser Forum baseline requirements section 7.1 ask for 64.
    #[must_use]
    pub fn from_random(mut octets: [u8; 16]) -> Self {
        let [first, ..] = &mut octets;
        *first = (*first & 0x3f) | 0x40;
        Self(octets.into())
    }

    /// The serial of the given value; zero is not one.
    #[must_use]
    pub fn from_u64(value: u64) -> Option<Self> {
        (value != 0).then(|| Self::from_unsigned(&value.to_be_bytes()))
    }

    /// The contents octets of an INTEGER as read.
    #[must_use]
    pub fn from_der_contents(contents: &[u8]) -> Self {
        Self(contents.into())
    }

    /// The contents octets of its INTEGER: big-endian two's complement.
    #[must_use]
    pub fn der_contents(&self) -> &[u8] {
        &self.0
    }

    /// Whether it is greater than zero and at most 20 octets long, as RFC 5280 asks of an authority.
    #[must_use]
    pub fn is_conforming(&self) -> bool {
        let negative = self.0.first().is_none_or(|first| first & 0x80 != 0);
        let zero = self.0.iter().all(|&octet| octet == 0);
        !negative && !zero && self.0.len() <= MAX_OCTETS
    }

    /// Upper-case hexadecimal with an even number of digits, as OpenSSL writes serial files and
    /// ledgers: no leading zero octet, a minus sign before a negative one.
    #[must_use]
    pub fn to_hex(&self) -> String {
        self.to_string()
    }

    /// The value, if it is positive and below 2^63: the range in which a CA directory counts.
    #[must_use]
    pub fn counting_value(&self) -> Option<u64> {
        let negative = self.0.first().is_none_or(|first| first & 0x80 != 0);
        if negative || self.0.len() > size_of::<u64>() {
            return None;
        }
        Some(
            self.0
                .iter()
                .fold(0, |value, &octet| (value << 8) | u64::from(octet)),
        )
    }

    /// The number that these octets are, big-endian and without a sign: one whose first bit is set gets a
    /// zero in front, since it would be negative as an INTEGER.
    #[must_use]
    pub fn from_unsigned(octets: &[u8]) -> Self {
        let start = octets.iter().position(|&o| o != 0).unwrap_or(octets.len());
        let significant = octets.get(start..).unwrap_or_default();
        let sign = significant.first().is_none_or(|first| first & 0x80 != 0);
        let mut contents = Vec::with_capacity(significant.len() + 1);
        if sign {
            contents.push(0);
        }
        contents.extend_from_slice(significant);
        Self(contents.into())
    }
}

impl fmt::Display for Serial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.first().is_some_and(|first| first & 0x80 != 0) {
            f.write_str("-")?;
            let magnitude = Self::from_unsigned(&negated(&self.0));
            return magnitude.fmt(f);
        }
        let digits: &[u8] = match &*self.0 {
            [0, rest @ ..] if !rest.is_empty() => rest,
            all => all,
        };
        digits.iter().try_for_each(|octet| write!(f, "{octet:02X}"))
    }
}

/// The two's complement of a number given as big-endian octets.
fn negated(octets: &[u8]) -> Vec<u8> {
    let mut carry = true;
    let mut result: Vec<u8> = octets
        .iter()
        .rev()
        .map(|octet| {
            let (value, overflow) = (!octet).overflowing_add(u8::from(carry));
            carry = overflow;
            value
        })
        .collect();
    result.reverse();
    result
}

impl fmt::Debug for Serial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Serial({self})")
    }
}

impl FromStr for Serial {
    type Err = InvalidSerial;

    /// Reads hexadecimal digits of either case, an odd number of them too; colons are not taken.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let invalid = || InvalidSerial {
            found: shown(text, 60),
        };
        if text.is_empty() || text.len() > 2 * MAX_OCTETS {
            return Err(invalid());
        }
        let padded = format!("{}{text}", if text.len() % 2 == 1 { "0" } else { "" });
        let mut octets = Vec::with_capacity(padded.len() / 2);
        for pair in padded.as_bytes().chunks(2) {
            let mut value = 0;
            for &digit in pair {
                let digit = char::from(digit).to_digit(16).ok_or_else(invalid)?;
                value = value * 16 + digit;
            }
            octets.push(u8::try_from(value).map_err(|_| invalid())?);
        }
        let serial = Self::from_unsigned(&octets);
        if serial.is_conforming() {
            Ok(serial)
        } else {
            Err(invalid())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, want: Option<&str>) {
        let got = text.parse::<Serial>().ok().map(|s| s.to_hex());
        assert_eq!(got.as_deref(), want, "{text}");
    }

    #[test]
    fn reads_and_writes_as_openssl_does() {
        check("1", Some("01"));
        check("0a", Some("0A"));
        check("00ff", Some("FF"));
        check("100", Some("0100"));
        check(&"7F".repeat(20), Some(&"7F".repeat(20)));
        check("0", None);
        check("", None);
        check("0x10", None);
        check("1é", None);
        check(&"F".repeat(40), None); // a sign octet would make it 21 octets
    }

    #[test]
    fn random_serials_are_positive_and_of_one_length() {
        for fill in [0x00, 0x7f, 0x80, 0xff] {
            let serial = Serial::from_random([fill; 16]);
            assert!(serial.is_conforming());
            assert_eq!(serial.to_hex().len(), 32);
            assert_eq!(serial.counting_value(), None);
        }
    }

    #[test]
    fn counts_below_two_to_the_63() {
        assert_eq!(Serial::from_u64(0), None);
        for value in [1, 0x7f, 0x80, u64::MAX >> 1] {
            assert_eq!(
                Serial::from_u64(value).and_then(|s| s.counting_value()),
                Some(value)
            );
        }
        assert_eq!(
            Serial::from_u64(1 << 63).and_then(|s| s.counting_value()),
            None
        );
    }

    #[test]
    fn shows_foreign_serials() {
        assert_eq!(Serial::from_der_contents(&[0xff]).to_string(), "-01");
        assert_eq!(Serial::from_der_contents(&[0x80]).to_string(), "-80");
        assert_eq!(Serial::from_der_contents(&[0]).to_string(), "00");
        assert!(!Serial::from_der_contents(&[0]).is_conforming());
        assert!(!Serial::from_der_contents(&[0xff]).is_conforming());
    }
}
