//! What a reader of a file should know beside what was found in it.
//!
//! Not errors: the file was read. Invariant: a note is made where the thing happened, once.

use std::fmt;

/// Where in a file something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// It is the whole file.
    Whole,
    /// A PEM block, by the line of its `BEGIN` marker, from 1.
    Line(usize),
    /// The number of it in the file, from 1.
    Number(usize),
}

/// Something to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Note {
    /// A thing of a kind that is not read.
    PassedOver {
        /// Where.
        place: Place,
        /// What it is.
        what: String,
    },
    /// The label of a PEM block says something else than what is in it.
    Mislabelled {
        /// Line of its `BEGIN` marker, from 1.
        line: usize,
        /// The label.
        label: String,
        /// What is in it.
        found: &'static str,
    },
    /// OpenSSL's settings of trust, which only OpenSSL heeds.
    TrustSettings {
        /// Where.
        place: Place,
        /// Object identifiers of the purposes for which it is trusted.
        trusted: Vec<String>,
        /// Object identifiers of the purposes for which it is rejected.
        rejected: Vec<String>,
    },
    /// Without a password it cannot be seen whether the file was changed.
    IntegrityNotChecked,
    /// The file has no MAC: nothing in it says whether it was changed.
    NoMac,
    /// The PKCS#7 file is signed by somebody; only the certificates in it were read.
    SignaturesNotChecked {
        /// How many signatures.
        signers: usize,
    },
    /// A secret key of Java, whose end only Java finds.
    SecretKey {
        /// Name of its entry.
        alias: String,
        /// Entries behind it, which could not be reached.
        not_read: u32,
    },
}

impl Note {
    /// Whether something of the file would be gone if it were written anew from what was read.
    #[must_use]
    pub fn is_loss(&self) -> bool {
        match self {
            Self::PassedOver { .. } | Self::SecretKey { .. } | Self::TrustSettings { .. } => true,
            Self::Mislabelled { .. }
            | Self::IntegrityNotChecked
            | Self::NoMac
            | Self::SignaturesNotChecked { .. } => false,
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole => f.write_str("of the file"),
            Self::Line(line) => write!(f, "in line {line}"),
            Self::Number(number) => write!(f, "number {number}"),
        }
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PassedOver { place, what } => write!(f, "{what} {place} was passed over"),
            Self::Mislabelled { line, label, found } => {
                write!(
                    f,
                    "the PEM block in line {line} is labelled {label:?} and holds {found}"
                )
            }
            Self::TrustSettings {
                place,
                trusted,
                rejected,
            } => {
                write!(
                    f,
                    "the certificate {place} has settings that only OpenSSL heeds"
                )?;
                for (word, purposes) in [("trusted", trusted), ("rejected", rejected)] {
                    if !purposes.is_empty() {
                        write!(f, "; {word} for {}", purposes.join(", "))?;
                    }
                }
                Ok(())
            }
            Self::IntegrityNotChecked => f.write_str(
                "without its password it was not checked whether somebody has changed the file",
            ),
            Self::NoMac => f.write_str(
                "the file has no MAC: it cannot be seen whether somebody has changed it",
            ),
            Self::SignaturesNotChecked { signers } => write!(
                f,
                "the PKCS#7 file is signed ({signers} times); only its certificates were read"
            ),
            Self::SecretKey { alias, not_read } => {
                write!(
                    f,
                    "the entry {alias:?} is a secret key, which only Java reads"
                )?;
                match not_read {
                    0 => Ok(()),
                    more => write!(f, "; the {more} entries behind it could not be reached"),
                }
            }
        }
    }
}
