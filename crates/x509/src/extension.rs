//! The extensions of a certificate that this project knows, and what they say.
//!
//! Reading is strict about the form of what restricts a certificate: malformed, it makes the certificate
//! malformed. What only informs, as policies and addresses, is kept with what is wrong with it. Content is
//! not judged.

use std::fmt;

use const_oid::ObjectIdentifier;
use const_oid::db::{rfc5280, rfc5912};
use der::Sequence;
use der::asn1::OctetStringRef;

use crate::general_name::GeneralName;
use crate::serial::Serial;
use access::AccessDescription;
use distribution_point::DistributionPoint;
use policies::{CertificatePolicy, PolicyMapping};

pub mod access;
pub mod distribution_point;
mod names;
pub mod policies;
pub(crate) mod read;
pub(crate) mod write;

pub use names::extension_name;

/// Whether a certificate is an authority's, and how many more may follow below it.
///
/// Source: RFC 5280 section 4.2.1.9.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Sequence)]
pub struct BasicConstraints {
    /// Whether the subject is a certificate authority.
    #[asn1(default = "Default::default")]
    pub ca: bool,
    /// How many authorities may stand between this one and the last certificate of a path.
    #[asn1(optional = "true")]
    pub path_length: Option<u8>,
}

/// What the key may be used for: a set of [`KeyUse`].
///
/// Source: RFC 5280 section 4.2.1.3.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KeyUsage(pub(crate) u16);

/// One use of a key; the value is the number of its bit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum KeyUse {
    /// Signatures other than on certificates and CRLs.
    DigitalSignature = 0,
    /// Signatures that bind their maker (contentCommitment).
    NonRepudiation = 1,
    /// Encryption of keys, as RSA key transport does.
    KeyEncipherment = 2,
    /// Encryption of data.
    DataEncipherment = 3,
    /// Key agreement.
    KeyAgreement = 4,
    /// Signatures on certificates.
    KeyCertSign = 5,
    /// Signatures on CRLs.
    CrlSign = 6,
    /// With key agreement: for encryption only.
    EncipherOnly = 7,
    /// With key agreement: for decryption only.
    DecipherOnly = 8,
}

impl KeyUse {
    pub(crate) const ALL: [Self; 9] = [
        Self::DigitalSignature,
        Self::NonRepudiation,
        Self::KeyEncipherment,
        Self::DataEncipherment,
        Self::KeyAgreement,
        Self::KeyCertSign,
        Self::CrlSign,
        Self::EncipherOnly,
        Self::DecipherOnly,
    ];

    fn mask(self) -> u16 {
        match self {
            Self::DigitalSignature => 1 << 0,
            Self::NonRepudiation => 1 << 1,
            Self::KeyEncipherment => 1 << 2,
            Self::DataEncipherment => 1 << 3,
            Self::KeyAgreement => 1 << 4,
            Self::KeyCertSign => 1 << 5,
            Self::CrlSign => 1 << 6,
            Self::EncipherOnly => 1 << 7,
            Self::DecipherOnly => 1 << 8,
        }
    }
}

impl fmt::Display for KeyUse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::DigitalSignature => "digitalSignature",
            Self::NonRepudiation => "nonRepudiation",
            Self::KeyEncipherment => "keyEncipherment",
            Self::DataEncipherment => "dataEncipherment",
            Self::KeyAgreement => "keyAgreement",
            Self::KeyCertSign => "keyCertSign",
            Self::CrlSign => "cRLSign",
            Self::EncipherOnly => "encipherOnly",
            Self::DecipherOnly => "decipherOnly",
        })
    }
}

impl KeyUsage {
    /// Whether the key may be used so.
    #[must_use]
    pub fn allows(self, key_use: KeyUse) -> bool {
        self.0 & key_use.mask() != 0
    }

    /// The uses in it, in the order of their bits.
    pub fn iter(self) -> impl Iterator<Item = KeyUse> {
        KeyUse::ALL
            .into_iter()
            .filter(move |&key_use| self.allows(key_use))
    }

    /// Whether it allows nothing.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }
}

impl FromIterator<KeyUse> for KeyUsage {
    fn from_iter<I: IntoIterator<Item = KeyUse>>(uses: I) -> Self {
        Self(
            uses.into_iter()
                .fold(0, |bits, key_use| bits | key_use.mask()),
        )
    }
}

