//! What the judge is asked: whose certificate, trusted through whom, for what, when.
//!
//! Invariant: everything that the answer depends on stands in [`Question`]; the judge looks at
//! nothing else.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;
use std::time::Duration;

use trustpack_x509::certificate::Certificate;
use trustpack_x509::dns::{DnsName, InvalidDnsName};
use trustpack_x509::public_key::PublicKey;
use trustpack_x509::time::Timestamp;

use crate::allowed_names::AllowedNames;
use crate::anchors::TrustAnchors;
use crate::limits::MAX_INTERMEDIATES;
use crate::revocation::RevocationLists;
use crate::strength::Strength;

/// One question to the judge.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// The certificate to be judged: the first one that the peer sent.
    pub leaf: &'a Certificate,
    /// The others that the peer sent, in any order, strays and repetitions included.
    pub intermediates: &'a [Certificate],
    /// Whom we trust.
    pub anchors: &'a TrustAnchors,
    /// What the peer acts as.
    pub purpose: Purpose,
    /// The name that the certificate must bear, if it must.
    pub name: &'a NameCheck,
    /// The lists that may have revoked certificates of the path.
    pub revocation: RevocationCheck<'a>,
    /// Which names a server admits; a client asks for no more than the name.
    pub allowed: &'a AllowedNames,
    /// The moment for which the answer holds.
    pub now: Timestamp,
    /// What a site decides for itself.
    pub policy: Policy,
}

/// What the owner of the certificate acts as: the other side of the one who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Purpose {
    /// A TLS server; the one who asks is a client.
    Server,
    /// A TLS client; the one who asks is a server.
    Client,
}

/// Whether the certificate must bear a certain name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NameCheck {
    /// Any name is good.
    Off,
    /// The certificate must bear this one.
    Host(HostIdentity),
}

/// A host as the one who connects to it knows it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum HostIdentity {
    /// By name.
    Dns(DnsName),
    /// By address; it is compared with the certificate's addresses only.
    Ip(IpAddr),
}

/// What a site decides for itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// How many intermediates may stand between the certificate and its anchor; self-issued ones
    /// (a CA that renewed its key) do not count. At most [`MAX_INTERMEDIATES`], which is the
    /// default.
    pub max_intermediates: usize,
    /// Until when signatures with SHA-1 and RSA keys from 1024 bits are accepted; never, by default.
    pub danger_accept_weak: Option<Timestamp>,
    /// Which certificates must be looked for on lists.
    pub crl_check: CrlCheck,
    /// What a list means that is not fresh.
    pub crl_freshness: Freshness,
}

/// Whether lists are asked.
#[derive(Clone, Copy, Debug)]
pub enum RevocationCheck<'a> {
    /// Nobody asks whether a certificate was revoked.
    Off,
    /// For each certificate that is checked there must be a list that does not name it.
    Lists(&'a RevocationLists),
}

/// Which certificates must be looked for on lists.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum CrlCheck {
    /// The certificate of the peer.
    Leaf,
    /// Every certificate of the path but the anchor.
    #[default]
    Chain,
}

/// What a list means that has no next update, is past it, or is from the future.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Freshness {
    /// It is of no use.
    #[default]
    Required,
    /// It is used, with a note.
    Warn,
    /// It is used, with a note, for so long after its next update; or after it was made, if it says
    /// nothing about the next.
    Grace(Duration),
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            max_intermediates: MAX_INTERMEDIATES,
            danger_accept_weak: None,
            crl_check: CrlCheck::default(),
            crl_freshness: Freshness::default(),
        }
    }
}

impl Policy {
    /// Whether the size of this key is good enough at a moment.
    #[must_use]
    pub fn accepts_key(&self, key: &PublicKey, now: Timestamp) -> bool {
        self.strength(now).check_key(key).is_ok()
    }

    /// How strong signatures and keys must be at a moment.
    pub(crate) fn strength(&self, now: Timestamp) -> Strength {
        if self.danger_accept_weak.is_some_and(|until| now < until) {
            Strength::Weak
        } else {
            Strength::Full
        }
    }
}

impl Purpose {
    /// The name of the extended key usage that allows it.
    ///
    /// Source: RFC 5280 section 4.2.1.12.
    #[must_use]
    pub fn usage_name(self) -> &'static str {
        match self {
            Self::Server => "serverAuth",
            Self::Client => "clientAuth",
        }
    }
}

impl fmt::Display for Purpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Server => "TLS server",
            Self::Client => "TLS client",
        })
    }
}

impl fmt::Display for HostIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dns(name) => name.fmt(f),
            Self::Ip(address) => address.fmt(f),
        }
    }
}

impl FromStr for HostIdentity {
    type Err = InvalidDnsName;

    /// Reads an address if the text is one, else a name.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.parse::<IpAddr>() {
            Ok(address) => Ok(Self::Ip(address)),
            Err(_) => text.parse().map(Self::Dns),
        }
    }
}
