//! The step "protocol": whether two ends have a version and a suite in common.
//!
//! Invariant: of the versions that both allow the highest is the only one that counts, as in a handshake.

use trustpack_judge::reason::Step;
use trustpack_settings::cipher_suites::{self, Suite};
use trustpack_settings::endpoint::{Endpoint, Engine};
use trustpack_x509::public_key::PublicKeyAlgorithm;

use super::{End, Failing, Fault, Stage};

/// What they have not in common, if something is missing.
pub(super) fn failing(client: End<'_>, server: End<'_>) -> Option<Failing> {
    let versions = |end: End<'_>| {
        let endpoint = end.endpoint;
        endpoint.settings().versions_spoken_by(endpoint.engine())
    };
    let (own, other) = (versions(client), versions(server));
    let highest = own.highest.min(other.highest);
    if highest < own.lowest.max(other.lowest) {
        return Some(nothing(format!(
            "there is no version of TLS that both ends allow: the client allows {own}, the server {other}"
        )));
    }
    let own = server.files.and_then(|files| files.own_chain().first());
    let key = own.map(|own| own.public_key().algorithm().clone());
    let usable =
        |suite: &&Suite| suite.version == highest && key.as_ref().is_none_or(|key| suite.fits(key));
    let of_server = suites(server.endpoint);
    let common = suites(client.endpoint)
        .into_iter()
        .filter(usable)
        .any(|suite| of_server.iter().any(|other| other.iana == suite.iana));
    (!common).then(|| {
        let of_key = key.as_ref().map_or_else(String::new, for_key);
        nothing(format!(
            "there is no cipher suite of {highest}{of_key} that both ends allow"
        ))
    })
}

/// What an end offers. Of an engine of somebody else it is not known in full; that it has what ours has is taken
/// for granted.
pub(super) fn suites(endpoint: &Endpoint) -> Vec<&'static Suite> {
    match (endpoint.engine(), &endpoint.settings().cipher_list.value) {
        (Engine::Trustpack, Some(list)) => cipher_suites::read(list).suites,
        (Engine::Trustpack, None) | (Engine::Openssl | Engine::Schannel | Engine::Jsse, _) => {
            cipher_suites::everything()
        }
    }
}

fn for_key(key: &PublicKeyAlgorithm) -> String {
    format!(" for the server's key, which is {key},")
}

fn nothing(why: String) -> Failing {
    Failing {
        stage: Stage::Judgement(Step::Protocol),
        fault: Fault::Both,
        why,
        later: Vec::new(),
        reason: None,
    }
}
