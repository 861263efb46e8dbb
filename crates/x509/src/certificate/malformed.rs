//! Certificates that can be read but for extensions that restrict their use: for whoever looks at one and asks what is
//! wrong with it.
//!
//! Not for whoever relies on one. Invariant: a [`MalformedCertificate`] is no [`Certificate`], so that no judge takes it;
//! without the malformed extension it would say that it is good for more.

use super::{Certificate, InvalidCertificate};
use crate::extension::InvalidExtension;

/// A certificate of which extensions that restrict its use are malformed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MalformedCertificate {
    rest: Certificate,
    malformed: Vec<InvalidExtension>,
}

/// A certificate of either kind, as it stands in a file or comes from a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AnyCertificate {
    /// It can be read as a whole.
    WellFormed(Certificate),
    /// Extensions that restrict its use are malformed.
    Malformed(MalformedCertificate),
}

impl AnyCertificate {
    /// Reads the DER of one certificate, with nothing behind it: also what [`Certificate::from_der`] refuses for an
    /// extension that restricts its use.
    ///
    /// # Errors
    ///
    /// What else keeps it from being read.
    pub fn from_der(der: &[u8]) -> Result<Self, InvalidCertificate> {
        let (rest, malformed) = Certificate::read(der)?;
        Ok(if malformed.is_empty() {
            Self::WellFormed(rest)
        } else {
            Self::Malformed(MalformedCertificate { rest, malformed })
        })
    }

    /// The certificate, if nothing is malformed.
    #[must_use]
    pub fn well_formed(&self) -> Option<&Certificate> {
        match self {
            Self::WellFormed(certificate) => Some(certificate),
            Self::Malformed(_) => None,
        }
    }

    /// The certificate for whoever relies on it.
    ///
    /// # Errors
    ///
    /// As [`Certificate::from_der`]: the first thing that is malformed.
    pub fn into_well_formed(self) -> Result<Certificate, InvalidCertificate> {
        match self {
            Self::WellFormed(certificate) => Ok(certificate),
            Self::Malformed(malformed) => refuse(malformed.rest, malformed.malformed),
        }
    }

    /// What can be read of it, to be shown; see [`MalformedCertificate::danger_rest`]. To be judged by nobody.
    #[must_use]
    pub fn danger_rest(&self) -> &Certificate {
        match self {
            Self::WellFormed(certificate) => certificate,
            Self::Malformed(malformed) => malformed.danger_rest(),
        }
    }
}

/// The certificate, unless something of it is malformed.
pub(super) fn refuse(
    rest: Certificate,
    malformed: Vec<InvalidExtension>,
) -> Result<Certificate, InvalidCertificate> {
    match malformed.into_iter().next() {
        None => Ok(rest),
        Some(error) => Err(error.into()),
    }
}

impl MalformedCertificate {
    /// What is malformed; at least one.
    #[must_use]
    pub fn malformed(&self) -> &[InvalidExtension] {
        &self.malformed
    }

    /// What can be read of it, to be shown: the malformed extensions are among the
    /// [`unreadable`](crate::extension::Extensions::unreadable). To be judged by nobody.
    #[must_use]
    pub fn danger_rest(&self) -> &Certificate {
        &self.rest
    }
}

#[cfg(test)]
mod tests {
    use const_oid::db::rfc5280::{ID_CE_KEY_USAGE, ID_CE_SUBJECT_ALT_NAME};

    use super::*;
    use crate::lint;
    use crate::lint::sample;

    #[test]
    fn what_restricts_is_refused_and_shown() {
        let der = sample::malformed(&sample::host_certificate(), ID_CE_SUBJECT_ALT_NAME);
        let error = Certificate::from_der(&der)
            .expect_err("malformed")
            .to_string();
        assert!(
            error.starts_with("the extension subjectAltName is not well formed"),
            "{error}"
        );
        let shown = AnyCertificate::from_der(&der).expect("all else is well");
        assert_eq!(shown.well_formed(), None);
        let AnyCertificate::Malformed(shown) = shown else {
            panic!("nothing is malformed");
        };
        assert_eq!(shown.malformed().len(), 1);
        assert_eq!(shown.malformed()[0].to_string(), error);
        let rest = shown.danger_rest();
        assert_eq!(rest.der(), der);
        assert_eq!(rest.extensions().subject_alt_names, None);
        assert_eq!(rest.extensions().unreadable.len(), 1);
        let found = lint::certificate(rest);
        assert!(
            found
                .iter()
                .any(|one| one.rule == "readable" && one.violation.message == error)
        );
    }

    #[test]
    fn what_stands_there_twice_is_shown_once() {
        let der = sample::twice(&sample::host_certificate(), ID_CE_KEY_USAGE);
        let error = Certificate::from_der(&der).expect_err("twice").to_string();
        assert_eq!(error, "the extension keyUsage stands there twice");
        let shown = AnyCertificate::from_der(&der).expect("all else is well");
        assert_eq!(shown.well_formed(), None);
        let rest = shown.danger_rest().extensions();
        assert!(rest.key_usage.is_some(), "the first");
        assert!(rest.is_unreadable(&ID_CE_KEY_USAGE));
        let found = lint::certificate(shown.danger_rest());
        let messages: Vec<&str> = found
            .iter()
            .map(|one| one.violation.message.as_str())
            .collect();
        assert_eq!(
            messages,
            ["the extension keyUsage is not well formed (it stands there twice)"]
        );
    }

    #[test]
    fn what_is_well_formed_is_a_certificate() {
        let good = sample::host_certificate();
        let read = AnyCertificate::from_der(good.der()).expect("a certificate");
        assert_eq!(read.well_formed(), Some(&good));
        assert_eq!(read.danger_rest(), &good);
        assert!(AnyCertificate::from_der(b"nothing").is_err());
    }
}
