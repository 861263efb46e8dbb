//! Chains that end before a root, where the files of the peers show that they have what is above.
//!
//! The files of one end cannot tell an intermediate that every peer will miss from the root of a partner. Invariant: an
//! end of our own engine keeps its error, because it does not start.

use std::collections::BTreeMap;

use trustpack_judge::reason::Rank;
use trustpack_settings::endpoint::{Endpoint, Engine, Role};
use trustpack_settings::finding::Finding;
use trustpack_settings::place::Place;
use trustpack_settings::resolve::Resolution;
use trustpack_settings::span::Spot;
use trustpack_x509::time::Timestamp;

use super::Survey;
use crate::findings::{chain_end_unknown, chain_incomplete};
use crate::load::Examined;
use crate::peer_rules::PeerRules;

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
    pub(super) fn settle_gaps(&mut self, resolution: &Resolution, now: Timestamp) {
        let mut peers: BTreeMap<Named, Peers> = BTreeMap::new();
        let mut incomplete = Vec::new();
        for endpoint in resolution.endpoints() {
            let Some(finding) = self.gap(endpoint) else {
                continue;
            };
            let known = peers.entry(named(finding)).or_default();
            known.add(self.peers_of(endpoint, resolution, now));
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

    /// The finding that the next issuer of the own chain of an endpoint is not there.
    fn gap(&self, endpoint: &Endpoint) -> Option<&Finding> {
        let examined = self.examined(endpoint.place())?;
        examined.gap()?;
        let mut own = examined.own_findings().iter();
        own.find(|finding| finding.code() == chain_incomplete::KIND.code)
    }

    /// What those make of the chain of an endpoint who judge it, as far as their files were looked at. What else they
    /// have against it does not matter here.
    fn peers_of(&self, endpoint: &Endpoint, resolution: &Resolution, now: Timestamp) -> Peers {
        let mut peers = Peers::default();
        let judging: Vec<&Place> = match endpoint.role() {
            Role::Server => self
                .to_ports
                .get(endpoint.place())
                .into_iter()
                .flatten()
                .collect(),
            Role::Client => endpoint.port().into_iter().collect(),
        };
        let own = self.examined(endpoint.place()).map(Examined::own_chain);
        let Some((leaf, others)) = own.and_then(<[_]>::split_first) else {
            return peers;
        };
        for place in judging {
            let (Some(peer), Some(files)) = (resolution.endpoint(place), self.examined(place))
            else {
                continue;
            };
            let rules = PeerRules::foretold(peer, &files.anchors, files.lists.as_ref());
            let Ok(Some(rules)) = rules else {
                continue;
            };
            let misses = rules
                .judge(leaf, others, now)
                .is_err_and(|rejected| rejected.first.rank() == Rank::Links);
            peers.add(Peers {
                some_can: !misses,
                one_cannot: misses,
            });
        }
        peers
    }

    fn close(&mut self, resolution: &Resolution, place: &Place, incomplete: &Finding) {
        let Some(examined) = self.examined.get_mut(place) else {
            return;
        };
        let Some(gap) = examined.gap() else {
            return;
        };
        let closed = chain_end_unknown::known_to_peers(incomplete, gap);
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
