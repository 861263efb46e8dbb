//! The tunnels of one host of a fleet.
//!
//! Errors fail closed: an endpoint with an error of its own is left out with its reason, the others
//! run. Invariant: every endpoint of the host that has a tunnel is either among the specs or among
//! the skipped.

use std::error::Error;
use std::fmt;

use trustpack_material::load::shelf::Shelf;
use trustpack_material::load::{self, Surroundings};
use trustpack_material::material::MaterialError;
use trustpack_settings::endpoint::{Endpoint, Engine, Refused};
use trustpack_settings::finding::Finding;
use trustpack_settings::place::Place;
use trustpack_settings::resolve::Resolution;
use trustpack_x509::dns::DnsName;

use crate::spec::{PlainSides, SpecError, TunnelSpec};

/// What can run of a host, and what cannot.
#[derive(Debug)]
pub struct HostTunnels {
    /// The tunnels; at least one.
    pub specs: Vec<TunnelSpec>,
    /// The endpoints that are left out.
    pub skipped: Vec<Skipped>,
}

/// An endpoint that is left out, and why. Its text is short; [`Skipped::findings`] say the rest.
#[derive(Debug)]
pub struct Skipped {
    /// The endpoint.
    pub place: Place,
    /// Why.
    pub reason: SkipReason,
}

/// Why an endpoint does not run.
#[derive(Debug, thiserror::Error)]
pub enum SkipReason {
    /// Its settings have an error.
    #[error(transparent)]
    Settings(#[from] Refused),
    /// Its files have an error.
    #[error(transparent)]
    Material(#[from] MaterialError),
    /// It cannot be carried.
    #[error(transparent)]
    Spec(#[from] SpecError),
}

/// Nothing of a host can run.
#[derive(Debug, thiserror::Error)]
pub enum NothingToRun {
    /// There is no tunnel.
    #[error("no port and no connection of the host {} has a tunnel", .host.as_str())]
    NoTunnel {
        /// The host.
        host: DnsName,
    },
    /// There are tunnels, and each has an error.
    #[error("no tunnel of the host {} can be started; it has {}", .host.as_str(), .skipped.len())]
    AllSkipped {
        /// The host.
        host: DnsName,
        /// Each with its reason.
        skipped: Vec<Skipped>,
    },
}

/// The tunnels of all applications of `host`: ports and connections that have one.
///
/// # Errors
///
/// [`NothingToRun`] when the host has no tunnel, or none without an error.
pub fn tunnels_of(
    resolution: &Resolution,
    host: &DnsName,
    surroundings: &Surroundings<'_>,
    plain_sides: PlainSides,
) -> Result<HostTunnels, NothingToRun> {
    let mut specs = Vec::new();
    let mut skipped = Vec::new();
    let shelf = surroundings.shelf();
    let here = resolution
        .endpoints()
        .iter()
        .filter(|endpoint| endpoint.host() == Some(host));
    for endpoint in here.filter(|endpoint| is_carried(endpoint)) {
        match spec_of(endpoint, surroundings, &shelf, plain_sides) {
            Ok(spec) => specs.push(spec),
            Err(reason) => skipped.push(Skipped {
                place: endpoint.place().clone(),
                reason,
            }),
        }
    }
    match (specs.is_empty(), skipped.is_empty()) {
        (false, _) => Ok(HostTunnels { specs, skipped }),
        (true, true) => Err(NothingToRun::NoTunnel { host: host.clone() }),
        (true, false) => Err(NothingToRun::AllSkipped {
            host: host.clone(),
            skipped,
        }),
    }
}

/// Whether a tunnel is meant to carry the endpoint. One whose `tunnel` is unreadable counts too: it
/// is to be named, not forgotten.
pub(crate) fn is_carried(endpoint: &Endpoint) -> bool {
    endpoint.plain().is_some()
        || (endpoint.engine() == Engine::Trustpack && endpoint.startable().is_err())
}

pub(crate) fn spec_of(
    endpoint: &Endpoint,
    surroundings: &Surroundings<'_>,
    shelf: &Shelf<'_>,
    plain_sides: PlainSides,
) -> Result<TunnelSpec, SkipReason> {
    let endpoint = endpoint.startable()?;
    let material = load::load_with(endpoint, surroundings, shelf)?;
    Ok(TunnelSpec::new(endpoint, &material, plain_sides)?)
}

impl Skipped {
    /// The errors that keep it down, each with its code and remedy; none if the reason says it all.
    #[must_use]
    pub fn findings(&self) -> Vec<&Finding> {
        self.reason.findings()
    }
}

impl SkipReason {
    /// The errors behind it; none if it says it all.
    #[must_use]
    pub fn findings(&self) -> Vec<&Finding> {
        match self {
            Self::Settings(Refused::Errors { errors, .. }) => {
                errors.iter().map(AsRef::as_ref).collect()
            }
            Self::Settings(Refused::Beyond { .. } | Refused::Product { .. }) => Vec::new(),
            Self::Material(error) => error.errors().collect(),
            Self::Spec(error) => error.finding().into_iter().collect(),
        }
    }
}

impl fmt::Display for Skipped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.reason.fmt(f)
    }
}

impl Error for Skipped {}
