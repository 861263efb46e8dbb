//! The highest numbers of lists that were seen: a list that somebody put back is found by them.
//!
//! Invariant: numbers only rise, and only those of lists whose signature was verified count.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use aws_lc_rs::digest::{Context, SHA256};
use trustpack_x509::crl::head::ListHead;
use trustpack_x509::crl::issuing_point::{Covered, DistributionPointName};
use trustpack_x509::crl::number::CrlNumber;

use crate::folded_name::FoldedName;

/// The highest number seen of each kind of list.
///
/// As text it has a line for each, so that it can be kept: what two of them say together, one after the other, is what both
/// have seen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SeenNumbers(BTreeMap<Kind, CrlNumber>);

/// Lists whose numbers are of one sequence: the same issuer, key and scope. A digest of these.
///
/// Source: RFC 5280 section 5.2.3 has one for each issuer and scope. The key is ours: an authority
/// that changed its key may number the lists of each key apart.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Kind(Vec<u8>);

/// A text is no record of numbers.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "line {line} is no number of a list: it must have {} hexadecimal digits, a blank, and the number in such digits",
    2 * KIND_OCTETS
)]
pub struct InvalidSeenNumbers {
    line: usize,
}

/// Octets of SHA-256.
const KIND_OCTETS: usize = 32;

impl SeenNumbers {
    /// The higher ones of these and of others.
    #[must_use]
    pub fn and(mut self, others: &Self) -> Self {
        for (kind, number) in &others.0 {
            self.raise(kind, number);
        }
        self
    }

    /// Those that are higher than in `others`, or are not there.
    #[must_use]
    pub fn beyond(&self, others: &Self) -> Self {
        let is_news = |(kind, number): &(&Kind, &CrlNumber)| {
            others.0.get(kind).is_none_or(|known| known < *number)
        };
        let news = self.0.iter().filter(is_news);
        Self(
            news.map(|(kind, number)| (kind.clone(), number.clone()))
                .collect(),
        )
    }

    /// Whether nothing was seen.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The highest number of a list of this kind, if it is higher than this one's.
    pub(super) fn higher_than(&self, head: &ListHead) -> Option<&CrlNumber> {
        let number = head.number.as_ref()?;
        self.0.get(&Kind::of(head)).filter(|&seen| number < seen)
    }

    /// Takes note of the number of a list that was verified.
    pub(super) fn note(&mut self, head: &ListHead) {
        if let Some(number) = &head.number {
            self.raise(&Kind::of(head), number);
        }
    }

    fn raise(&mut self, kind: &Kind, number: &CrlNumber) {
        match self.0.get_mut(kind) {
            Some(seen) if *seen < *number => *seen = number.clone(),
            Some(_) => {}
            None => drop(self.0.insert(kind.clone(), number.clone())),
        }
    }
}

impl Kind {
    fn of(head: &ListHead) -> Self {
        let mut digest = Context::new(&SHA256);
        // Each part with its length, so that no two lists of parts are the same octets.
        let mut part = |octets: &[u8]| {
            let length = u64::try_from(octets.len()).unwrap_or(u64::MAX);
            digest.update(&length.to_be_bytes());
            digest.update(octets);
        };
        FoldedName::new(&head.issuer).parts(&mut part);
        part(head.authority_key_id.as_deref().unwrap_or_default());
        if let Some(point) = &head.issuing_distribution_point {
            match &point.name {
                None => {}
                Some(DistributionPointName::Relative(octets)) => part(octets),
                Some(DistributionPointName::Full(names)) => {
                    names
                        .iter()
                        .for_each(|name| part(name.to_string().as_bytes()));
                }
            }
            let covers = match point.covers {
                Covered::All => 0,
                Covered::EndEntities => 1,
                Covered::Authorities => 2,
                Covered::Attributes => 3,
            };
            part(&[
                covers,
                u8::from(point.some_reasons_only),
                u8::from(point.indirect),
            ]);
        }
        Self(digest.finish().as_ref().to_vec())
    }
}

impl fmt::Display for SeenNumbers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (Kind(kind), number) in &self.0 {
            kind.iter().try_for_each(|octet| write!(f, "{octet:02x}"))?;
            f.write_str(" ")?;
            let number = number.der_contents();
            number
                .iter()
                .try_for_each(|octet| write!(f, "{octet:02x}"))?;
            f.write_str("\n")?;
        }
        Ok(())
    }
}

impl FromStr for SeenNumbers {
    type Err = InvalidSeenNumbers;

    /// Reads lines in any order; of several for one kind of list the highest number counts. A last line that is not ended
    /// does not count: whoever wrote it was interrupted.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut seen = Self::default();
        let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
        for (line, text) in (1..).zip(whole.lines()) {
            let read = text.split_once(' ').and_then(|(kind, number)| {
                let kind = octets(kind).filter(|octets| octets.len() == KIND_OCTETS)?;
                let number = CrlNumber::from_der_contents(&octets(number)?)?;
                Some((Kind(kind), number))
            });
            let (kind, number) = read.ok_or(InvalidSeenNumbers { line })?;
            seen.raise(&kind, &number);
        }
        Ok(seen)
    }
}

fn octets(digits: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> = digits
        .chars()
        .map(|digit| {
            digit
                .to_digit(16)
                .and_then(|digit| u8::try_from(digit).ok())
        })
        .collect();
    let digits = digits?;
    let pairs = digits.chunks(2).map(|pair| match pair {
        [high, low] => Some(high << 4 | low),
        _ => None,
    });
    pairs.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(kind: u8, number: &str) -> String {
        format!("{} {number}\n", format!("{kind:02x}").repeat(KIND_OCTETS))
    }

    #[test]
    fn what_was_written_is_read() {
        let text = format!("{}{}{}", line(1, "05"), line(2, "00ff"), line(1, "0100"));
        let seen: SeenNumbers = text.parse().expect("it is in order");
        assert_eq!(
            seen.to_string(),
            format!("{}{}", line(1, "0100"), line(2, "00ff"))
        );
        assert_eq!(seen.to_string().parse(), Ok(seen.clone()));
        let known = line(1, "0100").parse().expect("it is in order");
        assert_eq!(seen.beyond(&known).to_string(), line(2, "00ff"));
        assert!(known.beyond(&seen).is_empty());
    }

    #[test]
    fn an_interrupted_line_does_not_count() {
        let whole = line(1, "05");
        for end in 0..whole.len() {
            let cut = whole.get(..end).expect("ASCII");
            let seen: SeenNumbers = cut.parse().expect("nothing is whole");
            assert!(seen.is_empty(), "{cut}");
            let after: SeenNumbers = format!("{whole}{cut}").parse().expect("the first is");
            assert_eq!(after.to_string(), whole);
        }
    }

    #[track_caller]
    fn refused(text: &str, line: usize) {
        let read: Result<SeenNumbers, _> = text.parse();
        assert_eq!(read, Err(InvalidSeenNumbers { line }), "{text}");
    }

    #[test]
    fn what_is_no_record() {
        refused("\nx\n", 1);
        refused(&format!("{}hello\n", line(1, "05")), 2);
        refused(&line(1, ""), 1);
        refused(&line(1, "5"), 1);
        refused(&line(1, "ff"), 1);
        refused("ab 05\n", 1);
    }
}
