//! What kinds of programs cannot do with certificates that are otherwise right.
//!
//! Data about programs, not rules of a standard: who cannot do what is the caller's table, since the
//! kinds of programs are no matter of certificates. To add an inability: a variant, and its lines in
//! the matches below, with the source of the fact.

use const_oid::ObjectIdentifier;
use const_oid::db::rfc5280;

use super::{Finding, Severity, Violation};
use crate::algorithm::{Digest, SignatureAlgorithm};
use crate::certificate::Certificate;
use crate::extension::KeyUse;
use crate::general_name::GeneralName;
use crate::public_key::PublicKeyAlgorithm;
use crate::tbs::ToBeSigned;
use crate::time::Timestamp;

/// The extensions that say where revocation lists are.
const SOURCES_OF_LISTS: [ObjectIdentifier; 2] = [
    rfc5280::ID_CE_CRL_DISTRIBUTION_POINTS,
    rfc5280::ID_PE_AUTHORITY_INFO_ACCESS,
];

/// A kind of program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Program {
    /// What it is called.
    pub name: &'static str,
    /// What it cannot do.
    pub inabilities: &'static [Inability],
}

/// Something that a program cannot do, or that a person has to know of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Inability {
    /// It knows no Ed25519, neither as the key nor in the signature.
    Ed25519,
    /// It knows no RSA-PSS in the signatures of certificates.
    RsaPss,
    /// It knows no SHA-224.
    Sha224,
    /// It refuses SHA-1 in the signatures of certificates below a root.
    Sha1,
    /// Its check of names matches no wildcard.
    Wildcards,
    /// Some of its kind count seconds in 32 bits, which end in January 2038.
    SecondsAfter2038,
    /// It asks for revocation, and is not satisfied without a place to ask.
    UnknownRevocation,
    /// It still offers key exchanges by RSA encryption, which need the usage keyEncipherment.
    RsaKeyExchange,
}

/// The last second that 32 bits hold, 2038-01-19T03:14:07Z.
const LAST_OF_32_BITS: u64 = 0x7fff_ffff;

/// What such a program makes of a certificate, the worst first.
#[must_use]
pub fn for_program(certificate: &Certificate, program: Program) -> Vec<Finding> {
    let inabilities = program.inabilities.iter();
    super::worst_first(
        inabilities
            .filter_map(|one| one.finding(certificate))
            .collect(),
    )
}

/// What programs will make of a certificate that is about to be signed; each finding names its program.
/// Nothing where it cannot be written: that is a finding of [`to_be_signed`](super::to_be_signed).
#[must_use]
pub fn to_be_signed(tbs: &ToBeSigned, programs: &[Program]) -> Vec<Finding> {
    let Ok(certificate) = super::as_certificate(tbs) else {
        return Vec::new();
    };
    let findings = programs.iter().flat_map(|program| {
        let mut findings = for_program(&certificate, *program);
        for finding in &mut findings {
            let message = &mut finding.violation.message;
            *message = format!("for {}: {message}", program.name);
        }
        findings
    });
    findings.collect()
}

