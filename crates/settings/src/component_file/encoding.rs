//! The text of a file whose encoding nobody has written down.
//!
//! Invariant: [`Decoded::octets`] gives the octets that were read, for every file.

use zeroize::Zeroizing;

use super::InvalidComponentFile;

/// A text, and how it was written.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Decoded {
    pub(super) text: Zeroizing<String>,
    pub(super) encoding: Encoding,
}

/// How the octets of a text are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    Utf8,
    /// With the mark that Windows programs put in front.
    MarkedUtf8,
    /// No UTF-8: one of the code pages of old systems. Each octet is taken as one character (as ISO 8859-1 has them),
    /// so that all of it comes back; which characters are meant above ASCII is unknown.
    SingleOctets,
}

const MARK: &[u8] = b"\xef\xbb\xbf";

impl Decoded {
    pub(super) fn read(octets: &[u8]) -> Result<Self, InvalidComponentFile> {
        if octets.starts_with(b"\xff\xfe") || octets.starts_with(b"\xfe\xff") {
            return Err(InvalidComponentFile::Utf16);
        }
        let (encoding, rest) = match octets.strip_prefix(MARK) {
            Some(rest) => (Encoding::MarkedUtf8, rest),
            None => (Encoding::Utf8, octets),
        };
        Ok(match std::str::from_utf8(rest) {
            Ok(text) => Self {
                text: Zeroizing::new(text.to_owned()),
                encoding,
            },
            Err(_) => Self {
                text: Zeroizing::new(octets.iter().copied().map(char::from).collect()),
                encoding: Encoding::SingleOctets,
            },
        })
    }

    /// The same encoding with another text, if that has it.
    pub(super) fn with_text(&self, text: Zeroizing<String>) -> Option<Self> {
        let writable = self.encoding != Encoding::SingleOctets
            || text.chars().all(|c| u8::try_from(c).is_ok());
        writable.then_some(Self {
            text,
            encoding: self.encoding,
        })
    }

    pub(super) fn octets(&self) -> Vec<u8> {
        match self.encoding {
            Encoding::Utf8 => self.text.as_bytes().to_vec(),
            Encoding::MarkedUtf8 => [MARK, self.text.as_bytes()].concat(),
            Encoding::SingleOctets => {
                let octet = |c: char| u8::try_from(c).unwrap_or(b'?');
                self.text.chars().map(octet).collect()
            }
        }
    }
}
