//! What the judge is asked: whose certificate, trusted through whom, for what, when.
//!
//! Invariant: everything that the answer depends on stands in [`Question`]; the judge looks at
//! nothing else.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use trustpack_x509::certificate::Certificate;
use trustpack_x509::dns::{DnsName, InvalidDnsName};
use trustpack_x509::time::Timestamp;

use crate::anchors::TrustAnchors;
use crate::limits::MAX_INTERMEDIATES;

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
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            max_intermediates: MAX_INTERMEDIATES,
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
