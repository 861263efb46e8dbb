//! The numbers of revocation lists: they only rise.
//!
//! Invariant: zero or more, kept without leading zeros, so that numbers of any size compare by value.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use crate::shown::shown;

/// The number of a revocation list: zero or more, of any size when it was read.
///
/// Source: RFC 5280 section 5.2.3.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct CrlNumber(Box<[u8]>);

/// A text is no number of a list.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "\"{found}\" is no CRL number; allowed are 1 to {} hexadecimal digits, less than 2^159",
    2 * MAX_OCTETS
)]
pub struct InvalidCrlNumber {
    found: String,
}

/// Octets of a number that an authority may give: RFC 5280 section 5.2.3.
pub const MAX_OCTETS: usize = 20;

impl CrlNumber {
    /// The number of this value.
    #[must_use]
    pub fn from_u64(value: u64) -> Self {
        Self::from_magnitude(&value.to_be_bytes())
    }

    /// The number whose INTEGER has these contents octets; `None` if it is negative or no number.
    #[must_use]
    pub fn from_der_contents(contents: &[u8]) -> Option<Self> {
        let first = contents.first()?;
        (first & 0x80 == 0).then(|| Self::from_magnitude(contents))
    }

    /// The contents octets of its INTEGER.
    #[must_use]
    pub fn der_contents(&self) -> Vec<u8> {
        let sign = self.0.first().is_none_or(|first| first & 0x80 != 0);
        let mut contents = Vec::with_capacity(self.0.len() + 1);
        contents.extend(sign.then_some(0));
        contents.extend_from_slice(&self.0);
        contents
    }

    /// The number after this one; `None` if it would need more octets than a list may have.
    #[must_use]
    pub fn next(&self) -> Option<Self> {
        let mut octets = vec![0];
        octets.extend_from_slice(&self.0);
        for octet in octets.iter_mut().rev() {
            let (sum, overflow) = octet.overflowing_add(1);
            *octet = sum;
            if !overflow {
                break;
            }
        }
        let next = Self::from_magnitude(&octets);
        next.is_conforming().then_some(next)
    }

    /// Whether it has no more octets than RFC 5280 section 5.2.3 allows.
    #[must_use]
    pub fn is_conforming(&self) -> bool {
        self.der_contents().len() <= MAX_OCTETS
    }

    fn from_magnitude(octets: &[u8]) -> Self {
        let start = octets.iter().position(|&octet| octet != 0);
        let significant = octets.get(start.unwrap_or(octets.len())..);
        Self(significant.unwrap_or_default().into())
    }
}

impl Ord for CrlNumber {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.0.len(), &self.0).cmp(&(other.0.len(), &other.0))
    }
}

impl PartialOrd for CrlNumber {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for CrlNumber {
    /// Upper-case hexadecimal with an even number of digits, as OpenSSL writes the file `crl_number`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("00");
        }
        self.0.iter().try_for_each(|octet| write!(f, "{octet:02X}"))
    }
}

impl fmt::Debug for CrlNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CrlNumber({self})")
    }
}

impl FromStr for CrlNumber {
    type Err = InvalidCrlNumber;

    /// Reads hexadecimal digits of either case, an odd number of them too.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let invalid = || InvalidCrlNumber {
            found: shown(text, 60),
        };
        if text.is_empty() || text.len() > 2 * MAX_OCTETS {
            return Err(invalid());
        }
        let padded = format!("{}{text}", if text.len() % 2 == 1 { "0" } else { "" });
        let digit = |byte: u8| {
            char::from(byte)
                .to_digit(16)
                .and_then(|d| u8::try_from(d).ok())
        };
        let (pairs, _) = padded.as_bytes().as_chunks::<2>();
        let octets: Option<Vec<u8>> = pairs
            .iter()
            .map(|&[high, low]| Some(digit(high)? << 4 | digit(low)?))
            .collect();
        let number = Self::from_magnitude(&octets.ok_or_else(invalid)?);
        if number.is_conforming() {
            Ok(number)
        } else {
            Err(invalid())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> CrlNumber {
        text.parse().expect("a number")
    }

    #[test]
    fn compares_by_value() {
        let rising = ["0", "1", "7f", "80", "ff", "100", "0ffff", "10000"];
        for (index, low) in rising.iter().enumerate() {
            for high in &rising[index + 1..] {
                assert!(number(low) < number(high), "{low} {high}");
            }
        }
        assert_eq!(number("0001"), CrlNumber::from_u64(1));
    }

    #[track_caller]
    fn check_next(text: &str, want: Option<&str>) {
        assert_eq!(
            number(text).next().map(|next| next.to_string()).as_deref(),
            want
        );
    }

    #[test]
    fn the_next_one() {
        check_next("00", Some("01"));
        check_next("ff", Some("0100"));
        check_next("10FF", Some("1100"));
        check_next(&format!("7F{}", "F".repeat(38)), None);
    }

    #[test]
    fn reads_and_writes() {
        assert_eq!(number("80").der_contents(), [0, 0x80]);
        assert_eq!(number("0").der_contents(), [0]);
        assert_eq!(CrlNumber::from_der_contents(&[0, 0x80]), Some(number("80")));
        assert_eq!(CrlNumber::from_der_contents(&[0x80]), None);
        assert_eq!(CrlNumber::from_der_contents(&[]), None);
        for text in ["", "g", "-1", "+1", &"F".repeat(40), &"1".repeat(41)] {
            assert!(text.parse::<CrlNumber>().is_err(), "{text}");
        }
    }
}
