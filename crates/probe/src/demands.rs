//! What the clients of a port demand of its certificate, as far as their settings tell.
//!
//! Where nobody has the files of a client, and so its trust, these can be judged all the same. Invariant: nothing is
//! demanded that a client of the fleet would not refuse for.

use std::collections::BTreeSet;
use std::time::Duration;

use trustpack_judge::question::{HostIdentity, NameCheck};
use trustpack_judge::reason::Reason;
use trustpack_settings::endpoint::{Endpoint, ServerCheck};
use trustpack_settings::value::PeerName;
use trustpack_x509::time::Timestamp;

use crate::judgement::Presented;

/// The option names the last day on which something weak is taken.
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// What is demanded of the certificate that a port shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Demands {
    /// The names that it must have.
    names: BTreeSet<PeerName>,
    /// The name that clients of other makes ask for, which match wildcards as well.
    outside: Option<PeerName>,
    /// Whether somebody looks at it at all.
    judged: Judged,
    /// Until when what is weak is taken.
    danger_accept_weak: Option<Timestamp>,
    /// The moment for which it must be good.
    now: Timestamp,
}

/// Whether a certificate is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Judged {
    Yes,
    /// The client takes every server.
    No,
}

impl Demands {
    /// What a connection demands.
    #[must_use]
    pub fn of_client(client: &Endpoint, now: Timestamp) -> Self {
        Self::of(&[client], now)
    }

    /// What the connections that lead to a port demand. One to which none of the fleet leads has clients outside of it,
    /// who ask for its host.
    #[must_use]
    pub fn of_port(port: &Endpoint, clients: &[&Endpoint], now: Timestamp) -> Self {
        let own = port.host().filter(|_| clients.is_empty());
        let mut demands = Self::of(clients, now);
        demands.outside = own.cloned().map(PeerName::Dns);
        // Whoever asks the port itself wants to hear it, though its clients may take every server.
        demands.judged = Judged::Yes;
        demands
    }

    fn of(clients: &[&Endpoint], now: Timestamp) -> Self {
        let checks = clients.iter().filter_map(|client| client.server_check());
        let judging: Vec<ServerCheck<'_>> = checks
            .filter(|check| *check != ServerCheck::DangerNone)
            .collect();
        let names = judging.iter().filter_map(|check| match check {
            ServerCheck::ChainAndName(name) => Some((*name).clone()),
            ServerCheck::DangerNone | ServerCheck::Chain | ServerCheck::NameMissing => None,
        });
        let last_days = clients
            .iter()
            .map(|client| client.settings().danger_accept_weak.value);
        Self {
            names: names.collect(),
            outside: None,
            judged: if judging.is_empty() {
                Judged::No
            } else {
                Judged::Yes
            },
            // Until the first of them takes it no more; never, if one of them does not take it at all.
            danger_accept_weak: last_days.min().flatten().map(|day| day.saturating_add(DAY)),
            now,
        }
    }

    /// What is wrong with a certificate that was presented.
    pub(crate) fn faults(&self, presented: &Presented) -> Vec<Reason> {
        if self.judged == Judged::No {
            return Vec::new();
        }
        let names: Vec<&PeerName> = self.names.iter().chain(&self.outside).collect();
        let checks: Vec<NameCheck> = if names.is_empty() {
            vec![NameCheck::Off]
        } else {
            names.into_iter().map(check).collect()
        };
        let mut faults: Vec<Reason> = Vec::new();
        for check in checks {
            for fault in presented.faults(&check, self.danger_accept_weak, self.now) {
                if !self.is_good_outside(&fault) && !faults.contains(&fault) {
                    faults.push(fault);
                }
            }
        }
        faults
    }

    /// Whether it is a wildcard that clients outside of the fleet match.
    fn is_good_outside(&self, fault: &Reason) -> bool {
        let by_wildcard =
            matches!(fault, Reason::NameMismatch(mismatch) if mismatch.wildcard.is_some());
        self.outside.is_some() && by_wildcard
    }
}

/// The check of this name.
#[must_use]
pub fn check(name: &PeerName) -> NameCheck {
    NameCheck::Host(match name {
        PeerName::Dns(name) => HostIdentity::Dns(name.clone()),
        PeerName::Ip(address) => HostIdentity::Ip(*address),
    })
}
