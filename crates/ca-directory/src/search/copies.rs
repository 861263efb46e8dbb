//! Looking into the copies of issued certificates, for what the ledger does not say: their subject
//! alternative names.
//!
//! Invariant: a copy has a name only when it is a certificate with the serial of its line, and a key of the CA signed
//! it, or may have. One that does not have the name is passed over without its signature being verified, which would take
//! a search several times as long, unless those are [asked for](Verified); `ca check` finds all that nobody signed.

use std::net::IpAddr;
use std::path::{Path, PathBuf};

use trustpack_judge::signature::SignatureError;
use trustpack_keystore::pem::{ReadCertificatesError, read_certificates};
use trustpack_x509::certificate::Certificate;
use trustpack_x509::general_name::GeneralName;

use super::pattern::{glob, has_wildcard};
use crate::check::whole_message;
use crate::directory::CaDirectory;
use crate::durable::{self, FileError};
use crate::ledger::fields::{Line, text_of};
use crate::own_keys::Issued;

/// What alternative names are compared with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AltNamePattern {
    text: String,
    address: Option<IpAddr>,
}

/// A copy of a certificate cannot be looked into.
#[derive(Debug, thiserror::Error)]
pub enum UnreadableCopy {
    /// The file.
    #[error(transparent)]
    File(#[from] FileError),
    /// Its contents.
    #[error("{} cannot be used", path.display())]
    Contents {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: ReadCertificatesError,
    },
    /// It is another certificate.
    #[error("{} has the serial {found}; the ledger names it for {expected}", path.display())]
    Serial {
        /// The file.
        path: PathBuf,
        /// Of the certificate in it.
        found: String,
        /// Of the line.
        expected: String,
    },
    /// Somebody has changed it.
    #[error("{} is not as it was issued: no key of this CA signed it", path.display())]
    NotSigned {
        /// The file.
        path: PathBuf,
    },
    /// Its signature is of a kind that is not verified here.
    #[error("whether a key of this CA signed {} cannot be told", path.display())]
    NotVerified {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: SignatureError,
    },
    /// What is kept of the keys that were replaced cannot be read.
    #[error("whether a key of this CA signed {} cannot be told: {detail}", path.display())]
    KeysUnknown {
        /// The file.
        path: PathBuf,
        /// Why not.
        detail: String,
    },
}

/// Whether a certificate is one that is looked for.
pub(super) enum Fit {
    No,
    Yes,
    /// Yes, if it is as it was issued, which cannot be told.
    Doubtful(UnreadableCopy),
    /// Nobody knows.
    Unknown(UnreadableCopy),
}

/// Which copies are verified.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Verified {
    /// Those that have the name that is looked for.
    #[default]
    ThoseThatFit,
    /// The others, which do not have it, or not any more: nothing is found, and those that nobody signed are told. It
    /// takes several times as long.
    TheOthers,
}

/// Hexadecimal digits of a serial that was drawn at random: those of 8 octets, the least that anybody draws
/// (the CA/Browser Forum's Baseline Requirements, section 7.1, ask for 64 bits).
const SHORTEST_DRAWN: usize = 16;
/// What OpenSSL writes where the name of the copy would stand.
const UNKNOWN: &str = "unknown";

impl AltNamePattern {
    /// Reads what a person typed: a host name, an address, a mail address, or one of these with `*`
    /// and `?`. Without these a host name also finds certificates with a wildcard that covers it.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self {
            text: text.to_owned(),
            address: text.parse().ok(),
        }
    }

    /// The same of a text that may mean something else, if it can be a name at all. A subject, a number and a long
    /// row of hexadecimal digits can be none, and to look for them in a million files takes seconds.
    #[must_use]
    pub fn of_any(text: &str) -> Option<Self> {
        let url = text.contains("://");
        let in_a_name = |c: char| !c.is_whitespace() && !matches!(c, '=' | ',' | '/');
        let hexadecimal = text.bytes().all(|b| b.is_ascii_hexdigit() || b == b':');
        let number = text.bytes().all(|b| b.is_ascii_digit());
        let address = text.parse::<IpAddr>().is_ok();
        let serial = hexadecimal && !address && (number || text.len() >= SHORTEST_DRAWN);
        (!text.is_empty() && !serial && (url || text.chars().all(in_a_name)))
            .then(|| Self::new(text))
    }

    /// Whether the certificate has such a name: alternative names, and the common name of those that
    /// have none.
    fn fits(&self, certificate: &Certificate) -> bool {
        match &certificate.extensions().subject_alt_names {
            Some(names) => names.iter().any(|name| self.fits_name(name)),
            None => certificate
                .subject()
                .common_name()
                .is_some_and(|name| self.fits_text(name)),
        }
    }

    fn fits_name(&self, name: &GeneralName) -> bool {
        match name {
            GeneralName::Dns(name) => self.fits_text(name) || self.is_covered_by(name),
            GeneralName::Email(text) | GeneralName::Uri(text) => self.fits_text(text),
            GeneralName::Ip(address) => match self.address {
                Some(wanted) => wanted == *address,
                None => self.fits_text(&address.to_string()),
            },
            GeneralName::IpOctets(_) | GeneralName::Directory(_) | GeneralName::Other { .. } => {
                false
            }
        }
    }

    fn fits_text(&self, found: &str) -> bool {
        if has_wildcard(self.text.as_bytes()) {
            glob(self.text.as_bytes(), found.as_bytes())
        } else {
            self.text.eq_ignore_ascii_case(found)
        }
    }

    /// A wildcard stands for one label: RFC 6125 section 6.4.3.
    fn is_covered_by(&self, name: &str) -> bool {
        let rest = name.strip_prefix("*.").zip(self.text.split_once('.'));
        rest.is_some_and(|(name, (label, wanted))| {
            !label.is_empty() && name.eq_ignore_ascii_case(wanted)
        })
    }
}

