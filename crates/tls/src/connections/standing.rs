//! Whether the peer of a live connection is still trusted.
//!
//! Not here: the connections. Invariant: only what changed of the trust ends a connection, never that time has passed.

use trustpack_judge::member::{Member, Place};
use trustpack_judge::reason::{Rank, Reason};
use trustpack_judge::verdict::{Accepted, Rejected, Verdict};
use trustpack_material::peer_rules::PeerRules;
use trustpack_x509::certificate::Certificate;
use trustpack_x509::time::Timestamp;

use super::TrustEnded;

/// How a peer was trusted.
#[derive(Clone, Debug)]
pub(super) struct Way {
    /// The certificate that the anchor issued; the anchor itself if the peer is trusted by itself.
    last: Member,
    anchor: Certificate,
}

/// What becomes of the connections to a peer.
pub(super) enum Standing {
    /// They go on.
    Trusted(Option<Way>),
    /// They are cut.
    Ended(TrustEnded),
}

/// Why a connection to this peer is cut under these rules, which `before` has let in a moment ago; `None` if it is not.
pub(crate) fn ended(
    peer: &[Vec<u8>],
    before: &PeerRules,
    rules: &PeerRules,
    now: Timestamp,
) -> Option<TrustEnded> {
    match standing(peer, rules, now, || Way::at(peer, before, now)) {
        Standing::Trusted(_) => None,
        Standing::Ended(ended) => Some(ended),
    }
}

/// What becomes of connections to this peer under these rules, if it was trusted in this way before.
pub(super) fn standing(
    peer: &[Vec<u8>],
    rules: &PeerRules,
    now: Timestamp,
    way: impl FnOnce() -> Option<Way>,
) -> Standing {
    let rejected = match judged(peer, rules, now) {
        // Nobody is let in whose certificate cannot be read.
        None => return Standing::Trusted(None),
        Some(Ok(accepted)) => return Standing::Trusted(Way::of(&accepted)),
        Some(Err(rejected)) => rejected,
    };
    let reason = reason_to_cut(&rejected).cloned();
    let reason = reason.or_else(|| revoked_behind_weakness(peer, rules, now));
    if let Some(reason) = reason {
        return Standing::Ended(TrustEnded { reason });
    }
    // No path holds. One that fails by its dates may lead to a CA that did not let this peer in.
    match way() {
        Some(way) if !way.is_open(rules) => Standing::Ended(TrustEnded {
            reason: Reason::IssuerUnknown {
                certificate: way.last,
            },
        }),
        way => Standing::Trusted(way),
    }
}

/// What the judge says of a peer; nothing if its own certificate cannot be read.
fn judged(peer: &[Vec<u8>], rules: &PeerRules, now: Timestamp) -> Option<Verdict> {
    let (leaf, others) = read(peer)?;
    Some(rules.judge(&leaf, &others, now))
}

/// The revocation of a peer of which weak algorithms, that were accepted once, keep it from being judged.
fn revoked_behind_weakness(peer: &[Vec<u8>], rules: &PeerRules, now: Timestamp) -> Option<Reason> {
    let (leaf, others) = read(peer)?;
    let rejected = rules.judge_weak_too(&leaf, &others, now).err()?;
    rejected.reasons().find(|one| is_revoked(one)).cloned()
}

fn read(peer: &[Vec<u8>]) -> Option<(Certificate, Vec<Certificate>)> {
    let mut certificates = peer.iter().map(|der| Certificate::from_der(der));
    let leaf = certificates.next()?.ok()?;
    Some((leaf, certificates.filter_map(Result::ok).collect()))
}

impl Way {
    /// How the peer was trusted by these rules at that time, if it was.
    pub(super) fn at(peer: &[Vec<u8>], rules: &PeerRules, then: Timestamp) -> Option<Self> {
        Self::of(&judged(peer, rules, then)?.ok()?)
    }

    fn of(accepted: &Accepted) -> Option<Self> {
        let path = accepted.path();
        let anchor = path.last()?.clone();
        let (place, last) = match path {
            [leaf] | [leaf, _] => (Place::Leaf, leaf),
            [.., last, _] => (Place::Intermediate, last),
            [] => return None,
        };
        let last = Member {
            place,
            certificate: last.clone(),
        };
        Some(Self { last, anchor })
    }

    /// Whether its anchor is still trusted; one that was renewed is the same by its name and key.
    fn is_open(&self, rules: &PeerRules) -> bool {
        let same = |other: &Certificate| {
            other.subject() == self.anchor.subject()
                && other.public_key() == self.anchor.public_key()
        };
        rules.anchors().certificates().any(same)
    }
}

/// A live connection is cut when its peer's certificate or a CA above it is revoked, when no path leads to a trusted CA any
/// more or none holds and the CA that let it in is gone, and when its name is no longer allowed. That time has passed, that a
/// list is missing or has become old, and stricter settings concern new connections.
fn reason_to_cut(rejected: &Rejected) -> Option<&Reason> {
    rejected.reasons().find(|reason| match reason.rank() {
        Rank::Links | Rank::Signatures | Rank::AllowedNames => true,
        Rank::Revocation => is_revoked(reason),
        Rank::Constraints | Rank::Strength | Rank::Usages | Rank::Name | Rank::Dates => false,
    })
}

fn is_revoked(reason: &Reason) -> bool {
    matches!(reason, Reason::Revoked { .. })
}
