//! One endpoint that is kept current.
//!
//! Invariant: its context has what was whole last.

use std::collections::BTreeSet;

use trustpack_judge::anchors::TrustAnchors;
use trustpack_material::load::shelf::Shelf;
use trustpack_material::load::{Serving, Surroundings, load_change};
use trustpack_material::material::Material;
use trustpack_settings::endpoint::{Endpoint, Security};
use trustpack_settings::finding::{Code, Finding};
use trustpack_settings::findings::{near_option, unknown_option};
use trustpack_settings::place::Place;
use trustpack_settings::span::Spot;
use trustpack_settings::value::{NetworkAddress, PlainAddress};
use trustpack_settings::weakening::weakenings;

use super::open::TlsDemanded;
use super::source::Reading;
use super::{Context, Refreshed, Stays};
use crate::generation::Change;

/// An endpoint that is kept.
pub(super) struct Kept {
    pub(super) place: Place,
    pub(super) context: Context,
    /// Where it listens and what it leads to: what no context can change.
    addresses: (Option<NetworkAddress>, Option<PlainAddress>),
    /// Whom its files say that it trusts, also where that changes nothing as it judges nobody.
    trusted: TrustAnchors,
    /// The settings that it has.
    taken: Option<Box<Endpoint>>,
    /// What nobody knows in them, in words.
    unknown: BTreeSet<String>,
    /// Whether it stayed as it was when everything was read last.
    stays: bool,
    /// The findings that were told of it.
    told: BTreeSet<Told>,
}

/// What tells a finding from another of the same endpoint; its words may name the time.
pub(super) type Told = (Code, Place, Option<Spot>);

impl Kept {
    /// A context that was made of this reading.
    pub(super) fn new(place: Place, context: Context, reading: &Reading) -> Self {
        let addresses = reading.endpoint(&place).map(addresses);
        let facts = context.facts();
        let mut kept = Self {
            told: BTreeSet::new(),
            addresses: addresses.unwrap_or_default(),
            taken: None,
            trusted: facts.map(|facts| facts.trusted.clone()).unwrap_or_default(),
            unknown: BTreeSet::new(),
            stays: false,
            place,
            context,
        };
        kept.told = kept.findings(reading).iter().map(told).collect();
        if let Some(endpoint) = reading.endpoint(&kept.place) {
            kept.remember(reading, endpoint);
        }
        kept
    }

    /// Whether it stayed as it was when everything was read last.
    pub(super) fn stays(&self) -> bool {
        self.stays
    }

    fn remember(&mut self, reading: &Reading, endpoint: &Endpoint) {
        self.taken = Some(Box::new(endpoint.clone()));
        let unknown = unknown_names(reading, endpoint).into_iter();
        self.unknown = unknown.map(|finding| finding.message.clone()).collect();
    }

    /// Whether these settings take protection away by what looks like a mistake in writing: less is demanded, and they
    /// have a name near that of an option, or one that nobody knows and that was not there before.
    fn is_meant(&self, reading: &Reading, endpoint: &Endpoint) -> Result<(), Stays> {
        let Some(taken) = &self.taken else {
            return Ok(());
        };
        let weaker = weakenings(taken, endpoint);
        if weaker.is_empty() {
            return Ok(());
        }
        let names = unknown_names(reading, endpoint).into_iter();
        let names: Vec<_> = names
            .filter(|found| is_near(found) || !self.unknown.contains(&found.message))
            .cloned()
            .collect();
        if names.is_empty() {
            return Ok(());
        }
        Err(Stays::Doubtful { weaker, names })
    }

    /// What is doubtful in its settings and files, if they are those that it was made of.
    pub(super) fn findings(&self, reading: &Reading) -> Vec<Finding> {
        let endpoint = reading.endpoint(&self.place);
        let settings = endpoint.map(|endpoint| reading.findings_of(endpoint));
        let facts = self.context.facts();
        let of_context = facts
            .iter()
            .flat_map(|facts| facts.file_findings.iter().chain(&*facts.findings));
        let known = settings.into_iter().flatten().chain(of_context);
        known.cloned().collect()
    }