impl Inability {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Ed25519,
        Self::RsaPss,
        Self::Sha224,
        Self::Sha1,
        Self::Wildcards,
        Self::SecondsAfter2038,
        Self::UnknownRevocation,
        Self::RsaKeyExchange,
    ];

    fn finding(self, certificate: &Certificate) -> Option<Finding> {
        let message = self.trouble(certificate)?;
        Some(Finding {
            rule: self.name(),
            severity: self.severity(),
            violation: Violation {
                clause: self.source(),
                message,
            },
        })
    }

    /// The name of the rule about it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ed25519 => "program-ed25519",
            Self::RsaPss => "program-rsa-pss",
            Self::Sha224 => "program-sha224",
            Self::Sha1 => "program-sha1",
            Self::Wildcards => "program-wildcards",
            Self::SecondsAfter2038 => "program-2038",
            Self::UnknownRevocation => "program-revocation",
            Self::RsaKeyExchange => "program-rsa-key-exchange",
        }
    }

    /// How bad it is when a certificate meets it.
    #[must_use]
    pub fn severity(self) -> Severity {
        match self {
            Self::Ed25519 | Self::RsaPss | Self::Sha224 | Self::Sha1 => Severity::Error,
            Self::Wildcards => Severity::Warning,
            Self::SecondsAfter2038 | Self::UnknownRevocation | Self::RsaKeyExchange => {
                Severity::Note
            }
        }
    }

    /// Who says so.
    #[must_use]
    pub fn source(self) -> &'static str {
        match self {
            Self::Ed25519 => "JEP 339 for Java 15; Windows knows RSA and the NIST curves",
            Self::RsaPss => "Java knows RSASSA-PSS from 8u251 on",
            Self::Sha224 => "CNG algorithm identifiers of Windows",
            Self::Sha1 => "OpenSSL 3.0, SSL_CTX_set_security_level: level 1 is the default",
            Self::Wildcards => "the name check of these systems, which compares whole names",
            Self::SecondsAfter2038 => "time_t of 32 bits",
            Self::UnknownRevocation => "Schannel asks for revocation unless told otherwise",
            Self::RsaKeyExchange => "RFC 5246 section 7.4.2",
        }
    }

    /// What such a program stumbles over, if it does.
    fn trouble(self, certificate: &Certificate) -> Option<String> {
        let key = certificate.public_key().algorithm();
        let signature = certificate.signature_algorithm();
        let extensions = certificate.extensions();
        let is_authority = extensions.authority_if_known();
        let root = certificate.is_self_issued() && is_authority != Some(false);
        match self {
            Self::Ed25519 => {
                let what = match (key, signature) {
                    (PublicKeyAlgorithm::Ed25519, _) => "the key is Ed25519",
                    (_, SignatureAlgorithm::Ed25519) => "the signature is Ed25519",
                    (_, _) => return None,
                };
                Some(format!("{what}, which such programs do not know"))
            }
            Self::RsaPss => matches!(signature, SignatureAlgorithm::RsaPss(_))
                .then(|| "the signature is RSA-PSS, which such programs do not know".to_owned()),
            Self::Sha224 => (signature.digest() == Some(Digest::Sha224)).then(|| {
                "the signature is made over SHA-224, which such programs do not know".to_owned()
            }),
            Self::Sha1 => (!root && signature.digest() == Some(Digest::Sha1))
                .then(|| "the signature is made over SHA-1, which such programs refuse".to_owned()),
            Self::Wildcards => {
                let names = extensions.subject_alt_names.iter().flatten();
                let wildcard = names
                    .into_iter()
                    .find(|name| matches!(name, GeneralName::Dns(dns) if dns.starts_with("*.")))?;
                Some(format!(
                    "the name {wildcard} is a wildcard, which such programs never match"
                ))
            }
            Self::SecondsAfter2038 => {
                let end = certificate.validity().not_after;
                (end > Timestamp::from_unix(LAST_OF_32_BITS)).then(|| {
                    format!("the end {end} is after January 2038, where old programs see the past")
                })
            }
            Self::UnknownRevocation => {
                let unknown = extensions.crl_distribution_points.is_none()
                    && extensions.authority_info_access.is_none()
                    && !SOURCES_OF_LISTS
                        .iter()
                        .any(|oid| extensions.is_unreadable(oid));
                (unknown && !root).then(|| {
                    "the certificate does not say where revocation lists are; where such programs ask for revocation, that must be switched off"
                        .to_owned()
                })
            }
            Self::RsaKeyExchange => {
                let rsa = matches!(key, PublicKeyAlgorithm::Rsa { .. });
                let usable = extensions
                    .key_usage
                    .is_none_or(|usage| usage.allows(KeyUse::KeyEncipherment))
                    || extensions.is_unreadable(&rfc5280::ID_CE_KEY_USAGE);
                (rsa && !usable && is_authority == Some(false)).then(|| {
                    "the key usage lacks keyEncipherment, without which key exchanges by RSA encryption fail"
                        .to_owned()
                })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;
    use crate::certificate::malformed::AnyCertificate;

    /// The inabilities over which a certificate stumbles.
    fn troubles(tbs: &ToBeSigned) -> Vec<Inability> {
        let certificate = sample::read(tbs);
        let all = Inability::ALL.into_iter();
        all.filter(|one| one.finding(&certificate).is_some())
            .collect()
    }

    #[test]
    fn each_inability_meets_what_it_cannot_do() {
        use Inability as I;
        let plain = ToBeSigned {
            crl_distribution_points: vec!["http://ca.example/crl".to_owned()],
            ..sample::host()
        };
        assert_eq!(troubles(&plain), []);
        let check = |want, spoil: fn(&mut ToBeSigned)| {
            let mut tbs = plain.clone();
            spoil(&mut tbs);
            assert_eq!(troubles(&tbs), [want]);
        };
        check(I::Ed25519, |tbs| {
            tbs.signature_algorithm = SignatureAlgorithm::Ed25519;
        });
        check(I::Sha224, |tbs| {
            tbs.signature_algorithm = SignatureAlgorithm::Ecdsa(Digest::Sha224);
        });
        check(I::Sha1, |tbs| {
            tbs.signature_algorithm = SignatureAlgorithm::Ecdsa(Digest::Sha1);
        });
        check(I::Wildcards, |tbs| {
            let name = GeneralName::Dns("*.example.com".to_owned());
            tbs.subject_alt_names.push(name);
        });
        check(I::SecondsAfter2038, |tbs| {
            tbs.validity.not_after = Timestamp::from_unix(LAST_OF_32_BITS + 1);
        });
        check(I::UnknownRevocation, |tbs| {
            tbs.crl_distribution_points.clear();
        });
        check(I::RsaKeyExchange, |tbs| {
            tbs.public_key = sample::rsa(&[0xff; 256], &[1, 0, 1]);
        });
    }

    #[test]
    fn nothing_is_said_of_what_cannot_be_read() {
        let check = |tbs: &ToBeSigned, oid| {
            let der = sample::malformed(&sample::read(tbs), oid);
            let read = AnyCertificate::from_der(&der).expect("can be shown");
            let all = Inability::ALL.into_iter();
            let found: Vec<Inability> = all
                .filter(|one| one.finding(read.danger_rest()).is_some())
                .collect();
            assert_eq!(found, [], "{oid}");
        };
        let located = ToBeSigned {
            crl_distribution_points: vec!["http://ca.example/crl".to_owned()],
            ..sample::host()
        };
        let rsa = ToBeSigned {
            public_key: sample::rsa(&[0xff; 256], &[1, 0, 1]),
            ..located.clone()
        };
        check(&located, rfc5280::ID_CE_CRL_DISTRIBUTION_POINTS);
        check(&rsa, rfc5280::ID_CE_KEY_USAGE);
        check(&rsa, rfc5280::ID_CE_BASIC_CONSTRAINTS);
    }

    #[test]
    fn a_finding_before_signing_names_the_program() {
        let mut tbs = sample::host();
        tbs.signature_algorithm = SignatureAlgorithm::Ed25519;
        let program = Program {
            name: "old",
            inabilities: &[Inability::Ed25519, Inability::Sha1],
        };
        let findings = to_be_signed(&tbs, &[program]);
        let [finding] = findings.as_slice() else {
            panic!("{findings:?}");
        };
        assert_eq!(finding.rule, "program-ed25519");
        let message = "for old: the signature is Ed25519, which such programs do not know";
        assert_eq!(finding.violation.message, message);
        assert_eq!(to_be_signed(&sample::host(), &[program]), []);
    }
}
