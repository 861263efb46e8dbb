//! Authorities and certificates for tests, made while they run, and endpoints that use them.
//!
//! Shared by the tests of `material`, `tls` and `tunnel`. Keys are P-256, which takes no time; the
//! dates are far from any clock, except where a test is about them.
//!
//! Long because an authority, what it makes and who uses that are one world.

#![allow(dead_code, reason = "each test program uses its part")]

use std::path::Path;

use trustpack_keystore::pem::{self, ReadKeyError};
use trustpack_keystore::private_key::spec::KeySpec;
use trustpack_keystore::private_key::{InvalidPrivateKey, PrivateKey};
use trustpack_material::files::permissions::Account;
use trustpack_material::files::{MemoryFiles, Readers};
use trustpack_material::load::{Examined, Surroundings, examine, load};
use trustpack_material::material::{Material, MaterialError};
use trustpack_settings::acceptances::Acceptances;
use trustpack_settings::endpoint::{Endpoint, Role};
use trustpack_settings::finding::Code;
use trustpack_settings::fleet::{Acceptance, Entry, Platform};
use trustpack_settings::place::Place;
use trustpack_settings::resolve::by_hand::{self, ByHand, Describer};
use trustpack_settings::span::Spot;
use trustpack_settings::value::{NetworkAddress, PeerName, PlainAddress};
use trustpack_x509::algorithm::Digest;
use trustpack_x509::certificate::Certificate;
use trustpack_x509::crl::build::{CrlToBeSigned, NewEntry};
use trustpack_x509::crl::number::CrlNumber;
use trustpack_x509::crl::reason::RevocationReason;
use trustpack_x509::crl::{self, RevocationList};
use trustpack_x509::extension::{BasicConstraints, KeyUsage, KeyUse, Purpose};
use trustpack_x509::general_name::GeneralName;
use trustpack_x509::name::Name;
use trustpack_x509::name::build::NameBuilder;
use trustpack_x509::public_key::PublicKey;
use trustpack_x509::serial::Serial;
use trustpack_x509::tbs::{self, ToBeSigned};
use trustpack_x509::time::Timestamp;
use trustpack_x509::validity::Validity;

/// An authority that signs whatever it is asked to.
pub(crate) struct Authority {
    pub(crate) name: Name,
    pub(crate) certificate: Certificate,
    key: PrivateKey,
}

/// A certificate with its key.
pub(crate) struct Issued {
    pub(crate) certificate: Certificate,
    pub(crate) key: PrivateKey,
}

/// What a host certificate says; the default is good for both sides of TLS.
pub(crate) struct Host<'a> {
    pub(crate) name: &'a str,
    pub(crate) validity: Validity,
    pub(crate) purposes: Vec<Purpose>,
    /// Its subject alternative names.
    pub(crate) alt_names: Vec<GeneralName>,
    /// Where the list of its issuer is.
    pub(crate) points: Vec<String>,
    /// What its key may be used for.
    pub(crate) uses: Vec<KeyUse>,
    /// What its issuer signs it with.
    pub(crate) digest: Digest,
    /// The uses of Netscape's certificate type, as their bits.
    pub(crate) netscape: Option<u8>,
}

/// What a revocation list says; the default is fresh for as long as any certificate of a test.
pub(crate) struct List<'a> {
    pub(crate) made: &'a str,
    pub(crate) next: &'a str,
    pub(crate) number: u64,
    /// What it is signed with.
    pub(crate) digest: Digest,
    pub(crate) revoked: Vec<Serial>,
}

impl Default for List<'_> {
    fn default() -> Self {
        Self {
            made: "2020-01-01",
            next: "2120-01-01",
            number: 1,
            digest: Digest::Sha256,
            revoked: Vec::new(),
        }
    }
}

impl<'a> Host<'a> {
    pub(crate) fn named(name: &'a str) -> Self {
        let purposes = vec![Purpose::ServerAuth, Purpose::ClientAuth];
        Self {
            name,
            validity: valid(),
            purposes,
            alt_names: vec![GeneralName::Dns(name.to_owned())],
            points: Vec::new(),
            uses: vec![KeyUse::DigitalSignature],
            digest: Digest::Sha256,
            netscape: None,
        }
    }

    pub(crate) fn expired(self) -> Self {
        Self {
            validity: between("2020-01-01", "2021-01-01"),
            ..self
        }
    }
}

/// Valid whenever a test may run.
pub(crate) fn valid() -> Validity {
    between("2020-01-01", "2120-01-01")
}