/// The copies of the certificates of one ledger.
pub(super) struct Copies<'a> {
    directory: &'a CaDirectory,
    verified: Verified,
}

impl<'a> Copies<'a> {
    pub(super) fn of(directory: &'a CaDirectory, verified: Verified) -> Self {
        Self {
            directory,
            verified,
        }
    }

    /// Whether the copy of the certificate of this line has such a name.
    pub(super) fn have(&self, line: &Line<'_>, pattern: &AltNamePattern) -> Fit {
        let (path, certificate) = match self.read(line) {
            Ok(read) => read,
            Err(unreadable) => return Fit::Unknown(unreadable),
        };
        let fits = pattern.fits(&certificate);
        let is_verified = match self.verified {
            Verified::ThoseThatFit => fits,
            Verified::TheOthers => !fits,
        };
        if !is_verified {
            return Fit::No;
        }
        let issued = match self.directory.issued(&certificate) {
            Ok(issued) => issued,
            Err(error) => {
                let detail = whole_message(&error);
                return Fit::Unknown(UnreadableCopy::KeysUnknown { path, detail });
            }
        };
        match issued {
            Issued::No => Fit::Unknown(UnreadableCopy::NotSigned { path }),
            Issued::Unknown(source) if fits => {
                Fit::Doubtful(UnreadableCopy::NotVerified { path, source })
            }
            Issued::Yes if fits => Fit::Yes,
            Issued::Yes | Issued::Unknown(_) => Fit::No,
        }
    }

    /// The file of a line, and the certificate in it.
    fn read(&self, line: &Line<'_>) -> Result<(PathBuf, Certificate), UnreadableCopy> {
        let serial = line.serial();
        let layout = self.directory.layout();
        let named = text_of(line.file);
        let path = match named.as_str() {
            // A line of somebody else must not send us through the file system.
            name if name == UNKNOWN || !is_bare(name) => layout.ledger_copy(&serial),
            name => layout.repository.join(name),
        };
        let contents = durable::read(&path)?;
        let read = read_certificates(&contents);
        let certificates = read.map_err(|source| UnreadableCopy::Contents {
            path: path.clone(),
            source,
        })?;
        let of_serial = |found: &&Certificate| *found.serial() == serial;
        let Some(certificate) = certificates.iter().find(of_serial) else {
            let found = certificates.first().map(|found| found.serial().to_hex());
            return Err(UnreadableCopy::Serial {
                path,
                found: found.unwrap_or_default(),
                expected: serial.to_hex(),
            });
        };
        Ok((path, certificate.clone()))
    }
}

/// Whether a name is that of a file and nothing more.
fn is_bare(name: &str) -> bool {
    Path::new(name).file_name().is_some_and(|file| file == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pattern: &str, name: &GeneralName, want: bool) {
        let got = AltNamePattern::new(pattern).fits_name(name);
        assert_eq!(got, want, "{pattern} {name}");
    }

    #[test]
    fn names_are_compared_by_their_kind() {
        let dns = |name: &str| GeneralName::Dns(name.into());
        check("A.example.com", &dns("a.EXAMPLE.com"), true);
        check("a.example", &dns("a.example.com"), false);
        check("*.example.com", &dns("a.example.com"), true);
        check("a.example.com", &dns("*.example.com"), true);
        check("a.b.example.com", &dns("*.example.com"), false);
        check("example.com", &dns("*.example.com"), false);
        check(
            "a@example.com",
            &GeneralName::Email("a@example.com".into()),
            true,
        );
        let address = GeneralName::Ip("2001:db8::1".parse().unwrap());
        check("2001:0db8:0::1", &address, true);
        check("2001:db8::2", &address, false);
        check("2001:*", &address, true);
        check(
            "10.0.0.?",
            &GeneralName::Ip("10.0.0.7".parse().unwrap()),
            true,
        );
    }

    #[test]
    fn what_can_be_no_name_is_not_looked_for_in_files() {
        for (text, want) in [
            ("db1.example.com", true),
            ("*.example.com", true),
            ("db1", true),
            ("ab", true),
            ("10.0.0.7", true),
            ("2001:0db8:0000:0000:0000:0000:0000:0001", true),
            ("a@example.com", true),
            ("http://pki.example.com/x", true),
            ("63047038E16DA3016482306966332F2B", false),
            ("63:04:70:38:E1:6D", false),
            ("1001", false),
            ("/CN=db1", false),
            ("Example CA", false),
            ("", false),
        ] {
            assert_eq!(AltNamePattern::of_any(text).is_some(), want, "{text}");
        }
    }

    #[test]
    fn only_a_bare_name_is_followed() {
        for (name, want) in [
            ("01.pem", true),
            ("../x", false),
            ("/etc/x", false),
            ("a/b", false),
            ("..", false),
            ("", false),
        ] {
            assert_eq!(is_bare(name), want, "{name}");
        }
    }
}
