//! The step "allowed names": which clients a server admits, by what stands in their certificates.
//!
//! Any one of the names suffices. Nothing is taken for a name that the certificate does not say: no
//! wildcard, no part of a name, and the common name only where it is asked for.

use std::fmt;

use aws_lc_rs::digest::{SHA256, digest};
use base64ct::{Base64, Encoding as _};
use trustpack_x509::certificate::Certificate;
use trustpack_x509::dns::DnsName;
use trustpack_x509::general_name::GeneralName;
use trustpack_x509::name::Name;

use crate::folded_name::folded_text;
use crate::member::Member;
use crate::reason::Reason;

/// Whom a server admits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum AllowedNames {
    /// Everybody whose certificate is good.
    #[default]
    Everybody,
    /// Those whose certificate bears one of these.
    Only(Vec<AllowedName>),
}

/// One name that lets a client in.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum AllowedName {
    /// A subject alternative name of the kind dNSName.
    Dns(DnsName),
    /// A subject alternative name of the kind URI, compared octet by octet.
    Uri(String),
    /// A common name of the subject, compared as RFC 5280 section 7.1 has it.
    CommonName(String),
    /// An organizational unit of the subject, compared as RFC 5280 section 7.1 has it.
    OrganizationalUnit(String),
    /// A mail address, in the subject alternative name or the subject. The part before the `@` is
    /// compared octet by octet, the host without regard to case (RFC 5280 section 7.5).
    Email(String),
    /// The SHA-256 of the whole SubjectPublicKeyInfo.
    PublicKey([u8; 32]),
}

/// Names that a sentence lists.
const SHOWN_NAMES: usize = 10;

/// Whether the leaf bears an allowed name.
pub(crate) fn judge(leaf: &Member, allowed: &AllowedNames) -> Option<Reason> {
    let AllowedNames::Only(names) = allowed else {
        return None;
    };
    let borne = names.iter().any(|name| name.is_borne_by(&leaf.certificate));
    (!borne).then(|| Reason::NotAllowed {
        certificate: leaf.clone(),
        allowed: allowed.clone(),
    })
}

impl AllowedName {
    fn is_borne_by(&self, certificate: &Certificate) -> bool {
        let alt_names = certificate.extensions().subject_alt_names.as_deref();
        let mut alt_names = alt_names.unwrap_or_default().iter();
        let subject = certificate.subject();
        match self {
            Self::Dns(wanted) => {
                let is_wanted = |text: &str| text.parse::<DnsName>().as_ref() == Ok(wanted);
                alt_names.any(|name| matches!(name, GeneralName::Dns(text) if is_wanted(text)))
            }
            Self::Uri(wanted) => {
                alt_names.any(|name| matches!(name, GeneralName::Uri(uri) if uri == wanted))
            }
            Self::CommonName(wanted) => has_attribute(subject, COMMON_NAME, wanted),
            Self::OrganizationalUnit(wanted) => has_attribute(subject, ORGANIZATIONAL_UNIT, wanted),
            Self::Email(wanted) => {
                let mut in_subject = subject.email_addresses();
                alt_names.any(
                    |name| matches!(name, GeneralName::Email(found) if same_address(found, wanted)),
                ) || in_subject.any(|found| same_address(found, wanted))
            }
            Self::PublicKey(wanted) => {
                digest(&SHA256, certificate.public_key().der()).as_ref() == wanted
            }
        }
    }
}

/// The contents octets of 2.5.4.3 and 2.5.4.11 (RFC 5280 appendix A.1).
const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];
const ORGANIZATIONAL_UNIT: &[u8] = &[0x55, 0x04, 0x0b];

fn has_attribute(subject: &Name, oid: &[u8], wanted: &str) -> bool {
    let wanted = folded_text(wanted);
    subject
        .attributes()
        .filter(|attribute| attribute.is_text && attribute.oid.as_bytes() == oid)
        .any(|attribute| folded_text(&attribute.value) == wanted)
}

fn same_address(left: &str, right: &str) -> bool {
    match (left.rsplit_once('@'), right.rsplit_once('@')) {
        (Some((left, left_host)), Some((right, right_host))) => {
            left == right && left_host.eq_ignore_ascii_case(right_host)
        }
        (_, _) => left == right,
    }
}

impl fmt::Display for AllowedName {
    /// As the option `allowed-names` has it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dns(name) => write!(f, "dns:{name}"),
            Self::Uri(uri) => write!(f, "uri:{}", uri.escape_debug()),
            Self::CommonName(name) => write!(f, "cn:{}", name.escape_debug()),
            Self::OrganizationalUnit(name) => write!(f, "ou:{}", name.escape_debug()),
            Self::Email(address) => write!(f, "email:{}", address.escape_debug()),
            Self::PublicKey(hash) => write!(f, "spki:{}", Base64::encode_string(hash)),
        }
    }
}

impl fmt::Display for AllowedNames {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::Only(names) = self else {
            return f.write_str("any");
        };
        if names.is_empty() {
            return f.write_str("none");
        }
        let shown: Vec<_> = names
            .iter()
            .take(SHOWN_NAMES)
            .map(ToString::to_string)
            .collect();
        f.write_str(&shown.join(", "))?;
        match names.len().saturating_sub(SHOWN_NAMES) {
            0 => Ok(()),
            more => write!(f, " and {more} more"),
        }
    }
}
