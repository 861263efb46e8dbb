//! What server and client contexts have in common: the checks before one is made.
//!
//! Invariant: a context is made only for an endpoint of its role that does TLS.

use std::sync::Arc;

use rustls::SupportedProtocolVersion;
use rustls::crypto::CryptoProvider;
use trustpack_material::material::Material;
use trustpack_material::peer_rules::{NoRules, PeerRules};
use trustpack_settings::cipher_suites;
use trustpack_settings::endpoint::{Endpoint, Role, Security, Startable};
use trustpack_settings::finding::Finding;
use trustpack_settings::place::Place;
use trustpack_settings::value::Fips;
use trustpack_x509::certificate::Certificate;

use crate::generation::{Facts, Trust};
use crate::{cipher_list, engine, findings};

/// A context could not be made.
#[derive(Debug, thiserror::Error)]
pub enum ContextError {
    /// The endpoint is the other side of a connection.
    #[error("{place} is a {found}; a {wanted} is needed")]
    Role {
        /// The endpoint.
        place: Place,
        /// What it is.
        found: Role,
        /// What was to be made.
        wanted: Role,
    },
    /// The endpoint does no TLS.
    #[error("{place} does not do TLS")]
    Open {
        /// The endpoint.
        place: Place,
    },
    /// A server without a certificate.
    #[error("{place} has no certificate; a TLS server needs one")]
    NoCertificate {
        /// The endpoint.
        place: Place,
    },
    /// The peer is to be judged and nobody is trusted.
    #[error("{place} trusts no CA, but is to judge its peers")]
    NothingTrusted {
        /// The endpoint.
        place: Place,
    },
    /// The name of the peer is to be checked and is not known.
    #[error("{place} is to check the name of its server, and no name is known")]
    NoName {
        /// The endpoint.
        place: Place,
    },
    /// `cipher-list` leaves nothing for a version that is allowed.
    #[error("the cipher-list of {} cannot be used", .0.place)]
    NoCipher(Box<Finding>),
    /// No version is allowed.
    #[error("{place} allows no version of TLS: the lowest is above the highest")]
    NoVersion {
        /// The endpoint.
        place: Place,
    },
    /// Validated cryptography is demanded, and this build has none.
    #[error("{place} demands FIPS 140 (fips140-enabled), which this build does not have")]
    Fips {
        /// The endpoint.
        place: Place,
    },
    /// The system gives no random numbers for the keys of session tickets.
    #[error("{place} can have no keys for session tickets: the system gives no random numbers")]
    NoTicketKeys {
        /// The endpoint.
        place: Place,
    },
    /// The engine does not take the key, or a combination of settings.
    #[error("the TLS engine refuses the settings or the key of {place}: {error}")]
    Engine {
        /// The endpoint.
        place: Place,
        /// What it says.
        error: rustls::Error,
    },
}

impl ContextError {
    /// The finding behind it, if it has one: what is wrong, with its code and remedy.
    #[must_use]
    pub fn finding(&self) -> Option<&Finding> {
        match self {
            Self::NoCipher(finding) => Some(finding),
            Self::Role { .. }
            | Self::Open { .. }
            | Self::NoCertificate { .. }
            | Self::NothingTrusted { .. }
            | Self::NoName { .. }
            | Self::NoVersion { .. }
            | Self::Fips { .. }
            | Self::NoTicketKeys { .. }
            | Self::Engine { .. } => None,
        }
    }
}

/// The engine as an endpoint allows it.
pub(crate) struct Basis {
    pub(crate) provider: Arc<CryptoProvider>,
    pub(crate) versions: Vec<&'static SupportedProtocolVersion>,
    pub(crate) findings: Vec<Finding>,
}

impl Basis {
    /// Checks what does not depend on the role, and that the role is `wanted`.
    pub(crate) fn new(endpoint: Startable<'_>, wanted: Role) -> Result<Self, ContextError> {
        let settings = endpoint.settings();
        let endpoint = endpoint.endpoint();
        let place = || endpoint.place().clone();
        if endpoint.role() != wanted {
            return Err(ContextError::Role {
                place: place(),
                found: endpoint.role(),
                wanted,
            });
        }
        match endpoint.security() {
            Security::Tls | Security::AutoDetect => {}
            Security::Open | Security::Refused | Security::Product => {
                return Err(ContextError::Open { place: place() });
            }
        }
        match settings.fips140_enabled.value {
            Fips::Off => {}
            Fips::Required => return Err(ContextError::Fips { place: place() }),
        }
        let versions = engine::versions(settings.versions());
        if versions.is_empty() {
            return Err(ContextError::NoVersion { place: place() });
        }
        let (suites, findings) = suites(endpoint)?;
        Ok(Self {
            provider: engine::provider(suites),
            versions,
            findings,
        })
    }

    /// What an endpoint is whose engine this is, and that presents `chain`.
    pub(crate) fn facts(
        &self,
        endpoint: &Endpoint,
        material: &Material,
        chain: &[Certificate],
        judging: Judging,
    ) -> Result<Arc<Facts>, ContextError> {
        let suites = self.provider.cipher_suites.iter();
        let trust = Trust {
            rules: peer_rules(endpoint, material, judging)?,
            peer: endpoint.peer().cloned(),
            security: endpoint.security(),
            versions: endpoint.settings().versions(),
            suites: suites.map(rustls::SupportedCipherSuite::suite).collect(),
        };
        Ok(Arc::new(Facts {
            trust,
            chain: chain.to_vec(),
            findings: self.findings.clone().into(),
            file_findings: material.findings.clone().into(),
            trusted: material.anchors.clone(),
        }))
    }
}

/// By whose rules a peer is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Judging {
    /// By ours, with all that the settings say.
    Ours,
    /// By those of the engine that the endpoint names, which is imitated.
    OfItsEngine,
}

/// The rules by which an endpoint judges its peer; `None` if it does not.
fn peer_rules(
    endpoint: &Endpoint,
    material: &Material,
    judging: Judging,
) -> Result<Option<PeerRules>, ContextError> {
    let place = || endpoint.place().clone();
    let rules = match judging {
        Judging::Ours => PeerRules::new,
        Judging::OfItsEngine => PeerRules::foretold,
    };
    rules(endpoint, &material.anchors, material.lists.as_ref()).map_err(|why| match why {
        NoRules::NothingTrusted => ContextError::NothingTrusted { place: place() },
        NoRules::NoName => ContextError::NoName { place: place() },
    })
}

/// What the engine does not take of an endpoint.
pub(crate) fn refused(endpoint: Startable<'_>, error: rustls::Error) -> ContextError {
    ContextError::Engine {
        place: endpoint.endpoint().place().clone(),
        error,
    }
}

type Suites = (Vec<rustls::SupportedCipherSuite>, Vec<Finding>);

/// The suites that `cipher-list` allows, with what is to be said of the list.
fn suites(endpoint: &Endpoint) -> Result<Suites, ContextError> {
    let Some(list) = &endpoint.settings().cipher_list.value else {
        return Ok((cipher_list::everything(), Vec::new()));
    };
    let allowed = cipher_suites::read(list);
    if let Some(finding) = findings::none_left(endpoint, list, &allowed) {
        return Err(ContextError::NoCipher(Box::new(finding)));
    }
    let found = findings::doubtful(endpoint, &allowed);
    Ok((cipher_list::of_engine(&allowed.suites), found))
}
