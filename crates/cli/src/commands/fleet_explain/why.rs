//! Why an end gets what it gets, in sentences for somebody who sees a fleet for the first time.
//!
//! Not the deciding, which is done ([`trustpack_settings::resolve`]): only the words for it.
//! Invariant: a sentence names the level, and the file and line where that is known.

mod credentials;
mod mistakes;
mod peer;
mod secured;
mod unwritten;

use trustpack_settings::endpoint::{Endpoint, Engine, Security};
use trustpack_settings::findings::beside_block;

use crate::commands::fleet_arguments::ReadFleet;

/// The sentences, each without a period.
pub(super) fn sentences(endpoint: &Endpoint, read: &ReadFleet) -> Vec<String> {
    let fleet = &read.fleet;
    let mut sentences = Vec::from_iter(unwritten::sentence(endpoint, fleet));
    sentences.push(secured::sentence(endpoint, read));
    match endpoint.security() {
        Security::Tls | Security::AutoDetect => {
            sentences.extend(peer::mutual(endpoint, read));
            sentences.extend(credentials::sentences(endpoint, read));
            sentences.extend(peer::check(endpoint, fleet));
            sentences.extend(harmless(endpoint));
        }
        Security::Refused => sentences.extend(credentials::sentences(endpoint, read)),
        Security::Open => {
            sentences.push("plain text: the settings below have no effect".to_owned());
        }
        Security::Product => return sentences,
    }
    sentences.extend(mistakes::sentences(endpoint, read));
    sentences
}

/// That a warning about levels is for programs that do TLS themselves, where none does.
fn harmless(endpoint: &Endpoint) -> Option<String> {
    let code = beside_block::KIND.code;
    let warned = endpoint.findings().any(|finding| finding.code() == code);
    (warned && endpoint.engine() == Engine::Trustpack).then(|| {
        format!("{code} does no harm here: trustpack, which does the TLS, takes an option from whatever level")
    })
}
