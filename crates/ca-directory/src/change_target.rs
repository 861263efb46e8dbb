//! What a change may touch: the files of a CA directory, by their part in it and not by path.
//!
//! Invariant: a plan can name nothing else, and of these only what a change of its kind has, so that a
//! plan that was made by hand reaches no file that is not the folder's own.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use trustpack_x509::serial::Serial;

use crate::layout::{self, Layout, ledger_copy_name};

/// What a change is for. It says which files it may touch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeKind {
    /// Certificates are issued. Its commit point is the ledger.
    Issue,
    /// Certificates are revoked, put on hold or taken off it; perhaps with a new CRL.
    Revoke,
    /// A CRL is made.
    Crl,
    /// Another authority is certified. Its copy may be put there, and what follows it when it is sent.
    Certify,
    /// The CA gets a new certificate for its key, or one of another authority.
    Renew,
    /// The CA gets a new key.
    Rekey,
    /// What is out of step is mended.
    Repair,
}

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
}

/// The part of a file name that says which host it is for: 1 to 63 letters, digits, hyphens and
/// underscores.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct HostLabel(Box<str>);

/// Names a key that was replaced: its subject key identifier in upper-case hexadecimal.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct KeyId(Box<str>);

/// What is kept of a key that was replaced, in `retired/<key id>/`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RetiredFile {
    /// Its CA certificate.
    Certificate,
    /// The key itself: it goes on signing the CRL of its own certificates.
    PrivateKey,
    /// The certificates above its certificate.
    Chain,
    /// The new key, signed by this one: for peers that trust the old CA only.
    NewByOld,
    /// This key, signed by the new one: for peers that trust the new CA only.
    OldByNew,
    /// Its newest CRL.
    Crl,
    /// The number of its next CRL.
    CrlNumber,
    /// Its trust store.
    TrustStore,
    /// The serial of the last line of the ledger that belongs to it.
    LastSerial,
}

/// A text names no file of a CA directory, or no key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{found}\" is no file that a change of this kind may touch")]
pub struct InvalidTarget {
    found: String,
}

/// The longest subject key identifier that is taken: that of SHA-512, the longest in use.
const MAX_KEY_ID_OCTETS: usize = 64;
/// The longest label of a host name (RFC 1035 section 2.3.4).
const MAX_LABEL: usize = 63;
/// Of a text in a message, no more than this is shown.
const SHOWN_CHARACTERS: usize = 80;

impl ChangeKind {
    /// Every kind.
    pub(crate) const ALL: [Self; 7] = [
        Self::Issue,
        Self::Revoke,
        Self::Crl,
        Self::Certify,
        Self::Renew,
        Self::Rekey,
        Self::Repair,
    ];

    /// The word for it in a plan.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Issue => "issue",
            Self::Revoke => "revoke",
            Self::Crl => "crl",
            Self::Certify => "certify",
            Self::Renew => "renew",
            Self::Rekey => "rekey",
            Self::Repair => "repair",
        }
    }

    /// Whether a change of this kind may replace or remove this file.
    pub(crate) fn may_touch(self, target: &Target) -> bool {
        use RetiredFile as Old;
        match self {
            Self::Issue => false,
            Self::Revoke => match target {
                Target::Ledger | Target::Crl | Target::Retired(_, Old::Crl | Old::CrlNumber) => {
                    true
                }
                Target::Certificate
                | Target::TrustStore
                | Target::PrivateKey
                | Target::Chain
                | Target::Serial
                | Target::CrlNumber
                | Target::Config
                | Target::LedgerCopy(_)
                | Target::HostCertificate(..)
                | Target::Renewed(_)
                | Target::Retired(..) => false,
            },
            Self::Crl => matches!(
                target,
                Target::Crl | Target::Retired(_, Old::Crl | Old::CrlNumber)
            ),
            Self::Certify => {
                matches!(target, Target::LedgerCopy(_) | Target::HostCertificate(..))
            }
            Self::Renew => !matches!(target, Target::PrivateKey),
            Self::Rekey | Self::Repair => true,
        }
    }
}

impl fmt::Display for ChangeKind {
    /// What was going on, for people: "making a CRL".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Issue => "issuing certificates",
            Self::Revoke => "revoking certificates",
            Self::Crl => "making a CRL",
            Self::Certify => "certifying another CA",
            Self::Renew => "renewing the CA",
            Self::Rekey => "giving the CA a new key",
            Self::Repair => "mending the folder",
        })
    }
}

