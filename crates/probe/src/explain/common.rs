//! What two ends have in common by their settings, and by the file of the server's certificate as far as that was looked at.
//!
//! Invariant: what depends on a key that is not known is not known.

use trustpack_settings::cipher_suites::{self, Suite};
use trustpack_settings::endpoint::{Endpoint, Versions};
use trustpack_settings::value::ProtocolVersion;
use trustpack_x509::public_key::PublicKeyAlgorithm;

use super::Who;
use super::ends::Ends;

/// The versions that an end speaks.
pub(super) fn versions(end: &Endpoint) -> Versions {
    end.settings().versions_spoken_by(end.engine())
}

/// The version that both use: the highest that both allow; nothing if there is none.
pub(super) fn version(ends: &Ends<'_>) -> Option<ProtocolVersion> {
    let [client, server] = [ends.endpoint(Who::CLIENT)?, ends.endpoint(Who::SERVER)?].map(versions);
    client
        .meet(server)
        .then(|| client.highest.min(server.highest))
}

/// The suites of a version that the list of an end allows; all if it has none.
pub(super) fn suites(end: &Endpoint, version: ProtocolVersion) -> Vec<&'static Suite> {
    let mut suites = match &end.settings().cipher_list.value {
        Some(list) => cipher_suites::read(list).suites,
        None => cipher_suites::everything(),
    };
    suites.retain(|suite| suite.version == version);
    suites
}

/// The key of an end, if the file of its certificate was looked at.
pub(super) fn key<'e>(who: Who, ends: &Ends<'e>) -> Option<&'e PublicKeyAlgorithm> {
    let files = ends.of(who)?.files?;
    Some(files.own_chain().first()?.public_key().algorithm())
}

/// Whether both have a suite in common of the version that they use, which fits the key of the server.
pub(super) fn of_both(ends: &Ends<'_>) -> Option<bool> {
    of_version(ends, version(ends)?)
}

/// Whether an end has a suite of this version that fits the key of the server.
pub(super) fn fits_key(who: Who, version: ProtocolVersion, ends: &Ends<'_>) -> Option<bool> {
    fit(&suites(ends.endpoint(who)?, version), ends)
}

/// Whether both have a suite in common of this version, which fits the key of the server.
pub(super) fn of_version(ends: &Ends<'_>, version: ProtocolVersion) -> Option<bool> {
    let (client, server) = (ends.endpoint(Who::CLIENT)?, ends.endpoint(Who::SERVER)?);
    let of_client = suites(client, version);
    let mut common = suites(server, version);
    common.retain(|suite| of_client.iter().any(|other| other.iana == suite.iana));
    fit(&common, ends)
}

/// Whether one of these suites fits the key of the server.
fn fit(suites: &[&Suite], ends: &Ends<'_>) -> Option<bool> {
    let fits = |key: &PublicKeyAlgorithm| suites.iter().any(|suite| suite.fits(key));
    if let Some(key) = key(Who::SERVER, ends) {
        return Some(fits(key));
    }
    let (rsa, curve) = (
        PublicKeyAlgorithm::Rsa { bits: 2048 },
        PublicKeyAlgorithm::EcP256,
    );
    match (fits(&rsa), fits(&curve)) {
        (true, true) => Some(true),
        (false, false) => Some(false),
        (true, false) | (false, true) => None,
    }
}
