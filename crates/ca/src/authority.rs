//! An authority that can sign: its key, its certificate, and those above it.
//!
//! Invariant: the key is that of the certificate, and the certificate may sign others.

use trustpack_judge::name_constraints::{BrokenLimit, broken_limit};
use trustpack_judge::signature::verify_certificate;
use trustpack_keystore::private_key::PrivateKey;
use trustpack_x509::certificate::{Certificate, Version};
use trustpack_x509::extension::{KeyUse, Purpose};
use trustpack_x509::general_name::GeneralName;
use trustpack_x509::lint::Violation;
use trustpack_x509::tbs::ToBeSigned;

use crate::crl_url::CrlUrl;

/// An authority with its key.
#[derive(Debug)]
pub struct Authority {
    key: PrivateKey,
    certificate: Certificate,
    chain: Vec<Certificate>,
    crosses: Vec<Certificate>,
    crl_urls: Vec<CrlUrl>,
}

/// Subtrees that a message lists; an authority can be limited to thousands.
const SHOWN_SUBTREES: usize = 5;

/// Key and certificates are no authority.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidAuthority {
    /// The key is of another certificate.
    #[error("the private key does not belong to the CA certificate of {subject}")]
    KeyMismatch {
        /// The subject of the certificate.
        subject: String,
    },
    /// The certificate is not one of an authority.
    #[error(
        "the certificate of {subject} is not that of a CA: its basicConstraints do not say CA:TRUE"
    )]
    NotAuthority {
        /// The subject of the certificate.
        subject: String,
    },
    /// The key must not sign certificates.
    #[error("the key of {subject} may not sign certificates: its keyUsage lacks keyCertSign")]
    MayNotSign {
        /// The subject of the certificate.
        subject: String,
    },
    /// A certificate is not one of those above.
    #[error("the certificate of {subject} is in the chain, and it did not sign that of {below}")]
    NotLinked {
        /// Its subject.
        subject: String,
        /// The subject of the highest certificate that is linked.
        below: String,
    },
}

impl Authority {
    /// Joins key and certificate; `chain` are the certificates above, in any order. Certificates that other
    /// keys of one of them gave it may be among them: see [`Self::crosses`].
    ///
    /// # Errors
    ///
    /// [`InvalidAuthority`] when they do not belong together or may not sign.
    pub fn new(
        key: PrivateKey,
        certificate: Certificate,
        chain: Vec<Certificate>,
    ) -> Result<Self, InvalidAuthority> {
        let subject = || certificate.subject().to_string();
        if !key.matches(&certificate) {
            return Err(InvalidAuthority::KeyMismatch { subject: subject() });
        }
        let extensions = certificate.extensions();
        if !is_authority(&certificate) {
            return Err(InvalidAuthority::NotAuthority { subject: subject() });
        }
        if !extensions
            .key_usage
            .is_none_or(|usage| usage.allows(KeyUse::KeyCertSign))
        {
            return Err(InvalidAuthority::MayNotSign { subject: subject() });
        }
        let (chain, crosses) = linked(&certificate, chain)?;
        Ok(Self {
            chain,
            crosses,
            key,
            certificate,
            crl_urls: Vec::new(),
        })
    }

    /// Says where its revocation lists are, for what it issues.
    #[must_use]
    pub fn with_crl_urls(mut self, urls: Vec<CrlUrl>) -> Self {
        self.crl_urls = urls;
        self
    }

    /// Where its revocation lists are; nowhere unless it was said.
    #[must_use]
    pub fn crl_urls(&self) -> &[CrlUrl] {
        &self.crl_urls
    }

    /// Its key.
    #[must_use]
    pub fn key(&self) -> &PrivateKey {
        &self.key
    }

    /// Its certificate.
    #[must_use]
    pub fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// The certificates above it, the nearest first; none if it signed its own.
    #[must_use]
    pub fn chain(&self) -> &[Certificate] {
        &self.chain
    }

    /// Certificates of it, or of one above it, that another key of the same authority signed, the nearest
    /// first: hosts send them, so that peers which trust that other key alone find a path.
    #[must_use]
    pub fn crosses(&self) -> &[Certificate] {
        &self.crosses
    }

    /// The subject key identifier of its certificate, else the one that its key has.
    pub(crate) fn key_id(&self) -> Vec<u8> {
        let key_id = self.certificate.extensions().subject_key_id.as_deref();
        key_id.map_or_else(
            || self.certificate.public_key().key_identifier().to_vec(),
            <[u8]>::to_vec,
        )
    }

