//! Why an end gets what it gets, in sentences for somebody who sees a fleet for the first time.
//!
//! Not the deciding, which is done ([`trustpack_settings::resolve`]): only the words for it.
//! Invariant: a sentence names the level, and the file and line where that is known.

mod credentials;
mod peer;
mod secured;
mod unwritten;

use trustpack_settings::endpoint::{Endpoint, Security};
use trustpack_settings::finding::Finding;
use trustpack_settings::findings::near_option;
use trustpack_settings::place::Place;

use super::written;
use crate::commands::fleet_arguments::ReadFleet;

/// The sentences, each without a period; `findings` are those that concern the endpoint.
pub(super) fn sentences(
    endpoint: &Endpoint,
    read: &ReadFleet,
    findings: &[Finding],
) -> Vec<String> {
    let fleet = &read.fleet;
    let mut sentences = Vec::from_iter(unwritten::sentence(endpoint, fleet));
    sentences.push(secured::sentence(endpoint, read));
    match endpoint.security() {
        Security::Tls | Security::AutoDetect => {
            sentences.extend(peer::mutual(endpoint, read));
            sentences.extend(credentials::sentences(endpoint, fleet));
            sentences.extend(peer::check(endpoint, fleet));
        }
        Security::Refused => sentences.extend(credentials::sentences(endpoint, fleet)),
        Security::Open => {
            sentences.push("plain text: the settings below have no effect".to_owned());
        }
        Security::Product => return sentences,
    }
    sentences.extend(misspelt(endpoint, read, findings));
    sentences
}

/// Names that were meant as options, at the endpoint or a level above it.
fn misspelt(endpoint: &Endpoint, read: &ReadFleet, findings: &[Finding]) -> Vec<String> {
    let near = findings
        .iter()
        .filter(|finding| finding.code() == near_option::KIND.code);
    near.filter_map(|finding| {
        let spot = finding.spot.as_ref()?;
        let at = match &finding.place {
            Place::Host(_) | Place::Application(_) => finding.place.to_string(),
            Place::Fleet
            | Place::Port { .. }
            | Place::Connection { .. }
            | Place::Backup { .. }
            | Place::CommandLine
            | Place::Program => written::kind(endpoint).to_owned(),
        };
        let entry = written::entry(endpoint, &read.fleet, spot)?;
        Some(format!(
            "{:?} at the {at} ({spot}) is no option, so it sets nothing: see {}",
            entry.name,
            finding.code()
        ))
    })
    .collect()
}