/// The files of which there is one.
const SINGLE: [(&str, Target); 9] = [
    (layout::CERTIFICATE, Target::Certificate),
    (layout::TRUST_STORE, Target::TrustStore),
    (layout::PRIVATE_KEY, Target::PrivateKey),
    (layout::CHAIN, Target::Chain),
    (layout::LEDGER, Target::Ledger),
    (layout::SERIAL, Target::Serial),
    (layout::CRL_NUMBER, Target::CrlNumber),
    (layout::CRL, Target::Crl),
    (layout::CONFIG, Target::Config),
];

/// The folders in the names of the others.
const COPIES: &str = "repository/";
const RETIRED: &str = "retired/";
const RENEWED: &str = "renewed/";
const HOST_CERTIFICATE: &str = "_cert.pem";

impl Target {
    /// Where it is.
    pub(crate) fn path(&self, layout: &Layout) -> PathBuf {
        match self {
            Self::Certificate => layout.certificate.clone(),
            Self::TrustStore => layout.trust_store.clone(),
            Self::PrivateKey => layout.private_key.clone(),
            Self::Chain => layout.chain.clone(),
            Self::Ledger => layout.ledger.clone(),
            Self::Serial => layout.serial.clone(),
            Self::CrlNumber => layout.crl_number.clone(),
            Self::Crl => layout.crl.clone(),
            Self::Config => layout.config.clone(),
            Self::LedgerCopy(serial) => layout.ledger_copy(serial),
            Self::HostCertificate(serial, label) => {
                layout.repository.join(host_certificate_name(serial, label))
            }
            Self::Renewed(serial) => layout.renewed().join(ledger_copy_name(serial)),
            Self::Retired(key, file) => layout.retired(key).join(file.name()),
        }
    }

    /// The folders that are made for it, the outermost first.
    pub(crate) fn own_folders(&self, layout: &Layout) -> Vec<PathBuf> {
        match self {
            Self::Retired(key, _) => {
                vec![layout.ca_conf.join(layout::RETIRED), layout.retired(key)]
            }
            Self::Renewed(_) => vec![layout.renewed()],
            Self::Certificate
            | Self::TrustStore
            | Self::PrivateKey
            | Self::Chain
            | Self::Ledger
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
            Self::PrivateKey | Self::Retired(_, RetiredFile::PrivateKey) => true,
            Self::Certificate
            | Self::TrustStore
            | Self::Chain
            | Self::Ledger
            | Self::Serial
            | Self::CrlNumber
            | Self::Crl
            | Self::Config
            | Self::LedgerCopy(_)
            | Self::HostCertificate(..)
            | Self::Renewed(_)
            | Self::Retired(..) => false,
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LedgerCopy(serial) => write!(f, "{COPIES}{}", ledger_copy_name(serial)),
            Self::HostCertificate(serial, label) => {
                write!(f, "{COPIES}{}", host_certificate_name(serial, label))
            }
            Self::Renewed(serial) => write!(f, "{RENEWED}{}", ledger_copy_name(serial)),
            Self::Retired(key, file) => write!(f, "{RETIRED}{key}/{}", file.name()),
            single @ (Self::Certificate
            | Self::PrivateKey
            | Self::TrustStore
            | Self::Chain
            | Self::Ledger
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
        let copy = || {
            let serial = text.strip_prefix(COPIES)?.strip_suffix(".pem")?;
            let serial: Serial = serial.parse().ok()?;
            Some(Self::LedgerCopy(serial))
        };
        let host = || {
            let name = text.strip_prefix(COPIES)?.strip_suffix(HOST_CERTIFICATE)?;
            let (serial, label) = name.split_once('_')?;
            Some(Self::HostCertificate(
                serial.parse().ok()?,
                label.parse().ok()?,
            ))
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
        let found = single.map(|(_, target)| target.clone());
        let found = found.or_else(copy).or_else(host);
        let found = found.or_else(renewed).or_else(retired);
        // One text for one file: what would be written otherwise is not ours.
        found
            .filter(|target| target.to_string() == text)
            .ok_or_else(|| InvalidTarget::new(text))
    }
}

impl RetiredFile {
    /// All of them.
    const ALL: [Self; 9] = [
        Self::Certificate,
        Self::PrivateKey,
        Self::Chain,
        Self::NewByOld,
        Self::OldByNew,
        Self::Crl,
        Self::CrlNumber,
        Self::TrustStore,
        Self::LastSerial,
    ];

    /// Its name in the folder of the key.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Certificate => layout::CERTIFICATE,
            Self::PrivateKey => layout::PRIVATE_KEY,
            Self::Chain => layout::CHAIN,
            Self::NewByOld => "new_by_old.pem",
            Self::OldByNew => "old_by_new.pem",
            Self::Crl => layout::CRL,
            Self::CrlNumber => layout::CRL_NUMBER,
            Self::TrustStore => layout::TRUST_STORE,
            Self::LastSerial => "last_serial",
        }
    }
}

/// The name of the PEM file of a host certificate.
fn host_certificate_name(serial: &Serial, label: &HostLabel) -> String {
    format!("{serial}_{}{HOST_CERTIFICATE}", label.0)
}

impl HostLabel {
    /// What of a text can stand in a file name; `otherwise` where that is nothing.
    pub(crate) fn of_text(text: &str, otherwise: &str) -> Self {
        let allowed = |c: &char| c.is_ascii_alphanumeric() || *c == '-' || *c == '_';
        let kept: String = text.chars().filter(allowed).take(MAX_LABEL).collect();
        Self(if kept.is_empty() {
            otherwise.into()
        } else {
            kept.into()
        })
    }
}

impl FromStr for HostLabel {
    type Err = InvalidTarget;

