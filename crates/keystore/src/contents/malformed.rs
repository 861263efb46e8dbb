//! Certificates of a file of which an extension is malformed, and where they stand among the others.
//!
//! For whoever looks at a file, and for nobody who takes something out of it. Invariant: they are never among the
//! [`certificates`](Contents::certificates).

use trustpack_x509::certificate::Certificate;
use trustpack_x509::certificate::malformed::{AnyCertificate, MalformedCertificate};

use super::{CertificateRole, Contents, FoundCertificate, Place, ReadContentsError};
use crate::limits::MAX_CERTIFICATES;

/// A certificate in a file of which an extension that restricts its use is malformed.
#[derive(Clone, Debug)]
pub struct FoundMalformed {
    /// What can be read of it.
    pub certificate: MalformedCertificate,
    /// Where it stands.
    pub place: Place,
    /// What the file calls it.
    pub alias: Option<String>,
    /// What the file has it for.
    pub role: CertificateRole,
    /// How many of the [`certificates`](Contents::certificates) stand before it.
    before: usize,
}

/// A certificate in a file, well formed or not, for somebody who only looks.
#[derive(Clone, Copy, Debug)]
pub struct Looked<'a> {
    /// What can be read of it.
    pub certificate: &'a Certificate,
    /// What the file calls it.
    pub alias: Option<&'a str>,
    /// What the file has it for.
    pub role: CertificateRole,
    /// Where it stands; it is known of malformed ones only.
    pub place: Option<Place>,
}

impl Contents {
    /// Every certificate in the order of the file, the malformed ones too: to be shown, and judged by nobody.
    #[must_use]
    pub fn danger_all(&self) -> Vec<Looked<'_>> {
        let mut malformed = self.malformed.iter().peekable();
        let mut all = Vec::with_capacity(self.certificates.len() + self.malformed.len());
        for (index, found) in self.certificates.iter().enumerate() {
            while let Some(first) = malformed.next_if(|one| one.before <= index) {
                all.push(first.looked());
            }
            all.push(Looked {
                certificate: &found.certificate,
                alias: found.alias.as_deref(),
                role: found.role,
                place: None,
            });
        }
        all.extend(malformed.map(FoundMalformed::looked));
        all
    }

    /// Adds a certificate, malformed or not.
    pub(crate) fn add_any(
        &mut self,
        certificate: AnyCertificate,
        place: Place,
        alias: Option<String>,
        role: CertificateRole,
    ) -> Result<(), ReadContentsError> {
        let certificate = match certificate {
            AnyCertificate::WellFormed(certificate) => {
                return self.add_certificate(FoundCertificate {
                    certificate,
                    alias,
                    role,
                });
            }
            AnyCertificate::Malformed(certificate) => certificate,
        };
        if self.malformed.len() >= MAX_CERTIFICATES {
            return Err(ReadContentsError::TooManyCertificates);
        }
        self.malformed.push(FoundMalformed {
            certificate,
            place,
            alias,
            role,
            before: self.certificates.len(),
        });
        Ok(())
    }
}

impl FoundMalformed {
    /// The same behind so many more certificates of other files.
    pub(super) fn behind(self, more: usize) -> Self {
        Self {
            before: more + self.before,
            ..self
        }
    }

    fn looked(&self) -> Looked<'_> {
        Looked {
            certificate: self.certificate.danger_rest(),
            alias: self.alias.as_deref(),
            role: self.role,
            place: Some(self.place),
        }
    }
}
