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

impl MalformedCertificate {
    /// Reads what [`Certificate::from_der`] refuses for such an extension.
    ///
    /// # Errors
    ///
    /// What else keeps it from being read; `None` if nothing is malformed, and it is a [`Certificate`].
    pub fn from_der(der: &[u8]) -> Result<Option<Self>, InvalidCertificate> {
        let (rest, malformed) = Certificate::read(der)?;
        Ok((!malformed.is_empty()).then_some(Self { rest, malformed }))
    }

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
    use super::*;
    use crate::lint;
    use crate::lint::sample;

    /// The certificate of a host whose subjectAltName is a SET.
    fn with_malformed_names() -> Vec<u8> {
        let mut der = sample::host_certificate().der().to_vec();
        // The extension's identifier, and behind it the OCTET STRING with a SEQUENCE.
        let identifier = [6, 3, 0x55, 0x1d, 0x11];
        let at = der
            .windows(5)
            .position(|window| window == identifier)
            .expect("names");
        // The tag of the SEQUENCE becomes that of a SET.
        let tag = der
            .iter()
            .skip(at)
            .position(|octet| *octet == 0x30)
            .expect("a list")
            + at;
        der[tag] = 0x31;
        der
    }

    #[test]
    fn what_restricts_is_refused_and_shown() {
        let der = with_malformed_names();
        let error = Certificate::from_der(&der)
            .expect_err("malformed")
            .to_string();
        assert!(
            error.starts_with("the extension subjectAltName is not well formed"),
            "{error}"
        );
        let shown = MalformedCertificate::from_der(&der).expect("all else is well");
        let shown = shown.expect("something is malformed");
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
    fn what_is_well_formed_is_none() {
        let good = sample::host_certificate();
        assert_eq!(MalformedCertificate::from_der(good.der()), Ok(None));
        assert!(MalformedCertificate::from_der(b"nothing").is_err());
    }
}
