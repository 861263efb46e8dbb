//! What the clients of a port demand of its certificate, as far as their settings tell.
//!
//! Where nobody has the files of a client, and so its trust, these can be judged all the same. Invariant: nothing is
//! demanded that no client of the fleet would refuse for, by the rules of its engine as far as these are known.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use trustpack_judge::question::{HostIdentity, NameCheck};
use trustpack_judge::reason::Reason;
use trustpack_material::prediction::may_be_taken;
use trustpack_settings::endpoint::{Endpoint, Engine, ServerCheck};
use trustpack_settings::value::PeerName;
use trustpack_x509::time::Timestamp;

use crate::judgement::Presented;

/// The option names the last day on which something weak is taken.
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// What is demanded of the certificate that a port shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Demands {
    /// The names that it must have, each with the engines of those who ask for it.
    names: BTreeMap<PeerName, Engines>,
    /// The engines of those who look at it and ask for no name.
    nameless: Engines,
    /// The name that clients of other makes ask for, which match wildcards as well.
    outside: Option<PeerName>,
    /// Whether somebody looks at it at all.
    judged: Judged,
    /// Until when what is weak is taken.
    danger_accept_weak: Option<Timestamp>,
    /// The moment for which it must be good.
    now: Timestamp,
}

type Engines = BTreeSet<Engine>;

/// What is wrong with a certificate that was presented.
#[derive(Clone, Debug, Default)]
pub(crate) struct Faults {
    /// That for which somebody refuses it for certain.
    pub(crate) certain: Vec<Reason>,
    /// That of which it is not known whether anybody does: all who would are of other engines.
    pub(crate) not_known: Vec<Reason>,
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
        let mut names: BTreeMap<PeerName, Engines> = BTreeMap::new();
        let mut nameless = Engines::new();
        for client in clients {
            let engines = match client.server_check() {
                None | Some(ServerCheck::DangerNone) => continue,
                Some(ServerCheck::ChainAndName(name)) => names.entry(name.clone()).or_default(),
                Some(ServerCheck::Chain | ServerCheck::NameMissing) => &mut nameless,
            };
            engines.insert(client.engine());
        }
        let last_days = clients
            .iter()
            .map(|client| client.settings().danger_accept_weak.value);
        Self {
            outside: None,
            judged: if names.is_empty() && nameless.is_empty() {
                Judged::No
            } else {
                Judged::Yes
            },
            names,
            nameless,
            // Until the first of them takes it no more; never, if one of them does not take it at all.
            danger_accept_weak: last_days.min().flatten().map(|day| day.saturating_add(DAY)),
            now,
        }
    }

    /// What is wrong with a certificate that was presented.
    pub(crate) fn faults(&self, presented: &Presented) -> Faults {
        let mut faults = Faults::default();
        if self.judged == Judged::No {
            return faults;
        }
        for (check, engines) in self.checks() {
            for fault in presented.faults(&check, self.danger_accept_weak, self.now) {
                let may_be_taken = |engine: &Engine| may_be_taken(*engine, &fault, &presented.leaf);
                let of_its_kind = if !engines.is_empty() && engines.iter().all(may_be_taken) {
                    &mut faults.not_known
                } else {
                    &mut faults.certain
                };
                if !self.is_good_outside(&fault) && !of_its_kind.contains(&fault) {
                    of_its_kind.push(fault);
                }
            }
        }
        // One of ours refuses that.
        let Faults { certain, not_known } = &mut faults;
        not_known.retain(|fault| !certain.contains(fault));
        faults
    }

    /// What is looked at, and by which engines: none where somebody outside of the fleet does.
    fn checks(&self) -> Vec<(NameCheck, Engines)> {
        let names = self.names.iter();
        let names = names.map(|(name, engines)| (check(name), engines.clone()));
        let outside = self.outside.iter();
        let outside = outside.map(|name| (check(name), Engines::new()));
        let mut checks: Vec<_> = names.chain(outside).collect();
        if checks.is_empty() || !self.nameless.is_empty() {
            checks.push((NameCheck::Off, self.nameless.clone()));
        }
        checks
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
