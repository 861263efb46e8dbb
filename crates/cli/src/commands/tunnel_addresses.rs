//! Taking the addresses of tunnels and of their control socket, and what to do where one cannot be had.

use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::path::Path;

use tracing::{info, warn};
use trustpack_tunnel::bind::{self, BindError, Binding, Bound, Given, ListenAddress, NothingBound};
use trustpack_tunnel::control::server::{ControlError, ControlSocket};
use trustpack_tunnel::handover::Custody;
use trustpack_tunnel::limits::Limits;
use trustpack_tunnel::spec::{SpecError, TunnelSpec};

use crate::failure::Failure;

/// Ports below need a privilege.
///
/// Source: `ip_unprivileged_port_start` of Linux, unless it was changed.
const PRIVILEGED: u16 = 1024;

/// The control socket at a path.
pub(super) async fn bind_control(path: &Path, custody: &Custody) -> Result<ControlSocket, Failure> {
    let bound = ControlSocket::bind(path, custody).await;
    bound.map_err(|error| match &error {
        ControlError::InUse { .. } => Failure::request(error)
            .hint("take over from it with --take-over, or name another path with --control"),
        ControlError::Io { error: io, .. } if io.kind() == ErrorKind::NotFound => {
            Failure::request(error).hint("make the folder of the socket first")
        }
        ControlError::NotASocket { .. } | ControlError::Io { .. } => Failure::request(error),
    })
}

/// The addresses of the tunnels, those that somebody has bound for them among them, as lines of the log.
pub(super) async fn bind_tunnels(
    specs: Vec<TunnelSpec>,
    limits: Limits,
    given: Given,
) -> Result<Bound, Failure> {
    let binding = bind::bind_with(specs, limits, given).await;
    let Binding { bound, failed } = binding.map_err(nothing_bound)?;
    for error in &failed {
        warn!(
            place = error.place().to_string(),
            reason = error.to_string(),
            remedy = remedy_of(error),
            "not started"
        );
    }
    for listening in bound.listening() {
        info!(
            place = listening.place.to_string(),
            listen = listening.address.to_string(),
            to = listening.to,
            security = listening.state.to_string(),
            "listening"
        );
    }
    Ok(bound)
}

fn nothing_bound(error: NothingBound) -> Failure {
    let remedies: BTreeSet<_> = error.failed.iter().filter_map(remedy_of).collect();
    let failure = Failure::request(error);
    if remedies.is_empty() {
        return failure;
    }
    failure.hint(remedies.into_iter().collect::<Vec<_>>().join("; "))
}

/// What to do about an endpoint that cannot be carried, as far as its text does not say it.
pub(super) fn remedy_of_spec(error: &SpecError) -> Option<&'static str> {
    match error {
        SpecError::PlainSideOutside { .. } => Some(
            "take a loopback address such as 127.0.0.1, or allow any with --danger-plain-anywhere",
        ),
        SpecError::ProxyFromWhom { .. } => Some(
            "name the load balancer with --proxy-from, as addresses or networks; --danger-proxy-from-anywhere believes everybody",
        ),
        SpecError::NoPlainSide { .. }
        | SpecError::NoNetworkSide { .. }
        | SpecError::ProxyToNetwork { .. }
        | SpecError::Context(_) => None,
    }
}

/// The same of a tunnel that comes or moves while others run: a process may have given up what it may do.
pub(super) fn remedy_of_later(error: &BindError) -> Option<&'static str> {
    match error {
        BindError::NotPermitted { .. } => Some(
            "it takes effect with a restart, since a process in the sandbox takes no new address; with --take-over nobody is cut off",
        ),
        BindError::Ours { .. } => Some(
            "give each tunnel an address of its own; where two change places, it takes effect with a restart",
        ),
        BindError::InUse { .. }
        | BindError::NotHere { .. }
        | BindError::NotASocket { .. }
        | BindError::Lookup { .. }
        | BindError::Io { .. } => remedy_of(error),
    }
}

fn remedy_of(error: &BindError) -> Option<&'static str> {
    match error {
        BindError::InUse { .. } => Some("stop what listens there, or change the address"),
        BindError::Ours { .. } => Some("give each tunnel an address of its own"),
        BindError::NotPermitted { address, .. } => Some(match address {
            ListenAddress::Unix(_) => {
                "let the account of the program write into the folder of the socket, or name another one"
            }
            ListenAddress::Tcp(address) if address.port() < PRIVILEGED => {
                "ports below 1024 need a privilege; take a higher one, or grant CAP_NET_BIND_SERVICE"
            }
            ListenAddress::Tcp(_) => {
                "something keeps this process from listening there: a sandbox, SELinux or AppArmor"
            }
        }),
        BindError::NotHere { .. } => {
            Some("is this the right host? its addresses are those of the fleet file or of --listen")
        }
        BindError::NotASocket { .. } | BindError::Lookup { .. } | BindError::Io { .. } => None,
    }
}