    fn from_str(text: &str) -> Result<Self, InvalidTarget> {
        let allowed = |octet: u8| octet.is_ascii_alphanumeric() || b"-_".contains(&octet);
        if (1..=MAX_LABEL).contains(&text.len()) && text.bytes().all(allowed) {
            Ok(Self(text.into()))
        } else {
            Err(InvalidTarget::new(text))
        }
    }
}

impl KeyId {
    /// The name of the key with this subject key identifier.
    ///
    /// # Errors
    ///
    /// [`InvalidTarget`] when it is empty, or longer than any in use.
    pub fn new(subject_key_id: &[u8]) -> Result<Self, InvalidTarget> {
        subject_key_id
            .iter()
            .map(|octet| format!("{octet:02X}"))
            .collect::<String>()
            .parse()
    }
}

impl FromStr for KeyId {
    type Err = InvalidTarget;

    fn from_str(text: &str) -> Result<Self, InvalidTarget> {
        let digits = text
            .bytes()
            .all(|digit| digit.is_ascii_digit() || (b'A'..=b'F').contains(&digit));
        let length = 2..=2 * MAX_KEY_ID_OCTETS;
        if digits && text.len().is_multiple_of(2) && length.contains(&text.len()) {
            Ok(Self(text.into()))
        } else {
            Err(InvalidTarget::new(text))
        }
    }
}

impl fmt::Display for HostLabel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl InvalidTarget {
    pub(crate) fn new(text: &str) -> Self {
        let shown = text.chars().take(SHOWN_CHARACTERS);
        Self {
            found: shown.flat_map(char::escape_debug).collect(),
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
        let others = [copy, host, renewed];
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
        ] {
            assert!(text.parse::<Target>().is_err(), "{text}");
        }
        assert!(KeyId::new(&[]).is_err() && KeyId::new(&[0; 65]).is_err());
        assert_eq!(KeyId::new(&[0, 0xAB]).unwrap().to_string(), "00AB");
    }

    #[test]
    fn a_change_touches_what_its_kind_has() {
        let may = |kind: ChangeKind, target: &str| kind.may_touch(&target.parse().unwrap());
        assert!(may(ChangeKind::Revoke, "ca.db") && may(ChangeKind::Crl, "crl.pem"));
        for kind in [ChangeKind::Issue, ChangeKind::Revoke, ChangeKind::Crl] {
            for target in [
                "ca_priv_key.pem",
                "ca_cert.pem",
                "retired/AB/ca_priv_key.pem",
            ] {
                assert!(!may(kind, target), "{kind} {target}");
            }
        }
        assert!(!may(ChangeKind::Renew, "ca_priv_key.pem") && !may(ChangeKind::Crl, "ca.db"));
        assert!(may(ChangeKind::Rekey, "ca_priv_key.pem"));
    }
}
