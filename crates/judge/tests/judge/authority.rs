//! Authorities of the tests that need lists, with keys made at once.
//!
//! Lists are put together octet by octet, so that they can be wrong in any way.

use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _};
use trustpack_x509::algorithm::{Digest, SignatureAlgorithm};
use trustpack_x509::certificate::Certificate;
use trustpack_x509::crl::RevocationList;
use trustpack_x509::extension::{BasicConstraints, KeyUse, NameConstraints};
use trustpack_x509::general_name::GeneralName;
use trustpack_x509::name::Name;
use trustpack_x509::public_key::PublicKey;
use trustpack_x509::serial::Serial;
use trustpack_x509::tbs::{ToBeSigned, join};
use trustpack_x509::validity::Validity;

const ALGORITHM: SignatureAlgorithm = SignatureAlgorithm::Ecdsa(Digest::Sha256);

/// A key with a certificate.
pub(crate) struct Authority {
    key: EcdsaKeyPair,
    pub(crate) certificate: Certificate,
}

/// What an issued certificate is to be.
pub(crate) struct Wish<'a> {
    pub(crate) subject: &'a str,
    pub(crate) serial: u64,
    pub(crate) ca: bool,
    pub(crate) usages: &'a [KeyUse],
    pub(crate) points: &'a [&'a str],
    pub(crate) validity: (&'a str, &'a str),
    /// Names beside that of the subject.
    pub(crate) names: &'a [GeneralName],
    pub(crate) limits: Option<&'a NameConstraints>,
}

/// A CA that may sign everything.
pub(crate) fn a_ca(subject: &str, serial: u64) -> Wish<'_> {
    Wish {
        subject,
        serial,
        ca: true,
        usages: &[KeyUse::KeyCertSign, KeyUse::CrlSign],
        points: &[],
        validity: ("2020-01-01", "2099-01-01"),
        names: &[],
        limits: None,
    }
}

/// A host.
pub(crate) fn a_host(serial: u64) -> Wish<'static> {
    Wish {
        subject: "host.example",
        ca: false,
        usages: &[KeyUse::DigitalSignature],
        ..a_ca("", serial)
    }
}

pub(crate) fn root(subject: &str) -> Authority {
    let key = new_key();
    let wish = a_ca(subject, 1);
    let certificate = signed(&wish, &public_key(&key), &name(subject), &key);
    Authority { key, certificate }
}

impl Authority {
    /// A certificate of a new key.
    pub(crate) fn issue(&self, wish: &Wish<'_>) -> Self {
        let key = new_key();
        let issuer = self.certificate.subject();
        let certificate = signed(wish, &public_key(&key), issuer, &self.key);
        Self { key, certificate }
    }

    /// A certificate for the key of another.
    pub(crate) fn certify(&self, wish: &Wish<'_>, other: &Certificate) -> Certificate {
        let key = other.public_key();
        signed(wish, key, self.certificate.subject(), &self.key)
    }

    /// A list as it should be, which names these serial numbers.
    pub(crate) fn list(&self, serials: &[u64]) -> RevocationList {
        let revoked: Vec<_> = serials.iter().map(|serial| entry(*serial, None)).collect();
        self.odd_list(&OddList {
            entries: &revoked.concat(),
            ..OddList::default()
        })
    }

    pub(crate) fn odd_list(&self, odd: &OddList<'_>) -> RevocationList {
        let issuer = odd.issuer.unwrap_or_else(|| self.certificate.subject());
        let algorithm = odd.algorithm.as_ref().unwrap_or(&ALGORITHM);
        let algorithm = algorithm.to_der().expect("an algorithm");
        let mut tbs = vec![2, 1, 1];
        tbs.extend(&algorithm);
        tbs.extend(issuer.der());
        tbs.extend(utc(odd.this_update));
        tbs.extend(odd.next_update.map(utc).unwrap_or_default());
        if !odd.entries.is_empty() {
            tbs.extend(wrap(0x30, odd.entries));
        }
        let mut extensions = odd.extensions.concat();
        if let Some(number) = odd.number {
            let number = wrap(2, &[&[0], number.to_be_bytes().as_slice()].concat());
            extensions.extend(extension(&[0x55, 0x1d, 0x14], false, &number));
        }
        if !extensions.is_empty() {
            tbs.extend(wrap(0xa0, &wrap(0x30, &extensions)));
        }
        let tbs = wrap(0x30, &tbs);
        let signature = sign(&self.key, &tbs);
        let signature = wrap(3, &[&[0], signature.as_slice()].concat());
        let der = wrap(0x30, &[tbs, algorithm, signature].concat());
        RevocationList::from_der(der).expect("a list")
    }
}

