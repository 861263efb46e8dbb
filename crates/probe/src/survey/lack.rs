//! Of what a service has nothing that our engine speaks, where it came to no agreement with anybody.
//!
//! Everything is offered to it first, and then of one thing after the other only what our engine has: where that is refused,
//! it is this thing. Invariant: seven hellos as a rule, fifteen where it is the curve of a key, and nothing is said of what was
//! not answered.

use super::answer::Flight;
use super::asking::{Asked, Asking};
use super::names::{Group, Signature, Version};
use super::questions::Heard;
use super::suites::{self, Suite};

/// What a service has nothing of that our engine speaks, and what it chose instead when everything was offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lack {
    /// A version: this is the highest that it takes.
    Version(Version),
    /// A suite.
    Suite(Suite),
    /// A group.
    Group(Group),
    /// The curve of its key: a client of TLS 1.2 has to name it among its groups, whatever the key is agreed on with.
    ///
    /// Source: RFC 8422 section 5.1.1.
    Curve(Group),
    /// A signature.
    Signature(Signature),
    /// Anything: it refuses all that was offered, in every version.
    Everything,
    /// Nothing: of each it takes something that our engine speaks.
    Nothing,
}

/// What a service lacks with which nothing was agreed; `None` if it does not say.
pub async fn lack(asked: &Asked<'_>) -> Option<Lack> {
    let mut seeking = Seeking {
        asking: Asking::new(asked),
    };
    seeking.lack().await.ok()
}

/// It did not say.
struct NotKnown;

struct Seeking<'a> {
    asking: Asking<'a>,
}

impl Seeking<'_> {
    async fn lack(&mut self) -> Result<Lack, NotKnown> {
        let newer: Vec<Suite> = suites::of(Version::Tls13).collect();
        let of_newer = self.flight(Version::Tls13, &newer, None, None).await?;
        if let Some(flight) = &of_newer {
            let lack = self.in_the_way(Version::Tls13, &newer, flight).await?;
            if let Some(lack) = lack {
                return Ok(lack);
            }
        }
        let all: Vec<Suite> = suites::of(Version::Tls12).collect();
        let of_older = self.flight(Version::Tls12, &all, None, None).await?;
        match (of_newer, of_older) {
            (None, None) => {
                let highest = self.asking.at_most(Version::Tls11).await;
                Ok(highest.map_or(Lack::Everything, Lack::Version))
            }
            (None, Some(flight)) => {
                let lack = self.in_the_way(Version::Tls12, &all, &flight).await?;
                match lack {
                    Some(lack) => Ok(lack),
                    None => self.signature(&ours(&all)).await,
                }
            }
            // Signatures of TLS 1.3 are not seen; those of TLS 1.2 are of the same key.
            (Some(_), Some(_)) => self.signature(&all).await,
            (Some(_), None) => Ok(Lack::Nothing),
        }
    }

    /// Suites or groups of a version that takes all of them, if none of ours is taken.
    async fn in_the_way(
        &mut self,
        version: Version,
        suites: &[Suite],
        flight: &Flight,
    ) -> Result<Option<Lack>, NotKnown> {
        let suites = ours(suites);
        let Some(with_ours) = self.flight(version, &suites, None, None).await? else {
            return Ok(Suite::of(flight.suite).map(Lack::Suite));
        };
        let groups: Vec<Group> = Group::all().filter(|group| group.is_ours()).collect();
        let taken = self.flight(version, &suites, Some(&groups), None).await?;
        match (taken, with_ours.group) {
            (Some(_), _) | (None, None) => Ok(None),
            // It is not for the key exchange that it refuses.
            (None, Some(group)) if group.is_ours() => self.curve(version, &suites, &groups).await,
            (None, Some(group)) => Ok(Some(Lack::Group(group))),
        }
    }

    /// The curve that has to stand beside our groups.
    async fn curve(
        &mut self,
        version: Version,
        suites: &[Suite],
        groups: &[Group],
    ) -> Result<Option<Lack>, NotKnown> {
        for curve in Group::all().filter(|one| one.is_curve() && !one.is_ours()) {
            let beside = [groups, &[curve]].concat();
            let taken = self.flight(version, suites, Some(&beside), None).await?;
            if taken.is_some() {
                return Ok(Some(Lack::Curve(curve)));
            }
        }
        Ok(None)
    }

    /// Signatures of TLS 1.2 with these suites, if none of ours is taken.
    async fn signature(&mut self, suites: &[Suite]) -> Result<Lack, NotKnown> {
        let version = Version::Tls12;
        let signatures: Vec<Signature> = Signature::all().filter(|one| one.is_ours()).collect();
        let taken = self.flight(version, suites, None, Some(&signatures));
        if taken.await?.is_some() {
            return Ok(Lack::Nothing);
        }
        let flight = self.flight(version, suites, None, None).await?;
        let signature = flight.and_then(|flight| flight.signature);
        Ok(signature.map_or(Lack::Nothing, Lack::Signature))
    }

    async fn flight(
        &mut self,
        version: Version,
        suites: &[Suite],
        groups: Option<&[Group]>,
        signatures: Option<&[Signature]>,
    ) -> Result<Option<Flight>, NotKnown> {
        let asked = self.asking.flight(version, suites, groups, signatures);
        match asked.await {
            Heard::Took(flight) => Ok(Some(flight)),
            Heard::Refused => Ok(None),
            Heard::NotKnown => Err(NotKnown),
        }
    }
}

/// Those that our engine has.
fn ours(suites: &[Suite]) -> Vec<Suite> {
    suites
        .iter()
        .copied()
        .filter(|suite| suite.is_ours())
        .collect()
}
