//! All serials of a ledger, in little memory: 24 octets for each.
//!
//! Invariant: sorted, so that asking for one takes no longer in a long ledger.

use trustpack_x509::serial::{MAX_OCTETS, Serial};

/// The serials of a ledger.
#[derive(Debug, Default)]
pub(crate) struct Serials {
    sorted: Vec<Entry>,
}

/// One line: its serial, and whether it is revoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Entry {
    /// With zeros in front.
    octets: [u8; ENTRY_OCTETS],
    revoked: bool,
}

/// A serial as DER has it may begin with a zero, so that it is not negative.
const ENTRY_OCTETS: usize = MAX_OCTETS + 1;

impl Entry {
    pub(crate) fn new(serial: &Serial, revoked: bool) -> Self {
        Self {
            octets: padded(serial.der_contents()),
            revoked,
        }
    }
}

/// The last octets of a number, as many as there are of a serial; a longer one is none that a ledger
/// could hold.
fn padded(contents: &[u8]) -> [u8; ENTRY_OCTETS] {
    let mut octets = [0; ENTRY_OCTETS];
    for (octet, value) in octets.iter_mut().rev().zip(contents.iter().rev()) {
        *octet = *value;
    }
    octets
}

impl Serials {
    /// Takes what was gathered, in any order.
    pub(crate) fn new(mut entries: Vec<Entry>) -> Self {
        entries.sort_unstable();
        Self { sorted: entries }
    }

    /// How many there are; one that stands in the ledger twice is one.
    pub(crate) fn count(&self) -> usize {
        self.sorted.chunk_by(|a, b| a.octets == b.octets).count()
    }

    pub(crate) fn contains(&self, serial: &Serial) -> bool {
        self.state_of(serial.der_contents()).is_some()
    }

    /// Whether the certificate with the serial of these octets is revoked; none if it is unknown.
    pub(crate) fn state_of(&self, der_contents: &[u8]) -> Option<bool> {
        let wanted = padded(der_contents);
        // Where a serial stands twice the last of its entries is the revoked one.
        let after = self.sorted.partition_point(|entry| entry.octets <= wanted);
        let entry = self.sorted.get(after.checked_sub(1)?)?;
        (entry.octets == wanted).then_some(entry.revoked)
    }

    /// Serials that stand in the ledger more than once, and how often.
    pub(crate) fn repeated(&self) -> impl Iterator<Item = (Serial, usize)> {
        self.sorted
            .chunk_by(|a, b| a.octets == b.octets)
            .filter(|run| run.len() > 1)
            .filter_map(|run| Some((run.first()?.serial(), run.len())))
    }

    /// The highest of all.
    pub(crate) fn highest(&self) -> Option<Serial> {
        self.sorted.last().map(Entry::serial)
    }

    /// The highest of those that a folder that counts has given.
    pub(crate) fn highest_counted(&self) -> Option<u64> {
        let mut highest_first = self.sorted.iter().rev();
        highest_first.find_map(|entry| entry.serial().counting_value())
    }
}

impl Entry {
    fn serial(&self) -> Serial {
        Serial::from_unsigned(&self.octets)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn serials(texts: &[(&str, bool)]) -> Serials {
        let entry = |(text, revoked): &(&str, bool)| Entry::new(&text.parse().unwrap(), *revoked);
        Serials::new(texts.iter().map(entry).collect())
    }

    #[test]
    fn knows_what_it_was_given() {
        let long = "7F112233445566778899AABBCCDDEEFF00112233";
        let known = serials(&[
            ("80", false),
            (long, true),
            ("02", false),
            ("02", true),
            ("0100", false),
        ]);
        let state = |text: &str| known.state_of(text.parse::<Serial>().unwrap().der_contents());
        assert_eq!(state("80"), Some(false));
        assert_eq!(state(long), Some(true));
        assert_eq!(state("02"), Some(true));
        assert_eq!((state("01"), state("8000")), (None, None));
        let repeated: Vec<_> = known.repeated().collect();
        assert_eq!(repeated, [("02".parse().unwrap(), 2)]);
        assert_eq!(known.highest_counted(), Some(0x100));
        assert_eq!(Serials::default().highest_counted(), None);
    }
}
