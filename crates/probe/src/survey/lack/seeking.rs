//! The hellos that tell what a service lacks, and what follows from each answer.
//!
//! Invariant: what is narrowed stays narrowed as long as it is taken, so that what is missing in the end is missing together.

use super::super::answer::Flight;
use super::super::asking::Asking;
use super::super::key::Key;
use super::super::names::{Group, Signature, Version};
use super::super::questions::Heard;
use super::super::suites::{self, Auth, Exchange, Suite};
use super::{Ephemeral, Found, KeyExchange, Keys, Lack, Missing, Offer, OldSuite};

/// It did not say.
pub(super) struct NotKnown;

/// What is offered of a version: suites, groups and signatures, everything unless they are given.
#[derive(Clone)]
struct Offered {
    version: Version,
    suites: Vec<Suite>,
    groups: Option<Vec<Group>>,
    signatures: Option<Vec<Signature>>,
}

/// Asking one service.
pub(super) struct Seeking<'a> {
    pub(super) asking: Asking<'a>,
    /// What its client offers.
    pub(super) offer: &'a Offer,
}

impl Seeking<'_> {
    /// What is missing between it and its client.
    pub(super) async fn lack(&mut self) -> Result<Lack, NotKnown> {
        let newer = self.of_allowed(Version::Tls13).await?;
        let older = self.of_allowed(Version::Tls12).await?;
        // Of a version that its client does not allow nothing was seen.
        let alone = |version, other| (!self.offer.speaks(other)).then_some(version);
        Ok(match (newer, older) {
            (None, None) => self.of_others().await?,
            (Some(found), None) => Lack::of(alone(Version::Tls13, Version::Tls12), found),
            (None, Some(found)) => Lack::of(alone(Version::Tls12, Version::Tls13), found),
            (Some(newer), Some(older)) => Lack::of_both(newer, older),
        })
    }

    /// What is missing of a version; `None` if it is not taken at all, or its client does not allow it.
    async fn of_allowed(&mut self, version: Version) -> Result<Option<Found>, NotKnown> {
        match self.offer.speaks(version) {
            true => self.of_version(version).await,
            false => Ok(None),
        }
    }

    /// What is missing where none of the versions is taken that its client allows: in the newest other one.
    async fn of_others(&mut self) -> Result<Lack, NotKnown> {
        for version in [Version::Tls13, Version::Tls12] {
            if self.offer.speaks(version) {
                continue;
            }
            if let Some(mut found) = self.of_version(version).await? {
                found.missing.insert(0, Missing::AllowedVersion(version));
                return Ok(Lack::of(None, found));
            }
        }
        self.of_old().await
    }

    /// What is missing of a version; `None` if it is not taken at all.
    async fn of_version(&mut self, version: Version) -> Result<Option<Found>, NotKnown> {
        let mut offered = Offered {
            version,
            suites: suites::of(version).collect(),
            groups: None,
            signatures: None,
        };
        let Some(flight) = self.taken(&offered).await? else {
            return Ok(None);
        };
        let mut missing = Vec::new();
        let flight = self.suites(&mut offered, flight, &mut missing).await?;
        self.groups(&mut offered, &flight, &mut missing).await?;
        self.signatures(offered, &mut missing).await?;
        let keys = keys_of(&flight);
        Ok(Some(Found { missing, keys }))
    }

    /// Of a service that takes neither TLS 1.3 nor TLS 1.2: the highest version that it takes, and what it would lack with a newer
    /// one as well.
    async fn of_old(&mut self) -> Result<Lack, NotKnown> {
        let flight = match self.asking.flight_at_most(Version::Tls11).await {
            Heard::Took(flight) => flight,
            Heard::Refused => return Ok(Lack::Everything),
            Heard::NotKnown => return Err(NotKnown),
        };
        let Some(version) = Version::of(flight.version) else {
            return Ok(Lack::Everything);
        };
        let flight = self.taken(&of_old(version)).await?.unwrap_or(flight);
        let mut missing = vec![Missing::Version(version)];
        if let Some(chosen) = Suite::of(flight.suite)
            && chosen.auth() == Auth::Nobody
        {
            missing.push(of_suite(chosen, &flight, Ephemeral::NotSeen));
        }
        if flight.key == Some(Key::Dsa) {
            missing.push(Missing::Key(Key::Dsa));
        }
        let curve = flight.key.and_then(Key::foreign_curve);
        missing.extend(curve.map(|curve| Missing::Curve(curve, KeyExchange::Seen)));
        let keys = Keys::NotSeen;
        Ok(Lack::of(None, Found { missing, keys }))
    }

    /// Narrows the suites as far as they are taken, and gives the answer to that.
    async fn suites(
        &mut self,
        offered: &mut Offered,
        to_all: Flight,
        missing: &mut Vec<Missing>,
    ) -> Result<Flight, NotKnown> {
        let all = offered.suites.clone();
        let ours = all.iter().copied().filter(|one| one.is_ours());
        let ours: Vec<Suite> = ours.collect();
        let of_client = ours.iter().copied().filter(|one| self.offer.has(*one));
        offered.suites = of_client.collect();
        let allows_all = offered.suites.len() == ours.len();
        if let Some(flight) = self.taken(offered).await? {
            return Ok(flight);
        }
        if !allows_all {
            offered.suites = ours;
            if let Some(flight) = self.taken(offered).await? {
                missing.extend(Suite::of(flight.suite).map(Missing::AllowedSuite));
                return Ok(flight);
            }
        }
        // With one that agrees on keys in a group, it is seen in which; and what needs no certificate, or one of DSA, is looked
        // at only where there is nothing else.
        let proven = proven(all.iter().copied());
        let of_curves = proven.iter().copied();
        let of_curves = of_curves.filter(|one| one.exchange() == Exchange::Curve);
        offered.suites = of_curves.collect();
        let mut found = self.taken(offered).await?;
        let exchange = match found {
            Some(_) => Ephemeral::Seen,
            None => Ephemeral::NotSeen,
        };
        if found.is_none() {
            offered.suites = proven;
            found = self.taken(offered).await?;
        }
        let flight = found.unwrap_or_else(|| {
            offered.suites = all;
            to_all
        });
        let chosen = Suite::of(flight.suite);
        missing.extend(chosen.map(|chosen| of_suite(chosen, &flight, exchange)));
        Ok(flight)
    }

    /// Narrows the groups as far as they are taken; `flight` is the answer to all.
    async fn groups(
        &mut self,
        offered: &mut Offered,
        flight: &Flight,
        missing: &mut Vec<Missing>,
    ) -> Result<(), NotKnown> {
        let ours: Vec<Group> = Group::all().filter(|one| one.is_ours()).collect();
        offered.groups = Some(ours.clone());
        if self.taken(offered).await?.is_some() {
            return Ok(());
        }
        let chosen = flight.group.filter(|one| !one.is_ours());
        let Some(curve) = flight.key.and_then(Key::foreign_curve) else {
            missing.extend(chosen.map(Missing::Group));
            offered.groups = None;
            return Ok(());
        };
        offered.groups = Some([&ours[..], &[curve]].concat());
        let with_curve = self.taken(offered).await?;
        let is_on_curve = with_curve.as_ref().and_then(|flight| flight.group) == Some(curve);
        missing.push(Missing::Curve(
            curve,
            if is_on_curve {
                KeyExchange::OnThatCurve
            } else {
                KeyExchange::Seen
            },
        ));
        if with_curve.is_none() {
            missing.extend(chosen.map(Missing::Group));
            offered.groups = None;
        }
        Ok(())
    }

    /// Narrows the signatures.
    async fn signatures(
        &mut self,
        mut offered: Offered,
        missing: &mut Vec<Missing>,
    ) -> Result<(), NotKnown> {
        let ours: Vec<Signature> = Signature::all().filter(|one| one.is_ours()).collect();
        offered.signatures = Some(ours.clone());
        if self.taken(&offered).await?.is_some() {
            return Ok(());
        }
        if offered.version < Version::Tls13 {
            offered.signatures = None;
            let flight = self.taken(&offered).await?;
            let signature = flight.and_then(|flight| flight.signature);
            missing.extend(signature.map(Missing::Signature));
            return Ok(());
        }
        // It stands in no answer: one after the other is added until one is.
        for signature in Signature::all().filter(|one| one.is_foreign_of_tls13()) {
            offered.signatures = Some([&ours[..], &[signature]].concat());
            if self.taken(&offered).await?.is_some() {
                missing.push(Missing::Signature(signature));
                return Ok(());
            }
        }
        missing.push(Missing::AnySignature);
        Ok(())
    }

    async fn taken(&mut self, offered: &Offered) -> Result<Option<Flight>, NotKnown> {
        let Offered {
            version,
            suites,
            groups,
            signatures,
        } = offered;
        let asked = self
            .asking
            .flight(*version, suites, groups.as_deref(), signatures.as_deref());
        match asked.await {
            Heard::Took(flight) => Ok(Some(flight)),
            Heard::Refused => Ok(None),
            Heard::NotKnown => Err(NotKnown),
        }
    }
}

/// For which keys the suite is that was chosen.
fn keys_of(flight: &Flight) -> Keys {
    match Suite::of(flight.suite).map(Suite::auth) {
        Some(Auth::Any) => Keys::Any,
        Some(Auth::Rsa) => Keys::Rsa,
        Some(Auth::Ecdsa) => Keys::Curves,
        Some(Auth::Dsa | Auth::Nobody) | None => Keys::NotSeen,
    }
}

fn of_suite(chosen: Suite, flight: &Flight, exchange: Ephemeral) -> Missing {
    Missing::Suite(OldSuite {
        chosen,
        key: flight.key,
        exchange,
    })
}

/// What is offered of an old version to see a certificate.
fn of_old(version: Version) -> Offered {
    Offered {
        version,
        suites: proven(suites::of(version)),
        groups: None,
        signatures: None,
    }
}

/// Those in which the owner of a key proves who he is that a certificate of today may have.
fn proven(suites: impl Iterator<Item = Suite>) -> Vec<Suite> {
    suites
        .filter(|suite| match suite.auth() {
            Auth::Rsa | Auth::Ecdsa | Auth::Any => true,
            Auth::Dsa | Auth::Nobody => false,
        })
        .collect()
}
