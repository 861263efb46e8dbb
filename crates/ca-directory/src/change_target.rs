//! What a change may touch: the files of a CA directory, by their part in it and not by path.
//!
//! Invariant: a plan can name nothing else, and of these only what a change of its kind has, so that a
//! plan that was made by hand reaches no file that is not the folder's own.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use trustpack_x509::serial::Serial;
use trustpack_x509::shown::shown;

use crate::layout::{self, Layout, ledger_copy_name};
use crate::repair::kept::{KeptFile, KeptFolder};
use crate::repository_file::{FileKind, HostLabel, RepositoryFile};
use crate::retired::names::{KeyId, RetiredFile};

/// A file of a CA directory.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Target {
    /// The CA certificate.
    Certificate,
    /// The CA certificate as PKCS#12.
    TrustStore,
    /// The CA private key.
    PrivateKey,
    /// The certificates above.
    Chain,
    /// The ledger.
    Ledger,
    /// What OpenSSL keeps beside it.
    LedgerAttributes,
    /// The serial of the next certificate.
    Serial,
    /// The number of the next CRL.
    CrlNumber,
    /// The newest CRL.
    Crl,
    /// The OpenSSL configuration.
    Config,
    /// The copy of a certificate that the ledger names.
    LedgerCopy(Serial),
    /// The PEM file of a host certificate, with what follows it; public, so never one with a key.
    HostCertificate(Serial, HostLabel),
    /// A CA certificate in whose place `ca renew` put another of the same key.
    Renewed(Serial),
    /// A file of a key that was replaced.
    Retired(KeyId, RetiredFile),
    /// A file as it was before it was mended.
    Mended(KeptFolder, KeptFile),
}

/// A text names no file of a CA directory, or no key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{found}\" is no file that a change of this kind may touch")]
pub struct InvalidTarget {
    found: String,
}

/// Of a text in a message, no more than this is shown.
const SHOWN_CHARACTERS: usize = 80;

/// The files of which there is one.
const SINGLE: [(&str, Target); 10] = [
    (layout::CERTIFICATE, Target::Certificate),
    (layout::TRUST_STORE, Target::TrustStore),
    (layout::PRIVATE_KEY, Target::PrivateKey),
    (layout::CHAIN, Target::Chain),
    (layout::LEDGER, Target::Ledger),
    (layout::LEDGER_ATTRIBUTES, Target::LedgerAttributes),
    (layout::SERIAL, Target::Serial),
    (layout::CRL_NUMBER, Target::CrlNumber),
    (layout::CRL, Target::Crl),
    (layout::CONFIG, Target::Config),
];

/// The folders in the names of the others.
const COPIES: &str = "repository/";
const RETIRED: &str = "retired/";
const RENEWED: &str = "renewed/";
const MENDED: &str = "mended/";

impl Target {
    /// Where it is.
    pub(crate) fn path(&self, layout: &Layout) -> PathBuf {
        match self {
            Self::Certificate => layout.certificate.clone(),
            Self::TrustStore => layout.trust_store.clone(),
            Self::PrivateKey => layout.private_key.clone(),
            Self::Chain => layout.chain.clone(),
            Self::Ledger => layout.ledger.clone(),
            Self::LedgerAttributes => layout.ledger_attributes(),
            Self::Serial => layout.serial.clone(),
            Self::CrlNumber => layout.crl_number.clone(),
            Self::Crl => layout.crl.clone(),
            Self::Config => layout.config.clone(),
            Self::LedgerCopy(serial) => layout.ledger_copy(serial),
            Self::HostCertificate(serial, label) => {
                let file = host_certificate(serial, label);
                layout.repository.join(file.to_string())
            }
            Self::Renewed(serial) => layout.renewed().join(ledger_copy_name(serial)),
            Self::Retired(key, file) => layout.retired(key).join(file.name()),
            Self::Mended(folder, file) => layout.mended(folder).join(file.to_string()),
        }
    }

    /// The folders that are made for it, the outermost first.
    pub(crate) fn own_folders(&self, layout: &Layout) -> Vec<PathBuf> {
        match self {
            Self::Retired(key, _) => {
                vec![layout.ca_conf.join(layout::RETIRED), layout.retired(key)]
            }
            Self::Renewed(_) => vec![layout.renewed()],
            Self::Mended(folder, _) => {
                vec![layout.ca_conf.join(layout::MENDED), layout.mended(folder)]
            }
            Self::Certificate
            | Self::TrustStore
            | Self::PrivateKey
            | Self::Chain
            | Self::Ledger
            | Self::LedgerAttributes
            | Self::Serial
            | Self::CrlNumber
            | Self::Crl
            | Self::Config
            | Self::LedgerCopy(_)
            | Self::HostCertificate(..) => Vec::new(),
        }
    }

    /// Whether a change may remove it, and not only put another in its place.
    pub(crate) fn may_go(&self) -> bool {
        matches!(self, Self::Crl | Self::Chain)
    }

