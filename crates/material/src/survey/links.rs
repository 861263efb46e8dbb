//! What both ends of a connection show together.
//!
//! Invariant: a connection whose end does not start has no finding here: that end has its own.

use trustpack_judge::reason::{Reason, Step};
use trustpack_settings::endpoint::{Endpoint, Engine};
use trustpack_settings::finding::Finding;
use trustpack_settings::place::Place;
use trustpack_settings::resolve::Resolution;

use super::Survey;
use crate::findings::{
    list_missing, name_will_fail, no_distribution_point, peer_not_trusted, will_fail,
};
use crate::load::judges;
use crate::prediction::{Failing, Prediction, Stage};

/// What a prediction says that is wrong.
pub(super) fn finding(place: &Place, prediction: &Prediction) -> Option<Finding> {
    let failing = prediction.failing()?;
    match failing.stage {
        // Of versions and suites the settings say all.
        Stage::Start => None,
        Stage::Judgement(step) => Some(of_step(place, failing, step)),
    }
}

fn of_step(place: &Place, failing: &Failing, step: Step) -> Finding {
    match step {
        Step::Path if failing.is_of_trust() => peer_not_trusted::found(place, failing),
        Step::Name => name_will_fail::found(place, failing),
        Step::Revocation if is_list_missing(failing) => list_missing::found(place, failing),
        Step::Protocol | Step::Path | Step::Dates | Step::Revocation | Step::AllowedNames => {
            will_fail::found(place, failing)
        }
    }
}

fn is_list_missing(failing: &Failing) -> bool {
    failing
        .reason
        .as_ref()
        .is_some_and(|reason| matches!(**reason, Reason::ListMissing { .. }))
}

/// Windows and .NET ends, and peers whose certificates name no distribution point.
pub(super) fn distribution_points(resolution: &Resolution, survey: &Survey) -> Vec<Finding> {
    let links = resolution.endpoints().iter().filter_map(|client| {
        let server = resolution.endpoint(client.port()?)?;
        Some([(client, server), (server, client)])
    });
    links
        .flatten()
        .filter_map(|(judging, presenting)| without_point(judging, presenting, survey))
        .collect()
}

fn without_point(judging: &Endpoint, presenting: &Endpoint, survey: &Survey) -> Option<Finding> {
    let looks_for_points = match judging.engine() {
        Engine::Schannel => judges(judging),
        Engine::Trustpack | Engine::Openssl | Engine::Jsse => false,
    };
    if !looks_for_points {
        return None;
    }
    let own = survey.examined(presenting.place())?.own_chain().first()?;
    no_distribution_point::found(judging.place(), presenting.place(), own)
}