/// One purpose of an extended key usage.
///
/// Source: RFC 5280 section 4.2.1.12.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Purpose {
    /// A TLS server.
    ServerAuth,
    /// A TLS client.
    ClientAuth,
    /// Protection of mail.
    EmailProtection,
    /// Signatures on OCSP answers.
    OcspSigning,
    /// anyExtendedKeyUsage.
    Any,
    /// Another: its object identifier.
    Other(ObjectIdentifier),
}

impl Purpose {
    pub(crate) fn from_oid(oid: ObjectIdentifier) -> Self {
        match oid {
            rfc5280::ID_KP_SERVER_AUTH => Self::ServerAuth,
            rfc5280::ID_KP_CLIENT_AUTH => Self::ClientAuth,
            rfc5280::ID_KP_EMAIL_PROTECTION => Self::EmailProtection,
            rfc5280::ID_KP_OCSP_SIGNING => Self::OcspSigning,
            rfc5912::ANY_EXTENDED_KEY_USAGE => Self::Any,
            other => Self::Other(other),
        }
    }

    pub(crate) fn oid(&self) -> ObjectIdentifier {
        match self {
            Self::ServerAuth => rfc5280::ID_KP_SERVER_AUTH,
            Self::ClientAuth => rfc5280::ID_KP_CLIENT_AUTH,
            Self::EmailProtection => rfc5280::ID_KP_EMAIL_PROTECTION,
            Self::OcspSigning => rfc5280::ID_KP_OCSP_SIGNING,
            Self::Any => rfc5912::ANY_EXTENDED_KEY_USAGE,
            Self::Other(oid) => *oid,
        }
    }
}

impl fmt::Display for Purpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ServerAuth => f.write_str("serverAuth"),
            Self::ClientAuth => f.write_str("clientAuth"),
            Self::EmailProtection => f.write_str("emailProtection"),
            Self::OcspSigning => f.write_str("OCSPSigning"),
            Self::Any => f.write_str("anyExtendedKeyUsage"),
            Self::Other(oid) => f.write_str(&names::purpose_name(oid)),
        }
    }
}

/// The names below an authority that may, and may not, stand in certificates.
///
/// Source: RFC 5280 section 4.2.1.10.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NameConstraints {
    /// Names of a kind that stands here must lie in one of these.
    pub permitted: Vec<GeneralName>,
    /// No name may lie in one of these.
    pub excluded: Vec<GeneralName>,
}

/// What an authority demands of the certificate policies below it.
///
/// Source: RFC 5280 section 4.2.1.11.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Sequence)]
pub struct PolicyConstraints {
    /// After how many more certificates of a path an explicit policy is needed.
    #[asn1(context_specific = "0", tag_mode = "IMPLICIT", optional = "true")]
    pub require_explicit_policy: Option<u32>,
    /// After how many more certificates of a path policies are no longer mapped.
    #[asn1(context_specific = "1", tag_mode = "IMPLICIT", optional = "true")]
    pub inhibit_policy_mapping: Option<u32>,
}

/// Who signed a certificate, as far as it says so itself.
///
/// Source: RFC 5280 section 4.2.1.1. Paths are built by the key identifier alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthorityKeyId {
    /// The subject key identifier of the issuer.
    pub key_id: Option<Box<[u8]>>,
    /// The issuer of the issuer's certificate.
    pub issuer: Option<Vec<GeneralName>>,
    /// The serial number of the issuer's certificate.
    pub serial: Option<Serial>,
}

/// The known extensions of a certificate, each as it stands there, and the rest by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Extensions {
    /// basicConstraints.
    pub basic_constraints: Option<BasicConstraints>,
    /// keyUsage.
    pub key_usage: Option<KeyUsage>,
    /// extendedKeyUsage.
    pub extended_key_usage: Option<Vec<Purpose>>,
    /// subjectAltName.
    pub subject_alt_names: Option<Vec<GeneralName>>,
    /// nameConstraints.
    pub name_constraints: Option<NameConstraints>,
    /// policyConstraints.
    pub policy_constraints: Option<PolicyConstraints>,
    /// subjectKeyIdentifier.
    pub subject_key_id: Option<Box<[u8]>>,
    /// authorityKeyIdentifier.
    pub authority_key_id: Option<AuthorityKeyId>,
    /// cRLDistributionPoints.
    pub crl_distribution_points: Option<Vec<DistributionPoint>>,
    /// freshestCRL: where lists of what is new since the last full one are.
    pub freshest_crl: Option<Vec<DistributionPoint>>,
    /// authorityInfoAccess.
    pub authority_info_access: Option<Vec<AccessDescription>>,
    /// subjectInfoAccess.
    pub subject_info_access: Option<Vec<AccessDescription>>,
    /// certificatePolicies.
    pub certificate_policies: Option<Vec<CertificatePolicy>>,
    /// policyMappings.
    pub policy_mappings: Option<Vec<PolicyMapping>>,
    /// inhibitAnyPolicy: after how many more certificates of a path anyPolicy counts no longer.
    pub inhibit_any_policy: Option<u32>,
    /// issuerAltName.
    pub issuer_alt_names: Option<Vec<GeneralName>>,
    /// Extensions that only inform, and whose value is not what their name promises. They make the
    /// certificate unusable only where they are critical, and then stand in `unknown_critical` too. Of a
    /// [`MalformedCertificate`](crate::certificate::malformed::MalformedCertificate) also those for which it is one:
    /// what restricts its use, and what stands there a second time.
    pub unreadable: Vec<UnreadableExtension>,
    /// Extensions marked critical that must be refused: those that are not read here, those that
    /// cannot be read, and those that RFC 5280 allows only as not critical and others refuse.
    pub unknown_critical: Vec<ObjectIdentifier>,
    /// Every extension that is not read here, critical or not, with its value.
    pub unknown: Vec<UnknownExtension>,
    /// Every extension in the order of the certificate, each once, with whether it is critical.
    pub all: Vec<(ObjectIdentifier, bool)>,
}

