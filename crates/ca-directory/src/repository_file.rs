//! The names of the files that a certificate of ours has in the repository.
//!
//! Not what is in them, and not the names that others gave theirs: checks look at those by their ends. Invariant: one
//! name for one file; a name that reads is written the same, and leads nowhere else.

use std::fmt;
use std::path::Path;
use std::str::FromStr;

use trustpack_ca::host::HostName;
use trustpack_x509::certificate::Certificate;
use trustpack_x509::dns::DnsName;
use trustpack_x509::general_name::GeneralName;
use trustpack_x509::serial::Serial;

use crate::durable::{Doing, FileError};

/// One file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct RepositoryFile {
    pub(crate) serial: Serial,
    pub(crate) kind: FileKind,
}

/// What it is of a certificate.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum FileKind {
    /// The copy that the ledger names.
    LedgerCopy,
    /// The certificate for its host, with what is above it.
    Certificate(HostLabel),
    /// Its private key.
    PrivateKey(HostLabel),
    /// Both as PKCS#12.
    Pfx(HostLabel),
}

/// The part of a file name that says which host it is for: 1 to 63 letters, digits, hyphens and
/// underscores.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct HostLabel(Box<str>);

/// A text is no such name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it is not <serial>.pem, nor <serial>_<host> with _cert.pem, _priv_key.pem or _cert.pfx")]
pub(crate) struct InvalidRepositoryFile;

/// The longest label of a host name (RFC 1035 section 2.3.4).
const MAX_LABEL: usize = 63;

const COPY: &str = ".pem";
const CERTIFICATE: &str = "_cert.pem";
const PRIVATE_KEY: &str = "_priv_key.pem";
const PFX: &str = "_cert.pfx";

/// The names of what a repository holds, whoever gave them; none if it is not there.
///
/// # Errors
///
/// When it cannot be read: then nobody knows what is in it, and nothing may be decided by what is not.
pub(crate) fn names_in(repository: &Path) -> Result<Vec<String>, FileError> {
    let unreadable = |error| FileError::new(Doing::Read, repository, error);
    let entries = match std::fs::read_dir(repository) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(unreadable)?,
    };
    let mut names = Vec::new();
    for entry in entries {
        // A name of ours is text.
        names.extend(entry.map_err(unreadable)?.file_name().into_string().ok());
    }
    Ok(names)
}

impl RepositoryFile {
    /// All that a certificate has whose key is here: copy, certificate, key, PKCS#12. Without the key it has the
    /// first two.
    pub(crate) fn all_of(serial: &Serial, label: &HostLabel) -> [Self; 4] {
        let label = || label.clone();
        [
            FileKind::LedgerCopy,
            FileKind::Certificate(label()),
            FileKind::PrivateKey(label()),
            FileKind::Pfx(label()),
        ]
        .map(|kind| Self {
            serial: serial.clone(),
            kind,
        })
    }
}

impl fmt::Display for RepositoryFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let serial = &self.serial;
        match &self.kind {
            FileKind::LedgerCopy => write!(f, "{serial}{COPY}"),
            FileKind::Certificate(label) => write!(f, "{serial}_{label}{CERTIFICATE}"),
            FileKind::PrivateKey(label) => write!(f, "{serial}_{label}{PRIVATE_KEY}"),
            FileKind::Pfx(label) => write!(f, "{serial}_{label}{PFX}"),
        }
    }
}

impl FromStr for RepositoryFile {
    type Err = InvalidRepositoryFile;

    fn from_str(text: &str) -> Result<Self, InvalidRepositoryFile> {
        type OfLabel = fn(HostLabel) -> FileKind;
        let kinds: [(&str, OfLabel); 3] = [
            (CERTIFICATE, FileKind::Certificate),
            (PRIVATE_KEY, FileKind::PrivateKey),
            (PFX, FileKind::Pfx),
        ];
        let of_host = || {
            let (rest, kind) = kinds
                .iter()
                .find_map(|(end, kind)| Some((text.strip_suffix(end)?, kind)))?;
            let (serial, label) = rest.split_once('_')?;
            Some((serial, kind(label.parse().ok()?)))
        };
        let copy = || Some((text.strip_suffix(COPY)?, FileKind::LedgerCopy));
        let (serial, kind) = of_host().or_else(copy).ok_or(InvalidRepositoryFile)?;
        let serial = serial.parse().map_err(|_| InvalidRepositoryFile)?;
        // A serial can be written in several ways, and only one is ours.
        Some(Self { serial, kind })
            .filter(|file| file.to_string() == text)
            .ok_or(InvalidRepositoryFile)
    }
}

