//! The step "name": does the certificate bear the name of the host that was to be reached.
//!
//! If there is a subject alternative name of any kind, only those count, else the common name
//! counts, as host certificates of old private CAs have it. No wildcard matches anywhere: the
//! systems taken over never took one, and a private CA can name every host.

use std::fmt;

use trustpack_x509::certificate::Certificate;
use trustpack_x509::dns::{DnsName, WildcardName};
use trustpack_x509::general_name::GeneralName;

use crate::member::Member;
use crate::question::{HostIdentity, NameCheck};
use crate::reason::Reason;

/// A certificate that does not bear the name of the host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameMismatch {
    /// The leaf.
    pub certificate: Member,
    /// The host that was to be reached.
    pub wanted: HostIdentity,
    /// What the certificate bears instead.
    pub found: BorneNames,
    /// A wildcard among them that would cover the host if wildcards were matched.
    pub wildcard: Option<WildcardName>,
}

/// The names of a certificate that count for the name check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BorneNames {
    /// Its subject alternative names, of whatever kind.
    SubjectAltNames(Vec<GeneralName>),
    /// Its common name; there is no subject alternative name.
    CommonName(String),
    /// Neither is there.
    None,
}

/// How many names a sentence lists; a certificate can hold thousands.
const SHOWN_NAMES: usize = 10;

/// Compares the names of the leaf with the one that is wanted, if one is.
pub(crate) fn judge(leaf: &Member, name: &NameCheck) -> Option<Reason> {
    let NameCheck::Host(wanted) = name else {
        return None;
    };
    let found = BorneNames::of(&leaf.certificate);
    if found.match_host(wanted) {
        return None;
    }
    Some(Reason::NameMismatch(Box::new(NameMismatch {
        certificate: leaf.clone(),
        wanted: wanted.clone(),
        wildcard: found.wildcard_over(wanted),
        found,
    })))
}

/// The host that a common name stands for, if it can stand for one.
///
/// The name check and the name constraints both ask this, so that no name can be matched that was
/// not constrained.
pub(crate) fn host_of_common_name(common_name: &str) -> Option<HostIdentity> {
    common_name.parse().ok()
}

impl BorneNames {
    fn of(certificate: &Certificate) -> Self {
        match &certificate.extensions().subject_alt_names {
            Some(names) => Self::SubjectAltNames(names.clone()),
            None => certificate
                .subject()
                .common_name()
                .map_or(Self::None, |name| Self::CommonName(name.to_owned())),
        }
    }

    fn match_host(&self, wanted: &HostIdentity) -> bool {
        match self {
            Self::SubjectAltNames(names) => names.iter().any(|name| match (name, wanted) {
                (GeneralName::Dns(found), HostIdentity::Dns(wanted)) => is_dns(found, wanted),
                (GeneralName::Ip(found), HostIdentity::Ip(wanted)) => found == wanted,
                (_, HostIdentity::Dns(_) | HostIdentity::Ip(_)) => false,
            }),
            Self::CommonName(name) => host_of_common_name(name).as_ref() == Some(wanted),
            Self::None => false,
        }
    }

    fn wildcard_over(&self, wanted: &HostIdentity) -> Option<WildcardName> {
        let HostIdentity::Dns(wanted) = wanted else {
            return None;
        };
        // RFC 9525 section 6.3: the asterisk stands for exactly one label.
        let (_, parent) = wanted.as_str().split_once('.')?;
        let covers = |text: &str| {
            let wildcard: WildcardName = text.parse().ok()?;
            (wildcard.as_str().strip_prefix("*.") == Some(parent)).then_some(wildcard)
        };
        match self {
            Self::SubjectAltNames(names) => names.iter().find_map(|name| match name {
                GeneralName::Dns(text) => covers(text),
                GeneralName::Email(_)
                | GeneralName::Ip(_)
                | GeneralName::IpOctets(_)
                | GeneralName::Uri(_)
                | GeneralName::Directory(_)
                | GeneralName::Other { .. } => None,
            }),
            Self::CommonName(name) => covers(name),
            Self::None => None,
        }
    }
}

/// Whether a name in a certificate is this host: without regard to case and a final dot.
fn is_dns(found: &str, wanted: &DnsName) -> bool {
    found
        .strip_suffix('.')
        .unwrap_or(found)
        .eq_ignore_ascii_case(wanted.as_str())
}

impl fmt::Display for BorneNames {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SubjectAltNames(names) => {
                for (index, name) in names.iter().take(SHOWN_NAMES).enumerate() {
                    write!(f, "{}{name}", if index == 0 { "is for " } else { ", " })?;
                }
                match names.len().saturating_sub(SHOWN_NAMES) {
                    0 => Ok(()),
                    more => write!(f, " and {more} more"),
                }
            }
            Self::CommonName(name) => write!(
                f,
                "has no subject alternative name and is for CN={}",
                name.escape_debug()
            ),
            Self::None => f.write_str("names no host"),
        }
    }
}

impl fmt::Display for NameMismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} {}; the host is {}",
            self.certificate, self.found, self.wanted
        )?;
        match &self.wildcard {
            Some(wildcard) => {
                write!(
                    f,
                    ", which {wildcard} would cover, but wildcards are not matched"
                )
            }
            None => Ok(()),
        }
    }
}