/// A list that may be wrong.
pub(crate) struct OddList<'a> {
    /// Another issuer than the one who signs.
    pub(crate) issuer: Option<&'a Name>,
    pub(crate) algorithm: Option<SignatureAlgorithm>,
    /// YYMMDD.
    pub(crate) this_update: &'a str,
    pub(crate) next_update: Option<&'a str>,
    pub(crate) number: Option<u32>,
    /// As [`entry`] makes them.
    pub(crate) entries: &'a [u8],
    /// As [`extension`] makes them.
    pub(crate) extensions: &'a [Vec<u8>],
}

impl Default for OddList<'_> {
    /// A good one that names nobody.
    fn default() -> Self {
        Self {
            issuer: None,
            algorithm: None,
            this_update: "261101",
            next_update: Some("261201"),
            number: Some(7),
            entries: &[],
            extensions: &[],
        }
    }
}

/// An entry with a reason, if it has a code.
pub(crate) fn entry(serial: u64, code: Option<u8>) -> Vec<u8> {
    let serial = Serial::from_u64(serial).expect("a serial");
    let mut fields = wrap(2, serial.der_contents());
    fields.extend(utc("261015"));
    if let Some(code) = code {
        let reason = extension(&[0x55, 0x1d, 0x15], false, &[0x0a, 1, code]);
        fields.extend(wrap(0x30, &reason));
    }
    wrap(0x30, &fields)
}

/// An entry with an extension.
pub(crate) fn odd_entry(serial: u64, extension: &[u8]) -> Vec<u8> {
    let serial = Serial::from_u64(serial).expect("a serial");
    let fields = [
        wrap(2, serial.der_contents()),
        utc("261015"),
        wrap(0x30, extension),
    ];
    wrap(0x30, &fields.concat())
}

pub(crate) fn extension(oid: &[u8], critical: bool, value: &[u8]) -> Vec<u8> {
    let mut fields = wrap(6, oid);
    if critical {
        fields.extend([1, 1, 0xff]);
    }
    fields.extend(wrap(4, value));
    wrap(0x30, &fields)
}

pub(crate) fn wrap(tag: u8, contents: &[u8]) -> Vec<u8> {
    let length = u16::try_from(contents.len()).expect("something small");
    let mut element = vec![tag];
    match u8::try_from(length) {
        Ok(short) if short < 0x80 => element.push(short),
        Ok(long) => element.extend([0x81, long]),
        Err(_) => {
            element.push(0x82);
            element.extend(length.to_be_bytes());
        }
    }
    element.extend(contents);
    element
}

pub(crate) fn name(common_name: &str) -> Name {
    let attribute = [wrap(6, &[0x55, 4, 3]), wrap(0x0c, common_name.as_bytes())].concat();
    let der = wrap(0x30, &wrap(0x31, &wrap(0x30, &attribute)));
    Name::from_der(&der).expect("a name")
}

/// Midnight of a day YYMMDD as UTCTime.
fn utc(day: &str) -> Vec<u8> {
    wrap(0x17, format!("{day}000000Z").as_bytes())
}

fn new_key() -> EcdsaKeyPair {
    EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).expect("a key")
}

fn public_key(key: &EcdsaKeyPair) -> PublicKey {
    let der = key.public_key().as_der().expect("DER");
    PublicKey::from_der(der.as_ref()).expect("a public key")
}

fn sign(key: &EcdsaKeyPair, message: &[u8]) -> Vec<u8> {
    let signature = key
        .sign(&SystemRandom::new(), message)
        .expect("a signature");
    signature.as_ref().to_vec()
}

fn signed(wish: &Wish<'_>, key: &PublicKey, issuer: &Name, signer: &EcdsaKeyPair) -> Certificate {
    let names = (!wish.ca).then(|| GeneralName::Dns(wish.subject.to_owned()));
    let (not_before, not_after) = wish.validity;
    let tbs = ToBeSigned {
        serial: Serial::from_u64(wish.serial).expect("a serial"),
        signature_algorithm: ALGORITHM,
        issuer: issuer.clone(),
        validity: Validity {
            not_before: not_before.parse().expect("a date"),
            not_after: not_after.parse().expect("a date"),
        },
        subject: name(wish.subject),
        public_key: key.clone(),
        basic_constraints: BasicConstraints {
            ca: wish.ca,
            path_length: None,
        },
        key_usage: wish.usages.iter().copied().collect(),
        extended_key_usage: Vec::new(),
        subject_alt_names: names
            .into_iter()
            .chain(wish.names.iter().cloned())
            .collect(),
        subject_key_id: vec![1],
        authority_key_id: None,
        name_constraints: wish.limits.cloned(),
        crl_distribution_points: wish.points.iter().map(|&uri| uri.to_owned()).collect(),
        authority_info_access: Vec::new(),
    };
    let tbs = tbs.to_der().expect("a certificate");
    let der = join(&tbs, &ALGORITHM, &sign(signer, &tbs)).expect("a certificate");
    Certificate::from_der(&der).expect("a certificate")
}