    /// Whether only its owner may read it.
    pub(crate) fn is_private(&self) -> bool {
        match self {
            Self::PrivateKey
            | Self::Retired(_, RetiredFile::PrivateKey)
            | Self::Mended(_, KeptFile::TrustStore) => true,
            Self::Certificate
            | Self::TrustStore
            | Self::Chain
            | Self::Ledger
            | Self::LedgerAttributes
            | Self::Serial
            | Self::CrlNumber
            | Self::Crl
            | Self::Config
            | Self::LedgerCopy(_)
            | Self::HostCertificate(..)
            | Self::Renewed(_)
            | Self::Mended(..)
            | Self::Retired(..) => false,
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LedgerCopy(serial) => write!(f, "{COPIES}{}", ledger_copy_name(serial)),
            Self::HostCertificate(serial, label) => {
                write!(f, "{COPIES}{}", host_certificate(serial, label))
            }
            Self::Renewed(serial) => write!(f, "{RENEWED}{}", ledger_copy_name(serial)),
            Self::Retired(key, file) => write!(f, "{RETIRED}{key}/{}", file.name()),
            Self::Mended(folder, file) => write!(f, "{MENDED}{folder}/{file}"),
            single @ (Self::Certificate
            | Self::PrivateKey
            | Self::TrustStore
            | Self::Chain
            | Self::Ledger
            | Self::LedgerAttributes
            | Self::Serial
            | Self::CrlNumber
            | Self::Crl
            | Self::Config) => {
                let name = SINGLE.iter().find(|(_, target)| target == single);
                f.write_str(name.map_or("", |(name, _)| name))
            }
        }
    }
}

impl FromStr for Target {
    type Err = InvalidTarget;

    fn from_str(text: &str) -> Result<Self, InvalidTarget> {
        let single = SINGLE.iter().find(|(name, _)| *name == text);
        let issued = || {
            let file: RepositoryFile = text.strip_prefix(COPIES)?.parse().ok()?;
            match file.kind {
                FileKind::LedgerCopy => Some(Self::LedgerCopy(file.serial)),
                FileKind::Certificate(label) => Some(Self::HostCertificate(file.serial, label)),
                // No change touches what is private of a host: issuing has a plan of its own.
                FileKind::PrivateKey(_) | FileKind::Pfx(_) => None,
            }
        };
        let renewed = || {
            let serial = text.strip_prefix(RENEWED)?.strip_suffix(".pem")?;
            Some(Self::Renewed(serial.parse().ok()?))
        };
        let retired = || {
            let (key, name) = text.strip_prefix(RETIRED)?.split_once('/')?;
            let file = RetiredFile::ALL.iter().find(|file| file.name() == name)?;
            Some(Self::Retired(key.parse().ok()?, *file))
        };
        let mended = || {
            let (folder, file) = text.strip_prefix(MENDED)?.split_once('/')?;
            Some(Self::Mended(folder.parse().ok()?, file.parse().ok()?))
        };
        let found = single.map(|(_, target)| target.clone());
        let found = found.or_else(issued);
        let found = found.or_else(renewed).or_else(retired).or_else(mended);
        // One text for one file: what would be written otherwise is not ours.
        found
            .filter(|target| target.to_string() == text)
            .ok_or_else(|| InvalidTarget::new(text))
    }
}

/// The PEM file of a host certificate.
fn host_certificate(serial: &Serial, label: &HostLabel) -> RepositoryFile {
    RepositoryFile {
        serial: serial.clone(),
        kind: FileKind::Certificate(label.clone()),
    }
}

impl InvalidTarget {
    pub(crate) fn new(text: &str) -> Self {
        Self {
            found: shown(text, SHOWN_CHARACTERS),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_reads_back() {
        let key: KeyId = "00FF".parse().unwrap();
        let retired = RetiredFile::ALL.map(|file| Target::Retired(key.clone(), file));
        let copy = Target::LedgerCopy("0A".parse().unwrap());
        let singles = SINGLE.map(|(_, target)| target);
        let layout = Layout::new(std::path::Path::new("ca"));
        let host = Target::HostCertificate("0A".parse().unwrap(), "a-b_c".parse().unwrap());
        let renewed = Target::Renewed("0A".parse().unwrap());
        let mended = [
            "mended/20261121T080000Z/ca.db",
            "mended/20261121T080000Z/0A.pem",
        ];
        let mended = mended.map(|text| text.parse::<Target>().unwrap());
        let others = [copy, host, renewed].into_iter().chain(mended);
        for target in singles.into_iter().chain(retired).chain(others) {
            assert_eq!(target.to_string().parse(), Ok(target.clone()));
            assert!(target.path(&layout).starts_with("ca"));
            assert!(target.path(&layout).ends_with(target.to_string()));
        }
    }

    #[test]
    fn nothing_else_has_a_name() {
        for text in [
            "",
            "..",
            "/etc/passwd",
            "ca_cert.pem/",
            "./ca_cert.pem",
            "plan",
            "repository/../x.pem",
            "repository/0a.pem",
            "repository/00A.pem",
            "repository/.pem",
            "repository/0A_h_priv_key.pem",
            "repository/0A__cert.pem",
            "repository/0A_h/../x_cert.pem",
            "repository/a_h_cert.pem",
            "renewed/0A",
            "renewed/../0A.pem",
            "retired/ca_cert.pem",
            "retired//ca_cert.pem",
            "retired/../ca_cert.pem",
            "retired/AB/../ca_cert.pem",
            "retired/ab/ca_cert.pem",
            "retired/A/ca_cert.pem",
            "retired/AB/other",
            "mended/20261121T080000Z/../ca.db",
            "mended/20261121T080000Z/ca_priv_key.pem",
            "mended/../ca.db",
        ] {
            assert!(text.parse::<Target>().is_err(), "{text}");
        }
    }
}
