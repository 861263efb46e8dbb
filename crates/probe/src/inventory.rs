//! Which certificates are served where.
//!
//! Invariant: a certificate at an address stands there once, with all places that lead to it; the first to end comes
//! first. One that a client of the fleet refuses is never called valid.

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

use trustpack_settings::place::Place;
use trustpack_x509::certificate::Certificate;
use trustpack_x509::time::Timestamp;

use crate::contact::Contact;
use crate::judgement::Presented;

/// A certificate at a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Served {
    /// The service.
    pub address: SocketAddr,
    /// The endpoints that lead there, in their order.
    pub places: Vec<Place>,
    /// What it presents as its own.
    pub certificate: Certificate,
    /// The clients that were imitated with their files and refuse it, each with the reason.
    pub refused: Vec<(Place, String)>,
}

/// Where a certificate stands in its time, and whether somebody refuses it who should take it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// It is valid, and will be for a while. Nobody who was imitated refuses it.
    Valid,
    /// The same, and it ends within [`SOON`].
    EndsSoon,
    /// Its time is now, and a client of the fleet refuses it: it was revoked, say, or is of a CA that is not trusted there.
    Refused,
    /// Its time is over.
    Ended,
    /// Its time has not come.
    NotYetValid,
}

/// What is left of the time of a certificate that ends soon.
///
/// Source: ours; what monitoring usually warns at.
pub const SOON: Duration = Duration::from_secs(30 * 24 * 60 * 60);

impl Served {
    /// Where it stands.
    #[must_use]
    pub fn state(&self, now: Timestamp) -> State {
        let validity = self.certificate.validity();
        if validity.not_after < now {
            State::Ended
        } else if now < validity.not_before {
            State::NotYetValid
        } else if !self.refused.is_empty() {
            State::Refused
        } else if validity.not_after.since(now) <= SOON {
            State::EndsSoon
        } else {
            State::Valid
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Valid => "valid",
            Self::EndsSoon => "ends-soon",
            Self::Refused => "refused",
            Self::Ended => "ended",
            Self::NotYetValid => "not-yet-valid",
        })
    }
}

/// What these contacts have seen. A certificate that cannot be read is left out.
#[must_use]
pub fn inventory<'a>(contacts: impl Iterator<Item = (&'a Place, &'a Contact)>) -> Vec<Served> {
    let mut served: BTreeMap<(SocketAddr, Vec<u8>), Served> = BTreeMap::new();
    for (place, contact) in contacts {
        let Some(Ok(presented)) = Presented::read(contact.presented()) else {
            continue;
        };
        let key = (contact.address, presented.leaf.der().to_vec());
        let one = served.entry(key).or_insert_with(|| Served {
            address: contact.address,
            places: Vec::new(),
            certificate: presented.leaf,
            refused: Vec::new(),
        });
        one.places.push(place.clone());
        if let Some(why) = contact.refuses() {
            one.refused.push((place.clone(), why));
        }
    }
    let mut served: Vec<Served> = served.into_values().collect();
    served.sort_by_key(|one| (one.certificate.validity().not_after, one.address));
    served
}