    /// What its files hold now.
    pub(super) fn load(
        &self,
        reading: &Reading,
        surroundings: &Surroundings<'_>,
        shelf: &Shelf<'_>,
    ) -> Result<Material, Stays> {
        let endpoint = reading.endpoint(&self.place);
        let endpoint = endpoint.ok_or_else(|| reading.why_gone())?;
        if let Context::Open(_) = self.context {
            is_open(endpoint)?;
        }
        let startable = endpoint.startable()?;
        self.is_meant(reading, endpoint)?;
        let facts = self.context.facts();
        let serving = Serving {
            chain: facts.as_ref().map_or(&[], |facts| &facts.chain),
            anchors: &self.trusted,
        };
        Ok(load_change(startable, surroundings, shelf, serving)?)
    }

    /// Takes over what was read of this endpoint, if nothing is wrong with it.
    pub(super) fn take_over(
        &mut self,
        reading: &Reading,
        material: Result<Material, Stays>,
        refreshed: &mut Refreshed,
    ) {
        let endpoint = reading.endpoint(&self.place);
        if endpoint.is_some_and(|endpoint| addresses(endpoint) != self.addresses) {
            refreshed.moved.push(self.place.clone());
        }
        let change = material.and_then(|material| {
            let (change, findings) = self.change(reading, &material)?;
            refreshed.findings.extend(findings);
            if let Change::Trust { .. } = change {
                let parts = self.context.changed_parts();
                refreshed.parts.insert(self.place.clone(), parts);
            }
            Ok(change)
        });
        if let Context::Open(open) = &self.context {
            match &change {
                Ok(_) => open.set(Ok(())),
                Err(Stays::Open(demanded)) => open.set(Err(*demanded)),
                // Nothing is known of what it is to be.
                Err(_) => {}
            }
        }
        let stayed = std::mem::replace(&mut self.stays, change.is_err());
        if stayed && change.is_ok() {
            refreshed.mended.push(self.place.clone());
        }
        refreshed.endpoints.push((self.place.clone(), change));
    }

    fn change(
        &mut self,
        reading: &Reading,
        material: &Material,
    ) -> Result<(Change, Vec<Finding>), Stays> {
        let endpoint = reading.endpoint(&self.place);
        let endpoint = endpoint.ok_or_else(|| reading.why_gone())?;
        let change = self.context.change(endpoint, material)?;
        self.trusted = material.anchors.clone();
        self.remember(reading, endpoint);
        let facts = self.context.facts();
        let of_engine = facts.iter().flat_map(|facts| facts.findings.iter());
        let settings = reading.findings_of(endpoint).into_iter();
        let found = settings.chain(&material.findings).chain(of_engine);
        Ok((change, self.untold(found.collect(), change)))
    }

    /// What of this is to be told after a change; it counts as told from now on.
    fn untold(&mut self, mut found: Vec<&Finding>, change: Change) -> Vec<Finding> {
        let now = found.iter().copied().map(told).collect();
        let before = std::mem::replace(&mut self.told, now);
        match change {
            Change::Nothing => found.retain(|finding| !before.contains(&told(finding))),
            Change::Identity | Change::Trust { .. } => {}
        }
        found.into_iter().cloned().collect()
    }
}

pub(super) fn told(finding: &Finding) -> Told {
    (finding.code(), finding.place.clone(), finding.spot.clone())
}

/// What its settings have that is no option, and that nobody accepted.
fn unknown_names<'r>(reading: &'r Reading, endpoint: &'r Endpoint) -> Vec<&'r Finding> {
    let mut found = reading.findings_of(endpoint);
    found.retain(|finding| {
        let is_name = is_near(finding) || finding.code() == unknown_option::KIND.code;
        is_name && finding.accepted.is_none()
    });
    found
}

fn is_near(finding: &Finding) -> bool {
    finding.code() == near_option::KIND.code
}

fn addresses(endpoint: &Endpoint) -> (Option<NetworkAddress>, Option<PlainAddress>) {
    (endpoint.network().cloned(), endpoint.plain().cloned())
}

/// Whether an endpoint may carry plain text.
pub(super) fn is_open(endpoint: &Endpoint) -> Result<(), TlsDemanded> {
    match endpoint.security() {
        Security::Open => Ok(()),
        Security::Tls | Security::AutoDetect | Security::Refused | Security::Product => {
            Err(TlsDemanded)
        }
    }
}
