//! Where `ca check --repair` keeps the files that it changes, as they were: `ca_conf/mended/<time>/`, one
//! folder for each time that something was mended.
//!
//! Invariant: a name is one plain file or folder name, and reads back as the same.

use std::fmt;
use std::str::FromStr;

use trustpack_x509::serial::Serial;
use trustpack_x509::time::Timestamp;

use crate::change_target::InvalidTarget;
use crate::layout::{self, ledger_copy_name};

/// The name of a folder with files as they were: a moment, `20261121T080000Z`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct KeptFolder(Box<str>);

/// A file that is kept as it was.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum KeptFile {
    /// The ledger.
    Ledger,
    /// What OpenSSL keeps beside it.
    LedgerAttributes,
    /// The serial of the next certificate.
    Serial,
    /// The number of the next CRL.
    CrlNumber,
    /// The trust store; it may have a key in it that does not belong there.
    TrustStore,
    /// The copy of a certificate, or what stood in its place.
    LedgerCopy(Serial),
}

/// The files of which there is one.
const SINGLE: [(&str, KeptFile); 5] = [
    (layout::LEDGER, KeptFile::Ledger),
    (layout::LEDGER_ATTRIBUTES, KeptFile::LedgerAttributes),
    (layout::SERIAL, KeptFile::Serial),
    (layout::CRL_NUMBER, KeptFile::CrlNumber),
    (layout::TRUST_STORE, KeptFile::TrustStore),
];

/// `20261121T080000Z`.
const FOLDER_NAME_LENGTH: usize = 16;

impl KeptFolder {
    /// The folder of what was mended at this moment.
    pub(crate) fn of(moment: Timestamp) -> Self {
        let text = moment.to_string();
        Self(text.replace(['-', ':'], "").into())
    }
}

impl FromStr for KeptFolder {
    type Err = InvalidTarget;

    fn from_str(text: &str) -> Result<Self, InvalidTarget> {
        let fits = |(at, octet): (usize, u8)| match at {
            8 => octet == b'T',
            15 => octet == b'Z',
            _ => octet.is_ascii_digit(),
        };
        if text.len() == FOLDER_NAME_LENGTH && text.bytes().enumerate().all(fits) {
            Ok(Self(text.into()))
        } else {
            Err(InvalidTarget::new(text))
        }
    }
}

impl fmt::Display for KeptFolder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for KeptFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LedgerCopy(serial) => f.write_str(&ledger_copy_name(serial)),
            single @ (Self::Ledger
            | Self::LedgerAttributes
            | Self::Serial
            | Self::CrlNumber
            | Self::TrustStore) => {
                let name = SINGLE.iter().find(|(_, file)| file == single);
                f.write_str(name.map_or("", |(name, _)| name))
            }
        }
    }
}

impl FromStr for KeptFile {
    type Err = InvalidTarget;

    fn from_str(text: &str) -> Result<Self, InvalidTarget> {
        let single = SINGLE.iter().find(|(name, _)| *name == text);
        let copy = || Some(Self::LedgerCopy(text.strip_suffix(".pem")?.parse().ok()?));
        let found = single.map(|(_, file)| file.clone()).or_else(copy);
        found.ok_or_else(|| InvalidTarget::new(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_named_after_its_moment() {
        let folder = KeptFolder::of("2026-11-21T08:01:02Z".parse().unwrap());
        assert_eq!(folder.to_string(), "20261121T080102Z");
        assert_eq!("20261121T080102Z".parse(), Ok(folder));
        for text in [
            "",
            "20261121T080102",
            "20261121 080102Z",
            "../../../../../a",
        ] {
            assert!(text.parse::<KeptFolder>().is_err(), "{text}");
        }
    }
}
