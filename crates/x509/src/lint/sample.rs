//! What breaks no rule, and ways to spoil it, for the tests of the rules.

mod damaged;

use der::Encode as _;

pub(crate) use self::damaged::{malformed, twice};

use crate::algorithm::{Digest, SignatureAlgorithm};
use crate::certificate::Certificate;
use crate::crl::RevocationList;
use crate::crl::build::{CrlToBeSigned, NewEntry};
use crate::crl::number::CrlNumber;
use crate::crl::reason::RevocationReason;
use crate::extension::access::{AccessDescription, AccessMethod};
use crate::extension::distribution_point::DistributionPoint;
use crate::extension::policies::{
    ANY_POLICY, CertificatePolicy, NoticeEncoding, NoticeText, PolicyQualifier,
};
use crate::extension::{BasicConstraints, Extensions, KeyUse, NameConstraints, Purpose};
use crate::general_name::GeneralName;
use crate::name::Name;
use crate::name::build::NameBuilder;
use crate::public_key::PublicKey;
use crate::request::CertificationRequest;
use crate::serial::Serial;
use crate::tbs::{self, ToBeSigned};
use crate::time::Timestamp;
use crate::validity::Validity;

/// The SubjectPublicKeyInfo of a P-256 key; nobody has its private half.
const P256: &[u8] = &[
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a,
    0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04, 0x6b, 0x17, 0xd1, 0xf2, 0xe1,
    0x2c, 0x42, 0x47, 0xf8, 0xbc, 0xe6, 0xe5, 0x63, 0xa4, 0x40, 0xf2, 0x77, 0x03, 0x7d, 0x81, 0x2d,
    0xeb, 0x33, 0xa0, 0xf4, 0xa1, 0x39, 0x45, 0xd8, 0x98, 0xc2, 0x96, 0x4f, 0xe3, 0x42, 0xe2, 0xfe,
    0x1a, 0x7f, 0x9b, 0x8e, 0xe7, 0xeb, 0x4a, 0x7c, 0x0f, 0x9e, 0x16, 0x2b, 0xce, 0x33, 0x57, 0x6b,
    0x31, 0x5e, 0xce, 0xcb, 0xb6, 0x40, 0x68, 0x37, 0xbf, 0x51, 0xf5,
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

/// The certificate with a signature that is none.
pub(crate) fn read(tbs: &ToBeSigned) -> Certificate {
    let der = tbs.to_der().expect("DER");
    let der = tbs::join(&der, &tbs.signature_algorithm, &[0; 70]).expect("DER");
    Certificate::from_der(&der).expect("a certificate")
}

pub(crate) fn host_certificate() -> Certificate {
    read(&host())
}

pub(crate) fn authority_certificate() -> Certificate {
    read(&authority())
}

pub(crate) fn extensions() -> Extensions {
    host_certificate().extensions().clone()
}

/// Nothing but a policy with a notice.
pub(crate) fn with_notice(refers: bool, text: &str, encoding: NoticeEncoding) -> Extensions {
    let text = NoticeText {
        text: text.to_owned(),
        encoding,
    };
    let notice = PolicyQualifier::Notice {
        refers,
        text: Some(text),
    };
    let policy = CertificatePolicy {
        oid: ANY_POLICY,
        qualifiers: vec![notice],
    };
    Extensions {
        certificate_policies: Some(vec![policy]),
        ..Extensions::default()
    }
}

/// A certificate of a form that we do not write.
pub(crate) enum Odd<'a> {
    Version1,
    Serial(&'a [u8]),
    GeneralizedTimes,
    UniqueId,
    EmptySubject,
    CriticalNames,
}

pub(crate) fn odd(odd: Odd<'_>) -> Certificate {
    let host = host();
    let algorithm = host.signature_algorithm.to_der().expect("DER");
    let version = wrap(0xa0, &[2, 1, 2]);
    let utc = [wrap(0x17, b"200101000000Z"), wrap(0x17, b"300101000000Z")].concat();
    let generalized = [
        wrap(0x18, b"20200101000000Z"),
        wrap(0x18, b"20300101000000Z"),
    ];
    // subjectAltName with DNS:a, not critical and critical.
    let names = |mark: &[u8]| {
        let value = wrap(0x04, &wrap(0x30, &[0x82, 1, b'a']));
        let extension = [&[0x06, 0x03, 0x55, 0x1d, 0x11], mark, &value].concat();
        wrap(0xa3, &wrap(0x30, &wrap(0x30, &extension)))
    };
    let is = |one: Odd<'_>| std::mem::discriminant(&one) == std::mem::discriminant(&odd);
    let serial = match odd {
        Odd::Serial(contents) => contents,
        Odd::Version1
        | Odd::GeneralizedTimes
        | Odd::UniqueId
        | Odd::EmptySubject
        | Odd::CriticalNames => &[7],
    };
    let subject = wrap(0x30, &[]);
    let parts = [
        if is(Odd::Version1) {
            Vec::new()
        } else {
            version
        },
        wrap(0x02, serial),
        algorithm.clone(),
        host.issuer.der().to_vec(),
        wrap(
            0x30,
            &if is(Odd::GeneralizedTimes) {
                generalized.concat()
            } else {
                utc
            },
        ),
        if is(Odd::EmptySubject) {
            subject
        } else {
            host.subject.der().to_vec()
        },
        host.public_key.der().to_vec(),
        if is(Odd::UniqueId) {
            vec![0x81, 2, 0, 1]
        } else {
            Vec::new()
        },
        match odd {
            Odd::EmptySubject => names(&[]),
            Odd::CriticalNames => names(&[1, 1, 0xff]),
            Odd::Version1 | Odd::GeneralizedTimes | Odd::UniqueId | Odd::Serial(_) => Vec::new(),
        },
    ];
    let signed = wrap(0x30, &parts.concat());
    let der = wrap(0x30, &[signed, algorithm, vec![3, 2, 0, 1]].concat());
    Certificate::from_der(&der).expect("a certificate")
}

/// An element of at most 65,535 octets.
pub(crate) fn wrap(tag: u8, contents: &[u8]) -> Vec<u8> {
    let length = u16::try_from(contents.len()).expect("a short element");
    let mut der = vec![tag];
    match length.to_be_bytes() {
        [0, short @ 0..0x80] => der.push(short),
        [0, long] => der.extend([0x81, long]),
        [high, low] => der.extend([0x82, high, low]),
    }
    der.extend(contents);
    der
}

/// An attribute of a name: object identifier, tag, octets.
pub(crate) fn attribute(oid: &str, tag: u8, text: &str) -> Vec<u8> {
    attribute_of(oid, tag, text.as_bytes())
}

/// The same of any octets.
pub(crate) fn attribute_of(oid: &str, tag: u8, octets: &[u8]) -> Vec<u8> {
    let oid = const_oid::ObjectIdentifier::new_unwrap(oid);
    let oid = oid.to_der().expect("DER");
    wrap(0x30, &[oid, wrap(tag, octets)].concat())
}

/// A name of relative distinguished names.
pub(crate) fn name_of(rdns: &[&[Vec<u8>]]) -> Name {
    let rdns: Vec<Vec<u8>> = rdns.iter().map(|rdn| wrap(0x31, &rdn.concat())).collect();
    Name::from_der(&wrap(0x30, &rdns.concat())).expect("a name")
}

/// An RSA key of these numbers.
pub(crate) fn rsa(modulus: &[u8], exponent: &[u8]) -> PublicKey {
    let unsigned = |octets: &[u8]| wrap(0x02, &[&[0], octets].concat());
    let small = |octets: &[u8]| wrap(0x02, octets);
    let key = wrap(0x30, &[unsigned(modulus), small(exponent)].concat());
    let algorithm = [0x06, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1, 5, 0];
    key_of(&algorithm, &key)
}

/// A P-256 key with these octets as its point.
pub(crate) fn ec(point: &[u8]) -> PublicKey {
    let algorithm = P256.get(4..4 + 0x13).expect("the algorithm");
    key_of(algorithm, point)
}

fn key_of(algorithm: &[u8], key: &[u8]) -> PublicKey {
    let bits = wrap(0x03, &[&[0], key].concat());
    let der = wrap(0x30, &[wrap(0x30, algorithm), bits].concat());
    PublicKey::from_der(&der).expect("a key")
}

/// A list of extensions with nothing but keyUsage: digitalSignature.
pub(crate) const KEY_USAGE_ALONE: [u8; 15] = [
    0x30, 0x0d, 0x30, 0x0b, 0x06, 0x03, 0x55, 0x1d, 0x0f, 0x04, 0x04, 0x03, 0x02, 0x07, 0x80,
];

/// A request that asks for a list of extensions.
pub(crate) fn request(extensions: &[u8]) -> CertificationRequest {
    let oid = crate::request::EXTENSION_REQUEST.to_der().expect("DER");
    request_with(&wrap(0x30, &[oid, wrap(0x31, extensions)].concat()))
}

/// A request with one attribute.
pub(crate) fn request_with(attribute: &[u8]) -> CertificationRequest {
    let host = host();
    let info = [
        &[2, 1, 0],
        host.subject.der(),
        host.public_key.der(),
        &wrap(0xa0, attribute),
    ];
    let algorithm = host.signature_algorithm.to_der().expect("DER");
    let info = wrap(0x30, &info.concat());
    let der = wrap(0x30, &[info, algorithm, vec![3, 2, 0, 1]].concat());
    CertificationRequest::from_der(&der).expect("a request")
}

/// A revocation list as we make them.
pub(crate) fn list() -> RevocationList {
    let authority = authority();
    let entry = NewEntry {
        serial: Serial::from_random([7; 16]),
        revoked: Timestamp::from_unix(1_700_000_000),
        reason: RevocationReason::KeyCompromise,
        invalid_since: None,
    };
    let list = CrlToBeSigned {
        issuer: authority.subject,
        signature_algorithm: authority.signature_algorithm.clone(),
        this_update: Timestamp::from_unix(1_700_000_000),
        next_update: Timestamp::from_unix(1_701_000_000),
        number: CrlNumber::from_u64(1),
        authority_key_id: Some(authority.subject_key_id),
    };
    let signed = list.to_der([entry]).expect("DER");
    let der = tbs::join(&signed, &authority.signature_algorithm, &[0]).expect("DER");
    RevocationList::from_der(der).expect("a list")
}

/// A list of 2020 of an issuer without a name, with these parts: version, next update, entries and
/// extensions.
pub(crate) fn list_of(
    version: &[u8],
    next_update: Option<&str>,
    entries: &[u8],
    extensions: &[u8],
) -> RevocationList {
    let algorithm = host().signature_algorithm.to_der().expect("DER");
    let parts = [
        version.to_vec(),
        algorithm.clone(),
        wrap(0x30, &[]),
        wrap(0x17, b"200101000000Z"),
        next_update.map_or_else(Vec::new, |time| wrap(0x17, time.as_bytes())),
        entries.to_vec(),
        extensions.to_vec(),
    ];
    let signed = wrap(0x30, &parts.concat());
    let der = wrap(0x30, &[signed, algorithm, vec![3, 2, 0, 1]].concat());
    RevocationList::from_der(der).expect("a list")
}

/// An entry of 2021 for a serial.
pub(crate) fn entry(serial: u8) -> Vec<u8> {
    let parts = [wrap(0x02, &[serial]), wrap(0x17, b"210101000000Z")];
    wrap(0x30, &parts.concat())
}

#[test]
fn what_is_built_is_read_again() {
    for tbs in [host(), authority()] {
        let read = read(&tbs);
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
