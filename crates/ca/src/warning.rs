//! What was done other than asked, or will not work as its asker may hope.
//!
//! Values for whoever talks to the person; never a reason to refuse.

use std::fmt;

use trustpack_x509::algorithm::{Digest, SignatureAlgorithm};
use trustpack_x509::dns::{DnsName, WildcardName};
use trustpack_x509::general_name::GeneralName;
use trustpack_x509::lint::Violation;
use trustpack_x509::name::Name;
use trustpack_x509::tbs::ToBeSigned;
use trustpack_x509::time::Timestamp;

use crate::crl_url::CrlUrl;
use crate::host::Domain;
use crate::lifetime::Lifetime;
use crate::request::{CaRequest, HostRequest};

/// Something that the asker should know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Warning {
    /// The certificate would have outlived the authority and ends with it.
    LifetimeCut {
        /// The end that was asked for.
        asked: Timestamp,
        /// The end that it has.
        cut_to: Timestamp,
    },
    /// A host name with an underscore, which is none by RFC 952 and which some programs refuse.
    Underscore {
        /// The name.
        name: DnsName,
    },
    /// A wildcard, which the name check of these systems never matches.
    WildcardNeverMatched {
        /// The wildcard.
        name: WildcardName,
    },
    /// A host certificate with the subject of its authority: careless programs take it for one that
    /// signed itself.
    SubjectOfAuthority {
        /// The subject of both.
        subject: String,
    },
    /// A signature over SHA-1, which most programs of today refuse.
    Sha1,
    /// The key of the authority signs in one way only, whatever digest was asked for.
    DigestNotUsed {
        /// The digest that was asked for.
        asked: Digest,
    },
    /// A list of revoked certificates behind TLS: checking the certificate of its server may need the
    /// list first (RFC 5280 section 8).
    CrlBehindTls {
        /// Where the list is.
        url: CrlUrl,
    },
    /// A common name that is a host name and stands in no alternative name, which no program of today
    /// takes for the host.
    CommonNameNotMatched {
        /// The common name.
        name: DnsName,
    },
    /// An extension that the certificate before had, and that this program does not write.
    ExtensionLeftOut {
        /// Its name.
        name: String,
    },
    /// A rule that warns.
    Doubtful(Violation),
    /// An authority that ends so soon that host certificates will soon be cut to it.
    ShortAuthority {
        /// Its last moment.
        not_after: Timestamp,
    },
}

/// An authority of at most this lifetime is short: a leap year.
const SHORT_AUTHORITY_DAYS: u32 = 366;

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LifetimeCut { asked, cut_to } => write!(
                f,
                "the certificate was to end on {asked}, after its CA; it was cut to the end of the CA, {cut_to}"
            ),
            Self::Underscore { name } => write!(
                f,
                "the name {name} contains an underscore, which host names should not have; some programs refuse it"
            ),
            Self::WildcardNeverMatched { name } => write!(
                f,
                "the name {name} is a wildcard, which the name check of these systems never matches"
            ),
            Self::SubjectOfAuthority { subject } => write!(
                f,
                "the subject {subject} is that of the CA too; some programs will take the certificate for a self-signed one"
            ),
            Self::Sha1 => f.write_str(
                "the signature is over SHA-1, which is broken; most programs of today refuse the certificate",
            ),
            Self::DigestNotUsed { asked } => write!(
                f,
                "the key that signs is Ed25519, which knows one way only; {asked} has no effect"
            ),
            Self::CrlBehindTls { url } => write!(
                f,
                "the revocation list is behind TLS ({url}); programs may need the list before they can fetch it"
            ),
            Self::CommonNameNotMatched { name } => write!(
                f,
                "the common name {name} is a host name that is not among the alternative names; programs do not take it for the host"
            ),
            Self::ExtensionLeftOut { name } => write!(
                f,
                "the certificate before had the extension {name}; the new one is without it"
            ),
            Self::Doubtful(violation) => violation.fmt(f),
            Self::ShortAuthority { not_after } => write!(
                f,
                "the CA ends on {not_after}; host certificates that would end later will be cut to it"
            ),
        }
    }
}

/// What in a host certificate to be deserves a warning.
pub(crate) fn about_host(request: &HostRequest, tbs: &ToBeSigned) -> Vec<Warning> {
    let subject_of_authority = (tbs.subject == tbs.issuer).then(|| Warning::SubjectOfAuthority {
        subject: tbs.subject.to_string(),
    });
    about_names(request)
        .into_iter()
        .chain(about_signature(request.digest(), &tbs.signature_algorithm))
        .chain(about_common_name(&tbs.subject, &tbs.subject_alt_names))
        .chain(subject_of_authority)
        .collect()
}

/// What in the request for an authority deserves a warning.
pub(crate) fn about_authority(
    request: &CaRequest,
    algorithm: &SignatureAlgorithm,
    not_after: Timestamp,
) -> Vec<Warning> {
    let short = Lifetime::from_days(SHORT_AUTHORITY_DAYS.into())
        .is_ok_and(|short| request.lifetime() <= short)
        .then_some(Warning::ShortAuthority { not_after });
    let behind_tls = request.crl_urls().iter().filter(|url| url.needs_tls());
    let behind_tls = behind_tls.map(|url| Warning::CrlBehindTls { url: url.clone() });
    about_signature(request.digest(), algorithm)
        .into_iter()
        .chain(short)
        .chain(behind_tls)
        .collect()
}

/// What in the way of signing deserves a warning.
pub(crate) fn about_signature(
    asked: Option<Digest>,
    algorithm: &SignatureAlgorithm,
) -> Option<Warning> {
    match (algorithm.digest(), asked) {
        (Some(Digest::Sha1), _) => Some(Warning::Sha1),
        (None, Some(asked)) => Some(Warning::DigestNotUsed { asked }),
        (Some(_), _) | (None, None) => None,
    }
}

/// What in the subject of a host deserves a warning.
fn about_common_name(subject: &Name, names: &[GeneralName]) -> Option<Warning> {
    let name: DnsName = subject.common_name()?.parse().ok()?;
    let is_host = name.as_str().contains('.') && !names.contains(&GeneralName::from(&name));
    is_host.then_some(Warning::CommonNameNotMatched { name })
}

/// What in the names of a request deserves a warning.
pub(crate) fn about_names(request: &HostRequest) -> Vec<Warning> {
    let domains = request.domains().iter().filter_map(|domain| match domain {
        Domain::Host(name) => underscore(name),
        Domain::Wildcard(name) => Some(Warning::WildcardNeverMatched { name: name.clone() }),
    });
    let mut warnings = Vec::new();
    for warning in underscore(request.host().name()).into_iter().chain(domains) {
        if !warnings.contains(&warning) {
            warnings.push(warning);
        }
    }
    warnings
}

fn underscore(name: &DnsName) -> Option<Warning> {
    name.has_underscore()
        .then(|| Warning::Underscore { name: name.clone() })
}
