//! Which certificates are served where.
//!
//! Invariant: a certificate at an address stands there once, with all places that lead to it; the first to end comes
//! first.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use trustpack_settings::place::Place;
use trustpack_x509::certificate::Certificate;

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
        });
        one.places.push(place.clone());
    }
    let mut served: Vec<Served> = served.into_values().collect();
    served.sort_by_key(|one| (one.certificate.validity().not_after, one.address));
    served
}