    /// Where a certificate goes beyond what this authority and those above it may issue.
    pub(crate) fn violations(&self, tbs: &ToBeSigned) -> Vec<Violation> {
        let checks = [
            self.issuer(tbs),
            self.end(tbs),
            self.path_length(tbs),
            self.purposes(tbs),
        ];
        checks
            .into_iter()
            .flatten()
            .chain(self.names(tbs))
            .collect()
    }

    /// The same for a certificate of the authority itself, for another key or other dates of it: such a
    /// certificate counts as no level, and its name is not limited (RFC 5280 section 6.1.3 (b)).
    pub(crate) fn violations_of_own(&self, tbs: &ToBeSigned) -> Vec<Violation> {
        let subject = (tbs.subject != *self.certificate.subject()).then(|| Violation {
            clause: "RFC 5280 section 3.2",
            message: format!(
                "the subject is {}; a certificate of the CA itself has that of the CA, {}",
                tbs.subject,
                self.certificate.subject()
            ),
        });
        let checks = [self.issuer(tbs), self.end(tbs), self.purposes(tbs), subject];
        checks.into_iter().flatten().collect()
    }

    fn issuer(&self, tbs: &ToBeSigned) -> Option<Violation> {
        (tbs.issuer != *self.certificate.subject()).then(|| Violation {
            clause: "RFC 5280 section 4.1.2.4",
            message: format!(
                "the issuer is {}; it must be the subject of the CA, {}",
                tbs.issuer,
                self.certificate.subject()
            ),
        })
    }

    fn end(&self, tbs: &ToBeSigned) -> Option<Violation> {
        let [own, theirs] = [
            self.certificate.validity().not_after,
            tbs.validity.not_after,
        ];
        (theirs > own).then(|| Violation {
            clause: "the lifetime of the CA",
            message: format!("the certificate ends on {theirs}, after its CA, which ends on {own}"),
        })
    }

    /// Every authority above counts those that would stand below it; one that only got a new key or new
    /// dates does not count (RFC 5280 section 6.1.4 (l)).
    fn path_length(&self, tbs: &ToBeSigned) -> Option<Violation> {
        if !tbs.basic_constraints.ca {
            return None;
        }
        let mut needed = u16::from(tbs.basic_constraints.path_length.unwrap_or_default()) + 1;
        for above in std::iter::once(&self.certificate).chain(&self.chain) {
            let constraints = above.extensions().basic_constraints;
            let allowed = constraints.and_then(|constraints| constraints.path_length);
            if let Some(allowed) = allowed
                && needed > u16::from(allowed)
            {
                return Some(Violation {
                    clause: "RFC 5280 section 4.2.1.9",
                    message: format!(
                        "{needed} level{} of authorities would follow {}; its path length allows {allowed}",
                        if needed == 1 { "" } else { "s" },
                        above.subject()
                    ),
                });
            }
            needed = needed.saturating_add(u16::from(!above.is_self_issued()));
        }
        None
    }

    /// An authority with purposes lends those only: OpenSSL, GnuTLS and browsers read it so.
    fn purposes(&self, tbs: &ToBeSigned) -> Option<Violation> {
        let allowed = self.certificate.extensions().extended_key_usage.as_ref()?;
        if allowed.contains(&Purpose::Any) {
            return None;
        }
        tbs.extended_key_usage
            .iter()
            .find(|purpose| !allowed.contains(purpose))
            .map(|purpose| Violation {
                clause: "RFC 5280 section 4.2.1.12",
                message: format!("the CA is not for the purpose {purpose}, so it cannot give it"),
            })
    }

    /// The name constraints of the whole chain: RFC 5280 section 6.1.3 (b) and (c).
    fn names(&self, tbs: &ToBeSigned) -> Vec<Violation> {
        let mut names = tbs.subject_alt_names.clone();
        names.extend(
            tbs.subject
                .email_addresses()
                .map(|e| GeneralName::Email(e.to_owned())),
        );
        if !tbs.subject.is_empty() {
            names.push(GeneralName::Directory(tbs.subject.clone()));
        }
        let mut violations = Vec::new();
        for above in std::iter::once(&self.certificate).chain(&self.chain) {
            let Some(constraints) = &above.extensions().name_constraints else {
                continue;
            };
            for name in &names {
                if let Some(limit) = broken_limit(name, constraints) {
                    violations.push(name_violation(name, above, &limit));
                }
            }
        }
        violations
    }
}