pub(crate) fn between(not_before: &str, not_after: &str) -> Validity {
    Validity {
        not_before: time(not_before),
        not_after: time(not_after),
    }
}

pub(crate) fn time(text: &str) -> Timestamp {
    text.parse().expect("a date")
}

/// The time for loading: certificates that are expired today are not yet, as if the end had been
/// started then. The TLS engine reads the clock instead.
pub(crate) fn now() -> Timestamp {
    time("2020-06-01")
}

pub(crate) fn new_key() -> PrivateKey {
    PrivateKey::generate(KeySpec::EcP256).expect("a key")
}

/// A private key of 1024 bits, in PEM: OpenSSL signs with it, our engine does not.
pub(crate) const SMALL_KEY: &str = include_str!("../../../keystore/tests/fixtures/rsa_1024.pem");

/// Its public half.
pub(crate) fn small_public_key() -> PublicKey {
    let public_key = match pem::read_private_key(SMALL_KEY.as_bytes(), None) {
        Err(ReadKeyError::Invalid(InvalidPrivateKey::RsaSize { public_key, .. })) => {
            Some(*public_key)
        }
        Ok(_) | Err(_) => None,
    };
    public_key.expect("a key of 1024 bits")
}

fn name(common_name: &str) -> Name {
    let builder = NameBuilder::default()
        .organization("Tests")
        .expect("a name");
    builder
        .common_name(common_name)
        .expect("a name")
        .build()
        .expect("a name")
}

impl Authority {
    /// A root.
    pub(crate) fn root(common_name: &str) -> Self {
        let (name, key) = (name(common_name), new_key());
        let tbs = to_be_signed(
            &name,
            key.public_key(),
            &name,
            key.public_key(),
            valid(),
            true,
        );
        let certificate = sign(&tbs, &key);
        Self {
            name,
            certificate,
            key,
        }
    }

    /// The certificate of another authority's key, signed by this one.
    pub(crate) fn crosses(&self, other: &Self) -> Certificate {
        self.crosses_for(other, valid())
    }

    /// The same for this time.
    pub(crate) fn crosses_for(&self, other: &Self, validity: Validity) -> Certificate {
        let [key, own] = [&other.key, &self.key].map(PrivateKey::public_key);
        let tbs = to_be_signed(&other.name, key, &self.name, own, validity, true);
        sign(&tbs, &self.key)
    }

    /// An authority below this one.
    pub(crate) fn intermediate(&self, common_name: &str) -> Self {
        let (name, key) = (name(common_name), new_key());
        let own = self.key.public_key();
        let tbs = to_be_signed(&name, key.public_key(), &self.name, own, valid(), true);
        let certificate = sign(&tbs, &self.key);
        Self {
            name,
            certificate,
            key,
        }
    }

    /// The authority's own certificate and key, as a host would use them by mistake.
    pub(crate) fn as_host(&self) -> (&Certificate, &PrivateKey) {
        (&self.certificate, &self.key)
    }

    /// A certificate of a host, with a new key.
    pub(crate) fn issue(&self, host: &Host<'_>) -> Issued {
        let key = new_key();
        let certificate = self.issue_for(host, &key);
        Issued { certificate, key }
    }

    /// A certificate of a host for this key.
    pub(crate) fn issue_for(&self, host: &Host<'_>, key: &PrivateKey) -> Certificate {
        self.issue_for_public(host, key.public_key())
    }

    /// The same for a key of which only the public half can be read.
    pub(crate) fn issue_for_public(&self, host: &Host<'_>, key: &PublicKey) -> Certificate {
        let subject = name(host.name);
        let own = self.key.public_key();
        let mut tbs = to_be_signed(&subject, key, &self.name, own, host.validity, false);
        tbs.extended_key_usage.clone_from(&host.purposes);
        tbs.subject_alt_names.clone_from(&host.alt_names);
        tbs.crl_distribution_points.clone_from(&host.points);
        tbs.key_usage = host.uses.iter().copied().collect::<KeyUsage>();
        tbs.signature_algorithm = self.key.signature_algorithm(host.digest);
        match host.netscape {
            None => sign(&tbs, &self.key),
            Some(uses) => {
                tbs.subject_key_id = PLACE_OF_NETSCAPE.to_vec();
                let der = tbs.to_der().expect("a certificate");
                sign_der(&with_netscape(&der, uses), &tbs, &self.key)
            }
        }
    }

