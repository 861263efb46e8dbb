//! Why an endpoint of a fleet is not as expected, or its connection does not work.

use trustpack_material::prediction::End;
use trustpack_material::survey::Survey;
use trustpack_probe::comparison::{AskedAs, Difference, Found, What};
use trustpack_probe::contact::Contact;
use trustpack_probe::expected::{Expected, NotProbed, seen};
use trustpack_probe::explain::Explanation;
use trustpack_probe::explain::contact::{
    of_contact, of_difference, of_refusal, of_running, of_start, of_unreached,
};
use trustpack_probe::explain::ends::Ends;
use trustpack_settings::endpoint::{Endpoint, Role};
use trustpack_x509::time::Timestamp;

use super::super::fleet_arguments::ReadFleet;
use super::fleet::Row;

/// The explanation of a row; nothing where nothing is wrong.
pub(super) fn of(
    row: &Row,
    read: &ReadFleet,
    survey: &Survey,
    now: Timestamp,
) -> Option<Explanation> {
    let endpoint = read.resolution.endpoint(&row.place)?;
    let ends = ends(endpoint, read, survey);
    match &row.expected {
        Expected::NotProbed(NotProbed::ClientDown { .. }) => return of_start(Role::Client, &ends),
        Expected::NotProbed(NotProbed::Wrong { .. }) => return of_start(Role::Server, &ends),
        Expected::Wrong { .. } => return of_start(endpoint.role(), &ends),
        Expected::NotProbed(NotProbed::UpgradesInItsProtocol | NotProbed::NoAddress) => {
            return None;
        }
        Expected::Down { .. }
        | Expected::Anything
        | Expected::Plain
        | Expected::Port(_)
        | Expected::Connection(_) => {}
    }
    // By its settings or files, though nobody could try it as its client.
    let of_prediction = || {
        let of_settings = || of_start(Role::Client, &ends);
        let told = fails(&row.expected).then(|| of_settings().or_else(|| of_refusal(&ends, now)));
        told.flatten()
    };
    let of_server = || of_start(Role::Server, &ends);
    let first = row.differences.first();
    match &row.found {
        Found::NotAsked => None,
        Found::Listens(_) => match first {
            Some(difference) => Some(of_running(difference, &ends)),
            None => of_prediction(),
        },
        Found::Unreached(why) => Some(of_server().unwrap_or_else(|| of_unreached(why, &ends))),
        Found::Contact(contact) => {
            let failed = || of_contact(contact, &ends, now);
            match first {
                // It fails as it was expected to.
                None if row.asked_as == AskedAs::Client || contact.client_agreed_on_nothing() => {
                    failed()
                }
                None => of_prediction(),
                Some(difference) if difference.what == What::Start => {
                    of_server().or_else(|| Some(of_difference(difference, &ends)))
                }
                Some(difference) if difference.what == What::Listening => {
                    Some(of_running(difference, &ends))
                }
                Some(difference) if is_told_by_failure(difference, contact) => {
                    failed().or_else(|| Some(of_difference(difference, &ends)))
                }
                Some(difference) => {
                    let client = fails(&row.expected).then(|| of_start(Role::Client, &ends));
                    Some(of_two(client.flatten(), of_difference(difference, &ends)))
                }
            }
        }
    }
}

/// What keeps the client from working by its settings, and then what was found at the server.
fn of_two(client: Option<Explanation>, found: Explanation) -> Explanation {
    let Some(client) = client else {
        return found;
    };
    let Explanation { what, at, remedy } = found;
    Explanation {
        remedy: format!("{}; and then, on {at}: {what}: {remedy}", client.remedy),
        ..client
    }
}

/// Whether it is a connection that is expected to fail.
fn fails(expected: &Expected) -> bool {
    match expected {
        Expected::Connection(prediction) => prediction.failing().is_some(),
        Expected::NotProbed(_)
        | Expected::Down { .. }
        | Expected::Wrong { .. }
        | Expected::Anything
        | Expected::Plain
        | Expected::Port(_) => false,
    }
}

/// Whether what failed says more than what differs.
fn is_told_by_failure(difference: &Difference, contact: &Contact) -> bool {
    match difference.what {
        What::Connection => true,
        // TLS where plain text is expected works all too well.
        What::Security => !contact.speaks_tls(),
        // One that takes nothing newer.
        What::OlderVersion => contact.agreed_on_nothing(),
        What::Start
        | What::Settings
        | What::Listening
        | What::Version
        | What::ClientCertificate
        | What::Certificate => false,
    }
}

fn ends<'a>(endpoint: &'a Endpoint, read: &'a ReadFleet, survey: &'a Survey) -> Ends<'a> {
    let end = |endpoint: &'a Endpoint| End {
        endpoint,
        files: seen(survey, endpoint.place()),
    };
    match endpoint.role() {
        Role::Server => Ends {
            client: None,
            server: Some(end(endpoint)),
        },
        Role::Client => {
            let port = endpoint.port();
            let port = port.and_then(|port| read.resolution.endpoint(port));
            Ends {
                client: Some(end(endpoint)),
                server: port.map(end),
            }
        }
    }
}