/// Whether a certificate is that of an authority. Old private roots are of version 1, which has no
/// extensions to say so; as anchors they work (RFC 5280 section 6.1.4 (k) leaves it to other means).
fn is_authority(certificate: &Certificate) -> bool {
    match certificate.extensions().basic_constraints {
        Some(constraints) => constraints.ca,
        None => certificate.version() == Version::V1 && certificate.is_self_issued(),
    }
}

/// The certificates above `certificate`, the nearest first: each signed the one before. Apart from them
/// the cross certificates, which lead from a member to another key of the same authority.
fn linked(
    certificate: &Certificate,
    mut given: Vec<Certificate>,
) -> Result<(Vec<Certificate>, Vec<Certificate>), InvalidAuthority> {
    given.retain(|other| other != certificate);
    let mut chain: Vec<Certificate> = Vec::new();
    loop {
        let below = chain.last().unwrap_or(certificate);
        let next = given.iter().position(|above| issued(above, below));
        match next {
            Some(next) if !issued(below, below) => {
                let next = given.remove(next);
                given.retain(|other| *other != next);
                chain.push(next);
            }
            Some(_) | None => break,
        }
    }
    let crosses = crosses_of(certificate, &chain, &mut given);
    match given.first() {
        None => Ok((chain, crosses)),
        Some(other) => Err(InvalidAuthority::NotLinked {
            subject: other.subject().to_string(),
            below: chain.last().unwrap_or(certificate).subject().to_string(),
        }),
    }
}

/// Takes out of `given` what is another certificate of a member of the path, and what signed such a one
/// under the same name. Of these those that signed themselves are not sent.
fn crosses_of(
    certificate: &Certificate,
    chain: &[Certificate],
    given: &mut Vec<Certificate>,
) -> Vec<Certificate> {
    let mut crosses: Vec<Certificate> = Vec::new();
    let leads = |cross: &Certificate, found: &[Certificate]| {
        let is_of = |member: &Certificate| {
            cross.subject() == member.subject() && cross.public_key() == member.public_key()
        };
        let mut members = std::iter::once(certificate).chain(chain);
        let signed = |below: &Certificate| issued(cross, below);
        cross.is_self_issued() && (members.any(is_of) || found.iter().any(signed))
    };
    while let Some(next) = given.iter().position(|cross| leads(cross, &crosses)) {
        let next = given.remove(next);
        given.retain(|other| *other != next);
        crosses.push(next);
    }
    crosses.retain(|cross| !issued(cross, cross));
    crosses
}

/// Whether `above` issued `below`: by name, key identifier and signature (RFC 5280 sections 6.1.3
/// and 4.2.1.1).
fn issued(above: &Certificate, below: &Certificate) -> bool {
    let asked = below.extensions().authority_key_id.as_ref();
    let asked = asked.and_then(|id| id.key_id.as_deref());
    let has = above.extensions().subject_key_id.as_deref();
    above.subject() == below.issuer()
        && asked.zip(has).is_none_or(|(asked, has)| asked == has)
        && verify_certificate(below, above.public_key()).is_ok()
}

fn name_violation(name: &GeneralName, above: &Certificate, limit: &BrokenLimit) -> Violation {
    Violation {
        clause: "RFC 5280 section 4.2.1.10",
        message: format!(
            "the CA {} may not certify {name}; {}",
            above.subject(),
            limit_text(limit)
        ),
    }
}

/// What a limit allows that a name does not keep.
pub(crate) fn limit_text(limit: &BrokenLimit) -> String {
    match limit {
        BrokenLimit::NotPermitted { permitted } => {
            let shown: Vec<String> = permitted
                .iter()
                .take(SHOWN_SUBTREES)
                .map(ToString::to_string)
                .collect();
            let more = match permitted.len().saturating_sub(SHOWN_SUBTREES) {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            format!("it may only {}{more}", shown.join(", "))
        }
        BrokenLimit::Excluded { subtree } => format!("{subtree} is excluded"),
        BrokenLimit::NotComparable { subtree } => {
            format!("it cannot be compared with {subtree}, to which names are limited")
        }
    }
}