impl Extensions {
    /// Whether they are those of an authority's certificate.
    #[must_use]
    pub fn is_authority(&self) -> bool {
        self.basic_constraints
            .is_some_and(|constraints| constraints.ca)
    }

    /// The same for somebody who says what follows if they are not: `None` where nobody can tell, since the
    /// basicConstraints cannot be read.
    #[must_use]
    pub fn authority_if_known(&self) -> Option<bool> {
        let known = !self.is_unreadable(&rfc5280::ID_CE_BASIC_CONSTRAINTS);
        known.then(|| self.is_authority())
    }

    /// Whether an extension is there and cannot be read. Whoever says that something is missing asks this first.
    #[must_use]
    pub fn is_unreadable(&self, oid: &ObjectIdentifier) -> bool {
        self.unreadable.iter().any(|one| one.oid == *oid)
    }

    /// Whether it can be told which keys of issuer and subject are named: neither identifier is unreadable.
    #[must_use]
    pub fn key_ids_are_known(&self) -> bool {
        let identifiers = [
            rfc5280::ID_CE_AUTHORITY_KEY_IDENTIFIER,
            rfc5280::ID_CE_SUBJECT_KEY_IDENTIFIER,
        ];
        !identifiers.iter().any(|oid| self.is_unreadable(oid))
    }

    /// Whether an extension is critical; `None` if it is not there.
    #[must_use]
    pub fn is_critical(&self, oid: &ObjectIdentifier) -> Option<bool> {
        let found = self.all.iter().find(|(present, _)| present == oid);
        found.map(|(_, critical)| *critical)
    }
}

/// An extension that is not read here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownExtension {
    /// What it is; [`extension_name`] may have a name for it.
    pub oid: ObjectIdentifier,
    /// Whether who does not know it must refuse the certificate.
    pub critical: bool,
    /// Its value: the octets inside the OCTET STRING.
    pub value: Box<[u8]>,
}

/// An extension that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnreadableExtension {
    /// What it is.
    pub oid: ObjectIdentifier,
    /// Whether it is critical.
    pub critical: bool,
    /// Its value: the octets inside the OCTET STRING.
    pub value: Box<[u8]>,
    /// What the decoder found.
    pub detail: String,
}

/// A certificate's extensions are not well formed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidExtension {
    /// The value is not what the extension's name promises.
    #[error("the extension {name} is not well formed ({detail})")]
    Malformed {
        /// Its short name or object identifier.
        name: String,
        /// What the decoder found.
        detail: String,
    },
    /// More extensions than are read.
    #[error("there are more than {MAX_EXTENSIONS} extensions")]
    TooMany,
    /// Two of one kind: RFC 5280 section 4.2 allows one.
    #[error("the extension {name} stands there twice")]
    Duplicate {
        /// Its short name or object identifier.
        name: String,
    },
}

/// Extensions that are read: far more than any in use, and a bound on the search for duplicates.
pub(crate) const MAX_EXTENSIONS: usize = 256;

/// One extension as it is encoded.
#[derive(Clone, Debug, Sequence)]
pub(crate) struct RawExtension<'a> {
    pub(crate) oid: ObjectIdentifier,
    #[asn1(default = "Default::default")]
    pub(crate) critical: bool,
    pub(crate) value: &'a OctetStringRef,
}
