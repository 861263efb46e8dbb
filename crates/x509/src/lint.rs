//! What is wrong with a certificate before it is signed: one rule a file, each with its clause.
//!
//! To add a rule: a file with a `pub(super) fn check(&ToBeSigned) -> Option<Violation>`, a line in
//! [`RULES`], a test that it fires and one that it does not.

mod authority_key_use;
mod host_key_use;
mod issuer_named;
mod key_identifiers;
mod key_strength;
mod path_length_of_authority;
mod serial_number;
mod signature_digest;
mod subject_alt_names;
mod subject_named;
mod validity_order;

use std::fmt;

use crate::tbs::ToBeSigned;

/// One rule that a certificate breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The clause that says so.
    pub clause: &'static str,
    /// What is wrong, with the value found and what is allowed.
    pub message: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.message, self.clause)
    }
}

/// Every rule, in the order in which violations are reported.
const RULES: &[fn(&ToBeSigned) -> Option<Violation>] = &[
    serial_number::check,
    signature_digest::check,
    issuer_named::check,
    validity_order::check,
    subject_named::check,
    key_strength::check,
    path_length_of_authority::check,
    authority_key_use::check,
    host_key_use::check,
    subject_alt_names::check,
    key_identifiers::check,
];

/// All rules that the certificate breaks; none if it may be signed as far as its form goes.
#[must_use]
pub fn lint(tbs: &ToBeSigned) -> Vec<Violation> {
    RULES.iter().filter_map(|rule| rule(tbs)).collect()
}

/// A certificate that breaks no rule, for the tests of the rules to spoil.
#[cfg(test)]
pub(crate) mod sample {
    use super::*;
    use crate::algorithm::{Digest, SignatureAlgorithm};
    use crate::extension::access::{AccessDescription, AccessMethod};
    use crate::extension::distribution_point::DistributionPoint;
    use crate::extension::{BasicConstraints, KeyUse, NameConstraints, Purpose};
    use crate::general_name::GeneralName;
    use crate::name::build::NameBuilder;
    use crate::public_key::PublicKey;
    use crate::serial::Serial;
    use crate::time::Timestamp;
    use crate::validity::Validity;

    /// The SubjectPublicKeyInfo of a P-256 key; nobody has its private half.
    const P256: &[u8] = &[
        0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08,
        0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04, 0x6b, 0x17, 0xd1,
        0xf2, 0xe1, 0x2c, 0x42, 0x47, 0xf8, 0xbc, 0xe6, 0xe5, 0x63, 0xa4, 0x40, 0xf2, 0x77, 0x03,
        0x7d, 0x81, 0x2d, 0xeb, 0x33, 0xa0, 0xf4, 0xa1, 0x39, 0x45, 0xd8, 0x98, 0xc2, 0x96, 0x4f,
        0xe3, 0x42, 0xe2, 0xfe, 0x1a, 0x7f, 0x9b, 0x8e, 0xe7, 0xeb, 0x4a, 0x7c, 0x0f, 0x9e, 0x16,
        0x2b, 0xce, 0x33, 0x57, 0x6b, 0x31, 0x5e, 0xce, 0xcb, 0xb6, 0x40, 0x68, 0x37, 0xbf, 0x51,
        0xf5,
    ];

    pub(crate) fn host() -> ToBeSigned {
        let name = |common_name: &str| {
            let builder = NameBuilder::default()
                .common_name(common_name)
                .expect("a common name");
            builder.build().expect("a name")
        };
        let public_key = PublicKey::from_der(P256).expect("a key");
        ToBeSigned {
            serial: Serial::from_random([7; 16]),
            signature_algorithm: SignatureAlgorithm::Ecdsa(Digest::Sha256),
            issuer: name("Example CA"),
            validity: Validity {
                not_before: Timestamp::from_unix(1_700_000_000),
                not_after: Timestamp::from_unix(1_800_000_000),
            },
            subject: name("host"),
            subject_key_id: public_key.key_identifier().to_vec(),
            authority_key_id: Some(vec![1; 20]),
            public_key,
            basic_constraints: BasicConstraints::default(),
            key_usage: [KeyUse::DigitalSignature].into_iter().collect(),
            extended_key_usage: vec![Purpose::ServerAuth, Purpose::ClientAuth],
            subject_alt_names: vec![GeneralName::Dns("host.example".to_owned())],
            name_constraints: None,
            crl_distribution_points: Vec::new(),
            authority_info_access: Vec::new(),
        }
    }

    pub(crate) fn authority() -> ToBeSigned {
        ToBeSigned {
            basic_constraints: BasicConstraints {
                ca: true,
                path_length: Some(0),
            },
            key_usage: [KeyUse::KeyCertSign, KeyUse::CrlSign].into_iter().collect(),
            extended_key_usage: Vec::new(),
            subject_alt_names: Vec::new(),
            name_constraints: Some(NameConstraints {
                permitted: vec![GeneralName::Dns("example".to_owned())],
                excluded: vec![GeneralName::IpOctets([0; 8].into())],
            }),
            crl_distribution_points: vec!["http://ca.example/crl".to_owned()],
            authority_info_access: vec![AccessDescription {
                method: AccessMethod::CaIssuers,
                location: GeneralName::Uri("http://ca.example/ca.der".to_owned()),
            }],
            ..host()
        }
    }

    #[test]
    fn the_samples_break_no_rule() {
        assert_eq!(lint(&host()), []);
        assert_eq!(lint(&authority()), []);
    }

    #[test]
    fn what_is_built_is_read_again() {
        for tbs in [host(), authority()] {
            let der = tbs.to_der().expect("DER");
            let der = crate::tbs::join(&der, &tbs.signature_algorithm, &[0; 70]).expect("DER");
            let read = crate::certificate::Certificate::from_der(&der).expect("a certificate");
            assert_eq!(read.serial(), &tbs.serial);
            assert_eq!(read.subject(), &tbs.subject);
            assert_eq!(read.issuer(), &tbs.issuer);
            assert_eq!(read.validity(), tbs.validity);
            assert_eq!(read.public_key(), &tbs.public_key);
            let extensions = read.extensions();
            assert_eq!(extensions.basic_constraints, Some(tbs.basic_constraints));
            assert_eq!(extensions.key_usage, Some(tbs.key_usage));
            let purposes = extensions.extended_key_usage.clone().unwrap_or_default();
            assert_eq!(purposes, tbs.extended_key_usage);
            let names = extensions.subject_alt_names.clone().unwrap_or_default();
            assert_eq!(names, tbs.subject_alt_names);
            assert_eq!(extensions.name_constraints, tbs.name_constraints);
            let points = extensions.crl_distribution_points.iter().flatten();
            let uris: Vec<&str> = points.flat_map(DistributionPoint::uris).collect();
            assert_eq!(uris, tbs.crl_distribution_points);
            let places = extensions.authority_info_access.clone().unwrap_or_default();
            assert_eq!(places, tbs.authority_info_access);
        }
    }
}
