//! What was done other than asked, or will not work as its asker may hope.
//!
//! Values for whoever talks to the person; never a reason to refuse.

use std::fmt;

use trustpack_x509::dns::{DnsName, WildcardName};
use trustpack_x509::time::Timestamp;

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
            Self::ShortAuthority { not_after } => write!(
                f,
                "the CA ends on {not_after}; host certificates that would end later will be cut to it"
            ),
        }
    }
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

/// What in the lifetime of an authority deserves a warning.
pub(crate) fn about_authority(request: &CaRequest, not_after: Timestamp) -> Option<Warning> {
    let short = request.lifetime() <= Lifetime::from_days(SHORT_AUTHORITY_DAYS.into()).ok()?;
    short.then_some(Warning::ShortAuthority { not_after })
}

fn underscore(name: &DnsName) -> Option<Warning> {
    name.has_underscore()
        .then(|| Warning::Underscore { name: name.clone() })
}