impl HostLabel {
    /// As the host name was typed, whose first label is one.
    pub(crate) fn of_host(host: &HostName) -> Self {
        Self(host.label().into())
    }

    /// The first label of the first host name of a certificate, else what of its common name can stand there.
    pub(crate) fn of_certificate(certificate: &Certificate) -> Self {
        let names = certificate.extensions().subject_alt_names.iter().flatten();
        let hosts = names.filter_map(|name| match name {
            GeneralName::Dns(name) => Some(name.as_str()),
            GeneralName::Email(_)
            | GeneralName::Uri(_)
            | GeneralName::Ip(_)
            | GeneralName::IpOctets(_)
            | GeneralName::Directory(_)
            | GeneralName::Other { .. } => None,
        });
        let common_name = certificate.subject().common_name();
        let host = hosts
            .chain(common_name)
            .find_map(|name| name.parse::<DnsName>().ok());
        if let Some(host) = host {
            return Self::of_text(host.first_label(), "host");
        }
        Self::of_text(common_name.unwrap_or_default(), "host")
    }

    /// What of a text can stand in a file name; `otherwise` where that is nothing.
    pub(crate) fn of_text(text: &str, otherwise: &str) -> Self {
        let kept: String = text.chars().filter(is_allowed).take(MAX_LABEL).collect();
        Self(if kept.is_empty() {
            otherwise.into()
        } else {
            kept.into()
        })
    }
}

fn is_allowed(character: &char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '-' | '_')
}

impl FromStr for HostLabel {
    type Err = InvalidRepositoryFile;

    fn from_str(text: &str) -> Result<Self, InvalidRepositoryFile> {
        let allowed = text.chars().all(|character| is_allowed(&character));
        match allowed && (1..=MAX_LABEL).contains(&text.len()) {
            true => Ok(Self(text.into())),
            false => Err(InvalidRepositoryFile),
        }
    }
}

impl fmt::Display for HostLabel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repository_that_cannot_be_read_is_not_an_empty_one() {
        let folder = tempfile::tempdir().unwrap();
        let repository = folder.path().join("repository");
        assert!(names_in(&repository).unwrap().is_empty());
        std::fs::write(&repository, "no folder").unwrap();
        assert!(names_in(&repository).is_err());
        std::fs::remove_file(&repository).unwrap();
        std::fs::create_dir(&repository).unwrap();
        std::fs::write(repository.join("0A.pem"), "").unwrap();
        assert_eq!(names_in(&repository).unwrap(), ["0A.pem"]);
    }

    #[test]
    fn every_name_reads_back() {
        let label: HostLabel = "a-b_c".parse().unwrap();
        let all = RepositoryFile::all_of(&"0A".parse().unwrap(), &label);
        let names = all.each_ref().map(ToString::to_string);
        assert_eq!(
            names,
            [
                "0A.pem",
                "0A_a-b_c_cert.pem",
                "0A_a-b_c_priv_key.pem",
                "0A_a-b_c_cert.pfx"
            ]
        );
        for (name, file) in names.iter().zip(all) {
            assert_eq!(name.parse(), Ok(file));
        }
    }

    #[test]
    fn nothing_else_is_one() {
        for text in [
            "",
            ".pem",
            "0a.pem",
            "00A.pem",
            "../x.pem",
            "0A_.pem",
            "0A__cert.pem",
            "0A_h/../x_cert.pem",
            "0A_a.b_cert.pem",
            "0A_h_cert.der",
            "x_h_cert.pem",
            "0A_bundles.json",
            &format!("0A_{}_cert.pem", "a".repeat(64)),
        ] {
            assert!(text.parse::<RepositoryFile>().is_err(), "{text}");
        }
    }
}