    /// A root that is valid in this time, with the key of this one.
    pub(crate) fn valid(&self, validity: Validity) -> Certificate {
        let (name, key) = (&self.name, self.key.public_key());
        sign(
            &to_be_signed(name, key, name, key, validity, true),
            &self.key,
        )
    }

    /// A revocation list in PEM.
    pub(crate) fn list(&self, list: &List<'_>) -> String {
        let signature_algorithm = self.key.signature_algorithm(list.digest);
        let tbs = CrlToBeSigned {
            issuer: self.name.clone(),
            signature_algorithm: signature_algorithm.clone(),
            this_update: time(list.made),
            next_update: time(list.next),
            number: CrlNumber::from_u64(list.number),
            authority_key_id: Some(self.key.public_key().key_identifier().to_vec()),
        };
        let entries = list.revoked.iter().map(|serial| NewEntry {
            serial: serial.clone(),
            revoked: time(list.made),
            reason: RevocationReason::Unspecified,
            invalid_since: None,
        });
        let der = tbs.to_der(entries).expect("a list");
        let signature = self
            .key
            .sign(&signature_algorithm, &der)
            .expect("a signature");
        let der = crl::build::join(der, &signature_algorithm, &signature).expect("a list");
        pem::revocation_list_to_pem(&RevocationList::from_der(der).expect("a list"))
    }
}

fn to_be_signed(
    subject: &Name,
    key: &PublicKey,
    issuer: &Name,
    issuer_key: &PublicKey,
    validity: Validity,
    authority: bool,
) -> ToBeSigned {
    let uses: &[KeyUse] = if authority {
        &[KeyUse::KeyCertSign, KeyUse::CrlSign]
    } else {
        &[KeyUse::DigitalSignature]
    };
    let identifier = key.key_identifier();
    let mut serial = [0; 16];
    serial.copy_from_slice(&identifier[..16]);
    ToBeSigned {
        serial: Serial::from_random(serial),
        signature_algorithm: new_key().signature_algorithm(Digest::Sha256),
        issuer: issuer.clone(),
        validity,
        subject: subject.clone(),
        public_key: key.clone(),
        basic_constraints: BasicConstraints {
            ca: authority,
            path_length: None,
        },
        key_usage: uses.iter().copied().collect::<KeyUsage>(),
        extended_key_usage: Vec::new(),
        subject_alt_names: Vec::new(),
        subject_key_id: identifier.to_vec(),
        authority_key_id: Some(issuer_key.key_identifier().to_vec()),
        name_constraints: None,
        crl_distribution_points: Vec::new(),
        authority_info_access: Vec::new(),
    }
}

/// A key identifier whose extension is as long as that of Netscape's certificate type, which the program never writes.
const PLACE_OF_NETSCAPE: &[u8] = b"NETSCAPE";

/// The same certificate with that extension in its place.
fn with_netscape(der: &[u8], uses: u8) -> Vec<u8> {
    let old = [
        b"\x30\x11\x06\x03\x55\x1d\x0e\x04\x0a\x04\x08",
        PLACE_OF_NETSCAPE,
    ]
    .concat();
    let unused = u8::try_from(uses.trailing_zeros()).expect("a number of bits");
    let mut new = b"\x30\x11\x06\x09\x60\x86\x48\x01\x86\xf8\x42\x01\x01\x04\x04\x03\x02".to_vec();
    new.extend([unused, uses]);
    let at = der.windows(old.len()).position(|part| part == old);
    let at = at.expect("the key identifier");
    let (before, rest) = der.split_at(at);
    let (_, after) = rest.split_at(old.len());
    [before, &new, after].concat()
}

fn sign(tbs: &ToBeSigned, key: &PrivateKey) -> Certificate {
    let der = tbs.to_der().expect("a certificate");
    sign_der(&der, tbs, key)
}

fn sign_der(der: &[u8], tbs: &ToBeSigned, key: &PrivateKey) -> Certificate {
    let signature = key
        .sign(&tbs.signature_algorithm, der)
        .expect("a signature");
    let joined = tbs::join(der, &tbs.signature_algorithm, &signature).expect("a certificate");
    Certificate::from_der(&joined).expect("a certificate")
}

/// The files of an endpoint in memory, and its options.
pub(crate) struct Site {
    pub(crate) files: MemoryFiles,
    pub(crate) options: Vec<(String, String)>,
    pub(crate) network: Option<NetworkAddress>,
    pub(crate) plain: Option<PlainAddress>,
    pub(crate) peer: Option<PeerName>,
    /// When its material is loaded.
    pub(crate) now: Timestamp,
    /// What is accepted: a certificate for another use, because mostly it is the peer that is to refuse it.
    pub(crate) acceptances: Vec<Acceptance>,
}

