//! What was found that concerns one endpoint.
//!
//! Not what it means for the endpoint, which is resolved. Invariant: what keeps it from starting is among it.

use trustpack_material::load::Examined;
use trustpack_material::survey::Survey;
use trustpack_settings::endpoint::Endpoint;
use trustpack_settings::finding::Finding;
use trustpack_settings::findings::catalogue_note;
use trustpack_settings::place::Place;

use crate::commands::fleet_arguments::ReadFleet;
use crate::commands::fleet_files::in_order;

/// What was found in the settings of an endpoint, in its files, of its connection, and at its application and host:
/// what somebody misspelt there, it lacks.
pub(super) fn at(endpoint: &Endpoint, read: &ReadFleet, survey: Option<&Survey>) -> Vec<Finding> {
    let place = endpoint.place();
    let at_start = read.at_start.iter().filter(|one| one.place == *place);
    let examined = survey.and_then(|survey| survey.examined(place));
    let of_files = examined.into_iter().flat_map(Examined::findings);
    let of_link = survey.into_iter().flat_map(Survey::findings);
    let of_link = of_link.filter(|finding| finding.place == *place);
    let of_settings = endpoint.findings().chain(at_start);
    let mut all: Vec<Finding> = of_settings.chain(of_files).cloned().collect();
    for finding in of_link.chain(above(endpoint, read, survey)) {
        if !all.contains(finding) {
            all.push(finding.clone());
        }
    }
    all.sort_by(|left, right| in_order(left).cmp(&in_order(right)));
    all
}

/// What was found at the application and the host of an endpoint, but for what is told only of other endpoints there.
fn above<'r>(
    endpoint: &'r Endpoint,
    read: &'r ReadFleet,
    survey: Option<&'r Survey>,
) -> impl Iterator<Item = &'r Finding> {
    let of_files = survey.into_iter().flat_map(Survey::findings);
    let all = read.resolution.findings().chain(of_files);
    let here = all.filter(|finding| match &finding.place {
        Place::Host(name) => endpoint.host() == Some(name),
        Place::Application(name) => endpoint.place().application() == Some(name),
        Place::Fleet
        | Place::Port { .. }
        | Place::Connection { .. }
        | Place::Backup { .. }
        | Place::CommandLine
        | Place::Program => false,
    });
    // What the catalogue has to say of a kind of component says nothing of one endpoint.
    let here = here.filter(|finding| finding.code() != catalogue_note::KIND.code);
    here.filter(|finding| {
        let mut others = read.resolution.endpoints().iter();
        let theirs = |other: &Endpoint| {
            let mut all = other.findings();
            all.any(|one| one.place == finding.place && one == *finding)
        };
        !others.any(|other| other.place() != endpoint.place() && theirs(other))
    })
}
