//! Chains that end before a root, where the files of the peers show that they have what is above.
//!
//! The files of one end cannot tell an intermediate that every peer will miss from the root of a partner. Invariant: an
//! end of our own engine keeps its error, because it does not start.

use std::collections::BTreeMap;

use trustpack_settings::endpoint::{Endpoint, Engine};
use trustpack_settings::finding::Finding;
use trustpack_settings::place::Place;
use trustpack_settings::resolve::Resolution;
use trustpack_settings::span::Spot;

use super::Survey;
use crate::findings::{chain_end_unknown, chain_incomplete};
use crate::limits::MAX_CHAIN;
use crate::load::{judges, presents_as};
use crate::prediction::Prediction;

/// The certificate that a finding is about, by where it is named.
type Named = (Place, Option<Spot>);

/// Whether the peers of those who present a certificate can do with it.
#[derive(Clone, Copy, Default)]
struct Peers {
    some_can: bool,
    one_cannot: bool,
}

impl Survey {
    /// Makes warnings of chains with a gap that all peers can close, and says of each chain only the worse thing.
    pub(super) fn settle_gaps(&mut self, resolution: &Resolution) {
        let mut peers: BTreeMap<Named, Peers> = BTreeMap::new();
        let mut incomplete = Vec::new();
        for endpoint in resolution.endpoints() {
            let Some(finding) = self.gap(endpoint) else {
                continue;
            };
            let known = peers.entry(named(finding)).or_default();
            known.add(self.peers_of(endpoint, resolution));
            known.one_cannot |= endpoint.engine() == Engine::Trustpack;
            incomplete.push((endpoint.place().clone(), finding.clone()));
        }
        self.findings.retain(|(place, spot, code, _), _| {
            let is_gap = *code == chain_end_unknown::KIND.code;
            !is_gap || !peers.contains_key(&(place.clone(), spot.clone()))
        });
        for (place, finding) in incomplete {
            let known = peers.get(&named(&finding)).copied().unwrap_or_default();
            if known.some_can && !known.one_cannot {
                self.close(resolution, &place, &finding);
            }
        }
    }

    /// The finding that an issuer in the own chain of an endpoint is not there.
    fn gap(&self, endpoint: &Endpoint) -> Option<&Finding> {
        let examined = self.examined(endpoint.place())?;
        let is_too_long = examined.identity.as_ref()?.chain().len() == MAX_CHAIN;
        let mut own = examined.own_findings().iter();
        own.find(|finding| !is_too_long && finding.code() == chain_incomplete::KIND.code)
    }

    /// What becomes of the connections in which the certificate of an endpoint is judged.
    fn peers_of(&self, endpoint: &Endpoint, resolution: &Resolution) -> Peers {
        let mut peers = Peers::default();
        let clients = self.connections_to(endpoint.place());
        let as_server =
            clients.filter(|(client, _)| resolution.endpoint(client).is_some_and(judges));
        let as_client = self.predictions.get(endpoint.place());
        let as_client = as_client.filter(|_| presents_as(endpoint).is_some());
        for prediction in as_server.map(|(_, prediction)| prediction).chain(as_client) {
            let works = matches!(prediction, Prediction::Works { .. });
            peers.add(Peers {
                some_can: works,
                one_cannot: !works,
            });
        }
        peers
    }

    fn close(&mut self, resolution: &Resolution, place: &Place, incomplete: &Finding) {
        let Some(examined) = self.examined.get_mut(place) else {
            return;
        };
        let last = examined
            .identity
            .as_ref()
            .and_then(|own| own.chain().last());
        let Some(last) = last else {
            return;
        };
        let closed = chain_end_unknown::known_to_peers(incomplete, last);
        let closed = resolution.acceptances().mark(closed);
        examined.replace(incomplete, &closed);
        self.forget(incomplete);
        self.keep(closed);
    }
}

impl Peers {
    fn add(&mut self, other: Self) {
        self.some_can |= other.some_can;
        self.one_cannot |= other.one_cannot;
    }
}

fn named(finding: &Finding) -> Named {
    (finding.place.clone(), finding.spot.clone())
}
