//! What primary and backup must have in common: what connects to the one must be let in by the other.
//!
//! Invariant: ports are compared by their IDs; a port that the other has not is for its clients to miss.

use super::attach::{at, attach};
use super::collector::Collector;
use crate::endpoint::{Endpoint, Security};
use crate::findings::pair_trust;
use crate::fleet::Fleet;
use crate::options::OptionId;
use crate::place::Place;

/// The options that decide which clients get in.
const TRUST: [OptionId; 5] = [
    OptionId::TlsMutual,
    OptionId::Provider,
    OptionId::TrustedCa,
    OptionId::Crl,
    OptionId::AllowedNames,
];

/// Compares the ports of every pair of `fleet`; what is found becomes part of its `endpoints`, ordered by place.
pub(crate) fn check(fleet: &Fleet, endpoints: &mut [Endpoint], collector: &mut Collector<'_>) {
    let mut found = Vec::new();
    for primary in &fleet.applications {
        let Some(backup) = &primary.backup else {
            continue;
        };
        for port in &primary.ports {
            let primary_place = port.place(&primary.name.value);
            let place = Place::Port {
                application: backup.value.clone(),
                port: port.id.clone(),
            };
            if let (Some(own), Some(other)) = (at(endpoints, &place), at(endpoints, &primary_place))
            {
                found.extend(differences(own, other));
            }
        }
    }
    attach(found, endpoints, collector);
}

fn differences(own: &Endpoint, primary: &Endpoint) -> Vec<crate::finding::Finding> {
    match (own.security, primary.security) {
        (Security::Tls | Security::AutoDetect, Security::Tls | Security::AutoDetect) => {}
        (Security::Open | Security::Refused | Security::Product, _)
        | (_, Security::Open | Security::Refused | Security::Product) => return Vec::new(),
    }
    let of_primary = primary.settings.shown();
    let mut found = Vec::new();
    for setting in own.settings.shown() {
        if !TRUST.contains(&setting.option) {
            continue;
        }
        let other = of_primary.iter().find(|o| o.option == setting.option);
        if let Some(other) = other.filter(|other| other.value != setting.value) {
            found.push(pair_trust::found(
                own.place.clone(),
                setting.option.name(),
                &setting.value,
                &primary.place,
                &other.value,
            ));
        }
    }
    found
}
