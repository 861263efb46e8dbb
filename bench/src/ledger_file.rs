//! Writes a large ledger, for measurements.
//!
//! Always the same for the same numbers. Serials are spread like random ones; every line ends with a
//! subject of its own. Invariant: `openssl ca` loads what is written.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;

use anyhow::Context as _;

/// Days of the month on which a certificate of ours may end: the first 28 are in every month.
const DAYS: u64 = 28;

/// What is written.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(crate) struct Ledger {
    /// Its lines
    pub(crate) lines: u32,
    /// Those of them that are revoked; they lie evenly among the others
    pub(crate) revoked: u32,
}

impl Ledger {
    /// Writes it into the new file `path`.
    pub(crate) fn write(self, path: &Path) -> anyhow::Result<()> {
        let file = File::create_new(path).with_context(|| path.display().to_string())?;
        let mut out = BufWriter::new(file);
        let [lines, revoked] = [u64::from(self.lines), u64::from(self.revoked)];
        for line in 1..=lines {
            let (letter, revocation) = if spread(line, revoked, lines) {
                ("R", "261120080000Z,superseded")
            } else {
                ("V", "")
            };
            let [high, low] = [mixed(line) >> 2 | 1 << 62, mixed(line ^ u64::MAX)];
            let [year, month, day] = [27 + line % 3, 1 + line % 12, 1 + line % DAYS];
            writeln!(
                out,
                "{letter}\t{year}{month:02}{day:02}080000Z\t{revocation}\t{high:016X}{low:016X}\t\
                 {high:016X}{low:016X}.pem\t/C=DE/O=Example/CN=host{line:08}.example.com"
            )?;
        }
        out.flush()?;
        Ok(())
    }
}

/// Whether this is one of `chosen` lines, which lie evenly among `all`.
fn spread(line: u64, chosen: u64, all: u64) -> bool {
    line * chosen / all != (line - 1) * chosen / all
}

/// A number that looks like a random one: the finisher of SplitMix64.
fn mixed(number: u64) -> u64 {
    let mut mixed = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ mixed >> 31
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_what_was_asked_for() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ca.db");
        let ledger = Ledger {
            lines: 1000,
            revoked: 10,
        };
        ledger.write(&path).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        let revoked = text.lines().filter(|line| line.starts_with("R\t")).count();
        assert_eq!((text.lines().count(), revoked), (1000, 10));
        assert!(ledger.write(&path).is_err(), "a file that is there stays");
    }
}