impl Default for Site {
    fn default() -> Self {
        Self {
            files: MemoryFiles::default(),
            options: Vec::new(),
            network: None,
            plain: None,
            peer: None,
            now: now(),
            acceptances: vec![Acceptance {
                code: Code::new(4018),
                place: Place::CommandLine,
                reason: "the peer is to refuse it".to_owned(),
                until: time("2120-01-01"),
                spot: Spot::Flag("certificate".into()),
            }],
        }
    }
}

impl Site {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    pub(crate) fn set(mut self, option: &str, value: &str) -> Self {
        self.options.retain(|(other, _)| other != option);
        self.options.push((option.to_owned(), value.to_owned()));
        self
    }

    /// Takes an option away.
    pub(crate) fn without(mut self, option: &str) -> Self {
        self.options.retain(|(other, _)| other != option);
        self
    }

    pub(crate) fn file(mut self, path: &str, contents: impl Into<Vec<u8>>) -> Self {
        self.files.insert(path, contents, Readers::Restricted);
        self
    }

    /// Sets `certificate` to these certificates in this order, and `certificate-key`.
    pub(crate) fn identity(self, chain: &[&Certificate], key: &PrivateKey) -> Self {
        let chain: Vec<Certificate> = chain.iter().map(|c| (*c).clone()).collect();
        self.file("/own.pem", pem::certificates_to_pem(&chain))
            .file("/key.pem", pem::private_key_to_pem(key).as_bytes())
            .set("certificate", "/own.pem")
            .set("certificate-key", "/key.pem")
    }

    pub(crate) fn issued(self, issued: &Issued) -> Self {
        self.identity(&[&issued.certificate], &issued.key)
    }

    pub(crate) fn trusts(self, trusted: &[&Certificate]) -> Self {
        let trusted: Vec<Certificate> = trusted.iter().map(|c| (*c).clone()).collect();
        self.file("/ca.pem", pem::certificates_to_pem(&trusted))
            .set("trusted-ca", "/ca.pem")
    }

    pub(crate) fn peer(mut self, name: &str) -> Self {
        self.peer = Some(PeerName::Dns(name.parse().expect("a host name")));
        self
    }

    pub(crate) fn lists(self, text: &str) -> Self {
        self.file("/ca.crl", text).set("crl", "/ca.crl")
    }

    pub(crate) fn endpoint(&self, role: Role) -> Endpoint {
        let options: Vec<Entry> = self
            .options
            .iter()
            .map(|(name, value)| Entry::flag(name, value))
            .collect();
        let request = ByHand {
            by: Describer::CommandLine,
            role,
            network: self.network.clone(),
            plain: self.plain.clone(),
            peer: self.peer.clone(),
            options: &options,
            folder: Path::new("/"),
        };
        by_hand::resolve(&request, Platform::Unix)
    }

    pub(crate) fn load(&self, role: Role) -> Result<(Endpoint, Material), MaterialError> {
        let endpoint = self.endpoint(role);
        let material = self.material_of(&endpoint)?;
        Ok((endpoint, material))
    }

    /// What a check finds in its files, with this account.
    pub(crate) fn examine(&self, role: Role, account: Option<&Account>) -> Examined {
        let acceptances = Acceptances::new(&self.acceptances, self.now);
        let surroundings = Surroundings {
            files: &self.files,
            variable: &|name| (name == "KEY_PASSWORD").then(|| "secret".into_password()),
            now: self.now,
            acceptances: &acceptances,
            lists: None,
        };
        examine(&self.endpoint(role), account, &surroundings)
    }

    pub(crate) fn material_of(&self, endpoint: &Endpoint) -> Result<Material, MaterialError> {
        let acceptances = Acceptances::new(&self.acceptances, self.now);
        let surroundings = Surroundings {
            files: &self.files,
            variable: &|name| (name == "KEY_PASSWORD").then(|| "secret".into_password()),
            now: self.now,
            acceptances: &acceptances,
            lists: None,
        };
        load(
            endpoint.startable().expect("settings without an error"),
            &surroundings,
        )
    }
}

trait IntoPassword {
    fn into_password(self) -> trustpack_keystore::password::Password;
}

impl IntoPassword for &str {
    fn into_password(self) -> trustpack_keystore::password::Password {
        trustpack_keystore::password::Password::new(self)
    }
}
