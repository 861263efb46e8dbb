//! The kinds of findings about what the TLS engine of an endpoint can do, one file each, and their register.
//!
//! To add one: a file with its `KIND` and the function that makes a finding of it, and a line in
//! [`REGISTER`]. A test holds codes unique and in order.

use trustpack_settings::cipher_suites::{self, Allowed, others};
use trustpack_settings::endpoint::{Endpoint, Engine, Origin, Security};
use trustpack_settings::finding::{Finding, Kind};
use trustpack_settings::value::{CipherList, ProtocolVersion};

pub mod beside_fips;
pub mod cipher_unknown;
pub mod no_cipher_left;

/// Every kind of this crate, by code.
pub static REGISTER: &[&Kind] = &[
    &cipher_unknown::KIND,
    &no_cipher_left::KIND,
    &beside_fips::KIND,
];

/// What a start would say of an endpoint that is secured, before it starts; also of one that its settings have refused, of
/// which all is told at once. Of engines of somebody else only what is wrong for sure.
#[must_use]
pub fn of(endpoint: &Endpoint) -> Vec<Finding> {
    let is_secured = match endpoint.security() {
        Security::Tls | Security::AutoDetect | Security::Refused => true,
        Security::Open | Security::Product => false,
    };
    let list = endpoint.settings().cipher_list.value.as_ref();
    let Some(list) = list.filter(|_| is_secured) else {
        return Vec::new();
    };
    match endpoint.engine() {
        Engine::Trustpack => {
            let allowed = cipher_suites::read(list);
            let none_left = none_left(endpoint, list, &allowed).into_iter();
            none_left.chain(doubtful(endpoint, &allowed)).collect()
        }
        engine @ (Engine::Openssl | Engine::Schannel | Engine::Jsse) => {
            of_another(endpoint, engine, list)
        }
    }
}

/// What an engine of somebody else cannot do with the list.
fn of_another(endpoint: &Endpoint, engine: Engine, list: &CipherList) -> Vec<Finding> {
    let (place, read) = (endpoint.place(), others::read(list, engine));
    let none_left = read
        .is_nothing_left
        .then(|| no_cipher_left::of_another(place, list.words(), engine));
    let unknown = (!read.unknown.is_empty())
        .then(|| cipher_unknown::to_another(place, &read.unknown, engine));
    let found = none_left.into_iter().chain(unknown);
    found.map(|finding| at_list(endpoint, finding)).collect()
}

/// That the list leaves no suite for a version that is allowed: it would fail in the handshake, without a word.
pub(crate) fn none_left(
    endpoint: &Endpoint,
    list: &CipherList,
    allowed: &Allowed,
) -> Option<Finding> {
    let versions = endpoint.settings().versions();
    let (left, missing): (Vec<_>, Vec<_>) = [ProtocolVersion::Tls12, ProtocolVersion::Tls13]
        .into_iter()
        .filter(|version| (versions.lowest..=versions.highest).contains(version))
        .partition(|&version| allowed.suites.iter().any(|suite| suite.version == version));
    let finding = no_cipher_left::found(
        endpoint.place(),
        list.words(),
        *missing.first()?,
        left.first().copied(),
    );
    Some(at_list(endpoint, finding))
}

/// What of the list works otherwise than it reads.
pub(crate) fn doubtful(endpoint: &Endpoint, allowed: &Allowed) -> Vec<Finding> {
    let place = endpoint.place();
    let unknown =
        (!allowed.unknown.is_empty()).then(|| cipher_unknown::found(place, &allowed.unknown));
    let speaks_13 = endpoint.settings().versions().highest == ProtocolVersion::Tls13;
    let beside_fips = allowed.beside_fips.filter(|_| speaks_13);
    let beside_fips = beside_fips.map(|suite| beside_fips::found(place, suite));
    let found = unknown.into_iter().chain(beside_fips);
    found.map(|finding| at_list(endpoint, finding)).collect()
}

/// A finding where the list stands.
fn at_list(endpoint: &Endpoint, finding: Finding) -> Finding {
    match &endpoint.settings().cipher_list.origin {
        Origin::Set { spot, .. } => finding.with_spot(spot),
        Origin::Default => finding,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_in_order() {
        for pair in REGISTER.windows(2) {
            assert!(pair[0].code < pair[1].code, "{}", pair[1].title);
        }
    }
}
